package eval

import (
	"math"

	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgerr"
)

// The integer types' widths in bytes, by which an overflow is named.
const (
	width2 = 2
	width4 = 4
	width8 = 8
)

func outOfRange(width int) error {
	return pgerr.New(pgerr.NumericValueOutOfRange, "%s out of range", map[int]string{width2: "smallint", width4: "integer", width8: "bigint"}[width])
}

func errDivisionByZero() error { return pgerr.New(pgerr.DivisionByZero, "division by zero") }

// fits tells whether x is a value of an integer type.
func fits(x int64, width int) bool {
	switch width {
	case width2:
		return x == int64(int16(x))
	case width4:
		return x == int64(int32(x))
	}
	return true
}

// intOp is + - * / or % on integers; width is that of the result.
func intOp(op byte, width int) builtin {
	return builtin{run: func(_ *call, dst *vector.Vector, args []*vector.Vector, sel []int32, n int) error {
		a, b := args[0], args[1]
		if width != width8 && a.Form == vector.FormInt32 && b.Form == vector.FormInt32 && op != '/' && op != '%' {
			return intOp32(op, width, dst, a, b, sel, n)
		}
		return intOp64(op, width, dst, a, b, sel, n)
	}}
}

// intOp32 works on int4 and int2: the sum or product of two fits 64 bits, so the
// check is one test at the end.
func intOp32(op byte, width int, dst, a, b *vector.Vector, sel []int32, n int) error {
	dst.Alloc(vector.FormInt32, n)
	ma, mb := rowIndex(a), rowIndex(b)
	var bad int64
	one := func(r int, x int64) {
		dst.I32[r] = int32(x)
		if width == width2 {
			bad |= x ^ int64(int16(x))
		} else {
			bad |= x ^ int64(int32(x))
		}
	}
	if sel == nil && width == width4 && op != '-' {
		bad = intDense32(op, dst.I32[:n], a.I32, b.I32, ma, mb)
	} else {
		vector.Each(nil, sel, n, func(r int) {
			x, y := int64(a.I32[r&ma]), int64(b.I32[r&mb])
			switch op {
			case '+':
				one(r, x+y)
			case '-':
				one(r, x-y)
			default:
				one(r, x*y)
			}
		})
	}
	if bad != 0 {
		return outOfRange(width)
	}
	return nil
}

func intDense32(op byte, dst, a, b []int32, ma, mb int) (bad int64) {
	if op == '+' {
		for i := range dst {
			x := int64(a[i&ma]) + int64(b[i&mb])
			dst[i] = int32(x)
			bad |= x ^ int64(int32(x))
		}
		return bad
	}
	for i := range dst {
		x := int64(a[i&ma]) * int64(b[i&mb])
		dst[i] = int32(x)
		bad |= x ^ int64(int32(x))
	}
	return bad
}

func intOp64(op byte, width int, dst, a, b *vector.Vector, sel []int32, n int) error {
	var wideA, wideB []int64
	x, y := integersOf(a, n, &wideA), integersOf(b, n, &wideB)
	ma, mb := rowIndex(a), rowIndex(b)
	form := vector.FormInt64
	if width != width8 {
		form = vector.FormInt32
	}
	dst.Alloc(form, n)
	return eachRow(sel, n, func(r int) error {
		z, err := intApply(op, x[r&ma], y[r&mb])
		if err != nil || !fits(z, width) {
			if err == nil || err == errOverflow { //nolint:errorlint // a sentinel of this package
				err = outOfRange(width)
			}
			return err
		}
		if form == vector.FormInt64 {
			dst.I64[r] = z
		} else {
			dst.I32[r] = int32(z)
		}
		return nil
	})
}

var errOverflow = pgerr.New(pgerr.NumericValueOutOfRange, "bigint out of range")

func intApply(op byte, x, y int64) (int64, error) {
	switch op {
	case '+':
		z := x + y
		if (z^x)&(z^y) < 0 {
			return 0, errOverflow
		}
		return z, nil
	case '-':
		z := x - y
		if (x^y)&(z^x) < 0 {
			return 0, errOverflow
		}
		return z, nil
	case '*':
		z, ok := vector.MulInt64(x, y).Int64()
		if !ok {
			return 0, errOverflow
		}
		return z, nil
	}
	if y == 0 {
		return 0, errDivisionByZero()
	}
	if y == -1 {
		if op == '%' {
			return 0, nil
		}
		if x == math.MinInt64 {
			return 0, errOverflow
		}
		return -x, nil
	}
	if op == '%' {
		return x % y, nil
	}
	return x / y, nil
}

// intUnary makes the functions of one integer that can overflow.
func intNegate(width int) builtin {
	if width == width8 {
		return f1e(func(x int64) (int64, error) { return negated(x, width) })
	}
	return f1e(func(x int32) (int32, error) {
		z, err := negated(int64(x), width)
		return int32(z), err
	})
}

func negated(x int64, width int) (int64, error) {
	if x == math.MinInt64 || !fits(-x, width) {
		return 0, outOfRange(width)
	}
	return -x, nil
}

func intAbs(width int) builtin {
	if width == width8 {
		return f1e(func(x int64) (int64, error) {
			if x < 0 {
				return negated(x, width)
			}
			return x, nil
		})
	}
	return f1e(func(x int32) (int32, error) {
		if x < 0 {
			z, err := negated(int64(x), width)
			return int32(z), err
		}
		return x, nil
	})
}

// intConvert casts between the integer types.
func intConvert(width int) builtin {
	return builtin{run: func(_ *call, dst *vector.Vector, args []*vector.Vector, sel []int32, n int) error {
		var wide []int64
		x, m := integersOf(args[0], n, &wide), rowIndex(args[0])
		if width == width8 {
			dst.Alloc(vector.FormInt64, n)
			vector.Each(nil, sel, n, func(r int) { dst.I64[r] = x[r&m] })
			return nil
		}
		dst.Alloc(vector.FormInt32, n)
		return eachRow(sel, n, func(r int) error {
			if !fits(x[r&m], width) {
				return outOfRange(width)
			}
			dst.I32[r] = int32(x[r&m])
			return nil
		})
	}}
}

func gcd64(a, b int64, width int) (int64, error) {
	x, y := magnitude(a), magnitude(b)
	for y != 0 {
		x, y = y, x%y
	}
	if x > math.MaxInt64 || !fits(int64(x), width) {
		return 0, outOfRange(width)
	}
	return int64(x), nil
}

func magnitude(x int64) uint64 {
	if x < 0 {
		return -uint64(x)
	}
	return uint64(x)
}

func lcm64(a, b int64, width int) (int64, error) {
	if a == 0 || b == 0 {
		return 0, nil
	}
	g, err := gcd64(a, b, width)
	if err != nil {
		return 0, err
	}
	z, ok := vector.MulInt64(a/g, b).Int64()
	if !ok || z == math.MinInt64 || !fits(z, width) {
		return 0, outOfRange(width)
	}
	if z < 0 {
		z = -z
	}
	if !fits(z, width) {
		return 0, outOfRange(width)
	}
	return z, nil
}
