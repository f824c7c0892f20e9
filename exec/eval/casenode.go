package eval

import (
	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// caseNode is CASE: each branch runs only for the rows that reach it.
type caseNode struct {
	typ     pgtypes.Type
	arg     node // nil for a searched CASE
	conds   []node
	results []node // one more than conds: the ELSE
	out     vector.Vector
	taken   []int32
	rest    [2][]int32
}

func (c *compiler) compileCase(e *translate.Case) (node, error) {
	n := &caseNode{typ: e.Typ}
	var err error
	if e.Arg != nil {
		if n.arg, err = c.compile(e.Arg); err != nil {
			return nil, err
		}
	}
	for _, w := range e.Whens {
		cond, err := c.compile(w.Cond)
		if err != nil {
			return nil, err
		}
		result, err := c.compile(w.Result)
		if err != nil {
			return nil, err
		}
		n.conds, n.results = append(n.conds, cond), append(n.results, result)
	}
	otherwise, err := c.compile(e.Else)
	n.results = append(n.results, otherwise)
	return n, err
}

func (c *caseNode) eval(st *state, sel []int32, n int) (*vector.Vector, error) {
	if c.arg != nil {
		v, err := c.arg.eval(st, sel, n)
		if err != nil {
			return nil, err
		}
		var held vector.Vector // the argument's node may run again inside a nested CASE
		held.Borrow(v)
		outer := st.caseTest
		st.caseTest = &held
		defer func() { st.caseTest = outer }()
	}
	merge := merger{out: &c.out, typ: c.typ}
	for i, result := range c.results {
		taken := sel
		if i < len(c.conds) {
			v, err := c.conds[i].eval(st, sel, n)
			if err != nil {
				return nil, err
			}
			taken, sel = c.split(v, sel, n, i)
		}
		if taken == nil || len(taken) > 0 {
			v, err := result.eval(st, taken, n)
			if err != nil {
				return nil, err
			}
			if len(taken) == n {
				taken = nil
			}
			merge.add(v, taken, n)
		}
		if sel != nil && len(sel) == 0 {
			break
		}
	}
	return merge.result(), nil
}

// split divides the rows of sel into those where v is true and the others.
func (c *caseNode) split(v *vector.Vector, sel []int32, n, i int) (taken, rest []int32) {
	if cap(c.taken) < n {
		c.taken = make([]int32, n)
		c.rest[0], c.rest[1] = make([]int32, n), make([]int32, n)
	}
	taken, rest = c.taken[:n], c.rest[i&1][:n]
	k, r := 0, 0
	vector.Each(v, sel, n, func(row int) {
		is := false
		if !v.IsNull(row) {
			p, at := v.At(row)
			is = p.Bool[at]
		}
		if is {
			taken[k] = int32(row)
			k++
		} else {
			rest[r] = int32(row)
			r++
		}
	})
	return taken[:k], rest[:r]
}

// merger puts together a result whose rows come from several vectors.
type merger struct {
	out   *vector.Vector
	typ   pgtypes.Type
	whole *vector.Vector // a single vector that gives every row
	began bool
}

func (m *merger) add(v *vector.Vector, sel []int32, n int) {
	if !m.began && sel == nil {
		m.whole = v
		return
	}
	if !m.began {
		m.began = true
		vector.Adopt(m.out, v, n)
		m.out.Type = m.typ
	}
	vector.Assign(m.out, v, sel, n)
}

func (m *merger) result() *vector.Vector {
	if m.whole != nil {
		return m.whole
	}
	return m.out
}

// coalesceNode is COALESCE: an argument runs only where the earlier ones are NULL.
type coalesceNode struct {
	typ  pgtypes.Type
	args []node
	out  vector.Vector
	buf  [3][]int32
}

func (c *coalesceNode) eval(st *state, sel []int32, n int) (*vector.Vector, error) {
	merge := merger{out: &c.out, typ: c.typ}
	for i, arg := range c.args {
		v, err := arg.eval(st, sel, n)
		if err != nil {
			return nil, err
		}
		if i == 0 && (v.Null == nil || len(c.args) == 1) {
			return v, nil
		}
		if i == len(c.args)-1 {
			merge.add(v, sel, n)
			break
		}
		var found []int32
		found, sel = c.split(v, sel, n, i)
		if len(found) > 0 {
			merge.add(v, found, n)
		}
		if len(sel) == 0 {
			break
		}
	}
	return merge.result(), nil
}

func (c *coalesceNode) split(v *vector.Vector, sel []int32, n, i int) (found, rest []int32) {
	if cap(c.buf[0]) < n {
		c.buf[0], c.buf[1], c.buf[2] = make([]int32, n), make([]int32, n), make([]int32, n)
	}
	found, rest = c.buf[2][:0], c.buf[i&1][:0]
	vector.Each(v, sel, n, func(row int) {
		if v.IsNull(row) {
			rest = append(rest, int32(row))
		} else {
			found = append(found, int32(row))
		}
	})
	return found, rest
}

// minMaxNode is GREATEST or LEAST: NULLs are left out.
type minMaxNode struct {
	typ      pgtypes.Type
	args     []node
	greatest bool
	out      vector.Vector
	better   []int32
}

func (m *minMaxNode) eval(st *state, sel []int32, n int) (*vector.Vector, error) {
	merge := merger{out: &m.out, typ: m.typ}
	for i, arg := range m.args {
		v, err := arg.eval(st, sel, n)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			merge.began = true
			vector.Adopt(&m.out, v, n)
			m.out.Type = m.typ
			vector.Assign(&m.out, v, sel, n)
			continue
		}
		m.better = append(m.better[:0], -1)[:0] // never nil, which would mean all
		vector.Each(v, sel, n, func(row int) {
			if !v.IsNull(row) && (m.out.IsNull(row) || m.wins(vector.CompareValues(v, row, &m.out, row))) {
				m.better = append(m.better, int32(row))
			}
		})
		vector.Assign(&m.out, v, m.better, n)
	}
	return merge.result(), nil
}

func (m *minMaxNode) wins(order int) bool {
	if m.greatest {
		return order > 0
	}
	return order < 0
}
