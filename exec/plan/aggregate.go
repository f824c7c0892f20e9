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
	if x.Sets != nil || readsOrder(x) {
		return part{node: p.localUnary(x, p.source(c))}
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

// readsOrder says that an aggregate's result depends on the order that a Sort below
// gives its rows, which a query text would not promise.
func readsOrder(x *t.Aggregate) bool {
	sensitive := false
	for _, a := range x.Aggs {
		sensitive = sensitive || orderSensitive[a.Call.Name] && len(a.Call.OrderBy) == 0
	}
	return sensitive && isSorted(x.Input)
}

// orderSensitive are the aggregates whose result shows the order of their input.
var orderSensitive = map[string]bool{
	"array_agg": true, "string_agg": true, "json_agg": true, "jsonb_agg": true, "json_object_agg": true,
	"jsonb_object_agg": true, "xmlagg": true,
}

// isSorted says that the rows of r come in an order that a Sort made.
func isSorted(r t.Rel) bool {
	switch x := r.(type) {
	case *t.Sort:
		return true
	case *t.Project, *t.Filter, *t.Limit, *t.Dedup:
		return isSorted(x.Inputs()[0])
	}
	return false
}

// orderLost says that an aggregate somewhere in r reads its input's order.
func orderLost(r t.Rel) bool {
	found := false
	eachRel(r, func(r t.Rel) {
		if a, ok := r.(*t.Aggregate); ok {
			found = found || readsOrder(a)
		}
	})
	return found
}
