package wire

import (
	"bytes"
	"context"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// simpleQuery answers a Query message: the results of its statements, one error at
// most, and ReadyForQuery.
func (c *conn) simpleQuery(ctx context.Context, body []byte) error {
	text, rest, ok := bytes.Cut(body, []byte{0})
	if !ok || len(rest) > 0 {
		err := pgerr.New(pgerr.ProtocolViolation, "invalid message format")
		c.fatal(err)
		return err
	}
	stop := c.watch()
	err := c.session.Query(ctx, string(text), &c.portal)
	stop()
	if err != nil {
		if isGone(err) || c.killed.Load() {
			return err
		}
		if err := c.sendError(pgerr.From(err)); err != nil {
			return err
		}
	}
	return c.ready()
}
