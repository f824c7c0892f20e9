package eventloop_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/sqlgateway/gateway/internal/eventloop"
)

// patience is how long a thing may take on a busy machine.
const patience = 20 * time.Second

func newLoop(t *testing.T) *eventloop.Loop {
	t.Helper()
	ignore := goleak.IgnoreCurrent()
	l, err := eventloop.New()
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip("there is no event loop here")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		l.Close()
		goleak.VerifyNone(t, ignore)
	})
	return l
}

// pair is a connection: one end of the loop's, the other of Go's.
func pair(t *testing.T, l *eventloop.Loop) (*eventloop.Conn, *net.TCPConn) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	other, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = other.Close() })
	accepted, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	c, err := l.Take(accepted)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c, other.(*net.TCPConn)
}

// TestStream sends more than the sockets hold, both ways at once.
func TestStream(t *testing.T) {
	c, other := pair(t, newLoop(t))
	sent := make([]byte, 8<<20)
	_, _ = rand.Read(sent)
	var work sync.WaitGroup
	for _, ends := range [][2]net.Conn{{c, other}, {other, c}} {
		work.Go(func() {
			if _, err := ends[0].Write(sent); err != nil {
				t.Error(err)
			}
		})
		work.Go(func() {
			got := make([]byte, len(sent))
			if _, err := io.ReadFull(ends[1], got); err != nil || !bytes.Equal(got, sent) {
				t.Errorf("something else came, %v", err)
			}
		})
	}
	work.Wait()
	_ = other.Close()
	if n, err := c.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %d, %v", n, err)
	}
	if !c.PeerClosed() {
		t.Error("the other side is not known to have closed")
	}
}

// TestBulk reads a long stream in large pieces, with pauses, and an end.
func TestBulk(t *testing.T) {
	c, other := pair(t, newLoop(t))
	sent := make([]byte, 4<<20)
	_, _ = rand.Read(sent)
	go func() {
		for i := 0; i < len(sent); i += 8 << 10 {
			if i%(1<<20) == 0 {
				time.Sleep(20 * time.Millisecond)
			}
			_, _ = other.Write(sent[i : i+8<<10])
		}
	}()
	c.Bulk(true)
	got := make([]byte, len(sent))
	for at := 0; at < len(got); {
		n, err := c.Read(got[at:min(len(got), at+64<<10)])
		if err != nil {
			t.Fatal(err)
		}
		if at += n; at%5 == 0 {
			c.Bulk(true) // after a pause
		}
	}
	if !bytes.Equal(got, sent) {
		t.Error("something else came")
	}
	c.Bulk(true)
	_ = c.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
	if _, err := c.Read(got); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("after the stream: %v", err)
	}
	_ = c.SetReadDeadline(time.Time{})
	c.Bulk(true)
	time.AfterFunc(10*time.Millisecond, func() { _ = other.Close() })
	if _, err := c.Read(got); !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %v", err)
	}
}

// TestDeadlines ends reads and writes that wait, by time and by closing.
func TestDeadlines(t *testing.T) {
	l := newLoop(t)
	c, _ := pair(t, l)
	full := make([]byte, 64<<20)
	for _, wait := range []time.Duration{-time.Second, 10 * time.Millisecond} {
		_ = c.SetDeadline(time.Now().Add(wait))
		var timeout net.Error
		if _, err := c.Read(full[:1]); !errors.Is(err, os.ErrDeadlineExceeded) || !errors.As(err, &timeout) || !timeout.Timeout() {
			t.Errorf("reading: %v", err)
		}
		if _, err := c.Write(full); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("writing: %v", err)
		}
	}
	_ = c.SetDeadline(time.Time{})
	time.AfterFunc(20*time.Millisecond, func() { _ = c.Close() })
	if _, err := c.Read(full[:1]); !errors.Is(err, net.ErrClosed) {
		t.Errorf("reading what is closed meanwhile: %v", err)
	}
	if _, err := c.Write(full); !errors.Is(err, net.ErrClosed) {
		t.Errorf("writing what is closed: %v", err)
	}
	if err := c.Close(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("closing twice: %v", err)
	}
}

// echo answers from the loop until the other side closes.
type echo struct {
	c    *eventloop.Conn
	buf  [1 << 10]byte
	over chan struct{}
}

func (e *echo) handle() {
	for {
		n, err := e.c.TryRead(e.buf[:])
		if err != nil || e.c.ReadExpired() {
			e.c.Disarm()
			close(e.over)
			return
		}
		if n == 0 {
			return
		}
		_, _ = e.c.TryWrite(e.buf[:n])
	}
}

// TestArm has many sockets answered by their handlers, then by a goroutine again.
func TestArm(t *testing.T) {
	l := newLoop(t)
	var work sync.WaitGroup
	for range 50 {
		work.Go(func() {
			c, other := pair(t, l)
			_, _ = other.Write([]byte("early")) // there before the handler
			e := &echo{c: c, over: make(chan struct{})}
			c.Arm(e.handle)
			got := make([]byte, 5)
			for i := range 200 {
				if i > 0 {
					_, _ = other.Write([]byte("later"))
				}
				_ = other.SetReadDeadline(time.Now().Add(patience))
				if _, err := io.ReadFull(other, got); err != nil {
					t.Errorf("answer %d: %v", i, err)
					return
				}
			}
			_ = c.SetReadDeadline(time.Now()) // calls the handler
			<-e.over
			_ = c.SetReadDeadline(time.Time{})
			_, _ = other.Write([]byte("again"))
			if _, err := io.ReadFull(c, got); err != nil || string(got) != "again" {
				t.Errorf("%s, %v", got, err)
			}
		})
	}
	work.Wait()
}

// TestReuse closes sockets while others take their file descriptors: nobody gets what
// is another's.
func TestReuse(t *testing.T) {
	l := newLoop(t)
	var work sync.WaitGroup
	for worker := range 8 {
		work.Go(func() {
			for range 50 {
				c, other := pair(t, l)
				_, _ = other.Write([]byte{byte(worker)})
				got := make([]byte, 2)
				if n, err := c.Read(got); n != 1 || got[0] != byte(worker) || err != nil {
					t.Errorf("%v, %v", got[:n], err)
				}
				go func() { _, _ = c.Read(got) }()
				_ = c.Close()
				_ = other.Close()
			}
		})
	}
	work.Wait()
}

// TestClosed refuses what a closed loop can not watch.
func TestClosed(t *testing.T) {
	l := newLoop(t)
	c, other := pair(t, l)
	l.Close()
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("a socket of a closed loop: %v", err)
	}
	if _, err := l.Take(other); err == nil {
		t.Error("a closed loop takes a socket")
	}
	if _, err := other.Write([]byte{1}); err != nil {
		t.Errorf("what was not taken: %v", err)
	}
	ours, _ := net.Pipe()
	if _, err := l.Take(ours); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("no socket: %v", err)
	}
}
