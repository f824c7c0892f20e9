package operator

import (
	"context"

	"github.com/sqlgateway/gateway/exec/plan"
	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/translate"
)

// windowOp computes window functions that share a PARTITION BY and an ORDER BY. It
// holds all rows in memory.
type windowOp struct {
	input     operator
	stats     *Stats
	keep      []int // of the input's columns: those that come out
	partition []int
	order     *exprs
	specs     []sortSpec
	calls     []*windowCall
	cols      []translate.Column
}

// windowCall is one call with its frame.
type windowCall struct {
	item       translate.WindowItem
	args       *exprs
	filter     *exprs
	start, end *exprs // offsets of the frame, nil for none
}

func (o *windowOp) columns() []translate.Column { return o.cols }

func (b *builder) window(n *plan.Window, need translate.ColumnSet) (operator, error) {
	op := &windowOp{stats: b.stats(n)}
	var items []translate.WindowItem
	below := need.Clone()
	for _, item := range n.Calls {
		below.Remove(item.Col.ID)
		if need.Has(item.Col.ID) {
			items = append(items, item)
		}
	}
	through := below.Clone()
	for _, item := range items {
		below = reads(below, item.Call.Args...)
		below = reads(below, item.Call.Filter)
	}
	below.AddSet(translate.ColumnSetOf(n.Partition...))
	below = reads(below, keyExprs(n.Order)...)
	var err error
	if op.input, err = b.build(n.Input, below); err != nil {
		return nil, err
	}
	input := op.input.columns()
	for i, c := range input {
		if through.Has(c.ID) {
			op.cols, op.keep = append(op.cols, c), append(op.keep, i)
		}
	}
	if op.partition, err = positions(input, n.Partition); err != nil {
		return nil, err
	}
	for _, k := range n.Order {
		op.specs = append(op.specs, sortSpec{k.Descending, k.NullsFirst})
	}
	if op.order, err = compileExprs(keyExprs(n.Order), input); err != nil {
		return nil, err
	}
	for _, item := range items {
		c, err := newWindowCall(item, input)
		if err != nil {
			return nil, err
		}
		op.calls = append(op.calls, c)
		op.cols = append(op.cols, item.Col)
	}
	return op, nil
}

func newWindowCall(item translate.WindowItem, input []translate.Column) (c *windowCall, err error) {
	c = &windowCall{item: item}
	if c.args, err = compileExprs(item.Call.Args, input); err != nil {
		return nil, err
	}
	if item.Call.Filter != nil {
		if c.filter, err = compileExprs([]translate.Expr{item.Call.Filter}, input); err != nil {
			return nil, err
		}
	}
	if c.start, err = compileBound(item.Frame.Start.Offset); err != nil {
		return nil, err
	}
	c.end, err = compileBound(item.Frame.End.Offset)
	return c, err
}

// windowRows is what a run of the operator holds.
type windowRows struct {
	op      *windowOp
	sc      *scope
	account *account
	kept    *rows // the output's columns, partition, order, then each call's arguments and filter
	order   []int32
	results []*vector.Vector // by position in order

	// first and end of the partition and of the peers of each position.
	partFirst, partEnd []int32
	peerFirst, peerEnd []int32
}

// storeColumns are the columns of windowRows.kept.
func (o *windowOp) storeColumns() []translate.Column {
	input := o.input.columns()
	var cols []translate.Column
	for _, i := range append(append([]int(nil), o.keep...), o.partition...) {
		cols = append(cols, input[i])
	}
	add := func(e *exprs) {
		if e == nil {
			return
		}
		for _, x := range e.list {
			cols = append(cols, translate.Column{Name: "argument", Type: x.Type()})
		}
	}
	add(o.order)
	for _, c := range o.calls {
		add(c.args)
		add(c.filter)
	}
	return cols
}

// partitionCols and orderCols are parts of kept.
func (w *windowRows) partitionCols() []*vector.Vector {
	from := len(w.op.keep)
	return w.kept.cols[from : from+len(w.op.partition)]
}

func (w *windowRows) orderCols() []*vector.Vector {
	from := len(w.op.keep) + len(w.op.partition)
	return w.kept.cols[from : from+len(w.op.specs)]
}

// callCols are the arguments and the filter (nil for none) of call i.
func (w *windowRows) callCols(i int) (args []*vector.Vector, filter *vector.Vector) {
	from := len(w.op.keep) + len(w.op.partition) + len(w.op.specs)
	for k, c := range w.op.calls {
		n := len(c.args.list)
		if k == i {
			args = w.kept.cols[from : from+n]
			if c.filter != nil {
				filter = w.kept.cols[from+n]
			}
			return args, filter
		}
		from += n
		if c.filter != nil {
			from++
		}
	}
	return nil, nil
}

