package pgtypes

import (
	"math"
	"strconv"
)

// AppendFloat8 appends double precision: the shortest digits that read back the
// same, or 15+extraFloatDigits of them when that setting is 0 or below.
func AppendFloat8(dst []byte, v float64, extraFloatDigits int) []byte {
	if extraFloatDigits > 0 {
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
	limit := 1e15
	if bitSize == 32 {
		limit = 1e6
	}
	abs := math.Abs(v)
	if v == 0 || abs >= 1e-4 && abs < limit {
		return strconv.AppendFloat(dst, v, 'f', -1, bitSize)
	}
	// Near the bounds the printed digits decide, so 9.9999999e-05 has an exponent
	// either way; Go's e form has at least two exponent digits, as C has.
	return strconv.AppendFloat(dst, v, 'e', -1, bitSize)
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
