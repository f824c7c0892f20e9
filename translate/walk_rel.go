package translate

// WalkRel calls f for rel and the relations below it, parents first, definitions
// of common table expressions included once where they are defined. Where f gives
// false it goes no deeper.
func WalkRel(rel Rel, f func(Rel) bool) {
	if rel == nil || !f(rel) {
		return
	}
	if w, ok := rel.(*With); ok {
		for _, cte := range w.CTEs {
			for _, r := range []Rel{cte.Rel, cte.Base, cte.Step} {
				WalkRel(r, f)
			}
		}
	}
	for _, in := range rel.Inputs() {
		WalkRel(in, f)
	}
}

// EachExpr calls f for each expression that stands directly in rel.
func EachExpr(rel Rel, f func(Expr)) {
	visit := func(list ...Expr) {
		for _, e := range list {
			if e != nil {
				f(e)
			}
		}
	}
	switch r := rel.(type) {
	case *Values:
		for _, row := range r.Rows {
			visit(row...)
		}
	case *FuncScan:
		for _, fn := range r.Funcs {
			f(fn.Call)
		}
	case *Filter:
		visit(r.Cond)
	case *Project:
		eachItem(r.Items, f)
	case *ProjectSet:
		eachItem(r.Items, f)
	case *Join:
		visit(r.On)
	case *Aggregate:
		for _, a := range r.Aggs {
			f(a.Call)
		}
	case *Window:
		eachKey(r.Order, f)
		for _, c := range r.Calls {
			f(c.Call)
			visit(c.Frame.Start.Offset, c.Frame.End.Offset)
		}
	case *Sort:
		eachKey(r.Keys, f)
	case *Limit:
		visit(r.Count, r.Offset)
	}
}

func eachItem(items []ProjectItem, f func(Expr)) {
	for _, item := range items {
		f(item.Expr)
	}
}

func eachKey(keys []SortKey, f func(Expr)) {
	for _, k := range keys {
		f(k.Expr)
	}
}

// MapExprs gives rel with f applied to each expression that stands directly in it,
// and rel itself when f changed none.
func MapExprs(rel Rel, f func(Expr) Expr) Rel {
	m := mapper{f: f}
	switch r := rel.(type) {
	case *Values:
		rows := make([][]Expr, len(r.Rows))
		for i, row := range r.Rows {
			rows[i] = m.list(row)
		}
		return relIf(&m, r, func(c *Values) { c.Rows = rows })
	case *FuncScan:
		funcs := append([]TableFunc(nil), r.Funcs...)
		for i := range funcs {
			if call, ok := m.one(funcs[i].Call).(*FuncExpr); ok {
				funcs[i].Call = call
			}
		}
		return relIf(&m, r, func(c *FuncScan) { c.Funcs = funcs })
	case *Filter:
		cond := m.one(r.Cond)
		return relIf(&m, r, func(c *Filter) { c.Cond = cond })
	case *Project:
		items := m.items(r.Items)
		return relIf(&m, r, func(c *Project) { c.Items = items })
	case *ProjectSet:
		items := m.items(r.Items)
		return relIf(&m, r, func(c *ProjectSet) { c.Items = items })
	case *Join:
		on := m.one(r.On)
		return relIf(&m, r, func(c *Join) { c.On = on })
	case *Aggregate:
		aggs := append([]AggItem(nil), r.Aggs...)
		for i := range aggs {
			if call, ok := m.one(aggs[i].Call).(*AggCall); ok {
				aggs[i].Call = call
			}
		}
		return relIf(&m, r, func(c *Aggregate) { c.Aggs = aggs })
	case *Window:
		order, calls := m.keys(r.Order), m.windowItems(r.Calls)
		return relIf(&m, r, func(c *Window) { c.Order, c.Calls = order, calls })
	case *Sort:
		keys := m.keys(r.Keys)
		return relIf(&m, r, func(c *Sort) { c.Keys = keys })
	case *Limit:
		count, offset := m.one(r.Count), m.one(r.Offset)
		return relIf(&m, r, func(c *Limit) { c.Count, c.Offset = count, offset })
	default:
		return rel
	}
}

func relIf[T any, P interface {
	*T
	Rel
}](m *mapper, r P, fill func(P),
) Rel {
	if !m.changed {
		return r
	}
	c := *r
	fill(&c)
	return P(&c)
}

func (m *mapper) items(items []ProjectItem) []ProjectItem {
	mapped := append([]ProjectItem(nil), items...)
	for i := range mapped {
		mapped[i].Expr = m.one(mapped[i].Expr)
	}
	return mapped
}

func (m *mapper) windowItems(items []WindowItem) []WindowItem {
	mapped := append([]WindowItem(nil), items...)
	for i := range mapped {
		if call, ok := m.one(mapped[i].Call).(*WindowCall); ok {
			mapped[i].Call = call
		}
		mapped[i].Frame.Start.Offset = m.one(mapped[i].Frame.Start.Offset)
		mapped[i].Frame.End.Offset = m.one(mapped[i].Frame.End.Offset)
	}
	return mapped
}

