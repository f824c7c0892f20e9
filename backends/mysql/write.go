package mysql

import (
	"context"
	sqldriver "database/sql/driver"
	"slices"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/batch"
	"github.com/sqlgateway/gateway/internal/pgerr"
)

// Write implements backends.Writer.
func (b *Backend) Write(ctx context.Context, target backends.WriteTarget, rows array.RecordReader, mode backends.WriteMode) (backends.WriteResult, error) {
	return backends.WriteAlone(ctx, b, target, rows, mode)
}

// write inserts rows inside the transaction that is open on c.
func (c *conn) write(ctx context.Context, target backends.WriteTarget, rows array.RecordReader, mode backends.WriteMode) (result backends.WriteResult, err error) {
	into := quoteTable(target.Table)
	switch mode.Kind {
	case backends.Append:
		result.Inserted, err = c.insert(ctx, target, rows, "")
	case backends.Truncate:
		// TRUNCATE would commit.
		if result.Deleted, err = c.execute(ctx, "DELETE FROM "+into, nil); err != nil {
			return result, err
		}
		result.Inserted, err = c.insert(ctx, target, rows, "")
	case backends.Merge:
		result, err = c.merge(ctx, target, rows, mode.Keys)
	default:
		err = pgerr.Unsupported("write mode %s is not supported on a %s source", mode.Kind, backends.KindMySQL)
	}
	return result, err
}

// merge relies on the server's unique keys; it is refused when the merge's key is not
// the only one, for then any of them would decide what is updated.
func (c *conn) merge(ctx context.Context, target backends.WriteTarget, rows array.RecordReader, keys []string) (result backends.WriteResult, err error) {
	table, err := c.describe(ctx, target.Table, false)
	if err != nil {
		return result, err
	}
	unique := 0
	same := false
	for _, index := range table.Indexes {
		if index.Unique {
			unique++
			same = same || slices.Equal(slices.Sorted(slices.Values(index.Columns)), slices.Sorted(slices.Values(keys)))
		}
	}
	if unique != 1 || !same {
		return result, pgerr.Unsupported("merging into a MySQL table needs its key to be the table's only unique key")
	}
	var sets []string
	for _, column := range target.Columns {
		if name := quote(column.Name); !slices.Contains(keys, column.Name) {
			sets = append(sets, name+" = VALUES("+name+")")
		}
	}
	if len(sets) == 0 {
		sets = []string{quote(keys[0]) + " = " + quote(keys[0])}
	}
	before, err := c.row(ctx, "SELECT count(*) FROM "+quoteTable(target.Table))
	if err != nil {
		return result, err
	}
	sent, err := c.insert(ctx, target, rows, " ON DUPLICATE KEY UPDATE "+strings.Join(sets, ", "))
	if err != nil {
		return result, err
	}
	after, err := c.row(ctx, "SELECT count(*) FROM "+quoteTable(target.Table))
	if err != nil {
		return result, err
	}
	old, _ := strconv.ParseInt(before[0], 10, 64)
	fresh, _ := strconv.ParseInt(after[0], 10, 64)
	return backends.WriteResult{Inserted: fresh - old, Updated: sent - (fresh - old)}, nil
}

// maxPlaceholders is the protocol's limit of parameters; insertRows keeps statements
// well below the server's limit of a packet.
const (
	maxPlaceholders = 65535
	insertRows      = 256
)

// inserter sends rows in statements of several rows each.
type inserter struct {
	c       *conn
	running context.Context
	head    string
	tail    string
	target  backends.WriteTarget
	full    sqldriver.Stmt // of size rows
	size    int
	args    []sqldriver.NamedValue
	bytes   int
	sent    int64
}

func (c *conn) insert(ctx context.Context, target backends.WriteTarget, rows array.RecordReader, tail string) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	names := make([]string, len(target.Columns))
	for i, column := range target.Columns {
		names[i] = quote(column.Name)
	}
	running, stop := c.watch(ctx)
	defer stop()
	in := &inserter{
		c: c, running: running, target: target, tail: tail, size: max(1, min(insertRows, maxPlaceholders/max(len(names), 1))),
		head: "INSERT INTO " + quoteTable(target.Table) + " (" + strings.Join(names, ", ") + ") VALUES ",
	}
	defer in.close()
	for rows.Next() {
		if err := in.batch(rows.RecordBatch()); err != nil {
			return 0, c.blame(ctx, err)
		}
	}
	if err := rows.Err(); err != nil {
		return 0, err
	}
	return in.sent, c.blame(ctx, in.flush())
}

// maxStatementBytes sends a statement early when its rows are wide.
const maxStatementBytes = 1 << 20

func (in *inserter) batch(record arrow.RecordBatch) error {
	for row := range int(record.NumRows()) {
		for i, column := range in.target.Columns {
			v, err := batch.Value(column.Type, record.Column(i), row)
			if err != nil {
				return err
			}
			value, err := stored(column.Type, v)
			if err != nil {
				return err
			}
			switch value := value.(type) {
			case string:
				in.bytes += len(value)
			case []byte:
				in.bytes += len(value)
			}
			in.args = append(in.args, sqldriver.NamedValue{Ordinal: len(in.args) + 1, Value: value})
		}
		in.sent++
		if in.rows() == in.size || in.bytes > maxStatementBytes || len(in.target.Columns) == 0 {
			if err := in.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (in *inserter) rows() int { return len(in.args) / max(len(in.target.Columns), 1) }

// flush sends the rows gathered.
func (in *inserter) flush() (err error) {
	n := in.rows()
	if n == 0 && (len(in.target.Columns) > 0 || in.sent == 0) {
		return nil
	}
	st := in.full
	if n != in.size || st == nil {
		if st, err = in.prepare(max(n, 1)); err != nil {
			return err
		}
		if n == in.size {
			in.full = st
		} else {
			defer func() { _ = st.Close() }()
		}
	}
	_, err = st.(sqldriver.StmtExecContext).ExecContext(in.running, in.args)
	in.args, in.bytes = in.args[:0], 0
	return err
}

func (in *inserter) prepare(rows int) (sqldriver.Stmt, error) {
	row := "(" + strings.TrimSuffix(strings.Repeat("?, ", len(in.target.Columns)), ", ") + ")"
	sql := in.head + strings.TrimSuffix(strings.Repeat(row+", ", rows), ", ") + in.tail
	return in.c.driver.(sqldriver.ConnPrepareContext).PrepareContext(in.running, sql)
}

func (in *inserter) close() {
	if in.full != nil {
		_ = in.full.Close()
	}
}
