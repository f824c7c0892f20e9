package wire

import (
	"context"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/session"
)

// decoder holds the extended protocol's messages, to decode without allocating them.
type decoder struct {
	parse    pgproto3.Parse
	bind     pgproto3.Bind
	describe pgproto3.Describe
	execute  pgproto3.Execute
	close    pgproto3.Close
}

// extended answers one message of the extended protocol. After an error the rest
// is skipped until Sync.
func (c *conn) extended(ctx context.Context, kind byte, body []byte) error {
	err := c.extendedStep(ctx, kind, body)
	if err == nil {
		return nil
	}
	if isGone(err) || c.killed.Load() {
		return err
	}
	c.skip, c.failed = true, true
	return c.sendError(pgerr.From(err))
}

func (c *conn) extendedStep(ctx context.Context, kind byte, body []byte) error {
	switch kind {
	case 'P':
		return c.parseMessage(ctx, body)
	case 'B':
		return c.bindMessage(ctx, body)
	case 'D':
		return c.describeMessage(ctx, body)
	case 'E':
		return c.executeMessage(ctx, body)
	default:
		return c.closeMessage(ctx, body)
	}
}

func malformed(err error) error {
	return pgerr.New(pgerr.ProtocolViolation, "invalid message format").WithDetail("%s", err)
}

func (c *conn) parseMessage(ctx context.Context, body []byte) error {
	m := &c.decoder.parse
	if err := m.Decode(body); err != nil {
		return malformed(err)
	}
	stop := c.watch()
	defer stop()
	if err := c.session.Parse(ctx, m.Name, m.Query, m.ParameterOIDs); err != nil {
		return err
	}
	return c.send(&pgproto3.ParseComplete{})
}

func (c *conn) bindMessage(ctx context.Context, body []byte) error {
	m := &c.decoder.bind
	if err := m.Decode(body); err != nil {
		return malformed(err)
	}
	// The session keeps the values; the read buffer is about to be reused.
	total := 0
	for _, p := range m.Parameters {
		total += len(p)
	}
	kept := make([]byte, 0, total)
	for i, p := range m.Parameters {
		if p != nil {
			from := len(kept)
			kept = append(kept, p...)
			m.Parameters[i] = kept[from:len(kept):len(kept)]
		}
	}
	if err := c.session.Bind(ctx, m.DestinationPortal, m.PreparedStatement, m.ParameterFormatCodes, m.Parameters, m.ResultFormatCodes); err != nil {
		return err
	}
	return c.send(&pgproto3.BindComplete{})
}

func (c *conn) describeMessage(ctx context.Context, body []byte) error {
	m := &c.decoder.describe
	if err := m.Decode(body); err != nil {
		return malformed(err)
	}
	var fields []session.Field
	var err error
	switch m.ObjectType {
	case 'S':
		var params []uint32
		if params, fields, err = c.session.DescribeStatement(ctx, m.Name); err != nil {
			return err
		}
		err = c.send(&pgproto3.ParameterDescription{ParameterOIDs: params})
	case 'P':
		fields, err = c.session.DescribePortal(ctx, m.Name)
	default:
		return pgerr.New(pgerr.ProtocolViolation, "invalid DESCRIBE message subtype %d", m.ObjectType)
	}
	if err != nil {
		return err
	}
	if fields == nil {
		return c.send(&pgproto3.NoData{})
	}
	return c.sendFields(fields)
}

func (c *conn) executeMessage(ctx context.Context, body []byte) error {
	m := &c.decoder.execute
	if err := m.Decode(body); err != nil {
		return malformed(err)
	}
	stop := c.watch()
	defer stop()
	suspended, err := c.session.Execute(ctx, m.Portal, int(int32(m.MaxRows)), &c.portal)
	if err != nil || !suspended {
		return err
	}
	return c.send(&pgproto3.PortalSuspended{})
}

func (c *conn) closeMessage(ctx context.Context, body []byte) error {
	m := &c.decoder.close
	if err := m.Decode(body); err != nil {
		return malformed(err)
	}
	var err error
	switch m.ObjectType {
	case 'S':
		err = c.session.CloseStatement(ctx, m.Name)
	case 'P':
		err = c.session.ClosePortal(ctx, m.Name)
	default:
		err = pgerr.New(pgerr.ProtocolViolation, "invalid CLOSE message subtype %d", m.ObjectType)
	}
	if err != nil {
		return err
	}
	return c.send(&pgproto3.CloseComplete{})
}
