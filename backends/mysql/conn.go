package mysql

import (
	"context"
	sqldriver "database/sql/driver"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// conn is one server connection, used by one goroutine at a time.
type conn struct {
	driver sqldriver.Conn
	id     string // at the server, for KILL QUERY
	b      *Backend
	socket net.Conn // for cut; the driver has it

	idleSince time.Time
	// killed says that a KILL QUERY was sent. It may reach a later statement than it was
	// meant for, so the connection is not pooled again.
	killed atomic.Bool
	broken bool
}

// sqlMode is what every rewrite assumes; the probe in
// prepareSession proves it.
const sqlMode = "ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO," +
	"NO_ZERO_DATE,NO_ZERO_IN_DATE,ONLY_FULL_GROUP_BY,NO_UNSIGNED_SUBTRACTION,NO_ENGINE_SUBSTITUTION"

// connect makes a connection with our settings.
func (b *Backend) connect(ctx context.Context) (*conn, error) {
	cfg, err := b.connectionConfig(ctx)
	if err != nil {
		return nil, err
	}
	var socket net.Conn
	cfg.DialFunc = func(ctx context.Context, network, address string) (conn net.Conn, err error) {
		socket, err = (&net.Dialer{}).DialContext(ctx, network, address)
		return socket, err
	}
	connector, err := driver.NewConnector(cfg)
	if err != nil {
		return nil, pgerr.New(pgerr.FdwUnableToEstablishConnection, "connecting to MySQL at %s: the dsn %q can not be used", cfg.Addr, b.cfg.DSN)
	}
	limited, cancel := context.WithTimeout(ctx, cfg.Timeout)
	defer cancel()
	raw, err := connector.Connect(limited)
	if err != nil && ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, connectError(cfg.Addr, err)
	}
	c := &conn{driver: raw, socket: socket, b: b}
	if err := c.prepareSession(limited); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// prepareSession makes the settings, and reads them back: a proxy or an init file may
// have a mind of its own.
func (c *conn) prepareSession(ctx context.Context) error {
	row, err := c.row(ctx, "SELECT version(), connection_id()")
	if err != nil {
		return err
	}
	server := c.b.learn(row[0])
	c.id = row[1]
	collation, recursion := "utf8mb4_0900_bin", "cte_max_recursion_depth=4294967295"
	if server.mariaDB {
		collation, recursion = "utf8mb4_nopad_bin", "max_recursive_iterations=4294967295"
	}
	for _, sql := range []string{
		"SET NAMES utf8mb4 COLLATE " + collation,
		"SET SESSION sql_mode='" + sqlMode + "', time_zone='+00:00', group_concat_max_len=1073741824, " + recursion,
	} {
		if err := c.command(ctx, sql); err != nil {
			return err
		}
	}
	row, err = c.row(ctx, "SELECT @@sql_mode, @@time_zone, @@collation_connection, @@character_set_results")
	if err != nil {
		return err
	}
	for _, mode := range strings.Split(sqlMode, ",") {
		if !strings.Contains(","+row[0]+",", ","+mode+",") {
			return refused("sql_mode", row[0], "it lacks "+mode)
		}
	}
	for i, want := range []string{"+00:00", collation, "utf8mb4"} {
		if row[i+1] != want {
			return refused([]string{"time_zone", "collation_connection", "character_set_results"}[i], row[i+1], want+" was set")
		}
	}
	return nil
}

func refused(setting, value, reason string) error {
	return pgerr.New(pgerr.FdwUnableToEstablishConnection, "connecting to MySQL: the session's %s is \"%s\", but %s", setting, value, reason)
}

func (c *conn) close() { _ = c.driver.Close() }

// cut hangs up, whatever the driver is waiting for.
func (c *conn) cut() { _ = c.socket.Close() }

// killTimeout bounds the wait for a KILL QUERY to act; then the connection is cut.
const killTimeout = 3 * time.Second

// kill stops the running statement, over a connection of its own.
func (c *conn) kill() {
	c.killed.Store(true)
	ctx, cancel := context.WithTimeout(context.Background(), killTimeout)
	defer cancel()
	cfg, err := c.b.connectionConfig(ctx)
	if err != nil {
		return
	}
	connector, err := driver.NewConnector(cfg)
	if err != nil {
		return
	}
	other, err := connector.Connect(ctx)
	if err != nil {
		return
	}
	defer func() { _ = other.Close() }()
	_, _ = other.(sqldriver.ExecerContext).ExecContext(ctx, "KILL QUERY "+c.id, nil)
}

// watch kills what runs when ctx ends, until stop is called. Statements run under the
// context given back, which ends only when the kill did not help: the driver answers
// the end of a context by cutting the connection, which the server does not notice.
func (c *conn) watch(ctx context.Context) (running context.Context, stop func()) {
	running, cut := context.WithCancel(context.WithoutCancel(ctx))
	over, fired := make(chan struct{}), make(chan struct{})
	stopped := context.AfterFunc(ctx, func() {
		defer close(fired)
		for range 3 {
			c.kill()
			select {
			case <-over:
				return
			case <-time.After(killTimeout / 3):
			}
		}
		cut()
	})
	return running, func() {
		close(over)
		if !stopped() {
			<-fired
		}
		cut()
	}
}

// blame gives the reason for err: what failed because its context ended died of that.
func (c *conn) blame(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		c.broken = true
		return ctx.Err()
	}
	err = translateError(err)
	if code := pgerr.Code(err); strings.HasPrefix(code, "08") {
		c.broken = true
	}
	return err
}

