package pgtypes

import (
	"math/big"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// rounded rounds half away from zero to a scale, which may be negative, and makes
// that the scale (0 if negative).
func (n Numeric) rounded(scale int) Numeric { return n.cut(scale, quoRound) }

func (n Numeric) truncated(scale int) Numeric {
	return n.cut(scale, func(num, den *big.Int) *big.Int { return new(big.Int).Quo(num, den) })
}

func (n Numeric) cut(scale int, quo func(num, den *big.Int) *big.Int) Numeric {
	if n.kind != numericFinite {
		return n
	}
	drop := int(n.scale) - scale
	if drop <= 0 {
		return n.rescaledUp(int32(scale))
	}
	// All digits and a half are gone.
	if drop > n.digits()+1 {
		return Numeric{scale: int32(max(scale, 0))}
	}
	q := quo(n.coef(), pow10(drop))
	if scale < 0 {
		return NumericFromBig(q.Mul(q, pow10(-scale)), 0)
	}
	return NumericFromBig(q, scale)
}

func clampScale(scale int) int {
	return min(max(scale, -numericMaxDigits-1), numericMaxScale)
}

// Round is round(n, scale).
func (n Numeric) Round(scale int) (Numeric, error) {
	scale = clampScale(scale)
	if n.kind == numericFinite && n.big == nil && scale >= 0 && scale < int(n.scale) && n.scale <= 18 {
		unit := int64(pow10u[int(n.scale)-scale])
		q, r := n.small/unit, n.small%unit
		if magnitude(r) >= uint64(unit+1)/2 {
			if r < 0 {
				q--
			} else {
				q++
			}
		}
		return Numeric{small: q, scale: int32(scale)}, nil
	}
	return n.rounded(scale).checked()
}

// Trunc is trunc(n, scale).
func (n Numeric) Trunc(scale int) Numeric { return n.truncated(clampScale(scale)) }

// Ceil is the smallest whole number not below n.
func (n Numeric) Ceil() Numeric {
	return n.cut(0, func(num, den *big.Int) *big.Int {
		q, r := new(big.Int).QuoRem(num, den, new(big.Int))
		if r.Sign() > 0 {
			q.Add(q, big.NewInt(1))
		}
		return q
	}).fixTiny(n, 1)
}

// Floor is the largest whole number not above n.
func (n Numeric) Floor() Numeric {
	return n.cut(0, func(num, den *big.Int) *big.Int {
		q, r := new(big.Int).QuoRem(num, den, new(big.Int))
		if r.Sign() < 0 {
			q.Sub(q, big.NewInt(1))
		}
		return q
	}).fixTiny(n, -1)
}

// fixTiny mends Ceil and Floor of numbers that cut drops whole: ceil(0.001) is 1.
func (n Numeric) fixTiny(of Numeric, direction int) Numeric {
	if n.IsZero() && of.Sign() == direction {
		return NumericFromInt64(int64(direction))
	}
	return n
}

// MinScale is the number of decimals without trailing zeros.
func (n Numeric) MinScale() int { return int(n.TrimScale().scale) }

// TrimScale drops trailing zeros right of the point.
func (n Numeric) TrimScale() Numeric {
	if n.kind != numericFinite {
		return n
	}
	for n.big == nil && n.scale > 0 && n.small%10 == 0 {
		n.small /= 10
		n.scale--
	}
	if n.big == nil {
		return n
	}
	b, ten, r := new(big.Int).Set(n.big), big.NewInt(10), new(big.Int)
	scale := int(n.scale)
	for scale > 0 {
		q, r := new(big.Int).QuoRem(b, ten, r)
		if r.Sign() != 0 {
			break
		}
		b = q
		scale--
	}
	return NumericFromBig(b, scale)
}

// ApplyTypmod rounds n to numeric(p,s)'s scale and checks its precision.
func (n Numeric) ApplyTypmod(typmod int32) (Numeric, error) {
	precision, scale, ok := NumericTypmod(typmod)
	if !ok || n.kind == numericNaN {
		return n, nil
	}
	overflow := pgerr.New(pgerr.NumericValueOutOfRange, "numeric field overflow")
	if n.IsInf() {
		return Numeric{}, overflow.WithDetail(
			"A field with precision %d, scale %d cannot hold an infinite value.", precision, scale)
	}
	rounded := n.rounded(scale)
	whole := precision - scale
	if rounded.digits()-int(rounded.scale) > whole && !rounded.IsZero() {
		if whole == 0 {
			return Numeric{}, overflow.WithDetail(
				"A field with precision %d, scale %d must round to an absolute value less than 1.", precision, scale)
		}
		return Numeric{}, overflow.WithDetail(
			"A field with precision %d, scale %d must round to an absolute value less than 10^%d.", precision, scale, whole)
	}
	return rounded, nil
}

// NumericWidthBucket is width_bucket(operand, low, high, count).
func NumericWidthBucket(operand, low, high Numeric, count int32) (int32, error) {
	fail := func(message string) (int32, error) {
		return 0, pgerr.New(pgerr.InvalidArgumentForWidthBucket, "%s", message)
	}
	switch {
	case count <= 0:
		return fail("count must be greater than zero")
	case operand.IsNaN() || low.IsNaN() || high.IsNaN():
		return fail("operand, lower bound, and upper bound cannot be NaN")
	case low.IsInf() || high.IsInf():
		return fail("lower and upper bounds must be finite")
	}
	order := low.Cmp(high)
	if order == 0 {
		return fail("lower bound cannot equal upper bound")
	}
	if order > 0 {
		operand, low, high = operand.Neg(), low.Neg(), high.Neg()
	}
	switch {
	case operand.Cmp(low) < 0:
		return 0, nil
	case operand.Cmp(high) >= 0:
		if count == 1<<31-1 {
			return 0, pgerr.New(pgerr.NumericValueOutOfRange, "integer out of range")
		}
		return count + 1, nil
	}
	return bucketWithin(operand, low, high, count), nil
}

func bucketWithin(operand, low, high Numeric, count int32) int32 {
	scale := max(operand.scale, low.scale, high.scale)
	base := low.rescaledUp(scale).coef()
	offset := new(big.Int).Sub(operand.rescaledUp(scale).coef(), base)
	width := new(big.Int).Sub(high.rescaledUp(scale).coef(), base)
	n, m := NumericFromBig(offset.Mul(offset, big.NewInt(int64(count))), int(scale)), NumericFromBig(width, int(scale))
	// Postgres rounds the quotient as any other, so it may come out as count.
	return int32(divRounded(n, m, divScale(n, m)).Floor().small) + 1
}
