package bind

import (
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/translate"
)

// lower puts the clauses together: FROM, WHERE, GROUP BY, HAVING, windows, select
// list, DISTINCT, ORDER BY, LIMIT.
func (s *scope) lower(n *translate.SelectStmt, p *parts) (*query, error) {
	rel := p.from
	if rel == nil {
		// No FROM is one row without columns.
		rel = &translate.Values{Rows: [][]translate.Expr{{}}}
	}
	if p.where != nil {
		rel = &translate.Filter{Input: rel, Cond: p.where}
	}
	rel, err := s.lowerGroups(rel, p)
	if err != nil {
		return nil, err
	}
	rel = s.lowerWindows(rel)
	if err := s.checkLocking(p); err != nil {
		return nil, err
	}
	q := s.lowerTargets(rel, p)
	for _, l := range p.locking {
		if err := s.checkLockNames(l); err != nil {
			return nil, err
		}
		q.rel = lockNode(q.rel, l)
	}
	return q, nil
}

func lockNode(rel translate.Rel, l *translate.LockingClause) translate.Rel {
	lock := &translate.Lock{Input: rel, Strength: l.Strength, Wait: l.Wait}
	for _, r := range l.Of {
		lock.Of = append(lock.Of, r.Name)
	}
	return lock
}

func (s *scope) checkLockNames(l *translate.LockingClause) error {
	for _, r := range l.Of {
		found := false
		for _, item := range s.items {
			found = found || item.name == r.Name && item.relVisible
		}
		if !found {
			return s.b.errorAt(r.Pos, pgerr.UndefinedTable, "relation \"%s\" in FOR %s clause not found in FROM clause", r.Name, l.Strength)
		}
	}
	return nil
}

// checkLocking is CheckSelectLocking.
func (s *scope) checkLocking(p *parts) error {
	if len(p.locking) == 0 {
		return nil
	}
	clause := ""
	switch {
	case p.distinct || p.distinctOn != nil:
		clause = "with DISTINCT clause"
	case p.groups.given:
		clause = "with GROUP BY clause"
	case p.having != nil:
		clause = "with HAVING clause"
	case s.hasAggs:
		clause = "with aggregate functions"
	case len(s.windowDefs) > 0:
		clause = "with window functions"
	case p.list.returnsSet():
		clause = "with set-returning functions in the target list"
	default:
		return nil
	}
	return pgerr.New(pgerr.FeatureNotSupported, "FOR %s is not allowed %s", p.locking[0].Strength, clause)
}

func (t *targetList) returnsSet() bool {
	for _, e := range t.entries {
		if returnsSet(e.expr) {
			return true
		}
	}
	return false
}

// lowerGroups makes the Aggregate node and HAVING's Filter.
func (s *scope) lowerGroups(rel translate.Rel, p *parts) (translate.Rel, error) {
	g := p.groups
	if !g.given && !s.hasAggs && p.having == nil {
		return rel, nil
	}
	if s.readsOwnStep && s.hasAggs {
		pos := 0
		if len(s.aggs) > 0 {
			pos = s.aggs[0].Call.Pos
		}
		return nil, s.b.errorAt(pos, pgerr.InvalidRecursion, "aggregate functions are not allowed in a recursive query's recursive term")
	}
	exprs := make([]translate.Expr, len(g.targets))
	for i, t := range g.targets {
		exprs[i] = t.expr
	}
	rel, g.ids = s.columnsFor(rel, exprs, groupColumn)
	if err := s.rewriteGrouped(p); err != nil {
		return nil, err
	}
	out := &translate.Aggregate{Input: rel, Groups: append(g.ids, g.dependent...), Aggs: s.aggs}
	if g.hasSets {
		out.Sets = make([][]int, len(g.sets))
		for i, set := range g.sets {
			out.Sets[i] = append([]int{}, set...)
			for d := range g.dependent {
				out.Sets[i] = append(out.Sets[i], len(g.ids)+d)
			}
		}
		if len(s.groupingIDs) > 0 {
			out.GroupingID = s.b.newColumn(columnInfo{scope: s, kind: groupColumn, name: "grouping"})
		}
	}
	rel = out
	if p.having != nil {
		rel = &translate.Filter{Input: rel, Cond: p.having}
	}
	return rel, nil
}

