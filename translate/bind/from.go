package bind

import (
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/translate"
)

// from is transformFromClause: nil for an empty FROM.
func (s *scope) from(list []translate.Node) (translate.Rel, error) {
	var rel translate.Rel
	for _, n := range list {
		s.lateralUsed = false
		right, items, err := s.fromItem(n)
		if err != nil {
			return nil, err
		}
		if err := s.checkConflicts(s.items, items); err != nil {
			return nil, err
		}
		setLateral(items, true, true)
		s.items = append(s.items, items...)
		if rel == nil {
			rel = right
		} else {
			rel = &translate.Join{Kind: translate.InnerJoin, Left: rel, Right: right, Lateral: s.lateralUsed}
		}
	}
	setLateral(s.items, false, true)
	s.lateralUsed = false
	return rel, nil
}

func setLateral(items []*nsItem, only, ok bool) {
	for _, item := range items {
		item.lateralOnly, item.lateralOK = only, ok
	}
}

// checkConflicts is checkNameSpaceConflicts.
func (s *scope) checkConflicts(a, b []*nsItem) error {
	for _, x := range a {
		for _, y := range b {
			if !x.relVisible || !y.relVisible || x.name != y.name {
				continue
			}
			if x.table != nil && y.table != nil && !x.aliased && !y.aliased && x.table != y.table {
				continue
			}
			return pgerr.New(pgerr.DuplicateAlias, "table name \"%s\" specified more than once", x.name)
		}
	}
	return nil
}

// fromItem is transformFromClauseItem: the relation and the names it brings.
func (s *scope) fromItem(n translate.Node) (translate.Rel, []*nsItem, error) {
	switch n := n.(type) {
	case *translate.RangeVar:
		return single(s.rangeVar(n))
	case *translate.RangeSubselect:
		return single(s.rangeSubselect(n))
	case *translate.RangeFunction:
		return single(s.rangeFunction(n))
	case *translate.JoinNode:
		return s.join(n)
	case *translate.RangeTableSample:
		return nil, nil, s.b.errorAt(n.Pos, pgerr.FeatureNotSupported, "TABLESAMPLE is not supported")
	case *translate.UnsupportedExpr:
		return nil, nil, s.b.errorAt(n.Pos, pgerr.FeatureNotSupported, "%s is not supported", n.Kind)
	default:
		return nil, nil, pgerr.Internal("unrecognized node type in FROM: %T", n)
	}
}

func single(rel translate.Rel, item *nsItem, err error) (translate.Rel, []*nsItem, error) {
	if err != nil {
		return nil, nil, err
	}
	return rel, []*nsItem{item}, nil
}

func (s *scope) rangeVar(n *translate.RangeVar) (translate.Rel, *nsItem, error) {
	if n.Schema == "" {
		if def := s.findCTE(n.Name); def != nil {
			return s.cteReference(def, n)
		}
	}
	table, err := s.b.table(n, s)
	if err != nil {
		return nil, nil, err
	}
	return s.scan(table, n)
}

// scan reads a table under its alias.
func (s *scope) scan(table *translate.Table, n *translate.RangeVar) (*translate.Scan, *nsItem, error) {
	item := &nsItem{name: n.Name, table: table, relVisible: true, colsVisible: true}
	if n.Alias != nil {
		item.name, item.aliased = n.Alias.Name, true
	}
	rel := &translate.Scan{Table: table, Alias: item.name, Cols: make([]translate.Column, 0, len(table.Columns)), Attrs: make([]int, 0, len(table.Columns))}
	item.cols = make([]nsColumn, 0, len(table.Columns))
	for i := range table.Columns {
		c := &table.Columns[i]
		id := s.b.newColumn(columnInfo{scope: s, alias: item.name, name: c.Name, table: table, attr: i})
		col := translate.Column{ID: id, Name: c.Name, Type: c.Type, Coll: c.Collation, NotNull: c.NotNull}
		if col.Coll == 0 {
			col.Coll = typeCollation(c.Type.OID)
		}
		rel.Cols, rel.Attrs = append(rel.Cols, col), append(rel.Attrs, i)
		item.cols = append(item.cols, nsColumn{name: c.Name, col: col, hidden: c.Hidden})
	}
	if err := s.renameColumns(item, n.Alias); err != nil {
		return nil, nil, err
	}
	s.remember(item)
	return rel, item, nil
}

