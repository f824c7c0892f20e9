package eval

import (
	"math"

	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// intWiden is i2toi4, which also makes oid and its kin.
func intWiden() builtin {
	return builtin{total: true, run: func(c *call, dst *vector.Vector, args []*vector.Vector, _ []int32, n int) error {
		a := args[0]
		if a.Const {
			n = 1
		}
		if vector.FormOf(c.result.OID) == vector.FormInt64 {
			dst.Alloc(vector.FormInt64, n)
			for i, x := range a.I32[:n] {
				dst.I64[i] = int64(uint32(x))
			}
		} else {
			dst.Alloc(vector.FormInt32, n)
			copy(dst.I32, a.I32[:n])
		}
		return nil
	}}
}

func floatInt(width int) builtin {
	return f1e(func(x float64) (int32, error) {
		z, err := floatToInt(x, width)
		return int32(z), err
	})
}

func floatLong() builtin {
	return f1e(func(x float64) (int64, error) { return floatToInt(x, width8) })
}

// numericToFloat divides scaled integers that a float64 holds exactly; both
// operands being exact, the quotient is the nearest float.
func numericToFloat() builtin {
	slow := f1e(pgtypes.Numeric.Float64)
	general := slow.run
	slow.run = func(c *call, dst *vector.Vector, args []*vector.Vector, sel []int32, n int) error {
		a := args[0]
		if a.Form == vector.FormDecimal && !a.Const && a.Scale <= 15 && magnitudeBound(a.I64[:n]) < 1<<53 {
			dst.Alloc(vector.FormFloat64, n)
			divisor := math.Pow10(int(a.Scale))
			for i, x := range a.I64[:n] {
				dst.F64[i] = float64(x) / divisor
			}
			return nil
		}
		return general(c, dst, args, sel, n)
	}
	return slow
}
