package wire

import (
	"context"
)

// simpleQuery answers a Query message: the results of its statements, one error at
// most, and ReadyForQuery.
func (c *conn) simpleQuery(ctx context.Context, body []byte) error {
	text, err := decodeText(body)
	if err != nil {
		return c.protocolError(err)
	}
	stop := c.watch()
	err = c.query(ctx, text)
	stop()
	if err != nil {
		if c.gone(err) {
			return err
		}
		if err := c.report(err); err != nil {
			return err
		}
	}
	return c.ready()
}

func (c *conn) query(ctx context.Context, text string) error {
	defer c.portal.abandon() // after a panic
	return c.portal.finish(c.session.Query(ctx, text, &c.portal))
}
