package mysql

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/translate"
)

// Backend is one MySQL or MariaDB server.
type Backend struct {
	cfg  *Config
	env  backends.Env
	pool *pool

	mu      sync.Mutex
	info    backends.ConnectionInfo
	server  server
	dialect *translate.Dialect
}

// server is what a connection tells of the product.
type server struct {
	mariaDB      bool
	major, minor int
}

var (
	_ backends.Backend    = (*Backend)(nil)
	_ backends.Executor   = (*Backend)(nil)
	_ backends.Writer     = (*Backend)(nil)
	_ backends.Transactor = (*Backend)(nil)
)

// Open makes the backend; nothing is connected before its first use.
func Open(cfg *Config, env backends.Env) *Backend {
	b := &Backend{cfg: cfg, env: env.WithDefaults(), info: configuredInfo(cfg.DSN)}
	b.pool = newPool(cfg.MaxConnections, time.Duration(cfg.IdleTimeoutS)*time.Second, b.connect)
	return b
}

// learn notes the product by its version(): "10.11.19-MariaDB-…" or "8.0.36".
func (b *Backend) learn(version string) server {
	product := "MySQL"
	s := server{mariaDB: strings.Contains(version, "MariaDB")}
	if s.mariaDB {
		product = "MariaDB"
	}
	number, _, _ := strings.Cut(version, "-")
	parts := append(strings.Split(number, "."), "", "")
	s.major, _ = strconv.Atoi(parts[0])
	s.minor, _ = strconv.Atoi(parts[1])
	b.mu.Lock()
	defer b.mu.Unlock()
	b.server, b.info.Product = s, product+" "+number
	return s
}

// Kind implements backends.Backend.
func (*Backend) Kind() backends.Kind { return backends.KindMySQL }

// Config implements backends.Backend.
func (b *Backend) Config() backends.Config { return b.cfg }

// ConnectionInfo implements backends.Backend.
func (b *Backend) ConnectionInfo() backends.ConnectionInfo {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.info
}

func (b *Backend) with(ctx context.Context, f func(*conn) error) error {
	c, err := b.pool.get(ctx)
	if err != nil {
		return err
	}
	defer b.pool.put(c)
	return f(c)
}

// Ping implements backends.Backend.
func (b *Backend) Ping(ctx context.Context) error {
	return b.with(ctx, func(c *conn) error {
		_, err := c.row(ctx, "SELECT 1")
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

// Execute implements backends.Executor.
func (b *Backend) Execute(ctx context.Context, q backends.QueryFragment) (affected int64, err error) {
	err = b.with(ctx, func(c *conn) error {
		affected, err = c.executeFragment(ctx, q)
		return err
	})
	return affected, err
}

func (c *conn) executeFragment(ctx context.Context, q backends.QueryFragment) (int64, error) {
	args, err := namedArgs(q.Args)
	if err != nil {
		return 0, err
	}
	return c.execute(ctx, q.SQL, args)
}

// Close implements backends.Backend.
func (b *Backend) Close() error {
	b.pool.close()
	return nil
}
