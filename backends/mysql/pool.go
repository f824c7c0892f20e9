package mysql

import (
	"context"
	sqldriver "database/sql/driver"
	"sync"
	"time"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// pool keeps idle connections, last in first out, and bounds how many there are.
type pool struct {
	connect     func(context.Context) (*conn, error)
	slots       chan struct{}
	idleTimeout time.Duration

	mu     sync.Mutex
	idle   []*conn
	closed bool
}

func newPool(size int, idleTimeout time.Duration, connect func(context.Context) (*conn, error)) *pool {
	return &pool{connect: connect, slots: make(chan struct{}, size), idleTimeout: idleTimeout}
}

// get waits for a free slot and gives an idle connection that is alive, or a new one.
func (p *pool) get(ctx context.Context) (*conn, error) {
	select {
	case p.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	c, err := p.take(ctx)
	if err != nil {
		<-p.slots
		return nil, err
	}
	return c, nil
}

func (p *pool) take(ctx context.Context) (*conn, error) {
	for {
		p.mu.Lock()
		if p.closed {
			p.mu.Unlock()
			return nil, pgerr.New(pgerr.ConnectionException, "the backend is closed")
		}
		var c *conn
		if n := len(p.idle); n > 0 {
			c = p.idle[n-1]
			p.idle = p.idle[:n-1]
		}
		p.mu.Unlock()
		if c == nil {
			return p.connect(ctx)
		}
		// The driver looks at the socket here: a server that went away is found out.
		if time.Since(c.idleSince) < p.idleTimeout && c.driver.(sqldriver.SessionResetter).ResetSession(ctx) == nil &&
			c.driver.(sqldriver.Validator).IsValid() {
			return c, nil
		}
		c.close()
	}
}

// put takes a connection back.
func (p *pool) put(c *conn) {
	p.mu.Lock()
	keep := !p.closed && !c.broken && !c.killed.Load()
	if keep {
		c.idleSince = time.Now()
		p.idle = append(p.idle, c)
	}
	var stale *conn
	if len(p.idle) > 1 && time.Since(p.idle[0].idleSince) > p.idleTimeout {
		stale, p.idle = p.idle[0], append(p.idle[:0], p.idle[1:]...)
	}
	p.mu.Unlock()
	if !keep {
		c.close()
	}
	if stale != nil {
		stale.close()
	}
	<-p.slots
}

func (p *pool) close() {
	p.mu.Lock()
	p.closed = true
	idle := p.idle
	p.idle = nil
	p.mu.Unlock()
	for _, c := range idle {
		c.close()
	}
}