// command runs a statement without parameters or rows.
func (c *conn) command(ctx context.Context, sql string) error {
	_, err := c.execute(ctx, sql, nil)
	return err
}

// execute runs a statement and counts the rows it affected.
func (c *conn) execute(ctx context.Context, sql string, args []sqldriver.NamedValue) (affected int64, err error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	running, stop := c.watch(ctx)
	defer stop()
	if len(args) == 0 {
		result, err := c.driver.(sqldriver.ExecerContext).ExecContext(running, sql, nil)
		if err != nil {
			return 0, c.blame(ctx, err)
		}
		return result.RowsAffected()
	}
	st, err := c.driver.(sqldriver.ConnPrepareContext).PrepareContext(running, sql)
	if err != nil {
		return 0, c.blame(ctx, err)
	}
	defer func() { _ = st.Close() }()
	result, err := st.(sqldriver.StmtExecContext).ExecContext(running, args)
	if err != nil {
		return 0, c.blame(ctx, err)
	}
	return result.RowsAffected()
}

// each runs a query of our own; cells are texts, NULL is "".
func (c *conn) each(ctx context.Context, sql string, args []string, visit func(cells []string)) error {
	running, stop := c.watch(ctx)
	defer stop()
	st, err := c.driver.(sqldriver.ConnPrepareContext).PrepareContext(running, sql)
	if err != nil {
		return c.blame(ctx, err)
	}
	defer func() { _ = st.Close() }()
	named := make([]sqldriver.NamedValue, len(args))
	for i, arg := range args {
		named[i] = sqldriver.NamedValue{Ordinal: i + 1, Value: arg}
	}
	rows, err := st.(sqldriver.StmtQueryContext).QueryContext(running, named)
	if err != nil {
		return c.blame(ctx, err)
	}
	defer func() { _ = rows.Close() }()
	values := make([]sqldriver.Value, len(rows.Columns()))
	for {
		if err := rows.Next(values); err == io.EOF {
			return nil
		} else if err != nil {
			return c.blame(ctx, err)
		}
		cells := make([]string, len(values))
		for i, v := range values {
			switch v := v.(type) {
			case nil:
			case []byte:
				cells[i] = string(v)
			default:
				cells[i] = fmt.Sprint(v)
			}
		}
		visit(cells)
	}
}

// row is the first row of a query of our own.
func (c *conn) row(ctx context.Context, sql string) (cells []string, err error) {
	err = c.each(ctx, sql, nil, func(found []string) { cells = found })
	if err == nil && cells == nil {
		err = pgerr.Internal("no answer to %s", sql)
	}
	return cells, err
}
