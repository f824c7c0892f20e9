package translate

import (
	pgquery "github.com/pganalyze/pg_query_go/v6"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// query converts a node that the grammar only lets be a SELECT.
func (c *converter) query(n *pgquery.Node) *SelectStmt {
	if s := n.GetSelectStmt(); s != nil {
		return c.selectStmt(s)
	}
	return nil
}

func (c *converter) selectStmt(n *pgquery.SelectStmt) *SelectStmt {
	if n == nil {
		return nil
	}
	s := &SelectStmt{
		With: c.with(n.GetWithClause()), OrderBy: c.sortBys(n.GetSortClause()),
		Offset: c.expr(n.GetLimitOffset()), Limit: c.expr(n.GetLimitCount()),
		WithTies: n.GetLimitOption() == pgquery.LimitOption_LIMIT_OPTION_WITH_TIES, Locking: c.locking(n.GetLockingClause()),
	}
	if n.GetOp() > pgquery.SetOperation_SETOP_NONE {
		s.Op = SetOperation(n.GetOp() - pgquery.SetOperation_SETOP_NONE)
		s.All, s.Left, s.Right = n.GetAll(), c.selectStmt(n.GetLarg()), c.selectStmt(n.GetRarg())
		s.Pos = s.Left.Pos
		return s
	}
	for _, row := range n.GetValuesLists() {
		s.Values = append(s.Values, c.exprs(row.GetList().GetItems()))
	}
	s.Into = c.into(n.GetIntoClause())
	s.Targets = c.targets(n.GetTargetList())
	s.From = c.fromList(n.GetFromClause())
	s.Where = c.expr(n.GetWhereClause())
	s.GroupBy, s.GroupDistinct = c.exprs(n.GetGroupClause()), n.GetGroupDistinct()
	s.Having = c.expr(n.GetHavingClause())
	for _, w := range n.GetWindowClause() {
		s.Windows = append(s.Windows, c.window(w.GetWindowDef(), false))
	}
	c.distinct(s, n.GetDistinctClause())
	if len(s.Targets) > 0 {
		s.Pos = s.Targets[0].Pos
	} else if len(s.Values) > 0 && len(s.Values[0]) > 0 {
		s.Pos = Leftmost(s.Values[0][0])
	}
	return s
}

// distinct reads a clause that is a single empty node for plain DISTINCT.
func (c *converter) distinct(s *SelectStmt, clause []*pgquery.Node) {
	if len(clause) == 0 {
		return
	}
	s.Distinct = true
	if clause[0].GetNode() != nil {
		s.DistinctOn = c.exprs(clause)
	}
}

func (c *converter) with(n *pgquery.WithClause) *WithClause {
	if n == nil {
		return nil
	}
	w := &WithClause{At: c.at(n.GetLocation()), Recursive: n.GetRecursive()}
	for _, node := range n.GetCtes() {
		cte := node.GetCommonTableExpr()
		item := &CommonTableExpr{
			At: c.at(cte.GetLocation()), Name: cte.GetCtename(), Columns: names(cte.GetAliascolnames()),
			Query: c.utility(cte.GetCtequery(), c.at(cte.GetLocation())), Search: cte.GetSearchClause() != nil, Cycle: cte.GetCycleClause() != nil,
		}
		switch cte.GetCtematerialized() {
		case pgquery.CTEMaterialize_CTEMaterializeAlways:
			item.Materialized = MaterializeAlways
		case pgquery.CTEMaterialize_CTEMaterializeNever:
			item.Materialized = MaterializeNever
		}
		w.CTEs = append(w.CTEs, item)
	}
	return w
}

func (c *converter) targets(nodes []*pgquery.Node) []*ResTarget {
	if len(nodes) == 0 {
		return nil
	}
	list := make([]*ResTarget, 0, len(nodes))
	for _, n := range nodes {
		t := n.GetResTarget()
		list = append(list, &ResTarget{
			At: c.at(t.GetLocation()), Name: t.GetName(), Indirection: c.indirection(t.GetIndirection()), Value: c.expr(t.GetVal()),
		})
	}
	return list
}

func (c *converter) sortBys(nodes []*pgquery.Node) []*SortBy {
	if len(nodes) == 0 {
		return nil
	}
	list := make([]*SortBy, 0, len(nodes))
	for _, n := range nodes {
		s := n.GetSortBy()
		item := &SortBy{At: c.at(s.GetLocation()), Expr: c.expr(s.GetNode()), Using: names(s.GetUseOp())}
		item.Dir, item.Nulls = sortOrder(s.GetSortbyDir(), s.GetSortbyNulls())
		list = append(list, item)
	}
	return list
}

func sortOrder(dir pgquery.SortByDir, nulls pgquery.SortByNulls) (SortDirection, NullsOrder) {
	return SortDirection(max(dir, pgquery.SortByDir_SORTBY_DEFAULT) - pgquery.SortByDir_SORTBY_DEFAULT),
		NullsOrder(max(nulls, pgquery.SortByNulls_SORTBY_NULLS_DEFAULT) - pgquery.SortByNulls_SORTBY_NULLS_DEFAULT)
}

func (c *converter) locking(nodes []*pgquery.Node) []*LockingClause {
	var list []*LockingClause
	for _, n := range nodes {
		l := n.GetLockingClause()
		item := &LockingClause{}
		switch l.GetStrength() {
		case pgquery.LockClauseStrength_LCS_FORKEYSHARE:
			item.Strength = "KEY SHARE"
		case pgquery.LockClauseStrength_LCS_FORSHARE:
			item.Strength = "SHARE"
		case pgquery.LockClauseStrength_LCS_FORNOKEYUPDATE:
			item.Strength = "NO KEY UPDATE"
		default:
			item.Strength = "UPDATE"
		}
		switch l.GetWaitPolicy() {
		case pgquery.LockWaitPolicy_LockWaitSkip:
			item.Wait = "SKIP LOCKED"
		case pgquery.LockWaitPolicy_LockWaitError:
			item.Wait = "NOWAIT"
		}
		item.Of = c.rangeVars(l.GetLockedRels())
		list = append(list, item)
	}
	return list
}

func (c *converter) into(n *pgquery.IntoClause) *IntoClause {
	if n == nil {
		return nil
	}
	return &IntoClause{
		Relation: c.rangeVar(n.GetRel()), Columns: names(n.GetColNames()), AccessMethod: n.GetAccessMethod(),
		Options: c.options(n.GetOptions()), OnCommit: onCommit(n.GetOnCommit()), Tablespace: n.GetTableSpaceName(), NoData: n.GetSkipData(),
	}
}

func onCommit(a pgquery.OnCommitAction) OnCommit {
	switch a {
	case pgquery.OnCommitAction_ONCOMMIT_PRESERVE_ROWS:
		return OnCommitPreserveRows
	case pgquery.OnCommitAction_ONCOMMIT_DELETE_ROWS:
		return OnCommitDeleteRows
	case pgquery.OnCommitAction_ONCOMMIT_DROP:
		return OnCommitDrop
	}
	return OnCommitDefault
}

// Bits of WindowDef.frameOptions (nodes/parsenodes.h).
const (
	frameNonDefault      = 0x00001
	frameRows            = 0x00004
	frameGroups          = 0x00008
	frameBetween         = 0x00010
	frameStartFirst      = 0x00020 // bits of the start; the end's are each one higher
	frameEndFirst        = 0x00040
	frameExcludeCurrent  = 0x08000
	frameExcludeGroup    = 0x10000
	frameExcludeTies     = 0x20000
	frameUnboundedAfter  = 4 // shifts from the first bit to the others
	frameCurrent         = 16
	frameOffsetPreceding = 64
	frameOffsetFollowing = 256
)

// window converts a definition; over says that it stands in OVER, where a plain
// name refers to a window and does not define one.
func (c *converter) window(n *pgquery.WindowDef, over bool) *WindowDef {
	if n == nil {
		return nil
	}
	options := int(n.GetFrameOptions())
	w := &WindowDef{
		At: c.at(n.GetLocation()), Name: n.GetName(), Base: n.GetRefname(), BareName: over && n.GetName() != "",
		Partition: c.exprs(n.GetPartitionClause()), OrderBy: c.sortBys(n.GetOrderClause()),
		HasFrame: options&frameNonDefault != 0, Between: options&frameBetween != 0,
		StartKind: frameBound(options, frameStartFirst, UnboundedPreceding), EndKind: frameBound(options, frameEndFirst, CurrentRow),
		Start: c.expr(n.GetStartOffset()), End: c.expr(n.GetEndOffset()),
	}
	switch {
	case options&frameRows != 0:
		w.Mode = FrameRows
	case options&frameGroups != 0:
		w.Mode = FrameGroups
	}
	switch {
	case options&frameExcludeCurrent != 0:
		w.Exclude = ExcludeCurrentRow
	case options&frameExcludeGroup != 0:
		w.Exclude = ExcludeGroup
	case options&frameExcludeTies != 0:
		w.Exclude = ExcludeTies
	}
	return w
}

func frameBound(options, first int, otherwise FrameBoundKind) FrameBoundKind {
	switch {
	case options&first != 0:
		return UnboundedPreceding
	case options&(first*frameUnboundedAfter) != 0:
		return UnboundedFollowing
	case options&(first*frameCurrent) != 0:
		return CurrentRow
	case options&(first*frameOffsetPreceding) != 0:
		return OffsetPreceding
	case options&(first*frameOffsetFollowing) != 0:
		return OffsetFollowing
	}
	return otherwise
}

func (c *converter) fromList(nodes []*pgquery.Node) []Node {
	var list []Node
	for _, n := range nodes {
		list = append(list, c.from(n))
	}
	return list
}

func (c *converter) from(node *pgquery.Node) Node {
	switch n := node.GetNode().(type) {
	case *pgquery.Node_RangeVar:
		return c.rangeVar(n.RangeVar)
	case *pgquery.Node_RangeSubselect:
		return c.subselect(n.RangeSubselect)
	case *pgquery.Node_RangeFunction:
		return c.rangeFunction(n.RangeFunction)
	case *pgquery.Node_JoinExpr:
		return c.join(n.JoinExpr)
	case *pgquery.Node_RangeTableSample:
		s := n.RangeTableSample
		return &RangeTableSample{
			At: c.at(s.GetLocation()), Relation: c.from(s.GetRelation()), Method: names(s.GetMethod()),
			Args: c.exprs(s.GetArgs()), Repeatable: c.expr(s.GetRepeatable()),
		}
	case *pgquery.Node_RangeTableFunc:
		return &UnsupportedExpr{At: c.at(n.RangeTableFunc.GetLocation()), Kind: "XMLTABLE"}
	case *pgquery.Node_JsonTable:
		c.newer("json_table", n.JsonTable.GetLocation())
	}
	return &UnsupportedExpr{Kind: "FROM item"}
}

// subselect converts a sub-query in FROM. Its alias is optional only since 16.
func (c *converter) subselect(n *pgquery.RangeSubselect) Node {
	s := &RangeSubselect{Lateral: n.GetLateral(), Query: c.query(n.GetSubquery()), Alias: c.alias(n.GetAlias())}
	if s.Query != nil {
		s.Pos = s.Query.Pos
	}
	if s.Alias == nil && s.Query != nil {
		what, example := "subquery", "(SELECT ...)"
		if s.Query.Values != nil {
			what, example = "VALUES", "(VALUES ...)"
		}
		c.fail(pgerr.New(pgerr.SyntaxError, "%s in FROM must have an alias", what).
			WithHint("For example, FROM %s [AS] foo.", example).At(c.openingParenthesis(s.Query)))
	}
	return s
}

// openingParenthesis finds the parenthesis that a sub-query stands in, from its
// first known position.
func (c *converter) openingParenthesis(s *SelectStmt) int {
	inside := s.Pos
	if s.With != nil {
		inside = s.With.Pos
	}
	if inside == 0 {
		return 0
	}
	var open []int
	for scan := NewScanner(c.text); ; {
		t := scan.Next()
		if t.Kind == TokenEnd || t.Kind == TokenMalformed || c.character(t.Start) >= inside-1 {
			break
		}
		if t.Kind != TokenPunct {
			continue
		}
		switch c.text[t.Start] {
		case '(':
			open = append(open, t.Start)
		case ')':
			open = open[:max(len(open)-1, 0)]
		}
	}
	if s.Values != nil && len(open) > 0 {
		open = open[:len(open)-1] // that of the first row
	}
	if len(open) == 0 {
		return 0
	}
	return c.character(open[len(open)-1]) + 1
}

func (c *converter) rangeVar(n *pgquery.RangeVar) *RangeVar {
	if n == nil {
		return nil
	}
	r := &RangeVar{
		At: c.at(n.GetLocation()), Catalog: n.GetCatalogname(), Schema: n.GetSchemaname(), Name: n.GetRelname(),
		Only: !n.GetInh(), Alias: c.alias(n.GetAlias()), Persistence: 'p',
	}
	if p := n.GetRelpersistence(); p != "" {
		r.Persistence = p[0]
	}
	return r
}

func (c *converter) rangeVars(nodes []*pgquery.Node) []*RangeVar {
	var list []*RangeVar
	for _, n := range nodes {
		list = append(list, c.rangeVar(n.GetRangeVar()))
	}
	return list
}

func (c *converter) alias(n *pgquery.Alias) *Alias {
	if n == nil {
		return nil
	}
	return &Alias{Name: n.GetAliasname(), Columns: names(n.GetColnames())}
}

// rangeFunction converts functions in FROM: each is a list of the call and its
// column definitions.
func (c *converter) rangeFunction(n *pgquery.RangeFunction) Node {
	f := &RangeFunction{
		Lateral: n.GetLateral(), Ordinality: n.GetOrdinality(), RowsFrom: n.GetIsRowsfrom(),
		Alias: c.alias(n.GetAlias()), Columns: c.columnDefs(n.GetColdeflist()),
	}
	for _, item := range n.GetFunctions() {
		parts := item.GetList().GetItems()
		fn := RangeFunctionItem{Call: c.expr(parts[0])}
		if len(parts) > 1 {
			fn.Columns = c.columnDefs(parts[1].GetList().GetItems())
		}
		if f.Pos == 0 && fn.Call != nil {
			f.Pos = fn.Call.Position()
		}
		f.Funcs = append(f.Funcs, fn)
	}
	return f
}

func (c *converter) join(n *pgquery.JoinExpr) Node {
	j := &JoinNode{
		Natural: n.GetIsNatural(), Left: c.from(n.GetLarg()), Right: c.from(n.GetRarg()), Using: names(n.GetUsingClause()),
		UsingAlias: c.alias(n.GetJoinUsingAlias()), On: c.expr(n.GetQuals()), Alias: c.alias(n.GetAlias()),
	}
	switch n.GetJointype() {
	case pgquery.JoinType_JOIN_LEFT:
		j.Kind = LeftJoin
	case pgquery.JoinType_JOIN_FULL:
		j.Kind = FullJoin
	case pgquery.JoinType_JOIN_RIGHT:
		j.Kind = RightJoin
	}
	return j
}
