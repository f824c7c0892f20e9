package wire

import (
	"context"
	"encoding/binary"
	"errors"
	"runtime/debug"

	"github.com/sqlgateway/gateway/internal/eventloop"
	"github.com/sqlgateway/gateway/internal/session"
)

// laneOutput bounds the output that may be waiting when a statement starts in the lane,
// so that with its answer it stays below flushBytes: the loop must not wait for a client.
const laneOutput = 8 << 10

// lane answers short statements from the event loop while the connection's goroutine
// sleeps: what the session can start at once, and whose answer comes whole and without an
// error. Anything else wakes the goroutine, which goes on from what was read so far.
//
// While the goroutine is in wait, everything of the connection belongs to the loop.
type lane struct {
	conn    *conn
	socket  *eventloop.Conn
	session session.Express
	notify  session.Notify
	wake    chan struct{}
	ready   func() // l.handle, made once

	// reading is true while a read must not wait.
	reading bool
	// running is 'Q' for a Query, 'S' for a sequence that ends in Sync, 0 for nothing.
	running byte
	bind    bindMessage // reused
}

// openLane gives the connection a lane, if its socket and its session can do with one.
func (c *conn) openLane() {
	express, ok := c.session.(session.Express)
	if !ok || c.socket == nil || c.net != c.raw {
		return
	}
	l := &lane{conn: c, socket: c.socket, session: express, wake: make(chan struct{}, 1)}
	l.ready = l.handle
	l.notify = session.Notify{Arrived: l.arrived, Interrupt: l.socket.Poke}
	c.lane = l
}

// source reads from the client: what is there, for the lane, else waiting for it.
type source struct{ conn *conn }

// Read implements io.Reader.
func (s source) Read(p []byte) (int, error) {
	c := s.conn
	if c.lane != nil && c.lane.reading {
		n, err := c.lane.socket.TryRead(p)
		if n == 0 && err == nil {
			err = errNothingYet
		}
		return n, err
	}
	return c.net.Read(p)
}

// errNothingYet ends a read that must not wait.
var errNothingYet = errors.New("nothing to read yet")

// wait sleeps while the loop serves the client, until there is something for the
// goroutine.
func (l *lane) wait() {
	c := l.conn
	c.waiting.Store(true)
	defer c.waiting.Store(false)
	if c.server.draining.Load() {
		return // drain may have passed already
	}
	l.socket.Arm(l.ready)
	<-l.wake
}

// handOver wakes the goroutine.
func (l *lane) handOver() {
	if l.running != 0 {
		l.session.Suspend()
	}
	l.socket.Disarm()
	l.wake <- struct{}{}
}

// handle is called by the loop when something has happened to the client's socket.
func (l *lane) handle() {
	defer l.guard()
	c := l.conn
	switch {
	case l.running != 0:
		// More of a client that pipelines waits its turn.
		if c.killed.Load() || l.socket.PeerClosed() || l.session.Interrupted() {
			l.handOver()
		}
	case c.server.draining.Load() || c.killed.Load() || l.socket.ReadExpired():
		l.handOver()
	default:
		l.serve()
	}
}

// guard ends the connection, not the process, when a bug of ours shows in the loop.
func (l *lane) guard() {
	value := recover()
	if value == nil {
		return
	}
	c := l.conn
	c.server.config.Logger.Error("panic in the event loop", "panic", value, "stack", string(debug.Stack()))
	c.killed.Store(true)
	c.cancel()
	defer func() {
		_ = recover() // the session may have been met half way
		l.socket.Disarm()
		select {
		case l.wake <- struct{}{}:
		default:
		}
	}()
	if l.running != 0 {
		l.session.Suspend()
	}
}

// serve starts what the client asks for.
func (l *lane) serve() {
	for {
		size, more := l.request()
		switch {
		case size > 0:
			l.progress(l.start(size))
			return
		case more && l.read():
		case !more:
			l.handOver()
			return
		default:
			return
		}
	}
}

// read reads what there is. False means that nothing more is to be done now.
func (l *lane) read() bool {
	in := l.conn.in
	l.reading = true
	_, err := in.Peek(in.Buffered() + 1)
	l.reading = false
	switch err {
	case nil:
		return true
	case errNothingYet:
		return false
	default: // the goroutine meets it again
		l.handOver()
		return false
	}
}

// request looks at what was read: the length of what the lane may start, or 0 and
// whether more has to be read to know. Only a first message is waited for: behind one
// that is whole Postgres would be at work already.
func (l *lane) request() (length int, more bool) {
	in := l.conn.in
	data, _ := in.Peek(in.Buffered())
	if len(data) == 0 {
		return 0, true
	}
	if data[0] != 'Q' && data[0] != 'B' {
		return 0, false
	}
	size := messageSize(data)
	if size == 0 || size > len(data) {
		if size > in.Size() || size < 0 || in.Buffered() == in.Size() {
			return 0, false
		}
		return 0, true
	}
	if data[0] == 'Q' {
		return size, false
	}
	return sequenceSize(data), false
}

