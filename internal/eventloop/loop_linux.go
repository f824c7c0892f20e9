package eventloop

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// eventsPerWait is how many events one system call brings.
const eventsPerWait = 128

// timeSlice is how long the loop runs before it asks to be scheduled anew. A goroutine
// that had 10 ms has its core taken away, and then Go's monitor looks at it every 20 µs
// for a while: a tenth of the loop's CPU time under load.
const timeSlice = 4 * time.Millisecond

// wakeSlot marks the events of the loop's own eventfd.
const wakeSlot = -1

// Loop is the goroutine that waits for all sockets.
type Loop struct {
	epoll, wake int
	stopped     chan struct{}
	bulk        atomic.Int32 // readers in Bulk

	mu       sync.Mutex
	conns    []*Conn // by slot; nil where free
	free     []int32
	posted   []*Conn // to be called though nothing arrived
	awake    bool    // the eventfd was written and not yet read
	stopping bool
	// generations tell an event of a closed socket from one of its successor in the slot.
	generation int32
}

// New starts a loop.
func New() (*Loop, error) {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("making an epoll instance: %w", err)
	}
	wake, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		_ = unix.Close(epoll)
		return nil, fmt.Errorf("making an eventfd: %w", err)
	}
	l := &Loop{epoll: epoll, wake: wake, stopped: make(chan struct{})}
	if err := unix.EpollCtl(epoll, unix.EPOLL_CTL_ADD, wake, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: wakeSlot}); err != nil {
		_ = unix.Close(epoll)
		_ = unix.Close(wake)
		return nil, fmt.Errorf("watching an eventfd: %w", err)
	}
	go l.run()
	return l, nil
}

// Close closes all sockets and ends the goroutine. It must not be called from a
// handler.
func (l *Loop) Close() {
	l.mu.Lock()
	stopping := l.stopping
	l.stopping = true
	conns := append([]*Conn(nil), l.conns...)
	l.mu.Unlock()
	if stopping {
		<-l.stopped
		return
	}
	for _, c := range conns {
		if c != nil {
			_ = c.Close()
		}
	}
	l.rouse()
	<-l.stopped
	_ = unix.Close(l.epoll)
	_ = unix.Close(l.wake)
}

// Take moves a socket from Go's poller to the loop; conn is closed and not to be used
// any more. With an error, errors.ErrUnsupported for what is no plain socket, conn stays
// as it is.
func (l *Loop) Take(conn net.Conn) (*Conn, error) {
	var raw syscall.RawConn
	var err error
	switch socket := conn.(type) {
	case *net.TCPConn:
		raw, err = socket.SyscallConn()
	case *net.UnixConn:
		raw, err = socket.SyscallConn()
	default:
		return nil, errors.ErrUnsupported
	}
	if err != nil {
		return nil, err
	}
	fd := -1
	var dupErr error
	if err := raw.Control(func(own uintptr) {
		fd, dupErr = unix.FcntlInt(own, unix.F_DUPFD_CLOEXEC, 0)
	}); err != nil {
		return nil, err
	}
	if dupErr != nil {
		return nil, fmt.Errorf("duplicating a socket: %w", dupErr)
	}
	// Go's sockets do not block, and the duplicate shares that.
	c := newConn(l, fd, conn.LocalAddr(), conn.RemoteAddr())
	if err := l.add(c); err != nil {
		_ = unix.Close(fd)
		return nil, err
	}
	_ = conn.Close()
	return c, nil
}

// add registers a socket once and for all: edge by edge, in both directions.
func (l *Loop) add(c *Conn) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stopping {
		return net.ErrClosed
	}
	if n := len(l.free); n > 0 {
		c.slot = l.free[n-1]
		l.free = l.free[:n-1]
	} else {
		c.slot = int32(len(l.conns)) //nolint:gosec // there are not that many file descriptors
		l.conns = append(l.conns, nil)
	}
	l.generation++
	c.generation = l.generation
	event := unix.EpollEvent{Events: watched, Fd: c.slot, Pad: c.generation}
	if err := unix.EpollCtl(l.epoll, unix.EPOLL_CTL_ADD, c.fd, &event); err != nil {
		l.free = append(l.free, c.slot)
		return fmt.Errorf("watching a socket: %w", err)
	}
	l.conns[c.slot] = c
	return nil
}

// remove forgets a socket; the caller still holds its file descriptor open.
func (l *Loop) remove(c *Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conns[c.slot] != c {
		return
	}
	_ = unix.EpollCtl(l.epoll, unix.EPOLL_CTL_DEL, c.fd, nil)
	l.conns[c.slot] = nil
	l.free = append(l.free, c.slot)
}

func (l *Loop) find(slot, generation int32) *Conn {
	l.mu.Lock()
	defer l.mu.Unlock()
	if int(slot) >= len(l.conns) {
		return nil
	}
	if c := l.conns[slot]; c != nil && c.generation == generation {
		return c
	}
	return nil
}

// post has the loop call a socket's handler soon.
func (l *Loop) post(c *Conn) {
	l.mu.Lock()
	l.posted = append(l.posted, c)
	rouse := !l.awake && !l.stopping
	l.awake = l.awake || rouse
	l.mu.Unlock()
	if rouse {
		l.rouse()
	}
}

func (l *Loop) rouse() {
	var one [8]byte
	binary.NativeEndian.PutUint64(one[:], 1)
	_, _ = unix.Write(l.wake, one[:])
}

func (l *Loop) run() {
	defer close(l.stopped)
	events := make([]unix.EpollEvent, eventsPerWait)
	scheduled := time.Now()
	for {
		if now := time.Now(); now.Sub(scheduled) > timeSlice {
			scheduled = now
			runtime.Gosched()
		}
		n, err := unix.EpollWait(l.epoll, events, -1)
		if err != nil && err != unix.EINTR {
			panic(fmt.Sprintf("eventloop: waiting for sockets: %v", err)) // the loop's own file descriptor is broken
		}
		for i := range events[:max(n, 0)] {
			e := &events[i]
			if e.Fd == wakeSlot {
				var count [8]byte
				_, _ = unix.Read(l.wake, count[:])
			} else if c := l.find(e.Fd, e.Pad); c != nil {
				c.happened(e.Events)
			}
		}
		if l.callPosted() {
			return
		}
	}
}

// callPosted calls the handlers of posted sockets, and says whether the loop is to end.
func (l *Loop) callPosted() (stopping bool) {
	l.mu.Lock()
	posted := l.posted
	l.posted, l.awake = nil, false
	stopping = l.stopping
	l.mu.Unlock()
	for _, c := range posted {
		c.call()
	}
	return stopping
}
