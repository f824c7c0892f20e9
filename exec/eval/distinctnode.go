package eval

import (
	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// distinctNode is IS [NOT] DISTINCT FROM: equality that takes NULL for a value.
type distinctNode struct {
	equal       *callNode
	left, right node
	not         bool
	out         vector.Vector
}

// equality compiles an equality operator whose arguments are set by its owner.
func (c *compiler) equality(proc uint32, left, right translate.Expr) (*callNode, []node, error) {
	nodes, err := c.compileAll([]translate.Expr{left, right})
	if err != nil {
		return nil, nil, err
	}
	call, err := newCall(proc, "=", nodes, []pgtypes.Type{left.Type(), right.Type()}, pgtypes.Of(pgtypes.OIDBool))
	return call, nodes, err
}

func (c *compiler) compileDistinct(e *translate.Distinct) (node, error) {
	call, nodes, err := c.equality(e.Proc, e.Left, e.Right)
	if err != nil {
		return nil, err
	}
	return &distinctNode{equal: call, left: nodes[0], right: nodes[1], not: e.Not}, nil
}

func (d *distinctNode) eval(st *state, sel []int32, n int) (*vector.Vector, error) {
	a, err := d.left.eval(st, sel, n)
	if err != nil {
		return nil, err
	}
	b, err := d.right.eval(st, sel, n)
	if err != nil {
		return nil, err
	}
	d.equal.args[0], d.equal.args[1] = a, b
	equal, err := d.equal.apply(st.ctx, sel, n)
	if err != nil {
		return nil, err
	}
	d.out.Alloc(vector.FormBool, n)
	d.out.Type = pgtypes.Of(pgtypes.OIDBool)
	vector.Each(nil, sel, n, func(row int) {
		same := a.IsNull(row) && b.IsNull(row)
		if !equal.IsNull(row) {
			p, i := equal.At(row)
			same = p.Bool[i]
		}
		d.out.Bool[row] = same == d.not
	})
	return &d.out, nil
}

// nullIfNode is NULLIF: the left value, NULL where it equals the right one.
type nullIfNode struct {
	equal       *callNode
	left, right node
	typ         pgtypes.Type
	out         vector.Vector
}

func (c *compiler) compileNullIf(e *translate.NullIf) (node, error) {
	call, nodes, err := c.equality(e.Proc, e.Left, e.Right)
	if err != nil {
		return nil, err
	}
	return &nullIfNode{equal: call, left: nodes[0], right: nodes[1], typ: e.Typ}, nil
}

func (d *nullIfNode) eval(st *state, sel []int32, n int) (*vector.Vector, error) {
	a, err := d.left.eval(st, sel, n)
	if err != nil {
		return nil, err
	}
	b, err := d.right.eval(st, sel, n)
	if err != nil {
		return nil, err
	}
	d.equal.args[0], d.equal.args[1] = a, b
	equal, err := d.equal.apply(st.ctx, sel, n)
	if err != nil {
		return nil, err
	}
	vector.Flatten(&d.out, a, n)
	null := make([]bool, n)
	vector.Each(nil, sel, n, func(row int) {
		null[row] = a.IsNull(row)
		if !equal.IsNull(row) {
			p, i := equal.At(row)
			null[row] = null[row] || p.Bool[i]
		}
	})
	d.out.Null, d.out.Type = null, d.typ
	return &d.out, nil
}

// rowCompareNode is (a, b) < (c, d): the first pair that differs decides.
type rowCompareNode struct {
	left, right []node
	equal, less []*callNode
	op          comparison
	out         vector.Vector
}

func (c *compiler) compileRowCompare(e *translate.RowCompare) (node, error) {
	left, err := c.compileAll(e.Left)
	if err != nil {
		return nil, err
	}
	right, err := c.compileAll(e.Right)
	if err != nil {
		return nil, err
	}
	n := &rowCompareNode{left: left, right: right, op: comparisons[e.Name]}
	for i := range e.Left {
		pair := []node{left[i], right[i]}
		types := []pgtypes.Type{e.Left[i].Type(), e.Right[i].Type()}
		bool1 := pgtypes.Of(pgtypes.OIDBool)
		n.equal = append(n.equal, callOf(compareBuiltin("=", types[0].OID, types[1].OID), 0, "=", pair, types, bool1))
		n.less = append(n.less, callOf(compareBuiltin("<", types[0].OID, types[1].OID), 0, "<", pair, types, bool1))
	}
	return n, nil
}

func (d *rowCompareNode) eval(st *state, sel []int32, n int) (*vector.Vector, error) {
	d.out.Alloc(vector.FormBool, n)
	d.out.Type = pgtypes.Of(pgtypes.OIDBool)
	for i := range d.left {
		if sel != nil && len(sel) == 0 {
			break
		}
		a, err := d.left[i].eval(st, sel, n)
		if err != nil {
			return nil, err
		}
		b, err := d.right[i].eval(st, sel, n)
		if err != nil {
			return nil, err
		}
		if sel, err = d.decide(st, i, a, b, sel, n); err != nil {
			return nil, err
		}
	}
	return &d.out, nil
}

// decide settles the rows whose pair i differs or has a NULL, and gives the rest.
func (d *rowCompareNode) decide(st *state, i int, a, b *vector.Vector, sel []int32, n int) ([]int32, error) {
	d.equal[i].args[0], d.equal[i].args[1] = a, b
	equal, err := d.equal[i].apply(st.ctx, sel, n)
	if err != nil {
		return nil, err
	}
	d.less[i].args[0], d.less[i].args[1] = a, b
	less, err := d.less[i].apply(st.ctx, sel, n)
	if err != nil {
		return nil, err
	}
	rest := []int32{}
	vector.Each(nil, sel, n, func(row int) {
		if equal.IsNull(row) {
			d.out.SetNull(row, n)
			return
		}
		p, at := equal.At(row)
		if p.Bool[at] {
			d.out.Bool[row] = d.op.holds(0)
			rest = append(rest, int32(row))
			return
		}
		order := 1
		if q, at := less.At(row); q.Bool[at] {
			order = -1
		}
		d.out.Bool[row] = d.op.holds(order)
	})
	return rest, nil
}
