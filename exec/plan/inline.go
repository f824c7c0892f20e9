package plan

import (
	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	t "github.com/sqlgateway/gateway/translate"
)

// inliner replaces the sub-queries in the expressions over one relation by
// columns that it joins to that relation, or by ExecParams.
type inliner struct {
	p     *planner
	input t.Rel // grows; nil where there is no row to join to
	done  map[*t.Subquery]t.Expr
	// truthOnly says that the expressions are conditions, where NULL is as good as
	// FALSE; it is lost below anything but AND and OR.
	truthOnly bool
	// guards hold where the expression at hand is evaluated: it stands in a branch of
	// CASE, or behind other arguments of AND, OR or COALESCE. A sub-query that could raise only sees rows for which they hold.
	guards []t.Expr
}

func newInliner(p *planner, input t.Rel) *inliner {
	return &inliner{p: p, input: input, done: map[*t.Subquery]t.Expr{}}
}

func (n *inliner) expr(e t.Expr) t.Expr {
	switch x := e.(type) {
	case nil:
		return nil
	case *t.Subquery:
		return n.subquery(x)
	case *t.BoolExpr:
		if x.Kind != t.Not && t.HasSubquery(x) {
			kind := t.IsNotFalse
			if x.Kind == t.Or {
				kind = t.IsNotTrue
			}
			return &t.BoolExpr{Typed: x.Typed, Kind: x.Kind, Args: n.sequence(x.Args, func(arg t.Expr) t.Expr {
				return &t.BoolTest{Typed: boolType, Arg: arg, Kind: kind}
			})}
		}
	case *t.Coalesce:
		if t.HasSubquery(x) {
			was := n.truthOnly
			n.truthOnly = false
			args := n.sequence(x.Args, func(arg t.Expr) t.Expr { return &t.NullTest{Typed: boolType, Arg: arg} })
			n.truthOnly = was
			return &t.Coalesce{Typed: x.Typed, Args: args}
		}
	case *t.Const, *t.Param, *t.ColRef:
		return e
	case *t.Case:
		if t.HasSubquery(x) {
			return n.branches(x)
		}
	}
	was := n.truthOnly
	n.truthOnly = false
	e = t.MapChildren(e, n.expr)
	n.truthOnly = was
	return e
}

// branches inlines CASE branch by branch, each guarded by the conditions that lead
// to it.
func (n *inliner) branches(x *t.Case) t.Expr {
	was, guards := n.truthOnly, n.guards
	n.truthOnly = false
	c := &t.Case{Typed: x.Typed, Arg: n.expr(x.Arg), Whens: make([]t.When, len(x.Whens))}
	for i, w := range x.Whens {
		cond := n.expr(w.Cond)
		whole := testing(cond, c.Arg)
		before := n.guards
		n.guards = guarded(before, &t.BoolTest{Typed: boolType, Arg: whole, Kind: t.IsTrue})
		c.Whens[i] = t.When{Cond: cond, Result: n.expr(w.Result)}
		n.guards = guarded(before, &t.BoolTest{Typed: boolType, Arg: whole, Kind: t.IsNotTrue})
	}
	c.Else = n.expr(x.Else)
	n.truthOnly, n.guards = was, guards
	return c
}

// testing is a condition of CASE arg WHEN with arg in the place that stands for it.
func testing(cond, arg t.Expr) t.Expr {
	switch x := cond.(type) {
	case *t.CaseTest:
		if arg != nil {
			return arg
		}
	case *t.Case:
		if x.Arg != nil {
			return cond // its own place is another
		}
	}
	return t.MapChildren(cond, func(e t.Expr) t.Expr { return testing(e, arg) })
}

// sequence inlines what is evaluated from left to right until one decides; goesOn says
// of an argument that it has not.
func (n *inliner) sequence(args []t.Expr, goesOn func(t.Expr) t.Expr) []t.Expr {
	before := n.guards
	out := make([]t.Expr, len(args))
	for i, arg := range args {
		out[i] = n.expr(arg)
		n.guards = guarded(n.guards, goesOn(out[i]))
	}
	n.guards = before
	return out
}

func guarded(guards []t.Expr, cond t.Expr) []t.Expr {
	if isVolatile(cond) {
		return guards
	}
	return append(guards[:len(guards):len(guards)], cond)
}

