package operator

import (
	"context"

	"github.com/sqlgateway/gateway/exec/eval"
	"github.com/sqlgateway/gateway/exec/plan"
	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/translate"
)

// projectSetOp is a projection with set-returning functions: each input row gives
// as many rows as the longest of them.
type projectSetOp struct {
	input operator
	cols  []translate.Column
	calls []*translate.FuncExpr
	sets  []translate.Column // one for each call, in place of it in items
	items *exprs             // over the input's columns and then sets
	slots []int
}

func (b *builder) projectSet(n *plan.ProjectSet, need translate.ColumnSet) (operator, error) {
	op := &projectSetOp{}
	var items []translate.Expr
	var below translate.ColumnSet
	for _, item := range n.Items {
		e, err := op.cutCalls(item.Expr)
		if err != nil {
			return nil, err
		}
		below = reads(below, item.Expr)
		if need.Has(item.Col.ID) {
			op.cols = append(op.cols, item.Col)
			items = append(items, e)
		}
	}
	var err error
	if op.input, err = b.build(n.Input, below); err != nil {
		return nil, err
	}
	var calls []translate.Expr
	for _, c := range op.calls {
		if _, err := eval.CompileSet(c, eval.EnvOf(op.input.columns())); err != nil {
			return nil, err
		}
		calls = append(calls, c)
	}
	op.slots = slotsOf(calls)
	all := append(append([]translate.Column(nil), op.input.columns()...), op.sets...)
	op.items, err = compileExprs(items, all)
	return op, err
}

// cutCalls puts a column in place of each set-returning call in e. The columns'
// IDs are negative, so that they meet no other.
func (o *projectSetOp) cutCalls(e translate.Expr) (translate.Expr, error) {
	if call, ok := e.(*translate.FuncExpr); ok && call.ReturnsSet {
		for _, arg := range call.Args {
			if returnsSet(arg) {
				return nil, pgerr.Unsupported("set-returning functions as arguments of set-returning functions are not supported yet")
			}
		}
		o.calls = append(o.calls, call)
		c := translate.Column{ID: translate.ColumnID(-len(o.calls)), Name: call.Name, Type: call.Typ, Coll: call.Coll}
		o.sets = append(o.sets, c)
		return c.Ref(), nil
	}
	var failed error
	cut := translate.MapChildren(e, func(child translate.Expr) translate.Expr {
		c, err := o.cutCalls(child)
		if err != nil {
			failed = err
			return child
		}
		return c
	})
	return cut, failed
}

func returnsSet(e translate.Expr) bool {
	return translate.Any(e, func(x translate.Expr) bool {
		call, ok := x.(*translate.FuncExpr)
		return ok && call.ReturnsSet
	})
}

func (o *projectSetOp) columns() []translate.Column { return o.cols }

func (o *projectSetOp) open(ctx context.Context, sc *scope, want int) ([]stream, error) {
	streams, err := o.input.open(ctx, sc, want)
	if err != nil {
		return nil, err
	}
	return wrapEach(streams, func(s stream) (stream, error) {
		p := &projectSetStream{op: o, sc: sc, input: s, items: o.items.start(sc), calls: &lockstep{}}
		for i, c := range o.calls {
			fn, err := eval.CompileSet(c, eval.EnvOf(o.input.columns()))
			if err != nil {
				return nil, err
			}
			fn.AsRecord()
			p.functions = append(p.functions, fn)
			p.calls.add(nil, o.sets[i:i+1])
		}
		p.gather = newVectors(len(o.input.columns()))
		return p, nil
	})
}

type projectSetStream struct {
	op        *projectSetOp
	sc        *scope
	input     stream
	items     *exprRun
	functions []*eval.SetFunction
	context   *eval.Context
	calls     *lockstep

	batch  *vector.Batch
	at     int64
	open   bool // the row before at has rows left
	left   []int32
	gather []*vector.Vector
	out    vector.Batch
}

func (p *projectSetStream) next(ctx context.Context) (*vector.Batch, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if p.batch == nil {
			b, err := p.input.next(ctx)
			if b == nil || err != nil {
				return nil, err
			}
			if err := p.start(ctx, b); err != nil {
				return nil, err
			}
		}
		if err := p.fill(); err != nil {
			return nil, err
		}
		b := p.batch
		if !p.open && p.at == int64(b.Count()) {
			p.batch = nil
		}
		if len(p.left) > 0 {
			return p.emit(ctx, b)
		}
	}
}

// start computes the functions' arguments for an input batch.
func (p *projectSetStream) start(ctx context.Context, b *vector.Batch) (err error) {
	if p.context == nil {
		if p.context, err = p.sc.newContext(ctx, p.op.slots); err != nil {
			return err
		}
	}
	for _, f := range p.functions {
		if err := f.Open(b, p.context); err != nil {
			return err
		}
	}
	p.batch, p.at, p.open = b, 0, false
	return nil
}

// fill makes the next rows of the functions.
func (p *projectSetStream) fill() error {
	p.left = p.left[:0]
	p.calls.reset()
	for len(p.left) < vector.Size {
		if !p.open {
			if p.at == int64(p.batch.Count()) {
				return nil
			}
			if err := p.call(rowAt(p.batch, p.at)); err != nil {
				return err
			}
			p.at++
			p.open = true
		}
		room := vector.Size - len(p.left)
		n, err := p.calls.fill(room)
		if err != nil {
			return err
		}
		p.open = n == room
		row := int32(rowAt(p.batch, p.at-1))
		for range n {
			p.left = append(p.left, row)
		}
	}
	return nil
}

func (p *projectSetStream) call(row int) error {
	sources := make([]eval.SetRows, len(p.functions))
	for i, f := range p.functions {
		rows, err := f.Rows(row)
		if err != nil {
			return err
		}
		sources[i] = rows
	}
	p.calls.restart(sources)
	return nil
}

func (p *projectSetStream) emit(ctx context.Context, b *vector.Batch) (*vector.Batch, error) {
	all := &vector.Batch{Rows: len(p.left)}
	for i, c := range b.Cols {
		vector.Gather(p.gather[i], c, p.left)
		all.Cols = append(all.Cols, p.gather[i])
	}
	all.Cols = append(all.Cols, p.calls.vectors()...)
	cols, err := p.items.eval(ctx, all)
	if err != nil {
		return nil, err
	}
	p.out = vector.Batch{Rows: all.Rows, Cols: append(p.out.Cols[:0], cols...)}
	return &p.out, nil
}

func (p *projectSetStream) close() {
	p.input.close()
	p.items.close()
}
