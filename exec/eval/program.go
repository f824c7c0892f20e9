package eval

import (
	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// Env says where a program's inputs are.
type Env struct {
	// Columns maps the columns an expression may refer to to the batch's columns.
	Columns map[translate.ColumnID]int
}

// EnvOf is the Env of batches whose columns are cols, in order.
func EnvOf(cols []translate.Column) *Env {
	env := &Env{Columns: make(map[translate.ColumnID]int, len(cols))}
	for i, c := range cols {
		env.Columns[c.ID] = i
	}
	return env
}

// Program computes one expression. It owns its scratch vectors: one goroutine uses
// it at a time, and a result is valid until its next run.
type Program struct {
	expr translate.Expr
	env  *Env
	root node
	// conjuncts are the parts of a top-level AND, for RunFilter.
	conjuncts []node
	result    vector.Vector
	sel       [2][]int32
}

// node is one compiled expression. Its result may be Const, of Codes, shared with
// an input; it is valid until the node runs again. Rows outside sel are
// unspecified. A node is not called with an empty sel.
type node interface {
	eval(st *state, sel []int32, n int) (*vector.Vector, error)
}

// state is one run of a program.
type state struct {
	batch    *vector.Batch
	ctx      *Context
	caseTest *vector.Vector
}

// Compile makes a program. It fails with 0A000 for what Postgres has and the
// gateway does not.
func Compile(e translate.Expr, env *Env) (*Program, error) {
	c := &compiler{env: env}
	p := &Program{expr: e, env: env}
	if and, ok := e.(*translate.BoolExpr); ok && and.Kind == translate.And {
		nodes, err := c.compileAll(and.Args)
		if err != nil {
			return nil, err
		}
		p.conjuncts = nodes
		p.root = &boolNode{args: nodes, and: true}
		return p, nil
	}
	root, err := c.compile(e)
	if err != nil {
		return nil, err
	}
	p.root, p.conjuncts = root, []node{root}
	return p, nil
}

// Clone is a program of the same expression for another goroutine.
func (p *Program) Clone() *Program {
	clone, err := Compile(p.expr, p.env)
	if err != nil {
		panic("an expression compiled once and then not again: " + err.Error())
	}
	return clone
}

// Expr is what the program computes.
func (p *Program) Expr() translate.Expr { return p.expr }

// Run computes the expression for the rows of a batch. The result is indexed like
// the batch's columns, may be one of them, and may be Const or have Codes.
func (p *Program) Run(b *vector.Batch, ctx *Context) (*vector.Vector, error) {
	if b.Count() == 0 {
		t := p.expr.Type()
		p.result.Alloc(vector.FormOf(t.OID), b.Rows)
		p.result.Type = t
		return &p.result, nil
	}
	st := &state{batch: b, ctx: ctx}
	return p.root.eval(st, b.Sel, b.Rows)
}

// RunFilter gives the rows of a batch for which the expression is true, in
// ascending order. Like Postgres it stops a row at the first conjunct that is not
// true. The selection is valid until the next run.
func (p *Program) RunFilter(b *vector.Batch, ctx *Context) ([]int32, error) {
	st := &state{batch: b, ctx: ctx}
	sel := b.Sel
	for i, conjunct := range p.conjuncts {
		if sel != nil && len(sel) == 0 || b.Rows == 0 {
			return []int32{}, nil
		}
		v, err := conjunct.eval(st, sel, b.Rows)
		if err != nil {
			return nil, err
		}
		buffer := &p.sel[i&1]
		sel = selectTrue(v, sel, b.Rows, buffer)
	}
	return sel, nil
}

// selectTrue lists the rows where v is true.
func selectTrue(v *vector.Vector, sel []int32, n int, buffer *[]int32) []int32 {
	if cap(*buffer) < n {
		*buffer = make([]int32, n)
	}
	out := (*buffer)[:n]
	k := 0
	if !v.Const && v.Codes == nil && v.Null == nil && sel == nil {
		for i, b := range v.Bool[:n] {
			out[k] = int32(i)
			if b {
				k++
			}
		}
		return out[:k]
	}
	vector.Each(v, sel, n, func(row int) {
		out[k] = int32(row)
		if !v.IsNull(row) {
			p, i := v.At(row)
			if p.Bool[i] {
				k++
			}
		}
	})
	return out[:k]
}

// Value computes an expression without columns.
func Value(e translate.Expr, ctx *Context) (pgtypes.Datum, error) {
	p, err := Compile(e, &Env{})
	if err != nil {
		return nil, err
	}
	v, err := p.Run(&vector.Batch{Rows: 1}, ctx)
	if err != nil {
		return nil, err
	}
	return vector.Get(v, 0), nil
}

// compiler makes nodes.
type compiler struct{ env *Env }

func (c *compiler) compileAll(exprs []translate.Expr) ([]node, error) {
	nodes := make([]node, len(exprs))
	for i, e := range exprs {
		n, err := c.compile(e)
		if err != nil {
			return nil, err
		}
		nodes[i] = n
	}
	return nodes, nil
}

func (c *compiler) compile(e translate.Expr) (node, error) {
	switch e := e.(type) {
	case *translate.Const:
		return &constNode{vector.NewConst(e.Typ, e.Value)}, nil
	case *translate.Param:
		return &paramNode{typ: e.Typ, index: e.Number - 1}, nil
	case *translate.ExecParam:
		return &paramNode{typ: e.Typ, index: e.Slot, exec: true}, nil
	case *translate.ColRef:
		index, ok := c.env.Columns[e.ID]
		if !ok {
			return nil, pgerr.Internal("column %q (%d) is not among the inputs of its expression", e.Name, e.ID)
		}
		return &columnNode{index}, nil
	case *translate.OpExpr:
		return c.compileCall(e.Proc, e.Name, e.Args, e.Typ)
	case *translate.FuncExpr:
		n, err := c.compileCall(e.Proc, e.Name, e.Args, e.Typ)
		if err != nil {
			return nil, err
		}
		n.variadicArray, n.shapes = e.Variadic, shapesOf(e.Args)
		return n, nil
	case *translate.Cast:
		return c.compileCast(e)
	case *translate.BoolExpr:
		return c.compileBool(e)
	case *translate.NullTest:
		return c.compileNullTest(e)
	case *translate.BoolTest:
		arg, err := c.compile(e.Arg)
		return &boolTestNode{arg: arg, kind: e.Kind}, err
	case *translate.Collate:
		return c.compile(e.Arg)
	}
	return c.compileCompound(e)
}

func (c *compiler) compileCompound(e translate.Expr) (node, error) {
	switch e := e.(type) {
	case *translate.Distinct:
		return c.compileDistinct(e)
	case *translate.NullIf:
		return c.compileNullIf(e)
	case *translate.ScalarArrayOp:
		return c.compileArrayOp(e)
	case *translate.Case:
		return c.compileCase(e)
	case *translate.CaseTest:
		return caseTestNode{}, nil
	case *translate.Coalesce:
		args, err := c.compileAll(e.Args)
		return &coalesceNode{args: args, typ: e.Typ}, err
	case *translate.MinMax:
		args, err := c.compileAll(e.Args)
		return &minMaxNode{args: args, typ: e.Typ, greatest: e.Greatest}, err
	case *translate.ArrayExpr:
		return c.compileArray(e)
	case *translate.Subscript:
		return c.compileSubscript(e)
	case *translate.RowExpr:
		return c.compileRow(e)
	case *translate.FieldSelect:
		return c.compileField(e)
	case *translate.RowCompare:
		return c.compileRowCompare(e)
	}
	return nil, pgerr.Internal("expression node %T reached the executor", e)
}
