package vector

import (
	"bytes"
	"encoding/binary"
	"math/big"
)

// The sign field of Postgres's binary numeric.
const (
	numericPositive = 0x0000
	numericNegative = 0x4000
	numericNaN      = 0xC000
	numericPlusInf  = 0xD000
	numericMinusInf = 0xF000
)

// NumericKind tells numbers from the special values.
type NumericKind uint8

// The kinds, in the order that Postgres sorts them.
const (
	NumericMinusInf NumericKind = iota
	NumericFinite
	NumericPlusInf
	NumericNaN
)

// NumericHeader reads the fixed part of a binary numeric.
func numericHeader(b []byte) (digits []byte, weight int, sign uint16, dscale int32) {
	n := int(binary.BigEndian.Uint16(b))
	weight = int(int16(binary.BigEndian.Uint16(b[2:])))
	sign = binary.BigEndian.Uint16(b[4:])
	dscale = int32(binary.BigEndian.Uint16(b[6:]))
	return b[8 : 8+2*n], weight, sign, dscale
}

// NumericKindOf is the kind of a binary numeric.
func NumericKindOf(b []byte) NumericKind {
	switch binary.BigEndian.Uint16(b[4:]) {
	case numericNaN:
		return NumericNaN
	case numericPlusInf:
		return NumericPlusInf
	case numericMinusInf:
		return NumericMinusInf
	}
	return NumericFinite
}

// AppendNumericSpecial adds NaN or an infinity in binary form.
func AppendNumericSpecial(dst []byte, kind NumericKind) []byte {
	sign := uint16(numericNaN)
	switch kind {
	case NumericPlusInf:
		sign = numericPlusInf
	case NumericMinusInf:
		sign = numericMinusInf
	}
	return append(dst, 0, 0, 0, 0, byte(sign>>8), byte(sign), 0, 0)
}

// AppendNumeric adds x/10^scale in binary form with display scale scale.
func AppendNumeric(dst []byte, x Int128, scale int32) []byte {
	var groups [12]uint16
	n := decimalGroups(&groups, x.abs(), scale)
	return appendGroups(dst, groups[:n], x.Hi < 0, scale)
}

// decimalGroups cuts u/10^scale into base-10000 digits, least first.
func decimalGroups(groups *[12]uint16, u uint128, scale int32) int {
	n := 0
	if rest := scale % 4; rest != 0 {
		q, r := u.div(pow10[rest])
		groups[0], u, n = uint16(r*pow10[4-rest]), q, 1
	}
	for u.hi != 0 {
		q, r := u.div(10000)
		groups[n], u = uint16(r), q
		n++
	}
	for lo := u.lo; lo != 0; n++ {
		groups[n] = uint16(lo % 10000)
		lo /= 10000
	}
	return n
}

// appendGroups writes a binary numeric from base-10000 digits, least first, of
// which ceil(scale/4) are right of the point.
func appendGroups(dst []byte, groups []uint16, negative bool, scale int32) []byte {
	weight := len(groups) - int(scale+3)/4 - 1
	for len(groups) > 0 && groups[len(groups)-1] == 0 {
		groups = groups[:len(groups)-1]
		weight--
	}
	for len(groups) > 0 && groups[0] == 0 {
		groups = groups[1:]
	}
	sign := uint16(numericPositive)
	switch {
	case len(groups) == 0:
		weight = 0
	case negative:
		sign = numericNegative
	}
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(groups)))
	dst = binary.BigEndian.AppendUint16(dst, uint16(int16(weight)))
	dst = binary.BigEndian.AppendUint16(dst, sign)
	dst = binary.BigEndian.AppendUint16(dst, uint16(scale))
	for i := len(groups) - 1; i >= 0; i-- {
		dst = binary.BigEndian.AppendUint16(dst, groups[i])
	}
	return dst
}