// rewriteGrouped makes everything above the grouping read the group columns.
func (s *scope) rewriteGrouped(p *parts) error {
	apply := func(e *translate.Expr) error {
		if *e == nil {
			return nil
		}
		out, err := s.grouped(*e, p.groups)
		*e = out
		return err
	}
	rewritten := make([]translate.Expr, len(p.list.entries))
	for i, t := range p.list.entries {
		rewritten[i] = t.expr
		if err := apply(&rewritten[i]); err != nil {
			return err
		}
	}
	if err := apply(&p.having); err != nil {
		return err
	}
	for _, w := range s.windowDefs {
		if err := s.rewriteWindow(w, apply); err != nil {
			return err
		}
	}
	// Only now: until here the entries are what expressions are compared with.
	for i, t := range p.list.entries {
		t.expr = rewritten[i]
	}
	return nil
}

func (s *scope) rewriteWindow(w *windowSpec, apply func(*translate.Expr) error) error {
	for i := range w.partition {
		if err := apply(&w.partition[i]); err != nil {
			return err
		}
	}
	for i := range w.order {
		if err := apply(&w.order[i].Expr); err != nil {
			return err
		}
	}
	for _, c := range w.calls {
		for i := range c.Call.Args {
			if err := apply(&c.Call.Args[i]); err != nil {
				return err
			}
		}
		if err := apply(&c.Call.Filter); err != nil {
			return err
		}
	}
	return nil
}

// columnsFor gives a column of rel for each expression, adding a Project below
// for those that are not columns already.
func (s *scope) columnsFor(rel translate.Rel, exprs []translate.Expr, kind columnKind) (translate.Rel, []translate.ColumnID) {
	ids := make([]translate.ColumnID, len(exprs))
	var items []translate.ProjectItem
	for i, e := range exprs {
		if c, ok := e.(*translate.ColRef); ok && s.b.info(c.ID).scope == s {
			ids[i] = c.ID
			continue
		}
		name := "expression"
		if c, ok := e.(*translate.ColRef); ok {
			name = c.Name
		}
		ids[i] = s.b.newColumn(columnInfo{scope: s, kind: kind, name: name})
		items = append(items, translate.ProjectItem{
			Col: translate.Column{ID: ids[i], Name: name, Type: e.Type(), Coll: e.Collation()}, Expr: e,
		})
	}
	if items == nil {
		return rel, ids
	}
	return &translate.Project{Input: rel, Items: append(passThrough(rel), items...)}, ids
}

func passThrough(rel translate.Rel) []translate.ProjectItem {
	cols := rel.Columns()
	items := make([]translate.ProjectItem, len(cols), len(cols)+4)
	for i, c := range cols {
		items[i] = translate.ProjectItem{Col: c, Expr: c.Ref()}
	}
	return items
}

// lowerWindows makes a Window node for each different partitioning and order.
func (s *scope) lowerWindows(rel translate.Rel) translate.Rel {
	done := make([]bool, len(s.windowDefs))
	for i, w := range s.windowDefs {
		if done[i] || len(w.calls) == 0 {
			continue
		}
		node := &translate.Window{Order: w.order}
		for j := i; j < len(s.windowDefs); j++ {
			other := s.windowDefs[j]
			if done[j] || !sameExprs(w.partition, other.partition) || !sameOrder(w.order, other.order) {
				continue
			}
			done[j] = true
			for _, c := range other.calls {
				c.Frame = other.frame
				node.Calls = append(node.Calls, c)
			}
		}
		rel, node.Partition = s.columnsFor(rel, w.partition, derivedColumn)
		node.Input = rel
		rel = node
	}
	return rel
}

func sameExprs(a, b []translate.Expr) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !translate.Equal(a[i], b[i]) {
			return false
		}
	}
	return true
}

func sameOrder(a, b []translate.SortKey) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Op != b[i].Op || a[i].NullsFirst != b[i].NullsFirst || !translate.Equal(a[i].Expr, b[i].Expr) {
			return false
		}
	}
	return true
}
