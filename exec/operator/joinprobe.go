package operator

import (
	"context"
	"sync"

	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/translate"
)

// unmatched is what the probe streams of a right or full join share: which build
// rows found a partner. The last stream to end puts out the others.
type unmatched struct {
	mu      sync.Mutex
	open    int
	matched []bool
}

// finish adds a stream's matches and tells whether it was the last.
func (u *unmatched) finish(matched []bool) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.matched == nil {
		u.matched = matched
	} else {
		for i, m := range matched {
			if m {
				u.matched[i] = true
			}
		}
	}
	u.open--
	return u.open == 0
}

// probeStream joins one stream of the left side with the table.
type probeStream struct {
	op     *hashJoinOp
	input  stream
	table  *joinTable
	shared *unmatched
	leave  func()

	keys     *exprRun
	residual *exprRun
	keyBatch keyBatch
	groups   []int32
	matched  []bool // build rows with a partner, for the kinds that put them out on their own
	met      []bool // groups with a partner, where that is all that is asked

	// The current left batch and how far its pairs have been given out.
	batch  *vector.Batch
	sel    []int32
	at     int // entry of sel
	pair   int // rows of its group already given
	hit    []bool
	left   []int32
	right  []int32
	out    vector.Batch
	cols   []*vector.Vector
	picked []int32
	// candidates are what the residual condition reads.
	candidates []*vector.Vector
	tail       *rowsReader // unmatched build rows
	rest       []int32
	ended      bool
	// chunks, if not nil, is a build side that is not in memory: table is a part of it,
	// whose first row is base.
	chunks     *joinChunks
	base       int
	keyVectors []*vector.Vector // of the current left batch, for chunks
}

func newProbe(o *hashJoinOp, sc *scope, input stream, t *joinTable, shared *unmatched, leave func()) *probeStream {
	return newProbeOf(o, sc, input, t, t.rows, shared, leave)
}

// newProbeOf probes a build side of some rows, of which t has those that come first.
func newProbeOf(o *hashJoinOp, sc *scope, input stream, t *joinTable, rows int, shared *unmatched, leave func()) *probeStream {
	p := &probeStream{op: o, input: input, table: t, shared: shared, leave: leave, keys: o.leftKeys.start(sc)}
	if o.residual != nil {
		p.residual = o.residual.start(sc)
		p.candidates = newVectors(len(o.residualCols))
	}
	if o.kind == translate.RightJoin || o.kind == translate.FullJoin || builtOnly(o.kind) {
		p.matched = make([]bool, rows)
	}
	if builtOnly(o.kind) && o.residual == nil {
		p.met = make([]bool, t.keys.groups)
	}
	p.cols = newVectors(len(o.cols))
	return p
}

func (p *probeStream) close() {
	p.input.close()
	p.keys.close()
	if p.residual != nil {
		p.residual.close()
	}
	if p.leave != nil {
		p.leave()
		p.leave = nil
	}
}

