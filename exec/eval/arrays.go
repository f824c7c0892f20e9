package eval

import (
	"strconv"
	"strings"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

type array = pgtypes.Array

// arrayFunctions are the operators and functions of arrays.
var arrayFunctions = map[string]builtin{
	"array_length": f2e(func(a array, d int32) (int32, error) {
		if d < 1 || int(d) > len(a.Dims) {
			return 0, errNull
		}
		return a.Dims[d-1].Length, nil
	}),
	"array_lower": f2e(func(a array, d int32) (int32, error) {
		if d < 1 || int(d) > len(a.Dims) {
			return 0, errNull
		}
		return a.Dims[d-1].Lower, nil
	}),
	"array_upper": f2e(func(a array, d int32) (int32, error) {
		if d < 1 || int(d) > len(a.Dims) {
			return 0, errNull
		}
		return a.Dims[d-1].Lower + a.Dims[d-1].Length - 1, nil
	}),
	"array_ndims": f1e(func(a array) (int32, error) {
		if len(a.Dims) == 0 {
			return 0, errNull
		}
		return int32(len(a.Dims)), nil
	}),
	"array_dims": f1e(func(a array) (string, error) {
		if len(a.Dims) == 0 {
			return "", errNull
		}
		var b strings.Builder
		for _, d := range a.Dims {
			b.WriteString("[" + strconv.Itoa(int(d.Lower)) + ":" + strconv.Itoa(int(d.Lower+d.Length-1)) + "]")
		}
		return b.String(), nil
	}),
	"array_cardinality": f1(func(a array) int32 { return int32(len(a.Elements)) }),
	"array_append":      fnNulls(func(c *call, a []pgtypes.Datum) (pgtypes.Datum, error) { return pushElement(c, a[0], a[1], false) }),
	"array_prepend":     fnNulls(func(c *call, a []pgtypes.Datum) (pgtypes.Datum, error) { return pushElement(c, a[1], a[0], true) }),
	"array_cat":         fnNulls(arrayCat),
	"array_remove":      fnNulls(func(_ *call, a []pgtypes.Datum) (pgtypes.Datum, error) { return arrayReplace(a[0], a[1], nil, true) }),
	"array_replace":     fnNulls(func(_ *call, a []pgtypes.Datum) (pgtypes.Datum, error) { return arrayReplace(a[0], a[1], a[2], false) }),
	"array_position": fnNulls(func(_ *call, a []pgtypes.Datum) (pgtypes.Datum, error) {
		return arrayPosition(a[0], a[1], int32(1), true)
	}),
	"array_position_start": fnNulls(func(_ *call, a []pgtypes.Datum) (pgtypes.Datum, error) {
		if a[2] == nil {
			return nil, pgerr.New(pgerr.NullValueNotAllowed, "initial position must not be null")
		}
		return arrayPosition(a[0], a[1], a[2], false)
	}),
	"array_positions": fnNulls(func(_ *call, a []pgtypes.Datum) (pgtypes.Datum, error) { return arrayPositions(a[0], a[1]) }),
	"arraycontains":   f2(func(a, b array) bool { return containsAllOf(a, b) }),
	"arraycontained":  f2(func(a, b array) bool { return containsAllOf(b, a) }),
	"arrayoverlap": f2(func(a, b array) bool {
		for _, x := range b.Elements {
			if x != nil && hasElement(a, x) {
				return true
			}
		}
		return false
	}),
	"array_larger": f2(func(a, b array) array {
		if pgtypes.Compare(0, a, b) > 0 {
			return a
		}
		return b
	}),
	"array_smaller": f2(func(a, b array) array {
		if pgtypes.Compare(0, a, b) < 0 {
			return a
		}
		return b
	}),
	"array_to_text": f2c(func(c *call, a array, separator string) (string, error) {
		return arrayToText(c, a, separator, nil), nil
	}),
	"array_to_text_null": fnNulls(func(c *call, a []pgtypes.Datum) (pgtypes.Datum, error) {
		if a[0] == nil || a[1] == nil {
			return nil, nil
		}
		return arrayToText(c, a[0].(array), a[1].(string), a[2]), nil
	}),
	"text_to_array":                fnNulls(func(_ *call, a []pgtypes.Datum) (pgtypes.Datum, error) { return textToArray(a[0], a[1], nil), nil }),
	"text_to_array_null":           fnNulls(func(_ *call, a []pgtypes.Datum) (pgtypes.Datum, error) { return textToArray(a[0], a[1], a[2]), nil }),
	"array_fill":                   fnNulls(func(c *call, a []pgtypes.Datum) (pgtypes.Datum, error) { return arrayFill(c, a[0], a[1], nil) }),
	"array_fill_with_lower_bounds": fnNulls(func(c *call, a []pgtypes.Datum) (pgtypes.Datum, error) { return arrayFill(c, a[0], a[1], a[2]) }),
	"trim_array": f2e(func(a array, n int32) (array, error) {
		length := int32(0)
		if len(a.Dims) > 0 {
			length = a.Dims[0].Length
		}
		if n < 0 || n > length {
			return a, pgerr.New("2202E", "number of elements to trim must be between 0 and %d", length)
		}
		if n == length {
			return array{ElementType: a.ElementType}, nil
		}
		return sliceArray(a, []bool{false, true}, []pgtypes.Datum{a.Dims[0].Lower + length - n - 1}), nil
	}),
}

func emptyOr(d pgtypes.Datum, c *call) array {
	if a, ok := d.(array); ok {
		return a
	}
	element, _ := pgtypes.ElementType(c.result.OID)
	return array{ElementType: element}
}

// pushElement is array_append and array_prepend.
func pushElement(c *call, to, element pgtypes.Datum, front bool) (pgtypes.Datum, error) {
	a := emptyOr(to, c)
	if len(a.Dims) > 1 {
		return nil, pgerr.New("22000", "argument must be empty or one-dimensional array")
	}
	if len(a.Dims) == 0 {
		return pgtypes.NewArray(a.ElementType, []pgtypes.Datum{element}), nil
	}
	out := array{ElementType: a.ElementType, Dims: []pgtypes.ArrayDim{{Length: a.Dims[0].Length + 1, Lower: a.Dims[0].Lower}}}
	if front {
		out.Elements = append([]pgtypes.Datum{element}, a.Elements...)
	} else {
		out.Elements = append(append([]pgtypes.Datum{}, a.Elements...), element)
	}
	return out, nil
}

func arrayCat(_ *call, args []pgtypes.Datum) (pgtypes.Datum, error) {
	if args[0] == nil || args[1] == nil {
		if args[0] == nil {
			return args[1], nil
		}
		return args[0], nil
	}
	a, b := args[0].(array), args[1].(array)
	switch {
	case len(a.Dims) == 0:
		return b, nil
	case len(b.Dims) == 0:
		return a, nil
	}
	elements := append(append([]pgtypes.Datum{}, a.Elements...), b.Elements...)
	out := array{ElementType: a.ElementType, Elements: elements}
	bad := func(detail string) error {
		return pgerr.New(pgerr.ArraySubscriptError, "cannot concatenate incompatible arrays").WithDetail("%s", detail)
	}
	const inner = "Arrays with differing element dimensions are not compatible for concatenation."
	switch len(a.Dims) - len(b.Dims) {
	case 0:
		if !sameLengths(a.Dims[1:], b.Dims[1:]) {
			return nil, bad(inner)
		}
		out.Dims = append([]pgtypes.ArrayDim{}, a.Dims...)
		out.Dims[0].Length += b.Dims[0].Length
	case 1:
		if !sameLengths(a.Dims[1:], b.Dims) {
			return nil, bad("Arrays with differing dimensions are not compatible for concatenation.")
		}
		out.Dims = append([]pgtypes.ArrayDim{}, a.Dims...)
		out.Dims[0].Length++
	case -1:
		if !sameLengths(a.Dims, b.Dims[1:]) {
			return nil, bad("Arrays with differing dimensions are not compatible for concatenation.")
		}
		out.Dims = append([]pgtypes.ArrayDim{}, b.Dims...)
		out.Dims[0].Length++
	default:
		return nil, bad("Arrays of " + strconv.Itoa(len(a.Dims)) + " and " + strconv.Itoa(len(b.Dims)) + " dimensions are not compatible for concatenation.")
	}
	return out, nil
}

func sameElement(oid uint32, a, b pgtypes.Datum) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return pgtypes.Compare(oid, a, b) == 0
}

