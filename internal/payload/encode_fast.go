package payload

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// appendStraight writes the values that most columns hold, as appendJSONValue would, but
// without a Datum of each; ok is false for the others.
func appendStraight(dst []byte, t pgtypes.Type, a arrow.Array, row int) (out []byte, ok bool) {
	switch a := a.(type) {
	case *array.Int64:
		return pgtypes.AppendInt(dst, a.Value(row)), t.OID == pgtypes.OIDInt8
	case *array.Int32:
		return pgtypes.AppendInt(dst, int64(a.Value(row))), t.OID == pgtypes.OIDInt4
	case *array.Int16:
		return pgtypes.AppendInt(dst, int64(a.Value(row))), t.OID == pgtypes.OIDInt2
	case *array.Boolean:
		if a.Value(row) {
			return append(dst, "true"...), t.OID == pgtypes.OIDBool
		}
		return append(dst, "false"...), t.OID == pgtypes.OIDBool
	case *array.Float64:
		v := a.Value(row)
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return dst, false
		}
		return pgtypes.AppendFloat8(dst, v, pgtypes.DefaultStyle().ExtraFloatDigits), t.OID == pgtypes.OIDFloat8
	case *array.String:
		switch t.OID {
		case pgtypes.OIDText, pgtypes.OIDVarchar:
			return pgtypes.AppendJSONString(dst, a.Value(row)), true
		case pgtypes.OIDJSON, pgtypes.OIDJSONB:
			return append(dst, a.Value(row)...), true
		}
	case *array.Timestamp:
		return appendISO(dst, t, int64(a.Value(row)))
	}
	return dst, false
}

// Times of which the ISO form is Postgres's own but for the T and the zone: years 1 to
// 9999.
const (
	firstISO = -62135596800000000
	endISO   = 253402300800000000
)

func appendISO(dst []byte, t pgtypes.Type, micros int64) ([]byte, bool) {
	if micros < firstISO || micros >= endISO || t.OID != pgtypes.OIDTimestamp && t.OID != pgtypes.OIDTimestamptz {
		return dst, false
	}
	dst = append(dst, '"')
	from := len(dst)
	dst = pgtypes.AppendTimestamp(dst, micros, pgtypes.DefaultStyle())
	dst[from+len("2006-01-02")] = 'T'
	if t.OID == pgtypes.OIDTimestamptz {
		dst = append(dst, "+00:00"...)
	}
	return append(dst, '"'), true
}
