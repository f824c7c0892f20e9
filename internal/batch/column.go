package batch

import (
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// Column is one column of a Builder. Each row gets exactly one call of Null or of
// the method of the column's form; a call for another form corrupts the batch, so
// callers choose by Form once, not by value.
type Column struct {
	Form  Form
	Type  arrow.DataType
	width int // bytes of a fixed form; 0 for bits and variable forms

	pool  *pool
	rows  int // capacity
	n     int
	nulls int

	valid   []byte // bitmap, set bits by default
	fixed   []byte // values, or bits
	offsets []int32
	raw     []byte // the memory of offsets
	bytes   []byte // variable data, length in use
}

// Form is how a column's values lie in memory.
type Form uint8

// The forms.
const (
	Bit Form = iota
	Int16
	Int32 // also date32
	Int64 // also time64 and timestamps
	Uint32
	Float32
	Float64
	Decimal128
	Fixed12 // timetz
	Fixed16 // interval, uuid
	Bytes   // utf8 and binary
)

// FormOf is the form of a canonical Arrow type.
func FormOf(t arrow.DataType) Form {
	switch t.ID() {
	case arrow.BOOL:
		return Bit
	case arrow.INT16:
		return Int16
	case arrow.INT32, arrow.DATE32:
		return Int32
	case arrow.INT64, arrow.TIME64, arrow.TIMESTAMP:
		return Int64
	case arrow.UINT32:
		return Uint32
	case arrow.FLOAT32:
		return Float32
	case arrow.FLOAT64:
		return Float64
	case arrow.DECIMAL128:
		return Decimal128
	case arrow.FIXED_SIZE_BINARY:
		if t.(*arrow.FixedSizeBinaryType).ByteWidth == 12 {
			return Fixed12
		}
		return Fixed16
	default:
		return Bytes
	}
}

var widths = [...]int{Int16: 2, Int32: 4, Int64: 8, Uint32: 4, Float32: 4, Float64: 8, Decimal128: 16, Fixed12: 12, Fixed16: 16, Bytes: 0}

// start takes memory for a batch of rows.
func (c *Column) start(rows int) {
	c.rows, c.n, c.nulls = rows, 0, 0
	c.valid = c.pool.Allocate((rows + 7) / 8)
	for i := range c.valid {
		c.valid[i] = 0xff
	}
	switch {
	case c.Form == Bytes:
		c.raw = c.pool.Allocate(4 * (rows + 1))
		c.offsets = unsafe.Slice((*int32)(unsafe.Pointer(unsafe.SliceData(c.raw))), rows+1)
		c.offsets[0] = 0
		c.bytes = c.pool.Allocate(max(16*rows, 64))[:0]
	case c.Form == Bit:
		c.fixed = c.pool.Allocate((rows + 7) / 8)
		clear(c.fixed)
	default:
		c.fixed = c.pool.Allocate(rows * c.width)
	}
}

// Null appends NULL.
func (c *Column) Null() {
	c.valid[c.n>>3] &^= 1 << (c.n & 7)
	c.nulls++
	switch c.Form {
	case Bytes:
		c.offsets[c.n+1] = int32(len(c.bytes))
	case Bit:
	default:
		clear(c.fixed[c.n*c.width : (c.n+1)*c.width])
	}
	c.n++
}

func at[T any](c *Column) *T {
	size := int(unsafe.Sizeof(*new(T)))
	return (*T)(unsafe.Pointer(&c.fixed[c.n*size]))
}

// Bool appends to a Bit column.
func (c *Column) Bool(v bool) {
	if v {
		c.fixed[c.n>>3] |= 1 << (c.n & 7)
	}
	c.n++
}

// Int16 appends to an Int16 column.
func (c *Column) Int16(v int16) { *at[int16](c) = v; c.n++ }

// Int32 appends to an Int32 column.
func (c *Column) Int32(v int32) { *at[int32](c) = v; c.n++ }

// Int64 appends to an Int64 column.
func (c *Column) Int64(v int64) { *at[int64](c) = v; c.n++ }

// Uint32 appends to a Uint32 column.
func (c *Column) Uint32(v uint32) { *at[uint32](c) = v; c.n++ }

// Float32 appends to a Float32 column.
func (c *Column) Float32(v float32) { *at[float32](c) = v; c.n++ }

// Float64 appends to a Float64 column.
func (c *Column) Float64(v float64) { *at[float64](c) = v; c.n++ }

// Decimal appends to a Decimal128 column.
func (c *Column) Decimal(v decimal128.Num) { *at[decimal128.Num](c) = v; c.n++ }

// Fixed appends to a Fixed12 or Fixed16 column; v has that many bytes.
func (c *Column) Fixed(v []byte) {
	copy(c.fixed[c.n*c.width:(c.n+1)*c.width], v)
	c.n++
}

// Bytes appends to a Bytes column. v is copied.
func (c *Column) Bytes(v []byte) {
	if len(c.bytes)+len(v) > cap(c.bytes) {
		c.grow(len(v))
	}
	c.bytes = append(c.bytes, v...)
	c.n++
	c.offsets[c.n] = int32(len(c.bytes))
}

// String appends to a Bytes column.
func (c *Column) String(v string) { c.Bytes(unsafe.Slice(unsafe.StringData(v), len(v))) }

// Room gives the column's data with capacity for n more bytes, to append to; End
// takes the result. So that decoders write in place.
func (c *Column) Room(n int) []byte {
	if len(c.bytes)+n > cap(c.bytes) {
		c.grow(n)
	}
	return c.bytes
}

// End ends a value begun with Room.
func (c *Column) End(bytes []byte) {
	if unsafe.SliceData(bytes) != unsafe.SliceData(c.bytes) {
		// The appender outgrew the room and left our memory.
		c.Bytes(bytes[len(c.bytes):])
		return
	}
	c.bytes = bytes
	c.n++
	c.offsets[c.n] = int32(len(bytes))
}

func (c *Column) grow(more int) {
	n := len(c.bytes)
	size := max(2*cap(c.bytes), n+more)
	c.bytes = c.pool.Reallocate(size, c.bytes[:cap(c.bytes)])[:n]
}

// finish wraps the values as an Arrow array, which owns the memory from now on.
func (c *Column) finish() arrow.Array {
	validity := memory.NewBufferWithAllocator(c.valid, c.pool)
	buffers := []*memory.Buffer{validity}
	if c.Form == Bytes {
		buffers = append(buffers, memory.NewBufferWithAllocator(c.raw, c.pool), memory.NewBufferWithAllocator(c.bytes, c.pool))
	} else {
		buffers = append(buffers, memory.NewBufferWithAllocator(c.fixed, c.pool))
	}
	if c.nulls == 0 {
		validity.Release()
		buffers[0] = nil
	}
	data := array.NewData(c.Type, c.n, buffers, nil, c.nulls, 0)
	for _, b := range buffers {
		if b != nil {
			b.Release()
		}
	}
	c.drop()
	defer data.Release()
	return array.MakeFromData(data)
}

// discard gives the memory of an unfinished batch back.
func (c *Column) discard() {
	if c.valid == nil {
		return
	}
	c.pool.Free(c.valid)
	if c.Form == Bytes {
		c.pool.Free(c.raw)
		c.pool.Free(c.bytes)
	} else {
		c.pool.Free(c.fixed)
	}
	c.drop()
}

func (c *Column) drop() { c.valid, c.fixed, c.offsets, c.raw, c.bytes = nil, nil, nil, nil, nil }
