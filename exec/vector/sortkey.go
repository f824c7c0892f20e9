package vector

import (
	"bytes"
	"encoding/binary"
	"math"

	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// SortKeyable tells whether values of a type have sort keys: byte strings whose
// order is the type's. The others need CompareRows.
func SortKeyable(oid uint32) bool {
	return FormOf(oid) != FormString || bytewise(oid) || oid == pgtypes.OIDBpchar
}

// SortKeyWidth is the length of every sort key of a type, the leading NULL byte
// included, or -1 where it varies.
func SortKeyWidth(oid uint32) int {
	switch FormOf(oid) {
	case FormBool:
		return 2
	case FormInt32:
		return 5
	case FormInt64, FormFloat64:
		return 9
	case FormInterval:
		return 17
	case FormTimeTZ:
		return 13
	}
	if oid == pgtypes.OIDUUID {
		return 17
	}
	return -1
}

// AppendSortKey adds the sort key of one row: keys of several columns, one after
// the other, compare as the columns do in turn.
func AppendSortKey(dst []byte, v *Vector, row int, descending, nullsFirst bool) []byte {
	if v.IsNull(row) {
		mark := byte(2)
		if nullsFirst {
			mark = 0
		}
		dst = append(dst, mark)
		if width := SortKeyWidth(v.Type.OID); width > 0 {
			dst = append(dst, make([]byte, width-1)...)
		}
		return dst
	}
	dst = append(dst, 1)
	start := len(dst)
	p, i := v.At(row)
	dst = appendValueKey(dst, v.Type.OID, p, i)
	if descending {
		for k := start; k < len(dst); k++ {
			dst[k] = ^dst[k]
		}
	}
	return dst
}

// AppendSortKeys adds to keys[k] the sort key of the k-th row that exists.
func AppendSortKeys(keys [][]byte, v *Vector, sel []int32, n int, descending, nullsFirst bool) {
	k := 0
	Each(v, sel, n, func(row int) {
		keys[k] = AppendSortKey(keys[k], v, row, descending, nullsFirst)
		k++
	})
}

func appendValueKey(dst []byte, oid uint32, p *Vector, i int) []byte {
	switch p.Form {
	case FormBool:
		if p.Bool[i] {
			return append(dst, 1)
		}
		return append(dst, 0)
	case FormInt32:
		return binary.BigEndian.AppendUint32(dst, uint32(p.I32[i])^1<<31)
	case FormInt64:
		return binary.BigEndian.AppendUint64(dst, uint64(p.I64[i])^1<<63)
	case FormFloat64:
		return binary.BigEndian.AppendUint64(dst, floatKey(p.F64[i]))
	case FormDecimal, FormDecimal2, FormNumeric:
		var buf [40]byte
		return appendNumericKey(dst, numericBytes(buf[:0], p, i))
	case FormInterval:
		span := IntervalSpan(p.Interval[i])
		dst = binary.BigEndian.AppendUint64(dst, uint64(span.Hi)^1<<63)
		return binary.BigEndian.AppendUint64(dst, span.Lo)
	case FormTimeTZ:
		t := p.TimeTZ[i]
		dst = binary.BigEndian.AppendUint64(dst, uint64(t.Micros+int64(t.ZoneWest)*1e6)^1<<63)
		return binary.BigEndian.AppendUint32(dst, uint32(t.ZoneWest)^1<<31)
	}
	return appendStringKey(dst, oid, p.Bytes(i))
}

// floatKey maps floats to integers of the same order, NaN above all.
func floatKey(f float64) uint64 {
	if f != f {
		return math.MaxUint64
	}
	u := math.Float64bits(f + 0) // -0 + 0 is 0
	if u>>63 != 0 {
		return ^u
	}
	return u | 1<<63
}

func appendStringKey(dst []byte, oid uint32, b []byte) []byte {
	switch oid {
	case pgtypes.OIDUUID:
		return append(dst, b...)
	case pgtypes.OIDBytea:
		for _, c := range b {
			if dst = append(dst, c); c == 0 {
				dst = append(dst, 0xff)
			}
		}
		return append(dst, 0, 0)
	case pgtypes.OIDBpchar:
		b = bytes.TrimRight(b, " ")
	}
	return append(append(dst, b...), 0) // text has no zero byte
}

// The first byte of a numeric's key.
const (
	keyMinusInf = 0x10 + iota
	keyNegative
	keyZero
	keyPositive
	keyPlusInf
	keyNaN
)

func appendNumericKey(dst, b []byte) []byte {
	switch NumericKindOf(b) {
	case NumericMinusInf:
		return append(dst, keyMinusInf)
	case NumericPlusInf:
		return append(dst, keyPlusInf)
	case NumericNaN:
		return append(dst, keyNaN)
	}
	digits, weight, sign, _ := numericHeader(b)
	if len(digits) == 0 {
		return append(dst, keyZero)
	}
	mark := byte(keyPositive)
	if sign == numericNegative {
		mark = keyNegative
	}
	dst = append(dst, mark)
	start := len(dst)
	dst = binary.BigEndian.AppendUint16(dst, uint16(int16(weight))^1<<15)
	for i := 0; i < len(digits); i += 2 {
		dst = binary.BigEndian.AppendUint16(dst, binary.BigEndian.Uint16(digits[i:])+1)
	}
	dst = append(dst, 0, 0)
	if sign == numericNegative {
		for k := start; k < len(dst); k++ {
			dst[k] = ^dst[k]
		}
	}
	return dst
}
