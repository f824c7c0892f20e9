package plan

import (
	"github.com/sqlgateway/gateway/internal/pgtypes"
	t "github.com/sqlgateway/gateway/translate"
)

// unnest removes the sub-queries of expressions: uncorrelated ones become
// InitPlans, conditions become semi and anti joins, correlated values become left
// joins with a grouped relation, and what is left becomes a lateral join, which is
// lowered to Apply.
func (p *planner) unnest(r t.Rel) t.Rel {
	if p.err != nil {
		return r
	}
	if w, ok := r.(*t.With); ok {
		for _, c := range w.CTEs {
			p.eachDefinition(c, p.unnest)
		}
	}
	r = t.MapInputs(r, p.unnest)
	if !relHasSubquery(r) {
		if j, ok := r.(*t.Join); ok && j.Lateral {
			return p.unnestLateral(j)
		}
		return r
	}
	switch x := r.(type) {
	case *t.Filter:
		return p.unnestFilter(x.Input, conjuncts(x.Cond, nil))
	case *t.Join:
		return p.unnestJoin(x)
	case *t.Project, *t.ProjectSet, *t.Aggregate, *t.Window, *t.Sort:
		in := t.Rel(nil)
		n := newInliner(p, r.Inputs()[0])
		r = t.MapExprs(r, n.expr)
		in = n.input
		return t.WithInputs(r, []t.Rel{in})
	case *t.Limit, *t.Values, *t.FuncScan:
		return p.unnestLeaf(r)
	}
	return r
}

func relHasSubquery(r t.Rel) bool {
	found := false
	t.EachExpr(r, func(e t.Expr) { found = found || t.HasSubquery(e) })
	return found
}

// unnestFilter applies the conditions without sub-queries first, as Postgres does,
// because those with sub-queries cost more.
func (p *planner) unnestFilter(in t.Rel, conds []t.Expr) t.Rel {
	var plain, rest []t.Expr
	for _, c := range conds {
		if t.HasSubquery(c) {
			rest = append(rest, c)
		} else {
			plain = append(plain, c)
		}
	}
	in = filtered(in, plain)
	var values []t.Expr
	for _, c := range rest {
		if joined, ok := p.asJoin(in, c); ok {
			in = joined
		} else {
			values = append(values, c)
		}
	}
	if len(values) == 0 {
		return in
	}
	n := newInliner(p, in)
	n.truthOnly = true
	for i, c := range values {
		values[i] = n.expr(c)
	}
	return filtered(n.input, values)
}

// unnestJoin moves the sub-queries of ON to where they can be joined.
func (p *planner) unnestJoin(x *t.Join) t.Rel {
	conds := conjuncts(x.On, nil)
	if x.Kind == t.InnerJoin {
		bare := &t.Join{Kind: x.Kind, Left: x.Left, Right: x.Right, Lateral: x.Lateral}
		in := t.Rel(bare)
		if bare.Lateral {
			in = p.unnestLateral(bare)
		}
		return p.unnestFilter(in, conds)
	}
	if x.Kind != t.LeftJoin {
		return p.unnestOn(x)
	}
	// The rows of Right that may match are those for which ON holds, so ON may filter
	// Right, where the left row is an outer row.
	right := p.unnestFilter(x.Right, conds)
	j := &t.Join{Kind: t.LeftJoin, Left: x.Left, Right: right, Lateral: t.OuterColumns(right).Intersects(t.ColumnsOf(x.Left)), SingleRow: x.SingleRow}
	if j.Lateral {
		return p.unnestLateral(j)
	}
	return j
}

// unnestOn handles the ON of a full join: only what does not depend on the rows.
func (p *planner) unnestOn(x *t.Join) t.Rel {
	n := newInliner(p, nil)
	j := *x
	j.On = n.expr(x.On)
	return &j
}

// unnestLeaf handles places that have no input row of their own: what is
// uncorrelated becomes an InitPlan, the rest is joined to a single row.
func (p *planner) unnestLeaf(r t.Rel) t.Rel {
	n := newInliner(p, &t.Values{Rows: [][]t.Expr{{}}})
	start := n.input
	out := t.MapExprs(r, n.expr)
	if n.input == start {
		return out
	}
	if v, ok := out.(*t.Values); ok && len(v.Rows) == 1 {
		items := make([]t.ProjectItem, len(v.Cols))
		for i, c := range v.Cols {
			items[i] = t.ProjectItem{Col: c, Expr: v.Rows[0][i]}
		}
		return &t.Project{Input: n.input, Items: items}
	}
	if _, ok := out.(*t.FuncScan); ok {
		return p.unnestLateral(&t.Join{Kind: t.InnerJoin, Left: n.input, Right: out, Lateral: true})
	}
	return p.valuesAsUnion(r)
}

