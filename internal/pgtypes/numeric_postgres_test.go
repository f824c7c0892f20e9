package pgtypes_test

import (
	"context"
	"fmt"
	"math/rand"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

type numericFunction struct {
	sql string
	run func(a, b pgtypes.Numeric) (pgtypes.Numeric, error)
}

func plain(n pgtypes.Numeric) (pgtypes.Numeric, error) { return n, nil }

var numericFunctions = []numericFunction{
	{"a + b", pgtypes.Numeric.Add},
	{"a - b", pgtypes.Numeric.Sub},
	{"a * b", pgtypes.Numeric.Mul},
	{"a / b", pgtypes.Numeric.Div},
	{"a % b", pgtypes.Numeric.Mod},
	{"div(a, b)", pgtypes.Numeric.DivTrunc},
	{"gcd(a, b)", pgtypes.Numeric.Gcd},
	{"lcm(a, b)", pgtypes.Numeric.Lcm},
	{"power(a, b)", pgtypes.Numeric.Power},
	{"log(a, b)", pgtypes.NumericLog},
	{"sqrt(a)", func(a, _ pgtypes.Numeric) (pgtypes.Numeric, error) { return a.Sqrt() }},
	{"exp(a)", func(a, _ pgtypes.Numeric) (pgtypes.Numeric, error) { return a.Exp() }},
	{"ln(a)", func(a, _ pgtypes.Numeric) (pgtypes.Numeric, error) { return a.Ln() }},
	{"log(a)", func(a, _ pgtypes.Numeric) (pgtypes.Numeric, error) { return a.Log() }},
	{"ceil(a)", func(a, _ pgtypes.Numeric) (pgtypes.Numeric, error) { return plain(a.Ceil()) }},
	{"floor(a)", func(a, _ pgtypes.Numeric) (pgtypes.Numeric, error) { return plain(a.Floor()) }},
	{"abs(-a)", func(a, _ pgtypes.Numeric) (pgtypes.Numeric, error) { return plain(a.Neg().Abs()) }},
	{"trim_scale(a)", func(a, _ pgtypes.Numeric) (pgtypes.Numeric, error) { return plain(a.TrimScale()) }},
	{"round(a, 2)", func(a, _ pgtypes.Numeric) (pgtypes.Numeric, error) { return a.Round(2) }},
	{"round(a, -2)", func(a, _ pgtypes.Numeric) (pgtypes.Numeric, error) { return a.Round(-2) }},
	{"trunc(a, 1)", func(a, _ pgtypes.Numeric) (pgtypes.Numeric, error) { return plain(a.Trunc(1)) }},
	{"trunc(a, -1)", func(a, _ pgtypes.Numeric) (pgtypes.Numeric, error) { return plain(a.Trunc(-1)) }},
	{"a::int8::numeric", func(a, _ pgtypes.Numeric) (pgtypes.Numeric, error) {
		v, err := a.Int64()
		return pgtypes.NumericFromInt64(v), err
	}},
	{"a::int4::numeric", func(a, _ pgtypes.Numeric) (pgtypes.Numeric, error) {
		v, err := a.Int32()
		return pgtypes.NumericFromInt64(int64(v)), err
	}},
	{"a::int2::numeric", func(a, _ pgtypes.Numeric) (pgtypes.Numeric, error) {
		v, err := a.Int16()
		return pgtypes.NumericFromInt64(int64(v)), err
	}},
	{"a::float8::numeric", func(a, _ pgtypes.Numeric) (pgtypes.Numeric, error) {
		v, err := a.Float64()
		return pgtypes.NumericFromFloat64(v), err
	}},
	{"a::float4::numeric", func(a, _ pgtypes.Numeric) (pgtypes.Numeric, error) {
		v, err := a.Float32()
		return pgtypes.NumericFromFloat32(v), err
	}},
	{"sign(a - b)", func(a, b pgtypes.Numeric) (pgtypes.Numeric, error) {
		if a.IsNaN() || b.IsNaN() || a.IsInf() && b.IsInf() && a.Cmp(b) == 0 {
			return pgtypes.NumericNaN, nil
		}
		return pgtypes.NumericFromInt64(int64(a.Cmp(b))), nil
	}},
	{"width_bucket(a, b, 100, 7)::numeric", func(a, b pgtypes.Numeric) (pgtypes.Numeric, error) {
		v, err := pgtypes.NumericWidthBucket(a, b, pgtypes.NumericFromInt64(100), 7)
		return pgtypes.NumericFromInt64(int64(v)), err
	}},
}

func numericOperands(r *rand.Rand) []string {
	out := []string{
		"0", "0.00", "1", "-1", "1.00", "2", "10", "0.5", "-0.5", "100", "3", "0.1", "0.9", "1.1", "1.0000001", "0.9999999",
		"NaN", "Infinity", "-Infinity", "9999", "10000", "10001", "99999999.99999999", "0.0001", "0.00009999", "1e20", "1e-20",
		"123456789012345678901234567890", "-7.25", "12345.678", "9223372036854775807", "-9223372036854775808", "0.00000000000000000001234",
		"31", "-3", "2.5", "1e100", "65536", "1e-100", "5000", "1.23456789012345678901234567890",
	}
	for range 40 {
		out = append(out, fmt.Sprintf("%d.%0*d", r.Intn(200)-100, 1+r.Intn(8), r.Intn(10)), fmt.Sprintf("%de%d", r.Intn(100000)-20000, r.Intn(16)-8))
	}
	return out
}

// TestNumericAgainstPostgres compares every function on random pairs.
func TestNumericAgainstPostgres(t *testing.T) {
	conn := connect(t)
	run(t, conn, `create function pg_temp.calc(f text, a text, b text) returns text language plpgsql as $$
declare r text; s text; m text;
begin
  execute format('select (%s)::text from (select %L::numeric a, %L::numeric b) q', f, a, b) into r;
  return r;
exception when others then
  get stacked diagnostics s = returned_sqlstate, m = message_text;
  return s || ' ' || m;
end $$`)
	r := rand.New(rand.NewSource(seed))
	operands := numericOperands(r)
	var as, bs []string
	for range 700 {
		as = append(as, operands[r.Intn(len(operands))])
		bs = append(bs, operands[r.Intn(len(operands))])
	}
	for _, f := range numericFunctions {
		t.Run(f.sql, func(t *testing.T) {
			rows, err := conn.Query(context.Background(),
				"select pg_temp.calc($1, a, b) from unnest($2::text[], $3::text[]) with ordinality u(a, b, n) order by n", f.sql, as, bs)
			if err != nil {
				t.Fatal(err)
			}
			want, err := pgx.CollectRows(rows, pgx.RowTo[string])
			if err != nil {
				t.Fatal(err)
			}
			compareNumeric(t, f, as, bs, want)
		})
	}
}

func compareNumeric(t *testing.T, f numericFunction, as, bs, want []string) {
	t.Helper()
	faults := 0
	for i := range want {
		a, _ := pgtypes.ParseNumeric(as[i])
		b, _ := pgtypes.ParseNumeric(bs[i])
		v, err := f.run(a, b)
		got := v.String()
		if err != nil {
			got = pgerr.From(err).Code + " " + pgerr.From(err).Message
		}
		if got == want[i] {
			continue
		}
		if faults++; faults > 8 {
			t.Fatal("too many differences")
		}
		t.Errorf("%s with a = %s, b = %s:\n got %s\nwant %s", f.sql, as[i], bs[i], got, want[i])
	}
}
