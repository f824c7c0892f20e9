package translate

// MapChildren gives e with f applied to each expression directly below it, and e
// itself when f changed none. A sub-query's relation is not among its children,
// its left-hand values are. Nil children stay nil.
func MapChildren(e Expr, f func(Expr) Expr) Expr {
	m := mapper{f: f}
	switch n := e.(type) {
	case *OpExpr:
		return rebuilt(&m, n, func(c *OpExpr) { c.Args = m.list(n.Args) })
	case *FuncExpr:
		return rebuilt(&m, n, func(c *FuncExpr) { c.Args = m.list(n.Args) })
	case *BoolExpr:
		return rebuilt(&m, n, func(c *BoolExpr) { c.Args = m.list(n.Args) })
	case *Coalesce:
		return rebuilt(&m, n, func(c *Coalesce) { c.Args = m.list(n.Args) })
	case *MinMax:
		return rebuilt(&m, n, func(c *MinMax) { c.Args = m.list(n.Args) })
	case *ArrayExpr:
		return rebuilt(&m, n, func(c *ArrayExpr) { c.Elements = m.list(n.Elements) })
	case *RowExpr:
		return rebuilt(&m, n, func(c *RowExpr) { c.Fields = m.list(n.Fields) })
	case *Cast:
		return rebuilt(&m, n, func(c *Cast) { c.Arg = m.one(n.Arg) })
	case *Collate:
		return rebuilt(&m, n, func(c *Collate) { c.Arg = m.one(n.Arg) })
	case *NullTest:
		return rebuilt(&m, n, func(c *NullTest) { c.Arg = m.one(n.Arg) })
	case *BoolTest:
		return rebuilt(&m, n, func(c *BoolTest) { c.Arg = m.one(n.Arg) })
	case *FieldSelect:
		return rebuilt(&m, n, func(c *FieldSelect) { c.Arg = m.one(n.Arg) })
	case *Distinct:
		return rebuilt(&m, n, func(c *Distinct) { c.Left, c.Right = m.one(n.Left), m.one(n.Right) })
	case *NullIf:
		return rebuilt(&m, n, func(c *NullIf) { c.Left, c.Right = m.one(n.Left), m.one(n.Right) })
	case *ScalarArrayOp:
		return rebuilt(&m, n, func(c *ScalarArrayOp) { c.Left, c.Right = m.one(n.Left), m.one(n.Right) })
	case *RowCompare:
		return rebuilt(&m, n, func(c *RowCompare) { c.Left, c.Right = m.list(n.Left), m.list(n.Right) })
	case *Subquery:
		return rebuilt(&m, n, func(c *Subquery) { c.Left = m.list(n.Left) })
	case *Case:
		return rebuilt(&m, n, func(c *Case) {
			c.Arg, c.Whens, c.Else = m.one(n.Arg), m.whens(n.Whens), m.one(n.Else)
		})
	case *Subscript:
		return rebuilt(&m, n, func(c *Subscript) {
			c.Arg, c.Lower, c.Upper = m.one(n.Arg), m.list(n.Lower), m.list(n.Upper)
		})
	case *AggCall:
		return rebuilt(&m, n, func(c *AggCall) {
			c.Args, c.OrderBy, c.Filter = m.list(n.Args), m.keys(n.OrderBy), m.one(n.Filter)
		})
	case *WindowCall:
		return rebuilt(&m, n, func(c *WindowCall) { c.Args, c.Filter = m.list(n.Args), m.one(n.Filter) })
	default:
		return e
	}
}

// mapper applies f and remembers whether anything changed.
type mapper struct {
	f       func(Expr) Expr
	changed bool
}

// rebuilt fills a copy of n and gives n itself when nothing below it changed.
func rebuilt[T any, P interface {
	*T
	Expr
}](m *mapper, n P, fill func(P),
) Expr {
	c := *n
	fill(&c)
	if !m.changed {
		return n
	}
	return P(&c)
}

func (m *mapper) one(e Expr) Expr {
	if e == nil {
		return nil
	}
	mapped := m.f(e)
	if mapped != e {
		m.changed = true
	}
	return mapped
}

func (m *mapper) list(list []Expr) []Expr {
	var mapped []Expr // allocated at the first change
	for i, e := range list {
		n := m.one(e)
		if n != e && mapped == nil {
			mapped = append(make([]Expr, 0, len(list)), list...)
		}
		if mapped != nil {
			mapped[i] = n
		}
	}
	if mapped == nil {
		return list
	}
	return mapped
}

func (m *mapper) whens(list []When) []When {
	mapped := make([]When, len(list))
	for i, w := range list {
		mapped[i] = When{Cond: m.one(w.Cond), Result: m.one(w.Result)}
	}
	return mapped
}

func (m *mapper) keys(list []SortKey) []SortKey {
	if list == nil {
		return nil
	}
	mapped := append([]SortKey(nil), list...)
	for i := range mapped {
		mapped[i].Expr = m.one(mapped[i].Expr)
	}
	return mapped
}

