package pgtypes

import (
	"math/big"
	"math/bits"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// Neg is -n.
func (n Numeric) Neg() Numeric {
	switch {
	case n.kind == numericInf:
		return NumericNegativeInfinity
	case n.kind == numericNegInf:
		return NumericInfinity
	case n.kind == numericNaN:
		return n
	case n.big != nil:
		return NumericFromBig(new(big.Int).Neg(n.big), int(n.scale))
	case n.small == -1<<63:
		return NumericFromBig(new(big.Int).Neg(big.NewInt(n.small)), int(n.scale))
	}
	n.small = -n.small
	return n
}

// Abs is |n|.
func (n Numeric) Abs() Numeric {
	if n.Sign() < 0 {
		return n.Neg()
	}
	return n
}

// order ranks the kinds: -Infinity < finite < Infinity < NaN.
func (k numericKind) order() int {
	return [...]int{numericFinite: 0, numericNaN: 2, numericInf: 1, numericNegInf: -1}[k]
}

// Cmp is -1, 0 or 1 by Postgres's order: NaN equals itself and is the largest.
func (n Numeric) Cmp(m Numeric) int {
	if n.kind != numericFinite || m.kind != numericFinite {
		return compareInts(n.kind.order(), m.kind.order())
	}
	if n.big == nil && m.big == nil && n.scale == m.scale {
		return compareInts(n.small, m.small)
	}
	if sn, sm := n.Sign(), m.Sign(); sn != sm {
		return compareInts(sn, sm)
	}
	a, b, _ := aligned(n, m)
	if a.big == nil && b.big == nil {
		return compareInts(a.small, b.small)
	}
	return a.coef().Cmp(b.coef())
}

func compareInts[T int | int32 | int64 | uint32 | byte](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// rescaledUp is n with a scale that is not smaller.
func (n Numeric) rescaledUp(scale int32) Numeric {
	shift := int(scale - n.scale)
	if shift <= 0 || n.kind != numericFinite {
		return n
	}
	if n.big == nil && shift < len(pow10u) {
		if v, ok := mul64(n.small, pow10u[shift]); ok {
			return Numeric{small: v, scale: scale}
		}
	}
	return NumericFromBig(new(big.Int).Mul(n.coef(), pow10(shift)), int(scale))
}

func mul64(v int64, by uint64) (int64, bool) {
	hi, lo := bits.Mul64(magnitude(v), by)
	if hi != 0 || lo > 1<<63-1 {
		return 0, false
	}
	if v < 0 {
		return -int64(lo), true
	}
	return int64(lo), true
}

func aligned(n, m Numeric) (a, b Numeric, scale int32) {
	scale = max(n.scale, m.scale)
	return n.rescaledUp(scale), m.rescaledUp(scale), scale
}

// Add is n + m.
func (n Numeric) Add(m Numeric) (Numeric, error) {
	if n.kind != numericFinite || m.kind != numericFinite {
		switch {
		case n.kind == numericNaN || m.kind == numericNaN:
			return NumericNaN, nil
		case n.IsInf() && m.IsInf() && n.kind != m.kind:
			return NumericNaN, nil
		case n.IsInf():
			return n, nil
		}
		return m, nil
	}
	a, b, scale := aligned(n, m)
	if a.big == nil && b.big == nil {
		sum := a.small + b.small
		if (sum > a.small) == (b.small > 0) {
			return Numeric{small: sum, scale: scale}, nil
		}
	}
	return NumericFromBig(new(big.Int).Add(a.coef(), b.coef()), int(scale)).checked()
}

// Sub is n - m.
func (n Numeric) Sub(m Numeric) (Numeric, error) { return n.Add(m.Neg()) }

// Mul is n * m.
func (n Numeric) Mul(m Numeric) (Numeric, error) {
	if n.kind != numericFinite || m.kind != numericFinite {
		if n.kind == numericNaN || m.kind == numericNaN {
			return NumericNaN, nil
		}
		return infinityOf(n.Sign() * m.Sign()), nil
	}
	scale := int(n.scale + m.scale)
	if n.big == nil && m.big == nil && scale <= numericMaxScale {
		if v, ok := mul64(n.small, magnitude(m.small)); ok {
			if m.small < 0 {
				v = -v
			}
			return Numeric{small: v, scale: int32(scale)}, nil
		}
	}
	product := NumericFromBig(new(big.Int).Mul(n.coef(), m.coef()), scale)
	if scale > numericMaxScale {
		product = product.rounded(numericMaxScale)
	}
	return product.checked()
}

// infinityOf is the infinity with a sign; NaN for 0, as in Infinity * 0.
func infinityOf(sign int) Numeric {
	switch {
	case sign > 0:
		return NumericInfinity
	case sign < 0:
		return NumericNegativeInfinity
	}
	return NumericNaN
}

// divSpecial answers divisions with an argument that is not finite.
func divSpecial(n, m Numeric) (Numeric, error) {
	switch {
	case n.kind == numericNaN || m.kind == numericNaN:
		return NumericNaN, nil
	case n.IsInf() && m.IsInf():
		return NumericNaN, nil
	case n.IsInf():
		if m.IsZero() {
			return Numeric{}, errDivisionByZero()
		}
		return infinityOf(n.Sign() * m.Sign()), nil
	}
	return Numeric{}, nil
}

// Div is n / m, with as many digits as Postgres gives: at least 16 significant
// ones and never fewer decimals than an operand has.
func (n Numeric) Div(m Numeric) (Numeric, error) {
	if n.kind != numericFinite || m.kind != numericFinite {
		return divSpecial(n, m)
	}
	if m.IsZero() {
		return Numeric{}, errDivisionByZero()
	}
	return divRounded(n, m, divScale(n, m)).checked()
}

// base10000 gives the exponent of the leading digit in base 10000, which is how
// Postgres stores numerics, and that digit. Result scales depend on both.
func (n Numeric) base10000() (weight, first int) {
	digits := n.digits()
	if digits == 0 {
		return 0, 0
	}
	weight = floorDiv(digits-1-int(n.scale), 4)
	// first = |n| / 10^(4*weight)
	shift := 4*weight + int(n.scale)
	if n.big == nil {
		if shift >= 0 {
			return weight, int(magnitude(n.small) / pow10u[shift])
		}
		return weight, int(magnitude(n.small) * pow10u[-shift])
	}
	top := new(big.Int).Abs(n.big)
	if shift >= 0 {
		top.Quo(top, pow10(shift))
	}
	return weight, int(top.Int64())
}

func floorDiv(a, b int) int {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

func divScale(n, m Numeric) int {
	weight1, first1 := n.base10000()
	weight2, first2 := m.base10000()
	quotient := weight1 - weight2
	if first1 <= first2 {
		quotient--
	}
	return resultScale(numericMinSigDigits-quotient*4, int(n.scale), int(m.scale))
}

// resultScale is the largest of the scales, within the bounds of a result.
func resultScale(scales ...int) int {
	scale := 0
	for _, s := range scales {
		scale = max(scale, s)
	}
	return min(scale, numericMaxDisplayScale)
}

// divRounded is n / m, rounded half away from zero.
func divRounded(n, m Numeric, scale int) Numeric {
	if n.big == nil && m.big == nil {
		if q, ok := div64(n.small, m.small, scale+int(m.scale)-int(n.scale)); ok {
			return Numeric{small: q, scale: int32(scale)}
		}
	}
	num, den := divOperands(n, m, scale)
	return NumericFromBig(quoRound(num, den), scale)
}

// div64 is n * 10^shift / m rounded, when the product fits 128 bits and the
// quotient 63.
func div64(n, m int64, shift int) (int64, bool) {
	if shift < 0 || shift >= len(pow10u) {
		return 0, false
	}
	hi, lo := bits.Mul64(magnitude(n), pow10u[shift])
	den := magnitude(m)
	if hi >= den {
		return 0, false
	}
	q, r := bits.Div64(hi, lo, den)
	if q >= 1<<63-1 {
		return 0, false
	}
	if r >= den-r {
		q++
	}
	if (n < 0) != (m < 0) {
		return -int64(q), true
	}
	return int64(q), true
}

// divOperands gives integers whose quotient is n / m * 10^scale.
func divOperands(n, m Numeric, scale int) (num, den *big.Int) {
	num, den = n.coef(), m.coef()
	if shift := scale + int(m.scale) - int(n.scale); shift >= 0 {
		num = new(big.Int).Mul(num, pow10(shift))
	} else {
		den = new(big.Int).Mul(den, pow10(-shift))
	}
	return num, den
}

func quoRound(num, den *big.Int) *big.Int {
	q, r := new(big.Int).QuoRem(num, den, new(big.Int))
	if r.Lsh(r, 1).CmpAbs(den) >= 0 {
		if num.Sign()*den.Sign() < 0 {
			q.Sub(q, big.NewInt(1))
		} else {
			q.Add(q, big.NewInt(1))
		}
	}
	return q
}

// DivTrunc is div(n, m): the whole part of the quotient.
func (n Numeric) DivTrunc(m Numeric) (Numeric, error) {
	if n.kind != numericFinite || m.kind != numericFinite {
		return divSpecial(n, m)
	}
	if m.IsZero() {
		return Numeric{}, errDivisionByZero()
	}
	num, den := divOperands(n, m, 0)
	return NumericFromBig(new(big.Int).Quo(num, den), 0).checked()
}

// Mod is n % m, with n's sign.
func (n Numeric) Mod(m Numeric) (Numeric, error) {
	if n.kind != numericFinite || m.kind != numericFinite {
		switch {
		case n.kind == numericNaN || m.kind == numericNaN:
			return NumericNaN, nil
		case n.IsInf() && m.IsZero():
			return Numeric{}, errDivisionByZero()
		case n.IsInf():
			return NumericNaN, nil
		}
		return n, nil
	}
	if m.IsZero() {
		return Numeric{}, errDivisionByZero()
	}
	a, b, scale := aligned(n, m)
	if a.big == nil && b.big == nil && b.small != -1 {
		return Numeric{small: a.small % b.small, scale: scale}, nil
	}
	return NumericFromBig(new(big.Int).Rem(a.coef(), b.coef()), int(scale)), nil
}

// Gcd is the greatest common divisor.
func (n Numeric) Gcd(m Numeric) (Numeric, error) {
	if n.kind != numericFinite || m.kind != numericFinite {
		return NumericNaN, nil
	}
	a, b, scale := aligned(n, m)
	g := new(big.Int).GCD(nil, nil, new(big.Int).Abs(a.coef()), new(big.Int).Abs(b.coef()))
	return NumericFromBig(g, int(scale)), nil
}

// Lcm is the least common multiple.
func (n Numeric) Lcm(m Numeric) (Numeric, error) {
	if n.kind != numericFinite || m.kind != numericFinite {
		return NumericNaN, nil
	}
	a, b, scale := aligned(n, m)
	if a.IsZero() || b.IsZero() {
		return Numeric{scale: scale}, nil
	}
	x, y := new(big.Int).Abs(a.coef()), new(big.Int).Abs(b.coef())
	g := new(big.Int).GCD(nil, nil, x, y)
	x.Quo(x, g)
	return NumericFromBig(x.Mul(x, y), int(scale)).checked()
}

// NumericFactorial is factorial(n).
func NumericFactorial(n int64) (Numeric, error) {
	if n < 0 {
		return Numeric{}, pgerr.New(pgerr.NumericValueOutOfRange, "factorial of a negative number is undefined")
	}
	// 32177! is the largest that numeric can hold.
	if n > 32177 {
		return Numeric{}, errNumericOverflow()
	}
	return NumericFromBig(new(big.Int).MulRange(1, n), 0).checked()
}
