package operator

import (
	"context"

	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/translate"
)

// pairs gives the next joined rows of the current left batch; nil when it is done.
func (p *probeStream) pairs(ctx context.Context) (*vector.Batch, error) {
	for {
		if p.at == len(p.sel) {
			if more, err := p.advance(ctx); err != nil {
				return nil, err
			} else if !more {
				break
			}
		}
		p.expand()
		p.skipMatched()
		if len(p.left) == 0 {
			continue
		}
		if p.residual != nil {
			if err := p.test(ctx); err != nil {
				return nil, err
			}
		}
		if err := p.mark(); err != nil {
			return nil, err
		}
		if !leftOnly(p.op.kind) && !builtOnly(p.op.kind) && len(p.left) > 0 {
			return p.gather(p.batch, p.left, p.right), nil
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	b := p.batch
	p.batch = nil
	return p.leftovers(b), nil
}

// expand lists the next candidate pairs, about vector.Size of them.
func (p *probeStream) expand() {
	p.left, p.right = p.left[:0], p.right[:0]
	t := p.table
	for ; p.at < len(p.sel); p.at++ {
		g := p.groups[p.at]
		if g < 0 || p.settled() {
			p.pair = 0
			continue
		}
		if t.unique {
			if len(p.left) >= vector.Size {
				return
			}
			p.left = append(p.left, p.sel[p.at])
			p.right = append(p.right, t.rowOf(g))
			continue
		}
		list := t.list[t.start[g]+int32(p.pair) : t.start[g+1]]
		room := vector.Size - len(p.left)
		if len(list) > room {
			p.pair += room
			list = list[:room]
		} else {
			p.pair = 0
		}
		for _, r := range list {
			p.left = append(p.left, p.sel[p.at])
			p.right = append(p.right, r)
		}
		if p.pair > 0 || room == 0 {
			return
		}
	}
}

// settled tells whether the current left row's fate is known after the pairs
// tried so far.
func (p *probeStream) settled() bool {
	return (p.pair > 0 || p.base > 0) && leftOnly(p.op.kind) && p.hit[p.sel[p.at]]
}

// skipMatched drops candidates that can tell nothing new.
func (p *probeStream) skipMatched() {
	if !builtOnly(p.op.kind) {
		return
	}
	n := 0
	for k, r := range p.right {
		if !p.matched[p.base+int(r)] {
			p.left[n], p.right[n] = p.left[k], r
			n++
		}
	}
	p.left, p.right = p.left[:n], p.right[:n]
}

// test keeps the candidates for which the residual condition is true.
func (p *probeStream) test(ctx context.Context) error {
	width := len(p.op.left.columns())
	candidate := &vector.Batch{Rows: len(p.left), Cols: make([]*vector.Vector, width+len(p.op.right.columns()))}
	for k, c := range p.op.residualCols {
		v := p.candidates[k]
		if c < width {
			vector.Gather(v, p.batch.Cols[c], p.left)
		} else {
			vector.Gather(v, p.table.kept.cols[c-width], p.right)
		}
		candidate.Cols[c] = v
	}
	if err := p.residual.filter(ctx, candidate); err != nil {
		return err
	}
	if candidate.Sel == nil {
		return nil
	}
	for k, i := range candidate.Sel {
		p.left[k], p.right[k] = p.left[i], p.right[i]
	}
	p.left, p.right = p.left[:len(candidate.Sel)], p.right[:len(candidate.Sel)]
	return nil
}

// mark remembers who found a partner. Where the right side is a scalar sub-query
// a second partner is an error.
func (p *probeStream) mark() error {
	if p.hit != nil {
		for _, r := range p.left {
			if p.hit[r] && p.op.node.SingleRow {
				return errManyRows()
			}
			p.hit[r] = true
		}
	}
	if p.matched != nil {
		for _, r := range p.right {
			p.matched[p.base+int(r)] = true
		}
	}
	return nil
}

// leftovers are the rows of a left batch that depend on whether any pair passed.
func (p *probeStream) leftovers(b *vector.Batch) *vector.Batch {
	kind := p.op.kind
	if kind == translate.InnerJoin || kind == translate.RightJoin || builtOnly(kind) {
		return nil
	}
	p.picked = p.picked[:0]
	for _, r := range p.sel {
		if p.hit[r] == (kind == translate.SemiJoin) {
			p.picked = append(p.picked, r)
		}
	}
	if len(p.picked) == 0 {
		return nil
	}
	if leftOnly(kind) {
		return p.narrow(b, p.picked)
	}
	p.right = p.right[:0]
	for range p.picked {
		p.right = append(p.right, -1)
	}
	return p.gather(b, p.picked, p.right)
}

// end is called after the last left batch.
func (p *probeStream) end() {
	p.ended = true
	p.matchGroups()
	if p.matched == nil || !p.shared.finish(p.matched) {
		return
	}
	if p.chunks != nil {
		p.chunks.rest = &storeReader{store: p.chunks.store}
		return
	}
	for r, m := range p.shared.matched {
		if m == (p.op.kind == builtSemiJoin) {
			p.rest = append(p.rest, int32(r))
		}
	}
	p.tail = &rowsReader{rows: p.table.kept}
}

// matchGroups turns groups that found a partner into rows that did.
func (p *probeStream) matchGroups() {
	for g, met := range p.met {
		switch {
		case !met:
		case p.table.unique:
			p.matched[p.table.rowOf(int32(g))] = true
		default:
			for _, r := range p.table.list[p.table.start[g]:p.table.start[g+1]] {
				p.matched[r] = true
			}
		}
	}
}

// unmatchedRows are the build rows that come out on their own, left's columns NULL.
func (p *probeStream) unmatchedRows() *vector.Batch {
	if p.tail == nil {
		return nil
	}
	b := p.tail.next(p.rest, len(p.rest))
	if b == nil {
		return nil
	}
	return p.alone(b)
}

// alone are build rows with NULLs for left's columns.
func (p *probeStream) alone(b *vector.Batch) *vector.Batch {
	p.out = vector.Batch{Rows: b.Rows, Sel: b.Sel, Cols: p.out.Cols[:0]}
	for i := range p.op.outLeft {
		p.out.Cols = append(p.out.Cols, vector.NewConst(p.op.cols[i].Type, nil))
	}
	for _, c := range p.op.outRight {
		p.out.Cols = append(p.out.Cols, b.Cols[c])
	}
	return &p.out
}
