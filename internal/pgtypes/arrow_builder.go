package pgtypes

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// AppendToBuilder appends v, a value of t or NULL, to a builder of t's canonical
// form, or of a dictionary of it. It is not for hot paths.
func AppendToBuilder(b array.Builder, t Type, v Datum) error {
	if v == nil {
		b.AppendNull()
		return nil
	}
	switch b := b.(type) {
	case *array.BooleanBuilder:
		return appendAs(b.Append, v, t)
	case *array.Int16Builder:
		return appendAs(func(v int32) { b.Append(int16(v)) }, v, t)
	case *array.Int32Builder:
		return appendAs(b.Append, v, t)
	case *array.Int64Builder:
		return appendAs(b.Append, v, t)
	case *array.Uint32Builder:
		return appendAs(func(v int64) { b.Append(uint32(v)) }, v, t)
	case *array.Float32Builder:
		return appendAs(func(v float64) { b.Append(float32(v)) }, v, t)
	case *array.Float64Builder:
		return appendAs(b.Append, v, t)
	case *array.StringBuilder:
		return appendAs(b.Append, v, t)
	case *array.LargeStringBuilder:
		return appendAs(b.Append, v, t)
	case *array.BinaryDictionaryBuilder:
		if s, ok := v.(string); ok {
			return b.AppendString(s)
		}
	case *array.Date32Builder:
		return appendAs(func(v int32) { b.Append(arrow.Date32(v)) }, v, t)
	case *array.Time64Builder:
		return appendAs(func(v int64) { b.Append(arrow.Time64(v)) }, v, t)
	case *array.TimestampBuilder:
		return appendAs(func(v int64) { b.Append(arrow.Timestamp(v)) }, v, t)
	case *array.Decimal128Builder:
		return appendDecimal(b, v, t)
	case *array.FixedSizeBinaryBuilder:
		return appendFixed(b, v, t)
	case *array.BinaryBuilder:
		raw, err := AppendBinary(nil, t, v)
		if err != nil {
			return err
		}
		b.Append(raw)
		return nil
	}
	return errBuilder(b, v, t)
}

func errBuilder(b any, v Datum, t Type) error {
	return pgerr.Internal("appending a %T as %s to a %T", v, FormatType(t), b)
}

func appendAs[T any](add func(T), v Datum, t Type) error {
	x, ok := v.(T)
	if !ok {
		return errBuilder(add, v, t)
	}
	add(x)
	return nil
}

func appendDecimal(b *array.Decimal128Builder, v Datum, t Type) error {
	n, ok := v.(Numeric)
	if !ok {
		return errBuilder(b, v, t)
	}
	d := b.Type().(*arrow.Decimal128Type)
	if !n.IsFinite() {
		_, err := n.ApplyTypmod(MakeNumericTypmod(int(d.Precision), int(d.Scale)))
		if err == nil {
			err = pgerr.New(pgerr.NumericValueOutOfRange, "NaN cannot be carried in a decimal column")
		}
		return err
	}
	hi, lo, ok := n.Scaled(int(d.Scale))
	if !ok {
		return pgerr.New(pgerr.NumericValueOutOfRange, "numeric field overflow")
	}
	b.Append(decimal128.New(hi, lo))
	return nil
}

func appendFixed(b *array.FixedSizeBinaryBuilder, v Datum, t Type) error {
	switch v := v.(type) {
	case TimeTZ:
		raw := TimeTZBytes(v)
		b.Append(raw[:])
	case Interval:
		raw := IntervalBytes(v)
		b.Append(raw[:])
	case [16]byte:
		b.Append(v[:])
	case []byte:
		b.Append(v)
	default:
		return errBuilder(b, v, t)
	}
	return nil
}
