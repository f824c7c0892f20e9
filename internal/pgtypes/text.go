package pgtypes

import (
	"encoding/hex"
	"strconv"
)

// AppendText is the output function of t: it appends v's text form. v is not nil,
// except inside arrays and records.
func AppendText(dst []byte, t Type, v Datum, style Style) []byte {
	switch v := v.(type) {
	case nil:
		return dst
	case bool:
		return AppendBool(dst, v)
	case int32:
		if t.OID == OIDDate {
			return AppendDate(dst, v, style)
		}
		return strconv.AppendInt(dst, int64(v), 10)
	case int64:
		switch t.OID {
		case OIDTime:
			return AppendTime(dst, v)
		case OIDTimestamp:
			return AppendTimestamp(dst, v, style)
		case OIDTimestamptz:
			return AppendTimestamptz(dst, v, style)
		case OIDRegproc, OIDRegprocedure, OIDRegoper, OIDRegoperator, OIDRegclass, OIDRegtype,
			OIDRegrole, OIDRegnamespace:
			return AppendReg(dst, t.OID, v, style)
		}
		return strconv.AppendInt(dst, v, 10)
	case float64:
		if t.OID == OIDFloat4 {
			return AppendFloat4(dst, float32(v), style.ExtraFloatDigits)
		}
		return AppendFloat8(dst, v, style.ExtraFloatDigits)
	case Numeric:
		return v.Append(dst)
	case string:
		return append(dst, v...)
	case []byte:
		return AppendBytea(dst, v, style)
	case TimeTZ:
		return AppendTimeTZ(dst, v)
	case Interval:
		return AppendInterval(dst, v, style)
	case [16]byte:
		return AppendUUID(dst, v[:])
	case Array:
		if t.OID == OIDInt2Vector || t.OID == OIDOidVector {
			return appendVectorText(dst, v, style)
		}
		return appendArrayText(dst, v, style)
	case Record:
		return appendRecordText(dst, v, style)
	}
	return dst
}

// Text is AppendText as a string.
func Text(t Type, v Datum, style Style) string { return string(AppendText(nil, t, v, style)) }

// AppendBool appends t or f.
func AppendBool(dst []byte, v bool) []byte {
	if v {
		return append(dst, 't')
	}
	return append(dst, 'f')
}

// AppendInt appends an integer.
func AppendInt(dst []byte, v int64) []byte { return strconv.AppendInt(dst, v, 10) }

// AppendReg appends a reg* value by its name, which style asks the catalog for;
// without it as a number, but for the built-in types, whose names are known here.
// OID 0 is written "-".
func AppendReg(dst []byte, oid uint32, v int64, style Style) []byte {
	if v == 0 {
		return append(dst, '-')
	}
	if style.Names != nil {
		if name, ok := style.Names.RegName(oid, v); ok {
			return append(dst, name...)
		}
	}
	if name := TypeName(uint32(v)); oid == OIDRegtype && name != "???" {
		return append(dst, name...)
	}
	return strconv.AppendInt(dst, v, 10)
}

// AppendBytea appends the hex form, or the escape form if style says so.
func AppendBytea(dst, v []byte, style Style) []byte {
	if !style.ByteaEscape {
		return hex.AppendEncode(append(dst, '\\', 'x'), v)
	}
	for _, c := range v {
		switch {
		case c == '\\':
			dst = append(dst, '\\', '\\')
		case c < 0x20 || c > 0x7e:
			dst = append(dst, '\\', '0'+c>>6, '0'+c>>3&7, '0'+c&7)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// AppendUUID appends sixteen bytes as 8-4-4-4-12 hexadecimal digits.
func AppendUUID(dst, v []byte) []byte {
	dst = hex.AppendEncode(dst, v[:4])
	for i := 4; i < 10; i += 2 {
		dst = hex.AppendEncode(append(dst, '-'), v[i:i+2])
	}
	return hex.AppendEncode(append(dst, '-'), v[10:16])
}

func appendVectorText(dst []byte, a Array, style Style) []byte {
	for i, e := range a.Elements {
		if i > 0 {
			dst = append(dst, ' ')
		}
		dst = AppendText(dst, Of(a.ElementType), e, style)
	}
	return dst
}
