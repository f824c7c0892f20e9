package mem

import (
	"context"
	"slices"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/batch"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/translate"
)

// tx works on a state of its own, which Commit publishes if no table that it wrote
// was changed by another since.
type tx struct {
	b          *Backend
	base       tables // the state at Begin
	state      tables // nil once ended
	savepoints []savepoint
}

type savepoint struct {
	name  string
	state tables
}

// Begin implements backends.Transactor: every transaction is a snapshot.
func (b *Backend) Begin(context.Context, backends.TxOptions) (backends.Tx, error) {
	state, err := b.current()
	if err != nil {
		return nil, err
	}
	return &tx{b: b, base: state, state: state}, nil
}

// Write implements backends.Writer.
func (b *Backend) Write(ctx context.Context, target backends.WriteTarget, rows array.RecordReader, mode backends.WriteMode) (backends.WriteResult, error) {
	return backends.WriteAlone(ctx, b, target, rows, mode)
}

func (t *tx) live() error {
	if t.state == nil {
		return pgerr.New(pgerr.NoActiveSQLTransaction, "the transaction at the source has ended")
	}
	return nil
}

func (t *tx) Read(ctx context.Context, f backends.Fragment) (array.RecordReader, error) {
	if err := t.live(); err != nil {
		return nil, err
	}
	return t.b.read(ctx, t.state, f)
}

// Describe implements backends.Describer.
func (t *tx) Describe(_ context.Context, name backends.TableName) (*backends.Table, error) {
	if err := t.live(); err != nil {
		return nil, err
	}
	found, err := t.state.find(name)
	if err != nil {
		return nil, err
	}
	described := found.Table
	return &described, nil
}

// ListSchema implements backends.SchemaLister.
func (t *tx) ListSchema(_ context.Context, schema string) ([]*backends.Table, error) {
	if err := t.live(); err != nil {
		return nil, err
	}
	var tables []*backends.Table
	for name, held := range t.state {
		if name.Schema == schema {
			tables = append(tables, &backends.Table{Name: name, Kind: held.Kind, Rows: held.Rows, Bytes: held.Bytes})
		}
	}
	return tables, nil
}

// CreateTable implements backends.Definer.
func (t *tx) CreateTable(_ context.Context, table backends.Table) error {
	if err := t.live(); err != nil {
		return err
	}
	if table.Name.Schema == "" {
		table.Name.Schema = mainSchema
	}
	if _, err := t.state.find(table.Name); err == nil {
		return pgerr.New(pgerr.DuplicateTable, "relation \"%s\" already exists", table.Name.Name)
	}
	made, err := newTable(table, nil)
	if err != nil {
		return err
	}
	t.state = t.state.with(made)
	return nil
}

// DropTable implements backends.Definer.
func (t *tx) DropTable(_ context.Context, name backends.TableName) error {
	if err := t.live(); err != nil {
		return err
	}
	found, err := t.state.find(name)
	if err != nil {
		return err
	}
	t.state = t.state.without(found.Name)
	return nil
}

func (t *tx) Execute(context.Context, backends.QueryFragment) (int64, error) {
	return 0, pgerr.Unsupported("a %s source has no SQL of its own", backends.KindMem)
}

func (t *tx) Write(ctx context.Context, target backends.WriteTarget, rows array.RecordReader, mode backends.WriteMode) (result backends.WriteResult, err error) {
	if err := t.live(); err != nil {
		return result, err
	}
	if mode.Kind == backends.SCD2 {
		return result, pgerr.Unsupported("write mode %s is not supported on a %s source", mode.Kind, backends.KindMem)
	}
	old, err := t.state.find(target.Table)
	if err != nil {
		return result, err
	}
	fresh, err := old.readRows(ctx, target, rows)
	if err != nil {
		return result, err
	}
	var next []Row
	switch mode.Kind {
	case backends.Append:
		next = append(slices.Clip(old.rows), fresh...)
		result.Inserted = int64(len(fresh))
	case backends.Truncate:
		next = fresh
		result.Deleted, result.Inserted = int64(len(old.rows)), int64(len(fresh))
	case backends.Merge:
		if next, result, err = old.merged(target, fresh, mode.Keys); err != nil {
			return result, err
		}
	default:
		return result, pgerr.Unsupported("write mode %s is not supported on a %s source", mode.Kind, backends.KindMem)
	}
	written, err := old.replaced(next)
	if err != nil {
		return backends.WriteResult{}, err
	}
	t.state = t.state.with(written)
	return result, nil
}

