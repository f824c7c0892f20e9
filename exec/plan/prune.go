package plan

import t "github.com/sqlgateway/gateway/translate"

// prune gives r without the columns that nothing above reads: need is what is read.
func (p *planner) prune(r t.Rel, need t.ColumnSet) t.Rel {
	switch x := r.(type) {
	case *t.Scan:
		return pruneScan(x, need)
	case *t.Project:
		items, below := pruneItems(x.Items, need)
		return mergedItems(&t.Project{Input: p.prune(x.Input, below), Items: items})
	case *t.ProjectSet:
		return p.pruneProjectSet(x, need)
	case *t.Aggregate:
		return p.pruneAggregate(x, need)
	case *t.Window:
		return p.pruneWindow(x, need)
	case *t.SetOp:
		return p.pruneSetOp(x, need)
	case *t.Dedup:
		below := need.Clone()
		below.AddSet(t.ColumnSetOf(x.On...))
		return t.WithInputs(x, []t.Rel{p.prune(x.Input, below)})
	case *t.With:
		return p.pruneWith(x, need)
	case *t.Join:
		below := need.Clone()
		below.AddSet(t.ColumnsIn(orTrue(x.On)))
		if x.Lateral {
			below.AddSet(t.OuterColumns(x.Right))
		}
		return t.WithInputs(x, []t.Rel{p.prune(x.Left, below), p.prune(x.Right, below)})
	case *t.Values, *t.FuncScan, *t.CTERef:
		return r
	}
	below := need.Clone()
	t.EachExpr(r, func(e t.Expr) { below.AddSet(t.ColumnsIn(e)) })
	return t.MapInputs(r, func(in t.Rel) t.Rel { return p.prune(in, below) })
}

func orTrue(e t.Expr) t.Expr {
	if e == nil {
		return trueConst()
	}
	return e
}

func pruneScan(x *t.Scan, need t.ColumnSet) t.Rel {
	n := &t.Scan{Table: x.Table, Alias: x.Alias}
	for i, c := range x.Cols {
		if need.Has(c.ID) {
			n.Cols, n.Attrs = append(n.Cols, c), append(n.Attrs, x.Attrs[i])
		}
	}
	if len(n.Cols) == len(x.Cols) {
		return x
	}
	return n
}

func pruneItems(items []t.ProjectItem, need t.ColumnSet) ([]t.ProjectItem, t.ColumnSet) {
	var kept []t.ProjectItem
	var below t.ColumnSet
	for _, it := range items {
		if need.Has(it.Col.ID) || isVolatile(it.Expr) {
			kept = append(kept, it)
			below.AddSet(t.ColumnsIn(it.Expr))
		}
	}
	return kept, below
}

// mergedItems drops a projection that changes nothing, and merges two where that
// computes nothing twice.
func mergedItems(x *t.Project) t.Rel {
	if sameColumns(x.Items, x.Input.Columns()) {
		return x.Input
	}
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
		if !isCheap(it.Expr) && (uses[it.Col.ID] > 1 || isVolatile(it.Expr)) {
			return x
		}
		subst[it.Col.ID] = it.Expr
	}
	items := make([]t.ProjectItem, len(x.Items))
	for i, it := range x.Items {
		items[i] = t.ProjectItem{Col: it.Col, Expr: t.Substitute(it.Expr, subst)}
	}
	return mergedItems(&t.Project{Input: below.Input, Items: items})
}

// sameColumns says that items pass on exactly cols, in order.
func sameColumns(items []t.ProjectItem, cols []t.Column) bool {
	if len(items) != len(cols) {
		return false
	}
	for i, it := range items {
		ref, ok := it.Expr.(*t.ColRef)
		if !ok || ref.ID != it.Col.ID || ref.ID != cols[i].ID {
			return false
		}
	}
	return true
}

// pruneProjectSet keeps every set-returning function: they decide how many rows
// there are.
func (p *planner) pruneProjectSet(x *t.ProjectSet, need t.ColumnSet) t.Rel {
	var kept []t.ProjectItem
	var below t.ColumnSet
	for _, it := range x.Items {
		if need.Has(it.Col.ID) || returnsSet(it.Expr) || isVolatile(it.Expr) {
			kept = append(kept, it)
			below.AddSet(t.ColumnsIn(it.Expr))
		}
	}
	return &t.ProjectSet{Input: p.prune(x.Input, below), Items: kept}
}

func (p *planner) pruneAggregate(x *t.Aggregate, need t.ColumnSet) t.Rel {
	n := *x
	n.Aggs = nil
	below := t.ColumnSetOf(x.Groups...)
	for _, a := range x.Aggs {
		if !need.Has(a.Col.ID) {
			continue
		}
		n.Aggs = append(n.Aggs, a)
		below.AddSet(t.ColumnsIn(a.Call))
	}
	n.Input = p.prune(x.Input, below)
	return &n
}

func (p *planner) pruneWindow(x *t.Window, need t.ColumnSet) t.Rel {
	n := *x
	n.Calls = nil
	below := need.Clone()
	below.AddSet(t.ColumnSetOf(x.Partition...))
	for _, k := range x.Order {
		below.AddSet(t.ColumnsIn(k.Expr))
	}
	for _, c := range x.Calls {
		if !need.Has(c.Col.ID) {
			continue
		}
		n.Calls = append(n.Calls, c)
		below.AddSet(t.ColumnsIn(c.Call))
		for _, e := range []t.Expr{c.Frame.Start.Offset, c.Frame.End.Offset} {
			if e != nil {
				below.AddSet(t.ColumnsIn(e))
			}
		}
	}
	n.Input = p.prune(x.Input, below)
	if len(n.Calls) == 0 {
		return n.Input
	}
	return &n
}

// pruneSetOp drops columns of UNION ALL; the other set operations compare them all.
func (p *planner) pruneSetOp(x *t.SetOp, need t.ColumnSet) t.Rel {
	n := *x
	if x.Kind == t.Union && x.All {
		n.Cols, n.LeftCols, n.RightCols = nil, nil, nil
		for i, c := range x.Cols {
			if need.Has(c.ID) {
				n.Cols = append(n.Cols, c)
				n.LeftCols = append(n.LeftCols, x.LeftCols[i])
				n.RightCols = append(n.RightCols, x.RightCols[i])
			}
		}
	}
	n.Left = p.prune(x.Left, t.ColumnSetOf(n.LeftCols...))
	n.Right = p.prune(x.Right, t.ColumnSetOf(n.RightCols...))
	return &n
}

// pruneWith keeps all columns of the definitions, to which references go by
// position.
func (p *planner) pruneWith(x *t.With, need t.ColumnSet) t.Rel {
	for _, c := range x.CTEs {
		if c.Rel != nil {
			c.Rel = p.prune(c.Rel, t.ColumnSetOf(columnIDs(c.Cols)...))
		}
		if c.Base != nil {
			c.Base = p.prune(c.Base, t.ColumnSetOf(c.BaseCols...))
			c.Step = p.prune(c.Step, t.ColumnSetOf(c.StepCols...))
		}
	}
	return &t.With{CTEs: x.CTEs, Body: p.prune(x.Body, need)}
}
