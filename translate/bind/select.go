package bind

import (
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// query is a bound query: a relation and which of its columns are the result.
type query struct {
	rel translate.Rel
	out []outColumn
	// project computes the result, nil when another node does; a set operation above
	// gives its unknown literals a type.
	project *translate.Project
}

// outColumn is a result column. plain says that it is a table's column unchanged.
type outColumn struct {
	translate.Column
	plain bool
}

func (q *query) ids() []translate.ColumnID {
	ids := make([]translate.ColumnID, len(q.out))
	for i, o := range q.out {
		ids[i] = o.ID
	}
	return ids
}

// subquery binds a query one level down. resolve says that unknown literals of
// its select list become text.
func (s *scope) subquery(n *translate.SelectStmt, resolve bool) (*query, error) {
	inner := s.b.newScope(s)
	inner.resolve = resolve
	return inner.selectStmt(n)
}

// selectStmt binds a query at this level.
func (s *scope) selectStmt(n *translate.SelectStmt) (*query, error) {
	var defs []*translate.CTE
	if n.With != nil {
		var err error
		if defs, err = s.with(n.With); err != nil {
			return nil, err
		}
	}
	var q *query
	var err error
	switch {
	case n.Into != nil:
		err = s.b.errorAt(n.Into.Pos, pgerr.FeatureNotSupported, "SELECT INTO is not supported here").WithHint("Use CREATE TABLE AS.")
	case n.Op != translate.NoSetOp:
		q, err = s.setOperation(n)
	case n.Values != nil:
		q, err = s.valuesQuery(n)
	default:
		q, err = s.simpleSelect(n)
	}
	if err != nil {
		return nil, err
	}
	if len(defs) > 0 {
		q.rel = &translate.With{CTEs: defs, Body: q.rel}
	}
	return q, nil
}

// parts is a SELECT with every clause bound and nothing put together yet.
type parts struct {
	from          translate.Rel
	where, having translate.Expr
	list          *targetList
	order         []sortItem
	groups        *groups
	distinct      bool
	distinctOn    []*target
	count, offset translate.Expr
	withTies      bool
	locking       []*translate.LockingClause
}

// simpleSelect is transformSelectStmt, clause by clause in its order.
func (s *scope) simpleSelect(n *translate.SelectStmt) (*query, error) {
	p := &parts{withTies: n.WithTies, locking: n.Locking}
	s.declareWindows(n.Windows)
	var err error
	if p.from, err = s.from(n.From); err != nil {
		return nil, err
	}
	if p.list, err = s.targets(n.Targets, kindTarget); err != nil {
		return nil, err
	}
	if p.where, err = s.condition(n.Where, kindWhere, "WHERE"); err != nil {
		return nil, err
	}
	if p.having, err = s.condition(n.Having, kindHaving, "HAVING"); err != nil {
		return nil, err
	}
	if p.order, err = s.orderBy(n.OrderBy, p.list); err != nil {
		return nil, err
	}
	if p.groups, err = s.groupBy(n, p.list); err != nil {
		return nil, err
	}
	if err := s.distinctClause(n, p); err != nil {
		return nil, err
	}
	if err := s.limitClause(n, p); err != nil {
		return nil, err
	}
	if err := s.bindWindows(p.list); err != nil {
		return nil, err
	}
	if s.resolve {
		if err := s.resolveUnknowns(p.list); err != nil {
			return nil, err
		}
	}
	return s.lower(n, p)
}

// condition binds WHERE and its kin; nil stays nil.
func (s *scope) condition(n translate.Node, kind exprKind, construct string) (translate.Expr, error) {
	if n == nil {
		return nil, nil
	}
	e, err := s.exprIn(kind, n)
	if err != nil {
		return nil, err
	}
	return s.b.toBoolean(e, construct)
}

// distinctClause is transformDistinctClause.
func (s *scope) distinctClause(n *translate.SelectStmt, p *parts) error {
	if !n.Distinct && n.DistinctOn == nil {
		return nil
	}
	if n.DistinctOn != nil {
		on, err := s.distinctOn(n.DistinctOn, p.list, p.order)
		p.distinctOn = on
		return err
	}
	p.distinct = true
	for _, item := range p.order {
		if item.target.junk {
			return s.b.errorAt(exprPos(item.target.expr), pgerr.InvalidColumnReference,
				"for SELECT DISTINCT, ORDER BY expressions must appear in select list")
		}
	}
	for _, t := range p.list.visible() {
		if t.expr.Type().OID == pgtypes.OIDUnknown {
			e, err := s.b.coerce(t.expr, pgtypes.Of(pgtypes.OIDText), implicit, 0)
			if err != nil {
				return err
			}
			t.expr = e
		}
		if _, err := s.b.equalityFor(t.expr.Type().OID, exprPos(t.expr)); err != nil {
			return err
		}
	}
	return nil
}

// limitClause is transformLimitClause for OFFSET and LIMIT.
func (s *scope) limitClause(n *translate.SelectStmt, p *parts) error {
	var err error
	if p.offset, err = s.limitExpr(n.Offset, kindOffset, "OFFSET"); err != nil {
		return err
	}
	if n.WithTies {
		if len(n.OrderBy) == 0 {
			return pgerr.New(pgerr.SyntaxError, "WITH TIES cannot be specified without ORDER BY clause")
		}
		if isNullConstant(n.Limit) {
			return pgerr.New(pgerr.InvalidRowCountInLimitClause, "row count cannot be null in FETCH FIRST ... WITH TIES clause")
		}
	}
	p.count, err = s.limitExpr(n.Limit, kindLimit, "LIMIT")
	return err
}

func (s *scope) limitExpr(n translate.Node, kind exprKind, construct string) (translate.Expr, error) {
	if n == nil || isNullConstant(n) {
		return nil, nil
	}
	e, err := s.exprIn(kind, n)
	if err != nil {
		return nil, err
	}
	if e, err = s.b.toSpecific(e, pgtypes.OIDInt8, construct); err != nil {
		return nil, err
	}
	return e, s.noColumns(e, construct)
}
