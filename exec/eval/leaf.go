package eval

import (
	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

type constNode struct{ value *vector.Vector }

func (c *constNode) eval(*state, []int32, int) (*vector.Vector, error) { return c.value, nil }

type columnNode struct{ index int }

func (c *columnNode) eval(st *state, _ []int32, _ int) (*vector.Vector, error) {
	return st.batch.Cols[c.index], nil
}

// paramNode is a parameter of the statement or a slot of the plan.
type paramNode struct {
	typ   pgtypes.Type
	index int
	exec  bool
	out   vector.Vector
}

func (p *paramNode) eval(st *state, _ []int32, _ int) (*vector.Vector, error) {
	values := st.ctx.Params
	if p.exec {
		values = st.ctx.ExecParams
	}
	if p.index < 0 || p.index >= len(values) {
		return nil, pgerr.New(pgerr.UndefinedObject, "no value found for parameter %d", p.index+1)
	}
	p.out.Type = p.typ
	vector.SetConst(&p.out, values[p.index])
	return &p.out, nil
}

type caseTestNode struct{}

func (caseTestNode) eval(st *state, _ []int32, _ int) (*vector.Vector, error) {
	return st.caseTest, nil
}
