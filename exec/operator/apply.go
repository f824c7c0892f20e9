package operator

import (
	"context"

	"github.com/sqlgateway/gateway/exec/plan"
	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/translate"
)

// applyOp runs its right side for each row of the left, once for equal values of
// its parameters.
type applyOp struct {
	kind        translate.JoinKind
	left, right operator
	stats       *Stats
	params      []plan.ApplyParam
	paramCols   []int // of left
	classes     []keyClass
	on          *exprs // over left's columns and then right's; nil for none
	scalar      bool

	cols     []translate.Column
	outLeft  []int
	outRight []int
}

func (o *applyOp) columns() []translate.Column { return o.cols }

func (b *builder) apply(n *plan.Apply, need translate.ColumnSet) (operator, error) {
	op := &applyOp{kind: n.Kind, stats: b.stats(n), params: n.Params, scalar: n.Scalar}
	var ids []translate.ColumnID
	for _, p := range n.Params {
		ids = append(ids, p.Column)
	}
	below := reads(need, n.On)
	left := below.Clone()
	left.AddSet(translate.ColumnSetOf(ids...))
	var err error
	if op.left, err = b.build(n.Left, left); err != nil {
		return nil, err
	}
	if leftOnly(n.Kind) {
		below = reads(translate.ColumnSet{}, n.On)
	}
	if op.right, err = b.build(n.Right, below); err != nil {
		return nil, err
	}
	if op.paramCols, err = positions(op.left.columns(), ids); err != nil {
		return nil, err
	}
	for _, at := range op.paramCols {
		op.classes = append(op.classes, keyClassOf(op.left.columns()[at].Type.OID))
	}
	if n.On != nil {
		combined := append(append([]translate.Column(nil), op.left.columns()...), op.right.columns()...)
		if op.on, err = compileExprs([]translate.Expr{n.On}, combined); err != nil {
			return nil, err
		}
	}
	op.output(need)
	return op, nil
}

func (o *applyOp) output(need translate.ColumnSet) {
	for i, c := range o.left.columns() {
		if need.Has(c.ID) {
			o.cols, o.outLeft = append(o.cols, c), append(o.outLeft, i)
		}
	}
	if leftOnly(o.kind) {
		return
	}
	for i, c := range o.right.columns() {
		if need.Has(c.ID) {
			o.cols, o.outRight = append(o.cols, c), append(o.outRight, i)
		}
	}
}

func (o *applyOp) open(ctx context.Context, sc *scope, want int) ([]stream, error) {
	streams, err := o.left.open(ctx, sc, want)
	if err != nil {
		return nil, err
	}
	return wrapEach(streams, func(s stream) (stream, error) {
		a := &applyStream{op: o, sc: sc.child(), input: s, account: sc.query.account("a correlated sub-query", o.stats)}
		if o.on != nil {
			a.on = o.on.start(sc)
		}
		a.forget()
		return a, nil
	})
}

// applyStream joins one left stream.
type applyStream struct {
	op      *applyOp
	sc      *scope // with the parameters of the current run
	input   stream
	account *account
	on      *exprRun

	// Results of runs by their parameters' group.
	table   *keyTable
	results []*rows
	counted int64

	batch  *vector.Batch
	sel    []int32
	at     int
	keys   keyBatch
	groups []int32
	left   []int32 // output rows: their left rows,
	right  *rows   // and right's columns
	gather []*vector.Vector
	out    vector.Batch
}

// forget drops the results that are kept.
func (a *applyStream) forget() {
	a.table, a.results = newGroupTable(a.op.classes), nil
	a.account.grow(-a.counted)
	a.counted = 0
}

func (a *applyStream) close() {
	a.input.close()
	if a.on != nil {
		a.on.close()
	}
	a.account.close()
	a.results, a.counted = nil, 0
}

func (a *applyStream) next(ctx context.Context) (*vector.Batch, error) {
	for {
		if a.batch == nil {
			b, err := a.input.next(ctx)
			if b == nil || err != nil {
				return nil, err
			}
			a.start(b)
		}
		if err := a.fill(ctx); err != nil {
			return nil, err
		}
		b := a.emit()
		if a.at == len(a.sel) {
			a.batch = nil
		}
		if b != nil {
			return b, nil
		}
	}
}

