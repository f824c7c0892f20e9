package operator

import (
	"context"

	"github.com/sqlgateway/gateway/exec/plan"
	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/translate"
)

// setOp builds UNION, INTERSECT or EXCEPT. UNION without ALL is a grouping of
// UNION ALL.
func (b *builder) setOp(n *plan.SetOp, need translate.ColumnSet) (operator, error) {
	if n.Kind == translate.Union && !n.All {
		all := *n
		all.All = true
		ids := make([]translate.ColumnID, len(n.Cols))
		for i, c := range n.Cols {
			ids[i] = c.ID
		}
		// The inner node has stats of its own, which nobody asks for.
		return b.aggregate(&plan.Aggregate{Info: n.Info, Input: &all, Groups: ids}, need)
	}
	if n.Kind == translate.Union {
		return b.unionAll(n, need)
	}
	op := &setOp{kind: n.Kind, all: n.All, cols: n.Cols, stats: b.stats(n)}
	var err error
	if op.left, op.leftCols, err = b.setInput(n.Left, n.LeftCols); err != nil {
		return nil, err
	}
	if op.right, op.rightCols, err = b.setInput(n.Right, n.RightCols); err != nil {
		return nil, err
	}
	for _, c := range n.Cols {
		op.classes = append(op.classes, keyClassOf(c.Type.OID))
	}
	return op, nil
}

func (b *builder) setInput(n plan.Node, ids []translate.ColumnID) (operator, []int, error) {
	op, err := b.build(n, translate.ColumnSetOf(ids...))
	if err != nil {
		return nil, nil, err
	}
	cols, err := positions(op.columns(), ids)
	return op, cols, err
}

// unionOp gives the rows of both inputs.
type unionOp struct {
	cols   []translate.Column
	inputs [2]operator
	from   [2][]int
}

func (b *builder) unionAll(n *plan.SetOp, need translate.ColumnSet) (operator, error) {
	op := &unionOp{}
	var ids [2][]translate.ColumnID
	for i, c := range n.Cols {
		if need.Has(c.ID) {
			op.cols = append(op.cols, c)
			ids[0], ids[1] = append(ids[0], n.LeftCols[i]), append(ids[1], n.RightCols[i])
		}
	}
	for i, input := range []plan.Node{n.Left, n.Right} {
		var err error
		if op.inputs[i], op.from[i], err = b.setInput(input, ids[i]); err != nil {
			return nil, err
		}
	}
	return op, nil
}

func (o *unionOp) columns() []translate.Column { return o.cols }

// open gives the streams of both sides. With one wanted they are one after the
// other, left first.
func (o *unionOp) open(ctx context.Context, sc *scope, want int) ([]stream, error) {
	var all []stream
	for i, input := range o.inputs {
		streams, err := input.open(ctx, sc, want)
		if err != nil {
			closeAll(all)
			return nil, err
		}
		for _, s := range streams {
			all = append(all, &pickStream{stream: s, cols: o.cols, from: o.from[i]})
		}
	}
	if want == 1 {
		return []stream{&chainStream{streams: all}}, nil
	}
	return all, nil
}

// pickStream reorders columns and gives them the types of the output.
type pickStream struct {
	stream
	cols  []translate.Column
	from  []int
	batch vector.Batch
	typed []*vector.Vector
}

func (s *pickStream) next(ctx context.Context) (*vector.Batch, error) {
	b, err := s.stream.next(ctx)
	if b == nil || err != nil {
		return nil, err
	}
	if s.typed == nil {
		s.typed = newVectors(len(s.from))
	}
	s.batch = vector.Batch{Rows: b.Rows, Sel: b.Sel, Cols: s.batch.Cols[:0]}
	for i, at := range s.from {
		s.typed[i].Borrow(b.Cols[at])
		s.typed[i].Type = s.cols[i].Type
		s.batch.Cols = append(s.batch.Cols, s.typed[i])
	}
	return &s.batch, nil
}

// chainStream gives streams one after the other.
type chainStream struct {
	streams []stream
	at      int
}

func (s *chainStream) next(ctx context.Context) (*vector.Batch, error) {
	for s.at < len(s.streams) {
		b, err := s.streams[s.at].next(ctx)
		if b != nil || err != nil {
			return b, err
		}
		s.streams[s.at].close()
		s.at++
	}
	return nil, nil
}

func (s *chainStream) close() { closeAll(s.streams) }
