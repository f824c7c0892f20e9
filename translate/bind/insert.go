package bind

import (
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/translate"
)

// insert is transformInsertStmt.
func (b *binder) insert(n *translate.InsertStmt) (translate.Statement, error) {
	s := b.newScope(nil)
	defs, err := s.withOf(n.With)
	if err != nil {
		return nil, err
	}
	table, err := b.targetTable(n.Relation, s)
	if err != nil {
		return nil, err
	}
	out := &translate.Insert{Target: table, Alias: aliasOf(n.Relation), Override: n.Override}
	columns, err := b.insertColumns(n, table)
	if err != nil {
		return nil, err
	}
	// Nothing in the source can refer to the target, but hints may name it.
	existing, item := s.rowOf(table, out.Alias)
	if err := s.insertSource(n, out, columns); err != nil {
		return nil, err
	}
	if len(defs) > 0 && out.Source != nil {
		out.Source = &translate.With{CTEs: defs, Body: out.Source}
	}
	if n.OnConflict != nil {
		if out.OnConflict, err = s.onConflict(n, out, existing, item); err != nil {
			return nil, err
		}
	}
	out.Returning, err = s.returning(n.Returning, table, out.Alias, nil)
	return out, err
}

// withOf binds WITH of a writing statement; nil without one.
func (s *scope) withOf(w *translate.WithClause) ([]*translate.CTE, error) {
	if w == nil {
		return nil, nil
	}
	return s.with(w)
}

func aliasOf(r *translate.RangeVar) string {
	if r.Alias != nil {
		return r.Alias.Name
	}
	return r.Name
}

// targetTable looks up the table that a statement writes.
func (b *binder) targetTable(n *translate.RangeVar, s *scope) (*translate.Table, error) {
	t, err := b.table(n, s)
	if err != nil {
		return nil, err
	}
	if t.Server == "" && t.Kind == translate.View {
		return nil, pgerr.New(pgerr.WrongObjectType, "cannot change view \"%s\"", t.Name)
	}
	return t, nil
}

// insertColumn is a target column with where it was written.
type insertColumn struct {
	attr, pos int
}

// insertColumns is checkInsertTargets: all columns when none are named.
func (b *binder) insertColumns(n *translate.InsertStmt, t *translate.Table) ([]insertColumn, error) {
	var out []insertColumn
	if len(n.Columns) == 0 {
		for i := range t.Columns {
			if !t.Columns[i].Hidden {
				out = append(out, insertColumn{attr: i})
			}
		}
		return out, nil
	}
	for _, c := range n.Columns {
		attr, err := b.targetColumn(c, t)
		if err != nil {
			return nil, err
		}
		for _, seen := range out {
			if seen.attr == attr {
				return nil, b.errorAt(c.Pos, pgerr.DuplicateColumn, "column \"%s\" specified more than once", c.Name)
			}
		}
		out = append(out, insertColumn{attr, c.Pos})
	}
	return out, nil
}

func (b *binder) targetColumn(c *translate.ResTarget, t *translate.Table) (int, error) {
	attr := t.ColumnIndex(c.Name)
	if attr < 0 {
		return 0, b.errorAt(c.Pos, pgerr.UndefinedColumn, "column \"%s\" of relation \"%s\" does not exist", c.Name, t.Name)
	}
	if len(c.Indirection) > 0 {
		return 0, b.errorAt(c.Pos, pgerr.FeatureNotSupported, "assignment to an element or field of column \"%s\" is not supported", c.Name)
	}
	return attr, nil
}

// insertSource binds VALUES, a query or DEFAULT VALUES.
func (s *scope) insertSource(n *translate.InsertStmt, out *translate.Insert, columns []insertColumn) error {
	q := n.Source
	switch {
	case q == nil:
		out.Source = &translate.Values{Rows: [][]translate.Expr{{}}}
		return nil
	case q.Values == nil || len(q.OrderBy) > 0 || q.Limit != nil || q.Offset != nil || len(q.Locking) > 0 || q.With != nil:
		return s.insertQuery(n, out, columns)
	default:
		return s.insertValues(n, out, columns)
	}
}

