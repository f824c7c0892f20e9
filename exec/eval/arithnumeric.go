package eval

import (
	"math"
	"math/bits"

	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// numericAddSub is + or - on numerics: on scaled integers of 64 or 128 bits when
// the magnitudes of the whole vector rule overflow out, else value by value.
func numericAddSub(subtract bool) builtin {
	slow := f2e(func(a, b pgtypes.Numeric) (pgtypes.Numeric, error) {
		if subtract {
			return a.Sub(b)
		}
		return a.Add(b)
	}).run
	return builtin{run: func(c *call, dst *vector.Vector, args []*vector.Vector, sel []int32, n int) error {
		a, b := args[0], args[1]
		if a.Form == vector.FormDecimal && b.Form == vector.FormDecimal {
			x, y, ok := alignedDecimals(a, b, n)
			if ok {
				addDecimals(dst, x, y, a.Const, b.Const, max(a.Scale, b.Scale), subtract, sel, n)
				return nil
			}
		}
		if wideForm(a) && wideForm(b) && a.Scale == b.Scale && addWide(dst, a, b, subtract, sel, n) {
			return nil
		}
		return narrowed(slow, c, dst, args, sel, n)
	}}
}

func wideForm(v *vector.Vector) bool {
	return v.Form == vector.FormDecimal || v.Form == vector.FormDecimal2
}

// narrowed runs a kernel value by value and brings its result to scaled integers
// if it can.
func narrowed(slow kernel, c *call, dst *vector.Vector, args []*vector.Vector, sel []int32, n int) error {
	if err := slow(c, dst, args, sel, n); err != nil {
		return err
	}
	var narrow vector.Vector
	if vector.NarrowNumeric(&narrow, dst, sel, n) {
		null := dst.Null
		*dst = narrow
		dst.Null = null
	}
	return nil
}

func addDecimals(dst *vector.Vector, x, y []int64, constX, constY bool, scale int32, subtract bool, sel []int32, n int) {
	mx, my := ^0, ^0
	lx, ly := n, n
	if constX {
		mx, lx = 0, 1
	}
	if constY {
		my, ly = 0, 1
	}
	if magnitudeBound(x[:lx]) <= 1<<62 && magnitudeBound(y[:ly]) <= 1<<62-1 {
		dst.Alloc(vector.FormDecimal, n)
		dst.Scale = scale
		sign := int64(1)
		if subtract {
			sign = -1
		}
		if sel == nil {
			for i := range dst.I64[:n] {
				dst.I64[i] = x[i&mx] + sign*y[i&my]
			}
			return
		}
		for _, r := range sel {
			dst.I64[r] = x[int(r)&mx] + sign*y[int(r)&my]
		}
		return
	}
	dst.Alloc(vector.FormDecimal2, n)
	dst.Scale = scale
	vector.Each(nil, sel, n, func(r int) {
		b := vector.Int128Of(y[r&my])
		if subtract {
			b = b.Neg()
		}
		dst.I128[r] = vector.Int128Of(x[r&mx]).Add(b)
	})
}

// addWide adds 128-bit columns of one scale; false means that a sum overflowed.
func addWide(dst, a, b *vector.Vector, subtract bool, sel []int32, n int) bool {
	dst.Alloc(vector.FormDecimal2, n)
	dst.Scale = a.Scale
	ma, mb := rowIndex(a), rowIndex(b)
	ok := true
	vector.Each(nil, sel, n, func(r int) {
		y := wideAt(b, r&mb)
		if subtract {
			y = y.Neg()
		}
		z, fits := wideAt(a, r&ma).AddOK(y)
		dst.I128[r] = z
		ok = ok && fits
	})
	return ok
}

func wideAt(v *vector.Vector, i int) vector.Int128 {
	if v.Form == vector.FormDecimal {
		return vector.Int128Of(v.I64[i])
	}
	return v.I128[i]
}

// numericMul is * on numerics.
func numericMul() builtin {
	slow := f2e(pgtypes.Numeric.Mul).run
	return builtin{run: func(c *call, dst *vector.Vector, args []*vector.Vector, sel []int32, n int) error {
		a, b := args[0], args[1]
		if a.Form == vector.FormDecimal && b.Form == vector.FormDecimal && a.Scale+b.Scale <= 1000 {
			mulDecimals(dst, a, b, sel, n)
			return nil
		}
		if wideForm(a) && wideForm(b) && mulWide(dst, a, b, sel, n) {
			return nil
		}
		return narrowed(slow, c, dst, args, sel, n)
	}}
}

func mulDecimals(dst, a, b *vector.Vector, sel []int32, n int) {
	ma, mb := rowIndex(a), rowIndex(b)
	la, lb := n, n
	if a.Const {
		la = 1
	}
	if b.Const {
		lb = 1
	}
	hi, lo := bits.Mul64(magnitudeBound(a.I64[:la]), magnitudeBound(b.I64[:lb]))
	x, y, scale := a.I64, b.I64, a.Scale+b.Scale
	if hi == 0 && lo <= math.MaxInt64 {
		dst.Alloc(vector.FormDecimal, n)
		dst.Scale = scale
		if sel == nil {
			for i := range dst.I64[:n] {
				dst.I64[i] = x[i&ma] * y[i&mb]
			}
			return
		}
		for _, r := range sel {
			dst.I64[r] = x[int(r)&ma] * y[int(r)&mb]
		}
		return
	}
	dst.Alloc(vector.FormDecimal2, n)
	dst.Scale = scale
	vector.Each(nil, sel, n, func(r int) { dst.I128[r] = vector.MulInt64(x[r&ma], y[r&mb]) })
}

// mulWide multiplies when one side has 128 bits; false means that a product
// overflowed.
func mulWide(dst, a, b *vector.Vector, sel []int32, n int) bool {
	if a.Form == vector.FormDecimal {
		a, b = b, a
	}
	if b.Form != vector.FormDecimal {
		return false
	}
	dst.Alloc(vector.FormDecimal2, n)
	dst.Scale = a.Scale + b.Scale
	ma, mb := rowIndex(a), rowIndex(b)
	ok := true
	vector.Each(nil, sel, n, func(r int) {
		z, fits := a.I128[r&ma].MulInt64(b.I64[r&mb])
		dst.I128[r] = z
		ok = ok && fits
	})
	return ok
}

// intToNumeric casts an integer column without touching its values.
func intToNumeric() builtin {
	return builtin{total: true, run: func(_ *call, dst *vector.Vector, args []*vector.Vector, _ []int32, n int) error {
		if args[0].Const {
			n = 1
		}
		var wide []int64
		x := integersOf(args[0], n, &wide)
		dst.Alloc(vector.FormDecimal, n)
		copy(dst.I64, x[:n])
		dst.Const = args[0].Const
		return nil
	}}
}

// numericUnary runs fast on scaled integers and f otherwise.
func numericNegate() builtin {
	slow := f1(pgtypes.Numeric.Neg).run
	return builtin{run: func(c *call, dst *vector.Vector, args []*vector.Vector, sel []int32, n int) error {
		a := args[0]
		if a.Form == vector.FormDecimal && !a.Const && magnitudeBound(a.I64[:n]) <= math.MaxInt64 {
			dst.Alloc(vector.FormDecimal, n)
			dst.Scale = a.Scale
			for i, x := range a.I64[:n] {
				dst.I64[i] = -x
			}
			return nil
		}
		return narrowed(slow, c, dst, args, sel, n)
	}}
}

// withNarrowing lets a numeric function's result become scaled integers.
func withNarrowing(b builtin) builtin {
	slow := b.run
	b.run = func(c *call, dst *vector.Vector, args []*vector.Vector, sel []int32, n int) error {
		return narrowed(slow, c, dst, args, sel, n)
	}
	return b
}
