package postgres

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sqlgateway/gateway/internal/eventloop"
	"github.com/sqlgateway/gateway/internal/pgerr"
)

// conn is one server connection in raw protocol messages. One goroutine uses it;
// cancel alone may come from others.
type conn struct {
	net        net.Conn
	socket     *eventloop.Conn // net, where a loop watches it; nil otherwise
	made       *pgconn.PgConn  // keeps the key for cancel requests
	parameters map[string]string
	status     byte // transaction status of the last ReadyForQuery
	pid        uint32

	in         []byte // unread bytes are in[start:end]
	start, end int
	out        []byte

	statements statementCache
	generation uint64
	idleSince  time.Time
	// label is the relay's note of the settings it made; with one, the connection's
	// settings are no longer ours.
	label string
	// portals numbers the portals of transactions, which live on one connection.
	portals int

	// broken connections can not be used again: the protocol's state is unknown.
	broken bool
	// gone says that it broke because the server or the network went away.
	gone bool
	// cancels counts cancel requests under way; the connection is not lent to another
	// before they are over, or one would hit a stranger's statement.
	cancels atomic.Int32
}

const (
	smallBuffer = 8 << 10
	largeBuffer = 64 << 10
	// maxMessage is the server's own limit of a message, with room.
	maxMessage = 1 << 30
)

// settings are what every rewrite and every text form relies on; see the semantics
// of pgtypes.DefaultStyle.
const settings = "SET TimeZone='UTC'; SET DateStyle='ISO, MDY'; SET IntervalStyle='postgres'; SET extra_float_digits=1; " +
	"SET search_path=''; SET client_encoding='UTF8'; SET standard_conforming_strings=on; SET bytea_output='hex'"

// dial connects, logs in and takes the socket over.
func dial(ctx context.Context, cfg *pgconn.Config, statements int, loop *eventloop.Loop) (*conn, error) {
	made, err := pgconn.ConnectConfig(ctx, cfg)
	if err != nil {
		return nil, err
	}
	if _, err := made.Exec(ctx, settings).ReadAll(); err != nil {
		_ = made.Close(ctx)
		return nil, err
	}
	if err := made.SyncConn(ctx); err != nil {
		_ = made.Close(ctx)
		return nil, err
	}
	raw, err := made.Hijack()
	if err != nil {
		return nil, err
	}
	// The deadline of connecting must not outlive it.
	if err := raw.Conn.SetDeadline(time.Time{}); err != nil {
		return nil, err
	}
	c := &conn{
		net: raw.Conn, made: made, parameters: raw.ParameterStatuses, status: raw.TxStatus, pid: raw.PID,
		in: make([]byte, smallBuffer), statements: newStatementCache(statements),
	}
	if loop != nil {
		// What is encrypted, or no socket, stays with Go's poller.
		if socket, err := loop.Take(raw.Conn); err == nil {
			c.net, c.socket = socket, socket
		}
	}
	return c, nil
}

// close drops the connection, politely when the protocol allows.
func (c *conn) close() {
	farewell := []byte{'X', 0, 0, 0, 4}
	switch {
	case c.broken:
	case c.socket != nil: // the loop, which must not wait, may be closing it
		_, _ = c.socket.TryWrite(farewell)
	default:
		_ = c.net.SetWriteDeadline(time.Now().Add(time.Second))
		_, _ = c.net.Write(farewell)
	}
	c.broken = true
	_ = c.net.Close()
}

// lost marks the connection broken and says so in Postgres's words.
func (c *conn) lost(act string, err error) error {
	c.broken, c.gone = true, true
	e := pgerr.New(pgerr.ConnectionFailure, "%s: the connection to the server was lost", act)
	if err != nil {
		e.Detail = err.Error()
	}
	return e
}

// send writes what was put into out.
func (c *conn) send() error {
	_, err := c.net.Write(c.out)
	c.out = c.out[:0]
	if err != nil {
		return c.lost("sending to the server", err)
	}
	return nil
}

// fill makes at least need unread bytes available.
func (c *conn) fill(need int) error {
	if c.start == c.end {
		c.start, c.end = 0, 0
	}
	if need > len(c.in)-c.start {
		c.makeRoom(need)
	}
	for c.end-c.start < need {
		n, err := c.net.Read(c.in[c.end:])
		c.end += n
		if err != nil && c.end-c.start < need {
			return c.lost("reading from the server", err)
		}
		if c.end == len(c.in) && len(c.in) < largeBuffer && c.start == 0 {
			// A long answer: fewer, larger reads.
			c.grow(largeBuffer)
		}
	}
	return nil
}

func (c *conn) makeRoom(need int) {
	if need > len(c.in) {
		c.grow(max(need, 2*len(c.in)))
		return
	}
	copy(c.in, c.in[c.start:c.end])
	c.end -= c.start
	c.start = 0
}

func (c *conn) grow(size int) {
	in := make([]byte, size)
	c.end = copy(in, c.in[c.start:c.end])
	c.start = 0
	c.in = in
}

