package parquetfile

import (
	"encoding/binary"
	"errors"
	"math/bits"
)

// hybrid decodes the run-length and bit-packed mix that Parquet uses for levels
// and dictionary codes.
type hybrid struct {
	data  []byte
	width uint

	repeats int // values left of a repeated run
	value   uint32

	packed int // values left of a bit-packed run
	run    []byte
	bit    int // position in run
}

var errShortRuns = errors.New("the run-length encoded data ends early")

// reset starts on new data of values width bits wide.
func (h *hybrid) reset(data []byte, width uint) error {
	if width > 32 {
		return errors.New("a bit width over 32")
	}
	*h = hybrid{data: data, width: width}
	return nil
}

// next starts the next run.
func (h *hybrid) next() error {
	header, n := binary.Uvarint(h.data)
	if n <= 0 || header>>1 > 1<<31 {
		return errShortRuns
	}
	h.data = h.data[n:]
	if header&1 == 1 {
		return h.nextPacked(int(header >> 1))
	}
	size := int(h.width+7) / 8
	if len(h.data) < size {
		return errShortRuns
	}
	h.value = 0
	for i := range size {
		h.value |= uint32(h.data[i]) << (8 * i)
	}
	h.data = h.data[size:]
	h.repeats = int(header >> 1)
	if h.repeats == 0 {
		return errShortRuns
	}
	return nil
}

// nextPacked starts a run of groups of eight values. Some writers cut the last
// group short, so what is there is taken.
func (h *hybrid) nextPacked(groups int) error {
	size := groups * int(h.width)
	h.packed = groups * 8
	if size > len(h.data) {
		size = len(h.data)
		h.packed = size * 8 / int(max(h.width, 1))
	}
	if h.packed == 0 {
		return errShortRuns
	}
	h.run, h.bit = h.data[:size], 0
	h.data = h.data[size:]
	return nil
}

// read fills dst.
func (h *hybrid) read(dst []int32) error {
	if h.width == 0 {
		clear(dst)
		return nil
	}
	for len(dst) > 0 {
		switch {
		case h.repeats > 0:
			n := min(h.repeats, len(dst))
			v := int32(h.value)
			for i := range dst[:n] {
				dst[i] = v
			}
			h.repeats -= n
			dst = dst[n:]
		case h.packed > 0:
			n := min(h.packed, len(dst))
			unpack(dst[:n], h.run, h.bit, h.width)
			h.packed -= n
			h.bit += n * int(h.width)
			dst = dst[n:]
		default:
			if err := h.next(); err != nil {
				return err
			}
		}
	}
	return nil
}

// skip passes over n values.
func (h *hybrid) skip(n int) error {
	if h.width == 0 {
		return nil
	}
	for n > 0 {
		switch {
		case h.repeats > 0:
			k := min(h.repeats, n)
			h.repeats -= k
			n -= k
		case h.packed > 0:
			k := min(h.packed, n)
			h.packed -= k
			h.bit += k * int(h.width)
			n -= k
		default:
			if err := h.next(); err != nil {
				return err
			}
		}
	}
	return nil
}

// unpack extracts len(dst) values of width bits from src, starting at bit. Groups
// of eight begin at a byte, so a load of eight bytes serves eight, four or two
// values; this is a fifth of a scan's time.
func unpack(dst []int32, src []byte, bit int, width uint) {
	if bit&7 == 0 {
		at := bit >> 3
		groups := min(len(dst)/8, max(len(src)-at-int(width)-8, 0)/int(width))
		switch {
		case width <= 8:
			unpackBy8(dst[:groups*8], src[at:], width)
		case width <= 16:
			unpackBy4(dst[:groups*8], src[at:], width)
		case width <= 28:
			unpackBy2(dst[:groups*8], src[at:], width)
		default:
			groups = 0
		}
		dst, bit = dst[groups*8:], bit+groups*8*int(width)
	}
	mask := uint64(1)<<width - 1
	for i := range dst {
		at := bit >> 3
		var word uint64
		if at+8 <= len(src) {
			word = binary.LittleEndian.Uint64(src[at:])
		} else {
			for b := 0; at+b < len(src); b++ {
				word |= uint64(src[at+b]) << (8 * b)
			}
		}
		dst[i] = int32(word >> (bit & 7) & mask)
		bit += int(width)
	}
}

