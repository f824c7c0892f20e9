package bind

import (
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// cteDef is a WITH item that names can refer to.
type cteDef struct {
	def *translate.CTE
	out []outColumn
	// building is true while a recursive item's own step is bound.
	building bool
}

// findCTE looks a WITH item up, innermost level first.
func (s *scope) findCTE(name string) *cteDef {
	for level := s; level != nil; level = level.parent {
		for _, c := range level.ctes {
			if c.def.Name == name {
				return c
			}
		}
	}
	return nil
}

func (s *scope) isFutureCTE(name string) bool {
	for level := s; level != nil; level = level.parent {
		for _, c := range level.futureCTEs {
			if c.Name == name {
				return true
			}
		}
	}
	return false
}

// with is transformWithClause.
func (s *scope) with(w *translate.WithClause) ([]*translate.CTE, error) {
	for i, c := range w.CTEs {
		for _, other := range w.CTEs[:i] {
			if other.Name == c.Name {
				return nil, s.b.errorAt(c.Pos, pgerr.DuplicateAlias, "WITH query name \"%s\" specified more than once", c.Name)
			}
		}
	}
	list := w.CTEs
	if w.Recursive {
		var err error
		if list, err = s.dependencyOrder(w.CTEs); err != nil {
			return nil, err
		}
	}
	var defs []*translate.CTE
	for i, c := range list {
		s.futureCTEs = list[i:]
		if w.Recursive {
			s.futureCTEs = nil
		}
		def, err := s.cte(c, w.Recursive && refersTo(c.Query, c.Name))
		if err != nil {
			return nil, err
		}
		defs = append(defs, def)
	}
	s.futureCTEs = nil
	return defs, nil
}

// dependencyOrder sorts the items of WITH RECURSIVE so that each comes after
// those it reads; mutual recursion is refused.
func (s *scope) dependencyOrder(list []*translate.CommonTableExpr) ([]*translate.CommonTableExpr, error) {
	var out []*translate.CommonTableExpr
	state := map[*translate.CommonTableExpr]int{}
	var visit func(c *translate.CommonTableExpr) error
	visit = func(c *translate.CommonTableExpr) error {
		switch state[c] {
		case 1:
			return s.b.errorAt(c.Pos, pgerr.FeatureNotSupported, "mutual recursion between WITH items is not implemented")
		case 2:
			return nil
		}
		state[c] = 1
		for _, other := range list {
			if other != c && refersTo(c.Query, other.Name) {
				if err := visit(other); err != nil {
					return err
				}
			}
		}
		state[c] = 2
		out = append(out, c)
		return nil
	}
	for _, c := range list {
		if err := visit(c); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// cte binds one WITH item.
func (s *scope) cte(c *translate.CommonTableExpr, recursive bool) (*translate.CTE, error) {
	sel, ok := c.Query.(*translate.SelectStmt)
	if !ok {
		return nil, s.b.errorAt(c.Pos, pgerr.FeatureNotSupported, "data-modifying statements in WITH are not supported")
	}
	if c.Search || c.Cycle {
		return nil, s.b.errorAt(c.Pos, pgerr.FeatureNotSupported, "SEARCH and CYCLE clauses of WITH are not supported")
	}
	d := &cteDef{def: &translate.CTE{Name: c.Name, Materialized: c.Materialized}}
	if recursive {
		return d.def, s.recursiveCTE(c, sel, d)
	}
	q, err := s.subquery(sel, true)
	if err != nil {
		return nil, err
	}
	d.def.Rel = q.rel
	d.out = q.out
	if err := s.nameCTE(c, d); err != nil {
		return nil, err
	}
	s.ctes = append(s.ctes, d)
	return d.def, nil
}

// nameCTE applies the column list and notes the columns (analyzeCTETargetList).
func (s *scope) nameCTE(c *translate.CommonTableExpr, d *cteDef) error {
	if len(c.Columns) > len(d.out) {
		return s.b.errorAt(c.Pos, pgerr.InvalidColumnReference, "WITH query \"%s\" has %d columns available but %d columns specified",
			c.Name, len(d.out), len(c.Columns))
	}
	d.def.Cols = nil
	for i := range d.out {
		if i < len(c.Columns) {
			d.out[i].Name = c.Columns[i]
		}
		d.def.Cols = append(d.def.Cols, d.out[i].Column)
	}
	return nil
}

// recursiveCTE binds an item that reads itself: the base decides the columns, then
// the step is bound against them.
func (s *scope) recursiveCTE(c *translate.CommonTableExpr, n *translate.SelectStmt, d *cteDef) error {
	if n.Op != translate.SetUnion {
		return s.b.errorAt(c.Pos, pgerr.InvalidRecursion, "recursive query \"%s\" does not have the form non-recursive-term UNION [ALL] recursive-term", c.Name)
	}
	if n.With != nil {
		for _, inner := range n.With.CTEs {
			if pos := referencePos(inner.Query, c.Name); pos != 0 {
				return s.b.errorAt(pos, pgerr.InvalidRecursion, "recursive reference to query \"%s\" must not appear within a subquery", c.Name)
			}
		}
	}
	if refersTo(n.Left, c.Name) {
		return s.b.errorAt(referencePos(n.Left, c.Name), pgerr.InvalidRecursion, "recursive reference to query \"%s\" must not appear within its non-recursive term", c.Name)
	}
	for _, clause := range []struct {
		present bool
		name    string
		node    translate.Node
	}{{len(n.OrderBy) > 0, "ORDER BY", nil}, {n.Offset != nil, "OFFSET", n.Offset}, {n.Limit != nil, "LIMIT", n.Limit}, {len(n.Locking) > 0, "FOR UPDATE/SHARE", nil}} {
		if clause.present {
			pos := translate.Leftmost(clause.node)
			if clause.node == nil && len(n.OrderBy) > 0 {
				pos = translate.Leftmost(n.OrderBy[0])
			}
			return s.b.errorAt(pos, pgerr.FeatureNotSupported, "%s in a recursive query is not implemented", clause.name)
		}
	}
	if err := s.checkStep(n.Right, c.Name); err != nil {
		return err
	}
	inner := s.b.newScope(s)
	var defs []*translate.CTE
	if n.With != nil {
		var err error
		if defs, err = inner.with(n.With); err != nil {
			return err
		}
	}
	base, err := inner.setSide(n.Left)
	if err != nil {
		return err
	}
	if err := inner.settleBase(base); err != nil {
		return err
	}
	d.out = base.out
	d.def.Recursive, d.def.UnionAll, d.building = true, n.All, true
	if err := inner.nameRecursive(c, d); err != nil {
		return err
	}
	inner.ctes = append(inner.ctes, d)
	step, err := inner.setSide(n.Right)
	if err != nil {
		return err
	}
	if err := inner.finishRecursive(c, n, d, base, step); err != nil {
		return err
	}
	if len(defs) > 0 {
		d.def.Base = &translate.With{CTEs: defs, Body: d.def.Base}
	}
	d.building = false
	s.ctes = append(s.ctes, d)
	return nil
}

// settleBase gives unknown literals of the base the type text.
func (s *scope) settleBase(q *query) error {
	side := s.coercions(q)
	for i, e := range side.exprs {
		if e.Type().OID != pgtypes.OIDUnknown {
			continue
		}
		if err := side.convert(i, pgtypes.Of(pgtypes.OIDText)); err != nil {
			return err
		}
	}
	rel, ids := side.finish()
	q.rel = rel
	for i, e := range side.exprs {
		q.out[i].ID, q.out[i].Type, q.out[i].Coll = ids[i], e.Type(), e.Collation()
	}
	return nil
}

// nameRecursive makes the item's own columns: the work table's rows are the
// base's and the step's.
func (s *scope) nameRecursive(c *translate.CommonTableExpr, d *cteDef) error {
	out := make([]outColumn, len(d.out))
	for i, o := range d.out {
		o.ID = s.b.newColumn(columnInfo{scope: s, kind: derivedColumn, name: o.Name})
		o.NotNull, o.plain = false, false
		out[i] = o
	}
	d.out = out
	return s.nameCTE(c, d)
}

// finishRecursive checks that the step's types are the base's.
func (s *scope) finishRecursive(c *translate.CommonTableExpr, n *translate.SelectStmt, d *cteDef, base, step *query) error {
	if len(base.out) != len(step.out) {
		return s.b.errorAt(leftmostTarget(n.Right), pgerr.SyntaxError, "each UNION query must have the same number of columns")
	}
	l, r := s.coercions(base), s.coercions(step)
	for i := range base.out {
		pair := []translate.Expr{l.exprs[i], r.exprs[i]}
		ch := chooser{}
		for _, e := range pair {
			previous := ch.typ
			if !ch.add(e.Type().OID) {
				return s.b.errorAt(r.pos(i), pgerr.DatatypeMismatch, "UNION types %s and %s cannot be matched", typeText(previous), typeText(e.Type().OID))
			}
		}
		overall := pgtypes.Type{OID: ch.result()}
		overall.Typmod = commonTypmod(pair, overall.OID)
		if overall != base.out[i].Type {
			return s.b.errorAt(l.pos(i), pgerr.DatatypeMismatch, "recursive query \"%s\" column %d has type %s in non-recursive term but type %s overall",
				c.Name, i+1, typeModText(base.out[i].Type), typeModText(overall)).WithHint("Cast the output of the non-recursive term to the correct type.")
		}
		if err := r.convert(i, base.out[i].Type); err != nil {
			return err
		}
	}
	d.def.Base, d.def.BaseCols = l.finish()
	d.def.Step, d.def.StepCols = r.finish()
	return nil
}

// cteReference reads a WITH item in FROM.
func (s *scope) cteReference(d *cteDef, n *translate.RangeVar) (translate.Rel, *nsItem, error) {
	item := &nsItem{name: n.Name, relVisible: true, colsVisible: true}
	if n.Alias != nil {
		item.name, item.aliased = n.Alias.Name, true
	}
	d.def.References++
	s.readsOwnStep = s.readsOwnStep || d.building
	ref := &translate.CTERef{CTE: d.def, Alias: item.name}
	for _, o := range d.out {
		info := columnInfo{scope: s, alias: item.name, name: o.Name, fields: s.b.info(o.ID).fields}
		if o.plain {
			origin := s.b.info(o.ID)
			info.table, info.attr = origin.table, origin.attr
		}
		col := o.Column
		col.ID = s.b.newColumn(info)
		ref.Cols = append(ref.Cols, col)
		item.cols = append(item.cols, nsColumn{name: o.Name, col: col})
	}
	if err := s.renameColumns(item, n.Alias); err != nil {
		return nil, nil, err
	}
	s.remember(item)
	return ref, item, nil
}
