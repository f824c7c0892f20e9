package eventloop

import (
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// Conn is a socket of a loop. It has two users, one at a time: a goroutine, for which
// it is a net.Conn; or, while armed, a handler that the loop calls, which reads and
// writes with TryRead and TryWrite and never waits. Close, Poke, the deadlines and
// PeerClosed may be called by anybody.
type Conn struct {
	loop             *Loop
	fd               int
	slot, generation int32
	local, remote    net.Addr

	// users counts those in a system call, and one for being open: the file descriptor is
	// closed by the last, so that its number is never used for another file.
	users  atomic.Int32
	closed atomic.Bool

	// readable and writable say that trying may be worth it: something happened since the
	// last try, or that took all it was given.
	readable, writable, hungUp atomic.Bool
	reader, writer             side

	// bulk and paused are the reading goroutine's: see Bulk.
	bulk, paused bool

	mu      sync.Mutex
	handler func() // nil when not armed
}

// side is what a goroutine that waits to read, or to write, is woken by.
type side struct {
	wake    chan struct{}
	expired atomic.Bool

	mu    sync.Mutex
	timer *time.Timer // of the deadline
	set   int         // how often it was set, to tell a timer that was stopped too late
}

func newConn(l *Loop, fd int, local, remote net.Addr) *Conn {
	c := &Conn{loop: l, fd: fd, local: local, remote: remote}
	c.reader.wake, c.writer.wake = make(chan struct{}, 1), make(chan struct{}, 1)
	c.users.Store(1)
	c.readable.Store(true)
	c.writable.Store(true)
	return c
}

// Loop is the loop that the socket belongs to.
func (c *Conn) Loop() *Loop { return c.loop }

// happened notes what the kernel says, and tells whoever has the socket.
func (c *Conn) happened(events uint32) {
	if events&(unix.EPOLLRDHUP|unix.EPOLLHUP|unix.EPOLLERR) != 0 {
		c.hungUp.Store(true)
		c.readable.Store(true)
		c.writable.Store(true)
	}
	if events&unix.EPOLLIN != 0 {
		c.readable.Store(true)
	}
	if events&unix.EPOLLOUT != 0 {
		c.writable.Store(true)
	}
	if !c.call() {
		c.reader.rouse()
		c.writer.rouse()
	}
}

// call calls the handler, if there is one.
func (c *Conn) call() bool {
	c.mu.Lock()
	handler := c.handler
	c.mu.Unlock()
	if handler == nil {
		return false
	}
	handler()
	return true
}

// Arm gives the socket to handler, which the loop calls whenever something may have
// happened: at once if something is there to read. The caller must not use the socket
// before the handler has disarmed it.
func (c *Conn) Arm(handler func()) {
	c.mu.Lock()
	c.handler = handler
	c.mu.Unlock()
	if c.readable.Load() || c.closed.Load() || c.reader.expired.Load() {
		c.loop.post(c)
	}
}

// Disarm ends Arm. Only handlers may call it.
func (c *Conn) Disarm() {
	c.mu.Lock()
	c.handler = nil
	c.mu.Unlock()
}

// Poke has the loop call the handler, if the socket is armed.
func (c *Conn) Poke() {
	c.mu.Lock()
	armed := c.handler != nil
	c.mu.Unlock()
	if armed {
		c.loop.post(c)
	}
}

// PeerClosed says whether the other side has closed the connection, even with something
// unread before the end.
func (c *Conn) PeerClosed() bool { return c.hungUp.Load() }

// Quiet says that nothing came since the last read.
func (c *Conn) Quiet() bool { return !c.readable.Load() && !c.closed.Load() }

// begin keeps the file descriptor open until end.
func (c *Conn) begin() bool {
	for {
		users := c.users.Load()
		if users == 0 || c.closed.Load() {
			return false
		}
		if c.users.CompareAndSwap(users, users+1) {
			return true
		}
	}
}

func (c *Conn) end() {
	if c.users.Add(-1) == 0 {
		_ = unix.Close(c.fd)
	}
}

// Close implements net.Conn.
func (c *Conn) Close() error {
	if c.closed.Swap(true) {
		return c.problem("close", net.ErrClosed)
	}
	c.loop.remove(c)
	c.end()
	c.reader.stop()
	c.writer.stop()
	c.Poke()
	return nil
}

// TryRead reads what is there: 0 and no error if that is nothing.
func (c *Conn) TryRead(p []byte) (int, error) {
	if c.closed.Load() {
		return 0, c.problem("read", net.ErrClosed)
	}
	if !c.readable.Load() || len(p) == 0 {
		return 0, nil
	}
	if !c.begin() {
		return 0, c.problem("read", net.ErrClosed)
	}
	defer c.end()
	for {
		// Before the read, so that nothing that comes after it is overlooked.
		c.readable.Store(false)
		n, err := unix.Read(c.fd, p)
		switch {
		case err == unix.EINTR:
		case err == unix.EAGAIN:
			return 0, nil
		case err != nil:
			c.readable.Store(true)
			return 0, c.problem("read", os.NewSyscallError("read", err))
		case n == 0:
			c.hungUp.Store(true)
			c.readable.Store(true)
			return 0, io.EOF
		default:
			// A stream that gave less than asked has no more (epoll(7)); but its end comes
			// without an event of its own.
			if n == len(p) || c.hungUp.Load() {
				c.readable.Store(true)
			}
			return n, nil
		}
	}
}

// TryWrite writes as much as the socket takes at once.
func (c *Conn) TryWrite(p []byte) (int, error) {
	if !c.begin() {
		return 0, c.problem("write", net.ErrClosed)
	}
	defer c.end()
	for {
		c.writable.Store(false)
		n, err := unix.Write(c.fd, p)
		switch {
		case err == unix.EINTR:
		case err == unix.EAGAIN:
			return 0, nil
		case err != nil:
			c.writable.Store(true)
			return 0, c.problem("write", os.NewSyscallError("write", err))
		default:
			c.writable.Store(true)
			return n, nil
		}
	}
}

// Read implements net.Conn.
func (c *Conn) Read(p []byte) (int, error) {
	for {
		if c.reader.expired.Load() {
			return 0, c.problem("read", os.ErrDeadlineExceeded)
		}
		n, err := c.TryRead(p)
		if n > 0 || err != nil || len(p) == 0 {
			c.paused = false
			return n, err
		}
		switch {
		case c.readable.Load():
		case !c.bulk:
			<-c.reader.wake
		case c.paused:
			c.Bulk(false)
		default:
			c.waitForBulk()
		}
	}
}

// Write implements net.Conn.
func (c *Conn) Write(p []byte) (int, error) {
	written := 0
	for {
		if c.writer.expired.Load() {
			return written, c.problem("write", os.ErrDeadlineExceeded)
		}
		n, err := c.TryWrite(p[written:])
		written += n
		if err != nil || written == len(p) {
			return written, err
		}
		if !c.writable.Load() {
			<-c.writer.wake
		}
	}
}

func (c *Conn) problem(act string, err error) error {
	return &net.OpError{Op: act, Net: c.remote.Network(), Source: c.local, Addr: c.remote, Err: err}
}

// LocalAddr implements net.Conn.
func (c *Conn) LocalAddr() net.Addr { return c.local }

// RemoteAddr implements net.Conn.
func (c *Conn) RemoteAddr() net.Addr { return c.remote }

// SetDeadline implements net.Conn.
func (c *Conn) SetDeadline(t time.Time) error {
	if err := c.SetReadDeadline(t); err != nil {
		return err
	}
	return c.SetWriteDeadline(t)
}

// SetReadDeadline implements net.Conn. An armed socket's handler is called when the
// deadline passes.
func (c *Conn) SetReadDeadline(t time.Time) error {
	if c.closed.Load() {
		return c.problem("set", net.ErrClosed)
	}
	c.reader.deadline(t, c.Poke)
	return nil
}

// SetWriteDeadline implements net.Conn.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	if c.closed.Load() {
		return c.problem("set", net.ErrClosed)
	}
	c.writer.deadline(t, func() {})
	return nil
}

// ReadExpired says whether the read deadline has passed.
func (c *Conn) ReadExpired() bool { return c.reader.expired.Load() }

func (s *side) rouse() {
	select {
	case s.wake <- struct{}{}:
	default: // one who waits finds it later
	}
}

func (s *side) stop() {
	s.deadline(time.Time{}, nil)
	s.rouse()
}

// deadline sets or, with the zero time, removes a deadline; passed is called when it is
// over.
func (s *side) deadline(t time.Time, passed func()) {
	s.mu.Lock()
	if s.timer != nil {
		s.timer.Stop()
		s.timer = nil
	}
	s.set++
	set := s.set
	s.expired.Store(false)
	left := time.Until(t)
	if !t.IsZero() && left > 0 {
		s.timer = time.AfterFunc(left, func() { s.expire(set, passed) })
	}
	s.mu.Unlock()
	if !t.IsZero() && left <= 0 {
		s.expire(set, passed)
	}
}

// expire ends the time of one setting.
func (s *side) expire(set int, passed func()) {
	s.mu.Lock()
	current := s.set == set
	if current {
		s.expired.Store(true)
	}
	s.mu.Unlock()
	if current {
		s.rouse()
		passed()
	}
}
