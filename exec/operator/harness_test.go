package operator

import (
	"context"
	"fmt"
	"sort"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"go.uber.org/goleak"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/exec/eval"
	"github.com/sqlgateway/gateway/exec/plan"
	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// table is rows in memory, served to a plan as a source.
type table struct {
	name   string
	cols   []translate.Column
	rows   [][]any
	chunk  int   // rows of a record
	failAt int   // record whose reading fails, 0 for none
	err    error // with this
}

var nextColumn atomic.Int32

// column makes a column with an ID of its own.
func column(name string, oid uint32) translate.Column {
	return translate.Column{ID: translate.ColumnID(nextColumn.Add(1)), Name: name, Type: pgtypes.Of(oid)}
}

func (t *table) fragment() backends.Fragment {
	f := backends.Fragment{Scan: &backends.ScanFragment{Limit: -1}}
	for i, c := range t.cols {
		f.Scan.Columns = append(f.Scan.Columns, i)
		f.Output = append(f.Output, backends.Column{Name: c.Name, Type: c.Type})
	}
	return f
}

func (t *table) scan() *plan.Source {
	return &plan.Source{Info: plan.Info{Cols: t.cols, Rows: -1}, Handle: t, Server: t.name, Fragment: t.fragment()}
}

// memSources serves tables, in as many parts as are wanted.
type memSources struct {
	open  atomic.Int64
	reads atomic.Int64
	last  atomic.Pointer[backends.Fragment]
}

func (m *memSources) Partitions(_ context.Context, src *plan.Source, _ backends.Fragment, want int) ([]backends.Partition, error) {
	parts := make([]backends.Partition, want)
	for i := range parts {
		parts[i].Token = fmt.Sprintf("%d/%d", i, want)
	}
	return parts, nil
}

func (m *memSources) OpenSource(_ context.Context, src *plan.Source, f backends.Fragment) (array.RecordReader, error) {
	t := src.Handle.(*table)
	part, of := 0, 1
	if f.Partition != nil {
		if _, err := fmt.Sscanf(f.Partition.Token, "%d/%d", &part, &of); err != nil {
			return nil, err
		}
	}
	m.open.Add(1)
	m.reads.Add(1)
	m.last.Store(&f)
	from, to := len(t.rows)*part/of, len(t.rows)*(part+1)/of
	return &memReader{table: t, sources: m, rows: t.rows[from:to], schema: f.Schema()}, nil
}

type memReader struct {
	table   *table
	sources *memSources
	rows    [][]any
	schema  *arrow.Schema
	record  arrow.RecordBatch
	count   int
	err     error
}

func (r *memReader) Retain()                        {}
func (r *memReader) Schema() *arrow.Schema          { return r.schema }
func (r *memReader) RecordBatch() arrow.RecordBatch { return r.record }
func (r *memReader) Record() arrow.RecordBatch      { return r.record }
func (r *memReader) Err() error                     { return r.err }

func (r *memReader) Release() {
	if r.record != nil {
		r.record.Release()
		r.record = nil
	}
	r.sources.open.Add(-1)
}

func (r *memReader) Next() bool {
	if r.record != nil {
		r.record.Release()
		r.record = nil
	}
	r.count++
	if r.count == r.table.failAt {
		r.err = r.table.err
		return false
	}
	n := min(len(r.rows), max(r.table.chunk, 1))
	if n == 0 {
		return false
	}
	r.record = recordOf(r.schema, r.table.cols, r.rows[:n])
	r.rows = r.rows[n:]
	return true
}

func recordOf(schema *arrow.Schema, cols []translate.Column, rows [][]any) arrow.RecordBatch {
	arrays := make([]arrow.Array, len(cols))
	for i, c := range cols {
		v := vector.New(c.Type)
		for _, row := range rows {
			vector.AppendDatum(v, row[i])
		}
		a, err := vector.ToArrow(v, v.Type, nil, len(rows))
		if err != nil {
			panic(err)
		}
		arrays[i] = a
	}
	return array.NewRecordBatch(schema, arrays, int64(len(rows)))
}

// setup is how a test runs its plan.
type setup struct {
	workers int
	limit   int64
	params  []any
	slots   int
	inits   []*plan.InitPlan
	metrics *Metrics
}

// outputs makes the output list of a node's columns.
func outputs(n plan.Node) []translate.OutputColumn {
	var out []translate.OutputColumn
	for _, c := range n.Columns() {
		out = append(out, translate.OutputColumn{Name: c.Name, ID: c.ID, Type: c.Type})
	}
	return out
}

// collect runs a plan to its end and gives its rows as text, NULL as ~.
func collect(t *testing.T, root plan.Node, s setup) ([]string, error) {
	t.Helper()
	sources := &memSources{}
	budget := NewBudget(s.limit, "gateway.memory_limit", nil)
	dir := t.TempDir()
	env := Env{
		Sources: sources, Eval: eval.Context{Style: pgtypes.DefaultStyle()}, Params: s.params, Budget: budget,
		TempDir: dir, Workers: max(s.workers, 1), Cores: NewCores(8), Metrics: s.metrics,
	}
	p := &plan.Plan{Root: root, Output: outputs(root), Slots: s.slots, Inits: s.inits}
	result, err := Run(context.Background(), p, env)
	var lines []string
	if err == nil {
		lines, err = drainResult(p, result)
		result.Close()
	}
	if n := sources.open.Load(); n != 0 {
		t.Errorf("%d readers were not released", n)
	}
	if n := budget.Used(); n != 0 {
		t.Errorf("%d bytes were not released", n)
	}
	if left := entries(t, dir); left != 0 {
		t.Errorf("%d files were left in the spill folder", left)
	}
	return lines, err
}

func drainResult(p *plan.Plan, result Result) ([]string, error) {
	var lines []string
	for {
		record, err := result.Next()
		if err != nil || record == nil {
			return lines, err
		}
		n := int(record.NumRows())
		vectors := make([]*vector.Vector, len(p.Output))
		for i, c := range p.Output {
			vectors[i] = vector.New(c.Type)
			if err := vector.FromArrow(vectors[i], record.Column(i), c.Type, 0, n); err != nil {
				return nil, err
			}
		}
		for r := range n {
			fields := make([]string, len(vectors))
			for i, v := range vectors {
				fields[i] = show(vector.Get(v, r))
			}
			lines = append(lines, strings.Join(fields, "|"))
		}
		record.Release()
	}
}

func show(d any) string {
	switch d := d.(type) {
	case nil:
		return "~"
	case fmt.Stringer:
		return d.String()
	}
	return fmt.Sprint(d)
}

// lines shows rows as collect does.
func lines(rows [][]any) []string {
	out := make([]string, len(rows))
	for i, row := range rows {
		fields := make([]string, len(row))
		for k, d := range row {
			fields[k] = show(d)
		}
		out[i] = strings.Join(fields, "|")
	}
	return out
}

// same compares rows in any order.
func same(t *testing.T, got, want []string) {
	t.Helper()
	got, want = append([]string(nil), got...), append([]string(nil), want...)
	sort.Strings(got)
	sort.Strings(want)
	sameOrder(t, got, want)
}

func sameOrder(t *testing.T, got, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("got %d rows, want %d; first got %v, first want %v", len(got), len(want), head(got), head(want))
		return
	}
	for i := range got {
		if got[i] != want[i] {
			t.Errorf("row %d: got %s, want %s", i, got[i], want[i])
			return
		}
	}
}

func head(list []string) []string { return list[:min(len(list), 5)] }
