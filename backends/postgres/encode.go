package postgres

import (
	"encoding/binary"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/batch"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// rowEncoder appends one row of a COPY.
type rowEncoder func(dst []byte, columns []backends.Column, record arrow.RecordBatch, row int) ([]byte, error)

func encodeBinaryRow(dst []byte, columns []backends.Column, record arrow.RecordBatch, row int) ([]byte, error) {
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(columns)))
	for i, column := range columns {
		values := record.Column(i)
		if values.IsNull(row) {
			dst = append(dst, 0xff, 0xff, 0xff, 0xff)
			continue
		}
		at := len(dst)
		dst = append(dst, 0, 0, 0, 0)
		var err error
		if dst, err = encodeBinary(dst, column.Type, values, row); err != nil {
			return nil, err
		}
		binary.BigEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	}
	return dst, nil
}

// encodeBinary appends the binary wire form of a value that is not NULL.
func encodeBinary(dst []byte, t pgtypes.Type, values arrow.Array, row int) ([]byte, error) {
	switch v := values.(type) {
	case *array.Int64:
		return binary.BigEndian.AppendUint64(dst, uint64(v.Value(row))), nil
	case *array.Int32:
		return binary.BigEndian.AppendUint32(dst, uint32(v.Value(row))), nil
	case *array.Float64:
		return binary.BigEndian.AppendUint64(dst, math.Float64bits(v.Value(row))), nil
	case *array.Timestamp:
		return binary.BigEndian.AppendUint64(dst, uint64(pgtypes.TimestampToWire(int64(v.Value(row))))), nil
	case *array.Date32:
		return binary.BigEndian.AppendUint32(dst, uint32(pgtypes.DateToWire(int32(v.Value(row))))), nil
	case *array.Decimal128:
		d := v.Value(row)
		return pgtypes.AppendDecimal128Binary(dst, d.HighBits(), d.LowBits(), int(v.DataType().(*arrow.Decimal128Type).Scale)), nil
	case *array.Binary:
		return append(dst, v.Value(row)...), nil
	case *array.FixedSizeBinary:
		return append(dst, v.Value(row)...), nil
	}
	datum, err := batch.Value(t, values, row)
	if err != nil {
		return nil, err
	}
	return pgtypes.AppendBinary(dst, t, datum)
}

func encodeTextRow(dst []byte, columns []backends.Column, record arrow.RecordBatch, row int) ([]byte, error) {
	style := pgtypes.DefaultStyle()
	var value []byte
	for i, column := range columns {
		if i > 0 {
			dst = append(dst, '\t')
		}
		datum, err := batch.Value(column.Type, record.Column(i), row)
		if err != nil {
			return nil, err
		}
		if datum == nil {
			dst = append(dst, `\N`...)
			continue
		}
		value = pgtypes.AppendText(value[:0], column.Type, datum, style)
		dst = appendCopyText(dst, value)
	}
	return append(dst, '\n'), nil
}

// appendCopyText escapes what COPY's text format gives a meaning to.
func appendCopyText(dst, value []byte) []byte {
	for _, b := range value {
		switch b {
		case '\\':
			dst = append(dst, '\\', '\\')
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, b)
		}
	}
	return dst
}
