package exec

import (
	"context"
	"slices"
	"strings"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/exec/plan"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// update reads the rows to change and their new values, and writes them back by
// primary key, one statement a row, in one transaction. The new values are computed
// here, so that they are Postgres's whatever the target is.
func (w *write) update(ctx context.Context, b *translate.Update) (*written, error) {
	key, err := w.primaryKey("UPDATE")
	if err != nil {
		return nil, err
	}
	sets := make([]translate.ProjectItem, 0, len(b.Sets))
	next := plan.MaxColumn(b.Input)
	for _, a := range b.Sets {
		if _, isDefault := a.Value.(*translate.DefaultValue); isDefault {
			return nil, pgerr.Unsupported("SET ... = DEFAULT is not supported on server %q", w.server.Name)
		}
		next++
		c := &w.table.Columns[a.Attr]
		if c.System {
			return nil, pgerr.Unsupported("cannot assign to system column %q", c.Name)
		}
		sets = append(sets, translate.ProjectItem{Col: translate.Column{ID: next, Name: c.Name, Type: c.Type, Coll: c.Collation}, Expr: a.Value})
	}
	affected, err := w.affected(ctx, b.Input, b.TargetScan, sets, key)
	if err != nil {
		return nil, err
	}
	plain, err := w.plain(ctx)
	if err != nil {
		return nil, err
	}
	changed := make([][]pgtypes.Datum, len(affected))
	for i, row := range affected {
		old, values := row[:len(w.table.Columns)], row[len(w.table.Columns):]
		changed[i] = append([]pgtypes.Datum(nil), old...)
		for j, a := range b.Sets {
			changed[i][a.Attr] = values[j]
		}
		if plain {
			continue
		}
		if err := w.updateRow(ctx, b.Sets, values, key, old); err != nil {
			return nil, err
		}
	}
	if plain {
		if err := w.rewrite(ctx, key, affected, changed); err != nil {
			return nil, err
		}
	}
	return w.finishRows(ctx, b.Returning, changed)
}

// delete reads the keys of the rows to delete, and deletes them one by one, in one
// transaction.
func (w *write) delete(ctx context.Context, b *translate.Delete) (*written, error) {
	key, err := w.primaryKey("DELETE")
	if err != nil {
		return nil, err
	}
	affected, err := w.affected(ctx, b.Input, b.TargetScan, nil, key)
	if err != nil {
		return nil, err
	}
	plain, err := w.plain(ctx)
	if err != nil {
		return nil, err
	}
	if plain {
		if err := w.rewrite(ctx, key, affected, nil); err != nil {
			return nil, err
		}
		return w.finishRows(ctx, b.Returning, affected)
	}
	for _, row := range affected {
		if err := w.deleteRow(ctx, key, row); err != nil {
			return nil, err
		}
	}
	return w.finishRows(ctx, b.Returning, affected)
}

func (w *write) finishRows(ctx context.Context, r *translate.Returning, affected [][]pgtypes.Datum) (*written, error) {
	done := &written{count: int64(len(affected))}
	if r == nil {
		return done, nil
	}
	var err error
	done.returning, err = w.computeReturning(ctx, r, affected)
	return done, err
}

// primaryKey is the target's, by which rows are written, or what identifies its rows
// instead.
func (w *write) primaryKey(command string) ([]int, error) {
	if system := w.table.SystemColumns(); system != nil {
		return system, nil
	}
	if !w.table.PrimaryKey || len(w.table.Keys) == 0 {
		return nil, pgerr.Unsupported("%s needs a primary key on %q, since its rows are written one by one", command, w.table.Name).
			WithHint("Give the table a primary key at server %q.", w.server.Name)
	}
	return w.table.Keys[0], nil
}

// affected gives the rows that a statement touches: all columns of the target, then
// the values of sets. A row that a join finds twice counts once, as in Postgres.
func (w *write) affected(ctx context.Context, input translate.Rel, scan *translate.Scan, sets []translate.ProjectItem, key []int) ([][]pgtypes.Datum, error) {
	// The scan must see the transaction's own writes, and lock nothing elsewhere.
	if _, err := w.session.tx.transactionOn(ctx, w.server); err != nil {
		return nil, w.server.Checked(err)
	}
	items := make([]translate.ProjectItem, 0, len(w.table.Columns)+len(sets))
	for _, c := range scan.Cols {
		items = append(items, translate.ProjectItem{Col: c, Expr: c.Ref()})
	}
	items = append(items, sets...)
	output := make([]translate.OutputColumn, len(items))
	for i, item := range items {
		output[i] = translate.OutputColumn{Name: item.Col.Name, ID: item.Col.ID, Type: item.Col.Type, Coll: item.Col.Coll}
	}
	rows, err := w.open(ctx, &translate.Query{Rel: &translate.Project{Input: input, Items: items}, Output: output})
	if err != nil {
		return nil, err
	}
	defer rows.close()
	return w.gather(ctx, rows, output, scan, key)
}

// gather reads rows into memory; they are written back one by one while nothing
// reads the target any more.
func (w *write) gather(ctx context.Context, rows *rows, output []translate.OutputColumn, scan *translate.Scan, key []int) ([][]pgtypes.Datum, error) {
	var all [][]pgtypes.Datum
	seen := map[string]bool{}
	columns := len(w.table.Columns)
	for {
		batch, err := rows.next(ctx)
		if err != nil || batch == nil {
			return all, err
		}
		for i := range int(batch.NumRows()) {
			row := make([]pgtypes.Datum, columns+len(output)-len(scan.Cols))
			for j, c := range output {
				at := columns + j - len(scan.Cols)
				if j < len(scan.Cols) {
					at = scan.Attrs[j]
				}
				if row[at], err = pgtypes.DatumFromArrow(batch.Column(j), i, c.Type); err != nil {
					batch.Release()
					return nil, err
				}
				row[at] = owned(row[at])
			}
			if id := w.keyText(key, row); !seen[id] {
				seen[id] = true
				all = append(all, row)
			}
		}
		batch.Release()
	}
}

// owned is a value that outlives the batch it came from: texts and bytes are views
// of a batch's memory.
func owned(v pgtypes.Datum) pgtypes.Datum {
	switch v := v.(type) {
	case string:
		return strings.Clone(v)
	case []byte:
		return slices.Clone(v)
	}
	return v
}

func (w *write) keyText(key []int, row []pgtypes.Datum) string {
	var text []byte
	for _, at := range key {
		text = pgtypes.AppendText(text, w.table.Columns[at].Type, row[at], pgtypes.DefaultStyle())
		text = append(text, 0)
	}
	return string(text)
}

func (w *write) updateRow(ctx context.Context, sets []translate.Assignment, values []pgtypes.Datum, key []int, old []pgtypes.Datum) error {
	q := newRowStatement(w)
	if q.err != nil {
		return q.err
	}
	q.text.WriteString("UPDATE " + q.dialect.TableName(w.table.Remote) + " SET ")
	for i, a := range sets {
		if i > 0 {
			q.text.WriteString(", ")
		}
		q.column(a.Attr)
		q.text.WriteString(" = ")
		q.value(a.Attr, values[i])
	}
	return q.run(ctx, key, old)
}

func (w *write) deleteRow(ctx context.Context, key []int, old []pgtypes.Datum) error {
	q := newRowStatement(w)
	if q.err != nil {
		return q.err
	}
	q.text.WriteString("DELETE FROM " + q.dialect.TableName(w.table.Remote))
	return q.run(ctx, key, old)
}

// rowStatement is a statement on one row, by its key.
type rowStatement struct {
	write   *write
	dialect *translate.Dialect
	text    strings.Builder
	args    []backends.Arg
	err     error
}

func newRowStatement(w *write) *rowStatement {
	dialect, err := dialectFor(context.Background(), w.server)
	return &rowStatement{write: w, dialect: dialect, err: err}
}

func (q *rowStatement) column(attr int) {
	q.text.WriteString(q.dialect.Identifier(q.write.table.RemoteColumn(attr)))
}

func (q *rowStatement) value(attr int, v pgtypes.Datum) {
	if v == nil {
		q.text.WriteString("NULL")
		return
	}
	q.args = append(q.args, backends.Arg{Type: q.write.table.Columns[attr].Type, Value: v})
	q.text.WriteString(q.dialect.PlaceholderAt(len(q.args)))
}

// run adds the key's condition and executes the statement, which must touch exactly
// one row.
func (q *rowStatement) run(ctx context.Context, key []int, old []pgtypes.Datum) error {
	for i, attr := range key {
		if i == 0 {
			q.text.WriteString(" WHERE ")
		} else {
			q.text.WriteString(" AND ")
		}
		q.column(attr)
		q.text.WriteString(" = ")
		q.value(attr, old[attr])
	}
	w := q.write
	part, err := w.session.tx.transactionOn(ctx, w.server)
	if err != nil {
		return w.server.Checked(err)
	}
	part.wrote = true
	n, err := part.tx.Execute(ctx, backends.QueryFragment{SQL: q.text.String(), Args: q.args})
	if err != nil {
		return w.checked(err)
	}
	if n > 1 {
		return pgerr.Internal("a statement by primary key touched %d rows of %q", n, w.table.Name)
	}
	return nil
}
