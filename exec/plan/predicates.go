package plan

import t "github.com/sqlgateway/gateway/translate"

// pushPredicates moves conditions to where their columns come from.
//
// The rule on errors: a rewrite may let an expression see fewer rows than it would
// in Postgres, never rows that Postgres would not show it. Conditions therefore go
// where Postgres itself puts them (through inner joins to the side they read, into
// groups, partitions and set operations), always behind the conditions that are
// already there; they do not pass LIMIT, nor the null-extended side of an outer
// join. Volatile conditions do not move at all.
func (p *planner) pushPredicates(r t.Rel) t.Rel { return p.push(r, nil) }

// push gives r restricted by conds, each as far down as it may go.
func (p *planner) push(r t.Rel, conds []t.Expr) t.Rel {
	switch x := r.(type) {
	case *t.Filter:
		return p.pushFilter(x, conds)
	case *t.Project:
		return p.pushProject(x, conds)
	case *t.ProjectSet:
		pass, stay := splitConds(conds, t.ColumnsOf(x.Input))
		return filtered(&t.ProjectSet{Input: p.push(x.Input, pass), Items: x.Items}, stay)
	case *t.Join:
		return p.pushJoin(x, conds)
	case *t.Aggregate:
		return p.pushAggregate(x, conds)
	case *t.Window:
		pass, stay := splitConds(conds, t.ColumnSetOf(x.Partition...))
		return filtered(t.WithInputs(x, []t.Rel{p.push(x.Input, pass)}), stay)
	case *t.Dedup:
		pass, stay := splitConds(conds, t.ColumnSetOf(x.On...))
		return filtered(t.WithInputs(x, []t.Rel{p.push(x.Input, pass)}), stay)
	case *t.Sort:
		return &t.Sort{Input: p.push(x.Input, conds), Keys: x.Keys}
	case *t.SetOp:
		return p.pushSetOp(x, conds)
	case *t.With:
		for _, c := range x.CTEs {
			p.eachDefinition(c, p.pushPredicates)
		}
		return &t.With{CTEs: x.CTEs, Body: p.push(x.Body, conds)}
	}
	r = t.MapInputs(r, p.pushPredicates)
	return filtered(r, conds)
}

// splitConds separates the conditions that read only below, and something of it,
// from the rest.
func splitConds(conds []t.Expr, below t.ColumnSet) (pass, stay []t.Expr) {
	for _, c := range conds {
		refs := t.ColumnsIn(c)
		if !refs.Empty() && refs.SubsetOf(below) {
			pass = append(pass, c)
		} else {
			stay = append(stay, c)
		}
	}
	return pass, stay
}

func (p *planner) pushFilter(x *t.Filter, conds []t.Expr) t.Rel {
	var pass, stay []t.Expr
	for _, c := range append(conjuncts(x.Cond, nil), conds...) {
		if isVolatile(c) {
			stay = append(stay, c)
		} else {
			pass = append(pass, c)
		}
	}
	return filtered(p.push(x.Input, pass), stay)
}

// pushProject states conditions over what the projection reads.
func (p *planner) pushProject(x *t.Project, conds []t.Expr) t.Rel {
	if len(conds) == 0 {
		return &t.Project{Input: p.push(x.Input, nil), Items: x.Items}
	}
	subst := map[t.ColumnID]t.Expr{}
	var fixed t.ColumnSet
	for _, it := range x.Items {
		if ref, ok := it.Expr.(*t.ColRef); ok && ref.ID == it.Col.ID {
			continue
		}
		if isVolatile(it.Expr) || t.HasSubquery(it.Expr) {
			fixed.Add(it.Col.ID)
		}
		subst[it.Col.ID] = it.Expr
	}
	var pass, stay []t.Expr
	for _, c := range conds {
		if t.ColumnsIn(c).Intersects(fixed) {
			stay = append(stay, c)
		} else {
			pass = append(pass, t.Substitute(c, subst))
		}
	}
	return filtered(&t.Project{Input: p.push(x.Input, pass), Items: x.Items}, stay)
}

