package backendtest

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/arrowtest"
	"github.com/sqlgateway/gateway/internal/batch"
	"github.com/sqlgateway/gateway/internal/pgerr"
)

// testWrite copies the table of all types into another by Write, and reads that.
func (h Harness) testWrite(t *testing.T) {
	b := h.fresh(t)
	writer, ok := b.(backends.Writer)
	if !ok {
		return
	}
	from := h.describe(t, b, h.load(t, b, "suite_from", h.Types))
	into := h.describe(t, b, h.load(t, b, "suite_into", emptied(h.Types)))
	columns := make([]int, len(h.Types))
	target := backends.WriteTarget{Table: into.Name}
	for i, column := range into.Columns[:shown(t, into)] {
		columns[i] = i
		target.Columns = append(target.Columns, backends.Column{Name: column.Name, Type: column.Type})
	}
	rows := mustRead(t, b, h.all(from, columns...))
	modes := []backends.WriteKind{backends.Append, backends.Truncate}
	if h.AppendOnly {
		modes = modes[:1]
		_, err := writer.Write(t.Context(), target, &failing{}, backends.WriteMode{Kind: backends.Truncate})
		if pgerr.Code(err) != pgerr.FeatureNotSupported {
			t.Errorf("truncating what can only be added to: %v", err)
		}
	}
	for _, mode := range modes {
		source, err := b.Read(t.Context(), h.all(from, columns...))
		if err != nil {
			t.Fatal(err)
		}
		result, err := writer.Write(t.Context(), target, source, backends.WriteMode{Kind: mode})
		source.Release()
		if err != nil || result.Inserted != int64(len(rows)) {
			t.Fatalf("%s: %+v, %v; want %d rows", mode, result, err, len(rows))
		}
		h.compare(t, mustRead(t, b, h.all(into, columns...)), columns)
	}
	h.failingWrite(t, b, writer, target)
	if got := mustRead(t, b, h.all(into, columns...)); len(got) != len(rows) {
		t.Errorf("a write that failed left %d rows instead of %d", len(got), len(rows))
	}
	_, err := writer.Write(t.Context(), target, &failing{}, backends.WriteMode{Kind: backends.SCD2})
	if pgerr.Code(err) != pgerr.FeatureNotSupported {
		t.Errorf("a mode that is not supported: %v", err)
	}
}

func (h Harness) describe(t testing.TB, b backends.Backend, name backends.TableName) *backends.Table {
	t.Helper()
	table, err := b.Describe(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func emptied(cases []TypeCase) []TypeCase {
	out := slices.Clone(cases)
	for i := range out {
		out[i].Values = nil
	}
	return out
}

var errMidway = errors.New("the rows end midway")

// failing is a reader that gives one batch and then an error.
type failing struct {
	array.RecordReader
	given bool
}

func (f *failing) Next() bool {
	if f.given || f.RecordReader == nil {
		return false
	}
	f.given = true
	return f.RecordReader.Next()
}

func (*failing) Err() error { return errMidway }

// failingWrite writes rows that end in an error: none may stay.
func (h Harness) failingWrite(t *testing.T, b backends.Backend, writer backends.Writer, target backends.WriteTarget) {
	allocator := arrowtest.Allocator(t)
	schema := backends.SchemaOf(target.Columns)
	builder := batch.NewReader(t.Context(), schema, allocator, 0, &nulls{})
	defer builder.Release()
	_, err := writer.Write(t.Context(), target, &failing{RecordReader: builder}, backends.WriteMode{Kind: backends.Append})
	if !errors.Is(err, errMidway) {
		t.Errorf("rows that end midway: %v", err)
	}
	if err := b.Ping(t.Context()); err != nil {
		t.Error(err)
	}
}

// testTransaction commits, rolls back and uses savepoints.
func (h Harness) testTransaction(t *testing.T) {
	b := h.fresh(t)
	transactor, ok := b.(backends.Transactor)
	if !ok {
		return
	}
	name := h.load(t, b, "suite_tx", []TypeCase{{Declared: h.Types[0].Declared, Type: h.Types[0].Type}})
	table := h.describe(t, b, name)
	target := backends.WriteTarget{Table: name, Columns: []backends.Column{{Name: table.Columns[0].Name, Type: table.Columns[0].Type}}}
	begin := func() backends.Tx {
		tx, err := transactor.Begin(t.Context(), backends.TxOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return tx
	}
	add := func(tx backends.Tx) {
		rows := batch.NewReader(t.Context(), backends.SchemaOf(target.Columns), arrowtest.Allocator(t), 0, &nulls{})
		defer rows.Release()
		if _, err := tx.Write(t.Context(), target, rows, backends.WriteMode{Kind: backends.Append}); err != nil {
			t.Fatal(err)
		}
	}
	count := func(r reading) int { return len(mustRead(t, r, h.all(table, 0))) }
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}

	tx := begin()
	add(tx)
	if n := count(tx); n != 1 {
		t.Errorf("a transaction sees %d of its rows", n)
	}
	must(tx.Savepoint(t.Context(), "one"))
	add(tx)
	must(tx.Savepoint(t.Context(), "two"))
	add(tx)
	must(tx.RollbackTo(t.Context(), "two"))
	must(tx.Release(t.Context(), "one"))
	if err := tx.RollbackTo(t.Context(), "one"); pgerr.Code(err) != pgerr.SavepointException {
		t.Errorf("a released savepoint: %v", err)
	}
	must(tx.Rollback(t.Context()))
	if n := count(b); n != 0 {
		t.Errorf("%d rows after a rollback", n)
	}

	tx = begin()
	add(tx)
	must(tx.Savepoint(t.Context(), "a"))
	add(tx)
	must(tx.RollbackTo(t.Context(), "a"))
	h.readerInside(t, tx, table)
	must(tx.Commit(t.Context()))
	must(tx.Rollback(t.Context()))
	if n := count(b); n != 1 {
		t.Errorf("%d rows after a commit, want 1", n)
	}
	if err := tx.Savepoint(t.Context(), "late"); err == nil {
		t.Error("a savepoint after the commit")
	}
}

// readerInside gives a reader up inside a transaction, which goes on.
func (h Harness) readerInside(t *testing.T, tx backends.Tx, table *backends.Table) {
	r, err := tx.Read(t.Context(), h.all(table, 0))
	if err != nil {
		t.Fatal(err)
	}
	r.Next()
	r.Release()
}

// nulls is a batch.Source of one row of NULLs.
type nulls struct{}

func (nulls) Fill(_ context.Context, b *batch.Builder) (bool, error) {
	for i := range b.Columns {
		b.Columns[i].Null()
	}
	b.EndRow()
	return false, nil
}

func (nulls) Close() {}
