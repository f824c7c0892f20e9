package mysql

import (
	"context"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
)

// tx is a transaction on one connection.
type tx struct {
	b *Backend
	c *conn // nil once ended
}

// Begin implements backends.Transactor.
func (b *Backend) Begin(ctx context.Context, options backends.TxOptions) (backends.Tx, error) {
	begin := []string{"START TRANSACTION"}
	if options.ReadOnly {
		begin[0] = "START TRANSACTION READ ONLY"
	}
	if options.Isolation != "" {
		level := strings.ToUpper(options.Isolation)
		switch level {
		case "READ COMMITTED", "READ UNCOMMITTED", "REPEATABLE READ", "SERIALIZABLE":
			begin = []string{"SET TRANSACTION ISOLATION LEVEL " + level, begin[0]}
		default:
			return nil, pgerr.New(pgerr.InvalidParameterValue, "invalid value for parameter \"transaction_isolation\": \"%s\"", options.Isolation)
		}
	}
	c, err := b.pool.get(ctx)
	if err != nil {
		return nil, err
	}
	for _, sql := range begin {
		if err := c.command(ctx, sql); err != nil {
			c.broken = true
			b.pool.put(c)
			return nil, err
		}
	}
	return &tx{b: b, c: c}, nil
}

func (t *tx) live() error {
	if t.c == nil {
		return pgerr.New(pgerr.NoActiveSQLTransaction, "the transaction at the source has ended")
	}
	return nil
}

func (t *tx) Read(ctx context.Context, f backends.Fragment) (array.RecordReader, error) {
	if err := t.live(); err != nil {
		return nil, err
	}
	return t.b.read(ctx, t.c, f, func() {})
}

// Describe implements backends.Describer.
func (t *tx) Describe(ctx context.Context, name backends.TableName) (*backends.Table, error) {
	if err := t.live(); err != nil {
		return nil, err
	}
	return t.c.describe(ctx, name, t.b.cfg.TinyInt1IsBool)
}

func (t *tx) Execute(ctx context.Context, q backends.QueryFragment) (int64, error) {
	if err := t.live(); err != nil {
		return 0, err
	}
	return t.c.executeFragment(ctx, q)
}

func (t *tx) Write(ctx context.Context, target backends.WriteTarget, rows array.RecordReader, mode backends.WriteMode) (backends.WriteResult, error) {
	if err := t.live(); err != nil {
		return backends.WriteResult{}, err
	}
	return t.c.write(ctx, target, rows, mode)
}

func (t *tx) Savepoint(ctx context.Context, name string) error {
	return t.command(ctx, "SAVEPOINT "+quote(name), name)
}

func (t *tx) RollbackTo(ctx context.Context, name string) error {
	return t.command(ctx, "ROLLBACK TO SAVEPOINT "+quote(name), name)
}

func (t *tx) Release(ctx context.Context, name string) error {
	return t.command(ctx, "RELEASE SAVEPOINT "+quote(name), name)
}

func (t *tx) Commit(ctx context.Context) error {
	err := t.command(ctx, "COMMIT", "")
	if t.c != nil {
		t.c.broken = t.c.broken || err != nil
		t.end()
	}
	return err
}

func (t *tx) Rollback(ctx context.Context) error {
	if t.c == nil {
		return nil
	}
	defer t.end()
	if t.c.broken {
		return nil
	}
	// Even a cancelled caller's transaction is ended in good order.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), killTimeout)
	defer cancel()
	err := t.c.command(ctx, "ROLLBACK")
	t.c.broken = t.c.broken || err != nil
	return err
}

// command runs a command of the transaction. The server has one error number for a
// function and a savepoint that do not exist.
func (t *tx) command(ctx context.Context, sql, savepoint string) error {
	if err := t.live(); err != nil {
		return err
	}
	err := t.c.command(ctx, sql)
	if savepoint != "" && pgerr.Code(err) == pgerr.UndefinedFunction {
		return pgerr.New(pgerr.SavepointException, "savepoint \"%s\" does not exist", savepoint)
	}
	return err
}

func (t *tx) end() {
	t.b.pool.put(t.c)
	t.c = nil
}

// quote quotes an identifier, under ANSI_QUOTES.
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func quoteTable(name backends.TableName) string {
	if name.Schema == "" {
		return quote(name.Name)
	}
	return quote(name.Schema) + "." + quote(name.Name)
}