// pushAggregate turns conditions on group columns into conditions on the input.
func (p *planner) pushAggregate(x *t.Aggregate, conds []t.Expr) t.Rel {
	var groups t.ColumnSet
	if x.Sets == nil {
		groups = t.ColumnSetOf(x.Groups...)
	}
	pass, stay := splitConds(conds, groups)
	return filtered(t.WithInputs(x, []t.Rel{p.push(x.Input, pass)}), stay)
}

func (p *planner) pushSetOp(x *t.SetOp, conds []t.Expr) t.Rel {
	pass, stay := splitConds(conds, t.ColumnSetOf(columnIDs(x.Cols)...))
	n := *x
	n.Left = p.push(x.Left, renamed(pass, x.Cols, x.LeftCols))
	n.Right = p.push(x.Right, renamed(pass, x.Cols, x.RightCols))
	return filtered(&n, stay)
}

// renamed states conditions over cols in terms of the columns to.
func renamed(conds []t.Expr, cols []t.Column, to []t.ColumnID) []t.Expr {
	subst := map[t.ColumnID]t.Expr{}
	for i, c := range cols {
		from := c
		from.ID = to[i]
		subst[c.ID] = from.Ref()
	}
	out := make([]t.Expr, len(conds))
	for i, c := range conds {
		out[i] = t.Substitute(c, subst)
	}
	return out
}

func (p *planner) pushJoin(x *t.Join, conds []t.Expr) t.Rel {
	x = p.reduceOuter(x, conds)
	switch x.Kind {
	case t.InnerJoin:
		return p.pushInner(x, conds)
	case t.LeftJoin:
		return p.pushLeft(x, conds)
	case t.SemiJoin, t.AntiJoin, t.AntiNullAwareJoin:
		return p.pushSemi(x, conds)
	}
	return filtered(t.MapInputs(x, p.pushPredicates), conds)
}

// reduceOuter makes an inner join of an outer one when conds drop the rows that it
// fills with NULLs.
func (p *planner) reduceOuter(x *t.Join, conds []t.Expr) *t.Join {
	if x.Kind != t.LeftJoin && x.Kind != t.FullJoin || len(conds) == 0 || x.SingleRow {
		return x
	}
	var strict t.ColumnSet
	for _, c := range conds {
		rejectsNull(c, &strict)
	}
	n := *x
	left, right := strict.Intersects(t.ColumnsOf(x.Left)), strict.Intersects(t.ColumnsOf(x.Right))
	switch {
	case x.Kind == t.LeftJoin && right, x.Kind == t.FullJoin && left && right:
		n.Kind = t.InnerJoin
	case x.Kind == t.FullJoin && left:
		n.Kind = t.LeftJoin
	case x.Kind == t.FullJoin && right:
		n.Kind, n.Left, n.Right = t.LeftJoin, x.Right, x.Left
	default:
		return x
	}
	p.note("reduceOuterJoin", "a condition above drops the rows that the outer join fills with NULLs")
	return &n
}

func (p *planner) pushInner(x *t.Join, conds []t.Expr) t.Rel {
	left, right := t.ColumnsOf(x.Left), t.ColumnsOf(x.Right)
	pool := append(conjuncts(x.On, nil), conds...)
	derived := p.derive(pool)
	var toLeft, toRight, on, stay []t.Expr
	for i, c := range append(pool, derived...) {
		refs := t.ColumnsIn(c)
		l, r := refs.Intersects(left), refs.Intersects(right)
		switch {
		case l && !r && !isVolatile(c):
			toLeft = append(toLeft, c)
		case r && !l && !isVolatile(c):
			toRight = append(toRight, c)
		case i >= len(pool): // derived, and of no use to one side alone
		case l && r && !isVolatile(c):
			on = append(on, c)
		default:
			stay = append(stay, c)
		}
	}
	n := *x
	n.Left, n.Right, n.On = p.push(x.Left, toLeft), p.push(x.Right, toRight), all(dropEqual(on))
	return filtered(&n, stay)
}

