package mysql

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

// dates holds what was run over every day of a 400-year cycle as exhaustive.
var dates = []translate.Rule{
	field(extractBoth, "year", "EXTRACT(YEAR FROM {1})", "dates: extract(year from d)  [dts]", translate.Exhaustive),
	field(extractBoth, "month", "EXTRACT(MONTH FROM {1})", "dates: extract(month from d)  [dts]", translate.Exhaustive),
	field(extractBoth, "day", "EXTRACT(DAY FROM {1})", "dates: extract(day from d)  [dts]", translate.Exhaustive),
	field(extractBoth, "quarter", "EXTRACT(QUARTER FROM {1})", "dates: extract(quarter from d)  [dts]", translate.Exhaustive),
	field(extractBoth, "week", "WEEK({1}, 3)", "dates: extract(week from d)  [dts]", translate.Exhaustive),
	field(extractBoth, "isoyear", "YEARWEEK({1}, 3) DIV 100", "dates: extract(isoyear from d)  [dts]", translate.Exhaustive),
	field(extractBoth, "dow", "DAYOFWEEK({1}) - 1", "dates: extract(dow from d)  [dts]", translate.Exhaustive),
	field(extractBoth, "isodow", "WEEKDAY({1}) + 1", "dates: extract(isodow from d)  [dts]", translate.Exhaustive),
	field(extractBoth, "doy", "DAYOFYEAR({1})", "dates: extract(doy from d)  [dts]", translate.Exhaustive),
	field(extractTime, "hour", "EXTRACT(HOUR FROM {1})", "dates: extract(hour from ts)  [dts]", translate.Algebraic),
	field(extractTime, "minute", "EXTRACT(MINUTE FROM {1})", "dates: extract(minute from ts)  [dts]", translate.Algebraic),
	field(extractTime, "second", "CAST(SECOND({1}) + MICROSECOND({1}) / 1000000 AS DECIMAL(8,6))", "dates: extract(second from ts)  [dts]", translate.Random),
	field(truncate, "year", "CAST(MAKEDATE(YEAR({1}), 1) AS DATETIME)", "dates: date_trunc('year',ts)  [dts]", translate.Random),
	field(truncate, "quarter", "CAST(MAKEDATE(YEAR({1}), 1) + INTERVAL QUARTER({1}) - 1 QUARTER AS DATETIME)", "dates: date_trunc('quarter',ts)  [dts]", translate.Random),
	field(truncate, "month", "CAST(DATE_FORMAT({1}, '%Y-%m-01') AS DATETIME)", "dates: date_trunc('month',ts)  [dts]", translate.Random),
	field(truncate, "week", "CAST(DATE({1} - INTERVAL WEEKDAY({1}) DAY) AS DATETIME)", "dates: date_trunc('week',ts)  [dts]", translate.Exhaustive),
	field(truncate, "day", "CAST(DATE({1}) AS DATETIME)", "dates: date_trunc('day',ts)  [dts]", translate.Random),
	field(truncate, "hour", "CAST(DATE_FORMAT({1}, '%Y-%m-%d %H:00:00') AS DATETIME)", "dates: date_trunc('hour',ts)  [dts]", translate.Random),
	field(truncate, "minute", "CAST(DATE_FORMAT({1}, '%Y-%m-%d %H:%i:00') AS DATETIME)", "dates: date_trunc('second',ts)  [dts]", translate.Random),
	field(truncate, "second", "CAST(DATE_FORMAT({1}, '%Y-%m-%d %H:%i:%s') AS DATETIME)", "dates: date_trunc('second',ts)  [dts]", translate.Random),
	{Of: "-(date,date)", Template: "DATEDIFF({0}, {1})", Proof: translate.Algebraic, Row: "dates: d - date '2024-01-01'  [dts]"},
	{
		Of: "+(date,int4)", Proof: translate.Random, Raises: []string{"22008"}, Falls: true, Row: "dates: d + 1  [dts]",
		Template: "CASE WHEN {0} IS NOT NULL AND {1} IS NOT NULL AND DATE_ADD({0}, INTERVAL {1} DAY) IS NULL THEN {raise} ELSE DATE_ADD({0}, INTERVAL {1} DAY) END",
	},
	{
		Of: "-(date,int4)", Proof: translate.Random, Raises: []string{"22008"}, Falls: true, Row: "dates: d + 1  [dts]",
		Template: "CASE WHEN {0} IS NOT NULL AND {1} IS NOT NULL AND DATE_SUB({0}, INTERVAL {1} DAY) IS NULL THEN {raise} ELSE DATE_SUB({0}, INTERVAL {1} DAY) END",
	},
}

// summable asks that a sum keep its digits: MySQL adds 22 to the argument's, up to
// 65.
var summable = translate.Condition{Reason: "precision", Holds: func(c translate.RuleContext) bool {
	s, ok := sizeOf(c.Args[0])
	return ok && s.whole+s.fraction <= 43 && s.fraction <= 30
}}

var aggregates = []translate.Rule{
	{Of: "count(*) count(any)", Template: "COUNT({0})", Proof: translate.Algebraic, Row: "aggregates: select sum(v), count(v) from emp"},
	{Of: "sum(int2) sum(int4)", Template: "CAST(SUM({0}) AS SIGNED)", Proof: translate.Algebraic, Row: "aggregates: select sum(v), count(v) from emp"},
	{Of: "sum(int8)", Template: "SUM({0})", Proof: translate.Algebraic, Row: "aggregates: select sum(b) from bigs where b>0"},
	{Of: "sum(numeric)", Template: "SUM({0})", When: []translate.Condition{summable}, Proof: translate.Algebraic, Row: "aggregates: select sum(v), avg(v), sum(n), avg(n) from emp"},
	{
		Of:       "min(int2) min(int4) min(int8) min(numeric) min(date) min(timestamp) min(timestamptz)",
		Template: "MIN({0})", Proof: translate.Algebraic, Row: "aggregates: select max(g) from emp",
	},
	{
		Of:       "max(int2) max(int4) max(int8) max(numeric) max(date) max(timestamp) max(timestamptz)",
		Template: "MAX({0})", Proof: translate.Algebraic, Row: "aggregates: select max(g) from emp",
	},
	{Of: "min(text)", Template: "MIN({0})", Collated: true, Proof: translate.Algebraic, Row: "string comparison: select min(s), max(s) from tt"},
	{Of: "max(text)", Template: "MAX({0})", Collated: true, Proof: translate.Algebraic, Row: "string comparison: select min(s), max(s) from tt"},
}
