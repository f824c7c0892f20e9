package plan

import t "github.com/sqlgateway/gateway/translate"

// ownCTEs copies the definitions of common table expressions, so that phases may
// replace their relations while the bound statement stays as it is.
func ownCTEs(r t.Rel) t.Rel {
	found := false
	eachRel(r, func(r t.Rel) { _, ok := r.(*t.With); found = found || ok })
	if !found {
		return r
	}
	return copyCTEs(r, map[*t.CTE]*t.CTE{})
}

func copyCTEs(r t.Rel, copies map[*t.CTE]*t.CTE) t.Rel {
	copied := func(c *t.CTE) *t.CTE {
		if n, ok := copies[c]; ok {
			return n
		}
		n := *c
		copies[c] = &n
		return &n
	}
	switch x := r.(type) {
	case *t.CTERef:
		return &t.CTERef{CTE: copied(x.CTE), Alias: x.Alias, Cols: x.Cols}
	case *t.With:
		ctes := make([]*t.CTE, len(x.CTEs))
		for i, c := range x.CTEs {
			n := copied(c)
			for _, d := range []*t.Rel{&n.Rel, &n.Base, &n.Step} {
				if *d != nil {
					*d = copyCTEs(*d, copies)
				}
			}
			ctes[i] = n
		}
		return &t.With{CTEs: ctes, Body: copyCTEs(x.Body, copies)}
	}
	r = t.MapInputs(r, func(in t.Rel) t.Rel { return copyCTEs(in, copies) })
	return t.MapExprs(r, func(e t.Expr) t.Expr {
		return mapSubqueryRels(e, func(in t.Rel) t.Rel { return copyCTEs(in, copies) })
	})
}

// inlineCTEs puts a definition where it is read, when it is read once and not
// MATERIALIZED, or NOT MATERIALIZED; never one that is volatile or recursive.
func (p *planner) inlineCTEs(r t.Rel) t.Rel {
	reads := map[*t.CTE]int{}
	any := false
	eachRel(r, func(r t.Rel) {
		switch x := r.(type) {
		case *t.CTERef:
			reads[x.CTE]++
		case *t.With:
			any = true
		}
	})
	if !any {
		return r
	}
	return p.inlineInto(r, reads)
}

func mayInline(c *t.CTE, reads int) bool {
	if c.Recursive || c.Rel == nil || c.Materialized == t.MaterializeAlways {
		return false
	}
	if reads > 1 && c.Materialized != t.MaterializeNever {
		return false
	}
	return !relVolatile(c.Rel)
}

func (p *planner) inlineInto(r t.Rel, reads map[*t.CTE]int) t.Rel {
	switch x := r.(type) {
	case *t.CTERef:
		if !mayInline(x.CTE, reads[x.CTE]) {
			return r
		}
		p.note("inlineCTE", "WITH "+x.CTE.Name+" was put where it is read")
		return p.readInline(x, reads)
	case *t.With:
		var kept []*t.CTE
		for _, c := range x.CTEs {
			if reads[c] == 0 || mayInline(c, reads[c]) {
				continue
			}
			p.eachDefinition(c, func(d t.Rel) t.Rel { return p.inlineInto(d, reads) })
			kept = append(kept, c)
		}
		body := p.inlineInto(x.Body, reads)
		if len(kept) == 0 {
			return body
		}
		return &t.With{CTEs: kept, Body: body}
	}
	r = t.MapInputs(r, func(in t.Rel) t.Rel { return p.inlineInto(in, reads) })
	return t.MapExprs(r, func(e t.Expr) t.Expr {
		return mapSubqueryRels(e, func(in t.Rel) t.Rel { return p.inlineInto(in, reads) })
	})
}

// readInline is a definition under the column IDs of one reference to it. The
// definition's own columns are renumbered, so that it may be put in place twice.
func (p *planner) readInline(x *t.CTERef, reads map[*t.CTE]int) t.Rel {
	rel := p.inlineInto(x.CTE.Rel, reads)
	ids := map[t.ColumnID]t.ColumnID{}
	if reads[x.CTE] > 1 {
		rel, ids = p.renumber(rel)
	}
	items := make([]t.ProjectItem, len(x.Cols))
	for i, c := range x.Cols {
		from := x.CTE.Cols[i]
		if id, ok := ids[from.ID]; ok {
			from.ID = id
		}
		items[i] = t.ProjectItem{Col: c, Expr: from.Ref()}
	}
	return &t.Project{Input: rel, Items: items}
}
