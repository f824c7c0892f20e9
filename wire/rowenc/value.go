package rowenc

import (
	"encoding/binary"
	"math"

	"github.com/apache/arrow-go/v18/arrow/bitutil"

	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// append appends the value of a row that is not NULL. One switch per value keeps
// the columns' slices in one struct: an indirect call per value cost as much, and
// an allocation per column and batch besides.
func (c *column) append(dst []byte, row int) ([]byte, error) {
	switch c.form {
	case formBoolText:
		return pgtypes.AppendBool(dst, bitutil.BitIsSet(c.bools, c.offset+row)), nil
	case formInt16Text:
		return pgtypes.AppendInt(dst, int64(c.i16[row])), nil
	case formInt32Text:
		return pgtypes.AppendInt(dst, int64(c.i32[row])), nil
	case formInt64Text:
		return pgtypes.AppendInt(dst, c.i64[row]), nil
	case formUint32Text:
		return pgtypes.AppendInt(dst, int64(c.u32[row])), nil
	case formRegText:
		return pgtypes.AppendReg(dst, c.typ.OID, int64(c.u32[row]), *c.style), nil
	case formFloat32Text:
		return pgtypes.AppendFloat4(dst, c.f32[row], c.style.ExtraFloatDigits), nil
	case formFloat64Text:
		return pgtypes.AppendFloat8(dst, c.f64[row], c.style.ExtraFloatDigits), nil
	case formDecimalText:
		d := c.decimals[row]
		return pgtypes.AppendDecimal128(dst, d.HighBits(), d.LowBits(), c.scale), nil
	case formString:
		return append(dst, c.bytes(row)...), nil
	case formByteaText:
		return pgtypes.AppendBytea(dst, c.bytes(row), *c.style), nil
	case formDateText:
		return pgtypes.AppendDate(dst, c.i32[row], *c.style), nil
	case formTimeText:
		return pgtypes.AppendTime(dst, c.i64[row]), nil
	case formTimestampText:
		return pgtypes.AppendTimestamp(dst, c.i64[row], *c.style), nil
	case formTimestamptzText:
		return pgtypes.AppendTimestamptz(dst, c.i64[row], *c.style), nil
	case formTimetzText:
		return pgtypes.AppendTimeTZ(dst, pgtypes.TimeTZFromBytes(c.fixed(row))), nil
	case formIntervalText:
		return pgtypes.AppendInterval(dst, pgtypes.IntervalFromBytes(c.fixed(row)), *c.style), nil
	case formUUIDText:
		return pgtypes.AppendUUID(dst, c.fixed(row)), nil
	case formNumericText:
		n, err := pgtypes.NumericFromBinary(c.bytes(row))
		return n.Append(dst), err
	case formDictionary:
		return c.values.append(dst, c.dictionary.GetValueIndex(row))
	}
	return c.appendBinary(dst, row)
}

func (c *column) appendBinary(dst []byte, row int) ([]byte, error) {
	switch c.form {
	case formBoolBinary:
		if bitutil.BitIsSet(c.bools, c.offset+row) {
			return append(dst, 1), nil
		}
		return append(dst, 0), nil
	case formInt16Binary:
		return binary.BigEndian.AppendUint16(dst, uint16(c.i16[row])), nil
	case formInt32Binary:
		return binary.BigEndian.AppendUint32(dst, uint32(c.i32[row])), nil
	case formInt64Binary:
		return binary.BigEndian.AppendUint64(dst, uint64(c.i64[row])), nil
	case formUint32Binary:
		return binary.BigEndian.AppendUint32(dst, c.u32[row]), nil
	case formFloat32Binary:
		return binary.BigEndian.AppendUint32(dst, math.Float32bits(c.f32[row])), nil
	case formFloat64Binary:
		return binary.BigEndian.AppendUint64(dst, math.Float64bits(c.f64[row])), nil
	case formDecimalBinary:
		d := c.decimals[row]
		return pgtypes.AppendDecimal128Binary(dst, d.HighBits(), d.LowBits(), c.scale), nil
	case formDateBinary:
		return binary.BigEndian.AppendUint32(dst, uint32(pgtypes.DateToWire(c.i32[row]))), nil
	case formTimestampBinary:
		return binary.BigEndian.AppendUint64(dst, uint64(pgtypes.TimestampToWire(c.i64[row]))), nil
	case formFixed:
		return append(dst, c.fixed(row)...), nil
	case formJSONBBinary:
		return append(append(dst, 1), c.bytes(row)...), nil
	}
	return c.appendDatum(dst, row)
}

// bytes is a value of a string or binary column.
func (c *column) bytes(row int) []byte {
	if c.starts != nil {
		return c.data[int(c.starts[row])-c.width : int(c.starts[row+1])-c.width]
	}
	return c.data[int(c.large[row])-c.width : int(c.large[row+1])-c.width]
}

func (c *column) fixed(row int) []byte { return c.data[row*c.width : (row+1)*c.width] }

// appendDatum is the way of the rare forms: arrays, records, and columns that are
// not in their type's canonical form.
func (c *column) appendDatum(dst []byte, row int) ([]byte, error) {
	var v pgtypes.Datum
	var err error
	if c.form == formWireText {
		v, err = pgtypes.ParseBinary(pgtypes.Of(c.typ.OID), c.bytes(row))
	} else {
		v, err = pgtypes.DatumFromArrow(c.arr, row, c.typ)
	}
	if err != nil {
		return dst, err
	}
	if c.binary {
		return pgtypes.AppendBinary(dst, c.typ, v)
	}
	return pgtypes.AppendText(dst, c.typ, v, *c.style), nil
}
