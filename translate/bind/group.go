package bind

import (
	"slices"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// groups is GROUP BY: its expressions, and its sets as indexes into them.
type groups struct {
	targets []*target
	ids     []translate.ColumnID // set by lowering
	sets    [][]int
	hasSets bool
	// dependent are columns that the primary keys among the groups determine.
	dependent []translate.ColumnID
	given     bool
}

// maxGroupingSets is Postgres's own limit.
const maxGroupingSets = 4096

// groupBy is transformGroupClause.
func (s *scope) groupBy(n *translate.SelectStmt, t *targetList) (*groups, error) {
	g := &groups{given: len(n.GroupBy) > 0}
	if !g.given {
		return g, nil
	}
	product := [][]int{nil}
	for _, item := range n.GroupBy {
		sets, err := s.groupingItem(item, g, t)
		if err != nil {
			return nil, err
		}
		if product, err = crossSets(product, sets); err != nil {
			return nil, at(err, translate.Leftmost(item))
		}
	}
	if n.GroupDistinct {
		product = distinctSets(product)
	}
	if g.hasSets {
		g.sets = product
	}
	return g, nil
}

// groupingItem gives the grouping sets that one item of GROUP BY stands for.
func (s *scope) groupingItem(n translate.Node, g *groups, t *targetList) ([][]int, error) {
	gs, ok := n.(*translate.GroupingSet)
	if !ok {
		set, err := s.groupElement(n, g, t)
		return [][]int{set}, err
	}
	g.hasSets = true
	switch gs.Kind {
	case translate.GroupingEmpty:
		return [][]int{nil}, nil
	case translate.GroupingSets:
		var out [][]int
		for _, item := range gs.Items {
			sets, err := s.groupingItem(item, g, t)
			if err != nil {
				return nil, err
			}
			out = append(out, sets...)
		}
		return out, nil
	}
	elements := make([][]int, len(gs.Items))
	for i, item := range gs.Items {
		var err error
		if elements[i], err = s.groupElement(item, g, t); err != nil {
			return nil, err
		}
	}
	if gs.Kind == translate.GroupingRollup {
		return rollup(elements), nil
	}
	if len(elements) > 12 {
		return nil, s.b.errorAt(gs.Pos, "54011", "CUBE is limited to 12 elements")
	}
	return cube(elements), nil
}

func rollup(elements [][]int) [][]int {
	var out [][]int
	for n := len(elements); n >= 0; n-- {
		out = append(out, union(elements[:n]...))
	}
	return out
}

// cube lists the subsets of the elements in the order of Postgres's expansion.
func cube(elements [][]int) [][]int {
	var out [][]int
	for mask := range 1 << len(elements) {
		var chosen [][]int
		for i := range elements {
			if mask&(1<<i) != 0 {
				chosen = append(chosen, elements[i])
			}
		}
		out = append(out, union(chosen...))
	}
	return out
}

func union(sets ...[]int) []int {
	out := []int{}
	for _, set := range sets {
		for _, i := range set {
			if !slices.Contains(out, i) {
				out = append(out, i)
			}
		}
	}
	return out
}

func crossSets(a, b [][]int) ([][]int, error) {
	if len(a)*len(b) > maxGroupingSets {
		return nil, pgerr.New(pgerr.StatementTooComplex, "too many grouping sets present (maximum %d)", maxGroupingSets)
	}
	var out [][]int
	for _, x := range a {
		for _, y := range b {
			out = append(out, union(x, y))
		}
	}
	return out, nil
}

func distinctSets(sets [][]int) [][]int {
	var out [][]int
	for _, set := range sets {
		sorted := slices.Sorted(slices.Values(set))
		if !slices.ContainsFunc(out, func(o []int) bool { return slices.Equal(slices.Sorted(slices.Values(o)), sorted) }) {
			out = append(out, set)
		}
	}
	return out
}

// groupElement is an expression, or a parenthesised list of them.
func (s *scope) groupElement(n translate.Node, g *groups, t *targetList) ([]int, error) {
	var items []translate.Node
	switch n := n.(type) {
	case *translate.RowNode:
		if n.Implicit {
			items = n.Args
		}
	case *translate.List:
		items = n.Items
	case *translate.GroupingSet:
		items = n.Items
	}
	if items == nil {
		i, err := s.groupExpr(n, g, t)
		return []int{i}, err
	}
	var out []int
	for _, item := range items {
		set, err := s.groupElement(item, g, t)
		if err != nil {
			return nil, err
		}
		out = union(out, set)
	}
	return out, nil
}

func (s *scope) groupExpr(n translate.Node, g *groups, t *targetList) (int, error) {
	entry, err := s.sql92Target(n, t, kindGroupBy)
	if err != nil {
		return 0, err
	}
	if i := slices.Index(g.targets, entry); i >= 0 {
		return i, nil
	}
	if entry.expr.Type().OID == pgtypes.OIDUnknown {
		if entry.expr, err = s.b.coerce(entry.expr, pgtypes.Of(pgtypes.OIDText), implicit, 0); err != nil {
			return 0, err
		}
	}
	if _, err := s.b.equalityFor(entry.expr.Type().OID, translate.Leftmost(n)); err != nil {
		return 0, err
	}
	g.targets = append(g.targets, entry)
	return len(g.targets) - 1, nil
}

// grouping is GROUPING(...); its arguments are matched once GROUP BY is known.
func (s *scope) grouping(n *translate.GroupingNode) (translate.Expr, error) {
	if len(n.Args) > 31 {
		return nil, s.b.errorAt(n.Pos, pgerr.TooManyArguments, "GROUPING must have fewer than 32 arguments")
	}
	if err := s.groupingAllowed(n.Pos); err != nil {
		return nil, err
	}
	args, err := s.exprs(n.Args)
	if err != nil {
		return nil, err
	}
	probe := &translate.RowExpr{Typed: typed(pgtypes.OIDRecord, n.Pos), Fields: args}
	if s.deepestLevel(probe) != s {
		return nil, s.b.errorAt(n.Pos, pgerr.FeatureNotSupported, "GROUPING over columns of an outer query is not supported")
	}
	s.hasAggs = true
	return &pendingGrouping{Typed: typed(pgtypes.OIDInt4, n.Pos), args: args}, nil
}

func (s *scope) groupingAllowed(pos int) error {
	switch s.kind {
	case kindTarget, kindHaving, kindOrderBy, kindDistinctOn, kindPartition, kindWindowOrder:
		return nil
	case kindJoinOn:
		return s.b.errorAt(pos, pgerr.GroupingError, "grouping operations are not allowed in JOIN conditions")
	}
	return s.b.errorAt(pos, pgerr.GroupingError, "grouping operations are not allowed in %s", kindNames[s.kind])
}

// pendingGrouping is a GROUPING whose columns are not yet known. It never leaves
// the binder.
type pendingGrouping struct {
	translate.Typed
	args []translate.Expr
}

// grouped replaces the grouping expressions in e by the group columns and raises
// 42803 for any other column of this level.
func (s *scope) grouped(e translate.Expr, g *groups) (translate.Expr, error) {
	var err error
	var visit func(translate.Expr) translate.Expr
	visit = func(e translate.Expr) translate.Expr {
		if err != nil {
			return e
		}
		for i, t := range g.targets {
			if translate.Equal(t.expr, e) {
				return s.groupRef(e, g.ids[i])
			}
		}
		switch n := e.(type) {
		case *translate.ColRef:
			err = s.checkUngrouped(n, g, "")
			return e
		case *pendingGrouping:
			var out translate.Expr
			out, err = s.settleGrouping(n, g)
			return out
		case *translate.Subquery:
			translate.WalkDeep(&translate.Subquery{Typed: n.Typed, Rel: n.Rel}, func(inner translate.Expr) bool {
				if c, ok := inner.(*translate.ColRef); ok && err == nil {
					err = s.checkUngrouped(c, g, "subquery")
				}
				return err == nil
			})
		}
		return translate.MapChildren(e, visit)
	}
	out := visit(e)
	return out, err
}

// groupRef refers to a group's column; a plain column stays as it is.
func (s *scope) groupRef(e translate.Expr, id translate.ColumnID) translate.Expr {
	if c, ok := e.(*translate.ColRef); ok && c.ID == id {
		return e
	}
	return &translate.ColRef{Typed: translate.Typed{Typ: e.Type(), Coll: e.Collation(), Pos: exprPos(e)}, ID: id, Name: s.b.info(id).name}
}

func (s *scope) checkUngrouped(c *translate.ColRef, g *groups, within string) error {
	info := s.b.info(c.ID)
	if info.scope != s || info.kind != relationColumn || slices.Contains(g.ids, c.ID) || slices.Contains(g.dependent, c.ID) {
		return nil
	}
	if s.determined(info, g) {
		g.dependent = append(g.dependent, c.ID)
		return nil
	}
	if within != "" {
		return s.b.errorAt(c.Pos, pgerr.GroupingError, "subquery uses ungrouped column \"%s.%s\" from outer query", info.alias, info.name)
	}
	return s.b.errorAt(c.Pos, pgerr.GroupingError, "column \"%s.%s\" must appear in the GROUP BY clause or be used in an aggregate function", info.alias, info.name)
}

// determined is check_functional_grouping: the groups hold the primary key of the
// column's table.
func (s *scope) determined(info *columnInfo, g *groups) bool {
	t := info.table
	if t == nil || !t.PrimaryKey || len(t.Keys) == 0 {
		return false
	}
	common := g.common()
	for _, attr := range t.Keys[0] {
		found := false
		for _, i := range common {
			if c, ok := g.targets[i].expr.(*translate.ColRef); ok {
				key := s.b.info(c.ID)
				found = found || key.scope == s && key.table == t && key.alias == info.alias && key.attr == attr
			}
		}
		if !found {
			return false
		}
	}
	return true
}

// common are the groups that are in every set.
func (g *groups) common() []int {
	var out []int
	for i := range g.targets {
		inAll := true
		for _, set := range g.sets {
			inAll = inAll && slices.Contains(set, i)
		}
		if inAll {
			out = append(out, i)
		}
	}
	return out
}

// settleGrouping finds the columns of a GROUPING. Without grouping sets it is 0.
func (s *scope) settleGrouping(n *pendingGrouping, g *groups) (translate.Expr, error) {
	out := &translate.Grouping{Typed: n.Typed}
	for _, a := range n.args {
		i := slices.IndexFunc(g.targets, func(t *target) bool { return translate.Equal(t.expr, a) })
		if i < 0 {
			return n, s.b.errorAt(exprPos(a), pgerr.GroupingError, "arguments to GROUPING must be grouping expressions of the associated query level")
		}
		out.Columns = append(out.Columns, g.ids[i])
	}
	if !g.hasSets {
		return &translate.Const{Typed: n.Typed, Value: int32(0)}, nil
	}
	s.groupingIDs = append(s.groupingIDs, out)
	return out, nil
}
