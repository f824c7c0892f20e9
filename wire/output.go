package wire

import (
	"encoding/binary"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/internal/session"
	"github.com/sqlgateway/gateway/wire/rowenc"
)

// portalOutput is the session.Out of a connection: results as messages.
type portalOutput struct {
	conn *conn
	// encoded describes what the encoder was chosen for.
	encoded []session.Field
	style   pgtypes.Style
	encoder *rowenc.Encoder
	ahead   ahead
}

// Fields implements session.Out.
func (o *portalOutput) Fields(fields []session.Field) error {
	if err := o.settle(); err != nil {
		return err
	}
	return o.conn.sendFields(fields)
}

// Batch implements session.Out. The encoder of the last batch serves again as long
// as the fields are the same slice, which they are within one result.
func (o *portalOutput) Batch(fields []session.Field, batch arrow.RecordBatch, style pgtypes.Style) error {
	if o.encoder == nil || len(fields) != len(o.encoded) || (len(fields) > 0 && &fields[0] != &o.encoded[0]) || style != o.style {
		if err := o.settle(); err != nil {
			return err
		}
		o.encoder, o.encoded, o.style = rowenc.New(fields, style), fields, style
	}
	if o.goesAhead(batch) {
		return o.sendAhead(fields, batch)
	}
	if err := o.writePending(); err != nil {
		return err
	}
	if err := o.encoder.Bind(batch); err != nil {
		return err
	}
	return o.encodeRest(o.encoder)
}

// encodeRest encodes and writes the rows that an encoder still has.
func (o *portalOutput) encodeRest(encoder *rowenc.Encoder) error {
	c := o.conn
	for encoder.More() {
		out, err := encoder.Append(c.out, flushBytes)
		c.out = out
		if err != nil {
			return err
		}
		if err := c.flushIfLarge(); err != nil {
			return err
		}
	}
	return nil
}

// Raw implements session.Out.
func (o *portalOutput) Raw(messages []byte) error {
	c := o.conn
	if len(c.out) > 0 && len(c.out)+len(messages) > flushBytes {
		if err := c.flush(); err != nil {
			return err
		}
	}
	if len(messages) >= flushBytes {
		// Large relayed slices go out as they came, without a copy.
		if _, err := c.net.Write(messages); err != nil {
			return c.lose("writing to the client", err)
		}
		return nil
	}
	c.out = append(c.out, messages...)
	return nil
}

// Complete implements session.Out.
func (o *portalOutput) Complete(tag string) error {
	if err := o.settle(); err != nil {
		return err
	}
	c := o.conn
	c.out = append(c.out, 'C')
	c.out = binary.BigEndian.AppendUint32(c.out, uint32(len(tag)+5))
	c.out = append(append(c.out, tag...), 0)
	return c.flushIfLarge()
}

// Empty implements session.Out.
func (o *portalOutput) Empty() error { return o.conn.send(&pgproto3.EmptyQueryResponse{}) }

// Notice implements session.Out.
func (o *portalOutput) Notice(notice *pgerr.Error) error {
	if err := o.settle(); err != nil {
		return err
	}
	return o.conn.sendNotice(notice)
}

// ParameterStatus implements session.Out. As since PostgreSQL 14, a change is
// reported once the client's turn comes, by its last value.
func (o *portalOutput) ParameterStatus(name, value string) error {
	c := o.conn
	for i := range c.changed {
		if c.changed[i].Name == name {
			c.changed[i].Value = value
			return nil
		}
	}
	c.changed = append(c.changed, pgproto3.ParameterStatus{Name: name, Value: value})
	return nil
}

// SyncFollows implements session.Out: it looks at what has arrived, never waits.
func (o *portalOutput) SyncFollows() bool {
	in := o.conn.in
	if in.Buffered() == 0 {
		return false
	}
	head, err := in.Peek(1)
	return err == nil && head[0] == 'S'
}

// sendFields sends a RowDescription.
func (c *conn) sendFields(fields []session.Field) error {
	c.appendFields(fields)
	return c.flushIfLarge()
}

// appendFields appends a RowDescription to the output.
func (c *conn) appendFields(fields []session.Field) {
	from := len(c.out)
	out := append(c.out, 'T', 0, 0, 0, 0)
	out = binary.BigEndian.AppendUint16(out, uint16(len(fields)))
	for _, f := range fields {
		out = append(append(out, f.Name...), 0)
		out = binary.BigEndian.AppendUint32(out, f.TableOID)
		out = binary.BigEndian.AppendUint16(out, uint16(f.Column))
		out = binary.BigEndian.AppendUint32(out, f.Type.OID)
		out = binary.BigEndian.AppendUint16(out, uint16(f.TypeSize))
		out = binary.BigEndian.AppendUint32(out, uint32(f.Type.Typmod))
		out = binary.BigEndian.AppendUint16(out, uint16(f.Format))
	}
	binary.BigEndian.PutUint32(out[from+1:], uint32(len(out)-from-1))
	c.out = out
}
