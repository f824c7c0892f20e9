package bind

import (
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// scope is one query level: a ParseState.
type scope struct {
	b      *binder
	parent *scope
	depth  int
	kind   exprKind
	// items are the relations that names are looked up in now; all are those of the
	// level so far, which error texts search.
	items []*nsItem
	all   []*nsItem
	// lateral is true while a LATERAL item is bound; lateralUsed notes that a column to
	// its left was referred to.
	lateral, lateralUsed bool

	ctes       []*cteDef
	futureCTEs []*translate.CommonTableExpr

	aggs        []translate.AggItem
	hasAggs     bool
	windowDefs  []*windowSpec // WINDOW clause, then OVER
	resolve     bool          // unknown literals of the select list become text
	groupingIDs []*translate.Grouping
	// readsOwnStep says that FROM refers to the recursive query that this is the step of.
	readsOwnStep bool
}

func (b *binder) newScope(parent *scope) *scope {
	s := &scope{b: b, parent: parent, resolve: true}
	if parent != nil {
		s.depth = parent.depth + 1
	}
	return s
}

// nsItem is a relation, or a join with its merged columns, that names can refer to.
type nsItem struct {
	name  string
	table *translate.Table // nil unless a plain table
	cols  []nsColumn
	// relVisible and colsVisible say whether qualified and unqualified names find it.
	relVisible, colsVisible bool
	lateralOnly, lateralOK  bool
	aliased                 bool
	join                    bool
	scope                   *scope
	target                  bool // what UPDATE or DELETE writes
	// scalar says that it is one function of a scalar type: its row is its value.
	scalar bool
}

// nsColumn is a column of a nsItem. Most read one column; a merged column of a
// join is an expression.
type nsColumn struct {
	name   string
	col    translate.Column
	merged translate.Expr
	hidden bool // not part of *
}

// ref makes a reference to the column as written at pos.
func (c *nsColumn) ref(pos int) translate.Expr {
	if c.merged != nil {
		if r, ok := c.merged.(*translate.ColRef); ok {
			copied := *r
			copied.Pos = pos
			return &copied
		}
		return c.merged
	}
	return &translate.ColRef{Typed: translate.Typed{Typ: c.col.Type, Coll: c.col.Coll, Pos: pos}, ID: c.col.ID, Name: c.name}
}

// add makes an item known to the level.
func (s *scope) remember(item *nsItem) *nsItem {
	item.scope = s
	s.all = append(s.all, item)
	return item
}

// exprKind is where an expression stands (ParseExprKind).
type exprKind uint8

const (
	kindOther exprKind = iota
	kindJoinOn
	kindFromSubselect
	kindFromFunction
	kindWhere
	kindHaving
	kindFilter
	kindPartition
	kindWindowOrder
	kindFrameRange
	kindFrameRows
	kindFrameGroups
	kindTarget
	kindInsertTarget
	kindUpdateSource
	kindUpdateTarget
	kindGroupBy
	kindOrderBy
	kindDistinctOn
	kindLimit
	kindOffset
	kindReturning
	kindValues
	kindValuesSingle
)

// kindNames are what error texts call them.
var kindNames = [...]string{
	kindOther: "expression", kindJoinOn: "JOIN/ON", kindFromSubselect: "sub-SELECT in FROM", kindFromFunction: "function in FROM",
	kindWhere: "WHERE", kindHaving: "HAVING", kindFilter: "FILTER", kindPartition: "window PARTITION BY",
	kindWindowOrder: "window ORDER BY", kindFrameRange: "window RANGE", kindFrameRows: "window ROWS", kindFrameGroups: "window GROUPS",
	kindTarget: "SELECT", kindInsertTarget: "INSERT", kindUpdateSource: "UPDATE", kindUpdateTarget: "UPDATE",
	kindGroupBy: "GROUP BY", kindOrderBy: "ORDER BY", kindDistinctOn: "DISTINCT ON", kindLimit: "LIMIT", kindOffset: "OFFSET",
	kindReturning: "RETURNING", kindValues: "VALUES", kindValuesSingle: "VALUES",
}

// within binds f with another expression kind.
func (s *scope) within(kind exprKind, f func() error) error {
	saved := s.kind
	s.kind = kind
	err := f()
	s.kind = saved
	return err
}

// exprIn binds an expression of a kind.
func (s *scope) exprIn(kind exprKind, n translate.Node) (e translate.Expr, err error) {
	err = s.within(kind, func() error {
		e, err = s.expr(n)
		return err
	})
	return e, err
}

func typed(oid uint32, pos int) translate.Typed {
	return translate.Typed{Typ: pgtypes.Of(oid), Coll: typeCollation(oid), Pos: pos}
}
