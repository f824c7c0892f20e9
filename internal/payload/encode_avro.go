package payload

import (
	"bytes"
	"context"
	"encoding/json"
	"math/big"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/twmb/avro"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/internal/registry"
)

// avroEncoder writes rows with the newest schema. The library does the encoding; here
// values become what it takes for them.
type avroEncoder struct {
	schema  *avroSchema
	columns []written
	nodes   []*avroNode
	framing Framing
	row     map[string]any
}

func (c *Codec) newAvroEncoder(ctx context.Context, columns []written) (*avroEncoder, error) {
	s, err := c.readerAvro(ctx)
	if err != nil {
		return nil, err
	}
	switch {
	case c.framing == FramingGlue:
		return nil, pgerr.Unsupported("messages with the frame of AWS Glue can not be written: the version's number is not known here")
	case c.framing == FramingConfluent && s.id < 0:
		if c.registry == nil {
			return nil, pgerr.Unsupported("messages with Confluent's frame can not be written without a schema registry")
		}
		registered := *s
		if registered.id, err = c.registry.Register(ctx, c.subject, registry.Avro, c.options.AvroSchema); err != nil {
			return nil, err
		}
		s = &registered
	}
	e := &avroEncoder{schema: s, columns: columns, framing: c.framing, row: map[string]any{}}
	for i := range columns {
		n := s.root
		for _, name := range columns[i].field.path {
			record, _ := n.nullable()
			f := record.field(name)
			if f == nil {
				return nil, pgerr.New(pgerr.UndefinedColumn, "the Avro schema has no field %q for column \"%s\"", pathText(columns[i].field.path), columns[i].Name)
			}
			n = f.node
		}
		e.nodes = append(e.nodes, n)
	}
	return e, nil
}

func (e *avroEncoder) encode(dst []byte, record arrow.RecordBatch, row int) ([]byte, bool, error) {
	if e.framing == FramingConfluent {
		dst = registry.AppendConfluent(dst, e.schema.id)
	}
	clear(e.row)
	var value any = e.row
	for i := range e.columns {
		w := &e.columns[i]
		v, err := w.value(record, row)
		if err != nil {
			return dst, false, err
		}
		native, err := avroValue(e.nodes[i], w.Type, v)
		if err != nil {
			return dst, false, inColumn(&w.field, err)
		}
		if len(w.field.path) == 0 {
			if value = native; v == nil {
				return dst, true, nil
			}
			continue
		}
		put(e.row, w.field.path, native)
	}
	out, err := e.schema.schema.AppendEncode(dst, value)
	if err != nil {
		return dst, false, pgerr.New(pgerr.DatatypeMismatch, "the row does not fit its Avro schema: %v", err)
	}
	return out, false, nil
}

// put sets a member of nested maps.
func put(row map[string]any, path []string, v any) {
	for _, name := range path[:len(path)-1] {
		inner, ok := row[name].(map[string]any)
		if !ok {
			inner = map[string]any{}
			row[name] = inner
		}
		row = inner
	}
	row[path[len(path)-1]] = v
}

// avroValue is a value as the library takes it for a type.
func avroValue(n *avroNode, t pgtypes.Type, v pgtypes.Datum) (any, error) {
	n, null := n.nullable()
	if v == nil {
		if !null {
			return nil, pgerr.New(pgerr.NotNullViolation, "the Avro schema allows no null")
		}
		return nil, nil
	}
	text := func() string { return pgtypes.Text(t, v, pgtypes.DefaultStyle()) }
	switch {
	case n.logical == "decimal":
		return avroDecimal(n, text())
	case n.logical == "uuid":
		return text(), nil
	case n.logical == "duration":
		return avroDuration(v)
	case n.logical != "" && isTime(t.OID):
		units, err := epochOf(t, v, n.micros())
		return units, err
	}
	switch n.kind {
	case avroString, avroEnum:
		return text(), nil
	case avroBoolean, avroBytes, avroFixed:
		return v, nil
	case avroInt, avroLong, avroFloat, avroDouble:
		switch v := v.(type) {
		case pgtypes.Numeric:
			return json.Number(v.String()), nil
		default:
			return v, nil
		}
	}
	return jsonValue(t, v)
}

func avroDecimal(n *avroNode, text string) (any, error) {
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		return nil, pgerr.New(pgerr.NumericValueOutOfRange, "%s can not be written as decimal(%d,%d)", text, n.digits, n.scale)
	}
	return r, nil
}

func avroDuration(v pgtypes.Datum) (any, error) {
	i, ok := v.(pgtypes.Interval)
	if !ok || i.Months < 0 || i.Days < 0 || i.Micros < 0 || i.Micros%1000 != 0 || i.Micros/1000 > 1<<32-1 {
		return nil, pgerr.New(pgerr.DatetimeFieldOverflow, "the interval can not be written as an Avro duration, which has no sign and no microseconds")
	}
	return avro.Duration{Months: uint32(i.Months), Days: uint32(i.Days), Milliseconds: uint32(i.Micros / 1000)}, nil
}

// jsonValue is a value as encoding/json decodes it: what the library takes for nested
// types.
func jsonValue(t pgtypes.Type, v pgtypes.Datum) (any, error) {
	text, err := appendJSONValue(nil, &Field{}, t, v)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var out any
	if err := d.Decode(&out); err != nil {
		return nil, pgerr.New(pgerr.InvalidTextRepresentation, "invalid input syntax for type json")
	}
	return out, nil
}
