package pgtypes

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal256"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// DatumFromArrow reads one value of a column as type t. It takes t's canonical
// form and every form of the type map, dictionaries and lists too; a value that t
// can not hold is an error, never rounded in silence. It is not for hot paths.
func DatumFromArrow(arr arrow.Array, row int, t Type) (Datum, error) {
	if arr.IsNull(row) {
		return nil, nil
	}
	switch a := arr.(type) {
	case *array.Null:
		return nil, nil
	case *array.Dictionary:
		return DatumFromArrow(a.Dictionary(), a.GetValueIndex(row), t)
	case array.ExtensionArray:
		return DatumFromArrow(a.Storage(), row, t)
	case *array.Boolean:
		return castDatum(OIDBool, a.Value(row), t)
	case *array.Float16:
		return castDatum(OIDFloat4, float64(a.Value(row).Float32()), t)
	case *array.Float32:
		return castDatum(OIDFloat4, float64(a.Value(row)), t)
	case *array.Float64:
		return castDatum(OIDFloat8, a.Value(row), t)
	case *array.Decimal128:
		v := a.Value(row)
		return decimalDatum(FromDecimal128(v.HighBits(), v.LowBits(), 0), a.DataType().(arrow.DecimalType), t)
	case *array.Decimal256:
		return decimalDatum(numericFrom256(a.Value(row)), a.DataType().(arrow.DecimalType), t)
	case array.ListLike:
		return datumFromList(a, row, t)
	case *array.Struct:
		return datumFromStruct(a, row)
	}
	if v, ok := arrowInteger(arr, row); ok {
		return integerDatum(v, t)
	}
	if v, ok := arrow64(arr, row); ok {
		return castDatum(OIDNumeric, NumericFromUint64(v), t)
	}
	if v, ok := arrowText(arr, row); ok {
		return textDatum(v, t)
	}
	if v, ok := arrowBytes(arr, row); ok {
		return bytesDatum(v, t)
	}
	return temporalDatum(arr, row, t)
}

func errArrowForm(arr arrow.Array, t Type) error {
	return pgerr.Unsupported("reading an Arrow column of type %s as %s", arr.DataType(), FormatType(t))
}

func arrowInteger(arr arrow.Array, row int) (int64, bool) {
	switch a := arr.(type) {
	case *array.Int8:
		return int64(a.Value(row)), true
	case *array.Int16:
		return int64(a.Value(row)), true
	case *array.Int32:
		return int64(a.Value(row)), true
	case *array.Int64:
		return a.Value(row), true
	case *array.Uint8:
		return int64(a.Value(row)), true
	case *array.Uint16:
		return int64(a.Value(row)), true
	case *array.Uint32:
		return int64(a.Value(row)), true
	case *array.Uint64:
		if v := a.Value(row); v < 1<<63 {
			return int64(v), true
		}
	}
	return 0, false
}

// arrow64 finds what is too large for a signed integer.
func arrow64(arr arrow.Array, row int) (uint64, bool) {
	a, ok := arr.(*array.Uint64)
	if !ok {
		return 0, false
	}
	return a.Value(row), true
}

func arrowText(arr arrow.Array, row int) (string, bool) {
	switch a := arr.(type) {
	case *array.String:
		return a.Value(row), true
	case *array.LargeString:
		return a.Value(row), true
	case *array.StringView:
		return a.Value(row), true
	}
	return "", false
}

func arrowBytes(arr arrow.Array, row int) ([]byte, bool) {
	switch a := arr.(type) {
	case *array.Binary:
		return a.Value(row), true
	case *array.LargeBinary:
		return a.Value(row), true
	case *array.BinaryView:
		return a.Value(row), true
	case *array.FixedSizeBinary:
		return a.Value(row), true
	}
	return nil, false
}

func integerDatum(v int64, t Type) (Datum, error) {
	outOfRange := func() (Datum, error) {
		return nil, pgerr.New(pgerr.NumericValueOutOfRange, "%s out of range", TypeName(t.OID))
	}
	switch t.OID {
	case OIDInt2:
		if v != int64(int16(v)) {
			return outOfRange()
		}
		return int32(v), nil
	case OIDInt4:
		if v != int64(int32(v)) {
			return outOfRange()
		}
		return int32(v), nil
	case OIDInt8:
		return v, nil
	case OIDFloat4:
		return float64(float32(v)), nil
	case OIDFloat8:
		return float64(v), nil
	case OIDNumeric:
		return datum(NumericFromInt64(v).ApplyTypmod(t.Typmod))
	case OIDBool:
		if v == 0 || v == 1 {
			return v == 1, nil
		}
		return nil, errSyntax("boolean", string(AppendInt(nil, v)))
	}
	if wireSize(t.OID) == 4 && t.OID != OIDDate {
		if v != int64(uint32(v)) {
			return nil, pgerr.New(pgerr.NumericValueOutOfRange, "OID out of range")
		}
		return v, nil
	}
	return parseAssigned(t, string(AppendInt(nil, v)), DefaultStyle())
}

