package vector

import (
	"encoding/binary"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// ToArrow makes an Arrow array, in the canonical form of t, of the rows that exist:
// those of sel, or the first n. Where v is an array's rows as they are, it is a slice
// of that one; otherwise the array owns its memory. Dictionary vectors come out plain.
func ToArrow(v *Vector, t pgtypes.Type, sel []int32, n int) (arrow.Array, error) {
	dataType := pgtypes.ArrowType(t)
	if sel == nil && v.origin.owner == v && arrow.TypeEqual(v.origin.array.DataType(), dataType) {
		return array.NewSlice(v.origin.array, int64(v.origin.from), int64(v.origin.from+n)), nil
	}
	plain := *v
	v = &plain
	if v.Const || v.Codes != nil || sel != nil {
		v = new(Vector)
		Copy(v, &plain, sel, n)
		if sel != nil {
			n = len(sel)
		}
	}
	v.Type = t
	buffers, err := arrowBuffers(v, dataType, n)
	if err != nil {
		return nil, err
	}
	bitmap, nulls := validity(v, n)
	data := array.NewData(dataType, n, append([]*memory.Buffer{bitmap}, buffers...), nil, nulls, 0)
	defer data.Release()
	return array.MakeFromData(data), nil
}

func validity(v *Vector, n int) (*memory.Buffer, int) {
	if v.Null == nil {
		return nil, 0
	}
	bits := make([]byte, (n+7)/8)
	nulls := 0
	for i, null := range v.Null[:n] {
		if null {
			nulls++
		} else {
			bits[i>>3] |= 1 << (i & 7)
		}
	}
	return memory.NewBufferBytes(bits), nulls
}

func arrowBuffers(v *Vector, t arrow.DataType, n int) ([]*memory.Buffer, error) {
	switch t := t.(type) {
	case *arrow.BooleanType:
		return one(packBits(v.Bool[:n]))
	case *arrow.Int16Type:
		return one(convertInts[int16](v.I32[:n]))
	case *arrow.Int32Type, *arrow.Date32Type:
		return one(append([]int32(nil), v.I32[:n]...))
	case *arrow.Int64Type, *arrow.Time64Type, *arrow.TimestampType:
		return one(append([]int64(nil), v.I64[:n]...))
	case *arrow.Uint32Type:
		return one(convertInts[uint32](v.I64[:n]))
	case *arrow.Float32Type:
		return one(convertInts[float32](v.F64[:n]))
	case *arrow.Float64Type:
		return one(append([]float64(nil), v.F64[:n]...))
	case *arrow.Decimal128Type:
		return decimalBuffer(v, t, n)
	case *arrow.FixedSizeBinaryType:
		return fixedBuffer(v, t.ByteWidth, n)
	case *arrow.StringType, *arrow.BinaryType:
		return stringBuffers(v, n)
	}
	return nil, fmt.Errorf("writing type %d as Arrow %s: %w", v.Type.OID, t, errForm)
}

// one makes the values buffer.
func one[T any](values []T) ([]*memory.Buffer, error) {
	return []*memory.Buffer{memory.NewBufferBytes(asBytes(values))}, nil
}

func asBytes[T any](values []T) []byte {
	if len(values) == 0 {
		return []byte{}
	}
	return rawBytes(values)
}

func convertInts[To, From int16 | int32 | int64 | uint32 | float32 | float64](s []From) []To {
	out := make([]To, len(s))
	for i, x := range s {
		out[i] = To(x)
	}
	return out
}

func packBits(values []bool) []byte {
	bits := make([]byte, (len(values)+7)/8)
	for i, b := range values {
		if b {
			bits[i>>3] |= 1 << (i & 7)
		}
	}
	return bits
}

// decimalBuffer writes numeric(p,s). Values whose own scale differs were rounded
// to the type's by a cast, so rescaling loses nothing.
func decimalBuffer(v *Vector, t *arrow.Decimal128Type, n int) ([]*memory.Buffer, error) {
	out := make([]byte, 16*n)
	for i := range n {
		if v.Null != nil && v.Null[i] {
			continue
		}
		x, err := decimalOfScale(v, i, t.Scale)
		if err != nil {
			return nil, err
		}
		binary.LittleEndian.PutUint64(out[16*i:], x.Lo)
		binary.LittleEndian.PutUint64(out[16*i+8:], uint64(x.Hi))
	}
	return []*memory.Buffer{memory.NewBufferBytes(out)}, nil
}

func decimalOfScale(v *Vector, i int, scale int32) (Int128, error) {
	x, own, ok := Int128{}, v.Scale, true
	if v.Form == FormNumeric {
		x, own, ok = DecodeNumeric(v.Bytes(i))
	} else {
		x = decimalAt(v, i)
	}
	if ok && own < scale {
		x, ok = x.MulPow10(scale - own)
	} else {
		for ; own > scale; own-- {
			q, _ := x.abs().div(10)
			x = q.signed(x.Hi < 0)
		}
	}
	if !ok {
		return x, fmt.Errorf("writing a numeric as decimal128 with scale %d: %w", scale, errForm)
	}
	return x, nil
}

func fixedBuffer(v *Vector, width, n int) ([]*memory.Buffer, error) {
	out := make([]byte, 0, width*n)
	for i := range n {
		switch v.Form {
		case FormInterval:
			x := v.Interval[i]
			out = binary.BigEndian.AppendUint64(out, uint64(x.Micros))
			out = binary.BigEndian.AppendUint32(out, uint32(x.Days))
			out = binary.BigEndian.AppendUint32(out, uint32(x.Months))
		case FormTimeTZ:
			x := v.TimeTZ[i]
			out = binary.BigEndian.AppendUint64(out, uint64(x.Micros))
			out = binary.BigEndian.AppendUint32(out, uint32(x.ZoneWest))
		default:
			b := v.Bytes(i)
			if len(b) != width {
				b = make([]byte, width) // a NULL's place
			}
			out = append(out, b...)
		}
	}
	return []*memory.Buffer{memory.NewBufferBytes(out)}, nil
}

func stringBuffers(v *Vector, n int) ([]*memory.Buffer, error) {
	if isNumericForm(v.Form) && v.Form != FormNumeric {
		var wide Vector
		ConvertNumeric(&wide, v, n, FormNumeric)
		v = &wide
	}
	offsets := make([]int32, n+1)
	total := 0
	for i, s := range v.Str[:n] {
		if v.Null == nil || !v.Null[i] {
			total += int(s.Len)
		}
		offsets[i+1] = int32(total)
	}
	if total > 1<<31-1 {
		return nil, fmt.Errorf("writing %d bytes of text in one Arrow column: %w", total, errForm)
	}
	data := make([]byte, 0, total)
	for i, s := range v.Str[:n] {
		if v.Null == nil || !v.Null[i] {
			data = append(data, v.Heap[s.Off:s.Off+s.Len]...)
		}
	}
	return []*memory.Buffer{memory.NewBufferBytes(asBytes(offsets)), memory.NewBufferBytes(data)}, nil
}
