package plan

import t "github.com/sqlgateway/gateway/translate"

// sinkLimits moves LIMIT, with the ORDER BY under it, below projections, and gives
// the branches of UNION ALL a limit of their own, so that sources can stop early
// and expressions are computed for the rows that come out only.
func (p *planner) sinkLimits(r t.Rel) t.Rel {
	if l, ok := r.(*t.Limit); ok {
		if n, ok := p.sinkLimit(l); ok {
			return p.sinkLimits(n)
		}
	}
	if w, ok := r.(*t.With); ok {
		for _, c := range w.CTEs {
			p.eachDefinition(c, p.sinkLimits)
		}
	}
	return t.MapInputs(r, p.sinkLimits)
}

func (p *planner) sinkLimit(x *t.Limit) (t.Rel, bool) {
	switch in := x.Input.(type) {
	case *t.Project:
		if relItemsVolatile(in.Items) {
			return nil, false
		}
		n := *x
		n.Input = in.Input
		return &t.Project{Input: &n, Items: in.Items}, true
	case *t.Sort:
		return p.sinkTopN(x, in)
	case *t.SetOp:
		return p.limitBranches(x, in)
	}
	return nil, false
}

// sinkTopN: Limit(Sort(Project(r))) becomes Project(Limit(Sort(r))) when the keys
// are columns of r.
func (p *planner) sinkTopN(x *t.Limit, s *t.Sort) (t.Rel, bool) {
	if union, ok := s.Input.(*t.SetOp); ok {
		return p.topBranches(x, s, union)
	}
	pr, ok := s.Input.(*t.Project)
	if !ok || relItemsVolatile(pr.Items) {
		return nil, false
	}
	subst := map[t.ColumnID]t.Expr{}
	for _, it := range pr.Items {
		subst[it.Col.ID] = it.Expr
	}
	keys := append([]t.SortKey(nil), s.Keys...)
	for i := range keys {
		keys[i].Expr = t.Substitute(keys[i].Expr, subst)
		if _, ok := keys[i].Expr.(*t.ColRef); !ok {
			return nil, false
		}
	}
	n := *x
	n.Input = &t.Sort{Input: pr.Input, Keys: keys}
	return &t.Project{Input: &n, Items: pr.Items}, true
}

func (p *planner) limitBranches(x *t.Limit, s *t.SetOp) (t.Rel, bool) {
	count, ok := branchLimit(x, s)
	if !ok {
		return nil, false
	}
	union, n := *s, *x
	union.Left, union.Right = limited(s.Left, count), limited(s.Right, count)
	n.Input = &union
	return &n, true
}

// topBranches gives each branch of UNION ALL the order and the limit above it.
func (p *planner) topBranches(x *t.Limit, s *t.Sort, union *t.SetOp) (t.Rel, bool) {
	count, ok := branchLimit(x, union)
	if !ok {
		return nil, false
	}
	for _, k := range s.Keys {
		if isVolatile(k.Expr) {
			return nil, false
		}
	}
	branch := func(r t.Rel, ids []t.ColumnID) t.Rel {
		if isLimited(r) {
			return r
		}
		exprs := make([]t.Expr, len(s.Keys))
		for i, k := range s.Keys {
			exprs[i] = k.Expr
		}
		keys := append([]t.SortKey(nil), s.Keys...)
		for i, e := range renamed(exprs, union.Cols, ids) {
			keys[i].Expr = e
		}
		return limited(&t.Sort{Input: r, Keys: keys}, count)
	}
	u, n := *union, *x
	u.Left, u.Right = branch(union.Left, union.LeftCols), branch(union.Right, union.RightCols)
	n.Input = &t.Sort{Input: &u, Keys: s.Keys}
	return &n, true
}

// branchLimit is how many rows of each branch of UNION ALL a limit above may take.
func branchLimit(x *t.Limit, s *t.SetOp) (int64, bool) {
	count, ok := constInt(x.Count)
	if s.Kind != t.Union || !s.All || !ok || x.WithTies || isLimited(s.Left) && isLimited(s.Right) {
		return 0, false
	}
	offset := int64(0)
	if x.Offset != nil {
		if offset, ok = constInt(x.Offset); !ok {
			return 0, false
		}
	}
	const most = 1 << 40 // beyond, a limit saves nothing and sums could overflow
	return count + offset, count < most && offset < most
}

func limited(r t.Rel, count int64) t.Rel {
	if isLimited(r) {
		return r
	}
	return &t.Limit{Input: r, Count: int8Const(count)}
}

// isLimited says that r already has a limit at its top, under projections.
func isLimited(r t.Rel) bool {
	switch x := r.(type) {
	case *t.Limit:
		return true
	case *t.Project:
		return isLimited(x.Input)
	}
	return false
}