// WithInputs gives rel with other inputs, in the order of Inputs, and rel itself
// when they are the same.
func WithInputs(rel Rel, inputs []Rel) Rel {
	same := true
	for i, in := range rel.Inputs() {
		same = same && in == inputs[i]
	}
	if same {
		return rel
	}
	switch r := rel.(type) {
	case *Filter:
		c := *r
		c.Input = inputs[0]
		return &c
	case *Project:
		c := *r
		c.Input = inputs[0]
		return &c
	case *ProjectSet:
		c := *r
		c.Input = inputs[0]
		return &c
	case *Join:
		c := *r
		c.Left, c.Right = inputs[0], inputs[1]
		return &c
	case *Aggregate:
		c := *r
		c.Input = inputs[0]
		return &c
	case *Window:
		c := *r
		c.Input = inputs[0]
		return &c
	case *Dedup:
		c := *r
		c.Input = inputs[0]
		return &c
	case *Sort:
		c := *r
		c.Input = inputs[0]
		return &c
	case *Limit:
		c := *r
		c.Input = inputs[0]
		return &c
	case *SetOp:
		c := *r
		c.Left, c.Right = inputs[0], inputs[1]
		return &c
	case *With:
		c := *r
		c.Body = inputs[0]
		return &c
	case *Lock:
		c := *r
		c.Input = inputs[0]
		return &c
	default:
		return rel
	}
}

// MapInputs gives rel with f applied to each relation directly below it.
func MapInputs(rel Rel, f func(Rel) Rel) Rel {
	inputs := rel.Inputs()
	mapped := make([]Rel, len(inputs))
	for i, in := range inputs {
		mapped[i] = f(in)
	}
	return WithInputs(rel, mapped)
}

// RewriteRel applies f bottom-up to every expression of rel and of the relations
// below it, sub-queries included, and shares what f left alone. Definitions of
// common table expressions are rewritten where they stand, in fresh CTEs to which
// the references then point.
func RewriteRel(rel Rel, f func(Expr) Expr) Rel {
	return (&relRewriter{f: f}).rel(rel)
}

type relRewriter struct {
	f    func(Expr) Expr
	ctes map[*CTE]*CTE
}

func (w *relRewriter) rel(rel Rel) Rel {
	if rel == nil {
		return nil
	}
	switch r := rel.(type) {
	case *With:
		rel = w.with(r)
	case *CTERef:
		if cte := w.ctes[r.CTE]; cte != nil {
			c := *r
			c.CTE = cte
			rel = &c
		}
	}
	rel = MapInputs(rel, w.rel)
	return MapExprs(rel, w.expr)
}

func (w *relRewriter) expr(e Expr) Expr {
	return Rewrite(e, func(n Expr) Expr {
		if s, ok := n.(*Subquery); ok {
			if rel := w.rel(s.Rel); rel != s.Rel {
				c := *s
				c.Rel = rel
				n = &c
			}
		}
		return w.f(n)
	})
}

// with rewrites definitions in order, so that a later one sees the earlier's
// replacement; a recursive one's own references follow it too.
func (w *relRewriter) with(r *With) Rel {
	if w.ctes == nil {
		w.ctes = map[*CTE]*CTE{}
	}
	c := *r
	c.CTEs = make([]*CTE, len(r.CTEs))
	changed := false
	for i, cte := range r.CTEs {
		fresh := *cte
		if cte.Recursive {
			w.ctes[cte] = &fresh
		}
		fresh.Rel, fresh.Base, fresh.Step = w.rel(cte.Rel), w.rel(cte.Base), w.rel(cte.Step)
		if !cte.Recursive && fresh.Rel == cte.Rel {
			c.CTEs[i] = cte
			continue
		}
		changed = true
		w.ctes[cte] = &fresh
		c.CTEs[i] = &fresh
	}
	if !changed {
		return r
	}
	return &c
}

// OuterColumns are the columns that rel reads but that none of the relations in it
// puts out: those of outer rows.
func OuterColumns(rel Rel) ColumnSet {
	var read, made ColumnSet
	WalkRel(rel, func(r Rel) bool {
		for _, c := range madeBy(r) {
			made.Add(c)
		}
		EachExpr(r, func(e Expr) { addColumns(e, &read) })
		return true
	})
	return read.Minus(made)
}

// madeBy lists the columns that first appear in r.
func madeBy(rel Rel) []ColumnID {
	var ids []ColumnID
	switch r := rel.(type) {
	case *Filter, *Sort, *Limit, *Dedup, *Lock, *With, *Join:
		return nil
	case *Aggregate:
		for _, a := range r.Aggs {
			ids = append(ids, a.Col.ID)
		}
		if r.GroupingID != 0 {
			ids = append(ids, r.GroupingID)
		}
	case *Window:
		for _, c := range r.Calls {
			ids = append(ids, c.Col.ID)
		}
	default:
		for _, c := range rel.Columns() {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

// ColumnsIn are the columns that e reads, those of outer rows that its sub-queries
// read included.
func ColumnsIn(e Expr) ColumnSet {
	var s ColumnSet
	addColumns(e, &s)
	return s
}

func addColumns(e Expr, s *ColumnSet) {
	WalkExpr(e, func(n Expr) bool {
		switch n := n.(type) {
		case *ColRef:
			s.Add(n.ID)
		case *Grouping:
			for _, id := range n.Columns {
				s.Add(id)
			}
		case *Subquery:
			s.AddSet(OuterColumns(n.Rel))
		}
		return true
	})
}
