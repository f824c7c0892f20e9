package eval

import (
	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

type numeric = pgtypes.Numeric

// numericFunctions are the operators and functions of numeric.
var numericFunctions = map[string]builtin{
	"numeric_add": numericAddSub(false), "numeric_sub": numericAddSub(true), "numeric_mul": numericMul(),
	"numeric_div": withNarrowing(f2e(numeric.Div)), "numeric_mod": withNarrowing(f2e(numeric.Mod)),
	"numeric_uminus": numericNegate(), "numeric_uplus": withNarrowing(f1(same[numeric])), "numeric_abs": withNarrowing(f1(numeric.Abs)),
	"numeric_power": withNarrowing(f2e(numeric.Power)), "numeric_sqrt": withNarrowing(f1e(numeric.Sqrt)),
	"numeric_exp": f1e(numeric.Exp), "numeric_ln": f1e(numeric.Ln), "numeric_log": f2e(pgtypes.NumericLog),
	"log(1700)": f1e(numeric.Log), "log10(1700)": f1e(numeric.Log),
	"numeric_ceil": withNarrowing(f1(numeric.Ceil)), "numeric_floor": withNarrowing(f1(numeric.Floor)),
	"numeric_round": numericRound(), "numeric_trunc": withNarrowing(f2(func(x numeric, n int32) numeric { return x.Trunc(int(n)) })),
	"round(1700)": withNarrowing(f1e(func(x numeric) (numeric, error) { return x.Round(0) })),
	"trunc(1700)": withNarrowing(f1(func(x numeric) numeric { return x.Trunc(0) })),
	"numeric_sign": withNarrowing(f1(func(x numeric) numeric {
		if x.IsNaN() {
			return x
		}
		return pgtypes.NumericFromInt64(int64(x.Sign()))
	})),
	"numeric_div_trunc": withNarrowing(f2e(numeric.DivTrunc)), "numeric_gcd": f2e(numeric.Gcd), "numeric_lcm": f2e(numeric.Lcm),
	"numeric_scale":      f1e(func(x numeric) (int32, error) { return finiteScale(x, int32(x.Scale())) }),
	"numeric_min_scale":  f1e(func(x numeric) (int32, error) { return finiteScale(x, int32(x.MinScale())) }),
	"numeric_trim_scale": f1(numeric.TrimScale), "numeric_fac": f1e(pgtypes.NumericFactorial),
	"width_bucket_numeric": f4c(func(_ *call, x, low, high numeric, count int32) (int32, error) {
		return pgtypes.NumericWidthBucket(x, low, high, count)
	}),
	"numeric_larger": f2(func(a, b numeric) numeric {
		if a.Cmp(b) > 0 {
			return a
		}
		return b
	}),
	"numeric_smaller": f2(func(a, b numeric) numeric {
		if a.Cmp(b) < 0 {
			return a
		}
		return b
	}),
	"numeric_inc": f1e(func(a numeric) (numeric, error) { return a.Add(pgtypes.NumericFromInt64(1)) }),
}

// finiteScale is NULL for NaN and the infinities.
func finiteScale(x numeric, scale int32) (int32, error) {
	if !x.IsFinite() {
		return 0, errNull
	}
	return scale, nil
}

// numericRound rounds scaled integers half away from zero.
func numericRound() builtin {
	slow := withNarrowing(f2e(func(x numeric, n int32) (numeric, error) { return x.Round(int(n)) }))
	general := slow.run
	slow.run = func(c *call, dst *vector.Vector, args []*vector.Vector, sel []int32, n int) error {
		a, digits := args[0], args[1]
		if a.Form != vector.FormDecimal || a.Const || !digits.Const || digits.I32[0] < 0 || digits.I32[0] > a.Scale || a.Scale > 18 {
			return general(c, dst, args, sel, n)
		}
		unit := tenTo[a.Scale-digits.I32[0]]
		dst.Alloc(vector.FormDecimal, n)
		dst.Scale = digits.I32[0]
		for i, x := range a.I64[:n] {
			dst.I64[i] = roundedQuotient(x, unit)
		}
		return nil
	}
	return slow
}

func roundedQuotient(x, unit int64) int64 {
	if unit == 1 {
		return x
	}
	q, r := x/unit, x%unit
	if r >= unit/2 {
		return q + 1
	}
	if r <= -unit/2 {
		return q - 1
	}
	return q
}