// gated is a relation that runs for each outer row, for those rows alone that the
// guards let pass; of others its rows mean nothing. What may raise has the guards below
// it, at the leaves.
func (n *inliner) gated(r t.Rel) t.Rel {
	if len(n.guards) == 0 || !relMayRaise(r) {
		return filtered(r, n.guards)
	}
	var leaves func(t.Rel) t.Rel
	leaves = func(r t.Rel) t.Rel {
		if len(r.Inputs()) == 0 {
			return filtered(r, n.guards)
		}
		return t.MapInputs(r, leaves)
	}
	return leaves(r)
}

func (n *inliner) subquery(s *t.Subquery) t.Expr {
	if e, ok := n.done[s]; ok && len(n.guards) == 0 && e != nil {
		return e
	}
	from := s
	if _, ok := n.done[s]; ok {
		s = n.p.again(s)
	}
	truth := n.truthOnly
	n.truthOnly = false
	s = t.MapChildren(s, n.expr).(*t.Subquery)
	n.truthOnly = truth
	e := n.replace(s)
	if n.done[from] = nil; len(n.guards) == 0 {
		n.done[from] = e
	}
	return e
}

// again is s with columns of its own, for a sub-query that is read in two places
// under different guards.
func (p *planner) again(s *t.Subquery) *t.Subquery {
	rel, ids := p.renumber(s.Rel)
	c := *s
	c.Rel = rel
	c.Columns = make([]t.ColumnID, len(s.Columns))
	for i, id := range s.Columns {
		c.Columns[i] = ids[id]
	}
	return &c
}

func (n *inliner) replace(s *t.Subquery) t.Expr {
	rel := n.p.unnest(s.Rel)
	outer := t.OuterColumns(rel)
	switch s.Kind {
	case t.ScalarSubquery, t.ArraySubquery, t.ExistsSubquery:
		if outer.Empty() {
			return n.initPlan(s, rel)
		}
	}
	if n.input == nil {
		n.p.fail(pgUnsupported("a correlated sub-query in the condition of a full join"))
		return s
	}
	switch s.Kind {
	case t.ScalarSubquery:
		return n.scalar(s, rel)
	case t.ExistsSubquery:
		return n.exists(rel)
	case t.ArraySubquery:
		return n.array(s, rel)
	}
	if outer.Empty() && s.Kind == t.AnySubquery && s.Name == "=" && len(s.Left) == 1 && (len(n.guards) == 0 || !relMayRaise(rel)) {
		return n.inList(s, rel)
	}
	return n.quantified(s, rel)
}

// initPlan runs an uncorrelated sub-query once.
func (n *inliner) initPlan(s *t.Subquery, rel t.Rel) t.Expr {
	in := &initRel{slot: n.p.newSlot(), kind: s.Kind, rel: rel, typ: s.Typed}
	if s.Kind == t.ExistsSubquery {
		in.rel = existsRel(rel)
	} else {
		in.col = s.Columns[0]
	}
	n.p.inits = append(n.p.inits, in)
	return &t.ExecParam{Typed: s.Typed, Slot: in.slot}
}

// scalar joins the value of a correlated sub-query to each row.
func (n *inliner) scalar(s *t.Subquery, rel t.Rel) t.Expr {
	if values, ok := n.scalarAggregate(rel, []t.ColumnID{s.Columns[0]}); ok {
		n.p.note("decorrelate", "a correlated aggregate became a grouped join")
		return values[0]
	}
	col := columnsByID(rel)[s.Columns[0]]
	col.NotNull = false
	if n.matchOne(rel) {
		n.p.note("decorrelate", "a correlated look-up became a left join")
		return col.Ref()
	}
	rel = n.gated(rel)
	n.input = &t.Join{Kind: t.LeftJoin, Left: n.input, Right: rel, Lateral: true, SingleRow: !atMostOneRow(rel)}
	return col.Ref()
}

