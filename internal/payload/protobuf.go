package payload

import (
	"bytes"
	"context"
	"encoding/json"
	"math"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/sqlgateway/gateway/internal/batch"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/internal/registry"
)

// protobufDecoder decodes messages, each as the type that its frame names.
type protobufDecoder struct {
	codec     *Codec
	fields    []Field
	appenders []jsonAppender
	texts     []batch.TextAppender
	inline    protoreflect.MessageDescriptor
	paths     map[protoreflect.MessageDescriptor][][]protoreflect.FieldDescriptor
}

func (c *Codec) newProtobufDecoder(ctx context.Context, fields []Field) (*protobufDecoder, error) {
	d := &protobufDecoder{codec: c, fields: fields, paths: map[protoreflect.MessageDescriptor][][]protoreflect.FieldDescriptor{}}
	for i := range fields {
		d.appenders = append(d.appenders, jsonAppenderOf(&fields[i]))
		d.texts = append(d.texts, batch.AppenderOfText(fields[i].Type))
	}
	if c.framing == FramingConfluent {
		return d, nil
	}
	var err error
	d.inline, err = c.readerProtobuf(ctx)
	return d, err
}

func (d *protobufDecoder) decode(ctx context.Context, message []byte, out []*batch.Column) error {
	descriptor, body, err := d.descriptor(ctx, message)
	if err != nil {
		return err
	}
	m, err := unmarshal(descriptor, body)
	if err != nil {
		return err
	}
	paths := d.paths[descriptor]
	if paths == nil {
		if paths, err = d.resolve(descriptor); err != nil {
			return err
		}
		d.paths[descriptor] = paths
	}
	for i := range d.fields {
		if err := d.field(i, m, paths[i], out[i]); err != nil {
			return inColumn(&d.fields[i], err)
		}
	}
	return nil
}

// unmarshal decodes a message. protobuf 1.36.12 panics over the keys of maps that have
// another wire type than theirs; a message must not bring the process down.
func unmarshal(descriptor protoreflect.MessageDescriptor, body []byte) (m *dynamicpb.Message, err error) {
	fault := func(cause any) error {
		return pgerr.New(pgerr.DataCorrupted, "the message is no %s of Protobuf: %v", descriptor.FullName(), cause)
	}
	defer func() {
		if cause := recover(); cause != nil {
			m, err = nil, fault(cause)
		}
	}()
	m = dynamicpb.NewMessage(descriptor)
	if cause := proto.Unmarshal(body, m); cause != nil {
		return nil, fault(cause)
	}
	return m, nil
}

func (d *protobufDecoder) descriptor(ctx context.Context, message []byte) (protoreflect.MessageDescriptor, []byte, error) {
	if d.inline != nil {
		return d.inline, message, nil
	}
	id, body, err := registry.ConfluentID(message)
	if err != nil {
		return nil, nil, err
	}
	indexes, body, err := registry.MessageIndexes(body)
	if err != nil {
		return nil, nil, err
	}
	from := id
	if d.codec.registry == nil {
		from = -1
	}
	f, err := d.codec.protobufFile(ctx, from)
	if err != nil {
		return nil, nil, err
	}
	m, err := messageAt(f.file, indexes)
	return m, body, err
}

// resolve finds the fields' places in a message; one that it does not have is NULL.
func (d *protobufDecoder) resolve(m protoreflect.MessageDescriptor) ([][]protoreflect.FieldDescriptor, error) {
	paths := make([][]protoreflect.FieldDescriptor, len(d.fields))
	for i := range d.fields {
		at := m
		for _, name := range d.fields[i].path {
			var f protoreflect.FieldDescriptor
			if at != nil {
				if f = at.Fields().ByName(protoreflect.Name(name)); f == nil {
					f = at.Fields().ByJSONName(name)
				}
			}
			if f == nil {
				paths[i] = []protoreflect.FieldDescriptor{nil}
				break
			}
			paths[i] = append(paths[i], f)
			if at = nil; f.Message() != nil && !f.IsList() && !f.IsMap() {
				at = f.Message()
			}
		}
	}
	return paths, nil
}

// field appends what a path leads to.
func (d *protobufDecoder) field(i int, root protoreflect.Message, path []protoreflect.FieldDescriptor, c *batch.Column) error {
	f := &d.fields[i]
	if len(path) == 0 {
		return d.nested(i, root, c)
	}
	m := root
	for depth, step := range path {
		if step == nil || step.HasPresence() && !m.Has(step) {
			return appendNull(f, c)
		}
		if depth < len(path)-1 {
			m = m.Get(step).Message()
			continue
		}
		if step.IsList() || step.IsMap() {
			return d.collection(i, m, step, c)
		}
		return d.value(i, step, m.Get(step), c)
	}
	return nil
}

func (d *protobufDecoder) nested(i int, m protoreflect.Message, c *batch.Column) error {
	text, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(m.Interface())
	if err != nil {
		return pgerr.New(pgerr.DataCorrupted, "the message is not to be written as JSON: %v", err)
	}
	return d.json(i, text, c)
}

// json appends JSON of the library's, whose blanks are random.
func (d *protobufDecoder) json(i int, text []byte, c *batch.Column) error {
	var out bytes.Buffer
	if err := json.Compact(&out, text); err != nil {
		return pgerr.Internal("protojson wrote no JSON: %v", err)
	}
	return d.appenders[i](c, out.Bytes())
}

