package vector

// Assign sets rows of dst, which is plain and long enough, to the same rows of
// src: those of sel, or the first n. A numeric dst changes to a wider form when it
// must; a dst that was just allocated and holds nothing yet should be given
// src's form with Adopt first.
func Assign(dst, src *Vector, sel []int32, n int) {
	if isNumericForm(dst.Form) {
		src = unifyNumeric(dst, src, n)
	}
	assignNulls(dst, src, sel, n)
	values, codes := src, src.Codes
	if codes != nil {
		values = src.Dict
	}
	one := src.Const
	switch dst.Form {
	case FormBool:
		assign(dst.Bool, values.Bool, codes, one, sel, n)
	case FormInt32:
		assign(dst.I32, values.I32, codes, one, sel, n)
	case FormInt64, FormDecimal:
		assign(dst.I64, values.I64, codes, one, sel, n)
	case FormFloat64:
		assign(dst.F64, values.F64, codes, one, sel, n)
	case FormDecimal2:
		assign(dst.I128, values.I128, codes, one, sel, n)
	case FormInterval:
		assign(dst.Interval, values.Interval, codes, one, sel, n)
	case FormTimeTZ:
		assign(dst.TimeTZ, values.TimeTZ, codes, one, sel, n)
	case FormNumeric, FormString:
		assignStrings(dst, src, sel, n)
	}
}

// Adopt allocates dst for n rows in the form and scale that src has.
func Adopt(dst, src *Vector, n int) {
	dst.Alloc(src.Form, n)
	dst.Scale = src.Scale
	clearValues(dst)
}

func assign[T any](dst, src []T, codes []int32, one bool, sel []int32, n int) {
	if len(src) == 0 {
		return
	}
	at := func(r int) int {
		if one {
			r = 0
		}
		if codes != nil {
			r = int(codes[r])
		}
		return r
	}
	if sel == nil {
		for r := range n {
			dst[r] = src[at(r)]
		}
		return
	}
	for _, r := range sel {
		dst[r] = src[at(int(r))]
	}
}

func assignStrings(dst, src *Vector, sel []int32, n int) {
	if src.Const {
		view := View{}
		if !src.IsNull(0) {
			view = dst.AppendBytes(src.Bytes(0))
		}
		Each(dst, sel, n, func(r int) { dst.Str[r] = view })
		return
	}
	Each(dst, sel, n, func(r int) {
		if src.Null != nil && src.Null[r] {
			dst.Str[r] = View{}
			return
		}
		dst.Str[r] = dst.AppendBytes(src.Bytes(r))
	})
}

func assignNulls(dst, src *Vector, sel []int32, n int) {
	if src.Null == nil && dst.Null == nil {
		return
	}
	if dst.Null == nil {
		dst.MakeNull(dst.Len())
	}
	Each(dst, sel, n, func(r int) { dst.Null[r] = src.IsNull(r) })
}
