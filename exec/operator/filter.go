package operator

import (
	"context"

	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/translate"
)

// filterOp keeps the rows for which every condition is true. It only narrows Sel.
type filterOp struct {
	input operator
	conds *exprs
}

func (o *filterOp) columns() []translate.Column { return o.input.columns() }

func (o *filterOp) open(ctx context.Context, sc *scope, want int) ([]stream, error) {
	streams, err := o.input.open(ctx, sc, want)
	if err != nil {
		return nil, err
	}
	return wrapEach(streams, func(s stream) (stream, error) {
		return &filterStream{stream: s, conds: o.conds.start(sc)}, nil
	})
}

type filterStream struct {
	stream
	conds *exprRun
}

func (s *filterStream) next(ctx context.Context) (*vector.Batch, error) {
	for {
		b, err := s.stream.next(ctx)
		if b == nil || err != nil {
			return nil, err
		}
		if err := s.conds.filter(ctx, b); err != nil {
			return nil, err
		}
		if b.Count() > 0 {
			return b, nil
		}
		// A selective filter may read much before it gives anything.
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
}

func (s *filterStream) close() {
	s.stream.close()
	s.conds.close()
}