func (p *probeStream) next(ctx context.Context) (*vector.Batch, error) {
	for {
		if p.ended && p.chunks != nil {
			return p.unmatchedChunk(ctx)
		}
		if p.ended {
			return p.unmatchedRows(), nil
		}
		if p.batch != nil {
			if b, err := p.pairs(ctx); b != nil || err != nil {
				return b, err
			}
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		b, err := p.input.next(ctx)
		if err != nil {
			return nil, err
		}
		if b == nil {
			p.end()
			continue
		}
		out, err := p.start(ctx, b)
		if out != nil || err != nil {
			return out, err
		}
	}
}

// start looks a left batch up. What needs no pairs is answered at once.
func (p *probeStream) start(ctx context.Context, b *vector.Batch) (*vector.Batch, error) {
	keys, err := p.keys.eval(ctx, b)
	if err != nil {
		return nil, err
	}
	p.lookup(keys, b.Sel, b.Rows)
	sel := p.keyBatch.selected(b.Sel, b.Rows)
	switch {
	case p.chunks != nil && p.op.kind == translate.AntiNullAwareJoin:
		return p.nullAwareChunks(ctx, b, keys, sel)
	case p.chunks != nil:
	case p.op.kind == translate.AntiNullAwareJoin:
		return p.nullAware(ctx, b, keys, sel)
	case p.residual == nil && p.op.kind == translate.SemiJoin:
		return p.pick(b, sel, true), nil
	case p.residual == nil && p.op.kind == translate.AntiJoin:
		return p.pick(b, sel, false), nil
	case p.met != nil:
		for _, g := range p.groups {
			if g >= 0 {
				p.met[g] = true
			}
		}
		return nil, nil
	case p.residual == nil && p.table.unique && p.matched == nil:
		return p.single(b, sel), nil
	}
	p.batch, p.sel, p.at, p.pair = b, sel, 0, 0
	if err := p.rewind(b, keys); err != nil {
		return nil, err
	}
	if p.op.kind != translate.InnerJoin && p.op.kind != translate.RightJoin && !builtOnly(p.op.kind) {
		p.hit = resizeBools(p.hit, b.Rows)
	}
	return nil, nil
}

// lookup finds the groups of left rows in the table.
func (p *probeStream) lookup(keys []*vector.Vector, sel []int32, n int) {
	p.keyBatch.load(p.table.keys, keys, sel, n)
	p.groups = resizeInts(p.groups, p.keyBatch.n)
	p.table.keys.lookup(&p.keyBatch, p.groups)
}

// pick keeps the rows that have a match, or those that have none.
func (p *probeStream) pick(b *vector.Batch, sel []int32, match bool) *vector.Batch {
	p.picked = p.picked[:0]
	for j, r := range sel {
		if (p.groups[j] >= 0) == match {
			p.picked = append(p.picked, r)
		}
	}
	if len(p.picked) == 0 {
		return nil
	}
	return p.narrow(b, p.picked)
}

// narrow gives left's columns for the rows of sel.
func (p *probeStream) narrow(b *vector.Batch, sel []int32) *vector.Batch {
	p.out = vector.Batch{Rows: b.Rows, Sel: sel, Cols: p.out.Cols[:0]}
	for _, c := range p.op.outLeft {
		p.out.Cols = append(p.out.Cols, b.Cols[c])
	}
	return &p.out
}

// sparse is the share of rows below which a joined batch is packed: kernels above
// work on whole vectors, and gathering few rows is cheap.
const sparse = 4

// single joins with at most one row for each left row: left's columns stay where
// they are and right's are gathered beside them.
func (p *probeStream) single(b *vector.Batch, sel []int32) *vector.Batch {
	outer := p.op.kind == translate.LeftJoin
	p.picked, p.right = p.picked[:0], p.right[:0]
	for j, g := range p.groups {
		if g >= 0 {
			p.right = append(p.right, p.table.rowOf(g))
		} else if outer {
			p.right = append(p.right, -1)
		} else {
			continue
		}
		p.picked = append(p.picked, sel[j])
	}
	if len(p.picked) == 0 {
		return nil
	}
	if len(p.picked)*sparse < b.Rows {
		return p.gather(b, p.picked, p.right)
	}
	if len(p.picked) == b.Rows {
		out := p.narrow(b, nil)
		return p.beside(out, p.right)
	}
	out := p.narrow(b, p.picked)
	p.left = resizeInts(p.left, b.Rows)
	clear(p.left)
	for k, r := range p.picked {
		p.left[r] = p.right[k]
	}
	return p.beside(out, p.left)
}

// beside adds right's columns to out, row by row as index says.
func (p *probeStream) beside(out *vector.Batch, index []int32) *vector.Batch {
	for i, c := range p.op.outRight {
		dst := p.cols[len(p.op.outLeft)+i]
		vector.Gather(dst, p.table.kept.cols[c], index)
		out.Cols = append(out.Cols, dst)
	}
	return out
}

// gather makes a packed batch of pairs.
func (p *probeStream) gather(b *vector.Batch, left, right []int32) *vector.Batch {
	p.out = vector.Batch{Rows: len(left), Cols: p.out.Cols[:0]}
	for i, c := range p.op.outLeft {
		vector.Gather(p.cols[i], b.Cols[c], left)
		p.out.Cols = append(p.out.Cols, p.cols[i])
	}
	return p.beside(&p.out, right)
}

func resizeInts(s []int32, n int) []int32 {
	if cap(s) < n {
		return make([]int32, n, max(n, vector.Size))
	}
	return s[:n]
}

// resizeBools gives n false values.
func resizeBools(s []bool, n int) []bool {
	if cap(s) < n {
		return make([]bool, n, max(n, vector.Size))
	}
	s = s[:n]
	clear(s)
	return s
}
