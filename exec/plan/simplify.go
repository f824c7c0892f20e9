package plan

import (
	t "github.com/sqlgateway/gateway/translate"
)

// simplify folds constants, flattens conditions, removes filters that do nothing
// and puts common table expressions that are read once in place.
func (p *planner) simplify(r t.Rel) t.Rel {
	r = p.inlineCTEs(r)
	return p.simplifyRel(r)
}

func (p *planner) simplifyRel(r t.Rel) t.Rel {
	if w, ok := r.(*t.With); ok {
		for _, c := range w.CTEs {
			p.eachDefinition(c, p.simplifyRel)
		}
	}
	r = t.MapInputs(r, p.simplifyRel)
	r = t.MapExprs(r, p.simplifyExpr)
	switch x := r.(type) {
	case *t.Filter:
		return p.simplifyFilter(x)
	case *t.Join:
		return p.simplifyJoin(x)
	case *t.Project:
		return p.mergeProjects(x)
	}
	return r
}

// eachDefinition replaces the parts of a CTE that the planner owns.
func (p *planner) eachDefinition(c *t.CTE, f func(t.Rel) t.Rel) {
	for _, d := range []*t.Rel{&c.Rel, &c.Base, &c.Step} {
		if *d != nil {
			*d = f(*d)
		}
	}
}

func (p *planner) simplifyFilter(x *t.Filter) t.Rel {
	var conds []t.Expr
	for _, c := range conjuncts(x.Cond, nil) {
		conds = append(conds, p.factorOr(c)...)
	}
	for _, c := range conds {
		if isFalseOrNull(c) && !relVolatile(x.Input) && !anyVolatile(conds) {
			p.note("neverTrue", "a condition that never holds replaced its input by no rows")
			return &t.Values{Cols: x.Input.Columns()}
		}
	}
	return filtered(x.Input, conds)
}

func anyVolatile(conds []t.Expr) bool {
	for _, c := range conds {
		if isVolatile(c) {
			return true
		}
	}
	return false
}

// simplifyJoin turns right joins around and drops conditions that always hold.
func (p *planner) simplifyJoin(x *t.Join) t.Rel {
	n := *x
	if n.Kind == t.RightJoin {
		n.Kind, n.Left, n.Right = t.LeftJoin, n.Right, n.Left
	}
	var conds []t.Expr
	for _, c := range conjuncts(n.On, nil) {
		conds = append(conds, p.factorOr(c)...)
	}
	n.On = all(conds)
	if n.Lateral && !t.OuterColumns(n.Right).Intersects(t.ColumnsOf(n.Left)) {
		n.Lateral = false
	}
	if n.Kind == t.InnerJoin && !n.Lateral {
		if isUnitRow(n.Left) {
			return filtered(n.Right, conds)
		}
		if isUnitRow(n.Right) {
			return filtered(n.Left, conds)
		}
	}
	return &n
}

// isUnitRow says that r is one row without columns, as FROM-less queries have.
func isUnitRow(r t.Rel) bool {
	v, ok := r.(*t.Values)
	return ok && len(v.Rows) == 1 && len(v.Cols) == 0
}

// mergeProjects computes two projections in one where no expression is computed
// more often than before.
func (p *planner) mergeProjects(x *t.Project) t.Rel {
	below, ok := x.Input.(*t.Project)
	if !ok {
		return x
	}
	uses := map[t.ColumnID]int{}
	for _, it := range x.Items {
		countRefs(it.Expr, uses)
	}
	subst := map[t.ColumnID]t.Expr{}
	for _, it := range below.Items {
		if !isCheap(it.Expr) && (uses[it.Col.ID] > 1 || isVolatile(it.Expr) || t.HasSubquery(it.Expr)) {
			return x
		}
		subst[it.Col.ID] = it.Expr
	}
	for _, it := range x.Items {
		if t.HasSubquery(it.Expr) {
			return x
		}
	}
	items := make([]t.ProjectItem, len(x.Items))
	for i, it := range x.Items {
		items[i] = t.ProjectItem{Col: it.Col, Expr: t.Substitute(it.Expr, subst)}
	}
	return &t.Project{Input: below.Input, Items: items}
}

// isCheap says that computing e twice costs nothing.
func isCheap(e t.Expr) bool {
	switch e.(type) {
	case *t.ColRef, *t.Const, *t.Param, *t.ExecParam:
		return true
	}
	return false
}

func countRefs(e t.Expr, uses map[t.ColumnID]int) {
	if c, ok := e.(*t.ColRef); ok {
		uses[c.ID]++
		return
	}
	t.EachChild(e, func(c t.Expr) { countRefs(c, uses) })
}
