package plan

import (
	t "github.com/sqlgateway/gateway/translate"
)

// part is a planned piece of the tree. Either a server answers all of it (remote is
// set: anything under it will be SQL, or a scan, at that server), or node runs here.
type part struct {
	node   Node
	remote t.Rel
	server string
	// need is the columns that are read above.
	need t.ColumnSet
	// notes say what could not go to the server, for the Source to show.
	notes []Note
}

// refused notes why something stays here.
func (a *part) refused(why Note) {
	if why.Code == "" {
		return
	}
	for _, n := range a.notes {
		if n == why {
			return
		}
	}
	a.notes = append(a.notes, why)
}

// sameServer says that both parts can be one query.
func (a part) sameServer(b part) bool {
	return a.remote != nil && b.remote != nil && a.server == b.server
}

// cut plans r bottom-up: each operator joins the query of its server when the
// server answers exactly what Postgres would, and else runs here over what the
// server gives.
func (p *planner) cut(r t.Rel, need t.ColumnSet) part {
	switch x := r.(type) {
	case *t.Scan:
		p.remote(x.Table.Server).learn(x)
		return part{remote: x, server: x.Table.Server, need: need}
	case *t.Filter:
		return p.cutFilter(x, need)
	case *t.Project:
		return p.cutProject(x, need)
	case *t.Join:
		if x.Lateral {
			return part{node: p.apply(x, need)}
		}
		return p.cutJoin(x, need)
	case *t.Aggregate:
		return p.cutAggregate(x, need)
	case *t.Limit:
		return p.cutLimit(x, need)
	case *t.SetOp:
		return p.cutSetOp(x, need)
	case *t.Sort, *t.Dedup, *t.Window, *t.Lock:
		return p.cutUnary(r, need)
	}
	return part{node: p.local(r, need)}
}

// also is need with the columns that exprs read.
func also(need t.ColumnSet, exprs ...t.Expr) t.ColumnSet {
	out := need.Clone()
	for _, e := range exprs {
		if e != nil {
			out.AddSet(t.ColumnsIn(e))
		}
	}
	return out
}

// node is the part as a plan that runs here: a remote one becomes a Source.
func (p *planner) nodeOf(c part) Node {
	if c.remote == nil {
		return c.node
	}
	return p.source(c)
}

// lower plans r to run here.
func (p *planner) lower(r t.Rel, need t.ColumnSet) Node { return p.nodeOf(p.cut(r, need)) }

// lowerAll plans r with all of its columns.
func (p *planner) lowerAll(r t.Rel) Node { return p.lower(r, t.ColumnsOf(r)) }

func (p *planner) cutFilter(x *t.Filter, need t.ColumnSet) part {
	c := p.cut(x.Input, also(need, x.Cond))
	conds := conjuncts(x.Cond, nil)
	if c.remote == nil {
		return part{node: p.filterNode(x, c.node, conds)}
	}
	rt := p.remote(c.server)
	if rt.scanOnly() {
		return part{node: p.filterNode(x, p.scanSource(c, conds), conds)}
	}
	var push, keep []t.Expr
	for _, cond := range conds {
		claim, why := rt.condition(cond)
		if claim.Mode != t.None {
			push = append(push, cond)
		}
		if claim.Mode != t.Exact {
			keep = append(keep, cond)
			c.refused(why)
		}
	}
	if len(push) > 0 {
		c.remote = &t.Filter{Input: c.remote, Cond: all(push)}
	}
	c.need = also(need, keep...)
	if len(keep) == 0 {
		return c
	}
	return part{node: p.filterNode(x, p.source(c), keep)}
}

func (p *planner) filterNode(x t.Rel, in Node, conds []t.Expr) Node {
	for i, c := range conds {
		conds[i] = p.localExpr(c)
	}
	return &Filter{Info: Info{Cols: in.Columns(), Rows: p.est.of(x)}, Input: in, Conds: conds}
}

func (p *planner) cutProject(x *t.Project, need t.ColumnSet) part {
	var below t.ColumnSet
	for _, it := range x.Items {
		below.AddSet(t.ColumnsIn(it.Expr))
	}
	c := p.cut(x.Input, below)
	if c.remote == nil {
		return part{node: p.projectNode(x, c.node)}
	}
	n := &t.Project{Input: c.remote, Items: x.Items}
	ok, why := p.projectable(c.server, n)
	if !ok {
		c.refused(why)
		return part{node: p.projectNode(x, p.source(c))}
	}
	c.remote, c.need = n, need
	return c
}

// projectable says that a server computes every item of x exactly.
func (p *planner) projectable(server string, x *t.Project) (bool, Note) {
	rt := p.remote(server)
	for _, it := range x.Items {
		if ok, why := rt.value(it.Expr); !ok {
			return false, why
		}
	}
	return rt.operator(x)
}

func (p *planner) projectNode(x *t.Project, in Node) Node {
	items, _ := mapItems(x.Items, p.localExpr)
	if sameColumns(items, in.Columns()) {
		return in
	}
	return &Project{Info: Info{Cols: x.Columns(), Rows: in.Estimate()}, Input: in, Items: items}
}

func mapItems(items []t.ProjectItem, f func(t.Expr) t.Expr) ([]t.ProjectItem, bool) {
	copied := false
	for i := range items {
		n := f(items[i].Expr)
		if n == items[i].Expr {
			continue
		}
		if !copied {
			items = append([]t.ProjectItem(nil), items...)
			copied = true
		}
		items[i].Expr = n
	}
	return items, copied
}

