package payload

import (
	"context"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// Source is a column of the rows to be written.
type Source struct {
	Name string
	Type pgtypes.Type
	At   int // its place in the record batches
}

// rowEncoder appends a row's message. null is a message without a payload.
type rowEncoder interface {
	encode(dst []byte, record arrow.RecordBatch, row int) (message []byte, null bool, err error)
}

// Encoder makes messages of rows. One goroutine uses it.
type Encoder struct{ rows rowEncoder }

// Encoder makes an encoder of rows that have the columns.
func (c *Codec) Encoder(ctx context.Context, columns []Source) (*Encoder, error) {
	if c.options.Envelope == Debezium {
		return nil, pgerr.Unsupported("change events can not be written: they are a database's record of its changes").
			WithHint("Map the topic without an envelope to write to it.")
	}
	fields, err := c.rowFields(ctx)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(columns))
	for i, s := range columns {
		names[i] = s.Name
	}
	wanted, err := find(fields, names)
	if err != nil {
		return nil, err
	}
	for _, f := range fields {
		if f.NotNull && !slices.Contains(names, f.Name) && c.format != Avro { // Avro may have a default
			return nil, errNotNull(f.Name)
		}
	}
	targets := make([]written, len(columns))
	for i := range columns {
		targets[i] = written{Source: columns[i], field: wanted[i]}
	}
	rows, err := c.rowEncoder(ctx, targets)
	return &Encoder{rows}, err
}

// written is a column and where its values go.
type written struct {
	Source
	field Field
}

func errNotNull(name string) error {
	e := pgerr.New(pgerr.NotNullViolation, "null value in column \"%s\" violates not-null constraint", name)
	e.Column = name
	return e
}

func (c *Codec) rowEncoder(ctx context.Context, columns []written) (rowEncoder, error) {
	switch c.format {
	case Raw, Text:
		return &wholeEncoder{columns, c.format == Raw}, nil
	case Avro:
		return c.newAvroEncoder(ctx, columns)
	case Protobuf:
		return c.newProtobufEncoder(ctx, columns)
	default:
		return newJSONEncoder(columns), nil
	}
}

// Append appends a row's message to dst. null says that there is none: a tombstone.
func (e *Encoder) Append(dst []byte, record arrow.RecordBatch, row int) (message []byte, null bool, err error) {
	return e.rows.encode(dst, record, row)
}

// value is a row's value; that of a column without NULL is checked.
func (w *written) value(record arrow.RecordBatch, row int) (pgtypes.Datum, error) {
	a := record.Column(w.At)
	if a.IsNull(row) {
		if w.field.NotNull {
			return nil, errNotNull(w.Name)
		}
		return nil, nil
	}
	return pgtypes.DatumFromArrow(a, row, w.Type)
}

// wholeEncoder writes the one column of raw and text messages.
type wholeEncoder struct {
	columns []written
	raw     bool
}

func (e *wholeEncoder) encode(dst []byte, record arrow.RecordBatch, row int) ([]byte, bool, error) {
	if len(e.columns) == 0 {
		return dst, true, nil
	}
	v, err := e.columns[0].value(record, row)
	if err != nil || v == nil {
		return dst, true, err
	}
	if b, ok := v.([]byte); ok && e.raw {
		return append(dst, b...), false, nil
	}
	return pgtypes.AppendText(dst, e.columns[0].Type, v, pgtypes.DefaultStyle()), false, nil
}
