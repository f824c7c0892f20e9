package pgtypes

import (
	"math"
	"math/big"
	"math/bits"
	"strconv"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// NumericFromUint64 is v with scale 0.
func NumericFromUint64(v uint64) Numeric {
	return NumericFromBig(new(big.Int).SetUint64(v), 0)
}

// NumericFromFloat64 casts double precision to numeric: 15 significant digits.
func NumericFromFloat64(v float64) Numeric { return numericFromFloat(v, 15) }

// NumericFromFloat32 casts real to numeric: 6 significant digits.
func NumericFromFloat32(v float64) Numeric { return numericFromFloat(v, 6) }

func numericFromFloat(v float64, digits int) Numeric {
	switch {
	case math.IsNaN(v):
		return NumericNaN
	case math.IsInf(v, 1):
		return NumericInfinity
	case math.IsInf(v, -1):
		return NumericNegativeInfinity
	}
	var buf [40]byte
	text := appendFloatG(buf[:0], v, digits)
	n, _ := ParseNumeric(string(text))
	return n
}

// Float64 casts to double precision; 22003 when it is too large.
func (n Numeric) Float64() (float64, error) {
	switch n.kind {
	case numericNaN:
		return floatNaN, nil
	case numericInf:
		return math.Inf(1), nil
	case numericNegInf:
		return math.Inf(-1), nil
	}
	if n.big == nil && n.scale == 0 && magnitude(n.small) < 1<<53 {
		return float64(n.small), nil
	}
	return ParseFloat64(n.String())
}

// Float32 casts to real, as a float64; 22003 when it is too large.
func (n Numeric) Float32() (float64, error) {
	if n.kind != numericFinite {
		return n.Float64()
	}
	return ParseFloat32(n.String())
}

// Int64 casts to bigint, rounding half away from zero.
func (n Numeric) Int64() (int64, error) { return n.toInt("bigint", math.MinInt64, math.MaxInt64) }

// Int32 casts to integer, rounding half away from zero.
func (n Numeric) Int32() (int32, error) {
	v, err := n.toInt("integer", math.MinInt32, math.MaxInt32)
	return int32(v), err
}

// Int16 casts to smallint, rounding half away from zero.
func (n Numeric) Int16() (int32, error) {
	v, err := n.toInt("smallint", math.MinInt16, math.MaxInt16)
	return int32(v), err
}

func (n Numeric) toInt(typeName string, lowest, highest int64) (int64, error) {
	switch {
	case n.kind == numericNaN:
		return 0, pgerr.New(pgerr.FeatureNotSupported, "cannot convert NaN to %s", typeName)
	case n.IsInf():
		return 0, pgerr.New(pgerr.FeatureNotSupported, "cannot convert infinity to %s", typeName)
	}
	r := n.rounded(0)
	if r.big != nil || r.small < lowest || r.small > highest {
		return 0, pgerr.New(pgerr.NumericValueOutOfRange, "%s out of range", typeName)
	}
	return r.small, nil
}

// FromDecimal128 is a two's complement 128-bit integer / 10^scale.
func FromDecimal128(hi int64, lo uint64, scale int) Numeric {
	if hi == int64(lo)>>63 {
		return Numeric{small: int64(lo), scale: int32(scale)}
	}
	b := new(big.Int).Lsh(big.NewInt(hi), 64)
	return NumericFromBig(b.Or(b, new(big.Int).SetUint64(lo)), scale)
}

// Scaled is n * 10^scale as a two's complement 128-bit integer; ok is false when n
// is not finite, does not fit, or has more decimals.
func (n Numeric) Scaled(scale int) (hi int64, lo uint64, ok bool) {
	if n.kind != numericFinite {
		return 0, 0, false
	}
	if int(n.scale) > scale {
		if n = n.TrimScale(); int(n.scale) > scale {
			return 0, 0, false
		}
	}
	n = n.rescaledUp(int32(scale))
	if n.big == nil {
		return n.small >> 63, uint64(n.small), true
	}
	return int128FromBig(n.big)
}

func int128FromBig(b *big.Int) (hi int64, lo uint64, ok bool) {
	if b.BitLen() > 127 {
		return 0, 0, false
	}
	abs := new(big.Int).Abs(b)
	lo = new(big.Int).And(abs, new(big.Int).SetUint64(math.MaxUint64)).Uint64()
	high := abs.Rsh(abs, 64).Uint64()
	if b.Sign() < 0 {
		var carry uint64
		lo, carry = bits.Add64(^lo, 1, 0)
		high = ^high + carry
	}
	return int64(high), lo, true
}

// AppendDecimal128 appends the text form of a scaled 128-bit integer.
func AppendDecimal128(dst []byte, hi int64, lo uint64, scale int) []byte {
	if hi == int64(lo)>>63 {
		return appendScaled64(dst, int64(lo), scale)
	}
	u := uint64(hi)
	if hi < 0 {
		dst = append(dst, '-')
		var carry uint64
		lo, carry = bits.Add64(^lo, 1, 0)
		u = ^u + carry
	}
	// Two divisions by 10^19 leave three parts, the first below 10^1.
	const part = 10_000_000_000_000_000_000
	var buf [64]byte
	q, r := u/part, u%part
	mid, low := bits.Div64(r, lo, part)
	top := uint64(0)
	if q != 0 || mid >= part {
		top, mid = bits.Div64(q, mid, part)
	}
	digits := buf[:0]
	if top != 0 {
		digits = strconv.AppendUint(digits, top, 10)
		digits = appendPadded(digits, mid, 19)
	} else {
		digits = strconv.AppendUint(digits, mid, 10)
	}
	return appendPoint(dst, appendPadded(digits, low, 19), scale)
}

// appendPadded appends v with leading zeros to width digits.
func appendPadded(dst []byte, v uint64, width int) []byte {
	for i := max(digits64(v), 1); i < width; i++ {
		dst = append(dst, '0')
	}
	return strconv.AppendUint(dst, v, 10)
}

// AppendDecimal128Binary appends numeric's wire form of a scaled 128-bit integer.
func AppendDecimal128Binary(dst []byte, hi int64, lo uint64, scale int) []byte {
	return FromDecimal128(hi, lo, scale).AppendBinary(dst)
}
