package payload

import (
	"context"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/internal/registry"
)

// protobufEncoder writes rows through their JSON, which Protobuf defines a mapping of.
type protobufEncoder struct {
	file    *protobufFile
	columns []written
	framing Framing
}

func (c *Codec) newProtobufEncoder(ctx context.Context, columns []written) (*protobufEncoder, error) {
	file, err := c.protobufFile(ctx, -1)
	if err != nil {
		return nil, err
	}
	if c.framing == FramingConfluent && file.id < 0 {
		if c.registry == nil {
			return nil, pgerr.Unsupported("messages with Confluent's frame can not be written without a schema registry")
		}
		registered := *file
		if registered.id, err = c.registry.Register(ctx, c.subject, registry.Protobuf, c.options.ProtobufSchema); err != nil {
			return nil, err
		}
		file = &registered
	}
	return &protobufEncoder{file: file, columns: columns, framing: c.framing}, nil
}

func (e *protobufEncoder) encode(dst []byte, record arrow.RecordBatch, row int) ([]byte, bool, error) {
	m := dynamicpb.NewMessage(e.file.message)
	for i := range e.columns {
		w := &e.columns[i]
		v, err := w.value(record, row)
		if err != nil {
			return dst, false, err
		}
		if v == nil {
			continue // a field that is not set
		}
		if err := e.set(m, w, v); err != nil {
			return dst, false, inColumn(&w.field, err)
		}
	}
	if e.framing == FramingConfluent {
		dst = registry.AppendMessageIndexes(registry.AppendConfluent(dst, e.file.id), indexesOf(e.file.message))
	}
	out, err := proto.MarshalOptions{Deterministic: true}.MarshalAppend(dst, m)
	if err != nil {
		return dst, false, pgerr.New(pgerr.DatatypeMismatch, "the row does not fit its Protobuf message: %v", err)
	}
	return out, false, nil
}

// set puts a value where its path leads.
func (e *protobufEncoder) set(m protoreflect.Message, w *written, v pgtypes.Datum) error {
	path := w.field.path
	for depth, name := range path {
		f := m.Descriptor().Fields().ByName(protoreflect.Name(name))
		if f == nil {
			f = m.Descriptor().Fields().ByJSONName(name)
		}
		last := depth == len(path)-1
		if f == nil || !last && (f.Message() == nil || f.IsList() || f.IsMap()) {
			return pgerr.New(pgerr.UndefinedColumn, "the Protobuf message %s has no field %q", e.file.message.FullName(), pathText(path))
		}
		if last {
			return setField(m, f, w, v)
		}
		m = m.Mutable(f).Message()
	}
	return nil
}

// setField merges a message of the one field, written as JSON.
func setField(m protoreflect.Message, f protoreflect.FieldDescriptor, w *written, v pgtypes.Datum) error {
	switch {
	case f.IsList() || f.IsMap():
	case f.Kind() == protoreflect.BytesKind:
		if b, ok := v.([]byte); ok {
			m.Set(f, protoreflect.ValueOfBytes(b))
			return nil
		}
	case f.Kind() == protoreflect.StringKind:
		m.Set(f, protoreflect.ValueOfString(pgtypes.Text(w.Type, v, pgtypes.DefaultStyle())))
		return nil
	}
	text := pgtypes.AppendJSONString([]byte{'{'}, string(f.Name()))
	text, err := appendJSONValue(append(text, ':'), &w.field, w.Type, protobufDatum(f, v))
	if err != nil {
		return err
	}
	text = protobufTime(text, f, w.Type, v)
	one := m.New()
	if err := protojson.Unmarshal(append(text, '}'), one.Interface()); err != nil {
		return pgerr.New(pgerr.DatatypeMismatch, "the value does not fit the Protobuf type %s: %v", protobufNative(f), err)
	}
	if one.Has(f) { // a default and an empty list are not there
		m.Set(f, one.Get(f))
	}
	return nil
}

// protobufDatum leaves numbers that are whole without their zeros: 12.00 is no int64.
func protobufDatum(f protoreflect.FieldDescriptor, v pgtypes.Datum) pgtypes.Datum {
	n, ok := v.(pgtypes.Numeric)
	if ok && f.Kind() != protoreflect.DoubleKind && f.Kind() != protoreflect.FloatKind && n.IsFinite() {
		return n.TrimScale()
	}
	return v
}

// protobufTime writes times as Protobuf's JSON has them.
func protobufTime(text []byte, f protoreflect.FieldDescriptor, t pgtypes.Type, v pgtypes.Datum) []byte {
	if f.Message() == nil || f.IsList() {
		return text
	}
	key := pgtypes.AppendJSONString([]byte{'{'}, string(f.Name()))
	switch name := f.Message().FullName(); {
	case name == "google.protobuf.Timestamp" && t.OID == pgtypes.OIDTimestamp:
		return append(text[:len(text)-1], `Z"`...)
	case name == "google.protobuf.Duration" && t.OID == pgtypes.OIDInterval:
		i := v.(pgtypes.Interval)
		micros := i.Micros + (int64(i.Days)+int64(i.Months)*30)*microsPerDay
		sign := ""
		if micros < 0 {
			sign, micros = "-", -micros
		}
		text = append(key, `:"`+sign...)
		text = strconv.AppendInt(text, micros/1_000_000, 10)
		text = append(text, '.')
		text = append(text, strconv.Itoa(1_000_000 + int(micros%1_000_000))[1:]...)
		return append(text, `s"`...)
	}
	return text
}
