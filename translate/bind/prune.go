package bind

import "github.com/sqlgateway/gateway/translate"

// pruneStatement drops what a query never reads: columns of scans, items of
// projections and aggregates whose results nothing uses. IDs are unique in a
// statement, so one set of needed columns serves all levels.
func pruneStatement(s translate.Statement) {
	p := &pruner{}
	switch s := s.(type) {
	case *translate.Query:
		for _, o := range s.Output {
			p.needed.Add(o.ID)
		}
		p.rel(s.Rel)
	case *translate.Insert:
		p.ids(s.SourceCols)
		p.rel(s.Source)
	case *translate.Update:
		for _, a := range s.Sets {
			p.expr(a.Value)
		}
		p.written(s.TargetScan, s.Returning, s.Input)
	case *translate.Delete:
		p.written(s.TargetScan, s.Returning, s.Input)
	case *translate.Utility:
		if s.Sub != nil {
			pruneStatement(s.Sub)
		}
	}
}

// written prunes what an UPDATE or DELETE reads beside its target, of which all
// columns are kept.
func (p *pruner) written(target *translate.Scan, r *translate.Returning, input translate.Rel) {
	for _, c := range target.Cols {
		p.needed.Add(c.ID)
	}
	if r != nil {
		for _, item := range r.Items {
			p.expr(item.Expr)
		}
	}
	p.rel(input)
}

type pruner struct {
	needed translate.ColumnSet
	refs   map[*translate.CTE][]*translate.CTERef
}

// expr marks what an expression reads, in its sub-queries too, and prunes those.
func (p *pruner) expr(e translate.Expr) {
	translate.WalkExpr(e, func(e translate.Expr) bool {
		switch n := e.(type) {
		case *translate.ColRef:
			p.needed.Add(n.ID)
		case *translate.Grouping:
			p.ids(n.Columns)
		case *translate.Subquery:
			p.ids(n.Columns)
			p.rel(n.Rel)
		}
		return true
	})
}

func (p *pruner) ids(ids []translate.ColumnID) {
	for _, id := range ids {
		p.needed.Add(id)
	}
}

// rel prunes a relation. Its readers have been seen: parents come first, and the
// right side of a join before the left, which it may read.
func (p *pruner) rel(rel translate.Rel) {
	switch r := rel.(type) {
	case *translate.Scan:
		p.scan(r)
		return
	case *translate.Project:
		r.Items = p.items(r.Items)
	case *translate.ProjectSet:
		r.Items = p.items(r.Items)
	case *translate.Aggregate:
		p.ids(r.Groups)
		r.Aggs = p.aggs(r.Aggs)
	case *translate.Window:
		p.ids(r.Partition)
		translate.EachExpr(r, p.expr)
	case *translate.Dedup:
		p.ids(r.On)
	case *translate.SetOp:
		p.ids(r.LeftCols)
		p.ids(r.RightCols)
	case *translate.Join:
		translate.EachExpr(r, p.expr)
		p.rel(r.Right)
		p.rel(r.Left)
		return
	case *translate.With:
		p.with(r)
		return
	case *translate.CTERef:
		for i, c := range r.Cols {
			if p.needed.Has(c.ID) && i < len(r.CTE.Cols) {
				p.needed.Add(r.CTE.Cols[i].ID)
			}
		}
		if p.refs == nil {
			p.refs = map[*translate.CTE][]*translate.CTERef{}
		}
		p.refs[r.CTE] = append(p.refs[r.CTE], r)
		return
	default:
		translate.EachExpr(rel, p.expr)
	}
	for _, in := range rel.Inputs() {
		p.rel(in)
	}
}

func (p *pruner) with(r *translate.With) {
	p.rel(r.Body)
	for i := len(r.CTEs) - 1; i >= 0; i-- {
		c := r.CTEs[i]
		if !c.Recursive {
			p.trim(c)
			p.rel(c.Rel)
			continue
		}
		for _, col := range c.Cols {
			p.needed.Add(col.ID)
		}
		p.ids(c.BaseCols)
		p.ids(c.StepCols)
		p.rel(c.Step)
		p.rel(c.Base)
	}
}

// trim drops the columns of a WITH item that no reference reads, in all of them
// alike: their columns match by position.
func (p *pruner) trim(c *translate.CTE) {
	refs := p.refs[c]
	cols := c.Cols[:0]
	for i, col := range c.Cols {
		if !p.needed.Has(col.ID) {
			continue
		}
		for _, r := range refs {
			r.Cols[len(cols)] = r.Cols[i]
		}
		cols = append(cols, col)
	}
	c.Cols = cols
	for _, r := range refs {
		r.Cols = r.Cols[:len(cols)]
	}
}

func (p *pruner) scan(r *translate.Scan) {
	cols, attrs := r.Cols[:0], r.Attrs[:0]
	for i, c := range r.Cols {
		if p.needed.Has(c.ID) {
			cols, attrs = append(cols, c), append(attrs, r.Attrs[i])
		}
	}
	r.Cols, r.Attrs = cols, attrs
}

func (p *pruner) items(items []translate.ProjectItem) []translate.ProjectItem {
	kept := items[:0]
	for _, item := range items {
		if p.needed.Has(item.Col.ID) || returnsSet(item.Expr) || translate.VolatilityOf(item.Expr) == translate.Volatile {
			p.expr(item.Expr)
			kept = append(kept, item)
		}
	}
	return kept
}

func (p *pruner) aggs(aggs []translate.AggItem) []translate.AggItem {
	kept := aggs[:0]
	for _, a := range aggs {
		if p.needed.Has(a.Col.ID) {
			p.expr(a.Call)
			kept = append(kept, a)
		}
	}
	return kept
}
