package pgtypes_test

import (
	"fmt"
	"math"
	"math/rand"
	"strconv"
	"strings"

	"github.com/sqlgateway/gateway/internal/pgtypes"
)

func lines(s string) []string { return strings.Split(strings.Trim(s, "\n"), "\n") }

func subjects(r *rand.Rand) []subject {
	dates, clocks, spans := dateTexts(r), clockTexts(r), intervalTexts(r)
	ints := append(lines(`
1
-1
+7
 42 
abc

-
+
1.5
1e3
99999
32767
32768
-32768
-32769
2147483647
2147483648
-2147483648
-2147483649
9223372036854775807
9223372036854775808
-9223372036854775808
-9223372036854775809
99999999999999999999999x
99999x
12x
0x10
1_000
00000000000000000000001
4294967295
4294967296`), mixed(r, 200, 3, []string{"", " "}, []string{"1", "-", "99999", "+", " ", "x", "2147", "0"})...)
	floats := floatTexts(r)
	numerics := numericTexts(r)
	jsons := jsonTexts(r)
	arrays := arrayTexts(r)
	strs := append(lines(`
abc
abcdefghijkl
abc        
äöüßñ漢字
   

a`), strings.Repeat("x", 70), strings.Repeat("é", 40))
	list := []subject{
		{"bool", "boolsend", pgtypes.Of(pgtypes.OIDBool), append(lines("t\nf\ntrue\n fAlse \ny\nn\nyes\nno\non\nof\noff\no\n1\n0\ntr\nx\n\n10\ntrue1"), strs...)},
		{"int2", "int2send", pgtypes.Of(pgtypes.OIDInt2), ints},
		{"int4", "int4send", pgtypes.Of(pgtypes.OIDInt4), ints},
		{"int8", "int8send", pgtypes.Of(pgtypes.OIDInt8), ints},
		{"oid", "oidsend", pgtypes.Of(pgtypes.OIDOid), ints},
		{"float4", "float4send", pgtypes.Of(pgtypes.OIDFloat4), floats},
		{"float8", "float8send", pgtypes.Of(pgtypes.OIDFloat8), floats},
		{"numeric", "numeric_send", pgtypes.Of(pgtypes.OIDNumeric), numerics},
		{"numeric(10,2)", "numeric_send", with(pgtypes.OIDNumeric, pgtypes.MakeNumericTypmod(10, 2)), numerics},
		{"numeric(3,5)", "numeric_send", with(pgtypes.OIDNumeric, pgtypes.MakeNumericTypmod(3, 5)), numerics},
		{"numeric(5,-3)", "numeric_send", with(pgtypes.OIDNumeric, pgtypes.MakeNumericTypmod(5, -3)), numerics},
		{"text", "textsend", pgtypes.Of(pgtypes.OIDText), strs},
		{"varchar(5)", "varcharsend", with(pgtypes.OIDVarchar, 9), strs},
		{"char(5)", "bpcharsend", with(pgtypes.OIDBpchar, 9), strs},
		{"name", "namesend", pgtypes.Of(pgtypes.OIDName), strs},
		{"bytea", "byteasend", pgtypes.Of(pgtypes.OIDBytea), append(lines(`
abc
\x0aFF
\x0
\x 0a ff
\x0 a
\xgg
\\
\001\377
\400
\1
a\
\x`), mixed(r, 200, 4, []string{""}, []string{`\`, `\\`, "a", "0", "12", `\x`, `\101`, "ä"})...)},
		{"uuid", "uuid_send", pgtypes.Of(pgtypes.OIDUUID), lines(`
a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11
A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11
{a0eebc99-9c0b4ef8-bb6d6bb9-bd380a11}
a0eebc999c0b4ef8bb6d6bb9bd380a11
a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11
{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11
a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1
a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a111
a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1g
a-0eebc999c0b4ef8bb6d6bb9bd380a11

11`)},
		{"json", "json_send", pgtypes.Of(pgtypes.OIDJSON), jsons},
		{"jsonb", "jsonb_send", pgtypes.Of(pgtypes.OIDJSONB), jsons},
		{"bit(4)", "bit_send", with(pgtypes.OIDBit, 4), lines("0101\n01011\nX5\nb0101\nxg\n2\n0121")},
		{"varbit(12)", "varbit_send", with(pgtypes.OIDVarbit, 12), lines("0101\n\nX5F\nX5F01\nb01\n0é")},
		{"date", "date_send", pgtypes.Of(pgtypes.OIDDate), dates},
		{"timestamp", "timestamp_send", pgtypes.Of(pgtypes.OIDTimestamp), dates},
		{"timestamp(2)", "timestamp_send", with(pgtypes.OIDTimestamp, 2), dates},
		{"timestamptz", "timestamptz_send", pgtypes.Of(pgtypes.OIDTimestamptz), dates},
		{"time", "time_send", pgtypes.Of(pgtypes.OIDTime), clocks},
		{"time(1)", "time_send", with(pgtypes.OIDTime, 1), clocks},
		{"timetz", "timetz_send", pgtypes.Of(pgtypes.OIDTimetz), clocks},
		{"interval", "interval_send", pgtypes.Of(pgtypes.OIDInterval), spans},
		{"interval(1)", "interval_send", with(pgtypes.OIDInterval, 0x7FFF<<16|1), spans},
		{"int4[]", "array_send", pgtypes.Of(pgtypes.OIDInt4Array), arrays},
		{"text[]", "array_send", pgtypes.Of(pgtypes.OIDTextArray), arrays},
		{"numeric(4,1)[]", "array_send", with(pgtypes.OIDNumericArray, pgtypes.MakeNumericTypmod(4, 1)), arrays},
		{"int2vector", "int2vectorsend", pgtypes.Of(pgtypes.OIDInt2Vector), lines("1 2 3\n\n1")},
		{"inet", "inet_send", pgtypes.Of(pgtypes.OIDInet), lines("10.0.0.1\n10.0.0.0/8\n::1\nfe80::1/64")},
		{"macaddr", "macaddr_send", pgtypes.Of(pgtypes.OIDMacaddr), lines("08:00:2b:01:02:03")},
		{"money", "cash_send", pgtypes.Of(pgtypes.OIDMoney), lines("$12.50\n-$1,234,567.89")},
		{"pg_lsn", "pg_lsn_send", pgtypes.Of(pgtypes.OIDPgLSN), lines("16/B374D848\n0/0")},
		{"tid", "tidsend", pgtypes.Of(pgtypes.OIDTid), lines("(1,2)")},
	}
	for fields, mask := range map[string]int32{
		"year": 1 << 2, "month": 1 << 1, "day": 1 << 3, "hour": 1 << 10, "year to month": 1<<2 | 1<<1,
		"minute to second": 1<<11 | 1<<12, "day to minute": 1<<3 | 1<<10 | 1<<11, "hour to second": 1<<10 | 1<<11 | 1<<12,
	} {
		list = append(list, subject{"interval " + fields, "interval_send", with(pgtypes.OIDInterval, mask<<16|0xFFFF), spans})
	}
	return list
}

func floatTexts(r *rand.Rand) []string {
	out := lines(`
0
-0
1
1e15
1e14
123456789012345678
1e-5
0.0001
0.00001
1e6
999999.9
1000000
9999999
16777216
1e38
1e39
1e308
1e309
-1e309
1e-300
1e-400
-1e-400
1e-50
1.17549435e-38
4.9e-324
2e-324
NaN
 nan 
Infinity
-inf
+Infinity
inf
infinityx
abc

 
1.5.5
1e
1e+
.5
5.
.
1_0
0.1
0.30000000000000004
3.4028235e38
3.4028236e38
1 2
123456.7
1234567.8
99999.99
0.00012345`)
	for range 400 {
		out = append(out, strconv.FormatFloat(math.Float64frombits(r.Uint64()), 'g', -1, 64),
			strconv.FormatFloat(r.NormFloat64()*math.Pow(10, float64(r.Intn(40)-20)), 'g', 1+r.Intn(17), 64))
	}
	return out
}

func numericTexts(r *rand.Rand) []string {
	out := lines(`
0
-0
0.00
1
-1.50
12345.67
1e10
1e-10
1.5e3
1e 5
1e+5
1e
.5
5.
.
-.5
+1
- 1
NaN
nan
 NaN 
-NaN
Infinity
-Infinity
inf
+inf
infx
abc

1 2
1e131071
1e131072
1e-16383
1e-16384
1e2000000000
1e-2000000000
1e99999999999999999999
0e500000
0.000000000000000000000000000000000000001
99999999.99
99999999.994
99999999.995
0.00999
0.0099949
0.009995
12345678
99999499
99999500
1_000
0x10
499
500
1499.99
10000
100000000
0.0001
0.00010001
9223372036854775807
9223372036854775808
-9223372036854775808
123456789012345678901234567890.123456789
00001.10`)
	for range 400 {
		digits := strconv.FormatUint(r.Uint64(), 10)
		at := r.Intn(len(digits) + 1)
		s := digits[:at] + "." + digits[at:]
		if r.Intn(2) == 0 {
			s = "-" + s
		}
		if r.Intn(3) == 0 {
			s += fmt.Sprintf("e%d", r.Intn(60)-30)
		}
		out = append(out, s)
	}
	return out
}

func jsonTexts(r *rand.Rand) []string {
	return append(lines(`
{}
[]
1
-0
1.50
1e5
"a"
null
true
nul
tru
{"b":1,"a":2,"aa":3,"b":4}
{"a":{"c":[1,2,{"d":null}]}}
[1,2
[1 2]
[1,]
{"a"}
{"a":}
{"a":1,}
{a:1}
{1:2}
{"a" 1}
{"a":1 "b":2}
01
1.
.5
-
+1
1e
"\u00e4\n\t\"\\\/"
"\ud83d\ude00"
"\ud83d"
"\ude00"
"\ud83dx"
"\ud83d\n"
"\u0000"
"\x"
"\u12g4"
"\u12"
"abc
"tab	inside"
1 2
[1]]

   
truex
"a" "b"
[[[[]]]]
{"":""}
12345678901234567890.123456789
1E400
'a'
#
{"a":[1,2,3],"bb":{"x":"y"}} 
[1.0, 1.00, 10e-3]
1x
1.5é
é
"é漢"`), mixed(r, 600, 6, []string{"", " ", ","}, []string{"{", "}", "[", "]", ":", `"a"`, `"bb"`, "1", "null", "true", "x", `"`, `\`, "-"})...)
}

func arrayTexts(r *rand.Rand) []string {
	return append(lines(`
{}
{1,2,3}
{1,NULL,3}
{null}
{"NULL"}
{"a b","c\"d","e\\f",g h }
{{1,2},{3,4}}
{{1,2},{3}}
{{1,2},3}
{1,{2}}
{{},{}}
[2:4]={1,2,3}
[0:1][1:2]={{1,2},{3,4}}
[1:2]={1,2,3}
[2:1]={}
{1,2
1,2}
{1,,2}
{1,}
{,1}
{ 1 , 2 }
{1} x
{"a"b}
{a"b"}
{a\,b}
{{{{{{{1}}}}}}}

abc
{1}}
{}}
[1]={1}
[]={1}
[1:1={1}
[1:1]{1}
{abc,def}
{1.25,2.55}
{"",""}
{ä,漢}`), mixed(r, 300, 6, []string{"", "", ","}, []string{"{", "}", "1", "2", ",", "NULL", `"a"`, " ", "{1,2}", "{1}"})...)
}
