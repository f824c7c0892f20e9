package operator

import (
	"context"
	"sync"

	"github.com/sqlgateway/gateway/exec/plan"
	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/translate"
)

// sortOp orders its input. It gives one stream.
type sortOp struct {
	input         operator
	stats         *Stats
	cols          []translate.Column
	keep          []int // of the input's columns: those of cols
	keys          *exprs
	specs         []sortSpec
	count, offset *exprs // the bounds of a top-N, nil for none
	topN          bool
}

func (o *sortOp) columns() []translate.Column { return o.cols }

func (b *builder) sort(n *plan.Sort, need translate.ColumnSet) (operator, error) {
	exprs := keyExprs(n.Keys)
	input, err := b.build(n.Input, reads(need, exprs...))
	if err != nil {
		return nil, err
	}
	op := &sortOp{input: input, stats: b.stats(n), topN: n.Count != nil}
	for i, c := range input.columns() {
		if need.Has(c.ID) {
			op.cols, op.keep = append(op.cols, c), append(op.keep, i)
		}
	}
	for _, k := range n.Keys {
		op.specs = append(op.specs, sortSpec{k.Descending, k.NullsFirst})
	}
	if op.keys, err = compileExprs(exprs, input.columns()); err != nil {
		return nil, err
	}
	if op.count, err = compileBound(n.Count); err != nil {
		return nil, err
	}
	op.offset, err = compileBound(n.Offset)
	return op, err
}

// maxTopN is the number of rows up to which a top-N is kept pruned in memory.
const maxTopN = 100_000

func (o *sortOp) open(ctx context.Context, sc *scope, want int) ([]stream, error) {
	most := int64(-1)
	if o.topN {
		count, offset, err := limitBounds(ctx, sc, o.count, o.offset)
		if err != nil {
			return nil, err
		}
		if count == 0 {
			return []stream{emptyStream{}}, nil
		}
		if count > 0 && count+offset <= maxTopN {
			most = count + offset
		}
	}
	streams, err := o.input.open(ctx, sc, want)
	if err != nil {
		return nil, err
	}
	if most >= 0 {
		return o.openTop(ctx, sc, streams, int(most))
	}
	return o.openSort(ctx, sc, streams)
}

// keptColumns are the columns that the sort holds: the output and the keys.
func (o *sortOp) keptColumns() []translate.Column {
	cols := append([]translate.Column(nil), o.cols...)
	for _, e := range o.keys.list {
		cols = append(cols, translate.Column{Name: "key", Type: e.Type()})
	}
	return cols
}

// vectors are the vectors of keptColumns for one batch.
func (o *sortOp) vectors(b *vector.Batch, keys []*vector.Vector) []*vector.Vector {
	cols := make([]*vector.Vector, 0, len(o.keep)+len(keys))
	for _, i := range o.keep {
		cols = append(cols, b.Cols[i])
	}
	return append(cols, keys...)
}

// sortInput is the rows of a sort as its workers bring them.
type sortInput struct {
	op      *sortOp
	sc      *scope
	account *account
	mu      sync.Mutex
	kept    *rows
	counted int64
	runs    []*spillFile // sorted, on disk
}

func (o *sortOp) openSort(ctx context.Context, sc *scope, streams []stream) ([]stream, error) {
	in := &sortInput{op: o, sc: sc, account: sc.query.account("a sort", o.stats), kept: newRows(o.keptColumns())}
	runs := make([]*exprRun, len(streams))
	for i := range runs {
		runs[i] = o.keys.start(sc)
	}
	err := sc.drain(ctx, streams, func(i int, b *vector.Batch) error {
		keys, err := runs[i].eval(ctx, b)
		if err != nil {
			return err
		}
		return in.add(o.vectors(b, keys), b.Sel, b.Rows)
	})
	for _, r := range runs {
		r.close()
	}
	if err != nil {
		in.close()
		return nil, err
	}
	out, err := in.finish()
	if err != nil {
		in.close()
		return nil, err
	}
	return []stream{out}, nil
}

// add keeps rows. What does not fit is sorted and written as a run.
func (in *sortInput) add(cols []*vector.Vector, sel []int32, n int) error {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.kept.append(cols, sel, n)
	// An entry of the order and one of the radix sort's scratch go with each row.
	size := in.kept.size() + 32*int64(in.kept.n)
	if !in.kept.full() && in.account.grow(size-in.counted) {
		in.counted = size
		return nil
	}
	return in.writeRun()
}

// order sorts what is in memory.
func (in *sortInput) order() []int32 {
	keys := in.kept.cols[len(in.op.cols):]
	return sortRows(keys, in.op.specs, in.kept.n)
}

func (in *sortInput) writeRun() error {
	file := newSpillFile(in.sc, in.op.keptColumns(), in.op.stats)
	in.runs = append(in.runs, file)
	order := in.order()
	reader := rowsReader{rows: in.kept}
	for b := reader.next(order, in.kept.n); b != nil; b = reader.next(order, in.kept.n) {
		if err := file.add(b.Cols, nil, b.Rows); err != nil {
			return err
		}
	}
	in.kept = newRows(in.op.keptColumns())
	in.account.grow(-in.counted)
	in.counted = 0
	return nil
}

func (in *sortInput) finish() (stream, error) {
	if len(in.runs) > 0 {
		if err := in.writeRun(); err != nil {
			return nil, err
		}
		return newMerge(in)
	}
	return &sortStream{in: in, order: in.order(), reader: rowsReader{rows: &rows{cols: in.kept.cols[:len(in.op.cols)], n: in.kept.n}}}, nil
}

func (in *sortInput) close() {
	for _, r := range in.runs {
		r.close()
	}
	in.runs = nil
	in.kept = nil
	in.account.close()
}

// sortStream gives the rows of memory in order.
type sortStream struct {
	in     *sortInput
	order  []int32
	reader rowsReader
}

func (s *sortStream) next(context.Context) (*vector.Batch, error) {
	return s.reader.next(s.order, len(s.order)), nil
}

func (s *sortStream) close() {
	s.in.close()
	s.order, s.reader = nil, rowsReader{}
}
