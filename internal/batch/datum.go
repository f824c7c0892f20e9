package batch

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// Datum appends a value of type t, the type the column was made for. It is the slow
// way: sources use it for the types that have no quicker one.
func (c *Column) Datum(t pgtypes.Type, v pgtypes.Datum) error {
	if v == nil {
		c.Null()
		return nil
	}
	switch c.Form {
	case Bit:
		c.Bool(v.(bool))
	case Int16:
		c.Int16(int16(v.(int32)))
	case Int32:
		c.Int32(v.(int32))
	case Int64:
		c.Int64(v.(int64))
	case Uint32:
		c.Uint32(uint32(v.(int64)))
	case Float32:
		c.Float32(float32(v.(float64)))
	case Float64:
		c.Float64(v.(float64))
	case Decimal128:
		return c.Numeric(v.(pgtypes.Numeric))
	default:
		return c.encoded(t, v)
	}
	return nil
}

// encoded appends to the forms that hold text or the binary wire form.
func (c *Column) encoded(t pgtypes.Type, v pgtypes.Datum) error {
	switch v := v.(type) {
	case string:
		c.String(v)
		return nil
	case []byte:
		c.Bytes(v)
		return nil
	case [16]byte:
		c.Fixed(v[:])
		return nil
	case pgtypes.Interval:
		b := pgtypes.IntervalBytes(v)
		c.Fixed(b[:])
		return nil
	case pgtypes.TimeTZ:
		b := pgtypes.TimeTZBytes(v)
		c.Fixed(b[:])
		return nil
	case pgtypes.Numeric:
		c.End(v.AppendBinary(c.Room(24)))
		return nil
	}
	b, err := pgtypes.AppendBinary(nil, t, v)
	if err != nil {
		return err
	}
	c.Bytes(b)
	return nil
}

// Numeric appends to a Decimal128 column, or in the binary wire form to a Bytes one.
// A value that a Decimal128 column can not hold exactly is an error.
func (c *Column) Numeric(v pgtypes.Numeric) error {
	if c.Form != Decimal128 {
		c.End(v.AppendBinary(c.Room(24)))
		return nil
	}
	d := c.Type.(*arrow.Decimal128Type)
	if v.Scale() > int(d.Scale) && v.TrimScale().Scale() <= int(d.Scale) {
		v = v.TrimScale()
	}
	if !v.IsFinite() || v.Scale() > int(d.Scale) {
		return pgerr.New(pgerr.NumericValueOutOfRange, "numeric field overflow").
			WithDetail("The value %s does not fit numeric(%d,%d).", v, d.Precision, d.Scale)
	}
	hi, lo, ok := v.Scaled(int(d.Scale))
	if !ok || !fits(hi, lo, int(d.Precision)) {
		return pgerr.New(pgerr.NumericValueOutOfRange, "numeric field overflow").
			WithDetail("A field with precision %d, scale %d must round to an absolute value less than 10^%d.", d.Precision, d.Scale, d.Precision-d.Scale)
	}
	c.Decimal(decimal128.New(hi, lo))
	return nil
}

func fits(hi int64, lo uint64, precision int) bool {
	return decimal128.New(hi, lo).FitsInPrecision(int32(precision))
}
