package parquetfile

import (
	"bytes"
	"encoding/binary"
	"math"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// addBytes decodes k byte strings, valid of which are not NULL. Text under a
// dictionary stays coded as long as every page of the batch is.
func (o *output) addBytes(k, valid int) error {
	if o.coded && o.form.text && o.dict.n > 0 && (o.rows == 0 || o.isCoded) {
		o.isCoded = true
		return o.addCodes(k, valid)
	}
	if o.isCoded {
		if err := o.decodeCodes(); err != nil {
			return err
		}
	}
	switch {
	case o.coded:
		return o.gatherBytes(k, valid)
	case o.form.convertEach != nil:
		return o.eachBytes(k)
	default:
		return o.plainBytes(k, valid)
	}
}

// addCodes decodes codes without looking the values up.
func (o *output) addCodes(k, valid int) error {
	codes := arrow.Int32Traits.CastFromBytes(o.values)
	dense := codes[o.rows : o.rows+valid]
	if err := o.codes.read(dense); err != nil {
		return err
	}
	if !within(dense, o.dict.n) {
		return errCode
	}
	if valid < k {
		spreadWords(codes, o.valid, o.rows, k, valid)
	}
	return nil
}

// within says that every code is one of a dictionary of n values.
func within(codes []int32, n int) bool {
	highest := uint32(0)
	for _, c := range codes {
		highest = max(highest, uint32(c))
	}
	return len(codes) == 0 || highest < uint32(n)
}

// decodeCodes turns a batch begun as codes into plain strings, when a later page
// of the chunk has given the dictionary up.
func (o *output) decodeCodes() error {
	coded := o.values
	o.values = o.alloc.Allocate(len(coded))
	defer o.alloc.Free(coded)
	o.isCoded = false
	codes := arrow.Int32Traits.CastFromBytes(coded)
	offsets := arrow.Int32Traits.CastFromBytes(o.values)
	offsets[0] = 0
	for i := range o.rows {
		if o.isValid(i) {
			if err := o.appendArena(o.dict.value(codes[i])); err != nil {
				return err
			}
		}
		offsets[i+1] = int32(o.end)
	}
	return nil
}

func (o *output) isValid(row int) bool {
	return o.valid == nil || o.valid[row>>3]>>(row&7)&1 != 0
}

// gatherBytes copies values of the dictionary.
func (o *output) gatherBytes(k, valid int) error {
	offsets := arrow.Int32Traits.CastFromBytes(o.values)[o.rows+1:]
	block := o.codeBuffer[:0]
	for i := range k {
		if o.isValid(o.rows + i) {
			if len(block) == 0 {
				block = o.codeBuffer[:min(valid, len(o.codeBuffer))]
				if err := o.codes.read(block); err != nil {
					return err
				}
			}
			if err := o.appendArena(o.dict.value(block[0])); err != nil {
				return err
			}
			block, valid = block[1:], valid-1
		}
		offsets[i] = int32(o.end)
	}
	return nil
}

// eachBytes converts values one at a time.
func (o *output) eachBytes(k int) error {
	offsets := arrow.Int32Traits.CastFromBytes(o.values)[o.rows+1:]
	var converted []byte
	for i := range k {
		if o.isValid(o.rows + i) {
			v, err := o.value()
			if err == nil {
				converted, err = o.form.convertEach(converted[:0], v)
			}
			if err == nil {
				err = o.appendArena(converted)
			}
			if err != nil {
				return err
			}
		}
		offsets[i] = int32(o.end)
	}
	return nil
}

// plainBytes copies plain byte arrays. It first sums the lengths, so that the
// arena grows once; the copying then moves short strings as two words.
func (o *output) plainBytes(k, valid int) error {
	src := o.plain
	total, at := 0, 0
	for range valid {
		if len(src)-at < 4 {
			return errShortPage
		}
		n := int(binary.LittleEndian.Uint32(src[at:]))
		if n > len(src)-at-4 {
			return errShortPage
		}
		total += n
		at += 4 + n
	}
	start := o.end
	if err := o.reserve(total + 16); err != nil {
		return err
	}
	arena := o.arena
	offsets := arrow.Int32Traits.CastFromBytes(o.values)[o.rows+1:]
	end, at := start, 0
	for i := range k {
		if valid == k || o.isValid(o.rows+i) {
			n := int(binary.LittleEndian.Uint32(src[at:]))
			at += 4
			if n <= 16 && at+16 <= len(src) {
				binary.LittleEndian.PutUint64(arena[end:], binary.LittleEndian.Uint64(src[at:]))
				binary.LittleEndian.PutUint64(arena[end+8:], binary.LittleEndian.Uint64(src[at+8:]))
			} else {
				copy(arena[end:], src[at:at+n])
			}
			at += n
			end += n
		}
		offsets[i] = int32(end)
	}
	o.end, o.plain = end, src[at:]
	if !o.form.text {
		return nil
	}
	return checkText(arena[:end], int32(start), offsets[:k])
}

func (o *output) appendArena(v []byte) error {
	if len(v) > len(o.arena)-o.end {
		if err := o.reserve(len(v)); err != nil {
			return err
		}
	}
	o.end += copy(o.arena[o.end:], v)
	return nil
}

// reserve makes room for n more bytes. The arena keeps the length it was allocated
// with, which is what an allocator expects back.
func (o *output) reserve(n int) error {
	need := o.end + n
	if need > math.MaxInt32 {
		return pgerr.New(pgerr.ProgramLimitExceeded, "a batch of more than 2 GB in one column")
	}
	if need > len(o.arena) {
		o.arena = o.alloc.Reallocate(max(need, 2*len(o.arena)), o.arena)
	}
	return nil
}

// checkText checks that the strings that end at offsets, the first of which begins
// at start, are what Postgres can hold.
func checkText(arena []byte, start int32, offsets []int32) error {
	all := arena[start:]
	if isASCII(all) && bytes.IndexByte(all, 0) < 0 {
		return nil
	}
	for _, end := range offsets {
		if v := arena[start:end]; !utf8.Valid(v) || bytes.IndexByte(v, 0) >= 0 {
			return invalidText(v)
		}
		start = end
	}
	return nil
}

func isASCII(b []byte) bool {
	for ; len(b) >= 8; b = b[8:] {
		if binary.LittleEndian.Uint64(b)&0x8080808080808080 != 0 {
			return false
		}
	}
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// invalidText names the first bytes that do not belong, as Postgres does.
func invalidText(v []byte) error {
	for len(v) > 0 && v[0] != 0 {
		r, size := utf8.DecodeRune(v)
		if r == utf8.RuneError && size == 1 {
			break
		}
		v = v[size:]
	}
	return pgerr.New(pgerr.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\": 0x%02x", v[:min(len(v), 1)])
}
