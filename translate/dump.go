package translate

import (
	"fmt"
	"strings"

	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// Format writes a bound statement as an indented tree, one relation a line, for
// goldens and for people at a debugger. It is not SQL; see Render for that.
func Format(s Statement) string {
	d := &dumper{}
	switch s := s.(type) {
	case *Query:
		d.line(0, "query %s", d.outputs(s.Output))
		d.rel(1, s.Rel)
	case *Insert:
		d.line(0, "insert %s attrs=%v", s.Target.Name, s.Attrs)
		d.rel(1, s.Source)
		d.conflict(s.OnConflict)
		d.returning(s.Returning)
	case *Update:
		d.line(0, "update %s", s.Target.Name)
		d.sets(1, s.Sets)
		d.rel(1, s.Input)
		d.returning(s.Returning)
	case *Delete:
		d.line(0, "delete %s", s.Target.Name)
		d.rel(1, s.Input)
		d.returning(s.Returning)
	case *Utility:
		d.line(0, "utility %T", s.Node)
		if s.Sub != nil {
			return d.String() + Format(s.Sub)
		}
	}
	return d.String()
}

// FormatExpr writes an expression on one line, in the manner of Format.
func FormatExpr(e Expr) string { return (&dumper{}).expr(e) }

// FormatRel writes a relation as Format does.
func FormatRel(r Rel) string {
	d := &dumper{}
	d.rel(0, r)
	return d.String()
}

type dumper struct{ strings.Builder }

func (d *dumper) line(depth int, format string, args ...any) {
	d.WriteString(strings.Repeat("  ", depth))
	fmt.Fprintf(d, format, args...)
	d.WriteByte('\n')
}

func (d *dumper) outputs(out []OutputColumn) string {
	parts := make([]string, len(out))
	for i, o := range out {
		parts[i] = fmt.Sprintf("%s=%d", o.Name, o.ID)
	}
	return strings.Join(parts, " ")
}

func (d *dumper) sets(depth int, sets []Assignment) {
	for _, a := range sets {
		d.line(depth, "set %d := %s", a.Attr, d.expr(a.Value))
	}
}

func (d *dumper) conflict(c *OnConflict) {
	if c == nil {
		return
	}
	d.line(1, "on conflict columns=%v constraint=%q nothing=%v", c.Columns, c.Constraint, c.DoNothing)
	d.sets(2, c.Sets)
	if c.SetWhere != nil {
		d.line(2, "where %s", d.expr(c.SetWhere))
	}
}

func (d *dumper) returning(r *Returning) {
	if r != nil {
		d.line(1, "returning %s", d.items(r.Items))
	}
}

func (d *dumper) cols(cols []Column) string {
	parts := make([]string, len(cols))
	for i, c := range cols {
		parts[i] = fmt.Sprintf("%s=%d", c.Name, c.ID)
	}
	return strings.Join(parts, " ")
}

func (d *dumper) items(items []ProjectItem) string {
	parts := make([]string, len(items))
	for i, item := range items {
		parts[i] = fmt.Sprintf("%d:=%s", item.Col.ID, d.expr(item.Expr))
		if ref, ok := item.Expr.(*ColRef); ok && ref.ID == item.Col.ID {
			parts[i] = d.expr(ref)
		}
	}
	return strings.Join(parts, ", ")
}

func (d *dumper) keys(keys []SortKey) string {
	parts := make([]string, len(keys))
	for i, k := range keys {
		parts[i] = d.expr(k.Expr)
		if k.Descending {
			parts[i] += " desc"
		}
		if k.NullsFirst != k.Descending {
			parts[i] += " nulls " + map[bool]string{true: "first", false: "last"}[k.NullsFirst]
		}
	}
	return strings.Join(parts, ", ")
}

// rel writes a relation and those below it.
func (d *dumper) rel(depth int, r Rel) {
	if r == nil {
		return
	}
	d.line(depth, "%s", d.describe(r))
	if w, ok := r.(*With); ok {
		for _, c := range w.CTEs {
			d.line(depth+1, "cte %s %s", c.Name, d.cols(c.Cols))
			for _, part := range []Rel{c.Rel, c.Base, c.Step} {
				d.rel(depth+2, part)
			}
		}
	}
	EachExpr(r, func(e Expr) { d.subqueries(depth+1, e) })
	for _, in := range r.Inputs() {
		d.rel(depth+1, in)
	}
}

// subqueries writes the queries inside an expression.
func (d *dumper) subqueries(depth int, e Expr) {
	WalkExpr(e, func(e Expr) bool {
		if s, ok := e.(*Subquery); ok {
			d.line(depth, "subquery %v", s.Columns)
			d.rel(depth+1, s.Rel)
		}
		return true
	})
}

// describe is a relation's own line.
func (d *dumper) describe(r Rel) string {
	switch r := r.(type) {
	case *Scan:
		return fmt.Sprintf("scan %s %s", r.Alias, d.cols(r.Cols))
	case *Values:
		return fmt.Sprintf("values %s %s", d.cols(r.Cols), d.rows(r.Rows))
	case *FuncScan:
		var calls []string
		for _, f := range r.Funcs {
			calls = append(calls, d.expr(f.Call))
		}
		return fmt.Sprintf("function %s -> %s", strings.Join(calls, ", "), d.cols(r.Cols))
	case *Filter:
		return "filter " + d.expr(r.Cond)
	case *Project:
		return "project " + d.items(r.Items)
	case *ProjectSet:
		return "project set " + d.items(r.Items)
	case *Join:
		return d.join(r)
	case *Aggregate:
		return d.aggregate(r)
	case *Window:
		return d.window(r)
	case *Dedup:
		return fmt.Sprintf("dedup %v", r.On)
	case *Sort:
		return "sort " + d.keys(r.Keys)
	case *Limit:
		return fmt.Sprintf("limit %s offset %s ties=%v", d.expr(r.Count), d.expr(r.Offset), r.WithTies)
	case *SetOp:
		name := [...]string{Union: "union", Intersect: "intersect", Except: "except"}[r.Kind]
		return fmt.Sprintf("%s all=%v %s from %v, %v", name, r.All, d.cols(r.Cols), r.LeftCols, r.RightCols)
	case *With:
		return "with"
	case *CTERef:
		return fmt.Sprintf("cte ref %s as %s %s", r.CTE.Name, r.Alias, d.cols(r.Cols))
	case *Lock:
		return "lock " + r.Strength
	}
	return fmt.Sprintf("%T", r)
}

func (d *dumper) rows(rows [][]Expr) string {
	parts := make([]string, len(rows))
	for i, row := range rows {
		parts[i] = "(" + d.exprs(row) + ")"
	}
	return strings.Join(parts, " ")
}

func (d *dumper) join(r *Join) string {
	name := [...]string{"inner", "left", "right", "full", "semi", "anti", "null-aware anti"}[r.Kind]
	if r.Lateral {
		name += " lateral"
	}
	if r.On == nil {
		return name + " join"
	}
	return name + " join on " + d.expr(r.On)
}

func (d *dumper) aggregate(r *Aggregate) string {
	parts := make([]string, len(r.Aggs))
	for i, a := range r.Aggs {
		parts[i] = fmt.Sprintf("%d:=%s", a.Col.ID, d.expr(a.Call))
	}
	text := fmt.Sprintf("aggregate by %v: %s", r.Groups, strings.Join(parts, ", "))
	if r.Sets != nil {
		text += fmt.Sprintf(" sets %v", r.Sets)
	}
	return text
}

func (d *dumper) window(r *Window) string {
	parts := make([]string, len(r.Calls))
	for i, c := range r.Calls {
		parts[i] = fmt.Sprintf("%d:=%s", c.Col.ID, d.expr(c.Call))
	}
	return fmt.Sprintf("window by %v order %s: %s", r.Partition, d.keys(r.Order), strings.Join(parts, ", "))
}

func (d *dumper) exprs(list []Expr) string {
	parts := make([]string, len(list))
	for i, e := range list {
		parts[i] = d.expr(e)
	}
	return strings.Join(parts, ", ")
}

// expr is one expression: constants with their type, columns as name#id, casts as
// (value -> type).
func (d *dumper) expr(e Expr) string {
	switch n := e.(type) {
	case nil:
		return "none"
	case *Const:
		if n.Value == nil {
			return fmt.Sprintf("null:%d", n.Typ.OID)
		}
		return pgtypes.Text(n.Typ, n.Value, pgtypes.DefaultStyle()) + fmt.Sprintf(":%d", n.Typ.OID)
	case *Param:
		return fmt.Sprintf("$%d:%d", n.Number, n.Typ.OID)
	case *ColRef:
		return fmt.Sprintf("%s#%d", n.Name, n.ID)
	case *OpExpr:
		return fmt.Sprintf("%s[%d](%s)", n.Name, n.Proc, d.exprs(n.Args))
	case *FuncExpr:
		return fmt.Sprintf("%s[%d](%s)", n.Name, n.Proc, d.exprs(n.Args))
	case *Cast:
		return fmt.Sprintf("(%s -%c> %d)", d.expr(n.Arg), n.Method, n.Typ.OID)
	case *BoolExpr:
		return [...]string{And: "and", Or: "or", Not: "not"}[n.Kind] + "(" + d.exprs(n.Args) + ")"
	case *AggCall:
		return d.aggCall(n)
	case *Subquery:
		return d.subquery(n)
	}
	var children []Expr
	EachChild(e, func(c Expr) { children = append(children, c) })
	return strings.ToLower(strings.TrimPrefix(fmt.Sprintf("%T", e), "*translate.")) + "(" + d.exprs(children) + ")"
}

func (d *dumper) aggCall(n *AggCall) string {
	text := d.exprs(n.Args)
	if n.Star {
		text = "*"
	}
	if n.Distinct {
		text = "distinct " + text
	}
	if n.OrderBy != nil {
		text += " order " + d.keys(n.OrderBy)
	}
	text = fmt.Sprintf("%s[%d](%s)", n.Name, n.Proc, text)
	if n.Filter != nil {
		text += " filter " + d.expr(n.Filter)
	}
	return text
}

func (d *dumper) subquery(n *Subquery) string {
	switch n.Kind {
	case ExistsSubquery:
		return "exists(subquery)"
	case ArraySubquery:
		return "array(subquery)"
	case AnySubquery:
		return fmt.Sprintf("(%s) %s any(subquery %v)", d.exprs(n.Left), n.Name, n.Columns)
	case AllSubquery:
		return fmt.Sprintf("(%s) %s all(subquery %v)", d.exprs(n.Left), n.Name, n.Columns)
	}
	return fmt.Sprintf("subquery%v", n.Columns)
}
