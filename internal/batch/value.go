package batch

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// Value is row i of a column of type t as a Datum; strings and bytes are copied.
func Value(t pgtypes.Type, column arrow.Array, i int) (pgtypes.Datum, error) {
	if column.IsNull(i) {
		return nil, nil
	}
	switch c := column.(type) {
	case *array.Boolean:
		return c.Value(i), nil
	case *array.Int16:
		return int32(c.Value(i)), nil
	case *array.Int32:
		return c.Value(i), nil
	case *array.Date32:
		return int32(c.Value(i)), nil
	case *array.Int64:
		return c.Value(i), nil
	case *array.Time64:
		return int64(c.Value(i)), nil
	case *array.Timestamp:
		return int64(c.Value(i)), nil
	case *array.Uint32:
		return int64(c.Value(i)), nil
	case *array.Float32:
		return float64(c.Value(i)), nil
	case *array.Float64:
		return c.Value(i), nil
	case *array.Decimal128:
		v := c.Value(i)
		return pgtypes.FromDecimal128(v.HighBits(), v.LowBits(), int(c.DataType().(*arrow.Decimal128Type).Scale)), nil
	case *array.String:
		return string([]byte(c.Value(i))), nil
	case *array.Dictionary:
		return Value(t, c.Dictionary(), c.GetValueIndex(i))
	case *array.Binary:
		return wireValue(t, c.Value(i))
	case *array.FixedSizeBinary:
		return wireValue(t, c.Value(i))
	default:
		return nil, fmt.Errorf("reading a value of type %s: %T is not a canonical form", pgtypes.FormatType(t), column)
	}
}

// wireValue reads the binary wire form, in which all that Arrow has no form for is
// kept; bytea is itself.
func wireValue(t pgtypes.Type, b []byte) (pgtypes.Datum, error) {
	if t.OID == pgtypes.OIDBytea {
		return append([]byte{}, b...), nil
	}
	return pgtypes.ParseBinary(t, b)
}
