package operator

import (
	"context"

	"github.com/sqlgateway/gateway/exec/plan"
	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// aggregateOp groups its input. Each worker groups what it reads; the groups are
// then merged.
type aggregateOp struct {
	input      operator
	stats      *Stats
	groups     []int // of the input's columns
	sets       [][]int
	groupingID int // which of cols it is, or -1
	aggs       []*aggSpec
	// inOrder says that some aggregate depends on the order of its rows, so that the
	// input is read by one worker.
	inOrder bool

	cols   []translate.Column
	groupC []translate.Column // the group columns, as groups
	out    []aggOut           // where each of cols comes from
}

// aggOut is a group column, an aggregate or, with neither, the grouping ID.
type aggOut struct{ group, agg int }

// aggSpec is one aggregate call.
type aggSpec struct {
	call     *translate.AggCall
	args     *exprs // arguments, then the keys of ORDER BY
	argTypes []pgtypes.Type
	filter   *exprs
	order    []sortSpec
	// collect says that rows are kept and given to the aggregate at the end: DISTINCT
	// and ORDER BY.
	collect bool
}

func (o *aggregateOp) columns() []translate.Column { return o.cols }

func (b *builder) aggregate(n *plan.Aggregate, need translate.ColumnSet) (operator, error) {
	op := &aggregateOp{stats: b.stats(n), groupingID: -1, sets: n.Sets}
	below := translate.ColumnSetOf(n.Groups...)
	var aggs []translate.AggItem
	for _, a := range n.Aggs {
		if need.Has(a.Col.ID) {
			aggs = append(aggs, a)
			below = reads(below, a.Call.Args...)
			below = reads(below, a.Call.Filter)
			below = reads(below, keyExprs(a.Call.OrderBy)...)
		}
	}
	var err error
	if op.input, err = b.build(n.Input, below); err != nil {
		return nil, err
	}
	if op.groups, err = positions(op.input.columns(), n.Groups); err != nil {
		return nil, err
	}
	for _, at := range op.groups {
		op.groupC = append(op.groupC, op.input.columns()[at])
	}
	for _, a := range aggs {
		spec, err := newAggSpec(a.Call, op.input.columns())
		if err != nil {
			return nil, err
		}
		op.aggs = append(op.aggs, spec)
		op.inOrder = op.inOrder || !spec.collect && orderMatters(a.Call)
	}
	op.output(n, aggs, need)
	return op, nil
}

// output lists the columns that are read above and where they come from.
func (o *aggregateOp) output(n *plan.Aggregate, aggs []translate.AggItem, need translate.ColumnSet) {
	for _, c := range n.Cols {
		if !need.Has(c.ID) {
			continue
		}
		from := aggOut{-1, -1}
		for i, id := range n.Groups {
			if id == c.ID {
				from.group = i
			}
		}
		for i, a := range aggs {
			if a.Col.ID == c.ID {
				from.agg = i
			}
		}
		o.cols = append(o.cols, c)
		o.out = append(o.out, from)
	}
}

func newAggSpec(call *translate.AggCall, cols []translate.Column) (*aggSpec, error) {
	s := &aggSpec{call: call, collect: call.Distinct || len(call.OrderBy) > 0}
	list := append([]translate.Expr(nil), call.Args...)
	for _, k := range call.OrderBy {
		list = append(list, k.Expr)
		s.order = append(s.order, sortSpec{k.Descending, k.NullsFirst})
	}
	for _, e := range list {
		s.argTypes = append(s.argTypes, e.Type())
	}
	var err error
	if s.args, err = compileExprs(list, cols); err != nil {
		return nil, err
	}
	if call.Filter != nil {
		s.filter, err = compileConds([]translate.Expr{call.Filter}, cols)
	}
	return s, err
}

// orderMatters tells the aggregates whose result depends on the order of rows.
func orderMatters(call *translate.AggCall) bool {
	switch call.Name {
	case "count", "sum", "avg", "min", "max", "bool_and", "bool_or", "every", "bit_and", "bit_or", "bit_xor",
		"stddev", "stddev_pop", "stddev_samp", "variance", "var_pop", "var_samp", "any_value",
		"corr", "covar_pop", "covar_samp", "regr_avgx", "regr_avgy", "regr_count", "regr_intercept", "regr_r2",
		"regr_slope", "regr_sxx", "regr_sxy", "regr_syy":
		return false
	}
	return true
}

func (o *aggregateOp) open(ctx context.Context, sc *scope, want int) ([]stream, error) {
	if o.inOrder {
		want = 1
	}
	streams, err := o.input.open(ctx, sc, want)
	if err != nil {
		return nil, err
	}
	if o.inOrder && len(streams) > 1 {
		streams = []stream{sc.gather(streams)}
	}
	workers := make([]*aggWorker, len(streams))
	for i := range workers {
		if workers[i], err = o.newWorker(sc); err != nil {
			closeAll(streams)
			closeWorkers(workers)
			return nil, err
		}
	}
	err = sc.drain(ctx, streams, func(i int, b *vector.Batch) error {
		return workers[i].add(ctx, b)
	})
	if err != nil {
		closeWorkers(workers)
		return nil, err
	}
	out, err := o.finish(ctx, sc, workers)
	if err != nil {
		closeWorkers(workers)
	}
	return out, err
}

func closeWorkers(workers []*aggWorker) {
	for _, w := range workers {
		if w != nil {
			w.close()
		}
	}
}

// aggWorker groups the rows of one stream, once for each grouping set.
type aggWorker struct {
	op      *aggregateOp
	account *account
	runs    []aggRun
	sets    []*grouping
	parted  []*partitioned // by set; nil while there are few groups
	spill   []*aggSpill    // by set; nil while all is in memory
	sc      *scope
}

// aggRun evaluates one aggregate's arguments.
type aggRun struct {
	args   *exprRun
	filter *exprRun
	values []*vector.Vector
	batch  vector.Batch
}

func (o *aggregateOp) newWorker(sc *scope) (*aggWorker, error) {
	w := &aggWorker{op: o, sc: sc, account: sc.query.account("a hash aggregate", o.stats)}
	for _, spec := range o.aggs {
		run := aggRun{args: spec.args.start(sc)}
		if spec.filter != nil {
			run.filter = spec.filter.start(sc)
		}
		w.runs = append(w.runs, run)
	}
	sets := o.sets
	if sets == nil {
		sets = [][]int{allOf(len(o.groups))}
	}
	for _, set := range sets {
		g, err := newGrouping(o, sc, set)
		if err != nil {
			w.close()
			return nil, err
		}
		w.sets = append(w.sets, g)
	}
	w.spill = make([]*aggSpill, len(w.sets))
	w.parted = make([]*partitioned, len(w.sets))
	return w, nil
}

func allOf(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

func (w *aggWorker) close() {
	for _, r := range w.runs {
		r.args.close()
		if r.filter != nil {
			r.filter.close()
		}
	}
	for _, s := range w.spill {
		if s != nil {
			s.close()
		}
	}
	w.runs, w.sets, w.spill, w.parted = nil, nil, nil, nil
	w.account.close()
}

// add folds a batch into the groups.
func (w *aggWorker) add(ctx context.Context, b *vector.Batch) error {
	for i := range w.runs {
		if err := w.runs[i].eval(ctx, b); err != nil {
			return err
		}
	}
	for i, g := range w.sets {
		if p := w.parted[i]; p != nil {
			if err := p.add(b, w.runs); err != nil {
				return err
			}
			if err := w.reserveParted(i, p); err != nil {
				return err
			}
			continue
		}
		if err := g.add(b, w.runs); err != nil {
			return err
		}
		if err := w.reserve(i, g); err != nil {
			return err
		}
		if g.groups >= partitionGroups && w.op.partitions() {
			if err := w.partition(i); err != nil {
				return err
			}
		}
	}
	return nil
}

// partition cuts a set that has many groups.
func (w *aggWorker) partition(i int) (err error) {
	if w.parted[i] == nil {
		w.parted[i], err = newPartitioned(w.sets[i])
	}
	return err
}

// eval computes the arguments for the rows that pass the filter.
func (r *aggRun) eval(ctx context.Context, b *vector.Batch) (err error) {
	r.batch = *b
	if r.filter != nil {
		if err := r.filter.filter(ctx, &r.batch); err != nil {
			return err
		}
	}
	if r.batch.Count() > 0 {
		r.values, err = r.args.eval(ctx, &r.batch)
	}
	return err
}

// partitionStep is the number of batches after which a partitioned set's memory is
// measured again: adding up its partitions takes time.
const partitionStep = 64

// reserveParted accounts for a partitioned set, now and then, and moves it to disk
// when it must.
func (w *aggWorker) reserveParted(i int, p *partitioned) error {
	if p.batches++; p.batches%partitionStep != 0 {
		return nil
	}
	return w.measure(i, p)
}

func (w *aggWorker) measure(i int, p *partitioned) error {
	size := p.size() - p.base.counted
	if w.account.grow(size - p.counted) {
		p.counted = size
		return nil
	}
	return w.flushParted(i, p)
}

// flushParted moves a partitioned set to disk; it starts anew as a small one.
func (w *aggWorker) flushParted(i int, p *partitioned) error {
	if err := p.foldAll(); err != nil {
		return err
	}
	if w.spill[i] == nil {
		w.spill[i] = newAggSpill(p.base, 0)
	}
	for _, part := range p.parts {
		if err := w.spill[i].add(part.group); err != nil {
			return err
		}
	}
	w.account.grow(-p.counted)
	w.parted[i] = nil
	return w.flush(i, p.base)
}

// reserve accounts for what a grouping holds, and moves it to disk when it must.
func (w *aggWorker) reserve(i int, g *grouping) error {
	size := g.size()
	if w.account.grow(size - g.counted) {
		g.counted = size
		return nil
	}
	if len(g.set) == 0 {
		return w.account.need(size - g.counted)
	}
	return w.flush(i, g)
}