func (o *windowOp) open(ctx context.Context, sc *scope, want int) ([]stream, error) {
	streams, err := o.input.open(ctx, sc, want)
	if err != nil {
		return nil, err
	}
	w := &windowRows{op: o, sc: sc, account: sc.query.account("a window function", o.stats), kept: newRows(o.storeColumns())}
	if err := w.load(ctx, sc.gather(streams)); err != nil {
		w.account.close()
		return nil, err
	}
	if err := w.compute(ctx); err != nil {
		w.account.close()
		return nil, err
	}
	return []stream{&windowStream{rows: w, reader: rowsReader{rows: &rows{cols: w.kept.cols[:len(o.keep)], n: w.kept.n}}}}, nil
}

// load keeps all rows with what the calls read of them.
func (w *windowRows) load(ctx context.Context, input stream) error {
	all := []*exprs{w.op.order}
	for _, c := range w.op.calls {
		all = append(all, c.args)
		if c.filter != nil {
			all = append(all, c.filter)
		}
	}
	runs := make([]*exprRun, len(all))
	for i, e := range all {
		runs[i] = e.start(w.sc)
		defer runs[i].close()
	}
	return w.sc.drain(ctx, []stream{input}, func(_ int, b *vector.Batch) error {
		var cols []*vector.Vector
		for _, i := range append(append([]int(nil), w.op.keep...), w.op.partition...) {
			cols = append(cols, b.Cols[i])
		}
		for _, r := range runs {
			values, err := r.eval(ctx, b)
			if err != nil {
				return err
			}
			cols = append(cols, values...)
		}
		before := w.kept.size()
		w.kept.append(cols, b.Sel, b.Rows)
		if w.kept.full() {
			return errTooManyRows("a window function")
		}
		return w.account.need(w.kept.size() - before)
	})
}

// compute sorts the rows and runs the calls.
func (w *windowRows) compute(ctx context.Context) error {
	n := w.kept.n
	if err := w.account.need(int64(n) * 36); err != nil { // the order, its entries, and the bounds
		return err
	}
	keys := append(append([]*vector.Vector(nil), w.partitionCols()...), w.orderCols()...)
	specs := append(make([]sortSpec, len(w.op.partition)), w.op.specs...)
	w.order = sortRows(keys, specs, n)
	w.partFirst, w.partEnd = runsOf(w.order, w.partitionCols(), nil)
	w.peerFirst, w.peerEnd = runsOf(w.order, w.orderCols(), w.partFirst)
	for i, c := range w.op.calls {
		result := vector.New(c.item.Col.Type)
		if err := w.call(ctx, i, result); err != nil {
			return err
		}
		result.Type = c.item.Col.Type
		if err := w.account.need(result.MemorySize()); err != nil {
			return err
		}
		w.results = append(w.results, result)
	}
	return nil
}

// runsOf gives, for each position of order, the first and the end of the run of
// rows with equal keys. Runs do not cross the starts in within.
func runsOf(order []int32, keys []*vector.Vector, within []int32) (first, end []int32) {
	n := len(order)
	first, end = make([]int32, n), make([]int32, n)
	start := 0
	finish := func(to int) {
		for i := start; i < to; i++ {
			first[i], end[i] = int32(start), int32(to)
		}
		start = to
	}
	for i := 1; i < n; i++ {
		if within != nil && within[i] == int32(i) || !equalRows(keys, order[i-1], order[i]) {
			finish(i)
		}
	}
	finish(n)
	return first, end
}

func equalRows(keys []*vector.Vector, i, j int32) bool {
	for _, k := range keys {
		if !vector.EqualRows(k, int(i), k, int(j)) {
			return false
		}
	}
	return true
}

// windowStream gives the rows in the window's order, with the results beside them.
type windowStream struct {
	rows   *windowRows
	reader rowsReader
	index  []int32
	cols   []*vector.Vector
	out    vector.Batch
}

func (s *windowStream) next(context.Context) (*vector.Batch, error) {
	from := s.reader.at
	b := s.reader.next(s.rows.order, len(s.rows.order))
	if b == nil {
		return nil, nil
	}
	if s.cols == nil {
		s.cols = newVectors(len(s.rows.results))
	}
	s.index = s.index[:0]
	for i := range b.Rows {
		s.index = append(s.index, int32(from+i))
	}
	s.out = vector.Batch{Rows: b.Rows, Cols: append(s.out.Cols[:0], b.Cols...)}
	for i, r := range s.rows.results {
		vector.Gather(s.cols[i], r, s.index)
		s.out.Cols = append(s.out.Cols, s.cols[i])
	}
	return &s.out, nil
}

func (s *windowStream) close() { s.rows.account.close() }

// integer stores a bigint or integer result.
func integer(v *vector.Vector, i int, x int64) {
	if v.Form == vector.FormInt32 {
		v.I32[i] = int32(x)
		return
	}
	v.I64[i] = x
}

// allocate makes room for n results of the vector's type.
func allocate(v *vector.Vector, n int) {
	t := v.Type
	v.Alloc(vector.FormOf(t.OID), n)
	v.Type = t
}
