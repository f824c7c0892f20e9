package pgtypes

import (
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
)

// TypeOfArrow is the Postgres type of an Arrow field: the one its metadata names,
// else the smallest that holds every value of its Arrow type.
func TypeOfArrow(f arrow.Field) Type {
	if s, ok := f.Metadata.GetValue(MetadataOID); ok {
		if oid, err := strconv.ParseUint(s, 10, 32); err == nil {
			t := Of(uint32(oid))
			if s, ok := f.Metadata.GetValue(MetadataTypmod); ok {
				if typmod, err := strconv.ParseInt(s, 10, 32); err == nil {
					t.Typmod = int32(typmod)
				}
			}
			return t
		}
	}
	return typeOfArrow(f.Type)
}

func typeOfArrow(d arrow.DataType) Type {
	switch d := d.(type) {
	case *arrow.DictionaryType:
		return typeOfArrow(d.ValueType)
	case arrow.ExtensionType:
		if d.ExtensionName() == "arrow.uuid" {
			return Of(OIDUUID)
		}
		if d.ExtensionName() == "arrow.json" {
			return Of(OIDJSON)
		}
		return typeOfArrow(d.StorageType())
	case arrow.DecimalType:
		if d.GetScale() < 0 {
			return Of(OIDNumeric)
		}
		return Type{OID: OIDNumeric, Typmod: MakeNumericTypmod(int(d.GetPrecision()), int(d.GetScale()))}
	case *arrow.TimestampType:
		if d.TimeZone != "" {
			return Of(OIDTimestamptz)
		}
		return Of(OIDTimestamp)
	case arrow.ListLikeType:
		return typeOfList(d)
	}
	return typeOfPrimitive(d.ID())
}

func typeOfList(d arrow.ListLikeType) Type {
	if d.ID() == arrow.MAP {
		return Of(OIDJSONB)
	}
	element := TypeOfArrow(d.ElemField())
	if _, nested := ElementType(element.OID); nested {
		return element
	}
	if oid, ok := ArrayType(element.OID); ok {
		return Type{OID: oid, Typmod: element.Typmod}
	}
	return Of(OIDJSONB)
}

func typeOfPrimitive(id arrow.Type) Type {
	switch id {
	case arrow.BOOL:
		return Of(OIDBool)
	case arrow.INT8, arrow.UINT8, arrow.INT16:
		return Of(OIDInt2)
	case arrow.UINT16, arrow.INT32:
		return Of(OIDInt4)
	case arrow.UINT32, arrow.INT64:
		return Of(OIDInt8)
	case arrow.UINT64:
		return Type{OID: OIDNumeric, Typmod: MakeNumericTypmod(20, 0)}
	case arrow.FLOAT16, arrow.FLOAT32:
		return Of(OIDFloat4)
	case arrow.FLOAT64:
		return Of(OIDFloat8)
	case arrow.BINARY, arrow.LARGE_BINARY, arrow.BINARY_VIEW, arrow.FIXED_SIZE_BINARY:
		return Of(OIDBytea)
	case arrow.DATE32, arrow.DATE64:
		return Of(OIDDate)
	case arrow.TIME32, arrow.TIME64:
		return Of(OIDTime)
	case arrow.DURATION, arrow.INTERVAL_MONTHS, arrow.INTERVAL_DAY_TIME, arrow.INTERVAL_MONTH_DAY_NANO:
		return Of(OIDInterval)
	case arrow.STRUCT:
		return Of(OIDRecord)
	case arrow.SPARSE_UNION, arrow.DENSE_UNION:
		return Of(OIDJSONB)
	}
	return Of(OIDText)
}
