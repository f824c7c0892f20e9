package wire

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime/debug"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/sqlgateway/gateway/internal/eventloop"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/session"
)

// flushBytes is when buffered output is written even though nobody asked: large
// enough that a write carries many rows, small enough to stay in the L2 cache.
const flushBytes = 64 << 10

// idleBytes is how much output buffer a connection keeps between statements.
const idleBytes = 16 << 10

// smallMessageBytes is Postgres's bound on messages that hold no data of the client's.
const smallMessageBytes = 10000

// conn is one client's connection.
//
// pgproto3.Backend is not used for the stream itself: its Flush drops the buffer
// past 1,024 bytes, which costs an allocation of 600 bytes a row. Its message types
// encode into, and decode from, the buffers here.
type conn struct {
	server *Server
	net    net.Conn        // the TLS connection once there is one
	raw    net.Conn        // the socket
	socket *eventloop.Conn // raw, where a loop watches it; nil otherwise
	lane   *lane           // nil without one
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
	started atomic.Bool // start-up is over
	killed  atomic.Bool
	closed  atomic.Bool

	portal portalOutput
	lost   error // why the client can not be reached any more
	// changed are settings to report before the next ReadyForQuery.
	changed []pgproto3.ParameterStatus
	// unsynced: a message came that has no place here, and the next ones mean nothing.
	unsynced bool
	skip     bool // an error was sent in the extended protocol: skip to Sync
	failed   bool // an error was sent since the last Sync
	watcher  *time.Timer
}

func newConn(s *Server, netConn net.Conn, cancel context.CancelFunc) *conn {
	if tcp, ok := netConn.(*net.TCPConn); ok {
		_ = tcp.SetNoDelay(true)
	}
	c := &conn{server: s, cancel: cancel}
	if s.config.Loop != nil {
		if socket, err := s.config.Loop.Take(netConn); err == nil {
			netConn, c.socket = socket, socket
		}
	}
	c.net, c.raw = netConn, netConn
	c.in = bufio.NewReaderSize(source{c}, 8<<10)
	c.portal.conn = c
	c.watcher = time.AfterFunc(time.Hour, c.lookForClient)
	c.watcher.Stop()
	return c
}

// upgrade continues on an encrypted connection.
func (c *conn) upgrade(encrypted net.Conn) {
	c.net = encrypted
}

func (c *conn) close() {
	// From here on nobody watches, cancels or drains it.
	c.closed.Store(true)
	c.watcher.Stop()
	c.server.unregister(c)
	defer c.net.Close()
	if c.session != nil {
		c.session.Close()
	}
}

// drain ends the connection when it is idle or still starting, now or after the
// running statement.
func (c *conn) drain() {
	if c.waiting.Load() || !c.started.Load() {
		_ = c.raw.SetReadDeadline(time.Now())
	}
}

// kill ends the connection at once.
func (c *conn) kill() {
	c.killed.Store(true)
	c.cancel()
	_ = c.raw.SetDeadline(time.Now())
}

// limits gives the largest body of a type of message; 0 refuses the type. large is
// what the server is configured for.
type limits func(kind byte, large int) int

// frontendLimits are those of an authenticated client.
func frontendLimits(kind byte, large int) int {
	switch kind {
	case 'Q', 'P', 'B', 'F', 'd':
		return large
	case 'D', 'E', 'C', 'H', 'S', 'X', 'c', 'f':
		return min(large, smallMessageBytes)
	default:
		return 0
	}
}

// readMessage reads one message. The body is valid until the next call. It grows
// with the bytes that arrive, so a false length claims no memory.
func (c *conn) readMessage(limit limits) (byte, []byte, error) {
	if _, err := io.ReadFull(c.in, c.head[:]); err != nil {
		return 0, nil, err
	}
	maxBytes := limit(c.head[0], c.server.config.MaxMessageBytes)
	if maxBytes == 0 {
		return 0, nil, pgerr.New(pgerr.ProtocolViolation, "invalid frontend message type %d", c.head[0])
	}
	n := int(int32(binary.BigEndian.Uint32(c.head[1:]))) - 4 //nolint:gosec // the protocol's integers are signed
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
		return c.lose("writing to the client", err)
	}
	return nil
}

// lose notes that the client can not be reached any more, and gives the error that
// says so.
func (c *conn) lose(act string, err error) error {
	if c.lost == nil {
		c.lost = fmt.Errorf("%s: %w", act, err)
	}
	return c.lost
}

// gone says whether the client has left or was sent away, so that err, which the
// session gave, has nobody to go to. The error itself can not tell: a source that
// hung up looks the same.
func (c *conn) gone(error) bool { return c.lost != nil || c.killed.Load() }

// isGone says whether an error of the client's socket is only its leaving.
func isGone(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) ||
		errors.Is(err, os.ErrDeadlineExceeded)
}

// guard, deferred, tells the client and the log of a panic, a bug of ours; the
// connection ends, the process and the other sessions go on.
func (c *conn) guard(ctx context.Context) {
	value := recover()
	if value == nil {
		return
	}
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
