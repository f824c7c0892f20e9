package sqlite

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// pool keeps idle connections, last in first out, and bounds those in use.
type pool struct {
	open  func() (*conn, error)
	slots chan struct{}

	mu     sync.Mutex
	idle   []*conn
	anchor *conn // see anchored
	closed bool
}

var errClosed = errors.New("the backend is closed")

func newPool(size int, open func() (*conn, error)) *pool {
	return &pool{open: open, slots: make(chan struct{}, size)}
}

// get waits for a free slot and gives an idle connection or a new one.
func (p *pool) get(ctx context.Context) (*conn, error) {
	select {
	case p.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	c, err := p.take()
	if err != nil {
		<-p.slots
		return nil, err
	}
	return c, nil
}

func (p *pool) take() (*conn, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, errClosed
	}
	if p.anchor == nil {
		anchor, err := p.open()
		if err != nil {
			return nil, err
		}
		p.anchor = anchor
	}
	if n := len(p.idle); n > 0 {
		c := p.idle[n-1]
		p.idle = p.idle[:n-1]
		return c, nil
	}
	return p.open()
}

// put takes a connection back; one left inside a transaction is rolled back.
func (p *pool) put(c *conn) {
	defer func() { <-p.slots }()
	if !c.broken && c.inTransaction() {
		if _, err := c.exec(context.Background(), "ROLLBACK"); err != nil {
			c.broken = true
		}
	}
	p.mu.Lock()
	keep := !p.closed && !c.broken
	if keep {
		p.idle = append(p.idle, c)
	}
	p.mu.Unlock()
	if !keep {
		c.close()
	}
}

// anchored runs f on the anchor: a connection that is never lent, and sees every commit of the others in its data_version.
func (p *pool) anchored(f func(*conn) error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.anchor == nil {
		return errClosed
	}
	return f(p.anchor)
}

func (p *pool) close() {
	p.mu.Lock()
	p.closed = true
	idle, anchor := p.idle, p.anchor
	p.idle, p.anchor = nil, nil
	p.mu.Unlock()
	for _, c := range idle {
		c.close()
	}
	if anchor != nil {
		anchor.close()
	}
}

// fileName is a file location as sqlite3_open_v2 takes it.
func fileName(location, folder string) string {
	if !filepath.IsAbs(location) && folder != "" {
		location = filepath.Join(folder, location)
	}
	if strings.HasPrefix(location, "file:") {
		// Not a URI of the user's: a name is a name.
		location = "./" + location
	}
	return location
}

// scratch makes the database that ":memory:" stands for: a file of our own, gone with
// the backend. SQLite's databases in memory let no one read while another writes;
// this one does, by its log, and nothing of it is ever synced to the disk.
type scratch struct {
	once   sync.Once
	folder string
	err    error
}

func (s *scratch) open(busyTimeoutMS int) (*conn, error) {
	s.once.Do(func() { s.folder, s.err = os.MkdirTemp("", "gateway-sqlite-") })
	if s.err != nil {
		return nil, pgerr.New(pgerr.IOError, "making a folder for a database in memory: %s", s.err)
	}
	c, err := openConn(filepath.Join(s.folder, "memory.db"), false, busyTimeoutMS)
	if err != nil {
		return nil, err
	}
	for _, pragma := range []string{"PRAGMA journal_mode=wal", "PRAGMA synchronous=off"} {
		if _, err := c.exec(context.Background(), pragma); err != nil {
			c.close()
			return nil, err
		}
	}
	return c, nil
}

func (s *scratch) remove() error {
	if s.folder == "" {
		return nil
	}
	return os.RemoveAll(s.folder)
}

// unreachable names the database in the error of opening it.
func unreachable(location string, err error) error {
	e := pgerr.From(err)
	return pgerr.New(e.Code, "opening SQLite database %q: %s", location, e.Message)
}
