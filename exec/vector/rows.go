package vector

// Gather sets dst to src's values at rows, in that order; -1 gives NULL. Strings
// stay in src's heap and dictionary codes stay codes, so dst is valid only as long
// as src is; use AppendRows for one that owns its memory.
func Gather(dst, src *Vector, rows []int32) {
	if src.Const {
		gatherConst(dst, src, rows)
		return
	}
	dst.Type = src.Type
	dst.Alloc(src.Form, 0)
	dst.Scale = src.Scale
	if src.Codes != nil {
		dst.Codes = gathered([]int32(nil), src.Codes, rows)
		dst.Dict = src.Dict
	} else {
		gatherValues(dst, src, rows)
	}
	gatherNulls(dst, src, rows)
}

func gatherConst(dst, src *Vector, rows []int32) {
	outer := false
	for _, r := range rows {
		outer = outer || r < 0
	}
	if !outer {
		dst.Borrow(src)
		return
	}
	var flat Vector
	Flatten(&flat, src, 1)
	flat.Const = false
	zeros := make([]int32, len(rows))
	for i, r := range rows {
		zeros[i] = min(r, 0)
	}
	Gather(dst, &flat, zeros)
}

func gatherValues(dst, src *Vector, rows []int32) {
	switch src.Form {
	case FormBool:
		dst.Bool = gathered(dst.Bool, src.Bool, rows)
	case FormInt32:
		dst.I32 = gathered(dst.I32, src.I32, rows)
	case FormInt64, FormDecimal:
		dst.I64 = gathered(dst.I64, src.I64, rows)
	case FormFloat64:
		dst.F64 = gathered(dst.F64, src.F64, rows)
	case FormDecimal2:
		dst.I128 = gathered(dst.I128, src.I128, rows)
	case FormNumeric, FormString:
		dst.Str = gathered(dst.Str, src.Str, rows)
		dst.Heap, dst.borrowedHeap = src.Heap, true
	case FormInterval:
		dst.Interval = gathered(dst.Interval, src.Interval, rows)
	case FormTimeTZ:
		dst.TimeTZ = gathered(dst.TimeTZ, src.TimeTZ, rows)
	}
}

func gathered[T any](dst, src []T, rows []int32) []T {
	dst = resized(dst[:0], len(rows))
	if len(src) == 0 {
		clear(dst)
		return dst
	}
	for i, r := range rows {
		if r < 0 {
			var zero T
			dst[i] = zero
			continue
		}
		dst[i] = src[r]
	}
	return dst
}

func gatherNulls(dst, src *Vector, rows []int32) {
	if src.Null != nil {
		null := dst.MakeNull(len(rows))
		for i, r := range rows {
			null[i] = r < 0 || src.Null[r]
		}
		return
	}
	for i, r := range rows {
		if r < 0 {
			dst.SetNull(i, len(rows))
		}
	}
}

// Flatten sets dst to src's first n rows without Const and Codes. Strings stay in
// their heap, so dst is valid only as long as src is.
func Flatten(dst, src *Vector, n int) {
	if !src.Const && src.Codes == nil {
		if dst != src {
			dst.Borrow(src)
		}
		return
	}
	rows := make([]int32, n)
	values := src
	switch {
	case src.Codes != nil && src.Const:
		for i := range rows {
			rows[i] = src.Codes[0]
		}
		values = src.Dict
	case src.Codes != nil:
		copy(rows, src.Codes[:n])
		values = src.Dict
	}
	plain := *values
	plain.Const, plain.Null = false, nil
	null := src.Null
	isConst := src.Const
	out := &Vector{}
	Gather(out, &plain, rows)
	if null != nil {
		outNull := out.MakeNull(n)
		for i := range outNull {
			if isConst {
				outNull[i] = null[0]
			} else {
				outNull[i] = null[i]
			}
		}
	}
	out.Type = src.Type
	*dst = *out
}

// Copy sets dst to src's first n rows (those of sel, if not nil, closing the gaps)
// in memory of its own, without Const and Codes.
func Copy(dst, src *Vector, sel []int32, n int) {
	dst.Type = src.Type
	dst.Alloc(src.Form, 0)
	dst.Scale = src.Scale
	AppendRows(dst, src, sel, n)
}

