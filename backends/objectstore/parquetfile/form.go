package parquetfile

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/schema"

	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// shape is the layout of a column's values in Arrow.
type shape uint8

const (
	shapeFixed shape = iota // out bytes a value
	shapeBool               // a bitmap
	shapeBytes              // offsets and an arena; text ones may be dictionary-coded
)

// form is how a leaf's stored values become a column of a Postgres type.
type form struct {
	typ   pgtypes.Type
	arrow arrow.DataType
	shape shape
	// raw is the size of a stored value in bytes, 0 for byte arrays.
	raw int
	// out is the size of a value in Arrow, for shapeFixed.
	out int
	// convert turns n stored values into Arrow ones; nil means that they are the same.
	// It works on dense values, so a dictionary is converted once.
	convert convertFunc
	// convertEach is for stored byte arrays that become fixed values, and for values
	// that become byte strings.
	convertEach func(dst []byte, value []byte) ([]byte, error)
	// text must be valid UTF-8 without NUL.
	text bool
	// opaque values have no order, or statistics that can not be trusted.
	opaque bool
}

// Options say how values without an exact Postgres form are treated.
type Options struct {
	// TruncateNanoseconds drops what a timestamp or time has below the microsecond,
	// instead of refusing the value.
	TruncateNanoseconds bool
	// BinaryAsText reads byte arrays without an annotation as text: older Impala, Hive
	// and Spark wrote texts so.
	BinaryAsText bool
}

// formOf maps a leaf to a Postgres type; semantics follow the Arrow type that the
// Parquet type corresponds to.
func formOf(leaf *schema.PrimitiveNode, o Options) (form, error) {
	logical := leaf.LogicalType()
	if logical == nil || !logical.IsValid() {
		logical = schema.NoLogicalType{}
	}
	var f form
	var err error
	switch leaf.PhysicalType() {
	case parquet.Types.Boolean:
		f = form{typ: pgtypes.Of(pgtypes.OIDBool), shape: shapeBool}
	case parquet.Types.Int32:
		f, err = int32Form(logical, o)
	case parquet.Types.Int64:
		f, err = int64Form(logical, o)
	case parquet.Types.Int96:
		f = form{typ: pgtypes.Of(pgtypes.OIDTimestamp), raw: 12, out: 8, convert: int96ToMicros(o.TruncateNanoseconds), opaque: true}
	case parquet.Types.Float:
		f = form{typ: pgtypes.Of(pgtypes.OIDFloat4), raw: 4, out: 4}
	case parquet.Types.Double:
		f = form{typ: pgtypes.Of(pgtypes.OIDFloat8), raw: 8, out: 8}
	case parquet.Types.ByteArray:
		f, err = bytesForm(logical, o)
	case parquet.Types.FixedLenByteArray:
		f, err = fixedForm(logical, leaf.TypeLength())
	default:
		err = fmt.Errorf("unknown physical type %s", leaf.PhysicalType())
	}
	if err != nil {
		return form{}, err
	}
	f.arrow = pgtypes.ArrowType(f.typ)
	return f, nil
}

func int32Form(logical schema.LogicalType, o Options) (form, error) {
	f := form{typ: pgtypes.Of(pgtypes.OIDInt4), raw: 4, out: 4}
	switch t := logical.(type) {
	case schema.NoLogicalType, schema.UnknownLogicalType, schema.NullLogicalType:
	case schema.IntLogicalType:
		switch {
		case t.BitWidth() == 32 && !t.IsSigned():
			f.typ, f.out, f.convert = pgtypes.Of(pgtypes.OIDInt8), 8, uint32ToInt64
		case t.BitWidth() == 8, t.BitWidth() == 16 && t.IsSigned():
			f.typ, f.out, f.convert = pgtypes.Of(pgtypes.OIDInt2), 2, int32ToInt16
		}
	case schema.DateLogicalType:
		f.typ = pgtypes.Of(pgtypes.OIDDate)
	case schema.TimeLogicalType:
		f.typ, f.out, f.convert = pgtypes.Of(pgtypes.OIDTime), 8, millis32ToMicros
	case schema.DecimalLogicalType:
		return decimalForm(t, 4, int32ToDecimal)
	default:
		return form{}, fmt.Errorf("unknown annotation %s of INT32", logical)
	}
	return f, nil
}

