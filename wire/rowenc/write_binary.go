package rowenc

import (
	"encoding/binary"
	"math"

	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// writeBinary writes the binary forms of a fixed size.
func (c *column) writeBinary(buf []byte, ends []int, lengths []int32, from int) {
	to := from + len(lengths)
	switch c.form {
	case formInt16Binary:
		for i, v := range c.i16[from:to] {
			if lengths[i] < 0 {
				putNull(buf, ends, i)
				continue
			}
			binary.BigEndian.PutUint16(buf[ends[i]-2:], uint16(v)) //nolint:gosec // its bits
			putLength(buf, ends, i, 2)
		}
	case formInt32Binary:
		write32(buf, ends, lengths, c.i32[from:to], func(v int32) uint32 { return uint32(v) }) //nolint:gosec // its bits
	case formUint32Binary:
		write32(buf, ends, lengths, c.u32[from:to], func(v uint32) uint32 { return v })
	case formFloat32Binary:
		write32(buf, ends, lengths, c.f32[from:to], math.Float32bits)
	case formDateBinary:
		write32(buf, ends, lengths, c.i32[from:to], func(v int32) uint32 { return uint32(pgtypes.DateToWire(v)) }) //nolint:gosec // its bits
	case formInt64Binary:
		write64(buf, ends, lengths, c.i64[from:to], func(v int64) uint64 { return uint64(v) }) //nolint:gosec // its bits
	case formFloat64Binary:
		write64(buf, ends, lengths, c.f64[from:to], math.Float64bits)
	case formTimestampBinary:
		write64(buf, ends, lengths, c.i64[from:to], func(v int64) uint64 { return uint64(pgtypes.TimestampToWire(v)) }) //nolint:gosec // its bits
	case formFixed:
		for i, length := range lengths {
			if length < 0 {
				putNull(buf, ends, i)
				continue
			}
			putBytes(buf[ends[i]-c.width:ends[i]], c.fixed(from+i))
			putLength(buf, ends, i, c.width)
		}
	}
}

func write32[T any](buf []byte, ends []int, lengths []int32, values []T, bits func(T) uint32) {
	for i, v := range values {
		if lengths[i] < 0 {
			putNull(buf, ends, i)
			continue
		}
		binary.BigEndian.PutUint32(buf[ends[i]-4:], bits(v))
		putLength(buf, ends, i, 4)
	}
}

func write64[T any](buf []byte, ends []int, lengths []int32, values []T, bits func(T) uint64) {
	for i, v := range values {
		if lengths[i] < 0 {
			putNull(buf, ends, i)
			continue
		}
		binary.BigEndian.PutUint64(buf[ends[i]-8:], bits(v))
		putLength(buf, ends, i, 8)
	}
}