// EachChild calls f for each expression directly below e (see MapChildren).
func EachChild(e Expr, f func(Expr)) {
	visit := func(list ...Expr) {
		for _, c := range list {
			if c != nil {
				f(c)
			}
		}
	}
	switch n := e.(type) {
	case *OpExpr:
		visit(n.Args...)
	case *FuncExpr:
		visit(n.Args...)
	case *BoolExpr:
		visit(n.Args...)
	case *Coalesce:
		visit(n.Args...)
	case *MinMax:
		visit(n.Args...)
	case *ArrayExpr:
		visit(n.Elements...)
	case *RowExpr:
		visit(n.Fields...)
	case *Cast:
		visit(n.Arg)
	case *Collate:
		visit(n.Arg)
	case *NullTest:
		visit(n.Arg)
	case *BoolTest:
		visit(n.Arg)
	case *FieldSelect:
		visit(n.Arg)
	case *Distinct:
		visit(n.Left, n.Right)
	case *NullIf:
		visit(n.Left, n.Right)
	case *ScalarArrayOp:
		visit(n.Left, n.Right)
	case *RowCompare:
		visit(n.Left...)
		visit(n.Right...)
	case *Subquery:
		visit(n.Left...)
	case *Case:
		visit(n.Arg)
		for _, w := range n.Whens {
			visit(w.Cond, w.Result)
		}
		visit(n.Else)
	case *Subscript:
		visit(n.Arg)
		visit(n.Lower...)
		visit(n.Upper...)
	case *AggCall:
		visit(n.Args...)
		for _, k := range n.OrderBy {
			visit(k.Expr)
		}
		visit(n.Filter)
	case *WindowCall:
		visit(n.Args...)
		visit(n.Filter)
	}
}

// WalkExpr calls f for e and everything below it, parents first. Where f gives
// false it goes no deeper. It does not enter the relations of sub-queries.
func WalkExpr(e Expr, f func(Expr) bool) {
	if e == nil || !f(e) {
		return
	}
	EachChild(e, func(c Expr) { WalkExpr(c, f) })
}

// WalkDeep is WalkExpr that enters the relations of sub-queries too.
func WalkDeep(e Expr, f func(Expr) bool) {
	WalkExpr(e, func(n Expr) bool {
		if !f(n) {
			return false
		}
		if s, ok := n.(*Subquery); ok {
			WalkRel(s.Rel, func(r Rel) bool {
				EachExpr(r, func(inner Expr) { WalkDeep(inner, f) })
				return true
			})
		}
		return true
	})
}

// Any says whether f is true of e or of anything below it, sub-queries' relations
// excluded.
func Any(e Expr, f func(Expr) bool) bool {
	found := false
	WalkExpr(e, func(n Expr) bool {
		found = found || f(n)
		return !found
	})
	return found
}

// Rewrite applies f bottom-up to e and everything below it, and shares what f left
// alone. Relations of sub-queries are not entered; see RewriteDeep.
func Rewrite(e Expr, f func(Expr) Expr) Expr {
	if e == nil {
		return nil
	}
	return f(MapChildren(e, func(c Expr) Expr { return Rewrite(c, f) }))
}

// RewriteDeep is Rewrite that also rewrites the expressions inside the relations
// of sub-queries.
func RewriteDeep(e Expr, f func(Expr) Expr) Expr {
	if e == nil {
		return nil
	}
	return Rewrite(e, func(n Expr) Expr {
		if s, ok := n.(*Subquery); ok {
			if rel := RewriteRel(s.Rel, f); rel != s.Rel {
				c := *s
				c.Rel = rel
				n = &c
			}
		}
		return f(n)
	})
}

// Substitute replaces references to columns, also those inside sub-queries.
// Columns that byID does not hold stay.
func Substitute(e Expr, byID map[ColumnID]Expr) Expr {
	if len(byID) == 0 {
		return e
	}
	return RewriteDeep(e, func(n Expr) Expr {
		if ref, ok := n.(*ColRef); ok {
			if by, ok := byID[ref.ID]; ok {
				return by
			}
		}
		return n
	})
}

// Conjuncts splits e at its top-level ANDs; nil gives none.
func Conjuncts(e Expr) []Expr {
	if e == nil {
		return nil
	}
	if b, ok := e.(*BoolExpr); ok && b.Kind == And {
		var list []Expr
		for _, a := range b.Args {
			list = append(list, Conjuncts(a)...)
		}
		return list
	}
	return []Expr{e}
}

// Conjunction is the AND of list; nil for none.
func Conjunction(list []Expr) Expr {
	switch len(list) {
	case 0:
		return nil
	case 1:
		return list[0]
	}
	first := list[0]
	return &BoolExpr{Typed: Typed{Typ: first.Type()}, Kind: And, Args: list}
}
