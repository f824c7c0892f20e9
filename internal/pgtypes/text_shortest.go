package pgtypes

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// normalizedPow10 are powers of ten shifted left until the highest bit is set; all of
// these are exact.
var normalizedPow10 = [...]uint64{
	1 << 63, 10 << 60, 100 << 57, 1e3 << 54, 1e4 << 50, 1e5 << 47, 1e6 << 44, 1e7 << 40, 1e8 << 37, 1e9 << 34, 1e10 << 30,
	1e11 << 27, 1e12 << 24, 1e13 << 20, 1e14 << 17, 1e15 << 14, 1e16 << 10, 1e17 << 7, 1e18 << 4, 1e19, 1e20 >> 3,
}

// FloatBytes is the room that PutFloat8 asks for.
const FloatBytes = 40

// PutFloat8 writes the shortest text that reads back as v and gives its length, or 0
// for values that are not written as a plain number (from 1e15 up, below 1e-4, NaN and
// the infinities): those are AppendFloat8's. What lies behind the text is overwritten.
func PutFloat8(b *[FloatBytes]byte, v float64) int {
	abs := math.Abs(v)
	if !(abs < 1e15) {
		return 0
	}
	at := 0
	if math.Signbit(v) {
		b[0], at = '-', 1
	}
	if whole := uint64(abs); float64(whole) == abs {
		return at + putWhole((*[24]byte)(b[at:]), whole)
	}
	if abs < 1e-4 {
		return 0
	}
	digits, exponent := shortestDecimal(abs)
	return putFixed(b, at, digits, exponent)
}

// putWhole writes an integer below 10^16.
func putWhole(b *[24]byte, v uint64) int {
	n := DecimalLength(v)
	var text [24]byte
	binary.LittleEndian.PutUint64(text[:], EightDigits(uint32(v/1e8)))
	binary.LittleEndian.PutUint64(text[8:], EightDigits(uint32(v%1e8)))
	from := text[16-n:]
	binary.LittleEndian.PutUint64(b[:], binary.LittleEndian.Uint64(from))
	if n > 8 {
		binary.LittleEndian.PutUint64(b[8:], binary.LittleEndian.Uint64(from[8:16]))
	}
	return n
}

// putFixed writes digits * 10^exponent, which is no integer, in fixed notation.
func putFixed(b *[FloatBytes]byte, at int, digits uint64, exponent int) int {
	var text [48]byte
	middle, low := EightDigits(uint32(digits/1e8%1e8)), EightDigits(uint32(digits%1e8))
	text[7] = '0' + byte(digits/1e16)
	binary.LittleEndian.PutUint64(text[8:], middle)
	binary.LittleEndian.PutUint64(text[16:], low)
	n := DecimalLength(digits)
	from, end := 24-n, 24-bits.LeadingZeros64(low^0x3030303030303030)/8
	if end == 16 {
		end -= bits.LeadingZeros64(middle^0x3030303030303030) / 8
	}
	whole := n + exponent
	if whole <= 0 {
		binary.LittleEndian.PutUint64(b[at:], '0'|'.'<<8|0x303030303030<<16)
		at += 2 - whole
		*(*[24]byte)(b[at:]) = [24]byte(text[from:])
		return at + end - from
	}
	*(*[16]byte)(b[at:]) = [16]byte(text[from:])
	at += whole
	b[at] = '.'
	*(*[16]byte)(b[at+1:]) = [16]byte(text[from+whole:])
	return at + 1 + end - from - whole
}

// shortestDecimal is the shortest digits * 10^exponent that reads back as v, from 1e-4
// to 1e15 and no integer, and the closest to it of those; digits may end in zeros.
// It is Giulietti's method: v and the bounds of what rounds to it are multiplied by
// one power of ten so that integers are a candidate each, kept to two bits below the
// point with the rest folded into the last of them. In this range powers are exact.
func shortestDecimal(v float64) (digits uint64, exponent int) {
	raw := math.Float64bits(v)
	significand, power := raw&(1<<52-1)|1<<52, int(raw>>52)-1075
	k := power * 1262611 >> 22 // floor(log10(2^power))
	below := 4*significand - 2
	if significand == 1<<52 { // the next float below is only half as far
		k = (power*1262611 - 524031) >> 22
		below++
	}
	shift := uint(power+(-k*1741647)>>19+1) & 63 // 1 to 4
	g := normalizedPow10[-k]
	value := scaledOdd(g, 4*significand<<shift)
	odd := significand & 1
	lower := scaledOdd(g, below<<shift) + odd
	upper := scaledOdd(g, (4*significand+2)<<shift) - odd
	s := value / 4
	if tenth := s / 10; (lower <= 40*tenth) != (40*tenth+40 <= upper) {
		if lower > 40*tenth {
			tenth++
		}
		return tenth, k + 1
	}
	if downIn, upIn := lower <= 4*s, 4*s+4 <= upper; downIn != upIn {
		if upIn {
			s++
		}
		return s, k
	}
	if middle := 4*s + 2; value > middle || value == middle && s&1 == 1 {
		s++
	}
	return s, k
}

// scaledOdd is the upper half of a product, its last bit set if anything is below.
func scaledOdd(g, v uint64) uint64 {
	high, low := bits.Mul64(g, v)
	if low > 1 {
		high |= 1
	}
	return high
}
