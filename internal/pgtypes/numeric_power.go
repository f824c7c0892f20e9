package pgtypes

import (
	"math"
	"math/big"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// IsIntegral says whether n is a whole number; the infinities count as such.
func (n Numeric) IsIntegral() bool {
	return n.kind != numericNaN && (n.kind != numericFinite || n.TrimScale().scale == 0)
}

func errPower(message string) error {
	return pgerr.New(pgerr.InvalidArgumentForPowerFunction, "%s", message)
}

const (
	errZeroToNegative  = "zero raised to a negative power is undefined"
	errNegativeComplex = "a negative number raised to a non-integer power yields a complex result"
)

// Power is n to the power of m.
func (n Numeric) Power(m Numeric) (Numeric, error) {
	one := NumericFromInt64(1)
	switch {
	case n.IsNaN():
		if m.IsZero() {
			return one, nil
		}
		return NumericNaN, nil
	case m.IsNaN():
		if n.Cmp(one) == 0 {
			return one, nil
		}
		return NumericNaN, nil
	case n.Sign() == 0 && m.Sign() < 0:
		return Numeric{}, errPower(errZeroToNegative)
	case n.Sign() < 0 && !m.IsIntegral():
		return Numeric{}, errPower(errNegativeComplex)
	case n.IsInf() || m.IsInf():
		return powerInfinite(n, m), nil
	}
	if m.IsIntegral() {
		if e, err := m.Int32(); err == nil {
			return n.powerInt(int64(e))
		}
	}
	if n.IsZero() {
		return Numeric{scale: numericMinSigDigits}, nil
	}
	return n.powerReal(m)
}

// powerInfinite follows pow(3) of POSIX.
func powerInfinite(n, m Numeric) Numeric {
	one := NumericFromInt64(1)
	switch {
	case n.Cmp(one) == 0 || m.IsZero():
		return one
	case n.IsZero():
		return Numeric{}
	case m.IsInf():
		if n.Cmp(NumericFromInt64(-1)) == 0 {
			return one
		}
		if (n.Abs().Cmp(one) > 0) == (m.Sign() > 0) {
			return NumericInfinity
		}
		return Numeric{}
	case m.Sign() < 0:
		return Numeric{}
	case n.kind == numericNegInf && m.isOdd():
		return NumericNegativeInfinity
	}
	return NumericInfinity
}

func (n Numeric) isOdd() bool { return n.TrimScale().coef().Bit(0) == 1 }

// powerReal is e^(m ln n).
func (n Numeric) powerReal(m Numeric) (Numeric, error) {
	negate := n.Sign() < 0 && m.isOdd()
	base := n.Abs()
	weight := base.lnWeight()
	estimate, err := base.ln(max(8-weight, 0), weight).Mul(m)
	if err != nil {
		return Numeric{}, err
	}
	v := estimate.rounded(max(8-weight, 0)).approx()
	if math.Abs(v) > numericMaxResultScale*3.01 {
		if v > 0 {
			return Numeric{}, errNumericOverflow()
		}
		return Numeric{scale: numericMaxDisplayScale}, nil
	}
	v *= math.Log10E
	scale := resultScale(numericMinSigDigits-int(v), int(n.scale), int(m.scale))
	local := max(max(scale+int(v), 0)-weight+8, 0)
	product, err := base.ln(local, weight).Mul(m)
	if err != nil {
		return Numeric{}, err
	}
	result, err := product.rounded(local).exp(scale)
	if negate {
		result = result.Neg()
	}
	return result, err
}

// powerInt is n to a whole power.
func (n Numeric) powerInt(e int64) (Numeric, error) {
	f := 0.0
	if !n.IsZero() {
		digits, exponent := n.leading(4)
		f = float64(e) * (math.Log10(digits) + float64(exponent))
	}
	if f > numericMaxDigits {
		return Numeric{}, errNumericOverflow()
	}
	scale := resultScale(numericMinSigDigits, int(n.scale))
	switch {
	case f+1 < -float64(scale):
		return Numeric{scale: int32(scale)}, nil
	case e == 0:
		return NumericFromInt64(1).rescaledUp(int32(scale)), nil
	case n.IsZero():
		return Numeric{scale: int32(scale)}, nil
	}
	return n.powerDigits(e, scale, int(f))
}

func (n Numeric) powerDigits(e int64, scale, weight int) (Numeric, error) {
	power := magnitude(e)
	// Exactly, while that stays small.
	if uint64(n.digits())*power <= 4000 {
		c := new(big.Int).Exp(n.coef(), new(big.Int).SetUint64(power), nil)
		result := NumericFromBig(c, int(uint64(n.scale)*power))
		if e < 0 {
			return divRounded(NumericFromInt64(1), result, scale).checked()
		}
		return result.rounded(scale).checked()
	}
	digits := scale + max(weight, 0) + 2
	precision := max(uint(float64(digits+guardDigits)*math.Log2(10))+64, 64)
	x := new(big.Float).SetPrec(precision).SetInt(n.coef())
	x.Quo(x, new(big.Float).SetPrec(precision).SetInt(pow10(int(n.scale))))
	y := new(big.Float).SetPrec(precision).SetInt64(1)
	for ; power > 0; power >>= 1 {
		if power&1 == 1 {
			y.Mul(y, x)
		}
		x.Mul(x, x)
	}
	if e < 0 {
		y.Quo(new(big.Float).SetPrec(precision).SetInt64(1), y)
	}
	y.Mul(y, new(big.Float).SetPrec(precision).SetInt(pow10(scale+1)))
	c, _ := y.Int(nil)
	return NumericFromBig(c, scale+1).rounded(scale).checked()
}