func int64Form(logical schema.LogicalType, o Options) (form, error) {
	f := form{typ: pgtypes.Of(pgtypes.OIDInt8), raw: 8, out: 8}
	switch t := logical.(type) {
	case schema.NoLogicalType, schema.UnknownLogicalType, schema.NullLogicalType:
	case schema.IntLogicalType:
		if t.BitWidth() == 64 && !t.IsSigned() {
			f.typ.OID, f.typ.Typmod = pgtypes.OIDNumeric, pgtypes.MakeNumericTypmod(20, 0)
			f.out, f.convert = 16, uint64ToDecimal
		}
	case schema.TimeLogicalType:
		f.typ = pgtypes.Of(pgtypes.OIDTime)
		f.convert = toMicros(t.TimeUnit(), o.TruncateNanoseconds)
	case schema.TimestampLogicalType:
		f.typ = pgtypes.Of(pgtypes.OIDTimestamp)
		// A file of before the logical types says UTC for every timestamp and means it.
		if t.IsAdjustedToUTC() {
			f.typ = pgtypes.Of(pgtypes.OIDTimestamptz)
		}
		f.convert = toMicros(t.TimeUnit(), o.TruncateNanoseconds)
	case schema.DecimalLogicalType:
		return decimalForm(t, 8, int64ToDecimal)
	default:
		return form{}, fmt.Errorf("unknown annotation %s of INT64", logical)
	}
	return f, nil
}

func bytesForm(logical schema.LogicalType, o Options) (form, error) {
	f := form{shape: shapeBytes, text: true}
	switch t := logical.(type) {
	case schema.StringLogicalType, schema.EnumLogicalType, schema.UnknownLogicalType, schema.NullLogicalType:
		f.typ = pgtypes.Of(pgtypes.OIDText)
	case schema.JSONLogicalType:
		f.typ = pgtypes.Of(pgtypes.OIDJSON)
	case schema.DecimalLogicalType:
		d, err := decimalForm(t, 0, nil)
		if err == nil && d.shape == shapeFixed {
			d.convertEach = appendDecimal
		}
		return d, err
	default: // none, BSON, and what is newer than this list: the bytes
		f.typ, f.text = pgtypes.Of(pgtypes.OIDBytea), false
		if _, plain := logical.(schema.NoLogicalType); plain && o.BinaryAsText {
			f.typ, f.text = pgtypes.Of(pgtypes.OIDText), true
		}
	}
	return f, nil
}

func fixedForm(logical schema.LogicalType, length int) (form, error) {
	if length <= 0 {
		return form{}, fmt.Errorf("FIXED_LEN_BYTE_ARRAY of length %d", length)
	}
	switch t := logical.(type) {
	case schema.DecimalLogicalType:
		return decimalForm(t, length, bigEndianToDecimal(length))
	case schema.UUIDLogicalType:
		if length == 16 {
			return form{typ: pgtypes.Of(pgtypes.OIDUUID), raw: 16, out: 16}, nil
		}
	case schema.IntervalLogicalType:
		if length == 12 {
			return form{typ: pgtypes.Of(pgtypes.OIDInterval), raw: 12, out: 16, convert: toInterval, opaque: true}, nil
		}
	case schema.Float16LogicalType:
		if length == 2 {
			return form{typ: pgtypes.Of(pgtypes.OIDFloat4), raw: 2, out: 4, convert: halfToFloat}, nil
		}
	}
	return form{typ: pgtypes.Of(pgtypes.OIDBytea), shape: shapeBytes, raw: length, convertEach: appendBytes}, nil
}

// decimalForm is numeric(p,s): 16 bytes each up to 38 digits, Postgres's binary form beyond.
func decimalForm(t schema.DecimalLogicalType, raw int, convert convertFunc) (form, error) {
	precision, scale := int(t.Precision()), int(t.Scale())
	if precision < 1 || precision > 1000 || scale < 0 || scale > precision {
		return form{}, fmt.Errorf("DECIMAL(%d,%d)", precision, scale)
	}
	f := form{
		typ: pgtypes.Type{OID: pgtypes.OIDNumeric, Typmod: pgtypes.MakeNumericTypmod(precision, scale)},
		raw: raw, out: 16, convert: convert,
	}
	if precision > 38 {
		f.shape, f.out, f.convert = shapeBytes, 0, nil
		f.convertEach = appendNumeric(scale)
	}
	return f, nil
}
