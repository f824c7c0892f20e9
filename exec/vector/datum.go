package vector

import (
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// Get is the value of a row as a Datum; nil for NULL. It allocates: for slow paths.
func Get(v *Vector, row int) pgtypes.Datum {
	if v.IsNull(row) {
		return nil
	}
	p, i := v.At(row)
	switch p.Form {
	case FormBool:
		return p.Bool[i]
	case FormInt32:
		return p.I32[i]
	case FormInt64:
		return p.I64[i]
	case FormFloat64:
		return p.F64[i]
	case FormDecimal, FormDecimal2, FormNumeric:
		return NumericAt(p, i)
	case FormInterval:
		return p.Interval[i]
	case FormTimeTZ:
		return p.TimeTZ[i]
	}
	return stringDatum(v.Type.OID, p.Bytes(i))
}

// NumericAt is the numeric of row i of a plain vector, whatever its form.
func NumericAt(p *Vector, i int) pgtypes.Numeric {
	switch p.Form {
	case FormDecimal:
		return pgtypes.NewNumeric(p.I64[i], int(p.Scale))
	case FormDecimal2:
		x := p.I128[i]
		return pgtypes.FromDecimal128(x.Hi, x.Lo, int(p.Scale))
	}
	n, err := pgtypes.NumericFromBinary(p.Bytes(i))
	if err != nil {
		panic("a numeric vector holds malformed bytes: " + err.Error())
	}
	return n
}

func stringDatum(oid uint32, b []byte) pgtypes.Datum {
	switch oid {
	case pgtypes.OIDBytea:
		return append([]byte{}, b...)
	case pgtypes.OIDUUID:
		return [16]byte(b)
	}
	if nested(oid) {
		return decodeNested(oid, b)
	}
	return string(b)
}

// nested tells the types kept in binary wire form.
func nested(oid uint32) bool {
	switch oid {
	case pgtypes.OIDRecord, pgtypes.OIDInt2Vector, pgtypes.OIDOidVector:
		return true
	}
	_, array := pgtypes.ElementType(oid)
	return array
}

// Set stores a value in a row of a plain vector, which is at least row+1 long; nil
// is NULL. A numeric vector takes numerics in FormNumeric: Set changes its form when
// it is another. For slow paths.
func Set(v *Vector, row int, value pgtypes.Datum) {
	if value == nil {
		v.SetNull(row, max(v.Len(), row+1))
		if v.Form == FormString || v.Form == FormNumeric {
			v.Str[row] = View{}
		}
		return
	}
	switch value := value.(type) {
	case bool:
		v.Bool[row] = value
	case int32:
		setInteger(v, row, int64(value))
	case int64:
		setInteger(v, row, value)
	case float64:
		v.F64[row] = value
	case pgtypes.Interval:
		v.Interval[row] = value
	case pgtypes.TimeTZ:
		v.TimeTZ[row] = value
	case pgtypes.Numeric:
		SetNumeric(v, row, value)
	case string:
		v.Str[row] = v.AppendString(value)
	case []byte:
		v.Str[row] = v.AppendBytes(value)
	case [16]byte:
		v.Str[row] = v.AppendBytes(value[:])
	default:
		off := len(v.Heap)
		v.Heap = appendNested(v.Heap, v.Type.OID, value)
		v.Str[row] = View{Off: uint32(off), Len: uint32(len(v.Heap) - off)}
	}
	if v.Null != nil {
		v.Null[row] = false
	}
}

func setInteger(v *Vector, row int, value int64) {
	if v.Form == FormInt32 {
		v.I32[row] = int32(value)
	} else {
		v.I64[row] = value
	}
}

// SetNumeric stores a numeric; a vector whose form cannot hold it (with its scale)
// changes form.
func SetNumeric(v *Vector, row int, value pgtypes.Numeric) {
	if v.Form == FormDecimal {
		if x, scale, ok := value.Small(); ok && int32(scale) == v.Scale {
			v.I64[row] = x
			return
		}
		widen(v)
	}
	if v.Form == FormDecimal2 {
		widen(v)
	}
	off := len(v.Heap)
	v.Heap = value.AppendBinary(v.Heap)
	v.Str[row] = View{Off: uint32(off), Len: uint32(len(v.Heap) - off)}
}

func widen(v *Vector) {
	wide := &Vector{}
	ConvertNumeric(wide, v, v.Len(), FormNumeric)
	wide.nullBuffer = v.nullBuffer
	*v = *wide
}

// AppendDatum adds a value at the end of a plain vector.
func AppendDatum(v *Vector, value pgtypes.Datum) {
	row := v.Len()
	v.resize(row + 1)
	if v.Null != nil {
		v.nullBuffer = resized(v.Null, row+1)
		v.nullBuffer[row] = false
		v.Null = v.nullBuffer
	}
	if v.Form == FormDecimal && row == 0 {
		if n, ok := value.(pgtypes.Numeric); ok {
			if _, scale, small := n.Small(); small {
				v.Scale = int32(scale)
			}
		}
	}
	Set(v, row, value)
}
