package sqlite

import (
	"context"
	"sync"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/batch"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/translate"
)

// Backend is one SQLite database.
type Backend struct {
	cfg  *Config
	env  backends.Env
	pool *pool
	// dialect is made once: its rules are compiled on first use.
	dialect *translate.Dialect
	// scratch is used when the location is :memory:.
	scratch scratch

	mu       sync.Mutex
	verified map[string]verification
}

var (
	_ backends.Backend    = (*Backend)(nil)
	_ backends.Executor   = (*Backend)(nil)
	_ backends.Writer     = (*Backend)(nil)
	_ backends.Transactor = (*Backend)(nil)
)

// Open makes the backend; nothing is opened before its first use.
func Open(cfg *Config, env backends.Env) *Backend {
	env = env.WithDefaults()
	b := &Backend{cfg: cfg, env: env, verified: map[string]verification{}, dialect: newDialect()}
	b.pool = newPool(cfg.MaxConnections, b.connect)
	return b
}

func (b *Backend) connect() (c *conn, err error) {
	if b.cfg.Location == memory {
		c, err = b.scratch.open(b.cfg.BusyTimeoutMS)
	} else {
		c, err = openConn(fileName(b.cfg.Location, b.env.Folder), b.cfg.ReadOnly, b.cfg.BusyTimeoutMS)
	}
	if err != nil {
		return nil, unreachable(b.cfg.Location, err)
	}
	return c, nil
}

// Kind implements backends.Backend.
func (*Backend) Kind() backends.Kind { return backends.KindSQLite }

// Config implements backends.Backend.
func (b *Backend) Config() backends.Config { return b.cfg }

// Dialect implements backends.Backend.
func (b *Backend) Dialect(context.Context) (*translate.Dialect, error) { return b.dialect, nil }

// ConnectionInfo implements backends.Backend.
func (b *Backend) ConnectionInfo() backends.ConnectionInfo {
	return backends.ConnectionInfo{
		Kind: backends.KindSQLite, Address: b.cfg.Location, Database: mainSchema,
		Product: product(),
	}
}

// with runs f on a pooled connection.
func (b *Backend) with(ctx context.Context, f func(*conn) error) error {
	c, err := b.pool.get(ctx)
	if err != nil {
		return err
	}
	defer b.pool.put(c)
	return f(c)
}

// Ping implements backends.Backend. It reads the file's header, so that a file that
// is no database is found out.
func (b *Backend) Ping(ctx context.Context) error {
	return b.with(ctx, func(c *conn) error {
		_, err := c.exec(ctx, "SELECT count(*) FROM sqlite_schema")
		return err
	})
}

// Read implements backends.Backend.
func (b *Backend) Read(ctx context.Context, f backends.Fragment) (array.RecordReader, error) {
	c, err := b.pool.get(ctx)
	if err != nil {
		return nil, err
	}
	return b.read(ctx, c, f, func() { b.pool.put(c) })
}

// read runs a fragment on c; done is called when c is free again.
func (b *Backend) read(ctx context.Context, c *conn, f backends.Fragment, done func()) (array.RecordReader, error) {
	source, err := newRows(ctx, c, f, done)
	if err != nil {
		done()
		return nil, err
	}
	return batch.NewReader(ctx, f.Schema(), b.env.Allocator, f.BatchRows, source), nil
}

// Execute implements backends.Executor.
func (b *Backend) Execute(ctx context.Context, q backends.QueryFragment) (affected int64, err error) {
	err = b.with(ctx, func(c *conn) error {
		affected, err = execute(ctx, c, q)
		return err
	})
	return affected, err
}

func execute(ctx context.Context, c *conn, q backends.QueryFragment) (int64, error) {
	s, err := c.prepare(q.SQL)
	if err != nil {
		return 0, err
	}
	defer s.finalize()
	if err := s.bindArgs(q.Args); err != nil {
		return 0, err
	}
	return s.run(ctx)
}

// Close implements backends.Backend.
func (b *Backend) Close() error {
	b.pool.close()
	return b.scratch.remove()
}

// queryOnly is the answer to a fragment that has no query text.
func queryOnly(f backends.Fragment) error {
	if f.Query == nil {
		return pgerr.Internal("a %s source reads queries, not scans", backends.KindSQLite)
	}
	return nil
}
