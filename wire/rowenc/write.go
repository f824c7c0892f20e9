package rowenc

import (
	"encoding/binary"
	"math"

	"github.com/apache/arrow-go/v18/arrow/bitutil"

	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// write writes the values that measure measured, each so that it ends at its row's
// end, and moves that before the value and its length.
func (c *column) write(buf []byte, ends []int, lengths []int32, from int) {
	if c.staging {
		c.writeStaged(buf, ends, lengths)
		return
	}
	n := len(lengths)
	switch c.form {
	case formBoolText:
		c.writeBools(buf, ends, lengths, from, 'f', 't')
	case formBoolBinary:
		c.writeBools(buf, ends, lengths, from, 0, 1)
	case formInt16Text:
		writeInts(buf, ends, lengths, c.i16[from:from+n])
	case formInt32Text:
		writeInts(buf, ends, lengths, c.i32[from:from+n])
	case formInt64Text:
		writeInts(buf, ends, lengths, c.i64[from:from+n])
	case formUint32Text:
		writeInts(buf, ends, lengths, c.u32[from:from+n])
	case formFloat64Text:
		c.writeCells(buf, ends, lengths)
	case formDecimalText:
		c.writeDecimals(buf, ends, lengths, from)
	case formDateText:
		writeDates(buf, ends, lengths, c.i32[from:from+n])
	case formTimestampText, formTimestamptzText:
		c.writeTimestamps(buf, ends, lengths, from)
	case formString:
		c.writeStrings(buf, ends, lengths, from)
	case formDictionary:
		c.writeCoded(buf, ends, lengths, from)
	default:
		c.writeBinary(buf, ends, lengths, from)
	}
}

// putNull writes a NULL in the place of row i's next value.
func putNull(buf []byte, ends []int, i int) {
	ends[i] -= 4
	binary.BigEndian.PutUint32(buf[ends[i]:], math.MaxUint32)
}

// putLength writes the length in front of row i's value of n bytes.
func putLength(buf []byte, ends []int, i, n int) {
	at := ends[i] - n - 4
	ends[i] = at
	binary.BigEndian.PutUint32(buf[at:], uint32(n)) //nolint:gosec // came as an int32
}

// putBytes copies as many bytes as dst has, short ones by two stores that may overlap.
func putBytes(dst, src []byte) {
	n := len(dst)
	src = src[:n]
	switch {
	case n > 32:
		copy(dst, src)
	case n >= 16:
		*(*[16]byte)(dst), *(*[16]byte)(dst[n-16:]) = [16]byte(src), [16]byte(src[n-16:])
	case n >= 8:
		binary.LittleEndian.PutUint64(dst, binary.LittleEndian.Uint64(src))
		binary.LittleEndian.PutUint64(dst[n-8:], binary.LittleEndian.Uint64(src[n-8:]))
	case n >= 4:
		binary.LittleEndian.PutUint32(dst, binary.LittleEndian.Uint32(src))
		binary.LittleEndian.PutUint32(dst[n-4:], binary.LittleEndian.Uint32(src[n-4:]))
	default:
		copy(dst, src)
	}
}

func (c *column) writeBools(buf []byte, ends []int, lengths []int32, from int, no, yes byte) {
	for i, length := range lengths {
		if length < 0 {
			putNull(buf, ends, i)
			continue
		}
		v := no
		if bitutil.BitIsSet(c.bools, c.offset+from+i) {
			v = yes
		}
		buf[ends[i]-1] = v
		putLength(buf, ends, i, 1)
	}
}

// putUint writes u in decimal, its last digit before end. It writes whole groups of
// eight digits: zeros before the first digit are overwritten later.
func putUint(buf []byte, end int, u uint64) {
	for u >= 1e8 {
		rest := u / 1e8
		binary.LittleEndian.PutUint64(buf[end-8:], pgtypes.EightDigits(uint32(u-rest*1e8))) //nolint:gosec // below 10^8
		u, end = rest, end-8
	}
	binary.LittleEndian.PutUint64(buf[end-8:], pgtypes.EightDigits(uint32(u)))
}

func writeInts[T integer](buf []byte, ends []int, lengths []int32, values []T) {
	values = values[:len(lengths)]
	for i, length := range lengths {
		if length < 0 {
			putNull(buf, ends, i)
			continue
		}
		n := int64(values[i])
		sign := n >> 63
		putUint(buf, ends[i], uint64((n^sign)-sign)) //nolint:gosec // a magnitude
		if n < 0 {
			buf[ends[i]-int(length)] = '-'
		}
		putLength(buf, ends, i, int(length))
	}
}

func (c *column) writeCells(buf []byte, ends []int, lengths []int32) {
	for i, length := range lengths {
		if length < 0 {
			putNull(buf, ends, i)
			continue
		}
		n := int(length)
		putBytes(buf[ends[i]-n:ends[i]], c.cells[i][:n])
		putLength(buf, ends, i, n)
	}
}

// writeDecimals writes the lower eight digits twice: where the fraction belongs, and
// moved by it and the point, where the whole part does.
func (c *column) writeDecimals(buf []byte, ends []int, lengths []int32, from int) {
	scale := c.scale
	values := c.decimals[from : from+len(lengths)]
	for i, length := range lengths {
		if length < 0 {
			putNull(buf, ends, i)
			continue
		}
		low := int64(values[i].LowBits()) //nolint:gosec // its sign is looked at
		sign := low >> 63
		u := uint64((low ^ sign) - sign) //nolint:gosec // a magnitude
		end := ends[i]
		if scale == 0 {
			putUint(buf, end, u)
		} else {
			high := u / 1e8
			digits := pgtypes.EightDigits(uint32(u - high*1e8)) //nolint:gosec // below 10^8
			binary.LittleEndian.PutUint64(buf[end-8:], digits)
			whole := end - scale - 1
			buf[whole] = '.'
			if scale < 8 {
				binary.LittleEndian.PutUint64(buf[whole-8:], digits<<(8*uint(scale)))
			}
			// More than one digit of the higher group, or the only one of the whole part.
			if high != 0 || scale == 8 {
				binary.LittleEndian.PutUint64(buf[end-17:], pgtypes.EightDigits(uint32(high))) //nolint:gosec // below 10^8
			}
		}
		if low < 0 {
			buf[end-int(length)] = '-'
		}
		putLength(buf, ends, i, int(length))
	}
}

// writeStrings copies strings, whose bytes follow each other unless rows are NULL.
func (c *column) writeStrings(buf []byte, ends []int, lengths []int32, from int) {
	for i, length := range lengths {
		if length < 0 {
			putNull(buf, ends, i)
			continue
		}
		n := int(length)
		var at int
		if c.starts != nil {
			at = int(c.starts[from+i]) - c.width
		} else {
			at = int(c.large[from+i]) - c.width
		}
		putBytes(buf[ends[i]-n:ends[i]], c.data[at:at+n])
		putLength(buf, ends, i, n)
	}
}

func (c *column) writeCoded(buf []byte, ends []int, lengths []int32, from int) {
	codes := c.codes[from : from+len(lengths)]
	v := c.values
	for i, length := range lengths {
		if length < 0 {
			putNull(buf, ends, i)
			continue
		}
		n := int(length)
		at := int(v.starts[codes[i]]) - v.width
		putBytes(buf[ends[i]-n:ends[i]], v.data[at:at+n])
		putLength(buf, ends, i, n)
	}
}
