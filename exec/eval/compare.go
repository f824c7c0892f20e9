package eval

import (
	"bytes"
	"math"

	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// comparison is one of the six comparison operators, as a base test and whether
// it is negated: a <> b is not (a = b), a >= b is not (a < b).
type comparison struct {
	test   byte // '=', '<' or 'l' for <=
	negate bool
}

var comparisons = map[string]comparison{
	"=": {'=', false}, "<>": {'=', true}, "<": {'<', false}, ">=": {'<', true}, "<=": {'l', false}, ">": {'l', true},
}

// flipped is the comparison with its sides exchanged.
func (c comparison) flipped() comparison {
	switch c.test {
	case '<': // a < b is b > a, which is not (b <= a)
		return comparison{'l', !c.negate}
	case 'l':
		return comparison{'<', !c.negate}
	}
	return c
}

func (c comparison) holds(order int) bool {
	switch c.test {
	case '<':
		return (order < 0) != c.negate
	case 'l':
		return (order <= 0) != c.negate
	}
	return (order == 0) != c.negate
}

// compareBuiltin is a comparison operator between two types.
func compareBuiltin(name string, left, right uint32) builtin {
	op := comparisons[name]
	family := func(oid uint32) vector.Form {
		f := vector.FormOf(oid)
		if f == vector.FormInt32 {
			f = vector.FormInt64
		}
		return f
	}
	switch {
	case left != right && isDatetime(left) && isDatetime(right):
		return builtin{run: compareDatetime(op, left, right)}
	case family(left) != family(right):
		return builtin{run: compareGeneric(op)}
	}
	switch vector.FormOf(left) {
	case vector.FormInt32, vector.FormInt64:
		return builtin{total: true, run: compareIntegers(op)}
	case vector.FormFloat64:
		return builtin{total: true, run: compareFloats(op)}
	case vector.FormBool:
		return builtin{total: true, run: compareBools(op)}
	case vector.FormDecimal:
		return builtin{run: compareNumerics(op)}
	case vector.FormString:
		if left != pgtypes.OIDBpchar && vector.SortKeyable(left) {
			return builtin{run: compareStrings(op), costly: true}
		}
	}
	return builtin{run: compareGeneric(op), costly: true}
}

func isDatetime(oid uint32) bool {
	return oid == pgtypes.OIDDate || oid == pgtypes.OIDTimestamp || oid == pgtypes.OIDTimestamptz
}

// integersOf are a vector's integers as int64; wide is scratch.
func integersOf(v *vector.Vector, n int, wide *[]int64) []int64 {
	if v.Form != vector.FormInt32 {
		return v.I64
	}
	if v.Const {
		n = 1
	}
	if cap(*wide) < n {
		*wide = make([]int64, n)
	}
	out := (*wide)[:n]
	for i, x := range v.I32[:n] {
		out[i] = int64(x)
	}
	return out
}

func compareIntegers(op comparison) kernel {
	return func(_ *call, dst *vector.Vector, args []*vector.Vector, sel []int32, n int) error {
		dst.Alloc(vector.FormBool, n)
		a, b := args[0], args[1]
		if a.Form == vector.FormInt32 && b.Form == vector.FormInt32 {
			compareSlices(dst.Bool, a.I32, b.I32, a.Const, b.Const, op, sel, n)
			return nil
		}
		var wideA, wideB []int64
		compareSlices(dst.Bool, integersOf(a, n, &wideA), integersOf(b, n, &wideB), a.Const, b.Const, op, sel, n)
		return nil
	}
}

// compareSlices compares two columns, or a column with a constant.
func compareSlices[T int32 | int64 | uint64](dst []bool, a, b []T, constA, constB bool, op comparison, sel []int32, n int) {
	if constA && !constB {
		compareSlices(dst, b, a, constB, constA, op.flipped(), sel, n)
		return
	}
	switch {
	case constA:
		x := op.holds(order(a[0], b[0]))
		for i := range dst[:n] {
			dst[i] = x
		}
	case sel != nil:
		compareSelected(dst, a, b, constB, op, sel)
	case constB:
		compareWithConst(dst[:n], a[:n], b[0], op)
	default:
		compareColumns(dst[:n], a[:n], b[:n], op)
	}
}

func order[T int32 | int64 | uint64](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func compareWithConst[T int32 | int64 | uint64](dst []bool, a []T, b T, op comparison) {
	want := !op.negate
	switch op.test {
	case '=':
		for i, x := range a {
			dst[i] = (x == b) == want
		}
	case '<':
		for i, x := range a {
			dst[i] = (x < b) == want
		}
	default:
		for i, x := range a {
			dst[i] = (x <= b) == want
		}
	}
}

func compareColumns[T int32 | int64 | uint64](dst []bool, a, b []T, op comparison) {
	want := !op.negate
	b = b[:len(a)]
	switch op.test {
	case '=':
		for i, x := range a {
			dst[i] = (x == b[i]) == want
		}
	case '<':
		for i, x := range a {
			dst[i] = (x < b[i]) == want
		}
	default:
		for i, x := range a {
			dst[i] = (x <= b[i]) == want
		}
	}
}

func compareSelected[T int32 | int64 | uint64](dst []bool, a, b []T, constB bool, op comparison, sel []int32) {
	want := !op.negate
	mask := int32(-1)
	if constB {
		mask = 0
	}
	switch op.test {
	case '=':
		for _, r := range sel {
			dst[r] = (a[r] == b[r&mask]) == want
		}
	case '<':
		for _, r := range sel {
			dst[r] = (a[r] < b[r&mask]) == want
		}
	default:
		for _, r := range sel {
			dst[r] = (a[r] <= b[r&mask]) == want
		}
	}
}

// floatOrder maps floats to integers that order as Postgres orders floats.
func floatOrder(v *vector.Vector, n int) []uint64 {
	if v.Const {
		n = 1
	}
	out := make([]uint64, n)
	for i, f := range v.F64[:n] {
		u := math.Float64bits(f + 0)
		switch {
		case f != f:
			u = math.MaxUint64
		case u>>63 != 0:
			u = ^u
		default:
			u |= 1 << 63
		}
		out[i] = u
	}
	return out
}

func compareFloats(op comparison) kernel {
	return func(_ *call, dst *vector.Vector, args []*vector.Vector, sel []int32, n int) error {
		dst.Alloc(vector.FormBool, n)
		a, b := args[0], args[1]
		compareSlices(dst.Bool, floatOrder(a, n), floatOrder(b, n), a.Const, b.Const, op, sel, n)
		return nil
	}
}

func compareBools(op comparison) kernel {
	return func(_ *call, dst *vector.Vector, args []*vector.Vector, sel []int32, n int) error {
		dst.Alloc(vector.FormBool, n)
		a, b := args[0], args[1]
		compareSlices(dst.Bool, boolIntegers(a, n), boolIntegers(b, n), a.Const, b.Const, op, sel, n)
		return nil
	}
}

func boolIntegers(v *vector.Vector, n int) []int32 {
	if v.Const {
		n = 1
	}
	out := make([]int32, n)
	for i, x := range v.Bool[:n] {
		if x {
			out[i] = 1
		}
	}
	return out
}

func compareStrings(op comparison) kernel {
	return func(_ *call, dst *vector.Vector, args []*vector.Vector, sel []int32, n int) error {
		dst.Alloc(vector.FormBool, n)
		a, b := args[0], args[1]
		ma, mb := rowIndex(a), rowIndex(b)
		want := !op.negate
		if op.test == '=' {
			one := func(r int) {
				x, y := a.Str[r&ma], b.Str[r&mb]
				dst.Bool[r] = (x.Len == y.Len && bytes.Equal(a.Heap[x.Off:x.Off+x.Len], b.Heap[y.Off:y.Off+y.Len])) == want
			}
			vector.Each(nil, sel, n, one)
			return nil
		}
		vector.Each(nil, sel, n, func(r int) {
			dst.Bool[r] = op.holds(bytes.Compare(a.Bytes(r&ma), b.Bytes(r&mb)))
		})
		return nil
	}
}

func compareGeneric(op comparison) kernel {
	return func(_ *call, dst *vector.Vector, args []*vector.Vector, sel []int32, n int) error {
		dst.Alloc(vector.FormBool, n)
		vector.Each(nil, sel, n, func(r int) {
			dst.Bool[r] = op.holds(vector.CompareValues(args[0], r, args[1], r))
		})
		return nil
	}
}

func compareNumerics(op comparison) kernel {
	generic := compareGeneric(op)
	return func(c *call, dst *vector.Vector, args []*vector.Vector, sel []int32, n int) error {
		a, b := args[0], args[1]
		if a.Form == vector.FormDecimal && b.Form == vector.FormDecimal {
			x, y, ok := alignedDecimals(a, b, n)
			if ok {
				dst.Alloc(vector.FormBool, n)
				compareSlices(dst.Bool, x, y, a.Const, b.Const, op, sel, n)
				return nil
			}
		}
		return generic(c, dst, args, sel, n)
	}
}

// alignedDecimals brings two scaled columns to one scale, if all values still fit.
func alignedDecimals(a, b *vector.Vector, n int) (x, y []int64, ok bool) {
	x, y = a.I64, b.I64
	switch {
	case a.Scale < b.Scale:
		x, ok = scaledUp(a, n, b.Scale-a.Scale)
	case a.Scale > b.Scale:
		y, ok = scaledUp(b, n, a.Scale-b.Scale)
	default:
		ok = true
	}
	return x, y, ok
}

// scaledUp multiplies a column by 10^digits unless a value might not fit.
func scaledUp(v *vector.Vector, n int, digits int32) ([]int64, bool) {
	if digits > 18 {
		return nil, false
	}
	if v.Const {
		n = 1
	}
	factor := tenTo[digits]
	if bound := magnitudeBound(v.I64[:n]); bound > math.MaxInt64/uint64(factor) {
		return nil, false
	}
	out := make([]int64, n)
	for i, x := range v.I64[:n] {
		out[i] = x * factor
	}
	return out, true
}

// magnitudeBound is at least the magnitude of every value, and less than twice
// the largest.
func magnitudeBound(values []int64) uint64 {
	var bits uint64
	for _, x := range values {
		bits |= uint64(x ^ x>>63)
	}
	return bits + 1 // the magnitude of -1 - x is x
}

var tenTo = [19]int64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18}