// scalarAggregate handles SELECT f(agg, ...) FROM ... WHERE k = o.k without GROUP
// BY: group by k, left join, and compute f over the joined row, where count is 0 if
// nothing matched. It gives the expressions for the columns ids of rel.
func (n *inliner) scalarAggregate(rel t.Rel, ids []t.ColumnID) ([]t.Expr, bool) {
	values := make([]t.Expr, len(ids))
	var agg *t.Aggregate
	for i, id := range ids {
		value, found, ok := valueOverAggregate(rel, id)
		if !ok {
			return nil, false
		}
		values[i], agg = value, found
	}
	if agg == nil || len(agg.Groups) > 0 || agg.Sets != nil || relMayRaise(agg) {
		return nil, false
	}
	// The joined columns get IDs of their own: those of the aggregate stay free for the
	// values over them.
	subst := map[t.ColumnID]t.Expr{}
	joined := *agg
	joined.Aggs = append([]t.AggItem(nil), agg.Aggs...)
	for i, a := range agg.Aggs {
		if !emptyValueKnown(a.Call) {
			return nil, false
		}
		c := n.p.newColumn(a.Col.Name, t.Typed{Typ: a.Col.Type, Coll: a.Col.Coll}, false)
		joined.Aggs[i].Col = c
		subst[a.Col.ID] = c.Ref()
		if a.Call.Name == "count" || a.Call.Name == "regr_count" {
			subst[a.Col.ID] = &t.Coalesce{Typed: t.Typed{Typ: c.Type}, Args: []t.Expr{c.Ref(), int8Const(0)}}
		}
	}
	d := decorrelation{p: n.p, outer: t.OuterColumns(agg)}
	if !d.outer.SubsetOf(t.ColumnsOf(n.input)) {
		return nil, false
	}
	flat, ok := d.grouped(&joined)
	if !ok {
		return nil, false
	}
	n.input = &t.Join{Kind: t.LeftJoin, Left: n.input, Right: flat, On: all(d.preds)}
	for i := range values {
		values[i] = t.Substitute(values[i], subst)
	}
	return values, true
}

// valueOverAggregate finds the aggregate under projections, and the expression
// over it that gives column id.
func valueOverAggregate(r t.Rel, id t.ColumnID) (t.Expr, *t.Aggregate, bool) {
	var value t.Expr
	for {
		switch x := r.(type) {
		case *t.Project:
			items := map[t.ColumnID]t.Expr{}
			for _, it := range x.Items {
				items[it.Col.ID] = it.Expr
			}
			if value == nil {
				value = items[id]
			} else {
				value = t.Substitute(value, items)
			}
			if value == nil || isVolatile(value) {
				return nil, nil, false
			}
			r = x.Input
		case *t.Aggregate:
			if value == nil {
				value = columnsByID(x)[id].Ref()
			}
			return value, x, true
		default:
			return nil, nil, false
		}
	}
}

// emptyValueKnown says that an aggregate over no rows is NULL, or 0 for counts.
func emptyValueKnown(c *t.AggCall) bool {
	a := pgbuiltin.AggregateByProc(c.Proc)
	return a != nil && a.Kind != 'h'
}

// relMayRaise says that an expression anywhere in r may raise.
func relMayRaise(r t.Rel) bool {
	found := false
	eachRel(r, func(r t.Rel) {
		t.EachExpr(r, func(e t.Expr) { found = found || mayRaise(e) })
	})
	return found
}

// matchOne joins rel by the conditions that correlate it. Where these could meet
// several of its rows the join checks that they do not.
func (n *inliner) matchOne(rel t.Rel) bool {
	outer := t.OuterColumns(rel)
	left := t.ColumnsOf(n.input)
	if relMayRaise(rel) || !outer.SubsetOf(left) {
		return false
	}
	d := decorrelation{p: n.p, outer: outer}
	flat, ok := d.rel(rel)
	if !ok {
		return false
	}
	right := t.ColumnsOf(flat)
	var keys t.ColumnSet
	hashed := false
	for _, e := range d.preds {
		_, ok := joinKey(e, left, right)
		hashed = hashed || ok
		if inner, _, ok := d.sides(e); ok {
			if ref, ok := inner.(*t.ColRef); ok {
				keys.Add(ref.ID)
			}
		}
	}
	single := d.first || uniqueOn(flat, keys)
	if !single && !hashed {
		return false
	}
	on := d.preds
	if !single {
		on = append(on[:len(on):len(on)], n.guards...)
	}
	n.input = &t.Join{Kind: t.LeftJoin, Left: n.input, Right: flat, On: all(on), SingleRow: !single}
	return true
}

// mark is a column that is TRUE in every row of r, and r with it.
func (n *inliner) mark(r t.Rel, keep []t.Column) (t.Rel, t.Column) {
	m := n.p.newColumn("mark", boolType, true)
	items := append(passThrough(keep), t.ProjectItem{Col: m, Expr: trueConst()})
	return &t.Project{Input: r, Items: items}, m
}