// shrink gives a buffer that one huge row needed back.
func (c *conn) shrink() {
	if len(c.in) > 4*largeBuffer && c.end-c.start == 0 {
		c.in, c.start, c.end = make([]byte, smallBuffer), 0, 0
	}
	if cap(c.out) > 4*largeBuffer {
		c.out = nil
	}
}

// header is the type and whole length, type byte included, of the next message.
func (c *conn) header() (kind byte, length int, err error) {
	if c.end-c.start < 5 {
		if err := c.fill(5); err != nil {
			return 0, 0, err
		}
	}
	n := int64(binary.BigEndian.Uint32(c.in[c.start+1:]))
	if n < 4 || n > maxMessage {
		return 0, 0, c.lost("reading from the server", fmt.Errorf("a message of %d bytes", n))
	}
	return c.in[c.start], int(n) + 1, nil
}

// next gives the next message that is the caller's business; the body is valid until
// the call after. Parameters, notifications and the transaction status are noted on
// the way.
func (c *conn) next() (kind byte, body []byte, err error) {
	for {
		kind, length, err := c.header()
		if err != nil {
			return 0, nil, err
		}
		if c.end-c.start < length {
			if err := c.fill(length); err != nil {
				return 0, nil, err
			}
		}
		body := c.in[c.start+5 : c.start+length]
		c.start += length
		switch kind {
		case 'S':
			c.noteParameter(body)
		case 'A', 'K':
		case 'Z':
			if len(body) == 1 {
				c.status = body[0]
			}
			return kind, body, nil
		default:
			return kind, body, nil
		}
	}
}

func (c *conn) noteParameter(body []byte) {
	name, rest := cutZero(body)
	value, _ := cutZero(rest)
	c.parameters[name] = value
}

// rows takes as many whole DataRow messages as are in the buffer, or one. ok is
// false when the next message is something else.
func (c *conn) rows() (messages []byte, ok bool, err error) {
	kind, length, err := c.header()
	if err != nil || kind != 'D' {
		return nil, false, err
	}
	if c.end-c.start < length {
		if err := c.fill(length); err != nil {
			return nil, false, err
		}
	}
	at := c.start + length
	for c.end-at >= 5 && c.in[at] == 'D' {
		n := int(binary.BigEndian.Uint32(c.in[at+1:])) + 1
		if n < 5 || c.end-at < n {
			break
		}
		at += n
	}
	messages = c.in[c.start:at]
	c.start = at
	return messages, true, nil
}

// cancelTimeout bounds a cancel request, and the wait for its effect.
const cancelTimeout = 5 * time.Second

// cancel asks the server to stop what runs.
func (c *conn) cancel(ctx context.Context) {
	c.cancels.Add(1)
	defer c.cancels.Add(-1)
	ctx, done := context.WithTimeout(context.WithoutCancel(ctx), cancelTimeout)
	defer done()
	_ = c.made.CancelRequest(ctx)
}

// watch cancels what runs when ctx ends, until stop is called. The server then
// answers with 57014; should it not, the read times out and the connection is lost.
func (c *conn) watch(ctx context.Context) (stop func()) {
	if ctx.Done() == nil {
		return func() {}
	}
	over, fired := make(chan struct{}), make(chan struct{})
	stopped := context.AfterFunc(ctx, func() {
		defer close(fired)
		_ = c.net.SetDeadline(time.Now().Add(cancelTimeout))
		c.cancelUntil(over)
	})
	return func() {
		close(over)
		if !stopped() {
			<-fired
			_ = c.net.SetDeadline(time.Time{})
		}
	}
}

// cancelUntil repeats a cancel request: a server that has not read the query yet
// ignores one.
func (c *conn) cancelUntil(over <-chan struct{}) {
	for {
		c.cancel(context.Background())
		select {
		case <-over:
			return
		case <-time.After(cancelTimeout / 10):
		}
	}
}

// blame gives the reason for err: a connection lost because its context ended died of
// that.
func (c *conn) blame(ctx context.Context, err error) error {
	if err != nil && c.broken && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// alive looks whether the server closed an idle connection.
func (c *conn) alive() bool {
	if c.socket != nil && c.socket.Quiet() {
		return true
	}
	if err := c.net.SetReadDeadline(time.Now().Add(50 * time.Microsecond)); err != nil {
		return false
	}
	if len(c.in) == c.end {
		c.makeRoom(len(c.in))
	}
	n, err := c.net.Read(c.in[c.end:])
	c.end += n
	if n > 0 || err == nil || err == io.EOF {
		// Whatever an idle server says unasked is a farewell, or a parameter that changed
		// on reload; neither is worth the trouble of telling them apart.
		return false
	}
	var timeout net.Error
	ok := asNetError(err, &timeout) && timeout.Timeout()
	return ok && c.net.SetReadDeadline(time.Time{}) == nil
}

// cutZero splits at the first zero byte.
func cutZero(b []byte) (string, []byte) {
	for i, ch := range b {
		if ch == 0 {
			return string(b[:i]), b[i+1:]
		}
	}
	return string(b), nil
}