// AppendNumericBig adds x/10^scale in binary form with display scale scale.
func AppendNumericBig(dst []byte, x *big.Int, scale int32) []byte {
	if small, ok := Int128OfBig(x); ok {
		return AppendNumeric(dst, small, scale)
	}
	text := new(big.Int).Abs(x).Append(nil, 10)
	if pad := int(4-scale%4) % 4; pad != 0 {
		text = append(text, "000"[:pad]...)
	}
	groups := make([]uint16, 0, len(text)/4+1)
	for end := len(text); end > 0; end -= 4 {
		var g uint16
		for _, c := range text[max(0, end-4):end] {
			g = g*10 + uint16(c-'0')
		}
		groups = append(groups, g)
	}
	return appendGroups(dst, groups, x.Sign() < 0, scale)
}

// DecodeNumeric reads a finite binary numeric as x/10^scale, its display scale; ok
// is false when x does not fit (then use DecodeNumericBig) or b is not finite.
func DecodeNumeric(b []byte) (x Int128, scale int32, ok bool) {
	digits, weight, sign, dscale := numericHeader(b)
	if sign != numericPositive && sign != numericNegative {
		return Int128{}, dscale, false
	}
	u, exponent, ok := accumulate(digits, weight)
	if !ok {
		return Int128{}, dscale, false
	}
	for shift := exponent + int(dscale); shift != 0 && ok && !u.zero(); {
		if shift > 0 {
			step := min(shift, 19)
			u, ok = u.mulAdd(pow10[step], 0)
			shift -= step
		} else {
			step := min(-shift, 19)
			u, _ = u.div(pow10[step])
			shift += step
		}
	}
	return u.signed(sign == numericNegative), dscale, ok
}

// accumulate joins base-10000 digits: the value is u*10^exponent.
func accumulate(digits []byte, weight int) (u uint128, exponent int, ok bool) {
	ok = true
	for i := 0; i < len(digits) && ok; i += 2 {
		u, ok = u.mulAdd(10000, uint64(binary.BigEndian.Uint16(digits[i:])))
	}
	return u, 4 * (weight - len(digits)/2 + 1), ok
}

// DecodeNumericBig reads a finite binary numeric as x/10^scale, its display scale.
func DecodeNumericBig(b []byte) (x *big.Int, scale int32) {
	digits, weight, sign, dscale := numericHeader(b)
	x = new(big.Int)
	text := make([]byte, 0, 2*len(digits)+1)
	for i := 0; i < len(digits); i += 2 {
		g := binary.BigEndian.Uint16(digits[i:])
		text = append(text, byte(g/1000)+'0', byte(g/100%10)+'0', byte(g/10%10)+'0', byte(g%10)+'0')
	}
	if len(text) > 0 {
		x.SetString(string(text), 10)
	}
	shift := 4*(weight-len(digits)/2+1) + int(dscale)
	if shift > 0 {
		x.Mul(x, BigPow10(shift))
	} else if shift < 0 {
		x.Quo(x, BigPow10(-shift))
	}
	if sign == numericNegative {
		x.Neg(x)
	}
	return x, dscale
}

// CompareNumeric orders two binary numerics as Postgres does: -Infinity, numbers,
// Infinity, NaN.
func CompareNumeric(a, b []byte) int {
	ka, kb := NumericKindOf(a), NumericKindOf(b)
	if ka != kb {
		return int(sign64(int64(ka) - int64(kb)))
	}
	if ka != NumericFinite {
		return 0
	}
	da, wa, sa, _ := numericHeader(a)
	db, wb, sb, _ := numericHeader(b)
	na, nb := numericSign(da, sa), numericSign(db, sb)
	if na != nb || na == 0 {
		return int(sign64(int64(na) - int64(nb)))
	}
	c := wa - wb
	if c == 0 {
		c = bytes.Compare(da, db) // no digit group ends in zeros, so a prefix is the smaller
	}
	return int(sign64(int64(c))) * na
}

func numericSign(digits []byte, sign uint16) int {
	switch {
	case len(digits) == 0:
		return 0
	case sign == numericNegative:
		return -1
	}
	return 1
}