func arrayReplace(d, from, to pgtypes.Datum, remove bool) (pgtypes.Datum, error) {
	if d == nil {
		return nil, nil
	}
	a := d.(array)
	if remove && len(a.Dims) > 1 {
		return nil, pgerr.New(pgerr.FeatureNotSupported, "removing elements from multidimensional arrays is not supported")
	}
	out := array{ElementType: a.ElementType, Dims: append([]pgtypes.ArrayDim(nil), a.Dims...)}
	for _, e := range a.Elements {
		switch {
		case !sameElement(a.ElementType, e, from):
			out.Elements = append(out.Elements, e)
		case !remove:
			out.Elements = append(out.Elements, to)
		}
	}
	if remove && len(out.Elements) == 0 {
		return array{ElementType: a.ElementType}, nil
	}
	if remove {
		out.Dims[0].Length = int32(len(out.Elements))
	}
	return out, nil
}

func errSearchDimensions() error {
	return pgerr.New(pgerr.FeatureNotSupported, "searching for elements in multidimensional arrays is not supported")
}

func arrayPosition(d, element, from pgtypes.Datum, whole bool) (pgtypes.Datum, error) {
	if d == nil {
		return nil, nil
	}
	a := d.(array)
	if len(a.Dims) > 1 {
		return nil, errSearchDimensions()
	}
	for i, e := range a.Elements {
		at := a.Dims[0].Lower + int32(i)
		if (whole || at >= from.(int32)) && sameElement(a.ElementType, e, element) {
			return at, nil
		}
	}
	return nil, nil
}

