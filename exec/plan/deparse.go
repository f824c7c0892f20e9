package plan

import (
	"strconv"
	"strings"

	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	t "github.com/sqlgateway/gateway/translate"
)

// deparser writes expressions as Postgres's EXPLAIN does: operators in parentheses,
// constants with their type where it is not plain.
type deparser struct {
	b strings.Builder
	// names gives a column's name; the ColRef's own when it is missing.
	names map[t.ColumnID]string
}

func (d *deparser) text(e t.Expr) string {
	d.b.Reset()
	d.expr(e)
	return d.b.String()
}

func (d *deparser) list(list []t.Expr, sep string) {
	for i, e := range list {
		if i > 0 {
			d.b.WriteString(sep)
		}
		d.expr(e)
	}
}

func (d *deparser) put(parts ...string) {
	for _, s := range parts {
		d.b.WriteString(s)
	}
}

func (d *deparser) expr(e t.Expr) {
	switch x := e.(type) {
	case *t.ColRef:
		d.column(x.ID, x.Name)
	case *t.Const:
		d.constant(x)
	case *t.Param:
		d.put("$", strconv.Itoa(x.Number))
	case *t.ExecParam:
		d.put("$", strconv.Itoa(x.Slot), " (returned)")
	case *t.OpExpr:
		d.operator(x)
	case *t.FuncExpr:
		d.call(x.Name, x.Args)
	case *t.AggCall:
		d.aggregate(x)
	case *t.WindowCall:
		if x.Star {
			d.put(x.Name, "(*) OVER (?)")
			return
		}
		d.call(x.Name, x.Args)
		d.put(" OVER (?)")
	case *t.Cast:
		d.cast(x)
	case *t.BoolExpr:
		d.boolean(x)
	case *t.ScalarArrayOp:
		d.arrayOp(x)
	case *t.Case:
		d.caseExpr(x)
	default:
		d.other(e)
	}
}

func (d *deparser) other(e t.Expr) {
	switch x := e.(type) {
	case *t.NullTest:
		d.test(x.Arg, "IS NULL", "IS NOT NULL", x.Not)
	case *t.BoolTest:
		d.test(x.Arg, boolTests[x.Kind], "", false)
	case *t.Distinct:
		d.put("(")
		d.expr(x.Left)
		if x.Not {
			d.put(" IS NOT DISTINCT FROM ")
		} else {
			d.put(" IS DISTINCT FROM ")
		}
		d.expr(x.Right)
		d.put(")")
	case *t.NullIf:
		d.call("NULLIF", []t.Expr{x.Left, x.Right})
	case *t.Coalesce:
		d.call("COALESCE", x.Args)
	case *t.MinMax:
		name := "LEAST"
		if x.Greatest {
			name = "GREATEST"
		}
		d.call(name, x.Args)
	case *t.ArrayExpr:
		d.put("ARRAY[")
		d.list(x.Elements, ", ")
		d.put("]")
	case *t.RowExpr:
		d.call("ROW", x.Fields)
	case *t.RowCompare:
		d.put("(ROW(")
		d.list(x.Left, ", ")
		d.put(") ", x.Name, " ROW(")
		d.list(x.Right, ", ")
		d.put("))")
	case *t.FieldSelect:
		d.put("(")
		d.expr(x.Arg)
		d.put(").", quoteName(x.Name))
	case *t.Subscript:
		d.subscript(x)
	case *t.Collate:
		d.expr(x.Arg)
	case *t.CaseTest:
		d.put("CASE_TEST_EXPR")
	case *t.DefaultValue:
		d.put("DEFAULT")
	case *t.Subquery:
		d.put("(SubPlan)")
	case *t.Grouping:
		d.put("GROUPING(...)")
	}
}

var boolTests = map[t.BoolTestKind]string{
	t.IsTrue: "IS TRUE", t.IsNotTrue: "IS NOT TRUE", t.IsFalse: "IS FALSE", t.IsNotFalse: "IS NOT FALSE",
	t.IsUnknown: "IS UNKNOWN", t.IsNotUnknown: "IS NOT UNKNOWN",
}

func (d *deparser) test(arg t.Expr, yes, no string, negated bool) {
	d.put("(")
	d.expr(arg)
	if negated {
		yes = no
	}
	d.put(" ", yes, ")")
}

func (d *deparser) column(id t.ColumnID, name string) {
	if n, ok := d.names[id]; ok {
		d.put(n)
		return
	}
	d.put(quoteName(name))
}

func (d *deparser) constant(x *t.Const) {
	if x.Value == nil {
		d.put("NULL")
		if x.Typ.OID != pgtypes.OIDUnknown {
			d.put("::", pgtypes.FormatType(x.Typ))
		}
		return
	}
	text := pgtypes.Text(x.Typ, x.Value, pgtypes.DefaultStyle())
	switch x.Typ.OID {
	case pgtypes.OIDBool:
		if x.Value == true {
			text = "true"
		} else {
			text = "false"
		}
		d.put(text)
	case pgtypes.OIDInt4:
		if strings.HasPrefix(text, "-") {
			text = "'" + text + "'::integer"
		}
		d.put(text)
	default:
		d.put(quoteText(text), "::", pgtypes.FormatType(x.Typ))
	}
}

