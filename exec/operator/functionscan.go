package operator

import (
	"context"

	"github.com/sqlgateway/gateway/exec/eval"
	"github.com/sqlgateway/gateway/exec/plan"
	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// functionScanOp gives the rows of functions in FROM, side by side.
type functionScanOp struct {
	node  *plan.FunctionScan
	all   []translate.Column // of every function, then the ordinality
	cols  []translate.Column
	keep  []int // of all
	slots []int
}

func (b *builder) functionScan(n *plan.FunctionScan, need translate.ColumnSet) (operator, error) {
	op := &functionScanOp{node: n}
	var calls []translate.Expr
	for _, f := range n.Funcs {
		if _, err := eval.CompileSet(f.Call, eval.EnvOf(nil)); err != nil {
			return nil, err
		}
		calls = append(calls, f.Call)
		op.all = append(op.all, f.Cols...)
	}
	op.slots = slotsOf(calls)
	if n.Ordinality != 0 {
		op.all = append(op.all, translate.Column{ID: n.Ordinality, Name: "ordinality", Type: pgtypes.Of(pgtypes.OIDInt8)})
	}
	for i, c := range op.all {
		if need.Has(c.ID) {
			op.cols, op.keep = append(op.cols, c), append(op.keep, i)
		}
	}
	return op, nil
}

func (o *functionScanOp) columns() []translate.Column { return o.cols }

func (o *functionScanOp) open(_ context.Context, sc *scope, _ int) ([]stream, error) {
	return []stream{&functionStream{op: o, sc: sc}}, nil
}

// functionStream calls the functions at its first batch.
type functionStream struct {
	op    *functionScanOp
	sc    *scope
	calls *lockstep
	count int64 // rows given out
	batch vector.Batch
}

func (s *functionStream) start(ctx context.Context) error {
	ec, err := s.sc.newContext(ctx, s.op.slots)
	if err != nil {
		return err
	}
	calls := &lockstep{}
	for _, f := range s.op.node.Funcs {
		fn, err := eval.CompileSet(f.Call, eval.EnvOf(nil))
		if err != nil {
			return err
		}
		if err := fn.Open(oneRow(), ec); err != nil {
			return err
		}
		rows, err := fn.Rows(0)
		if err != nil {
			return err
		}
		calls.add(rows, f.Cols)
	}
	s.calls = calls
	return nil
}

func (s *functionStream) next(ctx context.Context) (*vector.Batch, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if s.calls == nil {
		if err := s.start(ctx); err != nil {
			return nil, err
		}
	}
	s.calls.reset()
	n, err := s.calls.fill(vector.Size)
	if n == 0 || err != nil {
		return nil, err
	}
	all := s.calls.vectors()
	if s.op.node.Ordinality != 0 {
		ordinal := vector.New(pgtypes.Of(pgtypes.OIDInt8))
		ordinal.Alloc(vector.FormInt64, n)
		for i := range ordinal.I64 {
			s.count++
			ordinal.I64[i] = s.count
		}
		all = append(all, ordinal)
	}
	s.batch = vector.Batch{Rows: n}
	for _, i := range s.op.keep {
		s.batch.Cols = append(s.batch.Cols, all[i])
	}
	return &s.batch, nil
}

func (s *functionStream) close() {}

// lockstep reads several functions' rows side by side; the shorter are padded
// with NULL.
type lockstep struct {
	sources []eval.SetRows // nil once at the end
	columns [][]translate.Column
	out     []*rows
}

func (l *lockstep) add(source eval.SetRows, columns []translate.Column) {
	l.sources = append(l.sources, source)
	l.columns = append(l.columns, columns)
	l.out = append(l.out, newRows(columns))
}

// restart takes other sources for the same columns; what is in out stays.
func (l *lockstep) restart(sources []eval.SetRows) { copy(l.sources, sources) }

func (l *lockstep) reset() {
	for i, r := range l.out {
		r.reset(l.columns[i])
	}
}

// fill adds up to limit rows, and says how many; fewer than limit only at the end
// of all.
func (l *lockstep) fill(limit int) (int, error) {
	most := 0
	counts := make([]int, len(l.sources))
	for i := range l.sources {
		for counts[i] < limit && l.sources[i] != nil {
			n, err := l.sources[i].Next(l.out[i].cols, limit-counts[i])
			if err != nil {
				return 0, err
			}
			if n == 0 {
				l.sources[i] = nil
			}
			counts[i] += n
			l.out[i].n += n
		}
		most = max(most, counts[i])
	}
	for i, n := range counts {
		for ; n < most; n++ {
			l.out[i].appendNull()
		}
	}
	return most, nil
}

func (l *lockstep) vectors() []*vector.Vector {
	var all []*vector.Vector
	for _, r := range l.out {
		all = append(all, r.cols...)
	}
	return all
}
