package translate

import (
	"strings"

	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// RenderStatement writes an INSERT, UPDATE or DELETE whose target and all it reads
// are the backend's. Output lists what RETURNING gives, nil without it. Everything
// in a writing statement must be exact.
func (r *Renderer) RenderStatement(s Statement) (*Rendered, error) {
	w := r.newWriter()
	if r.Mode == PushOff {
		w.refuse("off", "")
	}
	var sql string
	var returning *Returning
	switch s := s.(type) {
	case *Insert:
		sql, returning = w.insert(s), s.Returning
	case *Update:
		sql, returning = w.update(s), s.Returning
	case *Delete:
		sql, returning = w.delete(s), s.Returning
	default:
		w.refuse("noRule", "statement")
	}
	w.consumed("statement")
	if c := w.claim(); c.Mode == None {
		return nil, &Refused{c}
	}
	out := &Rendered{Guarded: w.guarded, Claim: w.claim(), Rules: w.rules}
	if returning != nil {
		for _, item := range returning.Items {
			out.Output = append(out.Output, item.Col)
		}
	}
	out.SQL, out.Args = w.finish(w.withClause() + sql)
	return out, nil
}

// target places the columns of the row that a statement changes, and gives how the
// table is named.
func (w *writer) target(t *Table, columns []Column, attrs []int) (table, alias string) {
	table = w.d.TableName(t.Remote)
	alias = w.d.Identifier(t.Remote.Name)
	if w.d.TargetAlias {
		alias = w.alias("t")
		table += " AS " + alias
	}
	w.placeRow(t, alias, columns, attrs)
	return table, alias
}

func (w *writer) placeRow(t *Table, alias string, columns []Column, attrs []int) {
	for i, c := range columns {
		attr := i
		if attrs != nil {
			attr = attrs[i]
		}
		w.known.Add(c.ID)
		w.columns[c.ID] = &t.Columns[attr]
		name := w.d.Identifier(t.RemoteColumn(attr))
		if alias != "" {
			name = alias + "." + name
		}
		w.place(c.ID, name)
	}
}

func (w *writer) update(s *Update) string {
	table, alias := w.target(s.Target, s.TargetScan.Cols, s.TargetScan.Attrs)
	from := ""
	var where []string
	if s.From != nil {
		if !w.d.UpdateFrom {
			return w.refuse("updateFrom", "")
		}
		w.Learn(s.From)
		b := w.open(w.block(s.From), s.From, false)
		from, where = " FROM "+b.from, b.where
	}
	sets := w.assignments(s.Target, s.Sets)
	where = append(where, w.conjunctTexts(s.Where)...)
	sql := "UPDATE " + table + " SET " + sets + from + whereText(where)
	return sql + w.returning(s.Target, s.Returning, alias, w.d.ReturningUpdate)
}

func (w *writer) delete(s *Delete) string {
	table, alias := w.target(s.Target, s.TargetScan.Cols, s.TargetScan.Attrs)
	using := ""
	var where []string
	if s.Using != nil {
		if !w.d.Native {
			return w.refuse("deleteUsing", "")
		}
		w.Learn(s.Using)
		b := w.open(w.block(s.Using), s.Using, false)
		using, where = " USING "+b.from, b.where
	}
	where = append(where, w.conjunctTexts(s.Where)...)
	return "DELETE FROM " + table + using + whereText(where) + w.returning(s.Target, s.Returning, alias, w.d.ReturningDelete)
}

func (w *writer) conjunctTexts(e Expr) []string {
	var texts []string
	for _, c := range Conjuncts(e) {
		w.learnInside(c)
		texts = append(texts, w.below(c))
	}
	return texts
}

// learnInside makes the relations of sub-queries known.
func (w *writer) learnInside(e Expr) {
	WalkExpr(e, func(n Expr) bool {
		if s, ok := n.(*Subquery); ok {
			w.Learn(s.Rel)
		}
		return true
	})
}

func whereText(where []string) string {
	if len(where) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(conjuncts(where), " AND ")
}

// assignments renders SET. Where they are carried out from left to right, none may
// read what an earlier one has set.
func (w *writer) assignments(t *Table, sets []Assignment) string {
	texts := make([]string, len(sets))
	assigned := map[*TableColumn]bool{}
	for i, s := range sets {
		if w.d.SequentialSet && Any(s.Value, func(n Expr) bool { c := w.plainColumn(n); return c != nil && assigned[c] }) {
			return w.refuse("sequentialSet", t.Columns[s.Attr].Name)
		}
		assigned[&t.Columns[s.Attr]] = true
		w.learnInside(s.Value)
		texts[i] = w.d.Identifier(t.RemoteColumn(s.Attr)) + " = " + w.assigned(s.Value)
	}
	return strings.Join(texts, ", ")
}

// assigned renders a value for a column. The cast to the column's own length is
// left to the column, where the source enforces it.
func (w *writer) assigned(e Expr) string {
	if _, ok := e.(*DefaultValue); ok {
		if !w.d.DefaultValues {
			return w.refuse("default", "")
		}
		return "DEFAULT"
	}
	c, ok := e.(*Cast)
	if ok && !c.Explicit && c.Typ.Typmod > 0 && limited(c.Typ) && limited(c.Arg.Type()) {
		if !w.d.EnforcesLength {
			return w.refuse("assignmentCast", Signature(c))
		}
		return unwrap(w.below(c.Arg))
	}
	if ref, ok := e.(*ColRef); ok {
		return w.bare(ref)
	}
	return unwrap(w.below(e))
}

// limited says that a type's modifier is a limit that MySQL's strict mode enforces
// alike: it rounds decimals half away from zero too.
func limited(t pgtypes.Type) bool {
	return t.OID == pgtypes.OIDText || t.OID == pgtypes.OIDVarchar || t.OID == pgtypes.OIDNumeric
}

func (w *writer) insert(s *Insert) string {
	names := make([]string, len(s.Attrs))
	for i, attr := range s.Attrs {
		names[i] = w.d.Identifier(s.Target.RemoteColumn(attr))
	}
	table, alias := w.d.TableName(s.Target.Remote), w.d.Identifier(s.Target.Remote.Name)
	sql := "INSERT INTO " + table + " "
	if s.OnConflict != nil && w.d.TargetAlias {
		alias = w.alias("t")
		sql += "AS " + alias + " "
	}
	if len(names) == 0 {
		return w.refuse("default", "DEFAULT VALUES")
	}
	sql += "(" + strings.Join(names, ", ") + ") " + w.source(s)
	if s.OnConflict != nil {
		sql += w.onConflict(s, alias)
	}
	return sql + w.returning(s.Target, s.Returning, alias, w.d.ReturningInsert)
}

// source renders what INSERT takes its rows from, in the order of its columns.
func (w *writer) source(s *Insert) string {
	if v, ok := s.Source.(*Values); ok && len(v.Rows) <= maxValuesRows && len(v.Cols) == len(s.SourceCols) {
		rows := make([]string, len(v.Rows))
		for i, row := range v.Rows {
			cells := make([]string, len(row))
			for j, e := range row {
				w.learnInside(e)
				cells[j] = w.assigned(e)
			}
			rows[i] = "(" + strings.Join(cells, ", ") + ")"
		}
		return "VALUES " + strings.Join(rows, ", ")
	}
	if s.OnConflict != nil && !w.d.Native {
		return w.refuse("onConflict", "INSERT ... SELECT")
	}
	w.Learn(s.Source)
	b := w.block(s.Source)
	if b.distinct {
		b = w.wrap(b, s.Source.Columns())
	}
	columns := make([]Column, len(s.SourceCols))
	for i, id := range s.SourceCols {
		columns[i] = columnByID(s.Source, id)
	}
	return w.selectText(b, columns, false)
}

func (w *writer) onConflict(s *Insert, alias string) string {
	on := s.OnConflict
	if !w.d.OnConflict || on.Constraint != "" && !w.d.Native {
		return w.refuse("onConflict", "")
	}
	w.placeRow(s.Target, alias, on.Existing, nil)
	w.placeRow(s.Target, "excluded", on.Excluded, nil)
	sql := " ON CONFLICT"
	switch {
	case on.Constraint != "":
		sql += " ON CONSTRAINT " + w.d.Identifier(on.Constraint)
	case len(on.Columns) > 0:
		names := make([]string, len(on.Columns))
		for i, attr := range on.Columns {
			names[i] = w.d.Identifier(s.Target.RemoteColumn(attr))
		}
		sql += " (" + strings.Join(names, ", ") + ")" + whereText(w.conjunctTexts(on.Where))
	}
	if on.DoNothing {
		return sql + " DO NOTHING"
	}
	return sql + " DO UPDATE SET " + w.assignments(s.Target, on.Sets) + whereText(w.conjunctTexts(on.SetWhere))
}

func (w *writer) returning(t *Table, r *Returning, alias string, has bool) string {
	if r == nil {
		return ""
	}
	if !has {
		return w.refuse("returning", "")
	}
	if !w.d.Native {
		alias = "" // only the table itself may be named there
	}
	w.placeRow(t, alias, r.Target, nil)
	texts := make([]string, len(r.Items))
	for i, item := range r.Items {
		if ref, ok := item.Expr.(*ColRef); ok {
			texts[i] = w.bare(ref)
			continue
		}
		texts[i] = unwrap(w.below(item.Expr))
	}
	return " RETURNING " + strings.Join(texts, ", ")
}
