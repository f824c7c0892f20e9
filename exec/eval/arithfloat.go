package eval

import (
	"math"

	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgerr"
)

func errFloatOverflow() error {
	return pgerr.New(pgerr.NumericValueOutOfRange, "value out of range: overflow")
}

func errFloatUnderflow() error {
	return pgerr.New(pgerr.NumericValueOutOfRange, "value out of range: underflow")
}

// floatOp is + - * or / on floats; single says that the result is a float4.
func floatOp(op byte, single bool) builtin {
	return builtin{run: func(_ *call, dst *vector.Vector, args []*vector.Vector, sel []int32, n int) error {
		dst.Alloc(vector.FormFloat64, n)
		a, b := args[0], args[1]
		ma, mb := rowIndex(a), rowIndex(b)
		return eachRow(sel, n, func(r int) error {
			z, err := floatApply(op, a.F64[r&ma], b.F64[r&mb], single)
			dst.F64[r] = z
			return err
		})
	}}
}

func floatApply(op byte, x, y float64, single bool) (z float64, err error) {
	switch op {
	case '+':
		z = x + y
	case '-':
		z = x - y
	case '*':
		z = x * y
	default:
		if y == 0 && x == x {
			return 0, errDivisionByZero()
		}
		z = x / y
	}
	if single {
		z = float64(float32(z))
	}
	if math.IsInf(z, 0) && !math.IsInf(x, 0) && (op == '/' || !math.IsInf(y, 0)) {
		return 0, errFloatOverflow()
	}
	if z == 0 && (op == '*' && x != 0 && y != 0 || op == '/' && x != 0 && !math.IsInf(y, 0)) {
		return 0, errFloatUnderflow()
	}
	return z, nil
}

// floatToInt rounds to even, as rint does, and checks the range of the type.
func floatToInt(x float64, width int) (int64, error) {
	x = math.RoundToEven(x)
	limit := map[int]float64{width2: 1 << 15, width4: 1 << 31, width8: 1 << 63}[width]
	if x != x || x < -limit || x >= limit {
		return 0, outOfRange(width)
	}
	return int64(x), nil
}
