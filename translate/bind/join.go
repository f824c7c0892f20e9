package bind

import (
	"slices"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// join binds JOIN (transformFromClauseItem's JoinExpr).
func (s *scope) join(n *translate.JoinNode) (translate.Rel, []*nsItem, error) {
	outer := s.lateralUsed
	s.lateralUsed = false
	left, leftItems, err := s.fromItem(n.Left)
	if err != nil {
		return nil, nil, err
	}
	outer = outer || s.lateralUsed
	s.lateralUsed = false
	setLateral(leftItems, true, n.Kind == translate.InnerJoin || n.Kind == translate.LeftJoin)
	if err := s.checkConflicts(s.items, leftItems); err != nil {
		return nil, nil, err
	}
	depth := len(s.items)
	s.items = append(s.items, leftItems...)
	right, rightItems, err := s.fromItem(n.Right)
	s.items = s.items[:depth:depth]
	if err != nil {
		return nil, nil, err
	}
	if err := s.checkConflicts(leftItems, rightItems); err != nil {
		return nil, nil, err
	}
	out := &translate.Join{Kind: n.Kind, Left: left, Right: right, Lateral: s.lateralUsed}
	s.lateralUsed = outer || s.lateralUsed
	items := append(slices.Clip(leftItems), rightItems...)
	leftCols, rightCols := joinColumns(leftItems), joinColumns(rightItems)
	using := n.Using
	if n.Natural {
		using = naturalColumns(leftCols, rightCols)
	}
	merged, on, err := s.using(n, using, leftCols, rightCols)
	if err != nil {
		return nil, nil, err
	}
	if n.On != nil {
		if on, err = s.joinCondition(n.On, items); err != nil {
			return nil, nil, err
		}
	}
	out.On = on
	joined, err := s.joinItems(n, items, merged, using, leftCols, rightCols)
	return out, joined, err
}

// joinColumns are the columns that a side offers to unqualified names.
func joinColumns(items []*nsItem) []nsColumn {
	if len(items) == 1 {
		return items[0].cols
	}
	for _, item := range items {
		if item.join && item.colsVisible {
			return item.cols
		}
	}
	return nil
}

func naturalColumns(left, right []nsColumn) []string {
	var names []string
	for _, l := range left {
		if slices.ContainsFunc(right, func(r nsColumn) bool { return r.name == l.name && !r.hidden }) && !l.hidden {
			names = append(names, l.name)
		}
	}
	return names
}

// joinCondition binds ON: only the two sides are visible, and what is LATERAL
// from further left is not.
func (s *scope) joinCondition(n translate.Node, items []*nsItem) (translate.Expr, error) {
	setLateral(items, false, true)
	saved := s.items
	s.items = items
	e, err := s.exprIn(kindJoinOn, n)
	s.items = saved
	if err != nil {
		return nil, err
	}
	return s.b.toBoolean(e, "JOIN/ON")
}

// using makes the merged columns and the condition of USING and NATURAL.
func (s *scope) using(n *translate.JoinNode, names []string, left, right []nsColumn) ([]nsColumn, translate.Expr, error) {
	var merged []nsColumn
	var conds []translate.Expr
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			return nil, nil, pgerr.New(pgerr.DuplicateColumn, "column name \"%s\" appears more than once in USING clause", name)
		}
		l, err := usingColumn(left, name, "left")
		if err != nil {
			return nil, nil, err
		}
		r, err := usingColumn(right, name, "right")
		if err != nil {
			return nil, nil, err
		}
		cond, err := s.b.operator([]string{"="}, l.ref(0), r.ref(0), 0)
		if err != nil {
			return nil, nil, err
		}
		if cond, err = s.b.toBoolean(cond, "JOIN/USING"); err != nil {
			return nil, nil, err
		}
		conds = append(conds, cond)
		m, err := s.mergedColumn(n.Kind, l, r)
		if err != nil {
			return nil, nil, err
		}
		merged = append(merged, m)
	}
	switch len(conds) {
	case 0:
		return merged, nil, nil
	case 1:
		return merged, conds[0], nil
	}
	return merged, &translate.BoolExpr{Typed: typed(pgtypes.OIDBool, 0), Kind: translate.And, Args: conds}, nil
}