// AppendRows adds rows of src to the end of dst, which owns its memory and is plain
// (no Const, no Codes): those of sel, or all of the first n when sel is nil. A
// numeric dst changes to a wider form when it must. -1 in sel adds NULL.
func AppendRows(dst, src *Vector, sel []int32, n int) {
	count := n
	if sel != nil {
		count = len(sel)
	}
	if count == 0 {
		return
	}
	if dst.Len() == 0 {
		dst.Form, dst.Scale = src.Form, src.Scale
	}
	src = unifyNumeric(dst, src, n)
	old := dst.Len()
	dst.resize(old + count)
	appendValues(dst, src, sel, old, count)
	appendNulls(dst, src, sel, old, count)
}

func appendValues(dst, src *Vector, sel []int32, old, count int) {
	values, codes := src, src.Codes
	if codes != nil {
		values = src.Dict
	}
	at := rowMap{sel: sel, codes: codes, one: src.Const}
	switch dst.Form {
	case FormBool:
		scatter(dst.Bool[old:], values.Bool, &at, count)
	case FormInt32:
		scatter(dst.I32[old:], values.I32, &at, count)
	case FormInt64, FormDecimal:
		scatter(dst.I64[old:], values.I64, &at, count)
	case FormFloat64:
		scatter(dst.F64[old:], values.F64, &at, count)
	case FormDecimal2:
		scatter(dst.I128[old:], values.I128, &at, count)
	case FormInterval:
		scatter(dst.Interval[old:], values.Interval, &at, count)
	case FormTimeTZ:
		scatter(dst.TimeTZ[old:], values.TimeTZ, &at, count)
	case FormNumeric, FormString:
		scatterStrings(dst, src, values, &at, old, count)
	}
}

// rowMap finds the value of output row i: through the selection, the dictionary,
// or always the one constant.
type rowMap struct {
	sel, codes []int32
	one        bool
}

func (m *rowMap) at(i int) int32 {
	r := int32(i)
	if m.sel != nil {
		r = m.sel[i]
		if r < 0 {
			return -1
		}
	}
	if m.one {
		r = 0
	}
	if m.codes != nil {
		r = m.codes[r]
	}
	return r
}

func scatter[T any](dst, src []T, at *rowMap, count int) {
	if at.sel == nil && at.codes == nil && !at.one {
		copy(dst, src[:count])
		return
	}
	for i := range count {
		if r := at.at(i); r >= 0 && int(r) < len(src) {
			dst[i] = src[r]
		} else {
			var zero T
			dst[i] = zero
		}
	}
}

func scatterStrings(dst, src, values *Vector, at *rowMap, old, count int) {
	for i := range count {
		r := at.at(i)
		if r < 0 || int(r) >= len(values.Str) || src.Null != nil && src.IsNull(at.source(i)) {
			dst.Str[old+i] = View{}
			continue
		}
		s := values.Str[r]
		dst.Str[old+i] = dst.AppendBytes(values.Heap[s.Off : s.Off+s.Len])
	}
}

// source is the row of the source vector, before the dictionary.
func (m *rowMap) source(i int) int {
	if m.sel != nil {
		return int(m.sel[i])
	}
	return i
}

func appendNulls(dst, src *Vector, sel []int32, old, count int) {
	any := src.Null != nil
	for _, r := range sel {
		any = any || r < 0
	}
	if !any {
		if dst.Null != nil {
			dst.nullBuffer = resized(dst.Null, old+count)
			clear(dst.nullBuffer[old:])
			dst.Null = dst.nullBuffer
		}
		return
	}
	if dst.Null == nil {
		dst.MakeNull(old + count)
	} else {
		dst.nullBuffer = resized(dst.Null, old+count)
		dst.Null = dst.nullBuffer
	}
	at := rowMap{sel: sel}
	for i := range count {
		r := at.source(i)
		dst.Null[old+i] = r < 0 || src.IsNull(r)
	}
}
