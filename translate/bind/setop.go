package bind

import (
	"strconv"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

var setNames = [...]string{translate.SetUnion: "UNION", translate.SetIntersect: "INTERSECT", translate.SetExcept: "EXCEPT"}

// setOperation is transformSetOperationStmt: the tree of operations, then ORDER
// BY and LIMIT over its result.
func (s *scope) setOperation(n *translate.SelectStmt) (*query, error) {
	if len(n.Locking) > 0 {
		return nil, pgerr.New(pgerr.FeatureNotSupported, "FOR %s is not allowed with UNION/INTERSECT/EXCEPT", n.Locking[0].Strength)
	}
	q, err := s.setTree(n)
	if err != nil {
		return nil, err
	}
	return s.finishQuery(n, q, true)
}

// setTree binds one operation with both sides.
func (s *scope) setTree(n *translate.SelectStmt) (*query, error) {
	left, err := s.setSide(n.Left)
	if err != nil {
		return nil, err
	}
	right, err := s.setSide(n.Right)
	if err != nil {
		return nil, err
	}
	return s.combine(n, left, right, setNames[n.Op], false)
}

func (s *scope) setSide(n *translate.SelectStmt) (*query, error) {
	plain := n.With == nil && len(n.OrderBy) == 0 && n.Limit == nil && n.Offset == nil && len(n.Locking) == 0
	if n.Op != translate.NoSetOp && plain {
		return s.setTree(n)
	}
	if n.Into != nil {
		return nil, s.b.errorAt(n.Into.Pos, pgerr.SyntaxError, "INTO is only allowed on first SELECT of UNION/INTERSECT/EXCEPT")
	}
	q, err := s.subquery(n, false)
	if err != nil {
		return nil, err
	}
	// Error texts may name a side, though nothing can refer to it.
	item := s.remember(&nsItem{name: "*SELECT* " + strconv.Itoa(len(s.all)+1)})
	for _, o := range q.out {
		item.cols = append(item.cols, nsColumn{name: o.Name, col: o.Column})
	}
	return q, nil
}

// combine makes the node of an operation over two sides. recursive says that the
// left one alone decides the types (WITH RECURSIVE).
func (s *scope) combine(n *translate.SelectStmt, left, right *query, name string, recursive bool) (*query, error) {
	if len(left.out) != len(right.out) {
		return nil, s.b.errorAt(leftmostTarget(n.Right), pgerr.SyntaxError, "each %s query must have the same number of columns", name)
	}
	lc, rc := s.coercions(left), s.coercions(right)
	op := &translate.SetOp{Kind: translate.SetOpKind(n.Op - translate.SetUnion), All: n.All}
	q := &query{rel: op}
	for i := range left.out {
		typ, err := s.setColumn(lc, rc, i, name, recursive)
		if err != nil {
			return nil, err
		}
		if !(n.Op == translate.SetUnion && n.All) {
			if _, err := s.b.equalityFor(typ.OID, lc.pos(i)); err != nil {
				return nil, err
			}
		}
		col := translate.Column{
			ID: s.b.newColumn(columnInfo{scope: s, kind: derivedColumn, name: left.out[i].Name}), Name: left.out[i].Name, Type: typ,
			Coll: resultCollation(typ.OID, []translate.Expr{lc.exprs[i], rc.exprs[i]}),
		}
		op.Cols = append(op.Cols, col)
		q.out = append(q.out, outColumn{Column: col})
	}
	op.Left, op.LeftCols = lc.finish()
	op.Right, op.RightCols = rc.finish()
	return q, nil
}

// leftmostTarget is where Postgres points for a query: its first target.
func leftmostTarget(n *translate.SelectStmt) int {
	for n.Op != translate.NoSetOp {
		n = n.Left
	}
	switch {
	case len(n.Values) > 0 && len(n.Values[0]) > 0:
		return translate.Leftmost(n.Values[0][0])
	case len(n.Targets) > 0:
		return translate.Leftmost(n.Targets[0].Value)
	}
	return 0
}

// side is one input of a set operation with the conversions of its columns.
type side struct {
	s       *scope
	q       *query
	exprs   []translate.Expr // what the column is made of; a ColRef when it is not known
	changed bool
}

func (s *scope) coercions(q *query) *side {
	c := &side{s: s, q: q}
	for _, o := range q.out {
		var e translate.Expr = o.Ref()
		if q.project != nil {
			for _, item := range q.project.Items {
				if item.Col.ID == o.ID && item.Expr.Type().OID == pgtypes.OIDUnknown {
					e = item.Expr
				}
			}
		}
		c.exprs = append(c.exprs, e)
	}
	return c
}

// pos is where the column's expression stands in the text.
func (c *side) pos(i int) int {
	if p := exprPos(c.exprs[i]); p != 0 {
		return p
	}
	if c.q.project != nil {
		for _, item := range c.q.project.Items {
			if item.Col.ID == c.q.out[i].ID {
				return exprPos(item.Expr)
			}
		}
	}
	return 0
}

// setColumn unifies column i of both sides.
func (s *scope) setColumn(l, r *side, i int, name string, recursive bool) (pgtypes.Type, error) {
	pair := []translate.Expr{l.exprs[i], r.exprs[i]}
	c := chooser{}
	for k, e := range pair {
		previous := c.typ
		if !c.add(e.Type().OID) {
			pos := r.pos(i)
			if k == 0 {
				pos = l.pos(i)
			}
			return pgtypes.Type{}, s.b.errorAt(pos, pgerr.DatatypeMismatch, "%s types %s and %s cannot be matched", name, typeText(previous), typeText(e.Type().OID))
		}
	}
	typ := pgtypes.Type{OID: c.result(), Typmod: -1}
	for k, e := range pair {
		if !canCoerceOne(e.Type().OID, typ.OID, implicit) {
			pos := l.pos(i)
			if k == 1 {
				pos = r.pos(i)
			}
			return typ, s.b.errorAt(pos, pgerr.CannotCoerce, "%s could not convert type %s to %s", name, typeText(e.Type().OID), typeText(typ.OID))
		}
	}
	typ.Typmod = commonTypmod(pair, typ.OID)
	if recursive {
		typ = l.exprs[i].Type()
	}
	if err := l.convert(i, typ); err != nil {
		return typ, err
	}
	return typ, r.convert(i, typ)
}

func (c *side) convert(i int, typ pgtypes.Type) error {
	e := c.exprs[i]
	if e.Type().OID == typ.OID {
		return nil
	}
	out, err := c.s.b.coerce(e, pgtypes.Of(typ.OID), implicit, 0)
	if err != nil {
		return err
	}
	c.exprs[i], c.changed = out, true
	return nil
}

// finish adds a Project for the conversions, or sets them in the side's own one
// where literals took a type.
func (c *side) finish() (translate.Rel, []translate.ColumnID) {
	ids := c.q.ids()
	if !c.changed {
		return c.q.rel, ids
	}
	var items []translate.ProjectItem
	for i, e := range c.exprs {
		if c.setLiteral(i, e) {
			col := c.q.out[i].Column
			col.Type = e.Type()
			items = append(items, translate.ProjectItem{Col: col, Expr: col.Ref()})
			continue
		}
		col := c.q.out[i].Column
		if ref, ok := e.(*translate.ColRef); !ok || ref.ID != col.ID {
			col.ID = c.s.b.newColumn(columnInfo{scope: c.s, kind: derivedColumn, name: col.Name})
		}
		col.Type, col.Coll = e.Type(), e.Collation()
		ids[i] = col.ID
		items = append(items, translate.ProjectItem{Col: col, Expr: e})
	}
	return &translate.Project{Input: c.q.rel, Items: items}, ids
}

// setLiteral replaces an unknown literal in the side's select list.
func (c *side) setLiteral(i int, e translate.Expr) bool {
	if c.q.project == nil || c.q.out[i].Type.OID != pgtypes.OIDUnknown {
		return false
	}
	for k := range c.q.project.Items {
		item := &c.q.project.Items[k]
		if item.Col.ID == c.q.out[i].ID {
			item.Expr, item.Col.Type, item.Col.Coll = e, e.Type(), e.Collation()
			return true
		}
	}
	return false
}

// finishQuery adds ORDER BY and LIMIT to a set operation or VALUES.
func (s *scope) finishQuery(n *translate.SelectStmt, q *query, isSet bool) (*query, error) {
	list := &targetList{}
	for _, o := range q.out {
		list.entries = append(list.entries, &target{expr: o.Ref(), name: o.Name, id: o.ID})
	}
	visible := len(list.entries)
	if isSet {
		// Only the result's names can be referred to; they are found as targets.
		item := &nsItem{name: "*SELECT*", colsVisible: true, join: true}
		for _, o := range q.out {
			item.cols = append(item.cols, nsColumn{name: o.Name, col: o.Column})
		}
		s.items = []*nsItem{item}
	}
	order, err := s.orderBy(n.OrderBy, list)
	if err != nil {
		return nil, err
	}
	if len(list.entries) > visible && isSet {
		return nil, s.b.errorAt(exprPos(list.entries[visible].expr), pgerr.FeatureNotSupported, "invalid UNION/INTERSECT/EXCEPT ORDER BY clause").
			WithDetail("Only result column names can be used, not expressions or functions.").
			WithHint("Add the expression/function to every SELECT, or move the UNION into a FROM clause.")
	}
	p := &parts{withTies: n.WithTies}
	if err := s.limitClause(n, p); err != nil {
		return nil, err
	}
	if len(list.entries) > visible {
		items := passThrough(q.rel)
		for _, t := range list.entries[visible:] {
			t.id = s.b.newColumn(columnInfo{scope: s, kind: derivedColumn, name: "expression"})
			items = append(items, translate.ProjectItem{Col: translate.Column{ID: t.id, Type: t.expr.Type(), Coll: t.expr.Collation()}, Expr: t.expr})
		}
		q.rel = &translate.Project{Input: q.rel, Items: items}
	}
	if len(order) > 0 {
		q.rel = sortNode(q.rel, order)
	}
	if p.count != nil || p.offset != nil {
		q.rel = &translate.Limit{Input: q.rel, Count: p.count, Offset: p.offset, WithTies: p.withTies}
	}
	return q, nil
}
