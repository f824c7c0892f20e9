package eval

import (
	"encoding/binary"
	"math/big"

	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// exact is an exact sum of integers: 128 bits, then any number.
type exact struct {
	small vector.Int128
	large *big.Int // nil until small overflowed; then small is not part of the sum
}

func (e *exact) add(x vector.Int128) {
	if e.large == nil {
		sum, ok := e.small.AddOK(x)
		if ok {
			e.small = sum
			return
		}
		e.large = e.small.Big()
	}
	e.large.Add(e.large, x.Big())
}

func (e *exact) addBig(x *big.Int) {
	if small, ok := vector.Int128OfBig(x); ok {
		e.add(small)
		return
	}
	if e.large == nil {
		e.large = e.small.Big()
	}
	e.large.Add(e.large, x)
}

func (e *exact) value() *big.Int {
	if e.large != nil {
		return new(big.Int).Set(e.large)
	}
	return e.small.Big()
}

func (e *exact) numeric(scale int32) pgtypes.Numeric {
	if e.large == nil {
		return pgtypes.FromDecimal128(e.small.Hi, e.small.Lo, int(scale))
	}
	return pgtypes.NumericFromBig(new(big.Int).Set(e.large), int(scale))
}

// rescale moves the sum to more digits right of the point.
func (e *exact) rescale(digits int32) {
	if digits == 0 {
		return
	}
	if e.large == nil {
		if x, ok := e.small.MulPow10(digits); ok {
			e.small = x
			return
		}
		e.large = e.small.Big()
	}
	e.large.Mul(e.large, vector.BigPow10(int(digits)))
}

func (e *exact) encode(dst []byte) []byte {
	x := e.value()
	b := x.Bytes()
	dst = append(dst, byte(x.Sign()+1))
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(b)))
	return append(dst, b...)
}

func decodeExact(b []byte) (exact, []byte) {
	n := binary.LittleEndian.Uint32(b[1:])
	x := new(big.Int).SetBytes(b[5 : 5+n])
	if b[0] == 0 {
		x.Neg(x)
	}
	var e exact
	e.addBig(x)
	return e, b[5+n:]
}

// numericState is a running exact sum, and sum of squares, of numerics or integers.
type numericState struct {
	count  int64
	sum    exact
	square exact // at twice the scale; kept only by the variance family
	scale  int32 // the largest of the inputs
	nan    int64
	plus   int64 // infinities
	minus  int64
}

func (s *numericState) grow(scale int32) {
	if scale > s.scale {
		s.sum.rescale(scale - s.scale)
		s.square.rescale(2 * (scale - s.scale))
		s.scale = scale
	}
}

func combineNumeric(into, from *numericState) error {
	into.grow(from.scale)
	digits := into.scale - from.scale
	from.sum.rescale(digits)
	from.square.rescale(2 * digits)
	if from.sum.large != nil {
		into.sum.addBig(from.sum.large)
	} else {
		into.sum.add(from.sum.small)
	}
	if from.square.large != nil {
		into.square.addBig(from.square.large)
	} else {
		into.square.add(from.square.small)
	}
	into.count += from.count
	into.nan += from.nan
	into.plus += from.plus
	into.minus += from.minus
	return nil
}

func encodeNumericState(dst []byte, s *numericState) []byte {
	for _, x := range []int64{s.count, s.nan, s.plus, s.minus, int64(s.scale)} {
		dst = binary.AppendVarint(dst, x)
	}
	return s.square.encode(s.sum.encode(dst))
}

func decodeNumericState(b []byte) (numericState, []byte) {
	var s numericState
	var scale int64
	for _, x := range []*int64{&s.count, &s.nan, &s.plus, &s.minus, &scale} {
		v, n := binary.Varint(b)
		*x, b = v, b[n:]
	}
	s.scale = int32(scale)
	s.sum, b = decodeExact(b)
	s.square, b = decodeExact(b)
	return s, b
}

// numericAgg is sum, avg and the variance family over integers and numerics.
type numericAgg struct {
	states[numericState]
	squares bool
	final   func(s *numericState) (pgtypes.Numeric, bool, error)
}

func newNumericAgg(squares bool, final func(s *numericState) (pgtypes.Numeric, bool, error)) Aggregate {
	return &numericAgg{
		states:  states[numericState]{combine: combineNumeric, encode: encodeNumericState, decode: decodeNumericState},
		squares: squares, final: final,
	}
}

