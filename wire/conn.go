package wire

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"runtime/debug"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/session"
)

// flushBytes is when buffered output is written even though nobody asked: large
// enough that a write carries many rows, small enough to stay in the L2 cache.
const flushBytes = 64 << 10

// conn is one client's connection.
//
// pgproto3.Backend is not used for the stream itself: its Flush drops the buffer
// past 1,024 bytes, which costs an allocation of 600 bytes a row. Its message types
// encode into, and decode from, the buffers here.
type conn struct {
	server *Server
	net    net.Conn // the TLS connection once there is one
	raw    net.Conn // the socket
	in     *bufio.Reader
	head   [5]byte // type and length of the message being read
	body   []byte  // body of the message last read; reused
	out    []byte  // not yet written

	pid     uint32
	secret  uint32
	session session.Session
	cancel  context.CancelFunc

	// waiting is true while the connection waits for the client's next message.
	waiting atomic.Bool
	killed  atomic.Bool

	decoder decoder
	portal  portalOutput
	skip    bool // an error was sent in the extended protocol: skip to Sync
	failed  bool // an error was sent since the last Sync
	watcher *time.Timer
}

func newConn(s *Server, netConn net.Conn, cancel context.CancelFunc) *conn {
	if tcp, ok := netConn.(*net.TCPConn); ok {
		_ = tcp.SetNoDelay(true)
	}
	c := &conn{server: s, net: netConn, raw: netConn, in: bufio.NewReaderSize(netConn, 8<<10), cancel: cancel}
	c.portal.conn = c
	return c
}

// upgrade continues on an encrypted connection.
func (c *conn) upgrade(encrypted net.Conn) {
	c.net = encrypted
	c.in.Reset(encrypted)
}

func (c *conn) close() {
	if c.watcher != nil {
		c.watcher.Stop()
	}
	if c.pid != 0 {
		c.server.unregister(c)
	}
	if c.session != nil {
		c.session.Close()
	}
	_ = c.net.Close()
}

// drain ends the connection when it is idle, now or after the running statement.
func (c *conn) drain() {
	if c.waiting.Load() {
		_ = c.raw.SetReadDeadline(time.Now())
	}
}

// kill ends the connection at once.
func (c *conn) kill() {
	c.killed.Store(true)
	c.cancel()
	_ = c.raw.SetDeadline(time.Now())
}

// readMessage reads one message. The body is valid until the next call. It grows
// with the bytes that arrive, so a false length claims no memory.
func (c *conn) readMessage(maxBytes int) (byte, []byte, error) {
	if _, err := io.ReadFull(c.in, c.head[:]); err != nil {
		return 0, nil, err
	}
	n := int(int32(binary.BigEndian.Uint32(c.head[1:]))) - 4
	if n < 0 || n > maxBytes {
		return 0, nil, pgerr.New(pgerr.ProtocolViolation, "invalid message length")
	}
	body, err := c.readBody(n)
	return c.head[0], body, err
}

func (c *conn) readBody(n int) ([]byte, error) {
	const step = 1 << 20
	if n <= cap(c.body) || n <= step {
		if cap(c.body) < n {
			c.body = make([]byte, n, max(n, 1<<10))
		}
		c.body = c.body[:n]
		_, err := io.ReadFull(c.in, c.body)
		return c.body, err
	}
	body := make([]byte, 0, step)
	for len(body) < n {
		from := len(body)
		more := min(step, n-from)
		if cap(body)-from < more {
			body = append(make([]byte, 0, min(n, 2*cap(body))), body...)
		}
		body = body[:from+more]
		if _, err := io.ReadFull(c.in, body[from:]); err != nil {
			return nil, err
		}
	}
	// Kept only for this message: one large statement must not hold memory for ever.
	return body, nil
}

// send appends a message to the output.
func (c *conn) send(message pgproto3.BackendMessage) error {
	out, err := message.Encode(c.out)
	if err != nil {
		return err
	}
	c.out = out
	return c.flushIfLarge()
}

func (c *conn) flushIfLarge() error {
	if len(c.out) < flushBytes {
		return nil
	}
	return c.flush()
}

// flush writes all output, waiting for the client to take it.
func (c *conn) flush() error {
	if len(c.out) == 0 {
		return nil
	}
	_, err := c.net.Write(c.out)
	if cap(c.out) > 4*flushBytes {
		c.out = nil
	}
	c.out = c.out[:0]
	if err != nil {
		return &goneError{err}
	}
	return nil
}

// goneError says that the client can not be reached any more.
type goneError struct{ err error }

func (e *goneError) Error() string { return "writing to the client: " + e.err.Error() }
func (e *goneError) Unwrap() error { return e.err }

// isGone says whether err is only the client's leaving.
func isGone(err error) bool {
	var gone *goneError
	return errors.As(err, &gone) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) ||
		errors.Is(err, os.ErrDeadlineExceeded)
}

// reportPanic tells the client and the log of a bug of ours, then the connection
// ends; the process and the other sessions go on.
func (c *conn) reportPanic(ctx context.Context, value any) {
	c.server.config.Logger.ErrorContext(ctx, "panic in a session", "panic", value, "stack", string(debug.Stack()))
	c.fatal(pgerr.Internal("internal error in the gateway; this connection ends"))
}

// fatal sends an error of severity FATAL, as far as the client still listens.
func (c *conn) fatal(err error) {
	e := *pgerr.From(err)
	e.Severity = "FATAL"
	_ = c.raw.SetWriteDeadline(time.Now().Add(5 * time.Second))
	_ = c.sendError(&e)
	_ = c.flush()
}
