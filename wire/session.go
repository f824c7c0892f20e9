package wire

import (
	"context"
	"errors"
	"os"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// loop reads and answers messages until the client leaves.
func (c *conn) loop(ctx context.Context) error {
	for {
		if c.server.draining.Load() {
			return c.endForShutdown()
		}
		if c.lane != nil && c.in.Buffered() == 0 && !c.skip {
			c.lane.wait()
			if err := c.lane.resume(ctx); err != nil {
				return err
			}
			if c.server.draining.Load() {
				return c.endForShutdown()
			}
		}
		kind, body, err := c.next()
		if err != nil {
			return c.readFailed(err)
		}
		if kind == 'X' {
			return nil
		}
		if c.skip && kind != 'S' {
			continue
		}
		if err := c.handle(ctx, kind, body); err != nil {
			return err
		}
	}
}

// next waits for a message. While it waits the connection counts as idle.
func (c *conn) next() (byte, []byte, error) {
	if !c.whole() {
		// A client that pipelines without Sync or Flush still sees its answers once it
		// stops sending only if it asks; Postgres keeps them buffered too.
		c.waiting.Store(true)
		defer c.waiting.Store(false)
		if c.server.draining.Load() {
			return 0, nil, os.ErrDeadlineExceeded
		}
	}
	return c.readMessage(frontendLimits)
}

// whole says whether the next message is all there.
func (c *conn) whole() bool {
	data, _ := c.in.Peek(c.in.Buffered())
	size := messageSize(data)
	return size != 0 && size <= len(data)
}

func (c *conn) readFailed(err error) error {
	if c.server.draining.Load() && errors.Is(err, os.ErrDeadlineExceeded) {
		return c.endForShutdown()
	}
	if pgerr.Code(err) == pgerr.ProtocolViolation {
		c.fatal(err)
	}
	return err
}

func (c *conn) endForShutdown() error {
	c.fatal(pgerr.New(pgerr.AdminShutdown, "terminating connection due to administrator command"))
	return nil
}

// handle answers one message. Its error ends the connection.
func (c *conn) handle(ctx context.Context, kind byte, body []byte) error {
	switch kind {
	case 'Q':
		return c.simpleQuery(ctx, body)
	case 'P', 'B', 'D', 'E', 'C':
		return c.extended(ctx, kind, body)
	case 'S':
		return c.sync(ctx)
	case 'H':
		return c.flush()
	case 'd', 'c', 'f':
		return nil // left over from a COPY that failed
	default: // 'F'; readMessage lets no other pass
		return c.protocolError(pgerr.Unsupported("function calls through the fast-path interface are not supported"))
	}
}

// protocolError reports an error and, as the simple protocol does, is ready again.
func (c *conn) protocolError(err error) error {
	if err := c.sendError(pgerr.From(c.violated(err))); err != nil {
		return err
	}
	return c.ready()
}

// ready sends ReadyForQuery and everything before it.
func (c *conn) ready() error {
	for i := range c.changed {
		if err := c.send(&c.changed[i]); err != nil {
			return err
		}
	}
	c.changed = c.changed[:0]
	if err := c.send(&pgproto3.ReadyForQuery{TxStatus: c.session.TransactionStatus()}); err != nil {
		return err
	}
	err := c.flush()
	if cap(c.out) > idleBytes {
		c.out = nil // what a large result needed is not kept by an idle connection
	}
	return err
}

// sync ends a sequence of extended messages.
func (c *conn) sync(ctx context.Context) error {
	failed := c.failed
	c.skip, c.failed = false, false
	if err := c.session.Sync(ctx, failed); err != nil {
		if c.gone(err) {
			return err
		}
		if err := c.sendError(pgerr.From(err)); err != nil {
			return err
		}
	}
	return c.ready()
}