func matched(m t.Column) t.Expr {
	m.NotNull = false
	return &t.NullTest{Typed: boolType, Arg: m.Ref(), Not: true}
}

// exists is EXISTS as a value: a left join with one row for each key, or with the
// first row found.
func (n *inliner) exists(rel t.Rel) t.Expr {
	rel = existsRel(rel)
	outer := t.OuterColumns(rel)
	d := decorrelation{p: n.p, outer: outer}
	if flat, ok := d.rel(rel); ok && outer.SubsetOf(t.ColumnsOf(n.input)) && !relMayRaise(rel) {
		if flat, ids, ok := d.keys(flat, 0); ok && len(ids) > 0 {
			return n.joinMark(flat, ids, d.preds)
		}
	}
	one, m := n.mark(n.gated(rel), nil)
	one = &t.Limit{Input: one, Count: int8Const(1)}
	n.input = &t.Join{Kind: t.LeftJoin, Left: n.input, Right: one, Lateral: true}
	return matched(m)
}

func (n *inliner) joinMark(flat t.Rel, ids []t.ColumnID, on []t.Expr) t.Expr {
	byID := columnsByID(flat)
	keep := make([]t.Column, len(ids))
	for i, id := range ids {
		keep[i] = byID[id]
	}
	distinct := &t.Dedup{Input: &t.Project{Input: flat, Items: passThrough(keep)}, On: ids}
	right, m := n.mark(distinct, keep)
	n.p.note("decorrelate", "EXISTS as a value became a left join")
	n.input = &t.Join{Kind: t.LeftJoin, Left: n.input, Right: right, On: all(on)}
	return matched(m)
}

// inList is x IN (q) as a value, q uncorrelated: a left join with q's distinct
// values. NULL is told apart from FALSE by what q holds, found once.
func (n *inliner) inList(s *t.Subquery, rel t.Rel) t.Expr {
	col := columnsByID(rel)[s.Columns[0]]
	nullable := !col.NotNull || !neverNull(s.Left[0], notNullColumns(n.input))
	if nullable && !n.truthOnly {
		if relVolatile(rel) {
			return n.quantified(s, rel)
		}
		return n.inListNull(s, rel, col)
	}
	return n.inListTrue(s, rel, col)
}

func (n *inliner) inListTrue(s *t.Subquery, rel t.Rel, col t.Column) t.Expr {
	eq := &t.OpExpr{Typed: boolType, Op: s.Ops[0], Proc: s.Procs[0], Name: s.Name, Args: []t.Expr{s.Left[0], col.Ref()}}
	return n.joinMark(rel, []t.ColumnID{col.ID}, []t.Expr{eq})
}

// inListNull shares q between the join and two questions: has it rows, has it NULLs.
func (n *inliner) inListNull(s *t.Subquery, rel t.Rel, col t.Column) t.Expr {
	cte := &t.CTE{Name: "in_list", Rel: &t.Project{Input: rel, Items: passThrough([]t.Column{col})}, Cols: []t.Column{col}, References: 3}
	n.p.ctes = append(n.p.ctes, cte)
	read := func() (*t.CTERef, t.Column) {
		cols := n.p.freshColumns(cte.Cols)
		return &t.CTERef{CTE: cte, Alias: cte.Name, Cols: cols}, cols[0]
	}
	exists := func(r t.Rel) t.Expr {
		return n.initPlan(&t.Subquery{Typed: boolType, Kind: t.ExistsSubquery}, r)
	}
	any, _ := read()
	nulls, c := read()
	hasRows := exists(any)
	hasNulls := exists(&t.Filter{Input: nulls, Cond: &t.NullTest{Typed: boolType, Arg: c.Ref()}})
	list, c := read()
	isNull := &t.NullTest{Typed: boolType, Arg: s.Left[0]}
	return &t.Case{
		Typed: boolType,
		Whens: []t.When{
			{Cond: n.inListTrue(s, list, c), Result: trueConst()},
			{Cond: not(hasRows), Result: falseConst()},
			{Cond: &t.BoolExpr{Typed: boolType, Kind: t.Or, Args: []t.Expr{isNull, hasNulls}}, Result: &t.Const{Typed: boolType}},
		},
		Else: falseConst(),
	}
}

