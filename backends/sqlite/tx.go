package sqlite

import (
	"context"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/sqlgateway/gateway/backends"
)

// tx is a transaction on one connection.
type tx struct {
	b *Backend
	c *conn // nil once ended
}

// Begin implements backends.Transactor. SQLite has one isolation, serializable,
// which satisfies every level asked for.
func (b *Backend) Begin(ctx context.Context, options backends.TxOptions) (backends.Tx, error) {
	c, err := b.pool.get(ctx)
	if err != nil {
		return nil, err
	}
	begin := []string{"BEGIN"}
	if options.ReadOnly {
		begin = []string{"PRAGMA query_only=on", "BEGIN"}
	}
	for _, sql := range begin {
		if _, err := c.exec(ctx, sql); err != nil {
			c.broken = c.broken || options.ReadOnly
			b.pool.put(c)
			return nil, err
		}
	}
	// A connection left read-only must not be pooled.
	c.broken = options.ReadOnly
	return &tx{b: b, c: c}, nil
}

func (t *tx) Read(ctx context.Context, f backends.Fragment) (array.RecordReader, error) {
	if t.c == nil {
		return nil, errClosed
	}
	return t.b.read(ctx, t.c, f, func() {})
}

// Describe implements backends.Describer.
func (t *tx) Describe(ctx context.Context, name backends.TableName) (*backends.Table, error) {
	if t.c == nil {
		return nil, errClosed
	}
	table := &backends.Table{Name: name, Rows: -1, Bytes: -1}
	if err := describeTable(ctx, t.c, table); err != nil {
		return nil, err
	}
	// Nothing is verified: what the transaction writes would have to be looked at again.
	if _, err := describeColumns(ctx, t.c, table); err != nil {
		return nil, err
	}
	return table, describeIndexes(ctx, t.c, table)
}

func (t *tx) Execute(ctx context.Context, q backends.QueryFragment) (int64, error) {
	if t.c == nil {
		return 0, errClosed
	}
	return execute(ctx, t.c, q)
}

func (t *tx) Write(ctx context.Context, target backends.WriteTarget, rows array.RecordReader, mode backends.WriteMode) (backends.WriteResult, error) {
	if t.c == nil {
		return backends.WriteResult{}, errClosed
	}
	return write(ctx, t.c, target, rows, mode)
}

func (t *tx) Savepoint(ctx context.Context, name string) error {
	return t.command(ctx, "SAVEPOINT "+quote(name))
}

func (t *tx) RollbackTo(ctx context.Context, name string) error {
	return t.command(ctx, "ROLLBACK TO "+quote(name))
}

func (t *tx) Release(ctx context.Context, name string) error {
	return t.command(ctx, "RELEASE "+quote(name))
}

func (t *tx) Commit(ctx context.Context) error {
	err := t.command(ctx, "COMMIT")
	t.end()
	return err
}

func (t *tx) Rollback(context.Context) error {
	// put rolls back, whatever state the connection is in.
	t.end()
	return nil
}

func (t *tx) command(ctx context.Context, sql string) error {
	if t.c == nil {
		return errClosed
	}
	_, err := t.c.exec(ctx, sql)
	return err
}

func (t *tx) end() {
	if t.c != nil {
		t.b.pool.put(t.c)
		t.c = nil
	}
}

// quote quotes an identifier.
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
