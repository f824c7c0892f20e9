package postgres

import (
	"context"
	"net"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
)

// Backend is one database of a PostgreSQL server.
type Backend struct {
	cfg  *Config
	env  backends.Env
	pool *pool

	mu   sync.Mutex
	info backends.ConnectionInfo
	facts
}

var (
	_ backends.Backend    = (*Backend)(nil)
	_ backends.Executor   = (*Backend)(nil)
	_ backends.Writer     = (*Backend)(nil)
	_ backends.Transactor = (*Backend)(nil)
	_ backends.Relayer    = (*Backend)(nil)

	_ backends.ExpressRelayer = (*Backend)(nil)

	_ backends.RelayTransactor = (*Backend)(nil)
	_ backends.Statistician    = (*Backend)(nil)
)

// Open makes the backend; nothing is connected before its first use.
func Open(cfg *Config, env backends.Env) *Backend {
	b := &Backend{cfg: cfg, env: env.WithDefaults(), info: configuredInfo(cfg.DSN)}
	b.pool = newPool(cfg.MaxConnections, time.Duration(cfg.IdleTimeoutS)*time.Second, b.dial)
	return b
}

// configuredInfo is what the DSN says without its references being resolved.
func configuredInfo(dsn backends.DSN) backends.ConnectionInfo {
	info := backends.ConnectionInfo{Kind: backends.KindPostgres}
	text := strings.NewReplacer(backends.Redacted, "x", "{", "", "}", "").Replace(dsn.String())
	if dsn.IsURL() {
		u, err := url.Parse(text)
		if err != nil {
			return info
		}
		info.Address, info.User, info.Database = u.Host, u.User.Username(), strings.TrimPrefix(u.Path, "/")
		return withPort(info, "")
	}
	words := map[string]string{}
	for _, word := range strings.Fields(text) {
		key, value, _ := strings.Cut(word, "=")
		words[key] = strings.Trim(value, "'")
	}
	info.Address, info.User, info.Database = words["host"], words["user"], words["dbname"]
	return withPort(info, words["port"])
}

func withPort(info backends.ConnectionInfo, port string) backends.ConnectionInfo {
	if port == "" {
		port = "5432"
	}
	if _, _, err := net.SplitHostPort(info.Address); err != nil && info.Address != "" && !strings.HasPrefix(info.Address, "/") {
		info.Address = net.JoinHostPort(strings.Trim(info.Address, "[]"), port)
	}
	return info
}

// dial makes a connection: the one moment at which secrets are resolved.
func (b *Backend) dial(ctx context.Context) (*conn, error) {
	text, err := b.cfg.DSN.Resolve(ctx, b.env.Secrets)
	if err != nil {
		return nil, pgerr.New(pgerr.FdwUnableToEstablishConnection, "connecting to PostgreSQL: %s", err)
	}
	cfg, err := pgconn.ParseConfig(text)
	if err != nil {
		// The parser's error may quote what it could not parse.
		return nil, pgerr.New(pgerr.FdwUnableToEstablishConnection, "connecting to PostgreSQL: the dsn %q can not be read", b.cfg.DSN)
	}
	if cfg.RuntimeParams["application_name"] == "" {
		cfg.RuntimeParams["application_name"] = "gateway"
	}
	timeout := time.Duration(b.cfg.ConnectTimeoutS) * time.Second
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	address := net.JoinHostPort(cfg.Host, strconv.Itoa(int(cfg.Port)))
	c, err := dial(limited, cfg, b.cfg.StatementCache, b.env.Loop)
	if err != nil && ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, connectError(address, err)
	}
	b.mu.Lock()
	b.info.Product = "PostgreSQL " + c.parameters["server_version"]
	b.mu.Unlock()
	return c, nil
}

// Kind implements backends.Backend.
func (*Backend) Kind() backends.Kind { return backends.KindPostgres }

// Config implements backends.Backend.
func (b *Backend) Config() backends.Config { return b.cfg }

// ConnectionInfo implements backends.Backend.
func (b *Backend) ConnectionInfo() backends.ConnectionInfo {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.info
}

// get gives a connection with our own settings.
func (b *Backend) get(ctx context.Context) (*conn, error) {
	c, err := b.pool.get(ctx, true)
	if err != nil || c.label == "" {
		return c, err
	}
	c.label = ""
	if err := c.command(ctx, "RESET ALL; "+settings); err != nil {
		c.broken = true
		b.pool.put(c)
		return nil, err
	}
	return c, nil
}

// with runs f on a pooled connection.
func (b *Backend) with(ctx context.Context, f func(*conn) error) error {
	c, err := b.get(ctx)
	if err != nil {
		return err
	}
	defer b.pool.put(c)
	return f(c)
}

// Ping implements backends.Backend.
func (b *Backend) Ping(ctx context.Context) error {
	return b.with(ctx, func(c *conn) error { return c.command(ctx, "SELECT 1") })
}

// Read implements backends.Backend.
func (b *Backend) Read(ctx context.Context, f backends.Fragment) (array.RecordReader, error) {
	c, err := b.get(ctx)
	if err != nil {
		return nil, err
	}
	return b.read(ctx, c, f, "", func() { b.pool.put(c) })
}

// Execute implements backends.Executor.
func (b *Backend) Execute(ctx context.Context, q backends.QueryFragment) (affected int64, err error) {
	err = b.with(ctx, func(c *conn) error {
		affected, err = c.execute(ctx, q)
		return err
	})
	return affected, err
}

// Close implements backends.Backend.
func (b *Backend) Close() error {
	b.pool.close()
	return nil
}