// checkWidth compares the number of values with that of columns.
func (s *scope) checkWidth(n *translate.InsertStmt, columns []insertColumn, width int, posOf func(int) int) error {
	if width > len(columns) {
		return s.b.errorAt(posOf(len(columns)), pgerr.SyntaxError, "INSERT has more expressions than target columns")
	}
	if len(n.Columns) > 0 && width < len(columns) {
		return s.b.errorAt(columns[width].pos, pgerr.SyntaxError, "INSERT has more target columns than expressions")
	}
	return nil
}

func (s *scope) insertValues(n *translate.InsertStmt, out *translate.Insert, columns []insertColumn) error {
	kind := kindValues
	if len(n.Source.Values) == 1 {
		kind = kindValuesSingle
	}
	values := &translate.Values{}
	width := len(n.Source.Values[0])
	for _, list := range n.Source.Values {
		if len(list) != width {
			return s.b.errorAt(leftmostOf(list), pgerr.SyntaxError, "VALUES lists must all be the same length")
		}
		row, err := s.defaultableRow(list, kind)
		if err != nil {
			return err
		}
		if err := s.checkWidth(n, columns, len(row), func(i int) int { return exprPos(row[i]) }); err != nil {
			return err
		}
		for i := range row {
			if row[i], err = s.assign(row[i], out.Target, columns[i].attr, columns[i].pos); err != nil {
				return err
			}
		}
		values.Rows = append(values.Rows, row)
	}
	for _, c := range columns[:width] {
		col := &out.Target.Columns[c.attr]
		id := s.b.newColumn(columnInfo{scope: s, kind: derivedColumn, name: col.Name})
		values.Cols = append(values.Cols, translate.Column{ID: id, Name: col.Name, Type: col.Type, Coll: col.Collation})
		out.Attrs, out.SourceCols = append(out.Attrs, c.attr), append(out.SourceCols, id)
	}
	out.Source = values
	return nil
}

// defaultableRow binds a row whose items may be DEFAULT.
func (s *scope) defaultableRow(list []translate.Node, kind exprKind) ([]translate.Expr, error) {
	row := make([]translate.Expr, 0, len(list))
	for _, n := range list {
		if d, ok := n.(*translate.SetToDefault); ok {
			row = append(row, &translate.DefaultValue{Typed: translate.Typed{Pos: d.Pos}})
			continue
		}
		part, err := s.valuesRow([]translate.Node{n}, kind)
		if err != nil {
			return nil, err
		}
		row = append(row, part...)
	}
	return row, nil
}

func (s *scope) insertQuery(n *translate.InsertStmt, out *translate.Insert, columns []insertColumn) error {
	q, err := s.subquery(n.Source, false)
	if err != nil {
		return err
	}
	from := s.coercions(q)
	if err := s.checkWidth(n, columns, len(q.out), from.pos); err != nil {
		return err
	}
	for i := range q.out {
		e, err := s.assign(from.exprs[i], out.Target, columns[i].attr, from.pos(i))
		if err != nil {
			return err
		}
		if e != from.exprs[i] {
			from.exprs[i], from.changed = e, true
		}
		out.Attrs = append(out.Attrs, columns[i].attr)
	}
	out.Source, out.SourceCols = from.finish()
	return nil
}

// assign is transformAssignedExpr: the value as the column's type.
func (s *scope) assign(e translate.Expr, t *translate.Table, attr, pos int) (translate.Expr, error) {
	c := &t.Columns[attr]
	if d, ok := e.(*translate.DefaultValue); ok {
		d.Typ, d.Coll = c.Type, c.Collation
		return d, nil
	}
	if p := exprPos(e); p != 0 {
		pos = p
	}
	out, err := s.b.coerceTo(e, c.Type, assignment, 0)
	if err != nil {
		return nil, err
	}
	if out == nil {
		return nil, s.b.errorAt(pos, pgerr.DatatypeMismatch, "column \"%s\" is of type %s but expression is of type %s",
			c.Name, typeText(c.Type.OID), typeText(e.Type().OID)).WithHint("You will need to rewrite or cast the expression.")
	}
	return out, nil
}

