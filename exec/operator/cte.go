package operator

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/sqlgateway/gateway/exec/plan"
	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/translate"
)

// cteSource is what a CTEScan reads in its scope: a CTE's rows, or within a
// recursive step those of the round before.
type cteSource interface {
	// more makes row at available, and says how many there are; equal to at at the end.
	more(ctx context.Context, at int) (int, error)
	// rows is what is available.
	rows() *rowStore
}

// cteOp is a definition made ready to run.
type cteOp struct {
	def  *plan.CTE
	cols []translate.Column
	op   operator // the plan, or a recursive one's base
	from []int    // of op's columns
	step operator // of a recursive one
	next []int    // of step's columns
}

// withOp runs its body with definitions in reach.
type withOp struct {
	body  operator
	ctes  []*cteOp
	stats *Stats
}

func (o *withOp) columns() []translate.Column { return o.body.columns() }

func (b *builder) with(n *plan.With, need translate.ColumnSet) (operator, error) {
	op := &withOp{stats: b.stats(n)}
	for _, def := range n.CTEs {
		cte, err := b.cte(def)
		if err != nil {
			return nil, err
		}
		op.ctes = append(op.ctes, cte)
	}
	var err error
	op.body, err = b.build(n.Body, need)
	return op, err
}

func (b *builder) cte(def *plan.CTE) (*cteOp, error) {
	c := &cteOp{def: def, cols: def.Cols}
	first, ids := def.Plan, def.PlanCols
	if first == nil {
		first, ids = def.Base, def.BaseCols
	}
	var err error
	if c.op, c.from, err = b.setInput(first, ids); err != nil {
		return nil, err
	}
	if def.Step != nil {
		c.step, c.next, err = b.setInput(def.Step, def.StepCols)
	}
	return c, err
}

func (o *withOp) open(ctx context.Context, sc *scope, want int) ([]stream, error) {
	var states []*cteState
	for _, c := range o.ctes {
		s := &cteState{op: c, account: sc.query.account("a common table expression", o.stats)}
		s.stats, s.kept = o.stats, newRowStore(sc, c.cols, o.stats, s.account)
		sc = sc.withCTE(c.def, s)
		s.sc = sc // a definition sees those before it, and a recursive one itself
		states = append(states, s)
	}
	streams, err := o.body.open(ctx, sc, want)
	if err != nil {
		for _, s := range states {
			s.close()
		}
		return nil, err
	}
	left := new(atomic.Int64)
	left.Store(int64(len(streams)))
	return wrapEach(streams, func(s stream) (stream, error) {
		return &withStream{stream: s, left: left, states: states}, nil
	})
}

// withStream frees the definitions' rows when the last of its like is closed.
type withStream struct {
	stream
	once   sync.Once
	left   *atomic.Int64
	states []*cteState
}

func (s *withStream) close() {
	s.stream.close()
	s.once.Do(func() {
		if s.left.Add(-1) == 0 {
			for _, state := range s.states {
				state.close()
			}
		}
	})
}

// cteState is the rows of a definition in one run of its With. They are made when
// first read: those of a plain one all at once, those of a recursive one round by
// round, as far as readers ask.
type cteState struct {
	op      *cteOp
	sc      *scope
	stats   *Stats
	account *account
	mu      sync.Mutex
	started bool
	done    bool
	err     error
	kept    *rowStore
	work    *rowStore // of the last round of a recursive one
	seen    *keyTable
}

func (s *cteState) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done, s.seen = true, nil
	s.kept.close()
	if s.work != nil {
		s.work.close()
	}
	s.account.close()
}

func (s *cteState) more(ctx context.Context, at int) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.err == nil && !s.done && s.kept.len() <= at {
		s.err = s.advance(ctx)
	}
	return s.kept.len(), s.err
}

func (s *cteState) rows() *rowStore { return s.kept }

// advance makes further rows.
func (s *cteState) advance(ctx context.Context) error {
	if !s.started {
		s.started = true
		s.done = s.op.step == nil
		return s.round(ctx, s.sc, s.op.op, s.op.from)
	}
	last := s.work
	if last.len() == 0 {
		s.done = true
		return nil
	}
	defer last.close()
	step := s.sc.withCTE(s.op.def, workTable{last})
	return s.round(ctx, step, s.op.step, s.op.next)
}

