package operator

import (
	"context"
	"sync"

	"github.com/sqlgateway/gateway/exec/eval"
	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// exprs is a list of compiled expressions over an operator's input. Each stream
// starts a run of its own.
type exprs struct {
	list  []translate.Expr
	env   *eval.Env
	slots []int // the ExecParams they read

	mu   sync.Mutex
	free [][]*eval.Program // not in use
}

func compileExprs(list []translate.Expr, cols []translate.Column) (*exprs, error) {
	e := &exprs{list: list, env: eval.EnvOf(cols)}
	programs, err := e.compile()
	if err != nil {
		return nil, err
	}
	e.free = append(e.free, programs)
	e.slots = slotsOf(list)
	return e, nil
}

// slotsOf lists the ExecParams that expressions read.
func slotsOf(list []translate.Expr) []int {
	var slots []int
	seen := map[int]bool{}
	for _, x := range list {
		translate.WalkExpr(x, func(x translate.Expr) bool {
			if p, ok := x.(*translate.ExecParam); ok && !seen[p.Slot] {
				seen[p.Slot] = true
				slots = append(slots, p.Slot)
			}
			return true
		})
	}
	return slots
}

// compileConds makes the filter that is true where all conds are.
func compileConds(conds []translate.Expr, cols []translate.Column) (*exprs, error) {
	return compileExprs([]translate.Expr{translate.Conjunction(conds)}, cols)
}

// compileBound compiles an optional expression without columns.
func compileBound(e translate.Expr) (*exprs, error) {
	if e == nil {
		return nil, nil
	}
	return compileExprs([]translate.Expr{e}, nil)
}

func (e *exprs) compile() ([]*eval.Program, error) {
	programs := make([]*eval.Program, len(e.list))
	for i, x := range e.list {
		p, err := eval.Compile(x, e.env)
		if err != nil {
			return nil, err
		}
		programs[i] = p
	}
	return programs, nil
}

func (e *exprs) take() []*eval.Program {
	e.mu.Lock()
	defer e.mu.Unlock()
	if n := len(e.free); n > 0 {
		programs := e.free[n-1]
		e.free = e.free[:n-1]
		return programs
	}
	programs, err := e.compile()
	if err != nil {
		panic("expressions compiled once and then not again: " + err.Error())
	}
	return programs
}

// start makes a run for one goroutine.
func (e *exprs) start(sc *scope) *exprRun {
	r := &exprRun{exprs: e, sc: sc, programs: e.take()}
	r.out = make([]*vector.Vector, len(r.programs))
	return r
}

// constant is the value of the only expression, which reads no columns.
func (e *exprs) constant(ctx context.Context, sc *scope) (pgtypes.Datum, error) {
	r := e.start(sc)
	defer r.close()
	out, err := r.eval(ctx, oneRow())
	if err != nil {
		return nil, err
	}
	return vector.Get(out[0], 0), nil
}

// exprRun evaluates expressions in a scope.
type exprRun struct {
	exprs    *exprs
	sc       *scope
	programs []*eval.Program
	context  *eval.Context
	out      []*vector.Vector
}

// prepare makes the expressions' context at the first batch: only then do init
// plans have to have run.
func (r *exprRun) prepare(ctx context.Context) error {
	if r.context != nil {
		return nil
	}
	ec, err := r.sc.newContext(ctx, r.exprs.slots)
	r.context = ec
	return err
}

// newContext is what expressions that read slots see of the scope.
func (sc *scope) newContext(ctx context.Context, slots []int) (*eval.Context, error) {
	ec := sc.query.env.Eval.Fork()
	ec.Context = ctx
	ec.Params = sc.query.env.Params
	ec.ExecParams = make([]pgtypes.Datum, len(sc.params))
	if err := sc.fill(ctx, ec, slots); err != nil {
		return nil, err
	}
	return ec, nil
}

// eval computes all expressions for a batch; the result is valid until the next
// call.
func (r *exprRun) eval(ctx context.Context, b *vector.Batch) ([]*vector.Vector, error) {
	if err := r.prepare(ctx); err != nil {
		return nil, err
	}
	for i, p := range r.programs {
		v, err := p.Run(b, r.context)
		if err != nil {
			return nil, err
		}
		r.out[i] = v
	}
	return r.out, nil
}

// filter narrows b to the rows for which the only expression is true.
func (r *exprRun) filter(ctx context.Context, b *vector.Batch) error {
	if err := r.prepare(ctx); err != nil {
		return err
	}
	sel, err := r.programs[0].RunFilter(b, r.context)
	if err != nil {
		return err
	}
	if sel != nil && len(sel) < b.Rows {
		b.Sel = sel
	}
	return nil
}

// close gives the programs back for the next run. Nothing that they computed may
// be used any more.
func (r *exprRun) close() {
	if r.programs != nil {
		r.exprs.mu.Lock()
		r.exprs.free = append(r.exprs.free, r.programs)
		r.exprs.mu.Unlock()
		r.programs = nil
	}
}
