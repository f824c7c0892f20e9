package bind

import (
	"slices"

	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// sortItem is an ORDER BY item: a target with the way it is ordered.
type sortItem struct {
	target *target
	key    translate.SortKey
}

// orderBy is transformSortClause.
func (s *scope) orderBy(list []*translate.SortBy, t *targetList) ([]sortItem, error) {
	var items []sortItem
	for _, by := range list {
		entry, err := s.sql92Target(by.Expr, t, kindOrderBy)
		if err != nil {
			return nil, err
		}
		key, err := s.sortKey(by, entry.expr)
		if err != nil {
			return nil, err
		}
		entry.expr = key.Expr
		if !sorted(items, entry) {
			items = append(items, sortItem{target: entry, key: key})
		}
	}
	return items, nil
}

func sorted(items []sortItem, t *target) bool {
	for _, i := range items {
		if i.target == t {
			return true
		}
	}
	return false
}

// sortKey is addTargetToSortList: the operator and the place of NULLs.
func (s *scope) sortKey(by *translate.SortBy, e translate.Expr) (translate.SortKey, error) {
	key := translate.SortKey{Expr: e}
	pos := by.Pos
	if pos == 0 {
		pos = translate.Leftmost(by.Expr)
	}
	if e.Type().OID == pgtypes.OIDUnknown {
		var err error
		if key.Expr, err = s.b.coerce(e, pgtypes.Of(pgtypes.OIDText), implicit, 0); err != nil {
			return key, err
		}
	}
	typ := key.Expr.Type().OID
	if by.Dir == translate.SortUsing {
		if err := s.sortUsing(&key, by, typ, pos); err != nil {
			return key, err
		}
	} else {
		less, _, greater := sortOperators(typ)
		if less == 0 {
			return key, s.b.errorAt(pos, pgerr.UndefinedFunction, "could not identify an ordering operator for type %s", typeText(typ)).
				WithHint("Use an explicit ordering operator or modify the query.")
		}
		key.Op = less
		if by.Dir == translate.SortDesc {
			key.Op, key.Descending = greater, true
		}
	}
	switch by.Nulls {
	case translate.NullsFirst:
		key.NullsFirst = true
	case translate.NullsDefault:
		key.NullsFirst = key.Descending
	}
	return key, nil
}

func (s *scope) sortUsing(key *translate.SortKey, by *translate.SortBy, typ uint32, pos int) error {
	op, err := s.b.findOperator(by.Using, typ, typ, pos)
	if err != nil {
		return err
	}
	for _, m := range pgbuiltin.FamilyMembers(op.OID) {
		if m.Method == pgbuiltin.BtreeAM && (m.Strategy == 1 || m.Strategy == 5) {
			key.Op, key.Descending = op.OID, m.Strategy == 5
			return nil
		}
	}
	return s.b.errorAt(pos, pgerr.WrongObjectType, "operator %s is not a valid ordering operator", by.Using[len(by.Using)-1]).
		WithHint("Ordering operators must be \"<\" or \">\" members of btree operator families.")
}

// sql92Target is findTargetlistEntrySQL92: a name of the select list, a position
// in it, or an expression.
func (s *scope) sql92Target(n translate.Node, t *targetList, kind exprKind) (*target, error) {
	if ref, ok := n.(*translate.ColumnRef); ok && len(ref.Fields) == 1 && !ref.Star {
		found, err := s.targetNamed(ref, t, kind)
		if found != nil || err != nil {
			return found, err
		}
	}
	if c, ok := n.(*translate.AConst); ok {
		return s.targetAt(c, t, kind)
	}
	e, err := s.exprIn(kind, n)
	if err != nil {
		return nil, err
	}
	return t.findOrAdd(e), nil
}

func (s *scope) targetNamed(ref *translate.ColumnRef, t *targetList, kind exprKind) (*target, error) {
	name := ref.Fields[0]
	if kind == kindGroupBy {
		// GROUP BY prefers a column of FROM, as SQL99 has it.
		if e, err := s.lookupLocal(name, ref.Pos); e != nil || err != nil {
			return nil, err
		}
	}
	var found *target
	for _, entry := range t.entries {
		if entry.junk || entry.name != name {
			continue
		}
		if found != nil && !translate.Equal(found.expr, entry.expr) {
			return nil, s.b.errorAt(ref.Pos, pgerr.AmbiguousColumn, "%s \"%s\" is ambiguous", kindNames[kind], name)
		}
		if found == nil {
			found = entry
		}
	}
	if found == nil {
		return nil, nil
	}
	return found, s.checkTarget(found, kind)
}

// lookupLocal looks a column up in this level alone (colNameToVar with localonly).
func (s *scope) lookupLocal(name string, pos int) (translate.Expr, error) {
	saved := s.parent
	s.parent = nil
	e, err := s.lookupColumn(name, pos)
	s.parent = saved
	return e, err
}

func (s *scope) targetAt(c *translate.AConst, t *targetList, kind exprKind) (*target, error) {
	if c.Kind != translate.ConstInteger {
		return nil, s.b.errorAt(c.Pos, pgerr.SyntaxError, "non-integer constant in %s", kindNames[kind])
	}
	visible := t.visible()
	if c.Int < 1 || int(c.Int) > len(visible) {
		return nil, s.b.errorAt(c.Pos, pgerr.InvalidColumnReference, "%s position %d is not in select list", kindNames[kind], c.Int)
	}
	entry := visible[c.Int-1]
	return entry, s.checkTarget(entry, kind)
}

// checkTarget refuses aggregates and window functions that GROUP BY would reach
// by name or position.
func (s *scope) checkTarget(entry *target, kind exprKind) error {
	if kind != kindGroupBy {
		return nil
	}
	var err error
	translate.WalkExpr(entry.expr, func(e translate.Expr) bool {
		c, ok := e.(*translate.ColRef)
		if !ok || err != nil {
			return err == nil
		}
		switch info := s.b.info(c.ID); {
		case info.scope != s:
		case info.kind == aggregateColumn:
			err = s.b.errorAt(c.Pos, pgerr.GroupingError, "aggregate functions are not allowed in GROUP BY")
		case info.kind == windowColumn:
			err = s.b.errorAt(c.Pos, pgerr.WindowingError, "window functions are not allowed in GROUP BY")
		}
		return err == nil
	})
	return err
}

// findOrAdd finds the entry that computes e, or adds a junk one.
func (t *targetList) findOrAdd(e translate.Expr) *target {
	for _, entry := range t.entries {
		if translate.Equal(entry.expr, e) {
			return entry
		}
	}
	entry := &target{expr: e, junk: true}
	t.entries = append(t.entries, entry)
	return entry
}

// sql99Expr binds an expression that no output name or position stands for.
func (s *scope) sql99Expr(n translate.Node, _ *targetList, kind exprKind) (translate.Expr, error) {
	return s.exprIn(kind, n)
}

// distinctOn is transformDistinctOnClause.
func (s *scope) distinctOn(list []translate.Node, t *targetList, order []sortItem) ([]*target, error) {
	var on []*target
	var nodes []translate.Node // parallel to on
	for _, n := range list {
		entry, err := s.sql92Target(n, t, kindDistinctOn)
		if err != nil {
			return nil, err
		}
		if entry.expr.Type().OID == pgtypes.OIDUnknown {
			if entry.expr, err = s.b.coerce(entry.expr, pgtypes.Of(pgtypes.OIDText), implicit, 0); err != nil {
				return nil, err
			}
		}
		if _, err := s.b.equalityFor(entry.expr.Type().OID, translate.Leftmost(n)); err != nil {
			return nil, err
		}
		if !slices.Contains(on, entry) {
			on, nodes = append(on, entry), append(nodes, n)
		}
	}
	return on, s.checkDistinctOrder(on, nodes, order)
}

func (s *scope) checkDistinctOrder(on []*target, list []translate.Node, order []sortItem) error {
	const text = "SELECT DISTINCT ON expressions must match initial ORDER BY expressions"
	skipped := false
	for _, item := range order {
		i := slices.Index(on, item.target)
		if i < 0 {
			skipped = true
		} else if skipped {
			return s.b.errorAt(translate.Leftmost(list[i]), pgerr.InvalidColumnReference, text)
		}
	}
	for i, o := range on {
		if skipped && !sorted(order, o) {
			return s.b.errorAt(translate.Leftmost(list[i]), pgerr.InvalidColumnReference, text)
		}
	}
	return nil
}
