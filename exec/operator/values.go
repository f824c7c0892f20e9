package operator

import (
	"context"

	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/translate"
)

// valuesOp gives rows of expressions without input.
type valuesOp struct {
	cols []translate.Column
	rows []*exprs // nil entries are rows without columns that are read
}

func (o *valuesOp) columns() []translate.Column { return o.cols }

func (o *valuesOp) open(_ context.Context, sc *scope, _ int) ([]stream, error) {
	return []stream{&valuesStream{op: o, sc: sc}}, nil
}

type valuesStream struct {
	op   *valuesOp
	sc   *scope
	at   int
	kept rows
}

// oneRow is the input of expressions without columns.
func oneRow() *vector.Batch { return &vector.Batch{Rows: 1} }

func (s *valuesStream) next(ctx context.Context) (*vector.Batch, error) {
	n := min(len(s.op.rows)-s.at, vector.Size)
	if n == 0 {
		return nil, nil
	}
	s.kept.reset(s.op.cols)
	for _, row := range s.op.rows[s.at : s.at+n] {
		run := row.start(s.sc)
		values, err := run.eval(ctx, oneRow())
		if err == nil {
			s.kept.append(values, nil, 1)
		}
		run.close()
		if err != nil {
			return nil, err
		}
	}
	s.at += n
	return s.kept.batch(), nil
}

func (s *valuesStream) close() {}
