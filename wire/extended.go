package wire

import (
	"context"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/session"
)

// extended answers one message of the extended protocol. After an error the rest
// is skipped until Sync.
func (c *conn) extended(ctx context.Context, kind byte, body []byte) error {
	err := c.extendedStep(ctx, kind, body)
	if err == nil {
		return nil
	}
	if c.gone(err) {
		return err
	}
	c.skip, c.failed = true, true
	return c.report(err)
}

func (c *conn) extendedStep(ctx context.Context, kind byte, body []byte) error {
	switch kind {
	case 'P':
		return c.parse(ctx, body)
	case 'B':
		return c.bind(ctx, body)
	case 'D':
		return c.describe(ctx, body)
	case 'E':
		return c.execute(ctx, body)
	default:
		return c.closeTarget(ctx, body)
	}
}

// violated fails the open transaction for an error that wire found itself.
func (c *conn) violated(err error) error {
	c.session.Fail()
	return err
}

func (c *conn) parse(ctx context.Context, body []byte) error {
	m, err := decodeParse(body)
	if err != nil {
		return c.violated(err)
	}
	defer c.watch()()
	if err := c.session.Parse(ctx, m.name, m.query, m.types); err != nil {
		return err
	}
	return c.send(&pgproto3.ParseComplete{})
}

func (c *conn) bind(ctx context.Context, body []byte) error {
	m, err := decodeBind(body)
	if err != nil {
		return c.violated(err)
	}
	defer c.watch()()
	if err := c.session.Bind(ctx, m.portal, m.statement, m.paramFormats, m.params, m.resultFormats); err != nil {
		return err
	}
	return c.send(&pgproto3.BindComplete{})
}

func (c *conn) describe(ctx context.Context, body []byte) error {
	kind, name, err := decodeTarget(body)
	if err != nil {
		return c.violated(err)
	}
	defer c.watch()()
	var fields []session.Field
	switch kind {
	case 'S':
		var params []uint32
		if params, fields, err = c.session.DescribeStatement(ctx, name); err != nil {
			return err
		}
		err = c.send(&pgproto3.ParameterDescription{ParameterOIDs: params})
	case 'P':
		fields, err = c.session.DescribePortal(ctx, name)
	default:
		return c.violated(pgerr.New(pgerr.ProtocolViolation, "invalid DESCRIBE message subtype %d", kind))
	}
	if err != nil {
		return err
	}
	if fields == nil {
		return c.send(&pgproto3.NoData{})
	}
	return c.sendFields(fields)
}

func (c *conn) execute(ctx context.Context, body []byte) error {
	portal, maxRows, err := decodeExecute(body)
	if err != nil {
		return c.violated(err)
	}
	defer c.watch()()
	defer c.portal.abandon() // after a panic
	suspended, err := c.session.Execute(ctx, portal, maxRows, &c.portal)
	if err = c.portal.finish(err); err != nil || !suspended {
		return err
	}
	return c.send(&pgproto3.PortalSuspended{})
}

func (c *conn) closeTarget(ctx context.Context, body []byte) error {
	kind, name, err := decodeTarget(body)
	if err != nil {
		return c.violated(err)
	}
	switch kind {
	case 'S':
		err = c.session.CloseStatement(ctx, name)
	case 'P':
		err = c.session.ClosePortal(ctx, name)
	default:
		err = c.violated(pgerr.New(pgerr.ProtocolViolation, "invalid CLOSE message subtype %d", kind))
	}
	if err != nil {
		return err
	}
	return c.send(&pgproto3.CloseComplete{})
}