// Update implements Aggregate.
func (a *numericAgg) Update(groups []uint32, args []*vector.Vector, sel []int32, n int) error {
	v := args[0]
	if !a.squares && !v.Const && v.Codes == nil && v.Null == nil && sel == nil {
		switch v.Form {
		case vector.FormDecimal, vector.FormInt64:
			sumDense(a.groups, groups, v.I64[:n], v.Scale)
			return nil
		case vector.FormInt32:
			sumDense(a.groups, groups, v.I32[:n], 0)
			return nil
		}
	}
	if !a.squares && !v.Const {
		p := v
		if v.Codes != nil {
			p = v.Dict
		}
		switch p.Form {
		case vector.FormDecimal, vector.FormInt64:
			sumRows(a.groups, groups, v, p.I64, sel, n, p.Scale)
			return nil
		case vector.FormInt32:
			sumRows(a.groups, groups, v, p.I32, sel, n, 0)
			return nil
		}
	}
	return eachValue(groups, v, sel, n, func(g uint32, row int) error {
		p, i := v.At(row)
		a.one(&a.groups[g], p, i)
		return nil
	})
}

// sumDense adds a whole column of scaled integers.
func sumDense[T int32 | int64](states []numericState, groups []uint32, values []T, scale int32) {
	if groups == nil {
		s := &states[0]
		s.grow(scale)
		var sum vector.Int128
		for _, x := range values {
			sum = sum.Add(vector.Int128Of(int64(x)))
		}
		s.count += int64(len(values))
		scaled := exact{small: sum}
		scaled.rescale(s.scale - scale)
		s.sum.addBig(scaled.value())
		return
	}
	if sumFew(states, groups, values, nil, len(values), scale) {
		return
	}
	for i, x := range values {
		s := &states[groups[i]]
		if s.scale != scale || s.sum.large != nil {
			addScaled(s, vector.Int128Of(int64(x)), scale, false)
			continue
		}
		s.count++
		s.sum.add(vector.Int128Of(int64(x)))
	}
}

// sumRows adds those rows of a column of scaled integers that are selected and not
// NULL. Filters leave most aggregates with such a column, so no call is made for a row.
func sumRows[T int32 | int64](states []numericState, groups []uint32, v *vector.Vector, values []T, sel []int32, n int, scale int32) {
	if v.Null == nil && v.Codes == nil && sumFew(states, groups, values, sel, n, scale) {
		return
	}
	if sel != nil {
		n = len(sel)
	}
	for k := range n {
		row, group := k, uint32(0)
		if sel != nil {
			row = int(sel[k])
		}
		if v.Null != nil && v.Null[row] {
			continue
		}
		if groups != nil {
			group = groups[row]
		}
		at := row
		if v.Codes != nil {
			at = int(v.Codes[row])
		}
		s, x := &states[group], int64(values[at])
		if s.scale != scale || s.sum.large != nil {
			addScaled(s, vector.Int128Of(x), scale, false)
			continue
		}
		s.count++
		s.sum.add(vector.Int128Of(x))
	}
}

// addScaled adds x/10^scale.
func addScaled(s *numericState, x vector.Int128, scale int32, squares bool) {
	s.count++
	s.grow(scale)
	if digits := s.scale - scale; digits > 0 || squares {
		e := exact{small: x}
		e.rescale(digits)
		v := e.value()
		s.sum.addBig(v)
		if squares {
			s.square.addBig(v.Mul(v, v))
		}
		return
	}
	s.sum.add(x)
}

func (a *numericAgg) one(s *numericState, p *vector.Vector, i int) {
	switch p.Form {
	case vector.FormInt32:
		a.oneInteger(s, int64(p.I32[i]))
	case vector.FormInt64:
		a.oneInteger(s, p.I64[i])
	case vector.FormDecimal:
		addScaled(s, vector.Int128Of(p.I64[i]), p.Scale, a.squares)
	case vector.FormDecimal2:
		addScaled(s, p.I128[i], p.Scale, a.squares)
	default:
		a.oneNumeric(s, p.Bytes(i))
	}
}

