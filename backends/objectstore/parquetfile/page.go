package parquetfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
)

// pages walks the data pages of one column chunk and gives access to the levels
// and the still encoded values of the current one.
type pages struct {
	reader         file.PageReader
	alloc          memory.Allocator
	raw            int  // bytes of a stored value, 0 for byte arrays
	boolean        bool // one bit a stored value
	maxDef, maxRep int16

	left int // levels not read yet; for flat columns, rows
	defs hybrid
	reps hybrid

	coded  bool   // values are codes of the dictionary
	codes  hybrid // when coded
	bits   hybrid // run-length encoded booleans
	runs   bool   // bits is in use
	plain  []byte // values in plain encoding, otherwise
	bit    int    // position in plain, for booleans
	recode []byte // where rarer encodings are turned into plain

	dictionary func(data []byte, n int) error // takes the dictionary page
}

// next moves to the next data page. io.EOF is the chunk's end.
func (p *pages) next() error {
	for p.reader.Next() {
		switch page := p.reader.Page().(type) {
		case *file.DictionaryPage:
			if err := p.dictionary(page.Data(), int(page.NumValues())); err != nil {
				return err
			}
		case *file.DataPageV1:
			return p.startV1(page)
		case *file.DataPageV2:
			return p.startV2(page)
		}
	}
	if err := p.reader.Err(); err != nil {
		return err
	}
	return io.EOF
}

var errShortPage = errors.New("the page is shorter than its header says")

func (p *pages) startV1(page *file.DataPageV1) error {
	data := page.Data()
	for _, level := range []struct {
		max      int16
		encoding parquet.Encoding
		runs     *hybrid
	}{
		{p.maxRep, page.RepetitionLevelEncoding(), &p.reps},
		{p.maxDef, page.DefinitionLevelEncoding(), &p.defs},
	} {
		if level.max == 0 {
			continue
		}
		if level.encoding != parquet.Encodings.RLE {
			return fmt.Errorf("levels in the outdated encoding %s", level.encoding)
		}
		if len(data) < 4 {
			return errShortPage
		}
		size := binary.LittleEndian.Uint32(data)
		if uint64(size) > uint64(len(data)-4) {
			return errShortPage
		}
		if err := level.runs.reset(data[4:4+size], levelWidth(level.max)); err != nil {
			return err
		}
		data = data[4+size:]
	}
	return p.start(data, parquet.Encoding(page.Encoding()), int(page.NumValues()))
}

func (p *pages) startV2(page *file.DataPageV2) error {
	data := page.Data()
	reps, defs := int(page.RepetitionLevelByteLen()), int(page.DefinitionLevelByteLen())
	if reps < 0 || defs < 0 || reps > len(data) || defs > len(data)-reps {
		return errShortPage
	}
	if err := p.reps.reset(data[:reps], levelWidth(p.maxRep)); err != nil {
		return err
	}
	if err := p.defs.reset(data[reps:reps+defs], levelWidth(p.maxDef)); err != nil {
		return err
	}
	return p.start(data[reps+defs:], parquet.Encoding(page.Encoding()), int(page.NumValues()))
}

// start prepares the values for reading. The dictionary's codes stay coded; the
// delta encodings and the split one are undone at once, into plain encoding.
func (p *pages) start(data []byte, encoding parquet.Encoding, levels int) (err error) {
	p.left, p.coded, p.runs, p.bit = levels, false, false, 0
	p.plain = data
	switch encoding {
	case parquet.Encodings.Plain:
	case parquet.Encodings.RLEDict, parquet.Encodings.PlainDict:
		p.coded = true
		if len(data) == 0 { // a page of NULLs may leave even the width out
			return p.codes.reset(nil, 1)
		}
		return p.codes.reset(data[1:], uint(data[0]))
	case parquet.Encodings.RLE:
		if !p.boolean || len(data) < 4 {
			return errShortPage
		}
		p.runs = true
		return p.bits.reset(data[4:], 1)
	case parquet.Encodings.DeltaBinaryPacked:
		p.plain, err = deltaBinary(p.recode[:0], data, p.raw, levels)
	case parquet.Encodings.DeltaLengthByteArray:
		p.plain, err = deltaLengths(p.recode[:0], data, levels)
	case parquet.Encodings.DeltaByteArray:
		p.plain, err = deltaBytes(p.recode[:0], data, p.raw, levels)
	case parquet.Encodings.ByteStreamSplit:
		p.plain, err = joinStreams(p.recode[:0], data, p.raw)
	default:
		return fmt.Errorf("unknown encoding %s", encoding)
	}
	if err == nil && encoding != parquet.Encodings.Plain {
		p.recode = p.plain
	}
	return err
}

// levelWidth is the number of bits that levels up to a maximum take.
func levelWidth(maximum int16) uint {
	width := uint(0)
	for ; maximum > 0; maximum >>= 1 {
		width++
	}
	return width
}

// fixed takes n plain values of p.raw bytes.
func (p *pages) fixed(n int) ([]byte, error) {
	size := n * p.raw
	if size > len(p.plain) {
		return nil, errShortPage
	}
	values := p.plain[:size]
	p.plain = p.plain[size:]
	return values, nil
}

// value takes one plain value of a byte-array column, or of p.raw bytes.
func (p *pages) value() ([]byte, error) {
	if p.raw > 0 {
		return p.fixed(1)
	}
	if len(p.plain) < 4 {
		return nil, errShortPage
	}
	size := binary.LittleEndian.Uint32(p.plain)
	if uint64(size) > uint64(len(p.plain)-4) {
		return nil, errShortPage
	}
	v := p.plain[4 : 4+size]
	p.plain = p.plain[4+size:]
	return v, nil
}

// readBools adds n booleans to a bitmap that is zero.
func (p *pages) readBools(bitmap []byte, n int) error {
	if p.runs {
		_, err := p.bits.readBits(bitmap, 0, n)
		return err
	}
	if p.bit+n > len(p.plain)*8 {
		return errShortPage
	}
	copyBits(bitmap, 0, p.plain, p.bit, n)
	p.bit += n
	return nil
}