// messageSize is the size of the first message of data, 0 if its head is not all there,
// and negative for a malformed one.
func messageSize(data []byte) int {
	if len(data) < 5 {
		return 0
	}
	n := int(int32(binary.BigEndian.Uint32(data[1:]))) //nolint:gosec // the protocol's integers are signed
	if n < 4 {
		return -1
	}
	return n + 1
}

// sequenceSize is the size of Bind, perhaps Describe, Execute, Sync at the start of
// data; 0 if that is not what it holds.
func sequenceSize(data []byte) int {
	at := 0
	for _, kind := range []byte("BDES") {
		size := messageSize(data[at:])
		if size <= 0 || size > len(data)-at {
			return 0
		}
		if data[at] == kind {
			at += size
		} else if kind != 'D' {
			return 0
		}
	}
	return at
}

// start has the session start a request of the given size.
func (l *lane) start(size int) session.Progress {
	c := l.conn
	if len(c.out) > laneOutput || len(c.changed) > 0 {
		return session.Declined
	}
	data, _ := c.in.Peek(size)
	var progress session.Progress
	if data[0] == 'Q' {
		progress = l.startQuery(data[5:])
	} else {
		progress = l.startSequence(data)
	}
	if progress != session.Declined {
		_, _ = c.in.Discard(size)
	}
	return progress
}

func (l *lane) startQuery(body []byte) session.Progress {
	text, err := decodeText(body)
	if err != nil {
		return session.Declined
	}
	l.running = 'Q'
	l.conn.waiting.Store(false)
	return l.session.StartQuery(text, &l.notify)
}

// startSequence answers Bind and Describe at once; what follows them may wait.
func (l *lane) startSequence(data []byte) session.Progress {
	bind := data[5:messageSize(data)]
	data = data[messageSize(data):]
	describe := data[0] == 'D'
	if describe {
		kind, portal, err := decodeTarget(data[5:messageSize(data)])
		if err != nil || kind != 'P' || portal != "" {
			return session.Declined
		}
		data = data[messageSize(data):]
	}
	portal, maxRows, err := decodeExecute(data[5:messageSize(data)])
	if err != nil || portal != "" || maxRows != 0 || messageSize(data[messageSize(data):]) != 5 {
		return session.Declined
	}
	m := &l.bind
	if err := m.decode(bind); err != nil || m.portal != "" {
		return session.Declined
	}
	c := l.conn
	l.running = 'S'
	c.waiting.Store(false)
	fields, progress := l.session.StartExecute(m.statement, m.paramFormats, m.params, m.resultFormats, &l.notify)
	if progress == session.Declined {
		return progress
	}
	c.out = append(c.out, '2', 0, 0, 0, 4)
	switch {
	case describe && fields == nil:
		c.out = append(c.out, 'n', 0, 0, 0, 4)
	case describe:
		c.appendFields(fields)
	}
	return progress
}

// arrived is called by the loop when something of the answer has come.
func (l *lane) arrived() {
	defer l.guard()
	if l.running != 0 {
		l.progress(l.session.Answer(&l.conn.portal))
	}
}

// progress does what follows a step of a statement.
func (l *lane) progress(p session.Progress) {
	c := l.conn
	switch p {
	case session.Declined:
		l.running = 0
		c.waiting.Store(true)
		l.handOver()
	case session.Stuck:
		l.handOver()
	case session.Answered:
		l.running = 0
		c.waiting.Store(true)
		if l.flush() {
			l.handle()
		}
	}
}

// flush ends the answer and writes it. False means that the goroutine does the rest.
func (l *lane) flush() bool {
	c := l.conn
	c.out = append(c.out, 'Z', 0, 0, 0, 5, l.session.TransactionStatus())
	n, err := l.socket.TryWrite(c.out)
	rest := copy(c.out, c.out[n:])
	if c.out = c.out[:rest]; rest > 0 || err != nil {
		l.handOver()
		return false
	}
	if cap(c.out) > idleBytes {
		c.out = nil
	}
	return true
}

// resume is what the goroutine does when it was woken: what the lane could not end.
func (l *lane) resume(ctx context.Context) error {
	c := l.conn
	kind := l.running
	l.running = 0
	if kind == 0 {
		return c.flush()
	}
	stop := c.watch()
	err := l.session.Finish(ctx, &c.portal)
	stop()
	if err != nil {
		if c.gone(err) {
			return err
		}
		c.failed = true
		if err := c.report(err); err != nil {
			return err
		}
	}
	if kind == 'S' {
		return c.sync(ctx)
	}
	c.failed = false
	return c.ready()
}
