package vector

import (
	"bytes"
	"cmp"
	"math"

	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// EqualRows tells whether row i of v and row j of w are equal, NULL equal to NULL,
// as DISTINCT and GROUP BY mean it. The types are of one family (see Hash).
func EqualRows(v *Vector, i int, w *Vector, j int) bool {
	vn, wn := v.IsNull(i), w.IsNull(j)
	if vn || wn {
		return vn && wn
	}
	return CompareValues(v, i, w, j) == 0
}

// CompareRows orders two rows by their type's default order, NULLs last.
func CompareRows(v *Vector, i int, w *Vector, j int) int {
	vn, wn := v.IsNull(i), w.IsNull(j)
	switch {
	case vn && wn:
		return 0
	case vn:
		return 1
	case wn:
		return -1
	}
	return CompareValues(v, i, w, j)
}

// CompareValues orders two values that are not NULL.
func CompareValues(v *Vector, i int, w *Vector, j int) int {
	p, i := v.At(i)
	q, j := w.At(j)
	switch p.Form {
	case FormBool:
		return compareBool(p.Bool[i], q.Bool[j])
	case FormInt32, FormInt64:
		return cmp.Compare(integerAt(p, i), integerAt(q, j))
	case FormFloat64:
		return CompareFloat(p.F64[i], q.F64[j])
	case FormDecimal, FormDecimal2, FormNumeric:
		return compareNumericAt(p, i, q, j)
	case FormInterval:
		return IntervalSpan(p.Interval[i]).Cmp(IntervalSpan(q.Interval[j]))
	case FormTimeTZ:
		return CompareTimeTZ(p.TimeTZ[i], q.TimeTZ[j])
	}
	return CompareBytes(v.Type.OID, p.Bytes(i), q.Bytes(j))
}

func integerAt(v *Vector, i int) int64 {
	if v.Form == FormInt32 {
		return int64(v.I32[i])
	}
	return v.I64[i]
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// CompareFloat orders floats as Postgres does: NaN equals itself and is above all.
func CompareFloat(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	case a == b:
		return 0
	}
	return compareBool(math.IsNaN(a), math.IsNaN(b))
}

// CompareTimeTZ orders by the instant, then by the zone.
func CompareTimeTZ(a, b pgtypes.TimeTZ) int {
	if c := cmp.Compare(a.Micros+int64(a.ZoneWest)*1e6, b.Micros+int64(b.ZoneWest)*1e6); c != 0 {
		return c
	}
	return cmp.Compare(a.ZoneWest, b.ZoneWest)
}

// CompareBytes orders two values of a FormString type.
func CompareBytes(oid uint32, a, b []byte) int {
	switch {
	case oid == pgtypes.OIDBpchar:
		return bytes.Compare(bytes.TrimRight(a, " "), bytes.TrimRight(b, " "))
	case bytewise(oid):
		return bytes.Compare(a, b)
	}
	return pgtypes.Compare(oid, decodeAny(oid, a), decodeAny(oid, b))
}

func compareNumericAt(p *Vector, i int, q *Vector, j int) int {
	if p.Scale == q.Scale && p.Form != FormNumeric && q.Form != FormNumeric {
		if p.Form == FormDecimal && q.Form == FormDecimal {
			return cmp.Compare(p.I64[i], q.I64[j])
		}
		return decimalAt(p, i).Cmp(decimalAt(q, j))
	}
	var bufA, bufB [40]byte
	return CompareNumeric(numericBytes(bufA[:0], p, i), numericBytes(bufB[:0], q, j))
}

func decimalAt(v *Vector, i int) Int128 {
	if v.Form == FormDecimal {
		return Int128Of(v.I64[i])
	}
	return v.I128[i]
}

// numericBytes is the binary form of a numeric in any form; it may use buf.
func numericBytes(buf []byte, v *Vector, i int) []byte {
	if v.Form == FormNumeric {
		return v.Bytes(i)
	}
	return AppendNumeric(buf, decimalAt(v, i), v.Scale)
}