func sign64(x int64) int64 { return x>>63 | int64(uint64(-x)>>63) }

// unifyNumeric gives dst and src one form and scale, so that src's values can be
// appended to dst; dst becomes wider where it must.
func unifyNumeric(dst, src *Vector, n int) *Vector {
	if dst.Form == src.Form && dst.Scale == src.Scale || !isNumericForm(src.Form) {
		return src
	}
	form := max(dst.Form, src.Form)
	if dst.Scale != src.Scale || form == FormNumeric {
		form = FormNumeric
	}
	if dst.Form != form {
		widened := &Vector{Type: dst.Type}
		ConvertNumeric(widened, dst, dst.Len(), form)
		widened.Null = dst.Null
		widened.nullBuffer = dst.nullBuffer
		*dst = *widened
	}
	if src.Form == form {
		return src
	}
	wide := &Vector{Type: src.Type}
	ConvertNumeric(wide, src, n, form)
	return wide
}

func isNumericForm(f Form) bool { return f == FormDecimal || f == FormDecimal2 || f == FormNumeric }

// ConvertNumeric sets dst to src's first n values in a wider numeric form
// (FormDecimal2 or FormNumeric). Const, Codes and NULLs are kept.
func ConvertNumeric(dst, src *Vector, n int, form Form) {
	if src.Codes != nil {
		dict := &Vector{}
		ConvertNumeric(dict, src.Dict, src.Dict.Len(), form)
		dst.Borrow(src)
		dst.Form, dst.Scale, dst.Dict = dict.Form, dict.Scale, dict
		return
	}
	n = min(n, src.Len())
	if src.Const {
		n = 1
	}
	scale := src.Scale
	dst.Alloc(form, n)
	dst.Type, dst.Const, dst.Null = src.Type, src.Const, src.Null
	if form == FormDecimal2 {
		dst.Scale = scale
		for i, x := range src.I64[:n] {
			dst.I128[i] = Int128Of(x)
		}
		return
	}
	for i := range n {
		off := len(dst.Heap)
		switch {
		case src.Null != nil && src.Null[i]:
			dst.Str[i] = View{}
			continue
		case src.Form == FormDecimal:
			dst.Heap = AppendNumeric(dst.Heap, Int128Of(src.I64[i]), scale)
		case src.Form == FormDecimal2:
			dst.Heap = AppendNumeric(dst.Heap, src.I128[i], scale)
		default:
			dst.Heap = append(dst.Heap, src.Bytes(i)...)
		}
		dst.Str[i] = View{Off: uint32(off), Len: uint32(len(dst.Heap) - off)}
	}
}

// NarrowNumeric sets dst to src's first n values as FormDecimal or FormDecimal2 if
// all of them have one display scale and fit; else it reports false. src is a plain
// FormNumeric vector.
func NarrowNumeric(dst, src *Vector, sel []int32, n int) bool {
	scale, wide, first := int32(0), false, true
	dst.Alloc(FormDecimal2, n)
	ok := true
	Each(src, sel, n, func(row int) {
		if !ok || src.Null != nil && src.Null[row] {
			return
		}
		x, s, fits := DecodeNumeric(src.Bytes(row))
		if !fits || !first && s != scale {
			ok = false
			return
		}
		scale, first = s, false
		if _, small := x.Int64(); !small {
			wide = true
		}
		dst.I128[row] = x
	})
	if !ok {
		return false
	}
	dst.Type, dst.Null, dst.Scale = src.Type, src.Null, scale
	if !wide {
		dst.Form = FormDecimal
		dst.I64 = resized(dst.I64[:0], n)
		for i, x := range dst.I128 {
			dst.I64[i] = int64(x.Lo)
		}
	}
	return true
}

// Each calls f for each row that exists. It is for slow paths.
func Each(_ *Vector, sel []int32, n int, f func(row int)) {
	if sel != nil {
		for _, r := range sel {
			f(int(r))
		}
		return
	}
	for r := range n {
		f(r)
	}
}