// cutJoin sends a join to the server that has both sides. An inner join may leave
// conditions behind, as a filter above it.
func (p *planner) cutJoin(x *t.Join, need t.ColumnSet) part {
	below := also(need, x.On)
	l, r := p.cut(x.Left, below), p.cut(x.Right, below)
	if !l.sameServer(r) || x.SingleRow {
		return part{node: p.joinNode(x, l, r)}
	}
	rt := p.remote(l.server)
	n := *x
	n.Left, n.Right = l.remote, r.remote
	out := part{server: l.server, notes: append(l.notes, r.notes...)}
	var push, keep []t.Expr
	for _, cond := range conjuncts(x.On, nil) {
		claim, why := rt.condition(cond)
		if claim.Mode == t.Exact || claim.Mode == t.Superset && x.Kind == t.InnerJoin {
			push = append(push, cond)
		}
		if claim.Mode != t.Exact {
			keep = append(keep, cond)
			out.refused(why)
		}
	}
	n.On = all(push)
	ok, why := rt.operator(&n)
	if !ok {
		l.refused(why)
	}
	if !ok || len(keep) > 0 && x.Kind != t.InnerJoin || !hasEquality(push) && !p.smallCross(x) {
		return part{node: p.joinNode(x, l, r)}
	}
	out.remote, out.need = &n, also(need, keep...)
	if len(keep) == 0 {
		return out
	}
	return part{node: p.filterNode(x, p.source(out), keep)}
}

func hasEquality(conds []t.Expr) bool {
	for _, c := range conds {
		if _, ok := isEquality(c); ok {
			return true
		}
	}
	return false
}

// smallCross says that a join without an equality makes few rows: more would be
// moved than the two sides hold.
func (p *planner) smallCross(x *t.Join) bool {
	return p.est.of(x) <= p.est.of(x.Left)+p.est.of(x.Right)
}

// cutUnary handles the operators of one input that go whole or not at all.
func (p *planner) cutUnary(r t.Rel, need t.ColumnSet) part {
	c := p.cut(r.Inputs()[0], unaryNeed(r, need))
	if c.remote != nil {
		n := t.WithInputs(r, []t.Rel{c.remote})
		ok, why := p.remote(c.server).operator(n)
		if ok {
			c.remote, c.need = n, need
			return c
		}
		c.refused(why)
	}
	return part{node: p.localUnary(r, p.nodeOf(c))}
}

// unaryNeed is what an operator reads of its input for need to come out of it.
func unaryNeed(r t.Rel, need t.ColumnSet) t.ColumnSet {
	below := need.Clone()
	t.EachExpr(r, func(e t.Expr) { below.AddSet(t.ColumnsIn(e)) })
	switch x := r.(type) {
	case *t.Dedup:
		below.AddSet(t.ColumnSetOf(x.On...))
	case *t.Window:
		below.AddSet(t.ColumnSetOf(x.Partition...))
	case *t.Aggregate:
		below.AddSet(t.ColumnSetOf(x.Groups...))
	}
	return below
}

func (p *planner) cutLimit(x *t.Limit, need t.ColumnSet) part {
	if s, ok := x.Input.(*t.Sort); ok {
		return p.cutTopN(x, s, need)
	}
	c := p.cut(x.Input, need)
	if c.remote == nil {
		return part{node: p.limitNode(x, c.node, nil)}
	}
	rt := p.remote(c.server)
	if rt.scanOnly() {
		return part{node: p.limitNode(x, p.limitedScan(c, x), nil)}
	}
	n := t.WithInputs(x, []t.Rel{c.remote})
	if ok, why := rt.operator(n); !ok {
		c.refused(why)
		return part{node: p.limitNode(x, p.source(c), nil)}
	}
	c.remote = n
	return c
}

// cutTopN keeps ORDER BY and LIMIT together, at the server or here.
func (p *planner) cutTopN(x *t.Limit, s *t.Sort, need t.ColumnSet) part {
	below := need
	if x.WithTies {
		below = unaryNeed(s, need)
	}
	c := p.cutUnary(s, below)
	if c.remote != nil {
		n := t.WithInputs(x, []t.Rel{c.remote})
		ok, why := p.remote(c.server).operator(n)
		if ok {
			c.remote, c.need = n, need
			return c
		}
		c.refused(why)
		return part{node: p.limitNode(x, p.source(c), s.Keys)}
	}
	if n, ok := c.node.(*Sort); ok && !x.WithTies {
		n.Count, n.Offset = x.Count, x.Offset
		n.Rows = p.est.of(x)
	}
	return part{node: p.limitNode(x, c.node, s.Keys)}
}

func (p *planner) limitNode(x *t.Limit, in Node, keys []t.SortKey) Node {
	n := &Limit{Info: Info{Cols: in.Columns(), Rows: p.est.of(x)}, Input: in, Count: x.Count, Offset: x.Offset, WithTies: x.WithTies}
	if x.WithTies {
		n.Keys = keys
	}
	return n
}

func (p *planner) cutSetOp(x *t.SetOp, need t.ColumnSet) part {
	l, r := p.cut(x.Left, t.ColumnSetOf(x.LeftCols...)), p.cut(x.Right, t.ColumnSetOf(x.RightCols...))
	if l.sameServer(r) {
		n := *x
		n.Left, n.Right = l.remote, r.remote
		ok, why := p.remote(l.server).operator(&n)
		if ok {
			return part{remote: &n, server: l.server, need: need, notes: append(l.notes, r.notes...)}
		}
		l.refused(why)
	}
	return part{node: p.setOpNode(x, l, r)}
}

func (p *planner) setOpNode(x *t.SetOp, l, r part) Node {
	return &SetOp{
		Info: Info{Cols: x.Cols, Rows: p.est.of(x)}, Kind: x.Kind, All: x.All,
		Left: p.nodeOf(l), Right: p.nodeOf(r), LeftCols: x.LeftCols, RightCols: x.RightCols,
	}
}
