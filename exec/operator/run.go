package operator

import (
	"context"
	"fmt"
	"runtime/debug"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/sqlgateway/gateway/exec/plan"
	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// Result is the rows of a running query. One goroutine uses it.
type Result interface {
	// Schema has the plan's output columns in the canonical forms of pgtypes.
	Schema() *arrow.Schema
	// Next gives the next rows, or nil at the end; the caller releases them.
	Next() (arrow.RecordBatch, error)
	// Close stops what still runs, waits for it and frees everything. It may be
	// called at any time and twice.
	Close()
}

// Run starts a plan. The context bounds the whole run, up to Close.
func Run(ctx context.Context, p *plan.Plan, env Env) (Result, error) {
	if env.Workers < 1 {
		env.Workers = 1
	}
	r := &result{plan: p, query: &query{env: &env, inits: map[int]*initPlan{}}}
	r.query.temp.parent = env.TempDir
	r.ctx, r.cancel = context.WithCancel(ctx)
	r.schema = outputSchema(p.Output)
	if err := guard(func() error { return r.open(p) }); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

func outputSchema(output []translate.OutputColumn) *arrow.Schema {
	fields := make([]arrow.Field, len(output))
	for i, c := range output {
		fields[i] = pgtypes.ArrowField(c.Name, c.Type)
	}
	return arrow.NewSchema(fields, nil)
}

type result struct {
	plan   *plan.Plan
	query  *query
	ctx    context.Context //nolint:containedctx // a Result is a run, bounded by Run's context
	cancel context.CancelFunc
	schema *arrow.Schema
	index  []int
	rows   *recordGather
	done   bool
}

func (r *result) open(p *plan.Plan) error {
	b := &builder{metrics: r.query.env.Metrics}
	for _, init := range p.Inits {
		var need translate.ColumnSet
		need.Add(init.Col)
		op, err := b.build(init.Plan, need)
		if err != nil {
			return err
		}
		r.query.inits[init.Slot] = &initPlan{plan: init, op: op}
	}
	var need translate.ColumnSet
	for _, c := range p.Output {
		need.Add(c.ID)
	}
	root, err := b.build(p.Root, need)
	if err != nil {
		return err
	}
	for _, c := range p.Output {
		at := position(root.columns(), c.ID)
		if at < 0 {
			return pgerr.Internal("output column %q is not in the plan", c.Name)
		}
		r.index = append(r.index, at)
	}
	sc := &scope{query: r.query, params: make([]pgtypes.Datum, p.Slots), filters: &filterBoard{}}
	streams, err := root.open(r.ctx, sc, r.query.env.Workers)
	if err != nil {
		return err
	}
	r.rows = &recordGather{sc: sc, streams: streams, record: r.record}
	return nil
}

// Schema implements Result.
func (r *result) Schema() *arrow.Schema { return r.schema }

// Next implements Result.
func (r *result) Next() (batch arrow.RecordBatch, err error) {
	if r.done {
		return nil, nil
	}
	err = guard(func() error {
		batch, err = r.rows.next(r.ctx)
		r.done = batch == nil || err != nil
		return err
	})
	return batch, err
}

func (r *result) record(b *vector.Batch) (arrow.RecordBatch, error) {
	arrays := make([]arrow.Array, 0, len(r.index))
	defer func() {
		for _, a := range arrays {
			a.Release()
		}
	}()
	for i, at := range r.index {
		a, err := vector.ToArrow(b.Cols[at], r.plan.Output[i].Type, b.Sel, b.Rows)
		if err != nil {
			return nil, fmt.Errorf("making result column %q: %w", r.plan.Output[i].Name, err)
		}
		arrays = append(arrays, a)
	}
	return array.NewRecordBatch(r.schema, arrays, int64(b.Count())), nil
}

// Close implements Result.
func (r *result) Close() {
	r.done = true
	r.cancel()
	if r.rows != nil {
		r.rows.close()
	}
	r.query.temp.remove()
}

// guard turns a panic into an error, so that a bug hurts one statement and not the
// process.
func guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = pgerr.Internal("panic while running a plan: %v", p).WithDetail("%s", debug.Stack())
		}
	}()
	return f()
}
