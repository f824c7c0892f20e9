package plan

import t "github.com/sqlgateway/gateway/translate"

// hoistStable computes once what has one value for a whole statement but is not
// known before it runs, such as now() - interval '1 day', when it occurs in a
// condition: sources then get it as an argument. It is an InitPlan like an
// uncorrelated sub-query.
func (p *planner) hoistStable(r t.Rel) t.Rel {
	if w, ok := r.(*t.With); ok {
		for _, c := range w.CTEs {
			p.eachDefinition(c, p.hoistStable)
		}
	}
	r = t.MapInputs(r, p.hoistStable)
	switch r.(type) {
	case *t.Filter, *t.Join:
		return t.MapExprs(r, p.hoistIn)
	}
	return r
}

func (p *planner) hoistIn(e t.Expr) t.Expr {
	if s, ok := e.(*t.Subquery); ok {
		n := t.MapChildren(s, p.hoistIn).(*t.Subquery)
		if in := p.hoistStable(n.Rel); in != n.Rel {
			c := *n
			c.Rel = in
			return &c
		}
		return n
	}
	if !isRunConstant(e) {
		return t.MapChildren(e, p.hoistIn)
	}
	typed := t.Typed{Typ: e.Type(), Coll: e.Collation()}
	col := p.newColumn("value", typed, false)
	one := &t.Values{Rows: [][]t.Expr{{}}}
	in := &initRel{
		slot: p.newSlot(), kind: t.ScalarSubquery, col: col.ID, typ: typed,
		rel: &t.Project{Input: one, Items: []t.ProjectItem{{Col: col, Expr: e}}},
	}
	p.inits = append(p.inits, in)
	return &t.ExecParam{Typed: typed, Slot: in.slot}
}

// isRunConstant says that e is stable and reads nothing but parameters.
func isRunConstant(e t.Expr) bool {
	if t.VolatilityOf(e) != t.Stable || !t.IsConstant(e) {
		return false
	}
	return !t.Any(e, func(e t.Expr) bool {
		switch x := e.(type) {
		case *t.Subquery, *t.CaseTest, *t.AggCall, *t.WindowCall:
			return true
		case *t.FuncExpr:
			return x.ReturnsSet
		}
		return false
	})
}