func unpackBy8(dst []int32, src []byte, width uint) {
	mask := uint64(1)<<width - 1
	for at := 0; len(dst) >= 8; at += int(width) {
		word := binary.LittleEndian.Uint64(src[at:])
		for i := range dst[:8] {
			dst[i] = int32(word & mask)
			word >>= width & 63
		}
		dst = dst[8:]
	}
}

func unpackBy4(dst []int32, src []byte, width uint) {
	mask := uint64(1)<<width - 1
	half, shift := int(width/2), width*4&7
	for at := 0; len(dst) >= 8; at += int(width) {
		word := binary.LittleEndian.Uint64(src[at:])
		next := binary.LittleEndian.Uint64(src[at+half:]) >> shift
		d := dst[:8]
		d[0], d[4] = int32(word&mask), int32(next&mask)
		word, next = word>>(width&63), next>>(width&63)
		d[1], d[5] = int32(word&mask), int32(next&mask)
		word, next = word>>(width&63), next>>(width&63)
		d[2], d[6] = int32(word&mask), int32(next&mask)
		word, next = word>>(width&63), next>>(width&63)
		d[3], d[7] = int32(word&mask), int32(next&mask)
		dst = dst[8:]
	}
}

func unpackBy2(dst []int32, src []byte, width uint) {
	mask := uint64(1)<<width - 1
	for at := 0; len(dst) >= 8; at += int(width) {
		for i := 0; i < 8; i += 2 {
			bit := i * int(width)
			word := binary.LittleEndian.Uint64(src[at+bit>>3:]) >> (bit & 7)
			dst[i], dst[i+1] = int32(word&mask), int32(word>>(width&63)&mask)
		}
		dst = dst[8:]
	}
}

// readBits copies n values, each one bit wide, into a bitmap from position at, and
// counts the ones. It is how the definition levels of a flat column become its
// validity bitmap without passing through integers.
func (h *hybrid) readBits(bitmap []byte, at, n int) (ones int, err error) {
	for n > 0 {
		switch {
		case h.repeats > 0:
			k := min(h.repeats, n)
			if h.value != 0 {
				setBits(bitmap, at, k)
				ones += k
			}
			h.repeats -= k
			at, n = at+k, n-k
		case h.packed > 0:
			k := min(h.packed, n)
			ones += copyBits(bitmap, at, h.run, h.bit, k)
			h.packed -= k
			h.bit += k
			at, n = at+k, n-k
		default:
			if err := h.next(); err != nil {
				return 0, err
			}
		}
	}
	return ones, nil
}

// setBits sets n bits of a bitmap from position at.
func setBits(bitmap []byte, at, n int) {
	for n > 0 && at&7 != 0 {
		bitmap[at>>3] |= 1 << (at & 7)
		at, n = at+1, n-1
	}
	for ; n >= 8; at, n = at+8, n-8 {
		bitmap[at>>3] = 0xff
	}
	for ; n > 0; at, n = at+1, n-1 {
		bitmap[at>>3] |= 1 << (at & 7)
	}
}

// copyBits copies n bits into a bitmap that is zero there, and counts the ones.
func copyBits(dst []byte, at int, src []byte, from, n int) (ones int) {
	for n > 0 {
		k := min(8-at&7, n)
		b := src[from>>3] >> (from & 7)
		if from&7 != 0 && from>>3+1 < len(src) {
			b |= src[from>>3+1] << (8 - from&7)
		}
		b &= byte(1<<k - 1)
		ones += bits.OnesCount8(b)
		dst[at>>3] |= b << (at & 7)
		at, from, n = at+k, from+k, n-k
	}
	return ones
}