// start finds the parameter groups of a left batch.
func (a *applyStream) start(b *vector.Batch) {
	params := make([]*vector.Vector, len(a.op.paramCols))
	for i, c := range a.op.paramCols {
		params[i] = b.Cols[c]
	}
	a.keys.loadKeys(a.table, params, b.Sel, b.Rows)
	a.groups = resizeInts(a.groups, a.keys.n)
	a.table.insert(&a.keys, a.groups, nil)
	for len(a.results) < a.table.groups {
		a.results = append(a.results, nil)
	}
	a.batch, a.sel, a.at = b, a.keys.selected(b.Sel, b.Rows), 0
}

// fill joins left rows until there is a batch of output.
func (a *applyStream) fill(ctx context.Context) error {
	a.left = a.left[:0]
	a.right = newRows(a.op.right.columns())
	for a.at < len(a.sel) && len(a.left) < vector.Size {
		if err := ctx.Err(); err != nil {
			return err
		}
		row := a.sel[a.at]
		result, err := a.result(ctx, a.groups[a.at], int(row))
		if err != nil {
			return err
		}
		a.at++
		sel, n, err := a.matches(ctx, result, row)
		if err != nil {
			return err
		}
		a.join(row, result, sel, n)
	}
	return nil
}

// result is the right side's rows for a left row.
func (a *applyStream) result(ctx context.Context, group int32, row int) (*rows, error) {
	if kept := a.results[group]; kept != nil {
		return kept, nil
	}
	for i, p := range a.op.params {
		a.sc.params[p.Slot] = vector.Get(a.batch.Cols[a.op.paramCols[i]], row)
	}
	result, err := a.run(ctx)
	if err != nil {
		return nil, err
	}
	size := result.size() + 64
	if a.account.grow(size) {
		a.counted += size
		a.results[group] = result
	}
	return result, nil
}

func (a *applyStream) run(ctx context.Context) (*rows, error) {
	streams, err := a.op.right.open(ctx, a.sc.child(), 1)
	if err != nil {
		return nil, err
	}
	s := a.sc.gather(streams)
	defer s.close()
	result := newRows(a.op.right.columns())
	for {
		b, err := s.next(ctx)
		if err != nil {
			return nil, err
		}
		if b == nil {
			return result, nil
		}
		result.append(b.Cols, b.Sel, b.Rows)
		if a.op.scalar && result.n > 1 {
			return nil, errManyRows()
		}
		// Without a condition one row decides whether there is a match.
		if a.on == nil && leftOnly(a.op.kind) {
			return result, nil
		}
	}
}

// matches are the rows of a result that the condition pairs with a left row; a nil
// selection means the first n.
func (a *applyStream) matches(ctx context.Context, result *rows, row int32) (sel []int32, n int, err error) {
	if a.on == nil || result.n == 0 {
		return nil, result.n, nil
	}
	b := result.batch()
	cols := make([]*vector.Vector, 0, len(a.batch.Cols)+len(b.Cols))
	for _, c := range a.batch.Cols {
		one := &vector.Vector{}
		vector.Copy(one, c, []int32{row}, 1)
		one.Const = true
		cols = append(cols, one)
	}
	b.Cols = append(cols, b.Cols...)
	if err := a.on.filter(ctx, b); err != nil {
		return nil, 0, err
	}
	return b.Sel, b.Count(), nil
}

// join adds the output of one left row.
func (a *applyStream) join(row int32, result *rows, sel []int32, n int) {
	switch a.op.kind {
	case translate.SemiJoin, translate.AntiJoin:
		if (n > 0) == (a.op.kind == translate.SemiJoin) {
			a.left = append(a.left, row)
		}
		return
	case translate.LeftJoin:
		if n == 0 {
			a.left = append(a.left, row)
			a.right.appendNull()
			return
		}
	}
	a.right.append(result.cols, sel, result.n)
	for range n {
		a.left = append(a.left, row)
	}
}

func (a *applyStream) emit() *vector.Batch {
	if len(a.left) == 0 {
		return nil
	}
	if a.gather == nil {
		a.gather = newVectors(len(a.op.outLeft))
	}
	a.out = vector.Batch{Rows: len(a.left), Cols: a.out.Cols[:0]}
	for i, c := range a.op.outLeft {
		vector.Gather(a.gather[i], a.batch.Cols[c], a.left)
		a.out.Cols = append(a.out.Cols, a.gather[i])
	}
	for _, c := range a.op.outRight {
		a.out.Cols = append(a.out.Cols, a.right.cols[c])
	}
	return &a.out
}