func (a *numericAgg) oneInteger(s *numericState, x int64) {
	s.count++
	s.sum.add(vector.Int128Of(x))
	if a.squares {
		s.square.add(vector.MulInt64(x, x))
	}
}

func (a *numericAgg) oneNumeric(s *numericState, b []byte) {
	switch vector.NumericKindOf(b) {
	case vector.NumericNaN:
		s.count++
		s.nan++
		return
	case vector.NumericPlusInf:
		s.count++
		s.plus++
		return
	case vector.NumericMinusInf:
		s.count++
		s.minus++
		return
	}
	if x, scale, ok := vector.DecodeNumeric(b); ok {
		addScaled(s, x, scale, a.squares)
		return
	}
	x, scale := vector.DecodeNumericBig(b)
	s.count++
	s.grow(scale)
	x.Mul(x, vector.BigPow10(int(s.scale-scale)))
	s.sum.addBig(x)
	if a.squares {
		s.square.addBig(new(big.Int).Mul(x, x))
	}
}

// Final implements Aggregate.
func (a *numericAgg) Final(dst *vector.Vector, from, n int) error {
	wide := &vector.Vector{}
	err := finish(wide, vector.FormNumeric, n, func(row int) (bool, error) {
		x, ok, err := a.final(&a.groups[from+row])
		if ok && err == nil {
			setNumeric(wide, row, x)
		}
		return ok, err
	})
	if err != nil {
		return err
	}
	wide.Type = pgtypes.Of(pgtypes.OIDNumeric)
	if !vector.NarrowNumeric(dst, wide, nil, n) {
		vector.Copy(dst, wide, nil, n)
	}
	return nil
}

// special is the result when a NaN or an infinity was among the inputs.
func (s *numericState) special() (pgtypes.Numeric, bool) {
	switch {
	case s.nan > 0, s.plus > 0 && s.minus > 0:
		return pgtypes.NumericNaN, true
	case s.plus > 0:
		return pgtypes.NumericInfinity, true
	case s.minus > 0:
		return pgtypes.NumericNegativeInfinity, true
	}
	return pgtypes.Numeric{}, false
}

func numericSum(s *numericState) (pgtypes.Numeric, bool, error) {
	if s.count == 0 {
		return pgtypes.Numeric{}, false, nil
	}
	if x, ok := s.special(); ok {
		return x, true, nil
	}
	return s.sum.numeric(s.scale), true, nil
}

func numericAvg(s *numericState) (pgtypes.Numeric, bool, error) {
	x, ok, _ := numericSum(s)
	if !ok {
		return x, false, nil
	}
	avg, err := x.Div(pgtypes.NumericFromInt64(s.count))
	return avg, true, err
}

// numericDeviation is the variance family: variance or its root, of a sample or of
// a population, to Postgres's number of digits.
func numericDeviation(root, sample bool) func(s *numericState) (pgtypes.Numeric, bool, error) {
	return func(s *numericState) (pgtypes.Numeric, bool, error) {
		if s.count == 0 || sample && s.count == 1 {
			return pgtypes.Numeric{}, false, nil
		}
		if _, special := s.special(); special {
			return pgtypes.NumericNaN, true, nil
		}
		n := big.NewInt(s.count)
		sum := s.sum.value()
		above := s.square.value()
		above.Mul(above, n).Sub(above, sum.Mul(sum, sum))
		if above.Sign() <= 0 {
			return pgtypes.NumericFromInt64(0), true, nil
		}
		below := new(big.Int).Set(n)
		if sample {
			below.Mul(n, new(big.Int).Sub(n, big.NewInt(1)))
		} else {
			below.Mul(n, n)
		}
		x, err := pgtypes.NumericFromBig(above, int(2*s.scale)).Div(pgtypes.NumericFromBig(below, 0))
		if err == nil && root {
			x = rootOf(x)
		}
		return x, true, err
	}
}

// rootOf is the square root with as many digits as x has, rounded.
func rootOf(x pgtypes.Numeric) pgtypes.Numeric {
	c := x.Coefficient()
	scaled := new(big.Int).Mul(c, vector.BigPow10(x.Scale()+2)) // one digit more, to round by
	r := new(big.Int).Sqrt(scaled)
	r.Add(r, big.NewInt(5)).Quo(r, big.NewInt(10))
	return pgtypes.NumericFromBig(r, x.Scale())
}
