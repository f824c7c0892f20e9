package operator

import (
	"encoding/binary"
	"math"

	"github.com/sqlgateway/gateway/exec/vector"
)

// packColumn ors the column's values into words at shift. It is false when a
// text is too long. NULLs pack as anything.
func packColumn(words []uint64, class keyClass, shift uint, col *vector.Vector, sel []int32) bool {
	if col.Form == vector.FormNone {
		return true // an untyped NULL
	}
	if col.Const || col.Codes != nil {
		return packIndirect(words, class, shift, col, sel)
	}
	switch col.Form {
	case vector.FormBool:
		for j, r := range sel {
			if col.Bool[r] {
				words[j] |= 1 << shift
			}
		}
	case vector.FormInt32:
		packInt32(words, class, shift, col.I32, sel)
	case vector.FormInt64:
		for j, r := range sel {
			words[j] |= uint64(col.I64[r])
		}
	case vector.FormFloat64:
		for j, r := range sel {
			words[j] |= floatKey(col.F64[r])
		}
	default:
		return packText(words, class, col, sel)
	}
	return true
}

func packInt32(words []uint64, class keyClass, shift uint, values []int32, sel []int32) {
	if class == keyInt64 {
		for j, r := range sel {
			words[j] |= uint64(int64(values[r]))
		}
		return
	}
	for j, r := range sel {
		words[j] |= uint64(uint32(values[r])) << shift
	}
}

// packIndirect packs constants and dictionaries: each distinct value once.
func packIndirect(words []uint64, class keyClass, shift uint, col *vector.Vector, sel []int32) bool {
	if col.Const {
		values, row := col.At(0)
		one := []uint64{0}
		fits := col.IsNull(0) || packColumn(one, class, shift, plain(values), []int32{int32(row)})
		for j := range words {
			words[j] |= one[0]
		}
		return fits
	}
	if col.Dict.Form != vector.FormString {
		return packSlow(words, class, shift, col, sel)
	}
	for j, r := range sel {
		if col.Null != nil && col.Null[r] {
			continue
		}
		v := col.Dict.Str[col.Codes[r]]
		if v.Len > shortText {
			return packSlow(words, class, shift, col, sel)
		}
		words[j] |= shortKey(col.Dict.Heap, trimmed(class, col.Dict.Heap, v))
	}
	return true
}

// packSlow packs a dictionary of something else than short texts.
func packSlow(words []uint64, class keyClass, shift uint, col *vector.Vector, sel []int32) bool {
	var flat vector.Vector
	vector.Copy(&flat, col, sel, len(sel))
	rows := make([]int32, len(sel))
	for j := range rows {
		rows[j] = int32(j)
	}
	return packColumn(words, class, shift, &flat, rows)
}

func plain(v *vector.Vector) *vector.Vector {
	if !v.Const {
		return v
	}
	w := *v
	w.Const = false
	return &w
}

func packText(words []uint64, class keyClass, col *vector.Vector, sel []int32) bool {
	heap, null := col.Heap, col.Null
	fits := true
	for j, r := range sel {
		if null != nil && null[r] {
			continue
		}
		v := trimmed(class, heap, col.Str[r])
		if v.Len > shortText {
			fits = false // the other rows are still packed: a look-up needs them
			continue
		}
		words[j] |= shortKey(heap, v)
	}
	return fits
}

// shortKey is a text of at most seven bytes and its length, in a word.
func shortKey(heap []byte, v vector.View) uint64 {
	if int(v.Off)+8 <= len(heap) {
		raw := binary.LittleEndian.Uint64(heap[v.Off:])
		return raw&(1<<(8*v.Len)-1) | uint64(v.Len)<<56
	}
	var buf [8]byte
	copy(buf[:], heap[v.Off:v.Off+v.Len])
	return binary.LittleEndian.Uint64(buf[:]) | uint64(v.Len)<<56
}

// trimmed drops the blanks that a bpchar comparison ignores.
func trimmed(class keyClass, heap []byte, v vector.View) vector.View {
	if class == keyBpchar {
		for v.Len > 0 && heap[v.Off+v.Len-1] == ' ' {
			v.Len--
		}
	}
	return v
}

// floatKey makes equal floats equal bits: -0 is 0 and every NaN the same.
func floatKey(f float64) uint64 {
	if f == 0 {
		return 0
	}
	if f != f {
		return 0x7FF8000000000000
	}
	return math.Float64bits(f)
}
