package plan

import t "github.com/sqlgateway/gateway/translate"

// renumber copies r with new IDs for all columns that relations in it make, and
// gives the mapping from old to new.
func (p *planner) renumber(r t.Rel) (t.Rel, map[t.ColumnID]t.ColumnID) {
	ids := map[t.ColumnID]t.ColumnID{}
	eachRel(r, func(r t.Rel) {
		for _, c := range r.Columns() {
			if _, ok := ids[c.ID]; !ok {
				ids[c.ID] = p.nextID
				p.nextID++
			}
		}
	})
	return (&renumbering{ids: ids, ctes: map[*t.CTE]*t.CTE{}}).rel(r), ids
}

type renumbering struct {
	ids  map[t.ColumnID]t.ColumnID
	ctes map[*t.CTE]*t.CTE
}

func (n *renumbering) id(id t.ColumnID) t.ColumnID {
	if to, ok := n.ids[id]; ok {
		return to
	}
	return id
}

func (n *renumbering) idList(ids []t.ColumnID) []t.ColumnID {
	out := make([]t.ColumnID, len(ids))
	for i, id := range ids {
		out[i] = n.id(id)
	}
	return out
}

func (n *renumbering) cols(cols []t.Column) []t.Column {
	out := append([]t.Column(nil), cols...)
	for i := range out {
		out[i].ID = n.id(out[i].ID)
	}
	return out
}

func (n *renumbering) items(items []t.ProjectItem) []t.ProjectItem {
	out := append([]t.ProjectItem(nil), items...)
	for i := range out {
		out[i].Col.ID = n.id(out[i].Col.ID)
	}
	return out
}

func (n *renumbering) expr(e t.Expr) t.Expr {
	return t.Rewrite(e, func(e t.Expr) t.Expr {
		switch x := e.(type) {
		case *t.ColRef:
			if to := n.id(x.ID); to != x.ID {
				c := *x
				c.ID = to
				return &c
			}
		case *t.Grouping:
			c := *x
			c.Columns = n.idList(x.Columns)
			return &c
		case *t.Subquery:
			c := *x
			c.Rel, c.Columns = n.rel(x.Rel), n.idList(x.Columns)
			return &c
		}
		return e
	})
}

func (n *renumbering) rel(r t.Rel) t.Rel {
	r = t.MapInputs(r, n.rel)
	r = t.MapExprs(r, n.expr)
	switch x := r.(type) {
	case *t.Scan:
		return &t.Scan{Table: x.Table, Alias: x.Alias, Cols: n.cols(x.Cols), Attrs: x.Attrs}
	case *t.Values:
		return &t.Values{Cols: n.cols(x.Cols), Rows: x.Rows}
	case *t.CTERef:
		c := x.CTE
		if to, ok := n.ctes[c]; ok {
			c = to
		}
		return &t.CTERef{CTE: c, Alias: x.Alias, Cols: n.cols(x.Cols)}
	case *t.FuncScan:
		return n.funcScan(x)
	case *t.Project:
		return &t.Project{Input: x.Input, Items: n.items(x.Items)}
	case *t.ProjectSet:
		return &t.ProjectSet{Input: x.Input, Items: n.items(x.Items)}
	case *t.Aggregate:
		return n.aggregate(x)
	case *t.Window:
		c := *x
		c.Partition = n.idList(x.Partition)
		c.Calls = append([]t.WindowItem(nil), x.Calls...)
		for i := range c.Calls {
			c.Calls[i].Col.ID = n.id(c.Calls[i].Col.ID)
		}
		return &c
	case *t.Dedup:
		return &t.Dedup{Input: x.Input, On: n.idList(x.On), Ordered: x.Ordered}
	case *t.SetOp:
		c := *x
		c.Cols, c.LeftCols, c.RightCols = n.cols(x.Cols), n.idList(x.LeftCols), n.idList(x.RightCols)
		return &c
	case *t.With:
		return n.with(x)
	}
	return r
}

func (n *renumbering) funcScan(x *t.FuncScan) t.Rel {
	c := *x
	c.Cols, c.Ordinality = n.cols(x.Cols), n.id(x.Ordinality)
	c.Funcs = append([]t.TableFunc(nil), x.Funcs...)
	for i := range c.Funcs {
		c.Funcs[i].Cols = n.cols(c.Funcs[i].Cols)
	}
	return &c
}

func (n *renumbering) aggregate(x *t.Aggregate) t.Rel {
	c := *x
	c.Groups, c.GroupingID = n.idList(x.Groups), n.id(x.GroupingID)
	c.Aggs = append([]t.AggItem(nil), x.Aggs...)
	for i := range c.Aggs {
		c.Aggs[i].Col.ID = n.id(c.Aggs[i].Col.ID)
	}
	return &c
}

// with copies definitions before the body that reads them; a recursive step reads
// the copy too.
func (n *renumbering) with(x *t.With) t.Rel {
	ctes := make([]*t.CTE, len(x.CTEs))
	for i, c := range x.CTEs {
		d := *c
		n.ctes[c] = &d
		ctes[i] = &d
	}
	for _, d := range ctes {
		d.Cols, d.BaseCols, d.StepCols = n.cols(d.Cols), n.idList(d.BaseCols), n.idList(d.StepCols)
		for _, part := range []*t.Rel{&d.Rel, &d.Base, &d.Step} {
			if *part != nil {
				*part = n.rel(*part)
			}
		}
	}
	return &t.With{CTEs: ctes, Body: n.retarget(x.Body)}
}

// retarget points the references in an already renumbered body at the copies.
func (n *renumbering) retarget(r t.Rel) t.Rel {
	if ref, ok := r.(*t.CTERef); ok {
		if to, ok := n.ctes[ref.CTE]; ok {
			return &t.CTERef{CTE: to, Alias: ref.Alias, Cols: ref.Cols}
		}
		return r
	}
	return t.MapInputs(r, n.retarget)
}
