package vector

import (
	"math/big"
	"math/bits"
)

// Int128Of widens x.
func Int128Of(x int64) Int128 { return Int128{Hi: x >> 63, Lo: uint64(x)} }

// Int64 gives x as an int64, and whether it fits.
func (x Int128) Int64() (int64, bool) { return int64(x.Lo), x.Hi == int64(x.Lo)>>63 }

// Add is x+y, wrapping around.
func (x Int128) Add(y Int128) Int128 {
	lo, carry := bits.Add64(x.Lo, y.Lo, 0)
	hi, _ := bits.Add64(uint64(x.Hi), uint64(y.Hi), carry)
	return Int128{Hi: int64(hi), Lo: lo}
}

// AddOK is x+y, and whether it did not overflow.
func (x Int128) AddOK(y Int128) (Int128, bool) {
	z := x.Add(y)
	return z, (x.Hi^z.Hi)&(y.Hi^z.Hi) >= 0
}

// Neg is -x, wrapping around.
func (x Int128) Neg() Int128 {
	lo, borrow := bits.Sub64(0, x.Lo, 0)
	hi, _ := bits.Sub64(0, uint64(x.Hi), borrow)
	return Int128{Hi: int64(hi), Lo: lo}
}

// Cmp is -1, 0 or 1 as x is below, equal to or above y.
func (x Int128) Cmp(y Int128) int {
	switch {
	case x.Hi < y.Hi, x.Hi == y.Hi && x.Lo < y.Lo:
		return -1
	case x == y:
		return 0
	}
	return 1
}

// Sign is -1, 0 or 1.
func (x Int128) Sign() int {
	if x.Hi < 0 {
		return -1
	}
	if x.Hi|int64(x.Lo>>1)|int64(x.Lo&1) == 0 {
		return 0
	}
	return 1
}

// abs is |x| as an unsigned number.
func (x Int128) abs() uint128 {
	if x.Hi < 0 {
		x = x.Neg()
	}
	return uint128{uint64(x.Hi), x.Lo}
}

// MulInt64 is x*y in full.
func MulInt64(x, y int64) Int128 {
	hi, lo := bits.Mul64(uint64(x), uint64(y))
	hi -= uint64(x>>63)&uint64(y) + uint64(y>>63)&uint64(x)
	return Int128{Hi: int64(hi), Lo: lo}
}

// Big is x as a big.Int.
func (x Int128) Big() *big.Int {
	z := x.abs().big()
	if x.Hi < 0 {
		z.Neg(z)
	}
	return z
}

// Int128OfBig gives x as an Int128, and whether it fits.
func Int128OfBig(x *big.Int) (Int128, bool) {
	if x.BitLen() > 127 {
		return Int128{}, false
	}
	var b [16]byte
	x.FillBytes(b[:])
	u := uint128{}
	for i := range 8 {
		u.hi = u.hi<<8 | uint64(b[i])
		u.lo = u.lo<<8 | uint64(b[8+i])
	}
	z := Int128{Hi: int64(u.hi), Lo: u.lo}
	if x.Sign() < 0 {
		z = z.Neg()
	}
	return z, true
}

// uint128 is an unsigned 128-bit number.
type uint128 struct{ hi, lo uint64 }

func (u uint128) zero() bool { return u.hi|u.lo == 0 }

// div is u/d and the remainder.
func (u uint128) div(d uint64) (uint128, uint64) {
	qhi := u.hi / d
	qlo, r := bits.Div64(u.hi%d, u.lo, d)
	return uint128{qhi, qlo}, r
}

// mulAdd is u*m+a, and whether it stays below 2^127.
func (u uint128) mulAdd(m, a uint64) (uint128, bool) {
	carry, lo := bits.Mul64(u.lo, m)
	over, hi := bits.Mul64(u.hi, m)
	lo, c := bits.Add64(lo, a, 0)
	hi, c2 := bits.Add64(hi, carry, c)
	return uint128{hi, lo}, over == 0 && c2 == 0 && hi>>63 == 0
}

func (u uint128) big() *big.Int {
	z := new(big.Int).SetUint64(u.hi)
	z.Lsh(z, 64)
	return z.Or(z, new(big.Int).SetUint64(u.lo))
}

// signed is u with a sign; u is below 2^127.
func (u uint128) signed(negative bool) Int128 {
	z := Int128{Hi: int64(u.hi), Lo: u.lo}
	if negative {
		z = z.Neg()
	}
	return z
}

// pow10 are the powers of ten that fit uint64.
var pow10 = [20]uint64{
	1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
}

// MulPow10 is x*10^n, and whether it fits.
func (x Int128) MulPow10(n int32) (Int128, bool) {
	u, ok := x.abs(), true
	for n > 0 && ok {
		step := min(n, 19)
		u, ok = u.mulAdd(pow10[step], 0)
		n -= step
	}
	return u.signed(x.Hi < 0), ok
}

// BigPow10 is 10^n.
func BigPow10(n int) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
}

// MulInt64 is x*y, and whether it fits.
func (x Int128) MulInt64(y int64) (Int128, bool) {
	magnitude := uint64(y)
	if y < 0 {
		magnitude = -magnitude
	}
	u, ok := x.abs().mulAdd(magnitude, 0)
	return u.signed((x.Hi < 0) != (y < 0)), ok
}