func usingColumn(cols []nsColumn, name, side string) (*nsColumn, error) {
	var found *nsColumn
	for i := range cols {
		if cols[i].name != name {
			continue
		}
		if found != nil {
			return nil, pgerr.New(pgerr.AmbiguousColumn, "common column name \"%s\" appears more than once in %s table", name, side)
		}
		found = &cols[i]
	}
	if found == nil {
		return nil, pgerr.New(pgerr.UndefinedColumn, "column \"%s\" specified in USING clause does not exist in %s table", name, side)
	}
	return found, nil
}

// mergedColumn is buildMergedJoinVar.
func (s *scope) mergedColumn(kind translate.JoinKind, l, r *nsColumn) (nsColumn, error) {
	pair := []translate.Expr{l.ref(0), r.ref(0)}
	typ, err := s.b.commonType(pair, "JOIN/USING")
	if err != nil {
		return nsColumn{}, err
	}
	target := pgtypes.Type{OID: typ, Typmod: commonTypmod(pair, typ)}
	sides := [2]translate.Expr{}
	for i, e := range pair {
		switch {
		case e.Type().OID != typ:
			if e, err = s.b.toCommon(e, typ, "JOIN/USING"); err != nil {
				return nsColumn{}, err
			}
		case e.Type().Typmod != target.Typmod:
			e = &translate.Cast{Typed: translate.Typed{Typ: target, Coll: e.Collation()}, Arg: e, Method: translate.CastBinary}
		}
		sides[i] = e
	}
	out := nsColumn{name: l.name}
	_, leftPlain := sides[0].(*translate.ColRef)
	_, rightPlain := sides[1].(*translate.ColRef)
	switch {
	case kind == translate.FullJoin:
		c := &translate.Coalesce{Typed: translate.Typed{Typ: target, Coll: resultCollation(typ, sides[:])}, Args: sides[:]}
		out.merged = c
	case kind == translate.RightJoin, kind == translate.InnerJoin && !leftPlain && rightPlain:
		out.merged = sides[1]
	default:
		out.merged = sides[0]
	}
	if ref, ok := out.merged.(*translate.ColRef); ok {
		out.col = translate.Column{ID: ref.ID, Name: l.name, Type: ref.Typ, Coll: ref.Coll}
	} else {
		out.col = translate.Column{Name: l.name, Type: target, Coll: out.merged.Collation()}
	}
	return out, nil
}

// joinItems is the names after the join: merged columns first, then the rest of
// each side; an alias hides the sides.
func (s *scope) joinItems(n *translate.JoinNode, items []*nsItem, merged []nsColumn, using []string, left, right []nsColumn) ([]*nsItem, error) {
	item := &nsItem{name: "unnamed_join", join: true, colsVisible: true}
	item.cols = append(item.cols, merged...)
	for _, side := range [][]nsColumn{left, right} {
		for _, c := range side {
			if !slices.Contains(using, c.name) {
				item.cols = append(item.cols, c)
			}
		}
	}
	s.remember(item)
	if n.UsingAlias != nil {
		// The alias of USING names the merged columns alone.
		alias := s.remember(&nsItem{name: n.UsingAlias.Name, join: true, relVisible: true, cols: merged, aliased: true})
		if err := s.checkConflicts(items, []*nsItem{alias}); err != nil {
			return nil, err
		}
		items = append(items, alias)
	}
	if n.Alias != nil {
		item.name, item.relVisible, item.aliased = n.Alias.Name, true, true
		item.cols = slices.Clone(item.cols)
		if len(n.Alias.Columns) > len(item.cols) {
			return nil, s.renameColumns(item, n.Alias)
		}
		for i, name := range n.Alias.Columns {
			item.cols[i].name = name
		}
		for _, hidden := range items {
			hidden.relVisible = false
		}
		return []*nsItem{item}, nil
	}
	for _, i := range items {
		i.colsVisible = false
	}
	setLateral(items, false, true)
	return append(items, item), nil
}
