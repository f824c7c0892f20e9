package sqlite

import "github.com/sqlgateway/gateway/translate"

// field is EXTRACT or date_trunc of one constant field.
func field(of, name, template, row string, proof translate.Proof) translate.Rule {
	return translate.Rule{
		Of: of, Template: template, When: []translate.Condition{translate.ConstOneOf(0, name)}, Proof: proof, Row: row,
	}
}

const (
	extractBoth = "extract(text,date) extract(text,timestamp)"
	extractTime = "extract(text,timestamp)"
	truncate    = "date_trunc(text,timestamp)"
)

// dates cuts the parts out of the canonical text where that is all there is to it:
// SQLite's own functions round seconds to milliseconds first, which can carry into
// the hour. What needs a calendar was run over every day of a 400-year cycle.
var dates = []translate.Rule{
	field(extractBoth, "year", "CAST(substr({1}, 1, 4) AS INTEGER)", "dates: extract(year from d)  [dts]", translate.Algebraic),
	field(extractBoth, "month", "CAST(substr({1}, 6, 2) AS INTEGER)", "dates: extract(month from d)  [dts]", translate.Algebraic),
	field(extractBoth, "day", "CAST(substr({1}, 9, 2) AS INTEGER)", "dates: extract(day from d)  [dts]", translate.Algebraic),
	field(extractBoth, "quarter", "(CAST(substr({1}, 6, 2) AS INTEGER) + 2) / 3", "dates: extract(quarter from d)  [dts]", translate.Algebraic),
	field(extractBoth, "dow", "CAST(strftime('%w', substr({1}, 1, 10)) AS INTEGER)", "dates: extract(dow from d)  [dts]", translate.Exhaustive),
	field(extractBoth, "doy", "CAST(strftime('%j', substr({1}, 1, 10)) AS INTEGER)", "dates: extract(doy from d)  [dts]", translate.Exhaustive),
	isoField("isodow", "%u", "dates: extract(isodow from d)  [dts]"),
	isoField("week", "%V", "dates: extract(week from d)  [dts]"),
	isoField("isoyear", "%G", "dates: extract(isoyear from d)  [dts]"),
	field(extractTime, "hour", "CAST(substr({1}, 12, 2) AS INTEGER)", "dates: extract(hour from ts)  [dts]", translate.Algebraic),
	field(extractTime, "minute", "CAST(substr({1}, 15, 2) AS INTEGER)", "dates: extract(minute from ts)  [dts]", translate.Algebraic),
	field(truncate, "year", "substr({1}, 1, 4) || '-01-01 00:00:00'", "dates: date_trunc('year',ts)  [dts]", translate.Algebraic),
	field(truncate, "month", "substr({1}, 1, 7) || '-01 00:00:00'", "dates: date_trunc('month',ts)  [dts]", translate.Algebraic),
	field(truncate, "day", "substr({1}, 1, 10) || ' 00:00:00'", "dates: date_trunc('day',ts)  [dts]", translate.Algebraic),
	field(truncate, "hour", "substr({1}, 1, 13) || ':00:00'", "dates: date_trunc('hour',ts)  [dts]", translate.Algebraic),
	field(truncate, "minute", "substr({1}, 1, 16) || ':00'", "dates: date_trunc('second',ts)  [dts]", translate.Algebraic),
	field(truncate, "second", "substr({1}, 1, 19)", "dates: date_trunc('second',ts)  [dts]", translate.Algebraic),
	field(truncate, "week", "datetime(substr({1}, 1, 10), '-6 days', 'weekday 1')", "dates: date_trunc('week',ts)  [dts]", translate.Exhaustive),
	{
		Of: "-(date,date)", Template: "CAST(julianday({0}) - julianday({1}) AS INTEGER)", Proof: translate.Random,
		Row: "dates: d - date '2024-01-01'  [dts]",
	},
}

// isoField needs a format that came with 3.46.
func isoField(name, format, row string) translate.Rule {
	rule := field(extractBoth, name, "CAST(strftime('"+format+"', substr({1}, 1, 10)) AS INTEGER)", row, translate.Exhaustive)
	rule.When = append(rule.When, translate.ProductAtLeast("SQLite", 3, 46))
	return rule
}

var aggregates = []translate.Rule{
	{Of: "count(*) count(any)", Template: "count({0})", Proof: translate.Algebraic, Row: "aggregates: select sum(v), count(v) from emp"},
	{
		Of: "sum(int2) sum(int4) sum(int8)", Template: "sum({0})", Proof: translate.Algebraic, Raises: overflow,
		Row: "aggregates: select sum(v), count(v) from emp",
	},
	{Of: "min(int2) min(int4) min(int8) min(date) min(timestamp)", Template: "min({0})", Proof: translate.Algebraic, Row: "aggregates: select max(g) from emp"},
	{Of: "max(int2) max(int4) max(int8) max(date) max(timestamp)", Template: "max({0})", Proof: translate.Algebraic, Row: "aggregates: select max(g) from emp"},
	{Of: "min(text)", Template: "min({0})", Collated: true, Proof: translate.Algebraic, Row: "string comparison: select min(s), max(s) from tt"},
	{Of: "max(text)", Template: "max({0})", Collated: true, Proof: translate.Algebraic, Row: "string comparison: select min(s), max(s) from tt"},
}
