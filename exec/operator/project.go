package operator

import (
	"context"

	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/translate"
)

// projectOp computes columns. Those that only pass through are not copied.
type projectOp struct {
	input operator
	cols  []translate.Column
	pass  []int // for each of cols: the input column it is, or -1
	items *exprs
}

func (o *projectOp) columns() []translate.Column { return o.cols }

func (o *projectOp) open(ctx context.Context, sc *scope, want int) ([]stream, error) {
	streams, err := o.input.open(ctx, sc, want)
	if err != nil {
		return nil, err
	}
	return wrapEach(streams, func(s stream) (stream, error) {
		return &projectStream{stream: s, op: o, items: o.items.start(sc)}, nil
	})
}

type projectStream struct {
	stream
	op    *projectOp
	items *exprRun
	batch vector.Batch
}

func (s *projectStream) next(ctx context.Context) (*vector.Batch, error) {
	b, err := s.stream.next(ctx)
	if b == nil || err != nil {
		return nil, err
	}
	computed, err := s.items.eval(ctx, b)
	if err != nil {
		return nil, err
	}
	s.batch = vector.Batch{Rows: b.Rows, Sel: b.Sel, Cols: s.batch.Cols[:0]}
	next := 0
	for _, from := range s.op.pass {
		if from >= 0 {
			s.batch.Cols = append(s.batch.Cols, b.Cols[from])
			continue
		}
		s.batch.Cols = append(s.batch.Cols, computed[next])
		next++
	}
	return &s.batch, nil
}

func (s *projectStream) close() {
	s.stream.close()
	s.items.close()
}
