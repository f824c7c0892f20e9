package pgtypes

import (
	"math"
	"math/big"
	"strconv"
)

// AppendFloat8 appends double precision: the shortest digits that read back the
// same, or 15+extraFloatDigits of them when that setting is 0 or below.
func AppendFloat8(dst []byte, v float64, extraFloatDigits int) []byte {
	if extraFloatDigits > 0 {
		var b [FloatBytes]byte
		if n := PutFloat8(&b, v); n > 0 {
			return append(dst, b[:n]...)
		}
		return appendFloatShortest(dst, v, 64)
	}
	return appendFloatG(dst, v, max(15+extraFloatDigits, 1))
}

// AppendFloat4 appends real.
func AppendFloat4(dst []byte, v float32, extraFloatDigits int) []byte {
	if extraFloatDigits > 0 {
		return appendFloatShortest(dst, float64(v), 32)
	}
	return appendFloatG(dst, float64(v), max(6+extraFloatDigits, 1))
}

func appendFloatSpecial(dst []byte, v float64) ([]byte, bool) {
	switch {
	case math.IsNaN(v):
		return append(dst, "NaN"...), true
	case math.IsInf(v, 1):
		return append(dst, "Infinity"...), true
	case math.IsInf(v, -1):
		return append(dst, "-Infinity"...), true
	}
	return dst, false
}

// appendFloatShortest writes an exponent from 1e15 (real: 1e6) up and below 1e-4.
func appendFloatShortest(dst []byte, v float64, bitSize int) []byte {
	dst, done := appendFloatSpecial(dst, v)
	if done {
		return dst
	}
	least, limit := 1e-4, 1e15
	if bitSize == 32 {
		least, limit = float64(float32(1e-4)), 1e6
	}
	abs := math.Abs(v)
	if v == 0 || abs >= least && abs < limit {
		return strconv.AppendFloat(dst, v, 'f', -1, bitSize)
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, v, 'e', -1, bitSize)
	if abs >= 1<<24 && abs < 1e40 && onBound(dst[start:], v, bitSize) {
		return appendInside(dst[:start], v, bitSize)
	}
	return dst
}

// onBound says whether the digits lie half way to the next float, where reading
// back relies on rounding to even. Go prints such digits, Postgres does not. Only
// whole numbers of up to 17 digits and 23 zeros can lie there.
func onBound(digits []byte, v float64, bitSize int) bool {
	if bitSize == 64 && math.Abs(v) < 1<<53 {
		return false
	}
	printed, _, err := big.ParseFloat(string(digits), 10, 200, big.ToNearestEven)
	if err != nil {
		return false
	}
	exact := new(big.Float).SetPrec(200).SetFloat64(v)
	if printed.Cmp(exact) == 0 {
		return false
	}
	var next float64
	towards := math.Inf(printed.Cmp(exact))
	if bitSize == 64 {
		next = math.Nextafter(v, towards)
	} else {
		next = float64(math.Nextafter32(float32(v), float32(towards)))
	}
	middle := new(big.Float).SetPrec(200).SetFloat64(next)
	middle.Add(middle, exact).Quo(middle, big.NewFloat(2))
	return middle.Cmp(printed) == 0
}

// appendInside appends the fewest digits that read back however halves round.
func appendInside(dst []byte, v float64, bitSize int) []byte {
	start := len(dst)
	for digits := 1; digits < 17; digits++ {
		dst = strconv.AppendFloat(dst[:start], v, 'e', digits, bitSize)
		back, err := strconv.ParseFloat(string(dst[start:]), bitSize)
		if err == nil && back == v && !onBound(dst[start:], v, bitSize) {
			break
		}
	}
	return dst
}

// appendFloatG is C's %.*g.
func appendFloatG(dst []byte, v float64, digits int) []byte {
	dst, done := appendFloatSpecial(dst, v)
	if done {
		return dst
	}
	if v == 0 {
		return strconv.AppendFloat(dst, v, 'f', -1, 64)
	}
	var buf [40]byte
	e := strconv.AppendFloat(buf[:0], v, 'e', digits-1, 64)
	mark := len(e) - 1
	for e[mark] != 'e' {
		mark--
	}
	exponent, _ := strconv.Atoi(string(e[mark+1:]))
	if exponent < -4 || exponent >= digits {
		dst = append(dst, trimFraction(e[:mark])...)
		return append(dst, e[mark:]...)
	}
	var fixed [400]byte
	return append(dst, trimFraction(strconv.AppendFloat(fixed[:0], v, 'f', digits-1-exponent, 64))...)
}

// trimFraction drops trailing zeros right of the point, and a bare point.
func trimFraction(s []byte) []byte {
	for i := range s {
		if s[i] != '.' {
			continue
		}
		end := len(s)
		for s[end-1] == '0' {
			end--
		}
		if s[end-1] == '.' {
			end--
		}
		return s[:end]
	}
	return s
}