func arrayPositions(d, element pgtypes.Datum) (pgtypes.Datum, error) {
	if d == nil {
		return nil, nil
	}
	a := d.(array)
	if len(a.Dims) > 1 {
		return nil, errSearchDimensions()
	}
	var found []pgtypes.Datum
	for i, e := range a.Elements {
		if sameElement(a.ElementType, e, element) {
			found = append(found, a.Dims[0].Lower+int32(i))
		}
	}
	return pgtypes.NewArray(pgtypes.OIDInt4, found), nil
}

func hasElement(a array, x pgtypes.Datum) bool {
	for _, e := range a.Elements {
		if e != nil && pgtypes.Compare(a.ElementType, e, x) == 0 {
			return true
		}
	}
	return false
}

func containsAllOf(a, b array) bool {
	for _, x := range b.Elements {
		if x == nil || !hasElement(a, x) {
			return false
		}
	}
	return true
}

func arrayToText(c *call, a array, separator string, null pgtypes.Datum) string {
	var b strings.Builder
	first := true
	for _, e := range a.Elements {
		if e == nil && null == nil {
			continue
		}
		if !first {
			b.WriteString(separator)
		}
		first = false
		if e == nil {
			b.WriteString(null.(string))
		} else {
			b.WriteString(textOf(c, pgtypes.Of(a.ElementType), e))
		}
	}
	return b.String()
}

// textToArray is string_to_array: a NULL separator splits into characters.
func textToArray(text, separator, null pgtypes.Datum) pgtypes.Datum {
	if text == nil {
		return nil
	}
	var elements []pgtypes.Datum
	for _, part := range splitText(text.(string), separator) {
		if null != nil && part == null.(string) {
			elements = append(elements, nil)
		} else {
			elements = append(elements, part)
		}
	}
	return pgtypes.NewArray(pgtypes.OIDText, elements)
}

func splitText(s string, separator pgtypes.Datum) []string {
	switch {
	case s == "":
		return nil
	case separator == nil:
		return strings.Split(s, "")
	case separator.(string) == "":
		return []string{s}
	}
	return strings.Split(s, separator.(string))
}

func arrayFill(c *call, value, lengths, lowers pgtypes.Datum) (pgtypes.Datum, error) {
	if lengths == nil {
		return nil, pgerr.New(pgerr.NullValueNotAllowed, "dimension array or low bound array cannot be null")
	}
	element, _ := pgtypes.ElementType(c.result.OID)
	out := array{ElementType: element}
	total := int64(1)
	for i, n := range lengths.(array).Elements {
		if n == nil {
			return nil, pgerr.New(pgerr.NullValueNotAllowed, "dimension values cannot be null")
		}
		dim := pgtypes.ArrayDim{Length: n.(int32), Lower: 1}
		if low, ok := lowers.(array); ok && i < len(low.Elements) {
			dim.Lower, _ = low.Elements[i].(int32)
		}
		out.Dims = append(out.Dims, dim)
		total *= int64(dim.Length)
		if total > 134217727 {
			return nil, pgerr.New(pgerr.ProgramLimitExceeded, "array size exceeds the maximum allowed (%d)", 134217727)
		}
	}
	if total <= 0 || len(out.Dims) == 0 {
		return array{ElementType: element}, nil
	}
	for range total {
		out.Elements = append(out.Elements, value)
	}
	return out, nil
}
