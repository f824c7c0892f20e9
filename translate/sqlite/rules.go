package sqlite

import (
	"strings"

	"github.com/sqlgateway/gateway/translate"
)

// rules are all claims, most specific first where several share a signature.
func rules() []translate.Rule {
	return join(comparisons, text, integers, casts, dates, aggregates)
}

func join(families ...[]translate.Rule) []translate.Rule {
	var all []translate.Rule
	for _, f := range families {
		all = append(all, f...)
	}
	return all
}

var operators = []string{"=", "<>", "<", "<=", ">", ">="}

func comparing(row string, proof translate.Proof, signatures func(op string) string) []translate.Rule {
	var list []translate.Rule
	for _, op := range operators {
		list = append(list, translate.Rule{Of: signatures(op), Template: "{0} " + op + " {1}", Proof: proof, Row: row})
	}
	return list
}

func same(t string) func(op string) string {
	return func(op string) string { return op + "(" + t + "," + t + ")" }
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

var comparisons = join(
	comparing("NULL and ordering: (i, j) < (7, 3)  [ints]", translate.Algebraic,
		func(op string) string { return each(op, "int2", "int4", "int8") }),
	comparing("boolean: p < q  [bl]", translate.Exhaustive, same("bool")),
	comparing("dates: d < '2024-01-01'  [dts]", translate.Algebraic, same("date")),
	comparing("float: 0.1::float8 + 0.2::float8", translate.Reviewed, same("float8")),
	timestamps(),
)

// timestamps compare as text of one width: a column has one, which another column
// or a constant need not share.
func timestamps() []translate.Rule {
	row := "dates: ts between '2024-02-29' and '2024-03-01'  [dts]"
	const padded = "substr({0} || '.000000', 1, 26)"
	var list []translate.Rule
	for _, op := range operators {
		list = append(list, translate.Rule{
			Of: same("timestamp")(op), Template: padded + " " + op + " " + strings.ReplaceAll(padded, "{0}", "{1}"),
			Proof: translate.Algebraic, Row: row,
		})
	}
	return list
}

var text = join(
	collated(comparing("string comparison: s = t  [tt]", translate.Algebraic, same("text"))),
	[]translate.Rule{
		like("~~(text,text)", "GLOB", "string comparison: s like 'a%'  [txts]"),
		like("!~~(text,text)", "NOT GLOB", "string comparison: s not like '%b%'  [txts]"),
		{
			Of: "length(text) char_length(text) character_length(text)", Template: "length({0})", Proof: translate.Random,
			Row: "string functions: length(s)  [txts]",
		},
	},
)

func collated(list []translate.Rule) []translate.Rule {
	for i := range list {
		list[i].Collated = true
	}
	return list
}

// like uses GLOB, which minds the case of letters as LIKE does in Postgres and not
// in SQLite.
func like(of, word, row string) translate.Rule {
	return translate.Rule{Of: of, Template: "{0} " + word + " {1}", Rewrite: globPattern, Proof: translate.Random, Row: row}
}

// globPattern turns the constant pattern of a LIKE into that of a GLOB.
func globPattern(args []translate.Expr) ([]translate.Expr, bool) {
	pattern, ok := translate.ConstValue(args[1]).(string)
	if !ok {
		return nil, false
	}
	var glob strings.Builder
	literal := false
	for _, r := range pattern {
		switch {
		case !literal && r == '\\':
			literal = true
			continue
		case !literal && r == '%':
			glob.WriteByte('*')
		case !literal && r == '_':
			glob.WriteByte('?')
		case r == '*' || r == '?' || r == '[':
			glob.WriteString("[" + string(r) + "]")
		default:
			glob.WriteRune(r)
		}
		literal = false
	}
	if literal {
		return nil, false // Postgres raises 22025
	}
	c := &translate.Const{Typed: translate.Typed{Typ: args[1].Type(), Coll: args[1].Collation()}, Value: glob.String()}
	return []translate.Expr{args[0], c}, true
}

const (
	int2Range = "-32768 AND 32767"
	int4Range = "-2147483648 AND 2147483647"
)

var overflow = []string{"22003"}

// ranged is a guarded operation of 64 bits whose result must fit fewer.
func ranged(of, operation, bounds, row string) translate.Rule {
	return translate.Rule{
		Of: of, Template: "CASE WHEN " + operation + " NOT BETWEEN " + bounds + " THEN {raise} ELSE " + operation + " END",
		Proof: translate.Algebraic, Raises: overflow, Row: row,
	}
}

// wide is an operation on bigints: where it overflows SQLite turns to a real.
func wide(op, row string) translate.Rule {
	operation := "{0} " + op + " {1}"
	return translate.Rule{
		Of:       op + "(int8,int8) " + op + "(int8,int4) " + op + "(int4,int8) " + op + "(int8,int2) " + op + "(int2,int8)",
		Template: "CASE WHEN typeof(" + operation + ") = 'real' THEN {raise} ELSE " + operation + " END",
		Proof:    translate.Algebraic, Raises: overflow, Row: row,
	}
}

func narrow(op string) string {
	return op + "(int4,int4) " + op + "(int4,int2) " + op + "(int2,int4)"
}

var integers = []translate.Rule{
	ranged(narrow("+"), "{0} + {1}", int4Range, "integer arithmetic: i + 1  [ints]"),
	ranged(narrow("-"), "{0} - {1}", int4Range, "integer arithmetic: i + 1  [ints]"),
	ranged(narrow("*"), "{0} * {1}", int4Range, "integer arithmetic: i * i  [ints]"),
	wide("+", "integer arithmetic: b + c  [bigs]"),
	wide("-", "integer arithmetic: b + c  [bigs]"),
	wide("*", "integer arithmetic: b * c  [bigs]"),
	{
		Of: narrow("/") + " /(int8,int8) /(int8,int4) /(int4,int8)", Template: "{0} / {1}",
		When: []translate.Condition{translate.NonZeroConst(1)}, Proof: translate.Algebraic, Row: "integer arithmetic: 10 / 4",
	},
	{
		Of: "%(int2,int2) %(int4,int4) %(int8,int8)", Template: "{0} % {1}",
		When: []translate.Condition{translate.NonZeroConst(1)}, Proof: translate.Algebraic, Row: "integer arithmetic: i % j  [ints]",
	},
	{
		Of: narrow("/"), Template: "CASE WHEN {1} = 0 AND {0} IS NOT NULL OR {0} = -2147483648 AND {1} = -1 THEN {raise} ELSE {0} / {1} END",
		Proof: translate.Algebraic, Raises: []string{"22012", "22003"}, Row: "integer arithmetic: i / j  [ints]",
	},
	{
		Of:       "/(int8,int8) /(int8,int4) /(int4,int8)",
		Template: "CASE WHEN {1} = 0 AND {0} IS NOT NULL OR typeof({0} / {1}) = 'real' THEN {raise} ELSE {0} / {1} END",
		Proof:    translate.Algebraic, Raises: []string{"22012", "22003"}, Row: "integer arithmetic: b / c  [bigs]",
	},
	{
		Of: "%(int4,int4) %(int8,int8) mod(int4,int4) mod(int8,int8)", Template: "CASE WHEN {1} = 0 AND {0} IS NOT NULL THEN {raise} ELSE {0} % {1} END",
		Proof: translate.Algebraic, Raises: []string{"22012"}, Row: "integer arithmetic: i % j  [ints]",
	},
	{
		Of: "-(int4)", Template: "CASE WHEN {0} = -2147483648 THEN {raise} ELSE - {0} END",
		Proof: translate.Algebraic, Raises: overflow, Row: "integer arithmetic: - i  [ints]",
	},
	{
		Of: "-(int8)", Template: "CASE WHEN typeof(- {0}) = 'real' THEN {raise} ELSE - {0} END",
		Proof: translate.Algebraic, Raises: overflow, Row: "integer arithmetic: - i  [ints]",
	},
	{
		Of: "abs(int4)", Template: "CASE WHEN {0} = -2147483648 THEN {raise} ELSE abs({0}) END",
		Proof: translate.Algebraic, Raises: overflow, Row: "integer arithmetic: abs(i)  [ints]",
	},
	{Of: "abs(int8)", Template: "abs({0})", Proof: translate.Algebraic, Raises: overflow, Row: "integer arithmetic: abs(i)  [ints]"},
	{Of: "&(int4,int4) &(int8,int8)", Template: "{0} & {1}", Proof: translate.Algebraic, Row: "integer arithmetic: i & j  [ints]"},
	{Of: "|(int4,int4) |(int8,int8)", Template: "{0} | {1}", Proof: translate.Algebraic, Row: "integer arithmetic: i | j  [ints]"},
	{Of: "~(int4) ~(int8)", Template: "~ {0}", Proof: translate.Algebraic, Row: "integer arithmetic: ~ i  [ints]"},
}

var casts = []translate.Rule{
	{Of: "cast(int2,int4) cast(int2,int8) cast(int4,int8)", Template: "{0}", Proof: translate.Algebraic, Row: "integer arithmetic: b::int4  [bigs]"},
	ranged("cast(int8,int4)", "{0}", int4Range, "integer arithmetic: b::int4  [bigs]"),
	ranged("cast(int8,int2) cast(int4,int2)", "{0}", int2Range, "integer arithmetic: b::int4  [bigs]"),
	{Of: "cast(int4,float8) cast(int8,float8)", Template: "CAST({0} AS REAL)", Proof: translate.Random, Row: "integer arithmetic: b::float8  [bigs]"},
	{Of: "cast(bool,int4)", Template: "{0}", Proof: translate.Exhaustive, Row: "boolean: p::int  [bl]"},
	{Of: "cast(date,timestamp)", Template: "{0} || ' 00:00:00'", Proof: translate.Algebraic, Row: "dates: d::timestamp  [dts]"},
	{Of: "cast(timestamp,date)", Template: "substr({0}, 1, 10)", Proof: translate.Algebraic, Row: "dates: ts::date  [dts]"},
}