// collection appends a list or a map: the member of the message's JSON.
func (d *protobufDecoder) collection(i int, m protoreflect.Message, f protoreflect.FieldDescriptor, c *batch.Column) error {
	if !m.Has(f) {
		empty := "[]"
		if f.IsMap() {
			empty = "{}"
		}
		return d.appenders[i](c, []byte(empty))
	}
	alone := m.New()
	alone.Set(f, m.Get(f))
	text, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(alone.Interface())
	if err != nil {
		return pgerr.New(pgerr.DataCorrupted, "the message is not to be written as JSON: %v", err)
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return pgerr.Internal("protojson wrote no JSON: %v", err)
	}
	return d.json(i, members[f.TextName()], c)
}

// value appends a single value: straight where the types are each other's.
func (d *protobufDecoder) value(i int, f protoreflect.FieldDescriptor, v protoreflect.Value, c *batch.Column) error {
	t := d.fields[i].Type
	switch f.Kind() {
	case protoreflect.MessageKind, protoreflect.GroupKind:
		return d.message(i, v.Message(), c)
	case protoreflect.StringKind:
		return d.text(i, []byte(v.String()), c, true)
	case protoreflect.BytesKind:
		if t.OID == pgtypes.OIDBytea {
			c.Bytes(v.Bytes())
			return nil
		}
		return d.text(i, appendHex(v.Bytes()), c, true)
	case protoreflect.EnumKind:
		if symbol := f.Enum().Values().ByNumber(v.Enum()); symbol != nil {
			return d.text(i, []byte(symbol.Name()), c, true)
		}
		return d.text(i, pgtypes.AppendInt(nil, int64(v.Enum())), c, true)
	case protoreflect.BoolKind:
		if t.OID == pgtypes.OIDBool {
			c.Bool(v.Bool())
			return nil
		}
		return d.text(i, []byte(map[bool]string{true: "true", false: "false"}[v.Bool()]), c, false)
	case protoreflect.FloatKind:
		return d.float(i, pgtypes.OIDFloat4, v.Float(), c)
	case protoreflect.DoubleKind:
		return d.float(i, pgtypes.OIDFloat8, v.Float(), c)
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind, protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		if u := v.Uint(); u <= math.MaxInt64 {
			return d.integer(i, int64(u), c)
		}
		return d.text(i, pgtypes.NumericFromUint64(v.Uint()).Append(nil), c, false)
	default:
		return d.integer(i, v.Int(), c)
	}
}

func (d *protobufDecoder) integer(i int, v int64, c *batch.Column) error {
	f := &d.fields[i]
	switch {
	case f.unit != "":
		return appendEpoch(c, f.Type, v, units[f.unit])
	case f.Type.OID == pgtypes.OIDInt8:
		c.Int64(v)
		return nil
	case f.Type.OID == pgtypes.OIDInt4 && int64(int32(v)) == v:
		c.Int32(int32(v))
		return nil
	}
	return d.text(i, pgtypes.AppendInt(nil, v), c, false)
}

func (d *protobufDecoder) float(i int, oid uint32, v float64, c *batch.Column) error {
	switch {
	case d.fields[i].Type.OID == pgtypes.OIDFloat8:
		c.Float64(v)
		return nil
	case oid == pgtypes.OIDFloat4 && d.fields[i].Type.OID == oid:
		c.Float32(float32(v))
		return nil
	}
	return d.text(i, pgtypesText(nil, oid, v), c, math.IsNaN(v) || math.IsInf(v, 0))
}

// text appends a scalar's text, as JSON to columns of JSON.
func (d *protobufDecoder) text(i int, text []byte, c *batch.Column, quoted bool) error {
	if oid := d.fields[i].Type.OID; (oid == pgtypes.OIDJSON || oid == pgtypes.OIDJSONB) && quoted {
		text = pgtypes.AppendJSONString(nil, string(text))
	}
	return d.texts[i](c, text)
}

// message appends a message in a field: Google's times and wrappers as what they
// mean, others as JSON.
func (d *protobufDecoder) message(i int, m protoreflect.Message, c *batch.Column) error {
	t := d.fields[i].Type
	name := string(m.Descriptor().FullName())
	if isWrapper(name) {
		f := m.Descriptor().Fields().ByNumber(1)
		return d.value(i, f, m.Get(f), c)
	}
	if name == "google.protobuf.Timestamp" && (t.OID == pgtypes.OIDTimestamptz || t.OID == pgtypes.OIDTimestamp) ||
		name == "google.protobuf.Duration" && t.OID == pgtypes.OIDInterval {
		fields := m.Descriptor().Fields()
		seconds, nanos := m.Get(fields.ByNumber(1)).Int(), m.Get(fields.ByNumber(2)).Int()
		if nanos%1000 != 0 {
			return pgerr.New(pgerr.DatetimeFieldOverflow, "the time has nanoseconds, which %s can not hold", pgtypes.FormatType(t)).
				WithHint("Declare the column as text.")
		}
		if seconds > math.MaxInt64/1_000_000-1 || seconds < math.MinInt64/1_000_000+1 {
			return errTimeRange(t)
		}
		micros := seconds*1_000_000 + nanos/1000
		if t.OID == pgtypes.OIDInterval {
			return c.Datum(t, pgtypes.Interval{Micros: micros})
		}
		return appendEpoch(c, t, micros, 1)
	}
	return d.nested(i, m, c)
}
