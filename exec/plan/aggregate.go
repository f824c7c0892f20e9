package plan

import (
	t "github.com/sqlgateway/gateway/translate"
)

// cutAggregate sends a grouping to the server of its input when every aggregate
// and every group column has an exact rule there.
func (p *planner) cutAggregate(x *t.Aggregate, need t.ColumnSet) part {
	c := p.cut(x.Input, unaryNeed(x, t.ColumnSet{}))
	if c.remote == nil {
		return part{node: p.localUnary(x, c.node)}
	}
	rt := p.remote(c.server)
	n := *x
	n.Input = c.remote
	ok, why := rt.operator(&n)
	if ok {
		c.remote, c.need = &n, need
		return c
	}
	if !rt.scanOnly() {
		if split, ok := p.splitAverages(&n); ok {
			if ok, _ := rt.operator(split.Input); ok {
				c.remote, c.need = split.Input, t.ColumnsOf(split.Input)
				p.note("splitAverage", "avg is computed from the sum and the count that the source gives")
				return part{node: p.projectNode(split, p.source(c))}
			}
		}
	}
	c.refused(why)
	return part{node: p.localUnary(x, p.source(c))}
}
