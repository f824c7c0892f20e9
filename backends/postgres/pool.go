package postgres

import (
	"context"
	"errors"
	"sync"
	"time"
)

// pool keeps idle connections, last in first out so that few stay warm, and bounds
// how many there are.
type pool struct {
	dial        func(context.Context) (*conn, error)
	slots       chan struct{}
	idleTimeout time.Duration

	mu         sync.Mutex
	idle       []*conn
	lent       map[*conn]struct{}
	generation uint64
	closed     bool
}

var errClosed = errors.New("the backend is closed")

func newPool(size int, idleTimeout time.Duration, dial func(context.Context) (*conn, error)) *pool {
	return &pool{dial: dial, slots: make(chan struct{}, size), idleTimeout: idleTimeout, lent: map[*conn]struct{}{}}
}

// trusted is how long an idle connection is taken to be alive without looking.
const trusted = 5 * time.Second

// get waits for a free slot and gives an idle connection or a new one. With plain, one
// without a relay's settings is preferred.
func (p *pool) get(ctx context.Context, plain bool) (*conn, error) {
	select {
	case p.slots <- struct{}{}:
	default:
		select {
		case p.slots <- struct{}{}:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	c, err := p.take(ctx, plain)
	if err != nil {
		<-p.slots
		return nil, err
	}
	return c, nil
}

func (p *pool) take(ctx context.Context, plain bool) (*conn, error) {
	for {
		c, generation, err := p.pop(plain)
		if err != nil {
			return nil, err
		}
		if c == nil {
			return p.fresh(ctx, generation)
		}
		if time.Since(c.idleSince) < trusted || c.alive() {
			return c, nil
		}
		c.broken = true
		p.forget(c)
	}
}

func (p *pool) pop(plain bool) (c *conn, generation uint64, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, 0, errClosed
	}
	if n := len(p.idle); n > 0 {
		i := n - 1
		for plain && i > 0 && p.idle[i].label != "" {
			i--
		}
		if plain && p.idle[i].label != "" {
			i = n - 1
		}
		c = p.idle[i]
		p.idle = append(p.idle[:i], p.idle[i+1:]...)
		p.lent[c] = struct{}{}
	}
	return c, p.generation, nil
}

// try is get without waiting: an idle connection with that label, watched by an event
// loop, on which the statement is prepared; nil if there is none.
func (p *pool) try(label, sql string, types []uint32) *conn {
	select {
	case p.slots <- struct{}{}:
	default:
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := len(p.idle) - 1; i >= 0 && !p.closed; i-- {
		c := p.idle[i]
		if c.socket == nil || c.label != label || !c.socket.Quiet() || sql != "" && c.statements.find(sql, types) == nil {
			continue
		}
		p.idle = append(p.idle[:i], p.idle[i+1:]...)
		p.lent[c] = struct{}{}
		return c
	}
	<-p.slots
	return nil
}

func (p *pool) fresh(ctx context.Context, generation uint64) (*conn, error) {
	c, err := p.dial(ctx)
	if err != nil {
		return nil, err
	}
	c.generation = generation
	p.mu.Lock()
	closed := p.closed
	if !closed {
		p.lent[c] = struct{}{}
	}
	p.mu.Unlock()
	if closed {
		c.close()
		return nil, errClosed
	}
	return c, nil
}

// forget closes a connection that was lent.
func (p *pool) forget(c *conn) {
	p.mu.Lock()
	delete(p.lent, c)
	p.mu.Unlock()
	c.close()
}

// put takes a connection back. One that broke takes the idle ones made before it
// along: the server was probably restarted.
func (p *pool) put(c *conn) {
	keep := !c.broken && c.status == 'I' && c.cancels.Load() == 0
	now := time.Now()
	var stale []*conn
	p.mu.Lock()
	delete(p.lent, c)
	if c.broken && c.generation == p.generation && c.gone {
		p.generation++
		stale, p.idle = p.idle, nil
	}
	keep = keep && !p.closed && c.generation == p.generation
	if keep {
		c.idleSince = now
		p.idle = append(p.idle, c)
	}
	// The oldest is at the bottom; one a call is enough to shrink a pool.
	if len(p.idle) > 1 && now.Sub(p.idle[0].idleSince) > p.idleTimeout {
		stale = append(stale, p.idle[0])
		p.idle = append(p.idle[:0], p.idle[1:]...)
	}
	p.mu.Unlock()
	if !keep {
		c.close()
	}
	for _, old := range stale {
		old.close()
	}
	<-p.slots
}

// close ends all connections, those in use too: their readers fail.
func (p *pool) close() {
	p.mu.Lock()
	p.closed = true
	idle := p.idle
	p.idle = nil
	for c := range p.lent {
		// The one who has it closes it; the socket's end makes it notice.
		_ = c.net.Close()
	}
	p.mu.Unlock()
	for _, c := range idle {
		c.close()
	}
}