// onConflict is transformOnConflictClause; existing and item are the target's row.
func (s *scope) onConflict(n *translate.InsertStmt, ins *translate.Insert, existing []translate.Column, item *nsItem) (*translate.OnConflict, error) {
	c := n.OnConflict
	out := &translate.OnConflict{DoNothing: c.DoNothing, Existing: existing}
	if !c.DoNothing && c.Infer == nil {
		return nil, s.b.errorAt(c.Pos, pgerr.SyntaxError, "ON CONFLICT DO UPDATE requires inference specification or constraint name").
			WithHint("For example, ON CONFLICT (column_name).")
	}
	s.items = []*nsItem{item}
	if c.Infer != nil {
		if err := s.inference(c.Infer, ins.Target, out); err != nil {
			return nil, err
		}
	}
	if c.DoNothing {
		return out, nil
	}
	excluded, excludedItem := s.rowOf(ins.Target, "excluded")
	excludedItem.aliased = true
	s.items = append(s.items, excludedItem)
	out.Excluded = excluded
	var err error
	if out.Sets, err = s.assignments(c.Sets, ins.Target); err != nil {
		return nil, err
	}
	out.SetWhere, err = s.condition(c.Where, kindWhere, "WHERE")
	return out, err
}

// inference binds the columns and the predicate that choose the index.
func (s *scope) inference(n *translate.InferClause, t *translate.Table, out *translate.OnConflict) error {
	out.Constraint = n.Constraint
	for _, e := range n.Elems {
		if e.Name == "" {
			return s.b.errorAt(n.Pos, pgerr.FeatureNotSupported, "ON CONFLICT on an expression is not supported")
		}
		attr := t.ColumnIndex(e.Name)
		if attr < 0 {
			// It is bound as an expression, so it fails as one.
			_, err := s.columnRef(&translate.ColumnRef{At: translate.At{Pos: n.Pos}, Fields: []string{e.Name}})
			return err
		}
		out.Columns = append(out.Columns, attr)
	}
	var err error
	out.Where, err = s.condition(n.Where, kindWhere, "WHERE")
	return err
}

// rowOf makes columns for one row of a table, and names for them.
func (s *scope) rowOf(t *translate.Table, alias string) ([]translate.Column, *nsItem) {
	item := &nsItem{name: alias, table: t, relVisible: true, colsVisible: true, aliased: alias != t.Name}
	cols := make([]translate.Column, len(t.Columns))
	for i := range t.Columns {
		c := &t.Columns[i]
		id := s.b.newColumn(columnInfo{scope: s, alias: alias, name: c.Name, table: t, attr: i})
		cols[i] = translate.Column{ID: id, Name: c.Name, Type: c.Type, Coll: c.Collation, NotNull: c.NotNull}
		item.cols = append(item.cols, nsColumn{name: c.Name, col: cols[i], hidden: c.Hidden})
	}
	s.remember(item)
	return cols, item
}

// returning is transformReturningList; others are further relations it may read.
func (s *scope) returning(list []*translate.ResTarget, t *translate.Table, alias string, others []*nsItem) (*translate.Returning, error) {
	if len(list) == 0 {
		return nil, nil
	}
	inner := s.b.newScope(s.parent)
	inner.ctes = s.ctes
	cols, item := inner.rowOf(t, alias)
	inner.items = append([]*nsItem{item}, others...)
	inner.all = append(inner.all, others...)
	targets, err := inner.targets(list, kindReturning)
	if err != nil {
		return nil, err
	}
	if err := inner.resolveUnknowns(targets); err != nil {
		return nil, err
	}
	out := &translate.Returning{Target: cols}
	var described []outColumn
	for _, target := range targets.entries {
		target.id = s.b.newColumn(columnInfo{scope: inner, kind: derivedColumn, name: target.name})
		col := inner.outColumn(target)
		described = append(described, col)
		out.Items = append(out.Items, translate.ProjectItem{Col: col.Column, Expr: target.expr})
	}
	out.Output = s.b.output(described)
	return out, nil
}
