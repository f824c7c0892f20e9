package mysql

import (
	"strings"

	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// rules are all claims, most specific first where several share a signature.
func rules() []translate.Rule {
	var all []translate.Rule
	for _, family := range [][]translate.Rule{comparisons, text, integers, numerics, casts, dates, aggregates} {
		all = append(all, family...)
	}
	return all
}

// each writes the signatures of a binary operator over all pairs of types.
func each(op string, types ...string) string {
	var list []string
	for _, a := range types {
		for _, b := range types {
			list = append(list, op+"("+a+","+b+")")
		}
	}
	return strings.Join(list, " ")
}

// same writes the signatures of a binary operator over equal types.
func same(op string, types ...string) string {
	list := make([]string, len(types))
	for i, t := range types {
		list[i] = op + "(" + t + "," + t + ")"
	}
	return strings.Join(list, " ")
}

// compare makes the six comparisons of each of the types with itself.
func compare(row string, proof translate.Proof, types ...string) []translate.Rule {
	return comparing(row, proof, func(op string) string { return same(op, types...) })
}

func comparing(row string, proof translate.Proof, signatures func(op string) string) []translate.Rule {
	var list []translate.Rule
	for _, op := range []string{"=", "<>", "<", "<=", ">", ">="} {
		list = append(list, translate.Rule{Of: signatures(op), Template: "{0} " + op + " {1}", Proof: proof, Row: row})
	}
	return list
}

var comparisons = join(
	comparing("NULL and ordering: (i, j) < (7, 3)  [ints]", translate.Algebraic,
		func(op string) string { return each(op, "int2", "int4", "int8") }),
	compare("boolean: p < q  [bl]", translate.Exhaustive, "bool"),
	compare("numeric: n = m  [nums]", translate.Algebraic, "numeric"),
	compare("dates: d < '2024-01-01'  [dts]", translate.Algebraic, "date"),
	compare("dates: ts between '2024-02-29' and '2024-03-01'  [dts]", translate.Algebraic, "timestamp", "timestamptz"),
	compare("float: 0.1::float8 + 0.2::float8", translate.Reviewed, "float8"),
	comparing("dates: d = ts  [dts]", translate.Random,
		func(op string) string { return op + "(date,timestamp) " + op + "(timestamp,date)" }),
)

func join(families ...[]translate.Rule) []translate.Rule {
	var all []translate.Rule
	for _, f := range families {
		all = append(all, f...)
	}
	return all
}

// collated marks rules as comparing text by code point.
func collated(list []translate.Rule) []translate.Rule {
	for i := range list {
		list[i].Collated = true
	}
	return list
}

var text = join(
	collated(compare("string comparison: s = t  [tt]", translate.Algebraic, "text")),
	[]translate.Rule{
		{
			Of: "~~(text,text)", Template: `{0} LIKE {1} ESCAPE '\'`, Collated: true, Proof: translate.Random,
			When: []translate.Condition{translate.ConstMatches(1, validPattern)}, Row: "string comparison: s like 'a%'  [txts]",
		},
		{
			Of: "!~~(text,text)", Template: `{0} NOT LIKE {1} ESCAPE '\'`, Collated: true, Proof: translate.Random,
			When: []translate.Condition{translate.ConstMatches(1, validPattern)}, Row: "string comparison: s not like '%b%'  [txts]",
		},
		{
			Of: "length(text) char_length(text) character_length(text)", Template: "CHAR_LENGTH({0})", Proof: translate.Random,
			Row: "string functions: char_length(s)  [txts]",
		},
	},
)

// validPattern says that no escape ends a pattern, which Postgres refuses when it
// comes to it.
func validPattern(pattern string) bool {
	trailing := len(pattern) - len(strings.TrimRight(pattern, `\`))
	return trailing%2 == 0
}

const (
	int2Range = "-32768 AND 32767"
	int4Range = "-2147483648 AND 2147483647"
)

var overflow = []string{"22003"}

// signed asks that no unsigned column takes part: MySQL computes with one in
// unsigned 64 bits, where -1 is an error.
var signed = translate.Condition{Reason: "unsigned", Holds: func(c translate.RuleContext) bool {
	for _, arg := range c.Args {
		if translate.Any(arg, func(e translate.Expr) bool {
			column := c.Column(e)
			return column != nil && column.Facts != nil && strings.Contains(strings.ToLower(column.Facts.NativeType), "unsigned")
		}) {
			return false
		}
	}
	return true
}}

// ranged is a guarded operation of 64 bits whose result must fit fewer.
func ranged(of, operation, bounds, row string) translate.Rule {
	return translate.Rule{
		Of: of, Template: "CASE WHEN " + operation + " NOT BETWEEN " + bounds + " THEN {raise} ELSE " + operation + " END",
		When: []translate.Condition{signed}, Proof: translate.Algebraic, Raises: overflow, Row: row,
	}
}

// wide is an operation on bigints, whose overflow is an error of MySQL's too.
func wide(op, row string) translate.Rule {
	return translate.Rule{
		Of:       op + "(int8,int8) " + op + "(int8,int4) " + op + "(int4,int8) " + op + "(int8,int2) " + op + "(int2,int8)",
		Template: "{0} " + op + " {1}", When: []translate.Condition{signed}, Proof: translate.Algebraic, Raises: overflow, Row: row,
	}
}

func narrow(op string) string {
	return op + "(int4,int4) " + op + "(int4,int2) " + op + "(int2,int4)"
}

var divisionErrors = []string{"22012", "22003"}

var integers = []translate.Rule{
	ranged(narrow("+"), "{0} + {1}", int4Range, "integer arithmetic: i + 1  [ints]"),
	ranged(narrow("-"), "{0} - {1}", int4Range, "integer arithmetic: i + 1  [ints]"),
	ranged(narrow("*"), "{0} * {1}", int4Range, "integer arithmetic: i * i  [ints]"),
	ranged("+(int2,int2)", "{0} + {1}", int2Range, "integer arithmetic: i + 1  [ints]"),
	ranged("-(int2,int2)", "{0} - {1}", int2Range, "integer arithmetic: i + 1  [ints]"),
	ranged("*(int2,int2)", "{0} * {1}", int2Range, "integer arithmetic: i * i  [ints]"),
	wide("+", "integer arithmetic: b + c  [bigs]"),
	wide("-", "integer arithmetic: b + c  [bigs]"),
	wide("*", "integer arithmetic: b * c  [bigs]"),
	{
		Of: narrow("/") + " /(int8,int8) /(int8,int4) /(int4,int8)", Template: "{0} DIV {1}",
		When: []translate.Condition{signed, translate.NonZeroConst(1)}, Proof: translate.Algebraic, Row: "integer arithmetic: 10 / 4",
	},
	{
		Of: "%(int2,int2) %(int4,int4) %(int8,int8)", Template: "{0} % {1}",
		When: []translate.Condition{signed, translate.NonZeroConst(1)}, Proof: translate.Algebraic, Row: "integer arithmetic: i % j  [ints]",
	},
	{
		Of: narrow("/"), Template: "CASE WHEN {1} = 0 AND {0} IS NOT NULL OR {0} = -2147483648 AND {1} = -1 THEN {raise} ELSE {0} DIV {1} END",
		When: []translate.Condition{signed}, Proof: translate.Algebraic, Raises: divisionErrors, Row: "integer arithmetic: i / j  [ints]",
	},
	{
		Of: "/(int8,int8) /(int8,int4) /(int4,int8)", Template: "CASE WHEN {1} = 0 AND {0} IS NOT NULL THEN {raise} ELSE {0} DIV {1} END",
		When: []translate.Condition{signed}, Proof: translate.Algebraic, Raises: divisionErrors, Row: "integer arithmetic: b / c  [bigs]",
	},
	{
		Of: "%(int4,int4) %(int8,int8) mod(int4,int4) mod(int8,int8)", Template: "CASE WHEN {1} = 0 AND {0} IS NOT NULL THEN {raise} ELSE {0} % {1} END",
		When: []translate.Condition{signed}, Proof: translate.Algebraic, Raises: []string{"22012"}, Row: "integer arithmetic: i % j  [ints]",
	},
	{
		Of: "-(int4)", Template: "CASE WHEN {0} = -2147483648 THEN {raise} ELSE - {0} END",
		When: []translate.Condition{signed}, Proof: translate.Algebraic, Raises: overflow, Row: "integer arithmetic: - i  [ints]",
	},
	{
		Of: "abs(int4)", Template: "CASE WHEN {0} = -2147483648 THEN {raise} ELSE ABS({0}) END",
		When: []translate.Condition{signed}, Proof: translate.Algebraic, Raises: overflow, Row: "integer arithmetic: abs(i)  [ints]",
	},
	{Of: same("&", "int4", "int8"), Template: "CAST({0} & {1} AS SIGNED)", When: []translate.Condition{signed}, Proof: translate.Algebraic, Row: "integer arithmetic: i & j  [ints]"},
	{Of: same("|", "int4", "int8"), Template: "CAST({0} | {1} AS SIGNED)", When: []translate.Condition{signed}, Proof: translate.Algebraic, Row: "integer arithmetic: i | j  [ints]"},
	{Of: same("#", "int4", "int8"), Template: "CAST({0} ^ {1} AS SIGNED)", When: []translate.Condition{signed}, Proof: translate.Algebraic, Row: "integer arithmetic: i # j  [ints]"},
	{Of: "~(int4) ~(int8)", Template: "CAST(~ {0} AS SIGNED)", When: []translate.Condition{signed}, Proof: translate.Algebraic, Row: "integer arithmetic: ~ i  [ints]"},
}

// bounded asks that a decimal result keep all its digits: MySQL has 65 of them, 30
// after the point.
func bounded(op string) translate.Condition {
	return translate.Condition{Reason: "precision", Holds: func(c translate.RuleContext) bool {
		var a, b size
		var ok bool
		if a, ok = sizeOf(c.Args[0]); !ok {
			return false
		}
		if b, ok = sizeOf(c.Args[1]); !ok {
			return false
		}
		return a.combine(b, op).fits()
	}}
}

// size bounds a decimal: its digits before and after the point.
type size struct{ whole, fraction int }

func (s size) fits() bool { return s.whole+s.fraction <= 65 && s.fraction <= 30 }

func (s size) combine(o size, op string) size {
	if op == "*" {
		return size{s.whole + o.whole, s.fraction + o.fraction}
	}
	return size{max(s.whole, o.whole) + 1, max(s.fraction, o.fraction)}
}

// sizeOf bounds an expression from the modifiers of its columns; ok is false where
// one has none.
func sizeOf(e translate.Expr) (size, bool) {
	if precision, scale, ok := pgtypes.NumericTypmod(e.Type().Typmod); ok && e.Type().OID == pgtypes.OIDNumeric {
		return size{precision - scale, max(scale, 0)}, scale >= 0 && scale <= precision
	}
	switch n := e.(type) {
	case *translate.Const:
		if v, ok := n.Value.(pgtypes.Numeric); ok {
			whole, fraction, ok := digits(v.String())
			return size{whole, fraction}, ok
		}
	case *translate.Cast:
		switch n.Arg.Type().OID {
		case pgtypes.OIDInt2, pgtypes.OIDInt4, pgtypes.OIDInt8:
			return size{20, 0}, true
		}
	case *translate.OpExpr:
		if len(n.Args) != 2 || !strings.Contains("+-*", n.Name) {
			return size{}, false
		}
		a, okA := sizeOf(n.Args[0])
		b, okB := sizeOf(n.Args[1])
		s := a.combine(b, n.Name)
		return s, okA && okB && s.fits()
	}
	return size{}, false
}

var numerics = []translate.Rule{
	{Of: "+(numeric,numeric)", Template: "{0} + {1}", When: []translate.Condition{bounded("+")}, Proof: translate.Algebraic, Row: "numeric: n + m  [nums]"},
	{Of: "-(numeric,numeric)", Template: "{0} - {1}", When: []translate.Condition{bounded("-")}, Proof: translate.Algebraic, Row: "numeric: n + m  [nums]"},
	{Of: "*(numeric,numeric)", Template: "{0} * {1}", When: []translate.Condition{bounded("*")}, Proof: translate.Algebraic, Row: "numeric: n * m  [nums]"},
	{
		Of: "%(numeric,numeric)", Template: "CASE WHEN {1} = 0 AND {0} IS NOT NULL THEN {raise} ELSE {0} % {1} END",
		When: []translate.Condition{bounded("%")}, Proof: translate.Random, Raises: []string{"22012"}, Row: "numeric: n % m  [nums]",
	},
}

var casts = []translate.Rule{
	{Of: "cast(int2,int4) cast(int2,int8) cast(int4,int8)", Template: "{0}", Proof: translate.Algebraic, Row: "integer arithmetic: b::int4  [bigs]"},
	ranged("cast(int8,int4)", "{0}", int4Range, "integer arithmetic: b::int4  [bigs]"),
	ranged("cast(int8,int2) cast(int4,int2)", "{0}", int2Range, "integer arithmetic: b::int4  [bigs]"),
	{Of: "cast(int2,numeric) cast(int4,numeric) cast(int8,numeric)", Template: "CAST({0} AS DECIMAL(20,0))", Proof: translate.Algebraic, Row: "integer arithmetic: i::numeric / 3  [ints]"},
	{
		Of: "cast(int2,float8) cast(int4,float8) cast(int8,float8)", Template: "CAST({0} AS DOUBLE)", Proof: translate.Random,
		When: []translate.Condition{doubleCast}, Row: "integer arithmetic: b::float8  [bigs]",
	},
	{Of: "cast(bool,int4)", Template: "CAST({0} AS SIGNED)", Proof: translate.Exhaustive, Row: "boolean: p::int  [bl]"},
	{Of: "cast(date,timestamp)", Template: "CAST({0} AS DATETIME)", Proof: translate.Algebraic, Row: "dates: d::timestamp  [dts]"},
	{Of: "cast(timestamp,date)", Template: "DATE({0})", Proof: translate.Random, Row: "dates: ts::date  [dts]"},
}

// doubleCast asks for CAST AS DOUBLE, which MySQL has since 8.0.17.
var doubleCast = translate.Condition{Reason: "version", Holds: func(c translate.RuleContext) bool {
	return c.Dialect.Product == MariaDB || c.Dialect.Version.AtLeast(8, 1)
}}
