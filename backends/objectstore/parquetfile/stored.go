package parquetfile

import (
	"encoding/binary"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/schema"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// storedColumn chooses how a type is stored: in the form that reads back as the
// same type where Parquet has one, and as its text where not (numeric without a
// precision, timetz, interval, arrays).
func storedColumn(c backends.Column) (column, error) {
	none := schema.NoLogicalType{}
	var logical schema.LogicalType = none
	var physical parquet.Type
	length := int32(-1)
	var write func(file.ColumnChunkWriter, []arrow.Array) error
	switch c.Type.OID {
	case pgtypes.OIDBool:
		physical, write = parquet.Types.Boolean, storing(plain[bool, *array.Boolean])
	case pgtypes.OIDInt2:
		physical, logical = parquet.Types.Int32, schema.NewIntLogicalType(16, true)
		write = storing(func(a arrow.Array, i int) (int32, error) { return int32(a.(*array.Int16).Value(i)), nil })
	case pgtypes.OIDInt4:
		physical, write = parquet.Types.Int32, storing(plain[int32, *array.Int32])
	case pgtypes.OIDInt8:
		physical, write = parquet.Types.Int64, storing(plain[int64, *array.Int64])
	case pgtypes.OIDFloat4:
		physical, write = parquet.Types.Float, storing(plain[float32, *array.Float32])
	case pgtypes.OIDFloat8:
		physical, write = parquet.Types.Double, storing(plain[float64, *array.Float64])
	case pgtypes.OIDDate:
		physical, logical = parquet.Types.Int32, schema.DateLogicalType{}
		write = storing(func(a arrow.Array, i int) (int32, error) { return int32(a.(*array.Date32).Value(i)), nil })
	case pgtypes.OIDTime:
		physical, logical = parquet.Types.Int64, schema.NewTimeLogicalType(false, schema.TimeUnitMicros)
		write = storing(func(a arrow.Array, i int) (int64, error) { return int64(a.(*array.Time64).Value(i)), nil })
	case pgtypes.OIDTimestamp, pgtypes.OIDTimestamptz:
		physical, logical = parquet.Types.Int64, schema.NewTimestampLogicalType(c.Type.OID == pgtypes.OIDTimestamptz, schema.TimeUnitMicros)
		write = storing(func(a arrow.Array, i int) (int64, error) { return int64(a.(*array.Timestamp).Value(i)), nil })
	case pgtypes.OIDUUID:
		physical, logical, length = parquet.Types.FixedLenByteArray, schema.UUIDLogicalType{}, 16
		write = storing(func(a arrow.Array, i int) (parquet.FixedLenByteArray, error) {
			return a.(*array.FixedSizeBinary).Value(i), nil
		})
	case pgtypes.OIDBytea:
		physical, write = parquet.Types.ByteArray, storing(textOf(c.Type))
	case pgtypes.OIDJSON, pgtypes.OIDJSONB:
		physical, logical, write = parquet.Types.ByteArray, schema.JSONLogicalType{}, storing(textOf(c.Type))
	case pgtypes.OIDNumeric:
		return storedNumeric(c)
	default:
		physical, logical, write = parquet.Types.ByteArray, schema.StringLogicalType{}, storing(textOf(c.Type))
	}
	node, err := schema.NewPrimitiveNodeLogical(c.Name, parquet.Repetitions.Optional, logical, physical, int(length), -1)
	return column{Column: c, node: node, write: write}, err
}

// storedNumeric stores up to 18 digits as INT64 and up to 38 as 16 bytes.
func storedNumeric(c backends.Column) (column, error) {
	precision, scale, ok := pgtypes.NumericTypmod(c.Type.Typmod)
	if _, narrow := pgtypes.ArrowType(c.Type).(*arrow.Decimal128Type); !ok || !narrow {
		node, err := schema.NewPrimitiveNodeLogical(c.Name, parquet.Repetitions.Optional, schema.StringLogicalType{}, parquet.Types.ByteArray, -1, -1)
		return column{Column: c, node: node, write: storing(textOf(c.Type))}, err
	}
	logical := schema.NewDecimalLogicalType(int32(precision), int32(scale))
	if precision <= 18 {
		node, err := schema.NewPrimitiveNodeLogical(c.Name, parquet.Repetitions.Optional, logical, parquet.Types.Int64, -1, -1)
		return column{Column: c, node: node, write: storing(func(a arrow.Array, i int) (int64, error) {
			return int64(a.(*array.Decimal128).Value(i).LowBits()), nil
		})}, err
	}
	node, err := schema.NewPrimitiveNodeLogical(c.Name, parquet.Repetitions.Optional, logical, parquet.Types.FixedLenByteArray, 16, -1)
	return column{Column: c, node: node, write: storing(func(a arrow.Array, i int) (parquet.FixedLenByteArray, error) {
		return bigEndian(a.(*array.Decimal128).Value(i)), nil
	})}, err
}

func bigEndian(v decimal128.Num) parquet.FixedLenByteArray {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, 16), uint64(v.HighBits()))
	return binary.BigEndian.AppendUint64(b, v.LowBits())
}