// valuesAsUnion makes one single-row relation of each row of VALUES.
func (p *planner) valuesAsUnion(r t.Rel) t.Rel {
	v, ok := r.(*t.Values)
	if !ok {
		return r
	}
	var out t.Rel
	var ids []t.ColumnID
	for i, row := range v.Rows {
		cols := make([]t.Column, len(v.Cols))
		next := make([]t.ColumnID, len(cols))
		for j, c := range v.Cols {
			cols[j] = p.newColumn(c.Name, t.Typed{Typ: c.Type, Coll: c.Coll}, false)
			next[j] = cols[j].ID
		}
		one := p.unnest(&t.Values{Cols: cols, Rows: [][]t.Expr{row}})
		if out == nil {
			out, ids = one, next
			continue
		}
		outCols := v.Cols
		if i < len(v.Rows)-1 {
			outCols = p.freshColumns(v.Cols)
		}
		out = &t.SetOp{Kind: t.Union, All: true, Left: out, Right: one, Cols: outCols, LeftCols: ids, RightCols: next}
		ids = columnIDs(outCols)
	}
	return out
}

func (p *planner) freshColumns(cols []t.Column) []t.Column {
	out := make([]t.Column, len(cols))
	for i, c := range cols {
		out[i] = p.newColumn(c.Name, t.Typed{Typ: c.Type, Coll: c.Coll}, c.NotNull)
	}
	return out
}

func columnIDs(cols []t.Column) []t.ColumnID {
	ids := make([]t.ColumnID, len(cols))
	for i, c := range cols {
		ids[i] = c.ID
	}
	return ids
}

// asJoin turns a condition that is a sub-query into a join with in.
func (p *planner) asJoin(in t.Rel, cond t.Expr) (t.Rel, bool) {
	negated := false
	if b, ok := cond.(*t.BoolExpr); ok && b.Kind == t.Not {
		cond, negated = b.Args[0], true
	}
	s, ok := cond.(*t.Subquery)
	if !ok || t.VolatilityOf(s) == t.Volatile {
		return in, false
	}
	for _, l := range s.Left {
		if t.HasSubquery(l) {
			return in, false
		}
	}
	switch s.Kind {
	case t.ExistsSubquery:
		return p.existsJoin(in, s, negated)
	case t.AnySubquery, t.AllSubquery:
		return p.quantifiedJoin(in, s, negated), true
	}
	return in, false
}

// existsJoin: EXISTS is a semi join, NOT EXISTS an anti join.
func (p *planner) existsJoin(in t.Rel, s *t.Subquery, negated bool) (t.Rel, bool) {
	if t.OuterColumns(s.Rel).Empty() {
		return in, false // an InitPlan, decided once
	}
	kind, word := t.SemiJoin, "EXISTS"
	if negated {
		kind, word = t.AntiJoin, "NOT EXISTS"
	}
	return p.matchJoin(kind, in, existsRel(p.unnest(s.Rel)), nil, word), true
}

// existsRel drops what does not change whether r has a row.
func existsRel(r t.Rel) t.Rel {
	for {
		switch x := r.(type) {
		case *t.Project:
			if relItemsVolatile(x.Items) {
				return r
			}
			r = x.Input
		case *t.Sort:
			r = x.Input
		case *t.Dedup:
			r = x.Input
		case *t.Limit:
			if n, ok := constInt(x.Count); !ok || n < 1 || x.Offset != nil {
				return r
			}
			r = x.Input
		default:
			return r
		}
	}
}

func relItemsVolatile(items []t.ProjectItem) bool {
	for _, it := range items {
		if isVolatile(it.Expr) {
			return true
		}
	}
	return false
}

