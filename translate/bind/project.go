package bind

import (
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// lowerTargets makes the select list and what lies above it.
func (s *scope) lowerTargets(rel translate.Rel, p *parts) *query {
	q := &query{}
	early := p.list.returnsSet() && !p.distinct && p.distinctOn == nil && !sortsSets(p.order)
	if early && len(p.order) > 0 {
		// Postgres sorts before it expands sets, where the order allows it.
		rel = s.sortBelow(rel, p.order)
	}
	var project *translate.Project
	rel, project = s.project(rel, p.list)
	q.project = project
	switch {
	case p.distinct:
		rel = &translate.Dedup{Input: rel, On: targetIDs(p.list.visible())}
	case p.distinctOn != nil:
		if len(p.order) > 0 {
			rel = sortNode(rel, p.order)
		}
		rel = &translate.Dedup{Input: rel, On: targetIDs(p.distinctOn), Ordered: len(p.order) > 0}
	}
	if len(p.order) > 0 && !early {
		rel = sortNode(rel, p.order)
	}
	if p.count != nil || p.offset != nil {
		rel = &translate.Limit{Input: rel, Count: p.count, Offset: p.offset, WithTies: p.withTies}
	}
	q.rel = rel
	for _, t := range p.list.visible() {
		q.out = append(q.out, s.outColumn(t))
	}
	return q
}

func targetIDs(list []*target) []translate.ColumnID {
	ids := make([]translate.ColumnID, len(list))
	for i, t := range list {
		ids[i] = t.id
	}
	return ids
}

func sortsSets(order []sortItem) bool {
	for _, o := range order {
		if returnsSet(o.target.expr) {
			return true
		}
	}
	return false
}

func sortNode(rel translate.Rel, order []sortItem) translate.Rel {
	out := &translate.Sort{Input: rel}
	for _, o := range order {
		out.Keys = append(out.Keys, o.reading())
	}
	return out
}

// reading is the key that reads the target's column.
func (o sortItem) reading() translate.SortKey {
	k := o.key
	k.Expr = &translate.ColRef{Typed: translate.Typed{Typ: o.target.expr.Type(), Coll: o.target.expr.Collation()}, ID: o.target.id, Name: o.target.name}
	return k
}

// sortBelow sorts before the select list, on columns that it then reuses.
func (s *scope) sortBelow(rel translate.Rel, order []sortItem) translate.Rel {
	exprs := make([]translate.Expr, len(order))
	for i, o := range order {
		exprs[i] = o.target.expr
	}
	rel, ids := s.columnsFor(rel, exprs, derivedColumn)
	out := &translate.Sort{Input: rel}
	for i, o := range order {
		o.target.expr = &translate.ColRef{Typed: translate.Typed{Typ: exprs[i].Type(), Coll: exprs[i].Collation()}, ID: ids[i], Name: o.target.name}
		k := o.key
		k.Expr = o.target.expr
		out.Keys = append(out.Keys, k)
	}
	return out
}

func (s *scope) outColumn(t *target) outColumn {
	o := outColumn{Column: translate.Column{ID: t.id, Name: t.name, Type: t.expr.Type(), Coll: t.expr.Collation()}}
	if o.Type.OID == pgtypes.OIDRecord {
		if names, types := s.b.compositeFields(t.expr); names != nil {
			s.b.info(t.id).fields = &recordFields{names, types}
		}
	}
	if c, ok := t.expr.(*translate.ColRef); ok {
		origin := s.b.info(c.ID)
		if origin.table != nil {
			o.plain = true
			if c.ID != t.id {
				own := s.b.info(t.id)
				own.table, own.attr = origin.table, origin.attr
			}
		}
	}
	return o
}

// project makes the select list's node, giving every entry its column. A column
// that only passes through keeps its ID, once.
func (s *scope) project(rel translate.Rel, list *targetList) (translate.Rel, *translate.Project) {
	if list.returnsSet() {
		return s.projectSets(rel, list), nil
	}
	items := s.projectItems(rel, list)
	p := &translate.Project{Input: rel, Items: items}
	return p, p
}

// projectItems makes the project items of a list over rel.
func (s *scope) projectItems(rel translate.Rel, list *targetList) []translate.ProjectItem {
	below := rel.Columns()
	used := map[translate.ColumnID]bool{}
	items := make([]translate.ProjectItem, len(list.entries))
	for i, t := range list.entries {
		col := translate.Column{Name: t.name, Type: t.expr.Type(), Coll: t.expr.Collation()}
		if c, ok := t.expr.(*translate.ColRef); ok {
			source := columnByID(below, c.ID)
			if source != nil {
				col.NotNull = source.NotNull
				if !used[c.ID] {
					col.ID = c.ID
				}
			}
		}
		if col.ID == 0 {
			col.ID = s.b.newColumn(columnInfo{scope: s, kind: derivedColumn, name: t.name})
		}
		used[col.ID] = true
		t.id = col.ID
		items[i] = translate.ProjectItem{Col: col, Expr: t.expr}
	}
	return items
}

func columnByID(cols []translate.Column, id translate.ColumnID) *translate.Column {
	for i := range cols {
		if cols[i].ID == id {
			return &cols[i]
		}
	}
	return nil
}

// projectSets expands set-returning functions: those of one depth in lockstep,
// the innermost first.
func (s *scope) projectSets(rel translate.Rel, list *targetList) translate.Rel {
	for !onlyTopSets(list) {
		rel = s.extractSets(rel, list)
	}
	if !list.returnsSet() {
		return &translate.Project{Input: rel, Items: s.projectItems(rel, list)}
	}
	return &translate.ProjectSet{Input: rel, Items: s.projectItems(rel, list)}
}

// onlyTopSets says that every set-returning call left is a whole entry.
func onlyTopSets(list *targetList) bool {
	for _, t := range list.entries {
		f, ok := t.expr.(*translate.FuncExpr)
		if !ok || !f.ReturnsSet {
			if returnsSet(t.expr) {
				return false
			}
			continue
		}
		for _, a := range f.Args {
			if returnsSet(a) {
				return false
			}
		}
	}
	return true
}

// extractSets moves the innermost set-returning calls into a ProjectSet below.
func (s *scope) extractSets(rel translate.Rel, list *targetList) translate.Rel {
	items := passThrough(rel)
	var visit func(translate.Expr) translate.Expr
	visit = func(e translate.Expr) translate.Expr {
		f, ok := e.(*translate.FuncExpr)
		if !ok || !f.ReturnsSet || argsReturnSet(f) {
			return translate.MapChildren(e, visit)
		}
		id := s.b.newColumn(columnInfo{scope: s, kind: derivedColumn, name: f.Name})
		col := translate.Column{ID: id, Name: f.Name, Type: f.Typ, Coll: f.Coll}
		if names, types := s.b.compositeFields(f); names != nil {
			s.b.info(id).fields = &recordFields{names, types}
		}
		items = append(items, translate.ProjectItem{Col: col, Expr: f})
		return col.Ref()
	}
	for _, t := range list.entries {
		t.expr = visit(t.expr)
	}
	return &translate.ProjectSet{Input: rel, Items: items}
}

func argsReturnSet(f *translate.FuncExpr) bool {
	for _, a := range f.Args {
		if returnsSet(a) {
			return true
		}
	}
	return false
}
