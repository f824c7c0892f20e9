package backendtest

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Proxy passes TCP connections on, and fails them as it is told.
type Proxy struct {
	listener net.Listener
	target   string
	accepted atomic.Int64
	stalled  atomic.Bool
	delay    atomic.Int64 // nanoseconds before each piece of an answer
	cutAfter atomic.Int64 // bytes of answers until all connections are cut; negative: never

	mu    sync.Mutex
	conns map[net.Conn]struct{}
	wg    sync.WaitGroup
}

// NewProxy starts a proxy to target that ends with the test.
func NewProxy(t testing.TB, target string) *Proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{listener: listener, target: target, conns: map[net.Conn]struct{}{}}
	p.cutAfter.Store(-1)
	p.wg.Go(p.serve)
	t.Cleanup(func() {
		_ = listener.Close()
		p.stalled.Store(false)
		p.Cut()
		p.wg.Wait()
	})
	return p
}

// Address is where the proxy listens.
func (p *Proxy) Address() string { return p.listener.Addr().String() }

// Accepted counts the connections made so far.
func (p *Proxy) Accepted() int { return int(p.accepted.Load()) }

// Stall stops passing answers on, until called with false.
func (p *Proxy) Stall(on bool) { p.stalled.Store(on) }

// Slow waits before each piece of an answer.
func (p *Proxy) Slow(delay time.Duration) { p.delay.Store(int64(delay)) }

// CutAfter cuts all connections once that many more bytes of answers have passed.
func (p *Proxy) CutAfter(bytes int64) { p.cutAfter.Store(bytes) }

// Cut ends all connections now. New ones work.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		_ = c.Close()
	}
	clear(p.conns)
}

func (p *Proxy) serve() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.accepted.Add(1)
		server, err := net.DialTimeout("tcp", p.target, 10*time.Second)
		if err != nil {
			_ = client.Close()
			continue
		}
		p.mu.Lock()
		p.conns[client], p.conns[server] = struct{}{}, struct{}{}
		p.mu.Unlock()
		p.wg.Go(func() {
			_, _ = io.Copy(server, client)
			_ = server.Close()
		})
		p.wg.Go(func() {
			p.answers(client, server)
			_ = client.Close()
		})
	}
}

// answers passes the server's bytes on, with the faults.
func (p *Proxy) answers(client, server net.Conn) {
	buf := make([]byte, 16<<10)
	for {
		n, err := server.Read(buf)
		for p.stalled.Load() {
			time.Sleep(5 * time.Millisecond)
		}
		time.Sleep(time.Duration(p.delay.Load()))
		if left := p.cutAfter.Load(); left >= 0 {
			if left <= int64(n) {
				p.cutAfter.Store(-1)
				p.Cut()
				return
			}
			p.cutAfter.Add(-int64(n))
		}
		if n > 0 {
			if _, err := client.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
