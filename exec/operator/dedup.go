package operator

import (
	"context"

	"github.com/sqlgateway/gateway/exec/plan"
	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/translate"
)

// dedup keeps one row for each value of On. Plain DISTINCT, where the whole row is
// the value, is a grouping without aggregates.
func (b *builder) dedup(n *plan.Dedup, need translate.ColumnSet) (operator, error) {
	on := translate.ColumnSetOf(n.On...)
	if !n.Ordered && need.SubsetOf(on) {
		return b.aggregate(&plan.Aggregate{Info: n.Info, Input: n.Input, Groups: n.On}, need)
	}
	below := need.Clone()
	below.AddSet(on)
	input, err := b.build(n.Input, below)
	if err != nil {
		return nil, err
	}
	op := &dedupOp{input: input, stats: b.stats(n)}
	if op.on, err = positions(input.columns(), n.On); err != nil {
		return nil, err
	}
	for _, at := range op.on {
		op.classes = append(op.classes, keyClassOf(input.columns()[at].Type.OID))
	}
	return op, nil
}

// dedupOp passes the first row of each value, in the input's order.
type dedupOp struct {
	input   operator
	stats   *Stats
	on      []int
	classes []keyClass
}

func (o *dedupOp) columns() []translate.Column { return o.input.columns() }

func (o *dedupOp) open(ctx context.Context, sc *scope, want int) ([]stream, error) {
	streams, err := o.input.open(ctx, sc, want)
	if err != nil {
		return nil, err
	}
	return []stream{&dedupStream{
		op: o, stream: sc.gather(streams), table: newGroupTable(o.classes),
		account: sc.query.account("a DISTINCT", o.stats),
	}}, nil
}

type dedupStream struct {
	stream
	op      *dedupOp
	table   *keyTable
	account *account
	keys    keyBatch
	vectors []*vector.Vector
	groups  []int32
	fresh   []int32
	sel     []int32
}

func (s *dedupStream) next(ctx context.Context) (*vector.Batch, error) {
	for {
		b, err := s.stream.next(ctx)
		if b == nil || err != nil {
			return nil, err
		}
		s.vectors = s.vectors[:0]
		for _, c := range s.op.on {
			s.vectors = append(s.vectors, b.Cols[c])
		}
		before := s.table.size()
		s.keys.loadKeys(s.table, s.vectors, b.Sel, b.Rows)
		s.groups = resizeInts(s.groups, s.keys.n)
		s.fresh = s.table.insert(&s.keys, s.groups, s.fresh)
		if err := s.account.need(s.table.size() - before); err != nil {
			return nil, err
		}
		if len(s.fresh) == 0 {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			continue
		}
		s.sel = append(s.sel[:0], s.fresh...)
		if b.Sel != nil {
			for i, j := range s.sel {
				s.sel[i] = b.Sel[j]
			}
		}
		b.Sel = s.sel
		return b, nil
	}
}

func (s *dedupStream) close() {
	s.stream.close()
	s.account.close()
}
