package pgtypes

import (
	"math"
	"math/big"

	"github.com/cockroachdb/apd/v3"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// guardDigits are computed beyond those that a result shows, so that rounding the
// last one is right.
const guardDigits = 12

// Sqrt is the square root.
func (n Numeric) Sqrt() (Numeric, error) {
	if n.Sign() < 0 {
		return Numeric{}, pgerr.New(pgerr.InvalidArgumentForPowerFunction, "cannot take square root of a negative number")
	}
	if n.kind != numericFinite {
		return n, nil
	}
	weight, _ := n.base10000()
	scale := resultScale(numericMinSigDigits-sqrtWeight(weight), int(n.scale))
	// One digit more than asked for, then rounded: the root of a whole number is
	// never exactly a half of the last digit unless it is exact.
	num := n.coef()
	shift := 2*(scale+1) - int(n.scale)
	if shift >= 0 {
		num = new(big.Int).Mul(num, pow10(shift))
	} else {
		num = new(big.Int).Quo(num, pow10(-shift))
	}
	return NumericFromBig(new(big.Int).Sqrt(num), scale+1).rounded(scale), nil
}

// sqrtWeight estimates the decimal exponent of a root from the weight in base 10000.
func sqrtWeight(weight int) int { return (weight+1)*4/2 - 1 }

func (n Numeric) decimal() *apd.Decimal {
	d := new(apd.Decimal)
	d.Coeff.SetMathBigInt(new(big.Int).Abs(n.coef()))
	d.Negative = n.Sign() < 0
	d.Exponent = -n.scale
	return d
}

func numericFromDecimal(d *apd.Decimal, scale int) Numeric {
	c := new(big.Int).Set(d.Coeff.MathBigInt())
	if d.Negative {
		c.Neg(c)
	}
	if d.Exponent >= 0 {
		return NumericFromBig(c.Mul(c, pow10(int(d.Exponent))), 0).rounded(scale)
	}
	return NumericFromBig(c, int(-d.Exponent)).rounded(scale)
}

func decimalContext(digits int) *apd.Context {
	return &apd.Context{
		Precision: uint32(max(digits, 1) + guardDigits), MaxExponent: apd.MaxExponent,
		MinExponent: apd.MinExponent, Rounding: apd.RoundHalfUp,
	}
}

// approx is n as a double, infinite when too large.
func (n Numeric) approx() float64 {
	f, err := n.Float64()
	if err != nil {
		if n.digits() > int(n.scale) {
			return math.Inf(n.Sign())
		}
		return 0
	}
	return f
}

// Exp is e to the power of n.
func (n Numeric) Exp() (Numeric, error) {
	switch n.kind {
	case numericNegInf:
		return Numeric{}, nil
	case numericFinite:
	default:
		return n, nil
	}
	weight := n.approx() * math.Log10E
	weight = min(max(weight, -numericMaxResultScale), numericMaxResultScale)
	return n.exp(resultScale(numericMinSigDigits-int(weight), int(n.scale)))
}

func (n Numeric) exp(scale int) (Numeric, error) {
	v := n.approx()
	if math.Abs(v) >= numericMaxResultScale*3 {
		if v > 0 {
			return Numeric{}, errNumericOverflow()
		}
		return Numeric{scale: int32(scale)}, nil
	}
	if n.IsZero() {
		return NumericFromInt64(1).rescaledUp(int32(scale)), nil
	}
	digits := scale + int(v*math.Log10E) + 2
	if digits < 0 {
		return Numeric{scale: int32(scale)}, nil
	}
	d := new(apd.Decimal)
	if _, err := decimalContext(digits).Exp(d, n.decimal()); err != nil {
		return Numeric{}, errNumericOverflow()
	}
	return numericFromDecimal(d, scale).checked()
}

func errLogarithm(sign int) error {
	if sign == 0 {
		return pgerr.New(pgerr.InvalidArgumentForLogarithm, "cannot take logarithm of zero")
	}
	return pgerr.New(pgerr.InvalidArgumentForLogarithm, "cannot take logarithm of a negative number")
}

// Ln is the natural logarithm.
func (n Numeric) Ln() (Numeric, error) {
	if n.kind == numericNaN {
		return n, nil
	}
	if s := n.Sign(); s <= 0 {
		return Numeric{}, errLogarithm(s)
	}
	if n.IsInf() {
		return n, nil
	}
	weight := n.lnWeight()
	return n.ln(resultScale(numericMinSigDigits-weight, int(n.scale)), weight), nil
}

// lnWeight estimates the decimal exponent of ln(n).
func (n Numeric) lnWeight() int {
	if n.Cmp(NewNumeric(9, 1)) >= 0 && n.Cmp(NewNumeric(11, 1)) <= 0 {
		x, _ := n.Sub(NumericFromInt64(1))
		if x.IsZero() {
			return 0
		}
		return x.digits() - 1 - int(x.scale)
	}
	digits, weight := n.leading(2)
	return int(math.Log10(math.Abs(math.Log(digits) + float64(weight)*math.Ln10)))
}

// leading gives up to count leading digits of base 10000, and the decimal exponent
// of the last of them.
func (n Numeric) leading(count int) (value float64, exponent int) {
	weight, _ := n.base10000()
	have := weight + 1 + (int(n.TrimScale().scale)+3)/4
	if have < count {
		count = max(have, 1)
	}
	exponent = (weight - count + 1) * 4
	shift := exponent + int(n.scale)
	c := new(big.Int).Abs(n.coef())
	if shift >= 0 {
		c.Quo(c, pow10(shift))
	} else {
		c.Mul(c, pow10(-shift))
	}
	value, _ = new(big.Float).SetInt(c).Float64()
	return value, exponent
}

// ln has n positive and finite.
func (n Numeric) ln(scale, weight int) Numeric {
	if n.Cmp(NumericFromInt64(1)) == 0 {
		return Numeric{scale: int32(scale)}
	}
	d := new(apd.Decimal)
	_, _ = decimalContext(scale+max(weight, 0)+2).Ln(d, n.decimal())
	return numericFromDecimal(d, scale)
}

// NumericLog is log(base, n).
func NumericLog(base, n Numeric) (Numeric, error) {
	if base.IsNaN() || n.IsNaN() {
		return NumericNaN, nil
	}
	sb, sn := base.Sign(), n.Sign()
	switch {
	case sb <= 0 && base.IsFinite() && n.IsFinite():
		return Numeric{}, errLogarithm(sb)
	case sb < 0 || sn < 0:
		return Numeric{}, errLogarithm(-1)
	case sb == 0 || sn == 0:
		return Numeric{}, errLogarithm(0)
	case base.IsInf() && n.IsInf():
		return NumericNaN, nil
	case base.IsInf():
		return Numeric{}, nil
	case n.IsInf():
		return n, nil
	}
	baseWeight, weight := base.lnWeight(), n.lnWeight()
	result := weight - baseWeight
	scale := resultScale(numericMinSigDigits-result, int(base.scale), int(n.scale))
	lnBase := base.ln(max(scale+result-baseWeight+8, 0), baseWeight)
	lnN := n.ln(max(scale+result-weight+8, 0), weight)
	if lnBase.IsZero() {
		return Numeric{}, errDivisionByZero()
	}
	return divRounded(lnN, lnBase, scale).checked()
}

// Log is log(n): to base 10.
func (n Numeric) Log() (Numeric, error) { return NumericLog(NumericFromInt64(10), n) }