// renameColumns applies the column names of an alias.
func (s *scope) renameColumns(item *nsItem, alias *translate.Alias) error {
	if alias == nil {
		return nil
	}
	if len(alias.Columns) > len(item.cols) {
		return pgerr.New(pgerr.InvalidColumnReference, "table \"%s\" has %d columns available but %d columns specified",
			item.name, len(item.cols), len(alias.Columns))
	}
	for i, name := range alias.Columns {
		item.cols[i].name = name
		if item.cols[i].col.ID != 0 {
			s.b.info(item.cols[i].col.ID).name = name
		}
	}
	return nil
}

// table looks a relation up, or raises 42P01 (parserOpenTable).
func (b *binder) table(n *translate.RangeVar, s *scope) (*translate.Table, error) {
	t, err := b.findTable(n.Schema, n.Name)
	if t != nil || err != nil {
		return t, err
	}
	if n.Schema != "" {
		return nil, b.errorAt(n.Pos, pgerr.UndefinedTable, "relation \"%s.%s\" does not exist", n.Schema, n.Name)
	}
	missing := b.errorAt(n.Pos, pgerr.UndefinedTable, "relation \"%s\" does not exist", n.Name)
	if s.isFutureCTE(n.Name) {
		return nil, missing.WithDetail("There is a WITH item named \"%s\", but it cannot be referenced from this part of the query.", n.Name).
			WithHint("Use WITH RECURSIVE, or re-order the WITH items to remove forward references.")
	}
	return nil, missing
}

// findTable looks a relation up along the search path; schema "" is none given.
func (b *binder) findTable(schema, name string) (*translate.Table, error) {
	if schema != "" {
		return b.catalog.Relation(b.ctx, schema, name)
	}
	for _, schema := range b.catalog.SearchPath() {
		t, err := b.catalog.Relation(b.ctx, schema, name)
		if t != nil || err != nil {
			return t, err
		}
	}
	return nil, nil
}

// rangeSubselect binds a sub-query in FROM.
func (s *scope) rangeSubselect(n *translate.RangeSubselect) (translate.Rel, *nsItem, error) {
	if n.Alias == nil {
		what := "subquery"
		if n.Query.Values != nil {
			what = "VALUES"
		}
		hint := "(SELECT ...)"
		if what == "VALUES" {
			hint = "(VALUES ...)"
		}
		return nil, nil, s.b.errorAt(n.Pos, pgerr.SyntaxError, "%s in FROM must have an alias", what).
			WithHint("For example, FROM %s [AS] foo.", hint)
	}
	var q *query
	saved := s.lateral
	s.lateral = n.Lateral
	err := s.within(kindFromSubselect, func() (err error) {
		q, err = s.subquery(n.Query, true)
		return err
	})
	s.lateral = saved
	if err != nil {
		return nil, nil, err
	}
	item := &nsItem{name: n.Alias.Name, relVisible: true, colsVisible: true, aliased: true}
	s.adopt(item, q)
	if err := s.renameColumns(item, n.Alias); err != nil {
		return nil, nil, err
	}
	s.remember(item)
	return q.rel, item, nil
}

// adopt makes the columns of a finished sub-query columns of this level.
func (s *scope) adopt(item *nsItem, q *query) {
	for _, o := range q.out {
		origin := *s.b.info(o.ID)
		*s.b.info(o.ID) = columnInfo{scope: s, alias: item.name, name: o.Name, table: origin.table, attr: origin.attr, fields: origin.fields}
		if !o.plain {
			s.b.info(o.ID).table = nil
		}
		item.cols = append(item.cols, nsColumn{name: o.Name, col: o.Column})
	}
}
