package eval

import (
	"strconv"
	"strings"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// The SQLSTATEs that only bit strings raise.
const (
	bitLengthMismatch = "22026"
	bitIndexError     = "2202E"
)

// bitFunctions are the functions of bit and bit varying, whose values are strings of
// 0 and 1. Their comparisons are those of the strings.
var bitFunctions = map[string]builtin{
	"bit_and": f2e(func(a, b string) (string, error) {
		return bitwise("AND", a, b, func(x, y byte) byte { return x & y })
	}),
	"bit_or": f2e(func(a, b string) (string, error) {
		return bitwise("OR", a, b, func(x, y byte) byte { return x | y })
	}),
	"bitxor": f2e(func(a, b string) (string, error) {
		return bitwise("XOR", a, b, func(x, y byte) byte { return '0' | (x ^ y) })
	}),
	"bitnot": f1(func(a string) string {
		out := []byte(a)
		for i := range out {
			out[i] ^= 1
		}
		return string(out)
	}),
	"bitcat":           f2(func(a, b string) string { return a + b }),
	"bitcmp":           f2(func(a, b string) int32 { return int32(strings.Compare(a, b)) }),
	"bitshiftleft":     f2(func(a string, n int32) string { return shiftBits(a, int64(n)) }),
	"bitshiftright":    f2(func(a string, n int32) string { return shiftBits(a, -int64(n)) }),
	"bitlength":        f1(func(a string) int32 { return int32(len(a)) }),
	"bit_length(1560)": f1(func(a string) int32 { return int32(len(a)) }),
	"bitoctetlength":   f1(func(a string) int32 { return int32(len(a)+7) / 8 }),
	"bit_bit_count":    f1(func(a string) int64 { return int64(strings.Count(a, "1")) }),
	"bitposition":      f2(func(a, part string) int32 { return int32(strings.Index(a, part)) + 1 }),
	"bitsubstr_no_len": f2e(func(a string, from int32) (string, error) { return bitSubstring(a, int64(from), 0, false) }),
	"bitsubstr":        f3e(func(a string, from, n int32) (string, error) { return bitSubstring(a, int64(from), int64(n), true) }),
	"bitoverlay": f4c(func(_ *call, a, b string, from, n int32) (string, error) {
		return bitOverlay(a, b, int64(from), int64(n))
	}),
	"bitoverlay_no_len": f3e(func(a, b string, from int32) (string, error) { return bitOverlay(a, b, int64(from), int64(len(b))) }),
	"bitgetbit": f2e(func(a string, i int32) (int32, error) {
		if err := checkBit(a, i); err != nil {
			return 0, err
		}
		return int32(a[i] & 1), nil
	}),
	"bitsetbit": f3e(func(a string, i, to int32) (string, error) {
		if err := checkBit(a, i); err != nil {
			return "", err
		}
		if to != 0 && to != 1 {
			return "", pgerr.New(pgerr.InvalidParameterValue, "new bit must be 0 or 1")
		}
		return a[:i] + strconv.Itoa(int(to)) + a[i+1:], nil
	}),
	"bitfromint4": f1c(func(c *call, a int32) (string, error) { return integerBits(int64(a), 32, c.result.Typmod), nil }),
	"bitfromint8": f1c(func(c *call, a int64) (string, error) { return integerBits(a, 64, c.result.Typmod), nil }),
	"bittoint4": f1e(func(a string) (int32, error) {
		x, err := bitsInteger(a, 32, "integer")
		return int32(uint32(x)), err
	}),
	"bittoint8": f1e(func(a string) (int64, error) {
		x, err := bitsInteger(a, 64, "bigint")
		return int64(x), err
	}),
}

func bitwise(name, a, b string, op func(x, y byte) byte) (string, error) {
	if len(a) != len(b) {
		return "", pgerr.New(bitLengthMismatch, "cannot %s bit strings of different sizes", name)
	}
	out := make([]byte, len(a))
	for i := range out {
		out[i] = op(a[i], b[i])
	}
	return string(out), nil
}

// shiftBits shifts left by n, or right by -n, keeping the length.
func shiftBits(a string, n int64) string {
	size := int64(len(a))
	if n >= 0 {
		n = min(n, size)
		return a[n:] + strings.Repeat("0", int(n))
	}
	n = min(-n, size)
	return strings.Repeat("0", int(n)) + a[:size-n]
}

func checkBit(a string, i int32) error {
	if i < 0 || int(i) >= len(a) {
		return pgerr.New(bitIndexError, "bit index %d out of valid range (0..%d)", i, len(a)-1)
	}
	return nil
}

// bitSubstring is substring(a from from for n).
func bitSubstring(a string, from, n int64, limited bool) (string, error) {
	end := int64(len(a)) + 1
	if limited {
		if n < 0 {
			return "", pgerr.New("22011", "negative substring length not allowed")
		}
		end = min(end, from+n)
	}
	from = max(from, 1)
	if from >= end {
		return "", nil
	}
	return a[from-1 : end-1], nil
}

func bitOverlay(a, b string, from, n int64) (string, error) {
	if from <= 0 {
		return "", pgerr.New("22011", "negative substring length not allowed")
	}
	head, err := bitSubstring(a, 1, from-1, true)
	if err != nil {
		return "", err
	}
	tail, err := bitSubstring(a, from+n, 0, false)
	return head + b + tail, err
}

// integerBits is an integer in as many bits as bit(typmod) has: the lowest ones, or
// extended by its sign. It is bit(1) without a modifier.
func integerBits(x int64, width int, typmod int32) string {
	n := max(int(typmod), 1)
	digits := strconv.FormatUint(uint64(x), 2)
	digits = strings.Repeat("0", 64-len(digits)) + digits
	if n <= width {
		return digits[64-n:]
	}
	sign := "0"
	if x < 0 {
		sign = "1"
	}
	return strings.Repeat(sign, n-width) + digits[64-width:]
}

func bitsInteger(a string, width int, name string) (uint64, error) {
	if len(a) > width {
		return 0, pgerr.New(pgerr.NumericValueOutOfRange, "%s out of range", name)
	}
	if a == "" {
		return 0, nil
	}
	return strconv.ParseUint(a, 2, 64)
}
