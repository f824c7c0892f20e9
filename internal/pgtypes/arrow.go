package pgtypes

import (
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
)

// Metadata keys of an Arrow field that carry what Arrow's own type does not say.
const (
	MetadataOID    = "pg:oid"
	MetadataTypmod = "pg:typmod"
)

// ArrowType is the canonical Arrow form of a Postgres type, the one that backends
// deliver and that the wire encodes:
//
//	bool                    boolean
//	int2, int4, int8        int16, int32, int64
//	oid and the reg* types  uint32
//	float4, float8          float32, float64
//	numeric(p,s), p<=38     decimal128(p,s), when 0 <= s <= p
//	numeric otherwise       binary: Postgres's binary wire form, so each value keeps its scale
//	text and its kin, json, jsonb, xml, name, enums   utf8, or dictionary<int32, utf8>
//	bytea                   binary
//	date                    date32
//	time                    time64[us]
//	timestamp, timestamptz  timestamp[us], timestamp[us, UTC]
//	timetz, interval, uuid  fixed_size_binary(12, 16, 16): the binary wire form
//	arrays, records         binary: the binary wire form
func ArrowType(t Type) arrow.DataType {
	switch t.OID {
	case OIDBool:
		return arrow.FixedWidthTypes.Boolean
	case OIDInt2:
		return arrow.PrimitiveTypes.Int16
	case OIDInt4:
		return arrow.PrimitiveTypes.Int32
	case OIDInt8:
		return arrow.PrimitiveTypes.Int64
	case OIDOid, OIDRegproc, OIDRegprocedure, OIDRegoper, OIDRegoperator, OIDRegclass, OIDRegtype,
		OIDRegrole, OIDRegnamespace, OIDXid, OIDCid:
		return arrow.PrimitiveTypes.Uint32
	case OIDFloat4:
		return arrow.PrimitiveTypes.Float32
	case OIDFloat8:
		return arrow.PrimitiveTypes.Float64
	case OIDNumeric:
		if precision, scale, ok := NumericTypmod(t.Typmod); ok && precision <= 38 && scale >= 0 && scale <= precision {
			return &arrow.Decimal128Type{Precision: int32(precision), Scale: int32(scale)}
		}
		return arrow.BinaryTypes.Binary
	case OIDBytea:
		return arrow.BinaryTypes.Binary
	case OIDDate:
		return arrow.FixedWidthTypes.Date32
	case OIDTime:
		return arrow.FixedWidthTypes.Time64us
	case OIDTimestamp:
		return &arrow.TimestampType{Unit: arrow.Microsecond}
	case OIDTimestamptz:
		return &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}
	case OIDTimetz:
		return &arrow.FixedSizeBinaryType{ByteWidth: 12}
	case OIDInterval, OIDUUID:
		return &arrow.FixedSizeBinaryType{ByteWidth: 16}
	case OIDRecord, OIDRecordArray, OIDInt2Vector, OIDOidVector:
		return arrow.BinaryTypes.Binary
	default:
		if _, ok := ElementType(t.OID); ok {
			return arrow.BinaryTypes.Binary
		}
		return arrow.BinaryTypes.String
	}
}

// ArrowField is a nullable field of a type's canonical form, with the type in its
// metadata.
func ArrowField(name string, t Type) arrow.Field {
	return arrow.Field{
		Name: name, Type: ArrowType(t), Nullable: true,
		Metadata: arrow.NewMetadata(
			[]string{MetadataOID, MetadataTypmod},
			[]string{strconv.FormatUint(uint64(t.OID), 10), strconv.FormatInt(int64(t.Typmod), 10)}),
	}
}

// NumericTypmod splits numeric(p,s)'s modifier; ok is false without one.
func NumericTypmod(typmod int32) (precision, scale int, ok bool) {
	if typmod < 4 {
		return 0, 0, false
	}
	m := typmod - 4
	// The scale is an 11-bit signed number since Postgres 15.
	return int(m >> 16 & 0xffff), int(((m & 0x7ff) ^ 1024) - 1024), true
}

// MakeNumericTypmod is the modifier of numeric(p,s).
func MakeNumericTypmod(precision, scale int) int32 {
	return int32(precision<<16|scale&0x7ff) + 4
}

// arrayElements maps the built-in array types to their elements.
var arrayElements = map[uint32]uint32{
	OIDBoolArray: OIDBool, OIDByteaArray: OIDBytea, OIDCharArray: OIDChar, OIDNameArray: OIDName,
	OIDInt2Array: OIDInt2, OIDInt4Array: OIDInt4, OIDTextArray: OIDText, OIDBpcharArray: OIDBpchar,
	OIDVarcharArray: OIDVarchar, OIDInt8Array: OIDInt8, OIDFloat4Array: OIDFloat4, OIDFloat8Array: OIDFloat8,
	OIDOidArray: OIDOid, OIDTimestampArray: OIDTimestamp, OIDDateArray: OIDDate, OIDTimeArray: OIDTime,
	OIDTimestamptzArray: OIDTimestamptz, OIDIntervalArray: OIDInterval, OIDNumericArray: OIDNumeric,
	OIDTimetzArray: OIDTimetz, OIDUUIDArray: OIDUUID, OIDJSONArray: OIDJSON, OIDJSONBArray: OIDJSONB,
	1006: OIDInt2Vector, 1008: OIDRegproc, 1013: OIDOidVector, 1034: OIDAclitem, 1011: OIDXid, 1012: OIDCid,
	2210: OIDRegclass, 2211: OIDRegtype, 2207: OIDRegprocedure, OIDRecordArray: OIDRecord, 1263: OIDCString,
	143: OIDXML, 651: OIDCIDR, 1041: OIDInet, 1040: OIDMacaddr, 1561: OIDBit, 1563: OIDVarbit, 791: OIDMoney,
	4097: OIDRegrole, 4090: OIDRegnamespace,
}

// ElementType is the element type of a built-in array type.
func ElementType(array uint32) (element uint32, ok bool) {
	element, ok = arrayElements[array]
	return element, ok
}

var elementArrays = func() map[uint32]uint32 {
	m := make(map[uint32]uint32, len(arrayElements))
	for array, element := range arrayElements {
		m[element] = array
	}
	return m
}()

// ArrayType is the array type of a built-in element type.
func ArrayType(element uint32) (array uint32, ok bool) {
	array, ok = elementArrays[element]
	return array, ok
}
