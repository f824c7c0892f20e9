package vector

import (
	"encoding/binary"
	"fmt"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// FromArrow sets dst to rows from to from+n of arr, which holds values of t in
// their canonical form (pgtypes.ArrowType) or a form that widens to it. Values are
// shared with arr where the layouts agree, so dst is valid only as long as arr is.
func FromArrow(dst *Vector, arr arrow.Array, t pgtypes.Type, from, n int) error {
	dict, source := dst.Dict, dst.arrowDict
	dst.Alloc(FormOf(t.OID), 0)
	dst.Type = t
	if err := arrowValues(dst, arr, from, n, dict, source); err != nil {
		return err
	}
	if arr.NullN() > 0 && arr.DataType().ID() != arrow.NULL {
		arrowNulls(dst, arr, from, n)
	}
	if dst.Form == FormNumeric {
		narrowInPlace(dst, n)
	}
	dst.origin = origin{array: arr, from: from, owner: dst}
	return nil
}

// narrowInPlace turns numerics that share a scale into scaled integers, which every
// kernel above handles many times faster.
func narrowInPlace(dst *Vector, n int) {
	var narrow Vector
	if n > 0 && NarrowNumeric(&narrow, dst, nil, n) {
		narrow.Null, narrow.nullBuffer = dst.Null, dst.nullBuffer
		narrow.Type = dst.Type
		*dst = narrow
	}
}

func arrowNulls(dst *Vector, arr arrow.Array, from, n int) {
	null := dst.Null
	if null == nil {
		null = dst.MakeNull(n)
	}
	bitmap, base := arr.NullBitmapBytes(), arr.Data().Offset()+from
	for i := range null {
		bit := base + i
		null[i] = null[i] || bitmap[bit>>3]>>(bit&7)&1 == 0
	}
}

func arrowValues(dst *Vector, arr arrow.Array, from, n int, dict *Vector, source arrow.ArrayData) error {
	switch a := arr.(type) {
	case *array.Int16:
		return integers(dst, a.Int16Values()[from:from+n])
	case *array.Int32:
		return integers(dst, a.Int32Values()[from:from+n])
	case *array.Int64:
		return integers(dst, a.Int64Values()[from:from+n])
	case *array.Int8:
		return integers(dst, a.Int8Values()[from:from+n])
	case *array.Uint8:
		return integers(dst, a.Uint8Values()[from:from+n])
	case *array.Uint16:
		return integers(dst, a.Uint16Values()[from:from+n])
	case *array.Uint32:
		return integers(dst, a.Uint32Values()[from:from+n])
	case *array.Date32:
		return integers(dst, reinterpret[int32](a.Date32Values()[from:from+n]))
	case *array.Time64:
		return integers(dst, reinterpret[int64](a.Time64Values()[from:from+n]))
	case *array.Timestamp:
		return integers(dst, reinterpret[int64](a.TimestampValues()[from:from+n]))
	case *array.Float64:
		dst.Form, dst.F64, dst.borrowedValues = FormFloat64, a.Float64Values()[from:from+n], true
	case *array.Float32:
		dst.Alloc(FormFloat64, n)
		for i, x := range a.Float32Values()[from : from+n] {
			dst.F64[i] = float64(x)
		}
	case *array.Boolean:
		dst.Alloc(FormBool, n)
		for i := range n {
			dst.Bool[i] = a.Value(from + i)
		}
	case *array.Decimal128:
		decimals(dst, a, from, n)
	case *array.String:
		views(dst, a.ValueOffsets()[from:from+n+1], a.Data().Buffers()[2])
	case *array.Binary:
		views(dst, a.ValueOffsets()[from:from+n+1], a.Data().Buffers()[2])
	case *array.Dictionary:
		return dictionary(dst, a, from, n, dict, source)
	case *array.FixedSizeBinary:
		return fixedBinary(dst, a, from, n)
	case *array.Null:
		dst.Alloc(dst.Form, n)
		clearValues(dst)
		for i := range dst.MakeNull(n) {
			dst.Null[i] = true
		}
	default:
		return stringsOneByOne(dst, arr, from, n)
	}
	return nil
}

func reinterpret[To, From any](s []From) []To {
	if len(s) == 0 {
		return nil
	}
	return unsafe.Slice((*To)(unsafe.Pointer(&s[0])), len(s)) //nolint:gosec // same size and kind
}

func integers[T int8 | int16 | int32 | int64 | uint8 | uint16 | uint32](dst *Vector, values []T) error {
	switch dst.Form {
	case FormInt32:
		if s, ok := any(values).([]int32); ok {
			dst.I32, dst.borrowedValues = s, true
			return nil
		}
		dst.Alloc(FormInt32, len(values))
		for i, x := range values {
			dst.I32[i] = int32(x)
		}
	case FormInt64:
		if s, ok := any(values).([]int64); ok {
			dst.I64, dst.borrowedValues = s, true
			return nil
		}
		dst.Alloc(FormInt64, len(values))
		for i, x := range values {
			dst.I64[i] = int64(x)
		}
	case FormDecimal:
		dst.Alloc(FormDecimal, len(values))
		for i, x := range values {
			dst.I64[i] = int64(x)
		}
	case FormFloat64:
		dst.Alloc(FormFloat64, len(values))
		for i, x := range values {
			dst.F64[i] = float64(x)
		}
	default:
		return fmt.Errorf("reading integers as type %d: %w", dst.Type.OID, errForm)
	}
	return nil
}

// decimals reads decimal128 as int64 when every value fits.
func decimals(dst *Vector, a *array.Decimal128, from, n int) {
	scale := a.DataType().(*arrow.Decimal128Type).Scale
	values := a.Values()[from : from+n]
	dst.Alloc(FormDecimal, n)
	dst.Scale = scale
	var wide int64
	for i, x := range values {
		low := int64(x.LowBits())
		dst.I64[i] = low
		wide |= x.HighBits() ^ low>>63
	}
	if wide == 0 {
		return
	}
	dst.Alloc(FormDecimal2, n)
	dst.Scale = scale
	for i, x := range values {
		dst.I128[i] = Int128{Hi: x.HighBits(), Lo: x.LowBits()}
	}
}

type bytesBuffer interface{ Bytes() []byte }

// views makes Views from Arrow's offsets, over Arrow's own bytes.
func views(dst *Vector, offsets []int32, data bytesBuffer) {
	form := FormString
	if dst.Type.OID == pgtypes.OIDNumeric {
		form = FormNumeric
	}
	dst.Alloc(form, max(0, len(offsets)-1))
	for i := range dst.Str {
		dst.Str[i] = View{Off: uint32(offsets[i]), Len: uint32(offsets[i+1] - offsets[i])}
	}
	if !isNil(data) {
		b := data.Bytes()
		dst.Heap, dst.borrowedHeap = b[:len(b):len(b)], true
	}
}

func isNil(data bytesBuffer) bool {
	return data == nil || (*[2]uintptr)(unsafe.Pointer(&data))[1] == 0 //nolint:gosec // a nil *memory.Buffer in the interface
}

func dictionary(dst *Vector, a *array.Dictionary, from, n int, dict *Vector, source arrow.ArrayData) error {
	if dict == nil || source != a.Data().Dictionary() {
		dict = New(dst.Type)
		if err := FromArrow(dict, a.Dictionary(), dst.Type, 0, a.Dictionary().Len()); err != nil {
			return err
		}
	}
	codes := make([]int32, n)
	if index, ok := a.Indices().(*array.Int32); ok {
		codes = index.Int32Values()[from : from+n]
	} else {
		for i := range codes {
			if a.IsValid(from + i) {
				codes[i] = int32(a.GetValueIndex(from + i))
			}
		}
	}
	if dict.Len() == 0 {
		dst.Alloc(dict.Form, n)
		clearValues(dst)
		return nil
	}
	if dict.Null != nil || a.NullN() > 0 {
		codes = safeCodes(dst, codes, a, dict, from)
	}
	dst.Form, dst.Scale, dst.Dict, dst.Codes, dst.arrowDict = dict.Form, dict.Scale, dict, codes, a.Data().Dictionary()
	return nil
}

// safeCodes gives NULL rows a code that may be read, and moves NULLs that the
// dictionary holds to the rows.
func safeCodes(dst *Vector, codes []int32, a *array.Dictionary, dict *Vector, from int) []int32 {
	safe := make([]int32, len(codes))
	for i, c := range codes {
		switch {
		case a.IsNull(from + i):
		case dict.Null != nil && dict.Null[c]:
			dst.SetNull(i, len(codes))
		default:
			safe[i] = c
		}
	}
	return safe
}

func fixedBinary(dst *Vector, a *array.FixedSizeBinary, from, n int) error {
	switch dst.Form {
	case FormInterval:
		dst.Alloc(FormInterval, n)
		for i := range n {
			b := a.Value(from + i)
			dst.Interval[i] = pgtypes.Interval{
				Micros: int64(binary.BigEndian.Uint64(b)),
				Days:   int32(binary.BigEndian.Uint32(b[8:])), Months: int32(binary.BigEndian.Uint32(b[12:])),
			}
		}
	case FormTimeTZ:
		dst.Alloc(FormTimeTZ, n)
		for i := range n {
			b := a.Value(from + i)
			dst.TimeTZ[i] = pgtypes.TimeTZ{
				Micros:   int64(binary.BigEndian.Uint64(b)),
				ZoneWest: int32(binary.BigEndian.Uint32(b[8:])),
			}
		}
	case FormString:
		dst.Alloc(FormString, n)
		for i := range n {
			dst.Str[i] = dst.AppendBytes(a.Value(from + i))
		}
	default:
		return fmt.Errorf("reading fixed-size binary as type %d: %w", dst.Type.OID, errForm)
	}
	return nil
}

// stringsOneByOne reads the rarer string layouts (large offsets, views).
func stringsOneByOne(dst *Vector, arr arrow.Array, from, n int) error {
	var value func(i int) []byte
	switch a := arr.(type) {
	case *array.LargeString:
		value = func(i int) []byte { return []byte(a.Value(i)) }
	case *array.LargeBinary:
		value = a.Value
	case *array.StringView:
		value = func(i int) []byte { return []byte(a.Value(i)) }
	case *array.BinaryView:
		value = a.Value
	default:
		return fmt.Errorf("reading Arrow %s as type %d: %w", arr.DataType(), dst.Type.OID, errForm)
	}
	dst.Alloc(FormString, n)
	if dst.Type.OID == pgtypes.OIDNumeric {
		dst.Alloc(FormNumeric, n)
	}
	for i := range n {
		dst.Str[i] = View{}
		if arr.IsValid(from + i) {
			dst.Str[i] = dst.AppendBytes(value(from + i))
		}
	}
	return nil
}

// clearValues sets every value to its zero, so that reading one is safe.
func clearValues(v *Vector) {
	clear(v.Bool)
	clear(v.I32)
	clear(v.I64)
	clear(v.F64)
	clear(v.I128)
	clear(v.Str)
	clear(v.Interval)
	clear(v.TimeTZ)
}