func (d *deparser) operator(x *t.OpExpr) {
	d.put("(")
	if len(x.Args) == 2 {
		d.expr(x.Args[0])
		d.put(" ", x.Name, " ")
		d.expr(x.Args[1])
	} else {
		d.put(x.Name, " ")
		d.expr(x.Args[0])
	}
	d.put(")")
}

func (d *deparser) call(name string, args []t.Expr) {
	d.put(name, "(")
	d.list(args, ", ")
	d.put(")")
}

func (d *deparser) aggregate(x *t.AggCall) {
	d.put(x.Name, "(")
	if x.Star {
		d.put("*")
	}
	if x.Distinct {
		d.put("DISTINCT ")
	}
	ordered := pgbuiltin.AggregateByProc(x.Proc)
	if ordered != nil && ordered.Kind != 'n' {
		d.list(x.Args[:min(x.Direct, len(x.Args))], ", ")
		d.put(") WITHIN GROUP (ORDER BY ")
		d.keys(x.OrderBy)
	} else {
		d.list(x.Args, ", ")
		if len(x.OrderBy) > 0 {
			d.put(" ORDER BY ")
			d.keys(x.OrderBy)
		}
	}
	d.put(")")
	if x.Filter != nil {
		d.put(" FILTER (WHERE ")
		d.expr(x.Filter)
		d.put(")")
	}
}

func (d *deparser) keys(keys []t.SortKey) {
	for i, k := range keys {
		if i > 0 {
			d.put(", ")
		}
		d.expr(k.Expr)
		if k.Descending {
			d.put(" DESC")
		}
		switch {
		case k.NullsFirst && !k.Descending:
			d.put(" NULLS FIRST")
		case !k.NullsFirst && k.Descending:
			d.put(" NULLS LAST")
		}
	}
}

// cast leaves out what Postgres leaves out: nothing but the type's name is shown,
// also for implicit casts.
func (d *deparser) cast(x *t.Cast) {
	_, plain := x.Arg.(*t.ColRef)
	if !plain {
		d.expr(x.Arg)
	} else {
		d.put("(")
		d.expr(x.Arg)
		d.put(")")
	}
	d.put("::", pgtypes.FormatType(x.Typ))
}

func (d *deparser) boolean(x *t.BoolExpr) {
	d.put("(")
	switch x.Kind {
	case t.Not:
		d.put("NOT ")
		d.expr(x.Args[0])
	case t.And:
		d.list(x.Args, " AND ")
	default:
		d.list(x.Args, " OR ")
	}
	d.put(")")
}

// arrayOp shows a list of constants as the array literal that Postgres makes of it.
func (d *deparser) arrayOp(x *t.ScalarArrayOp) {
	d.put("(")
	d.expr(x.Left)
	word := " ANY ("
	if x.All {
		word = " ALL ("
	}
	d.put(" ", x.Name, word)
	if a, ok := x.Right.(*t.ArrayExpr); ok && constantList(a) && len(a.Elements) > 0 {
		d.arrayLiteral(a)
	} else {
		d.expr(x.Right)
	}
	d.put("))")
}

func (d *deparser) arrayLiteral(a *t.ArrayExpr) {
	parts := make([]string, len(a.Elements))
	for i, e := range a.Elements {
		c := e.(*t.Const)
		parts[i] = "NULL"
		if c.Value != nil {
			parts[i] = arrayElement(pgtypes.Text(c.Typ, c.Value, pgtypes.DefaultStyle()))
		}
	}
	d.put(quoteText("{"+strings.Join(parts, ",")+"}"), "::", pgtypes.FormatType(a.Typ))
}

func arrayElement(s string) string {
	if s == "" || strings.EqualFold(s, "null") || strings.ContainsAny(s, "{},\"\\ \t\n") {
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
	}
	return s
}

func (d *deparser) caseExpr(x *t.Case) {
	d.put("CASE")
	if x.Arg != nil {
		d.put(" ")
		d.expr(x.Arg)
	}
	for _, w := range x.Whens {
		d.put(" WHEN ")
		d.expr(w.Cond)
		d.put(" THEN ")
		d.expr(w.Result)
	}
	d.put(" ELSE ")
	d.expr(x.Else)
	d.put(" END")
}

func (d *deparser) subscript(x *t.Subscript) {
	d.expr(x.Arg)
	for i, u := range x.Upper {
		d.put("[")
		if x.Slice {
			if i < len(x.Lower) && x.Lower[i] != nil {
				d.expr(x.Lower[i])
			}
			d.put(":")
		}
		if u != nil {
			d.expr(u)
		}
		d.put("]")
	}
}

func quoteText(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// quoteName quotes an identifier where Postgres must.
func quoteName(s string) string {
	plain := s != ""
	for i, r := range s {
		if !(r >= 'a' && r <= 'z' || r == '_' || i > 0 && r >= '0' && r <= '9') {
			plain = false
		}
	}
	if plain || s == "?column?" {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}