// quantified is ANY or ALL as a value in general: the comparisons of one outer row
// are aggregated. Over no rows ANY is false and ALL is true; a comparison that is
// NULL makes the answer NULL unless another decides it.
func (n *inliner) quantified(s *t.Subquery, rel t.Rel) t.Expr {
	cmp := all(rowComparison(s, columnsByID(rel), false))
	if s.Kind == t.AllSubquery {
		cmp = not(cmp)
	}
	item := n.p.newColumn("cmp", boolType, false)
	projected := &t.Project{Input: n.gated(rel), Items: []t.ProjectItem{{Col: item, Expr: cmp}}}
	hit := n.p.newColumn("hit", boolType, false)
	null := n.p.newColumn("null", boolType, false)
	agg := &t.Aggregate{Input: projected, Aggs: []t.AggItem{
		{Col: hit, Call: boolOr(item.Ref())},
		{Col: null, Call: boolOr(&t.NullTest{Typed: boolType, Arg: item.Ref()})},
	}}
	n.input = &t.Join{Kind: t.LeftJoin, Left: n.input, Right: agg, Lateral: true}
	decided, otherwise := trueConst(), falseConst()
	if s.Kind == t.AllSubquery {
		decided, otherwise = otherwise, decided
	}
	return &t.Case{
		Typed: boolType,
		Whens: []t.When{
			{Cond: hit.Ref(), Result: decided},
			{Cond: null.Ref(), Result: &t.Const{Typed: boolType}},
		},
		Else: otherwise,
	}
}

func boolOr(arg t.Expr) *t.AggCall {
	return &t.AggCall{Typed: boolType, Proc: pgbuiltin.Procs("bool_or")[0].OID, Name: "bool_or", Args: []t.Expr{arg}}
}

// array is ARRAY(q), correlated: its rows are gathered for each outer row.
func (n *inliner) array(s *t.Subquery, rel t.Rel) t.Expr {
	col := columnsByID(rel)[s.Columns[0]]
	rel, order := orderOf(rel)
	rel = n.gated(rel)
	out := n.p.newColumn("array", s.Typed, false)
	call := &t.AggCall{Typed: s.Typed, Name: "array_agg", Args: []t.Expr{col.Ref()}, OrderBy: order}
	want := pgtypes.OIDAnyNonArray
	if typ := pgbuiltin.TypeByOID(col.Type.OID); typ != nil && typ.IsTrueArray() {
		want = pgtypes.OIDAnyArray
	}
	for _, proc := range pgbuiltin.Procs("array_agg") {
		if len(proc.Args) == 1 && proc.Args[0] == want {
			call.Proc = proc.OID
		}
	}
	agg := &t.Aggregate{Input: rel, Aggs: []t.AggItem{{Col: out, Call: call}}}
	value := t.Expr(out.Ref())
	if values, ok := n.scalarAggregate(agg, []t.ColumnID{out.ID}); ok {
		n.p.note("decorrelate", "a correlated ARRAY became a grouped join")
		value = values[0]
	} else {
		n.input = &t.Join{Kind: t.LeftJoin, Left: n.input, Right: agg, Lateral: true}
	}
	empty := &t.ArrayExpr{Typed: s.Typed, ElementType: col.Type.OID}
	return &t.Coalesce{Typed: s.Typed, Args: []t.Expr{value, empty}}
}

// orderOf takes the order out of r: the relation with the columns that the order
// reads, and the keys.
func orderOf(r t.Rel) (t.Rel, []t.SortKey) {
	switch x := r.(type) {
	case *t.Sort:
		return x.Input, x.Keys
	case *t.Limit:
		if s, ok := x.Input.(*t.Sort); ok {
			return x, s.Keys
		}
	case *t.Project:
		in, keys := orderOf(x.Input)
		if keys == nil {
			return r, nil
		}
		need, have := t.ColumnSet{}, t.ColumnSet{}
		for _, k := range keys {
			need.AddSet(t.ColumnsIn(k.Expr))
		}
		for _, it := range x.Items {
			have.Add(it.Col.ID)
		}
		items := x.Items[:len(x.Items):len(x.Items)]
		for _, c := range in.Columns() {
			if need.Has(c.ID) && !have.Has(c.ID) {
				items = append(items, t.ProjectItem{Col: c, Expr: c.Ref()})
			}
		}
		return &t.Project{Input: in, Items: items}, keys
	}
	return r, nil
}