// pushLeft: conditions above go to the left side; conditions of ON on the right
// side alone go there, and so does what follows for it from the left side's.
func (p *planner) pushLeft(x *t.Join, conds []t.Expr) t.Rel {
	left, right := t.ColumnsOf(x.Left), t.ColumnsOf(x.Right)
	var toLeft, toRight, on, stay []t.Expr
	for _, c := range conds {
		refs := t.ColumnsIn(c)
		if refs.Intersects(right) || !refs.Intersects(left) {
			stay = append(stay, c)
		} else {
			toLeft = append(toLeft, c)
		}
	}
	onConds := conjuncts(x.On, nil)
	for _, c := range onConds {
		refs := t.ColumnsIn(c)
		if !x.SingleRow && refs.Intersects(right) && !refs.Intersects(left) && !isVolatile(c) {
			toRight = append(toRight, c)
		} else {
			on = append(on, c)
		}
	}
	if !x.SingleRow {
		for _, c := range p.derive(append(append([]t.Expr(nil), onConds...), toLeft...)) {
			if refs := t.ColumnsIn(c); refs.Intersects(right) && !refs.Intersects(left) {
				toRight = append(toRight, c)
			}
		}
	}
	n := *x
	n.Left, n.Right, n.On = p.push(x.Left, toLeft), p.push(x.Right, toRight), all(on)
	return filtered(&n, stay)
}

// pushSemi: only left columns come out, so conditions above go left.
func (p *planner) pushSemi(x *t.Join, conds []t.Expr) t.Rel {
	left, right := t.ColumnsOf(x.Left), t.ColumnsOf(x.Right)
	toLeft := conds
	var toRight, on []t.Expr
	onConds := conjuncts(x.On, nil)
	for _, c := range onConds {
		refs := t.ColumnsIn(c)
		switch {
		case x.Kind == t.AntiNullAwareJoin || isVolatile(c):
			on = append(on, c)
		case refs.Intersects(right) && !refs.Intersects(left):
			toRight = append(toRight, c)
		case x.Kind == t.SemiJoin && refs.Intersects(left) && !refs.Intersects(right):
			toLeft = append(toLeft[:len(toLeft):len(toLeft)], c)
		default:
			on = append(on, c)
		}
	}
	if x.Kind != t.AntiNullAwareJoin {
		for _, c := range p.derive(append(append([]t.Expr(nil), onConds...), toLeft...)) {
			if refs := t.ColumnsIn(c); refs.Intersects(right) && !refs.Intersects(left) {
				toRight = append(toRight, c)
			}
		}
	}
	n := *x
	n.Left, n.Right, n.On = p.push(x.Left, toLeft), p.push(x.Right, toRight), all(on)
	return p.sinkSemi(&n)
}

// sinkSemi moves a semi join into the one side of an inner join that it reads,
// so that it reduces that side before it is joined.
func (p *planner) sinkSemi(x *t.Join) t.Rel {
	j, ok := x.Left.(*t.Join)
	if !ok || x.Kind != t.SemiJoin || x.Lateral || j.Kind != t.InnerJoin || j.Lateral || !onlyEqualities(x.On) {
		return x
	}
	refs := t.ColumnsIn(x.On).Minus(t.ColumnsOf(x.Right))
	if refs.Empty() {
		return x
	}
	n, semi := *j, *x
	switch {
	case refs.SubsetOf(t.ColumnsOf(j.Left)):
		semi.Left = j.Left
		n.Left = p.sinkSemi(&semi)
	case refs.SubsetOf(t.ColumnsOf(j.Right)):
		semi.Left = j.Right
		n.Right = p.sinkSemi(&semi)
	default:
		return x
	}
	p.note("sinkSemiJoin", "a semi join was applied before the join above it")
	return &n
}

func onlyEqualities(on t.Expr) bool {
	for _, c := range conjuncts(on, nil) {
		if _, ok := isEquality(c); !ok {
			return false
		}
	}
	return true
}