// round runs base or step and keeps what comes out.
func (s *cteState) round(ctx context.Context, sc *scope, op operator, from []int) error {
	if s.op.step != nil {
		s.work = newRowStore(s.sc, s.op.cols, s.stats, s.account)
	}
	streams, err := op.open(ctx, sc, sc.query.env.Workers)
	if err != nil {
		return err
	}
	return sc.drain(ctx, []stream{sc.gather(streams)}, func(_ int, b *vector.Batch) error {
		cols := make([]*vector.Vector, len(from))
		for i, at := range from {
			cols[i] = b.Cols[at]
		}
		return s.keep(cols, b.Sel, b.Rows)
	})
}

// keep adds rows to the result and to the work table; those already there are
// dropped by UNION without ALL.
func (s *cteState) keep(cols []*vector.Vector, sel []int32, n int) error {
	if s.op.step == nil {
		return s.kept.add(cols, sel, n)
	}
	if !s.op.def.UnionAll {
		before := s.seenSize()
		sel = s.distinct(cols, sel, n)
		// The values seen stay in memory, as PostgreSQL has them.
		if err := s.account.need(s.seenSize() - before); err != nil {
			return err
		}
	}
	if err := s.kept.add(cols, sel, n); err != nil {
		return err
	}
	return s.work.add(cols, sel, n)
}

func (s *cteState) seenSize() int64 {
	if s.seen == nil {
		return 0
	}
	return s.seen.size()
}

func (s *cteState) distinct(cols []*vector.Vector, sel []int32, n int) []int32 {
	if s.seen == nil {
		classes := make([]keyClass, len(s.op.cols))
		for i, c := range s.op.cols {
			classes[i] = keyClassOf(c.Type.OID)
		}
		s.seen = newGroupTable(classes)
	}
	var keys keyBatch
	keys.loadKeys(s.seen, cols, sel, n)
	fresh := s.seen.insert(&keys, make([]int32, keys.n), nil)
	if fresh == nil {
		return []int32{}
	}
	rows := keys.selected(sel, n)
	for i, j := range fresh {
		fresh[i] = rows[j]
	}
	return fresh
}

// workTable is the rows of the round before.
type workTable struct{ store *rowStore }

func (w workTable) more(context.Context, int) (int, error) { return w.store.len(), nil }

func (w workTable) rows() *rowStore { return w.store }

// cteScanOp reads a definition's rows.
type cteScanOp struct {
	def  *plan.CTE
	cols []translate.Column
	from []int // of the definition's columns
}

func (b *builder) cteScan(n *plan.CTEScan, need translate.ColumnSet) (operator, error) {
	op := &cteScanOp{def: n.CTE}
	for i, c := range n.Cols {
		if need.Has(c.ID) {
			op.cols, op.from = append(op.cols, c), append(op.from, i)
		}
	}
	return op, nil
}

func (o *cteScanOp) columns() []translate.Column { return o.cols }

func (o *cteScanOp) open(_ context.Context, sc *scope, _ int) ([]stream, error) {
	source := sc.ctes[o.def]
	if source == nil {
		return nil, pgerr.Internal("common table expression %q is read outside its WITH", o.def.Name)
	}
	return []stream{&cteStream{op: o, source: source, reader: storeReader{store: source.rows()}}}, nil
}

type cteStream struct {
	op     *cteScanOp
	source cteSource
	reader storeReader
	batch  vector.Batch
}

func (s *cteStream) next(ctx context.Context) (*vector.Batch, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if _, err := s.source.more(ctx, s.reader.at); err != nil {
		return nil, err
	}
	b, err := s.reader.next()
	if b == nil || err != nil {
		return nil, err
	}
	s.batch = vector.Batch{Rows: b.Rows, Sel: b.Sel, Cols: s.batch.Cols[:0]}
	for _, at := range s.op.from {
		s.batch.Cols = append(s.batch.Cols, b.Cols[at])
	}
	return &s.batch, nil
}

func (s *cteStream) close() {}
