package plan

import (
	t "github.com/sqlgateway/gateway/translate"
)

// cutAggregate sends a grouping to the server of its input when every aggregate
// and every group column has an exact rule there.
func (p *planner) cutAggregate(x *t.Aggregate) part {
	c := p.cut(x.Input)
	if c.remote == nil {
		return part{node: p.localUnary(x, c.node)}
	}
	rt := p.remote(c.server)
	n := *x
	n.Input = c.remote
	ok, why := rt.operator(&n)
	if ok {
		c.remote = &n
		return c
	}
	if !rt.scanOnly() {
		if split, ok := p.splitAverages(&n); ok {
			if ok, _ := rt.operator(split.Input); ok {
				c.remote = split.Input
				p.note("splitAverage", "avg is computed from the sum and the count that the source gives")
				return part{node: p.projectNode(split, p.source(c))}
			}
		}
	}
	c.notes = append(c.notes, why)
	return part{node: p.localUnary(x, p.source(c))}
}
