package payload

import (
	"context"

	"github.com/sqlgateway/gateway/internal/batch"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/registry"
)

// avroDecoder decodes messages, each with the schema that it was written with.
type avroDecoder struct {
	codec  *Codec
	fields []Field
	reader *avroNode // gives defaults and aliases; nil when columns are declared alone
	plans  map[*avroSchema]*avroMessage
	// The schema of the last message: mostly that of the next too.
	last   int
	latest *avroMessage
	r      avroReader
}

// avroMessage is how messages of one schema are read.
type avroMessage struct {
	row           *avroPlan
	before, after *avroPlan // of change events
	envelope      *avroPlan
	root          *avroNode
}

func (c *Codec) newAvroDecoder(ctx context.Context, fields []Field) (*avroDecoder, error) {
	d := &avroDecoder{codec: c, fields: fields, plans: map[*avroSchema]*avroMessage{}, last: -2}
	if c.options.AvroSchema == "" && len(c.options.Columns) > 0 {
		if c.registry == nil {
			return nil, c.errNoSchema("avro_schema")
		}
		return d, nil
	}
	s, err := c.readerAvro(ctx)
	if err != nil {
		return nil, err
	}
	d.reader = s.root
	if c.options.Envelope == Debezium {
		d.reader = s.root.change()
	}
	return d, nil
}

func (d *avroDecoder) decode(ctx context.Context, message []byte, out []*batch.Column) error {
	m, body, err := d.message(ctx, message)
	if err != nil {
		return err
	}
	r := &d.r
	*r = avroReader{data: body}
	if d.codec.options.Envelope == Debezium {
		return m.change(r, d.fields, out)
	}
	if err := m.row.row(r, out); err != nil {
		return err
	}
	if r.at != len(body) {
		return errAvroRest
	}
	return nil
}

// message finds the schema that a message names, and cuts its frame off.
func (d *avroDecoder) message(ctx context.Context, message []byte) (*avroMessage, []byte, error) {
	id, body := -1, message
	var err error
	switch d.codec.framing {
	case FramingConfluent:
		if id, body, err = registry.ConfluentID(message); err != nil {
			return nil, nil, err
		}
	case FramingGlue:
		// The versions' UUIDs are Glue's own; the schema is the one that is given.
		if _, body, err = registry.Glue(message); err != nil {
			return nil, nil, err
		}
	}
	if id == d.last {
		return d.latest, body, nil
	}
	var s *avroSchema
	if id < 0 || d.codec.registry == nil {
		if d.codec.options.AvroSchema == "" {
			s, err = d.codec.readerAvro(ctx)
		} else {
			s, err = d.codec.inlineAvro()
		}
	} else {
		s, err = d.codec.avroByID(ctx, id)
	}
	if err != nil {
		return nil, nil, err
	}
	if d.plans[s] == nil {
		if d.plans[s], err = d.prepare(s); err != nil {
			return nil, nil, err
		}
	}
	d.last, d.latest = id, d.plans[s]
	return d.latest, body, nil
}

func (d *avroDecoder) prepare(s *avroSchema) (*avroMessage, error) {
	m := &avroMessage{root: s.root}
	if d.codec.options.Envelope != Debezium {
		m.row = planAvro(d.fields, s.root, d.reader)
		return m, nil
	}
	before, after := s.root.field("before"), s.root.field("after")
	if s.root.field("op") == nil || before == nil || after == nil {
		return nil, pgerr.New(pgerr.DataCorrupted, "the message is no Debezium event: its schema %s has no op, before and after", s.root.name)
	}
	m.before = planAvro(d.fields, before.node, d.reader)
	m.after = planAvro(d.fields, after.node, d.reader)
	m.envelope = planAvro(ofEnvelope(d.fields, s.root), s.root, nil)
	return m, nil
}

// ofEnvelope gives the envelope's own fields their places in an event; the others are
// not of the envelope.
func ofEnvelope(fields []Field, root *avroNode) []Field {
	out := make([]Field, len(fields))
	copy(out, fields)
	at := []string{"ts_ms"}
	if source := root.field("source"); source != nil {
		if record, _ := source.node.nullable(); record.field("ts_ms") != nil {
			at = []string{"source", "ts_ms"}
		}
	}
	for i := range out {
		switch p := out[i].part; p {
		case partRow:
			out[i].part = partOp // any but partRow: planAvro leaves it out
		default:
			out[i].part = partRow
			out[i].path = map[part][]string{partOp: {"op"}, partTime: at, partBefore: {"before"}, partAfter: {"after"}}[p]
		}
	}
	return out
}

// change reads a Debezium event: the row as it is after the change, or as it was before
// it was deleted.
func (m *avroMessage) change(r *avroReader, fields []Field, out []*batch.Column) error {
	var before, after []byte
	isNull := map[string]bool{}
	for i := range m.root.fields {
		f := &m.root.fields[i]
		from := r.at
		r.skip(f.node)
		if r.err != nil {
			return r.err
		}
		span := r.data[from:r.at]
		switch f.name {
		case "before":
			before, isNull["before"] = span, nullSpan(f.node, span)
		case "after":
			after, isNull["after"] = span, nullSpan(f.node, span)
		}
	}
	if r.at != len(r.data) {
		return errAvroRest
	}
	r.at = 0
	if err := m.envelope.row(r, out); err != nil {
		return err
	}
	switch {
	case !isNull["after"]:
		return m.after.row(&avroReader{data: after}, out)
	case !isNull["before"]:
		return m.before.row(&avroReader{data: before}, out)
	}
	for i := range fields {
		if fields[i].part == partRow {
			out[i].Null()
		}
	}
	return nil
}

func nullSpan(n *avroNode, span []byte) bool {
	if n.kind == avroUnion {
		n = (&avroReader{data: span}).branch(n)
	}
	return n.kind == avroNull
}
