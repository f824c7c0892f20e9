package postgres

import (
	"context"
	"encoding/binary"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
)

// expressBytes bounds an answer that the event loop passes on: it is held whole, and
// must go to the client without waiting.
const expressBytes = 32 << 10

// TryRelay implements backends.ExpressRelayer.
func (b *Backend) TryRelay(label, sql string, paramTypes []uint32) backends.ExpressConn {
	c := b.pool.try(label, sql, paramTypes)
	if c == nil {
		return nil
	}
	return &relayConn{b: b, c: c}
}

// Prepared implements backends.ExpressConn.
func (r *relayConn) Prepared(sql string, paramTypes []uint32) bool {
	return r.c.statements.find(sql, paramTypes) != nil
}

// BeginSimple implements backends.ExpressConn.
func (r *relayConn) BeginSimple(sql string, arrived func()) bool {
	r.started = nil
	r.c.putQuery(sql)
	return r.begin(arrived)
}

// BeginExecute implements backends.ExpressConn.
func (r *relayConn) BeginExecute(sql string, paramTypes []uint32, paramFormats []int16, params [][]byte, resultFormats []int16, arrived func()) bool {
	c := r.c
	r.started = c.statements.find(sql, paramTypes)
	c.putBind("", r.started.Name, paramFormats, params, resultFormats)
	c.putExecute("", 0)
	c.putSync()
	return r.begin(arrived)
}

// begin sends what the socket takes at once; Finish sends the rest.
func (r *relayConn) begin(arrived func()) bool {
	c := r.c
	if c.socket == nil {
		return false
	}
	n, err := c.socket.TryWrite(c.out)
	if rest := copy(c.out, c.out[n:]); rest > 0 || err != nil {
		c.out = c.out[:rest]
		return false
	}
	c.out = c.out[:0]
	c.socket.Arm(arrived)
	return true
}

// Answer implements backends.ExpressConn.
func (r *relayConn) Answer(sink backends.RelaySink) (whole, stuck bool) {
	c := r.c
	for {
		if c.start == c.end {
			c.start, c.end = 0, 0
		}
		if c.end == len(c.in) {
			if len(c.in)-c.start >= expressBytes {
				return false, true
			}
			c.makeRoom(max(expressBytes, c.end-c.start))
		}
		n, err := c.socket.TryRead(c.in[c.end:])
		if err != nil {
			return false, true // Finish meets it again
		}
		if n == 0 {
			return false, false
		}
		c.end += n
		if whole, stuck = c.answered(); stuck {
			return false, true
		}
		if whole {
			break
		}
	}
	c.socket.Disarm()
	if err := c.relay(context.Background(), sink); err != nil {
		// The answer is known to have no error, and is there: only the sink can fail.
		c.broken = c.broken || pgerr.Code(err) == pgerr.ConnectionFailure
	}
	return true, false
}

// answered looks through what has arrived, without taking it: to the end of an answer
// that leaves the transaction as it was, or to something that is not for the loop.
func (c *conn) answered() (whole, stuck bool) {
	for at := c.start; c.end-at >= 5; {
		length := int64(binary.BigEndian.Uint32(c.in[at+1:])) + 1
		if length < 5 || length > expressBytes {
			return false, true
		}
		switch c.in[at] {
		case 'D', 'C', 'T', '2', 'I', 'S', 'n', '3', 'A':
		case 'Z':
			if c.end-at < 6 {
				return false, false
			}
			return c.in[at+5] == c.status, c.in[at+5] != c.status
		default:
			return false, true
		}
		at += int(length)
		if at > c.end {
			break
		}
	}
	return false, c.end-c.start > expressBytes
}

// Suspend implements backends.ExpressConn.
func (r *relayConn) Suspend() {
	if r.c.socket != nil {
		r.c.socket.Disarm()
	}
}

// Finish implements backends.ExpressConn.
func (r *relayConn) Finish(ctx context.Context, sink backends.RelaySink) error {
	c := r.c
	defer c.watch(ctx)()
	if len(c.out) > 0 {
		if err := c.send(); err != nil {
			return c.blame(ctx, err)
		}
	}
	err := c.blame(ctx, c.relay(ctx, sink))
	if r.started != nil {
		c.noteFailure(r.started.Name, err)
	}
	return err
}