func decimalDatum(n Numeric, d arrow.DecimalType, t Type) (Datum, error) {
	scale := d.GetScale()
	if n.big != nil {
		n = NumericFromBig(n.big, max(int(scale), 0))
	} else {
		n.scale = max(scale, 0)
	}
	if scale < 0 {
		var err error
		if n, err = n.Mul(NumericFromBig(pow10(int(-scale)), 0)); err != nil {
			return nil, err
		}
	}
	return castDatum(OIDNumeric, n, t)
}

func numericFrom256(v decimal256.Num) Numeric { return NumericFromBig(v.BigInt(), 0) }

// castDatum converts a value read as one type to another by its text, which keeps
// every check of the target's input function.
func castDatum(from uint32, v Datum, t Type) (Datum, error) {
	if from == t.OID {
		return ApplyTypmod(t, v, false)
	}
	style := DefaultStyle()
	switch t.OID {
	case OIDNumeric:
		if f, ok := v.(float64); ok && from == OIDFloat4 {
			return datum(NumericFromFloat32(f).ApplyTypmod(t.Typmod))
		} else if ok {
			return datum(NumericFromFloat64(f).ApplyTypmod(t.Typmod))
		}
	case OIDFloat8:
		if from == OIDFloat4 {
			return v, nil
		}
	}
	if n, ok := v.(Numeric); ok && n.IsIntegral() && n.IsFinite() {
		return parseAssigned(t, n.TrimScale().String(), style)
	}
	return parseAssigned(t, Text(Of(from), v, style), style)
}

// textDatum reads text as a value: as it is for the types carried as text,
// through the input function for the others.
func textDatum(v string, t Type) (Datum, error) {
	if _, err := checkUTF8([]byte(v)); err != nil {
		return nil, err
	}
	switch t.OID {
	case OIDText, OIDUnknown, OIDJSON, OIDJSONB, OIDXML, OIDCString:
		return v, nil
	case OIDVarchar, OIDBpchar:
		return ApplyTypmod(t, v, false)
	}
	return parseAssigned(t, v, DefaultStyle())
}

func bytesDatum(v []byte, t Type) (Datum, error) {
	if t.OID == OIDBytea {
		return append(make([]byte, 0, len(v)), v...), nil
	}
	switch t.OID {
	case OIDText, OIDVarchar, OIDBpchar, OIDName, OIDJSON, OIDJSONB, OIDXML, OIDUnknown:
		text, err := checkUTF8(v)
		if err != nil {
			return nil, err
		}
		return textDatum(text, t)
	}
	return receive(t.OID, v)
}

func datumFromList(a array.ListLike, row int, t Type) (Datum, error) {
	element, ok := ElementType(t.OID)
	if !ok {
		return nil, errArrowForm(a, t)
	}
	out := Array{ElementType: element}
	if err := out.appendList(a, row, Type{OID: element, Typmod: t.Typmod}, 0); err != nil {
		return nil, err
	}
	if len(out.Elements) == 0 {
		out.Dims = nil
	}
	return out, nil
}

// appendList flattens lists in lists, which must be rectangular.
func (out *Array) appendList(a array.ListLike, row int, element Type, depth int) error {
	from, to := a.ValueOffsets(row)
	length := int32(to - from)
	if depth == len(out.Dims) {
		out.Dims = append(out.Dims, ArrayDim{Length: length, Lower: 1})
	} else if out.Dims[depth].Length != length {
		return pgerr.New(pgerr.ArraySubscriptError, "multidimensional arrays must have array expressions with matching dimensions")
	}
	values := a.ListValues()
	inner, nested := values.(array.ListLike)
	for i := from; i < to; i++ {
		if nested {
			if inner.IsNull(int(i)) {
				return pgerr.New(pgerr.NullValueNotAllowed, "null array element not allowed in this context")
			}
			if err := out.appendList(inner, int(i), element, depth+1); err != nil {
				return err
			}
			continue
		}
		v, err := DatumFromArrow(values, int(i), element)
		if err != nil {
			return err
		}
		out.Elements = append(out.Elements, v)
	}
	return nil
}

func datumFromStruct(a *array.Struct, row int) (Datum, error) {
	fields := a.DataType().(*arrow.StructType).Fields()
	r := Record{Types: make([]uint32, len(fields)), Fields: make([]Datum, len(fields))}
	for i, f := range fields {
		t := TypeOfArrow(f)
		v, err := DatumFromArrow(a.Field(i), row, t)
		if err != nil {
			return nil, err
		}
		r.Types[i], r.Fields[i] = t.OID, v
	}
	return r, nil
}

// parseAssigned reads text as a value that is assigned: too long is an error.
func parseAssigned(t Type, text string, style Style) (Datum, error) {
	v, err := Parse(Type{OID: t.OID, Typmod: -1}, text, style)
	if err != nil {
		return nil, err
	}
	return ApplyTypmod(t, v, false)
}