// readRows takes rows of the target's columns; the other columns are NULL.
func (t *table) readRows(ctx context.Context, target backends.WriteTarget, rows array.RecordReader) ([]Row, error) {
	places := make([]int, len(target.Columns))
	for i, column := range target.Columns {
		places[i] = slices.IndexFunc(t.Columns, func(c translate.TableColumn) bool { return c.Name == column.Name })
		if places[i] < 0 {
			return nil, pgerr.New(pgerr.UndefinedColumn, "column \"%s\" of relation \"%s\" does not exist", column.Name, t.Name.Name)
		}
	}
	var out []Row
	for rows.Next() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		record := rows.RecordBatch()
		for r := range int(record.NumRows()) {
			row := make(Row, len(t.Columns))
			for i, place := range places {
				v, err := batch.Value(t.Columns[place].Type, record.Column(i), r)
				if err != nil {
					return nil, err
				}
				row[place] = v
			}
			out = append(out, row)
		}
	}
	return out, rows.Err()
}

// merged updates the rows whose keys are there, in the target's columns, and adds the
// others.
func (t *table) merged(target backends.WriteTarget, fresh []Row, keys []string) (next []Row, result backends.WriteResult, err error) {
	index := func(name string) int {
		return slices.IndexFunc(t.Columns, func(c translate.TableColumn) bool { return c.Name == name })
	}
	key := make([]int, len(keys))
	for i, name := range keys {
		if key[i] = index(name); key[i] < 0 {
			return nil, result, pgerr.New(pgerr.UndefinedColumn, "column \"%s\" does not exist", name)
		}
	}
	next = slices.Clone(t.rows)
	at := map[string]int{}
	for i, row := range next {
		if k, ok := t.keyOf(row, key); ok {
			at[k] = i
		}
	}
	for _, row := range fresh {
		k, ok := t.keyOf(row, key)
		i, found := at[k]
		if !ok || !found {
			if ok {
				at[k] = len(next)
			}
			next = append(next, row)
			result.Inserted++
			continue
		}
		updated := slices.Clone(next[i])
		for _, column := range target.Columns {
			updated[index(column.Name)] = row[index(column.Name)]
		}
		next[i] = updated
		result.Updated++
	}
	return next, result, nil
}

func (t *tx) Savepoint(_ context.Context, name string) error {
	if err := t.live(); err != nil {
		return err
	}
	t.savepoints = append(t.savepoints, savepoint{name, t.state})
	return nil
}

func (t *tx) RollbackTo(_ context.Context, name string) error {
	i, err := t.savepoint(name)
	if err == nil {
		t.state, t.savepoints = t.savepoints[i].state, t.savepoints[:i+1]
	}
	return err
}

func (t *tx) Release(_ context.Context, name string) error {
	i, err := t.savepoint(name)
	if err == nil {
		t.savepoints = t.savepoints[:i]
	}
	return err
}

// savepoint finds the newest of a name.
func (t *tx) savepoint(name string) (int, error) {
	for i := len(t.savepoints) - 1; i >= 0; i-- {
		if t.savepoints[i].name == name {
			return i, nil
		}
	}
	return 0, pgerr.New(pgerr.SavepointException, "savepoint \"%s\" does not exist", name)
}

func (t *tx) Commit(context.Context) error {
	if err := t.live(); err != nil {
		return err
	}
	state := t.state
	t.state = nil
	t.b.mu.Lock()
	defer t.b.mu.Unlock()
	published := t.b.state
	for name, written := range state {
		if written == t.base[name] {
			continue
		}
		if t.b.state[name] != t.base[name] {
			return pgerr.New(pgerr.SerializationFailure, "could not serialize access due to concurrent update")
		}
		published = published.with(written)
	}
	for name, old := range t.base {
		if state[name] != nil {
			continue
		}
		if t.b.state[name] != old {
			return pgerr.New(pgerr.SerializationFailure, "could not serialize access due to concurrent update")
		}
		published = published.without(name)
	}
	t.b.state = published
	return nil
}

func (t *tx) Rollback(context.Context) error {
	t.state = nil
	return nil
}
