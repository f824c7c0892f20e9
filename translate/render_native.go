package translate

import (
	"strconv"
	"strings"

	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// For a source that is Postgres itself every immutable built-in means the same,
// but for what depends on the collation of the source's columns. The gateway's own
// locale orders by code point, which COLLATE "C" is everywhere; functions that
// change or classify letters need a column whose locale knows all of Unicode.

// orderings are the operators on text that look at its order.
var orderings = map[string]bool{"<": true, "<=": true, ">": true, ">=": true}

// letterOperators and letterFunctions look at letters.
var letterOperators = map[string]bool{"~": true, "!~": true, "~*": true, "!~*": true, "~~*": true, "!~~*": true}

var letterFunctions = map[string]bool{
	"upper": true, "lower": true, "initcap": true, "regexp_replace": true, "regexp_match": true, "regexp_matches": true,
	"regexp_split_to_array": true, "regexp_like": true, "regexp_count": true, "regexp_instr": true, "regexp_substr": true,
	"substring": true, "textregexeq": true, "iclike": true, "texticlike": true, "to_tsvector": true, "citext": true,
}

func (w *writer) nativeCollation(name string, exprs []Expr, args []string) {
	if w.Whole || len(exprs) == 0 || !collatable(exprs[len(exprs)-1].Type()) {
		return
	}
	switch {
	case orderings[name]:
		w.codePoints(exprs, args)
	case letterOperators[name]:
		w.letters(exprs)
	}
}

// codePoints makes a comparison of text one by code point.
func (w *writer) codePoints(exprs []Expr, args []string) {
	if w.needsCollation(exprs) {
		args[len(args)-1] += " COLLATE " + w.d.TextCollation
	}
}

// letters refuses columns whose locale does not map letters as the gateway's does.
func (w *writer) letters(exprs []Expr) {
	for _, e := range exprs {
		WalkExpr(e, func(n Expr) bool {
			ref, ok := n.(*ColRef)
			if !ok || !collatable(ref.Typ) {
				return true
			}
			c := w.columns[ref.ID]
			if c == nil || c.Facts == nil || !unicodeLocale(c.Facts.Collation) {
				w.refuse("textCollation", ref.Name)
			}
			return true
		})
	}
}

func unicodeLocale(collation string) bool {
	return strings.EqualFold(collation, "C.UTF-8") || strings.EqualFold(collation, "C.utf8")
}

// nativeCall renders a call of a built-in.
func (w *writer) nativeCall(n *FuncExpr) string {
	p := pgbuiltin.ProcByOID(n.Proc)
	if p == nil || p.Namespace != pgbuiltin.NamespacePgCatalog {
		return w.refuse("noRule", n.Name)
	}
	if !w.immutable(n, ownVolatility(n)) {
		return ""
	}
	args := w.list(n.Args)
	if letterFunctions[p.Name] && !w.Whole {
		w.letters(n.Args)
	}
	if n.Variadic || p.Variadic != 0 && p.Variadic != pgtypes.OIDAny && len(args) == len(p.Args) {
		args[len(args)-1] = "VARIADIC " + args[len(args)-1]
	}
	return nativeName(p.Name) + "(" + strings.Join(args, ", ") + ")"
}

// nativeName qualifies a function whose plain name is a keyword with a syntax of
// its own.
func nativeName(name string) string {
	switch name {
	case "extract", "position", "substring", "overlay", "trim", "normalize", "timezone", "left", "right", "overlaps",
		"date", "time", "timestamp", "timestamptz", "timetz", "interval", "numeric", "bit", "varchar", "bpchar", "char", "text",
		"int2", "int4", "int8", "float4", "float8", "bool", "xmlexists", "row":
		return "pg_catalog.\"" + name + "\""
	}
	return name
}

// nativeCast renders a cast, implicit ones too: literals are typed, so the source
// resolves what the gateway resolved.
func (w *writer) nativeCast(n *Cast) string {
	if !w.immutable(n, castVolatility(n)) {
		return ""
	}
	name := w.d.TypeName(n.Typ)
	if name == "" {
		return w.refuse("type", typeLabel(n.Typ.OID))
	}
	if !n.Explicit && n.Typ.Typmod > 0 && textual(n.Typ) {
		return w.refuse("assignmentCast", Signature(n)) // :: would cut what must be an error
	}
	return "(" + w.below(n.Arg) + ")::" + name
}

func (w *writer) nativeArrayOperator(n *ScalarArrayOp, elements []Expr, listed bool) string {
	if !w.immutable(n, procVolatility(n.Proc)) {
		return ""
	}
	if listed && len(elements) > 0 {
		in, out := n.Name == "=" && !n.All, n.Name == "<>" && n.All
		if in || out {
			word := " IN ("
			if out {
				word = " NOT IN ("
			}
			return "(" + w.below(n.Left) + word + strings.Join(w.list(elements), ", ") + "))"
		}
	}
	word := " ANY ("
	if n.All {
		word = " ALL ("
	}
	args := w.list([]Expr{n.Left, n.Right})
	w.nativeCollation(n.Name, []Expr{n.Left}, args[:1])
	return "(" + args[0] + " " + n.Name + word + args[1] + "))"
}

// nativeExpr renders the kinds of expressions that only Postgres has alike.
func (w *writer) nativeExpr(e Expr) string {
	if n, ok := e.(*CaseTest); ok {
		if w.caseTest == "" {
			return w.refuse("noRule", "CASE")
		}
		_ = n
		return w.caseTest
	}
	if r, ok := e.(*RowCompare); ok && w.d.RowValues {
		return w.rowCompare(r)
	}
	if c, ok := e.(*Collate); ok {
		return w.collate(c)
	}
	if !w.d.Native {
		return w.refuse("noRule", nodeName(e))
	}
	switch n := e.(type) {
	case *MinMax:
		return w.minMax(n)
	case *ArrayExpr:
		name := w.d.TypeName(n.Typ)
		if name == "" {
			return w.refuse("type", typeLabel(n.Typ.OID))
		}
		return "ARRAY[" + strings.Join(w.list(n.Elements), ", ") + "]::" + name
	case *RowExpr:
		if namedRow(n) {
			return w.refuse("rowNames", "whole row") // ROW(...) would lose the names of its fields
		}
		return "ROW(" + strings.Join(w.list(n.Fields), ", ") + ")"
	case *Subscript:
		return w.subscript(n)
	}
	return w.refuse("noRule", nodeName(e))
}

// namedRow says that a row has names of its own for its fields, not f1, f2 and so on.
func namedRow(n *RowExpr) bool {
	for i, name := range n.Names {
		if name != "f"+strconv.Itoa(i+1) {
			return true
		}
	}
	return false
}

// collate drops a collation that is by code point anyway: comparisons see to that.
func (w *writer) collate(n *Collate) string {
	switch n.Coll {
	case pgtypes.CollationDefault, pgtypes.CollationC, pgtypes.CollationPOSIX, pgtypes.CollationNone:
		if w.d.Native && n.Coll != pgtypes.CollationDefault && n.Coll != pgtypes.CollationNone {
			return "(" + w.below(n.Arg) + " COLLATE \"C\")"
		}
		return w.below(n.Arg)
	}
	return w.refuse("collation", "COLLATE")
}

func (w *writer) minMax(n *MinMax) string {
	args := w.list(n.Args)
	if !w.Whole && collatable(n.Typ) {
		w.codePoints(n.Args, args)
	}
	name := "LEAST("
	if n.Greatest {
		name = "GREATEST("
	}
	return name + strings.Join(args, ", ") + ")"
}

func (w *writer) subscript(n *Subscript) string {
	var b strings.Builder
	b.WriteString("(" + w.below(n.Arg) + ")")
	for i := range n.Upper {
		b.WriteByte('[')
		if n.Slice {
			if i < len(n.Lower) && n.Lower[i] != nil {
				b.WriteString(w.below(n.Lower[i]))
			}
			b.WriteByte(':')
		}
		if n.Upper[i] != nil {
			b.WriteString(w.below(n.Upper[i]))
		}
		b.WriteByte(']')
	}
	return b.String()
}

// rowCompare renders (a, b) < (c, d). Other dialects compare column by column only
// where each column's own operator has a plain rule.
func (w *writer) rowCompare(n *RowCompare) string {
	for i, op := range n.Ops {
		if !w.d.Native && (w.plainRule(op, n.Name) == nil || collatable(n.Left[i].Type())) {
			return w.refuse("noRule", "row comparison")
		}
		if w.d.Native && !w.immutable(n, procVolatility(n.Procs[i])) {
			return ""
		}
	}
	left, right := w.list(n.Left), w.list(n.Right)
	for i := range right {
		if w.d.Native && !w.Whole && collatable(n.Right[i].Type()) && w.needsCollation([]Expr{n.Left[i], n.Right[i]}) {
			right[i] += " COLLATE " + w.d.TextCollation
		}
	}
	return "((" + strings.Join(left, ", ") + ") " + n.Name + " (" + strings.Join(right, ", ") + "))"
}

func nodeName(e Expr) string {
	switch e.(type) {
	case *MinMax:
		return "GREATEST or LEAST"
	case *ArrayExpr:
		return "ARRAY"
	case *RowExpr:
		return "ROW"
	case *Subscript:
		return "subscript"
	case *FieldSelect:
		return "field of a row"
	case *RowCompare:
		return "row comparison"
	}
	return "expression"
}
