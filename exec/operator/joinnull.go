package operator

import (
	"context"

	"github.com/sqlgateway/gateway/exec/vector"
)

// nullAware answers NOT IN for a left batch: a row passes only if every build row
// differs from it for certain.
func (p *probeStream) nullAware(ctx context.Context, b *vector.Batch, keys []*vector.Vector, sel []int32) (*vector.Batch, error) {
	if p.table.rows == 0 && !p.table.part {
		return p.narrow(b, b.Sel), nil
	}
	p.picked = p.picked[:0]
	for j, r := range sel {
		passes, err := p.differs(ctx, b, keys, r, p.groups[j])
		if err != nil {
			return nil, err
		}
		if passes {
			p.picked = append(p.picked, r)
		}
	}
	if len(p.picked) == 0 {
		return nil, nil
	}
	return p.narrow(b, p.picked), nil
}

// differs tells whether a left row differs for certain from every build row that
// the residual condition pairs it with.
func (p *probeStream) differs(ctx context.Context, b *vector.Batch, keys []*vector.Vector, row, group int32) (bool, error) {
	null := false
	for _, k := range keys {
		null = null || k.IsNull(int(row))
	}
	if len(keys) == 1 && p.residual == nil {
		return !null && !p.table.nulls && group < 0, nil
	}
	if p.residual == nil && group >= 0 {
		return false, nil
	}
	built := p.op.keyVectors(p.table.kept.cols)
	p.left, p.right = p.left[:0], p.right[:0]
	if p.residual == nil && !null {
		for _, r := range p.table.nullRows {
			p.candidate(keys, built, row, r)
		}
	} else {
		for r := range int32(p.table.rows) {
			p.candidate(keys, built, row, r)
		}
	}
	if p.residual == nil || len(p.left) == 0 {
		return len(p.left) == 0, nil
	}
	p.batch = b
	err := p.test(ctx)
	p.batch = nil
	return len(p.left) == 0, err
}

// candidate notes a build row that does not differ for certain.
func (p *probeStream) candidate(keys, built []*vector.Vector, row, r int32) {
	for i, k := range keys {
		if k.IsNull(int(row)) || built[i].IsNull(int(r)) {
			continue
		}
		if vector.CompareValues(k, int(row), built[i], int(r)) != 0 {
			return
		}
	}
	p.left, p.right = append(p.left, row), append(p.right, r)
}