// matchJoin joins in with right, decorrelated where possible, on conds.
func (p *planner) matchJoin(kind t.JoinKind, in, right t.Rel, conds []t.Expr, word string) t.Rel {
	outer := t.OuterColumns(right)
	if !outer.Intersects(t.ColumnsOf(in)) {
		return &t.Join{Kind: kind, Left: in, Right: right, On: all(conds)}
	}
	d := decorrelation{p: p, outer: outer, lift: true}
	if flat, ok := d.rel(right); ok {
		p.note("decorrelate", word+" became a join")
		on := append(append([]t.Expr(nil), conds...), d.preds...)
		for i := range on {
			on[i] = t.Substitute(on[i], d.lifted)
		}
		return &t.Join{Kind: kind, Left: in, Right: flat, On: all(on)}
	}
	return &t.Join{Kind: kind, Left: in, Right: right, On: all(conds), Lateral: true}
}

// quantifiedJoin is x op ANY (q) and x op ALL (q) as conditions:
//
//	x = ANY (q)       semi join on x = q
//	x <> ALL (q)      anti join on x = q that minds NULLs
//	x op ALL (q)      anti join on (x op q) IS NOT TRUE
func (p *planner) quantifiedJoin(in t.Rel, s *t.Subquery, negated bool) t.Rel {
	rel := p.unnest(s.Rel)
	cols := columnsByID(rel)
	if s.Kind == t.AnySubquery && !negated {
		return p.matchJoin(t.SemiJoin, in, rel, rowComparison(s, cols, false), "IN")
	}
	if s.Kind == t.AllSubquery && negated {
		// Some row's comparison is false.
		return p.matchJoin(t.SemiJoin, in, rel, []t.Expr{not(all(rowComparison(s, cols, false)))}, "ALL")
	}
	if conds := rowComparison(s, cols, s.Kind == t.AllSubquery); isNotIn(s) {
		return p.notInJoin(in, rel, s, conds, cols)
	}
	test := t.IsNotFalse
	if s.Kind == t.AllSubquery {
		test = t.IsNotTrue
	}
	on := &t.BoolTest{Typed: boolType, Arg: all(rowComparison(s, cols, false)), Kind: test}
	return p.matchJoin(t.AntiJoin, in, rel, []t.Expr{on}, "ALL")
}

func isNotIn(s *t.Subquery) bool {
	return s.Kind == t.AllSubquery && s.Name == "<>" || s.Kind == t.AnySubquery && s.Name == "="
}

// notInJoin is NOT IN. Where neither side can be NULL it is a plain anti join;
// correlated, the NULL rule is part of the condition.
func (p *planner) notInJoin(in, rel t.Rel, s *t.Subquery, conds []t.Expr, cols map[t.ColumnID]t.Column) t.Rel {
	nullable := false
	known := notNullColumns(in)
	for i, l := range s.Left {
		nullable = nullable || !neverNull(l, known) || !cols[s.Columns[i]].NotNull
	}
	if !nullable {
		return p.matchJoin(t.AntiJoin, in, rel, conds, "NOT IN")
	}
	if t.OuterColumns(rel).Intersects(t.ColumnsOf(in)) {
		on := &t.BoolTest{Typed: boolType, Arg: all(conds), Kind: t.IsNotFalse}
		return p.matchJoin(t.AntiJoin, in, rel, []t.Expr{on}, "NOT IN")
	}
	return &t.Join{Kind: t.AntiNullAwareJoin, Left: in, Right: rel, On: all(conds)}
}

// rowComparison compares the left-hand values with the columns of a sub-query,
// with the operators' negators if negate is set.
func rowComparison(s *t.Subquery, cols map[t.ColumnID]t.Column, negate bool) []t.Expr {
	var conds []t.Expr
	for i, l := range s.Left {
		op := &t.OpExpr{Typed: boolType, Op: s.Ops[i], Proc: s.Procs[i], Name: s.Name, Args: []t.Expr{l, cols[s.Columns[i]].Ref()}}
		if negate {
			if n, ok := negateOp(op).(*t.OpExpr); ok {
				op = n
			}
		}
		conds = append(conds, op)
	}
	if s.Name == "<>" && !negate && len(conds) > 1 {
		return []t.Expr{&t.BoolExpr{Typed: boolType, Kind: t.Or, Args: conds}}
	}
	return conds
}

func columnsByID(r t.Rel) map[t.ColumnID]t.Column {
	m := map[t.ColumnID]t.Column{}
	for _, c := range r.Columns() {
		m[c.ID] = c
	}
	return m
}

func int8Const(v int64) t.Expr {
	return &t.Const{Typed: t.Typed{Typ: pgtypes.Of(pgtypes.OIDInt8)}, Value: v}
}
