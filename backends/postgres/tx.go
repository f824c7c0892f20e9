package postgres

import (
	"context"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
)

// tx is a transaction on one connection.
type tx struct {
	b *Backend
	c *conn // nil once ended
	// borrowed connections are a relay's, which ends the transaction.
	borrowed bool
}

// Begin implements backends.Transactor.
func (b *Backend) Begin(ctx context.Context, options backends.TxOptions) (backends.Tx, error) {
	sql := "BEGIN"
	if options.Isolation != "" {
		switch level := strings.ToUpper(options.Isolation); level {
		case "READ COMMITTED", "READ UNCOMMITTED", "REPEATABLE READ", "SERIALIZABLE":
			sql += " ISOLATION LEVEL " + level
		default:
			return nil, pgerr.New(pgerr.InvalidParameterValue, "invalid value for parameter \"transaction_isolation\": \"%s\"", options.Isolation)
		}
	}
	if options.ReadOnly {
		sql += " READ ONLY"
	}
	c, err := b.get(ctx)
	if err != nil {
		return nil, err
	}
	if err := c.command(ctx, sql); err != nil {
		b.pool.put(c)
		return nil, err
	}
	return &tx{b: b, c: c}, nil
}

func errEnded() error {
	return pgerr.New(pgerr.NoActiveSQLTransaction, "the transaction at the source has ended")
}

func (t *tx) Read(ctx context.Context, f backends.Fragment) (array.RecordReader, error) {
	if t.c == nil {
		return nil, errEnded()
	}
	t.c.portals++
	return t.b.read(ctx, t.c, f, "gw"+strconv.Itoa(t.c.portals), func() {})
}

// Describe implements backends.Describer.
func (t *tx) Describe(ctx context.Context, name backends.TableName) (*backends.Table, error) {
	if t.c == nil {
		return nil, errEnded()
	}
	return describeOne(ctx, t.c, name)
}

// with runs f on the transaction's connection.
func (t *tx) with(_ context.Context, f func(*conn) error) error {
	if t.c == nil {
		return errEnded()
	}
	return f(t.c)
}

func (t *tx) Execute(ctx context.Context, q backends.QueryFragment) (int64, error) {
	if t.c == nil {
		return 0, errEnded()
	}
	return t.c.execute(ctx, q)
}

func (t *tx) Write(ctx context.Context, target backends.WriteTarget, rows array.RecordReader, mode backends.WriteMode) (backends.WriteResult, error) {
	if t.c == nil {
		return backends.WriteResult{}, errEnded()
	}
	return t.c.write(ctx, target, rows, mode)
}

func (t *tx) Savepoint(ctx context.Context, name string) error {
	return t.command(ctx, "SAVEPOINT "+quote(name))
}

func (t *tx) RollbackTo(ctx context.Context, name string) error {
	return t.command(ctx, "ROLLBACK TO SAVEPOINT "+quote(name))
}

func (t *tx) Release(ctx context.Context, name string) error {
	return t.command(ctx, "RELEASE SAVEPOINT "+quote(name))
}

// Commit of a failed transaction is a rollback at the server; it is an error here.
func (t *tx) Commit(ctx context.Context) error {
	if t.c == nil || t.borrowed {
		return errEnded()
	}
	failed := t.c.status == 'E'
	err := t.c.command(ctx, "COMMIT")
	t.end()
	if err == nil && failed {
		err = pgerr.New(pgerr.InFailedSQLTransaction, "current transaction is aborted, commands ignored until end of transaction block")
	}
	return err
}

func (t *tx) Rollback(ctx context.Context) error {
	if t.c == nil || t.borrowed {
		return nil
	}
	defer t.end()
	if t.c.broken || t.c.status == 'I' {
		return nil
	}
	// Even a cancelled caller's transaction is ended in good order.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cancelTimeout)
	defer cancel()
	return t.c.command(ctx, "ROLLBACK")
}

func (t *tx) command(ctx context.Context, sql string) error {
	if t.c == nil {
		return errEnded()
	}
	return t.c.command(ctx, sql)
}

func (t *tx) end() {
	t.b.pool.put(t.c)
	t.c = nil
}

// quote quotes an identifier.
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func quoteTable(name backends.TableName) string {
	if name.Schema == "" {
		return quote(name.Name)
	}
	return quote(name.Schema) + "." + quote(name.Name)
}
