package operator

import (
	"encoding/binary"
	"math/big"

	"github.com/sqlgateway/gateway/exec/vector"
)

// loadBytes writes keys as byte strings. A single text column needs no copy: its
// keys are its views.
func (k *keyBatch) loadBytes(l *keyLayout, nullsEqual []bool, cols []*vector.Vector, sel []int32) {
	for i, col := range cols {
		if col.Null == nil || !l.single && nullsEqual[i] {
			continue
		}
		for j, r := range sel {
			if col.IsNull(int(r)) {
				k.markNull(j)
			}
		}
	}
	if l.single && l.classes[0] == keyText && cols[0].Codes == nil && !cols[0].Const && cols[0].Form == vector.FormString {
		col := cols[0]
		k.heap = col.Heap
		for j, r := range sel {
			v := col.Str[r]
			k.offs[j], k.ends[j] = v.Off, v.Off+v.Len
		}
		return
	}
	k.encodeRows(l, cols, sel)
}

func (k *keyBatch) encodeRows(l *keyLayout, cols []*vector.Vector, sel []int32) {
	var heap []byte
	if cap(k.heap) > 0 && k.ownsHeap {
		heap = k.heap[:0]
	}
	for j, r := range sel {
		k.offs[j] = uint32(len(heap))
		for i, col := range cols {
			heap = appendKey(heap, l, i, col, int(r))
		}
		k.ends[j] = uint32(len(heap))
	}
	k.heap, k.ownsHeap = heap, true
}

// appendKey adds one value in canonical bytes. A single text column is its bytes
// alone, so that both ways of loading it agree.
func appendKey(dst []byte, l *keyLayout, i int, col *vector.Vector, row int) []byte {
	class := l.classes[i]
	if col.IsNull(row) || col.Form == vector.FormNone {
		return append(dst, 1)
	}
	if l.single && class == keyText {
		return append(dst, col.Bytes(row)...)
	}
	values, at := col.At(row)
	dst = append(dst, 0)
	switch class {
	case keyBool:
		if values.Bool[at] {
			return append(dst, 1)
		}
		return append(dst, 0)
	case keyInt32, keyInt64:
		return binary.LittleEndian.AppendUint64(dst, uint64(intAt(values, at)))
	case keyFloat:
		return binary.LittleEndian.AppendUint64(dst, floatKey(values.F64[at]))
	case keyNumeric:
		return appendNumericKey(dst, values, at)
	case keyInterval:
		return appendIntervalKey(dst, values, at)
	case keyTimeTZ:
		v := values.TimeTZ[at]
		dst = binary.LittleEndian.AppendUint64(dst, uint64(v.Micros))
		return binary.LittleEndian.AppendUint32(dst, uint32(v.ZoneWest))
	}
	v := trimmed(class, values.Heap, values.Str[at])
	dst = binary.LittleEndian.AppendUint32(dst, v.Len)
	return append(dst, values.Heap[v.Off:v.Off+v.Len]...)
}

func intAt(v *vector.Vector, row int) int64 {
	if v.Form == vector.FormInt32 {
		return int64(v.I32[row])
	}
	return v.I64[row]
}

// appendNumericKey adds value and scale without trailing zeros when the value
// then fits 64 bits, and Postgres's digits without display scale otherwise.
func appendNumericKey(dst []byte, v *vector.Vector, row int) []byte {
	var x vector.Int128
	scale := v.Scale
	switch v.Form {
	case vector.FormDecimal:
		return appendScaledKey(dst, v.I64[row], scale)
	case vector.FormDecimal2:
		x = v.I128[row]
	default:
		b := v.Bytes(row)
		if vector.NumericKindOf(b) != vector.NumericFinite {
			return append(append(dst, 3), byte(vector.NumericKindOf(b)))
		}
		var ok bool
		if x, scale, ok = vector.DecodeNumeric(b); !ok {
			return appendBigKey(dst, b)
		}
	}
	if small, fits := x.Int64(); fits {
		return appendScaledKey(dst, small, scale)
	}
	return appendWideKey(dst, x.Big(), scale)
}

func appendBigKey(dst, numeric []byte) []byte {
	x, scale := vector.DecodeNumericBig(numeric)
	return appendWideKey(dst, x, scale)
}

func appendWideKey(dst []byte, big *big.Int, scale int32) []byte {
	for scale > 0 {
		q, r := quoRem10(big)
		if r != 0 {
			break
		}
		big, scale = q, scale-1
	}
	if big.IsInt64() {
		return appendScaledKey(dst, big.Int64(), scale)
	}
	return appendDigitsKey(dst, vector.AppendNumericBig(nil, big, scale))
}

func appendScaledKey(dst []byte, x int64, scale int32) []byte {
	if x == 0 {
		scale = 0
	}
	for scale > 0 && x%10 == 0 {
		x, scale = x/10, scale-1
	}
	dst = append(dst, 1, byte(scale), byte(scale>>8))
	return binary.LittleEndian.AppendUint64(dst, uint64(x))
}

// appendDigitsKey adds a binary numeric with its display scale cleared.
func appendDigitsKey(dst, numeric []byte) []byte {
	dst = append(dst, 2, byte(len(numeric)), byte(len(numeric)>>8), byte(len(numeric)>>16))
	at := len(dst)
	dst = append(dst, numeric...)
	if len(numeric) >= 8 {
		dst[at+6], dst[at+7] = 0, 0
	}
	return dst
}

// quoRem10 divides by ten.
func quoRem10(x *big.Int) (*big.Int, int64) {
	q, r := new(big.Int).QuoRem(x, big.NewInt(10), new(big.Int))
	return q, r.Int64()
}

// appendIntervalKey adds the interval's length as interval_cmp sees it: months of
// 30 days, days of 24 hours.
func appendIntervalKey(dst []byte, v *vector.Vector, row int) []byte {
	i := v.Interval[row]
	const microsPerDay = 24 * 60 * 60 * 1_000_000
	days := int64(i.Months)*30 + int64(i.Days)
	x := vector.MulInt64(days, microsPerDay).Add(vector.Int128Of(i.Micros))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(x.Hi))
	return binary.LittleEndian.AppendUint64(dst, x.Lo)
}
