package parquetfile

import (
	"encoding/binary"
	"errors"
	"slices"
)

var errDelta = errors.New("the delta-encoded data is damaged")

// deltaBinary undoes DELTA_BINARY_PACKED into values of size bytes, at most limit.
func deltaBinary(dst, data []byte, size, limit int) ([]byte, error) {
	if size != 4 && size != 8 {
		return nil, errDelta
	}
	values, _, err := deltaInts(data, limit)
	if err != nil {
		return nil, err
	}
	dst = slices.Grow(dst, len(values)*size)
	for _, v := range values {
		if size == 4 {
			dst = binary.LittleEndian.AppendUint32(dst, uint32(v))
		} else {
			dst = binary.LittleEndian.AppendUint64(dst, uint64(v))
		}
	}
	return dst, nil
}

// mostInPage bounds what one page may unpack to: miniblocks without a bit of data
// hold any number of values.
const mostInPage = 1 << 26

// deltaInts decodes a DELTA_BINARY_PACKED run of at most limit values and gives
// what follows it. Sums wrap, as the format says.
func deltaInts(data []byte, limit int) (values []int64, rest []byte, err error) {
	var header [4]uint64 // values a block, miniblocks a block, total, first (zigzag)
	for i := range header {
		v, n := binary.Uvarint(data)
		if n <= 0 {
			return nil, nil, errDelta
		}
		header[i], data = v, data[n:]
	}
	blockSize, miniblocks, total := header[0], header[1], header[2]
	if total > uint64(min(limit, mostInPage)) || miniblocks == 0 || miniblocks > 1<<16 || blockSize > 1<<24 ||
		blockSize%miniblocks != 0 || blockSize/miniblocks%8 != 0 {
		return nil, nil, errDelta
	}
	if total == 0 {
		return nil, data, nil
	}
	values = append(make([]int64, 0, min(total, 1<<16)), unzigzag(header[3]))
	for len(values) < int(total) {
		if values, data, err = deltaBlock(values, data, int(miniblocks), int(blockSize/miniblocks), int(total)); err != nil {
			return nil, nil, err
		}
	}
	return values, data, nil
}

// deltaBlock decodes one block: the least delta, the miniblocks' widths, the miniblocks.
func deltaBlock(values []int64, data []byte, miniblocks, size, total int) ([]int64, []byte, error) {
	v, n := binary.Uvarint(data)
	if n <= 0 || len(data)-n < miniblocks {
		return nil, nil, errDelta
	}
	least, widths := unzigzag(v), data[n:n+miniblocks]
	data = data[n+miniblocks:]
	last := values[len(values)-1]
	for _, width := range widths {
		if len(values) == total {
			break // widths of miniblocks without values are noise
		}
		count := min(size, total-len(values))
		bytes := size * int(width) / 8
		// A writer may leave out the padding of the last miniblock.
		if width > 64 || (count*int(width)+7)/8 > len(data) {
			return nil, nil, errDelta
		}
		for i := range count {
			last += least + int64(bitsAt(data, i*int(width), uint(width)))
			values = append(values, last)
		}
		data = data[min(bytes, len(data)):]
	}
	return values, data, nil
}

// bitsAt extracts up to 64 bits.
func bitsAt(data []byte, bit int, width uint) uint64 {
	if width == 0 {
		return 0
	}
	at, shift := bit>>3, uint(bit&7)
	var word [9]byte
	copy(word[:], data[at:])
	v := binary.LittleEndian.Uint64(word[:]) >> shift
	if shift+width > 64 {
		v |= uint64(word[8]) << (64 - shift)
	}
	return v & (^uint64(0) >> (64 - width))
}

func unzigzag(v uint64) int64 { return int64(v>>1) ^ -int64(v&1) }

// deltaLengths undoes DELTA_LENGTH_BYTE_ARRAY into plain encoding: the lengths
// come first, then all the bytes.
func deltaLengths(dst, data []byte, limit int) ([]byte, error) {
	lengths, rest, err := deltaInts(data, limit)
	if err != nil {
		return nil, err
	}
	dst = slices.Grow(dst, len(rest)+4*len(lengths))
	for _, n := range lengths {
		if n < 0 || n > int64(len(rest)) {
			return nil, errDelta
		}
		dst = binary.LittleEndian.AppendUint32(dst, uint32(n))
		dst = append(dst, rest[:n]...)
		rest = rest[n:]
	}
	return dst, nil
}

// deltaBytes undoes DELTA_BYTE_ARRAY: each value is a prefix of the one before and
// a suffix. Values of a fixed size come out without their length.
func deltaBytes(dst, data []byte, size, limit int) ([]byte, error) {
	prefixes, rest, err := deltaInts(data, limit)
	if err != nil {
		return nil, err
	}
	lengths, rest, err := deltaInts(rest, limit)
	if err != nil {
		return nil, err
	}
	if len(lengths) != len(prefixes) {
		return nil, errDelta
	}
	// A prefix multiplies what is stored; the page's own limit holds for the result too.
	const most = 256 << 20
	previous := 0 // where the value before begins in dst
	for i, n := range lengths {
		before := dst[previous:]
		if n < 0 || n > int64(len(rest)) || prefixes[i] < 0 || prefixes[i] > int64(len(before)) || len(dst) > most {
			return nil, errDelta
		}
		whole := int(prefixes[i] + n)
		if size == 0 {
			dst = binary.LittleEndian.AppendUint32(dst, uint32(whole))
		} else if whole != size {
			return nil, errDelta
		}
		start := len(dst)
		dst = append(dst, before[:prefixes[i]]...)
		dst = append(dst, rest[:n]...)
		previous, rest = start, rest[n:]
	}
	return dst, nil
}

// joinStreams undoes BYTE_STREAM_SPLIT: first the first byte of every value, then
// the second, and so on.
func joinStreams(dst, data []byte, size int) ([]byte, error) {
	if size == 0 || len(data)%size != 0 {
		return nil, errDelta
	}
	n := len(data) / size
	dst = slices.Grow(dst, len(data))[:len(data)]
	for b := range size {
		for i, v := range data[b*n : (b+1)*n] {
			dst[i*size+b] = v
		}
	}
	return dst, nil
}
