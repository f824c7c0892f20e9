package operator

import (
	"context"

	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/translate"
)

const (
	// partitionGroups is the number of groups from which a table and its states no
	// longer stay in the L2 cache, so that rows are sorted into partitions first.
	partitionGroups = 1 << 14
	// partBits cuts into 64 partitions: a million groups make tables of 16,000.
	partBits  = 6
	partCount = 1 << partBits
	// partRows and partBytes bound what is buffered for a partition before it is
	// folded: more rows than the partition has groups, so that bringing its table into
	// the cache pays. Folding every 4,096 rows gained nothing.
	partRows  = 32 * vector.Size
	partBytes = 1 << 20
)

// partitioned is a grouping of many groups, cut by bits of the keys' hash.
type partitioned struct {
	base    *grouping // the groups from before the cut
	parts   [partCount]*aggPart
	hashes  []uint64
	lists   [partCount][]int32
	columns []translate.Column // of the parts' buffers: keys, then arguments
	vectors []*vector.Vector
	batches int
	counted int64 // bytes that are accounted for, without base's
}

// aggPart is one partition and its rows that are not folded yet.
type aggPart struct {
	group  *grouping
	buffer *rows
	view   []*vector.Vector // of a part of buffer
}

// partitions tells whether the aggregates can be folded out of order and late.
func (o *aggregateOp) partitions() bool {
	for _, spec := range o.aggs {
		if spec.collect || spec.filter != nil {
			return false
		}
	}
	return !o.inOrder
}

func newPartitioned(base *grouping) (*partitioned, error) {
	p := &partitioned{base: base, columns: append([]translate.Column(nil), base.columns...)}
	for _, spec := range base.op.aggs {
		for _, t := range spec.argTypes {
			p.columns = append(p.columns, translate.Column{Name: "argument", Type: t})
		}
	}
	for i := range p.parts {
		g, err := newGrouping(base.op, base.sc, base.set)
		if err != nil {
			return nil, err
		}
		p.parts[i] = &aggPart{group: g, buffer: newRows(p.columns), view: newVectors(len(p.columns))}
	}
	return p, nil
}

// split lists the rows of each partition by their keys.
func (p *partitioned) split(keys []*vector.Vector, sel []int32, n int) {
	if cap(p.hashes) < n {
		p.hashes = make([]uint64, max(n, vector.Size))
	}
	hashes := p.hashes[:n]
	vector.Hash(keys[0], sel, n, hashes)
	for _, k := range keys[1:] {
		vector.HashCombine(k, sel, n, hashes)
	}
	for i := range p.lists {
		p.lists[i] = p.lists[i][:0]
	}
	if sel == nil {
		for r, h := range hashes {
			i := h >> (64 - partBits)
			p.lists[i] = append(p.lists[i], int32(r))
		}
		return
	}
	for _, r := range sel {
		i := hashes[r] >> (64 - partBits)
		p.lists[i] = append(p.lists[i], r)
	}
}

// add sorts a batch into the partitions' buffers.
func (p *partitioned) add(b *vector.Batch, runs []aggRun) error {
	p.vectors = p.vectors[:0]
	for _, i := range p.base.set {
		p.vectors = append(p.vectors, b.Cols[p.base.op.groups[i]])
	}
	keys := len(p.vectors)
	for i := range runs {
		p.vectors = append(p.vectors, runs[i].values...)
	}
	p.split(p.vectors[:keys], b.Sel, b.Rows)
	for i, list := range p.lists {
		if len(list) == 0 {
			continue
		}
		part := p.parts[i]
		part.buffer.append(p.vectors, list, b.Rows)
		if n := part.buffer.n; n >= partRows || n >= 2*vector.Size && part.buffer.size() >= partBytes {
			if err := part.fold(p.columns); err != nil {
				return err
			}
		}
	}
	return nil
}

// fold brings the buffered rows into the groups.
func (a *aggPart) fold(columns []translate.Column) error {
	for from := 0; from < a.buffer.n; from += vector.Size {
		n := min(a.buffer.n-from, vector.Size)
		for i, c := range a.buffer.cols {
			slice(a.view[i], c, from, n)
		}
		if err := a.foldView(n); err != nil {
			return err
		}
	}
	a.buffer.reset(columns)
	return nil
}

func (a *aggPart) foldView(n int) error {
	g := a.group
	at := len(g.columns)
	byRow := g.find(a.view[:at], nil, n)
	for i, s := range g.states {
		args := len(g.op.aggs[i].argTypes)
		if err := s.agg.Update(byRow, a.view[at:at+args], nil, n); err != nil {
			return err
		}
		at += args
	}
	return nil
}

// slice makes dst a view of n values of a plain vector, without copying them.
func slice(dst, src *vector.Vector, from, n int) {
	dst.Borrow(src)
	to := from + n
	switch src.Form {
	case vector.FormBool:
		dst.Bool = src.Bool[from:to]
	case vector.FormInt32:
		dst.I32 = src.I32[from:to]
	case vector.FormInt64, vector.FormDecimal:
		dst.I64 = src.I64[from:to]
	case vector.FormFloat64:
		dst.F64 = src.F64[from:to]
	case vector.FormDecimal2:
		dst.I128 = src.I128[from:to]
	case vector.FormNumeric, vector.FormString:
		dst.Str = src.Str[from:to]
	case vector.FormInterval:
		dst.Interval = src.Interval[from:to]
	case vector.FormTimeTZ:
		dst.TimeTZ = src.TimeTZ[from:to]
	}
	if src.Null != nil {
		dst.Null = src.Null[from:to]
	}
}

func (p *partitioned) size() int64 {
	size := p.base.size()
	for _, part := range p.parts {
		size += part.group.size() + part.buffer.size()
	}
	return size
}

// foldAll empties all buffers.
func (p *partitioned) foldAll() error {
	for _, part := range p.parts {
		if err := part.fold(p.columns); err != nil {
			return err
		}
	}
	return nil
}

// absorb brings the groups of g, which is of no one partition, into the
// partitions.
func (p *partitioned) absorb(ctx context.Context, g *grouping) error {
	reader := rowsReader{rows: g.keys}
	keys := len(g.columns)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		from := reader.at
		b := reader.next(nil, g.groups)
		if b == nil {
			return nil
		}
		cols, err := g.stateColumns(b, from)
		if err != nil {
			return err
		}
		p.split(b.Cols, nil, b.Rows)
		for i, list := range p.lists {
			if len(list) == 0 {
				continue
			}
			part := p.parts[i].group
			byRow := part.find(b.Cols, list, b.Rows)
			for k, s := range part.states {
				for _, r := range list {
					if _, err := s.agg.MergeState(int(byRow[r]), cols[keys+k].Bytes(int(r))); err != nil {
						return err
					}
				}
			}
		}
	}
}

// settle makes p hold all groups in its partitions.
func (p *partitioned) settle(ctx context.Context) error {
	if err := p.foldAll(); err != nil {
		return err
	}
	if p.base.groups == 0 {
		return nil
	}
	if err := p.absorb(ctx, p.base); err != nil {
		return err
	}
	return p.base.reset()
}

// merge brings other's groups into p, partitions side by side.
func (p *partitioned) merge(ctx context.Context, sc *scope, other *partitioned) error {
	return sc.parallel(ctx, partCount, func(_ context.Context, i int) error {
		return p.parts[i].group.merge(other.parts[i].group)
	})
}
