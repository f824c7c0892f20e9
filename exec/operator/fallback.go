package operator

import (
	"context"

	"github.com/sqlgateway/gateway/exec/plan"
	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// fallbackStream answers a source's query here, after it failed there before its first
// row. The failure may be one that the query's text makes on purpose, where Postgres
// would raise an error of its own: running the same here raises that one.
type fallbackStream struct {
	query  *query
	stream stream
	index  []int // of the source's columns in the stream's
	batch  vector.Batch
}

// canFallBack says whether an error of a source is one to answer by its fallback. What
// has to do with reaching the source, or with being stopped, is not.
func canFallBack(ctx context.Context, n *plan.Source, err error) bool {
	if !n.Guarded || n.Fallback == nil || ctx.Err() != nil {
		return false
	}
	switch code := pgerr.Code(err); {
	case code == pgerr.QueryCanceled, code == pgerr.InFailedSQLTransaction:
		return false
	default:
		return code != "" && code[:2] != "08" && code[:2] != "57" && code[:2] != "53" && code[:2] != "28"
	}
}

// newFallback starts the fallback of op's source in the same scope. The plan's own
// slots come after those of the scope.
func newFallback(ctx context.Context, op *sourceOp, sc *scope) (*fallbackStream, error) {
	p, err := op.node.Fallback()
	if err != nil {
		return nil, err
	}
	own := &query{env: sc.query.env, inits: make(map[int]*initPlan, len(sc.query.inits)+len(p.Inits))}
	own.temp.parent = sc.query.env.TempDir
	for slot, init := range sc.query.inits {
		own.inits[slot] = init
	}
	b := &builder{}
	for _, init := range p.Inits {
		var need translate.ColumnSet
		need.Add(init.Col)
		op, err := b.build(init.Plan, need)
		if err != nil {
			return nil, err
		}
		own.inits[init.Slot] = &initPlan{plan: init, op: op}
	}
	var need translate.ColumnSet
	for _, c := range op.cols {
		need.Add(c.ID)
	}
	root, err := b.build(p.Root, need)
	if err != nil {
		return nil, err
	}
	f := &fallbackStream{query: own}
	for _, c := range op.cols {
		at := position(root.columns(), c.ID)
		if at < 0 {
			return nil, pgerr.Internal("column %q is not in the fallback's plan", c.Name)
		}
		f.index = append(f.index, at)
	}
	inside := *sc
	inside.query = own
	inside.params = make([]pgtypes.Datum, max(p.Slots, len(sc.params)))
	copy(inside.params, sc.params)
	streams, err := root.open(ctx, &inside, 1)
	if err != nil {
		own.temp.remove()
		return nil, err
	}
	f.stream = inside.gather(streams)
	return f, nil
}

// exactError is the error that the fallback raises, for a source that failed after its
// first rows were used: what it would give of rows is of no use any more. Without one
// the source's own stands.
func exactError(ctx context.Context, op *sourceOp, sc *scope, failed error) error {
	f, err := newFallback(ctx, op, sc)
	if err != nil {
		return err
	}
	defer f.close()
	for {
		b, err := f.next(ctx)
		if err != nil {
			return err
		}
		if b == nil {
			return failed
		}
	}
}

func (f *fallbackStream) next(ctx context.Context) (*vector.Batch, error) {
	b, err := f.stream.next(ctx)
	if b == nil || err != nil {
		return nil, err
	}
	f.batch = vector.Batch{Rows: b.Rows, Sel: b.Sel, Cols: f.batch.Cols[:0]}
	for _, at := range f.index {
		f.batch.Cols = append(f.batch.Cols, b.Cols[at])
	}
	return &f.batch, nil
}

func (f *fallbackStream) close() {
	f.stream.close()
	f.query.temp.remove()
}
