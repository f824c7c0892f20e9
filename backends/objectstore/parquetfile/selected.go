package parquetfile

import (
	"errors"
	"io"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
)

// skip passes over the next n rows without decoding more than it must.
func (c *chunk) skip(n int) error {
	for n > 0 {
		k, err := c.some(n)
		if err != nil {
			return err
		}
		valid, _, err := c.validity(k)
		if err != nil {
			return err
		}
		if err := c.skipValues(valid); err != nil {
			return err
		}
		c.left -= k
		n -= k
	}
	return nil
}

// some is how many of n rows the current page has; it moves to the next if there are
// none.
func (c *chunk) some(n int) (int, error) {
	for c.left == 0 {
		if err := c.next(); errors.Is(err, io.EOF) {
			return 0, errMoreRows
		} else if err != nil {
			return 0, err
		}
	}
	return min(n, c.left), nil
}

// validity reads the next k definition levels: how many rows are not NULL, and which;
// the bitmap is valid until the next call, and nil if there are no levels.
func (c *chunk) validity(k int) (valid int, bitmap []byte, err error) {
	if c.maxDef == 0 {
		return k, nil, nil
	}
	need := (k + 7) / 8
	if cap(c.validBuffer) < need {
		c.validBuffer = make([]byte, need)
	}
	bitmap = c.validBuffer[:need]
	clear(bitmap)
	valid, err = c.defs.readBits(bitmap, 0, k)
	return valid, bitmap, err
}

// skipValues passes over n values that are not NULL.
func (c *chunk) skipValues(n int) error {
	switch {
	case n == 0:
		return nil
	case c.coded:
		return c.codes.skip(n)
	case c.boolean && c.runs:
		return c.bits.skip(n)
	case c.boolean:
		if c.bit+n > len(c.plain)*8 {
			return errShortPage
		}
		c.bit += n
		return nil
	case c.raw > 0:
		_, err := c.fixed(n)
		return err
	}
	for range n {
		if _, err := c.value(); err != nil {
			return err
		}
	}
	return nil
}

// readSelected decodes those of the next n rows that sel lists in ascending order.
func (c *chunk) readSelected(n int, sel []int32) (arrow.ArrayData, error) {
	out := newOutput(c, len(sel))
	defer out.discard()
	for done := 0; done < n; {
		k, err := c.some(n - done)
		if err != nil {
			return nil, err
		}
		end, _ := slices.BinarySearch(sel, int32(done+k))
		picks := c.pickBuffer[:0]
		for _, r := range sel[:end] {
			picks = append(picks, r-int32(done))
		}
		c.pickBuffer = picks
		if err := out.addSelected(k, picks); err != nil {
			return nil, err
		}
		sel = sel[end:]
		c.left -= k
		done += k
	}
	return out.finish()
}

// addSelected decodes picks among the next k rows, all of the current page.
func (o *output) addSelected(k int, picks []int32) error {
	valid, bitmap, err := o.validity(k)
	if err != nil {
		return err
	}
	rows := len(picks)
	if o.valid != nil {
		picks = o.rank(bitmap, picks)
	}
	if len(picks) == 0 {
		err = o.skipValues(valid)
	} else {
		err = o.pick(valid, picks)
	}
	if err != nil {
		return err
	}
	return o.place(rows, len(picks))
}

// rank notes which picked rows are not NULL, and gives their places among the values.
func (o *output) rank(bitmap []byte, picks []int32) []int32 {
	dense := picks[:0]
	row, rank := int32(0), int32(0)
	for i, p := range picks {
		for ; row < p; row++ {
			rank += int32(bitmap[row>>3] >> (row & 7) & 1)
		}
		if bitmap[p>>3]>>(p&7)&1 != 0 {
			at := o.rows + i
			o.valid[at>>3] |= 1 << (at & 7)
			dense = append(dense, rank)
		}
	}
	return dense
}

// place moves values that pick put down densely to their rows, and counts rows.
func (o *output) place(rows, valid int) error {
	if valid < rows {
		switch {
		case o.form.shape == shapeFixed:
			spread(o.values, o.form.out, o.valid, o.rows, rows, valid)
		case o.form.shape == shapeBool:
			o.spreadBools(rows, valid)
		case o.isCoded:
			spreadWords(arrow.Int32Traits.CastFromBytes(o.values), o.valid, o.rows, rows, valid)
		default:
			o.spreadEnds(rows, valid)
		}
	}
	o.rows += rows
	o.nulls += rows - valid
	return nil
}

func (o *output) spreadBools(rows, valid int) {
	for i, j := o.rows+rows-1, o.rows+valid-1; i > j; i-- {
		bit := byte(0)
		if o.isValid(i) {
			bit = o.values[j>>3] >> (j & 7) & 1
			j--
		}
		o.values[i>>3] = o.values[i>>3]&^(1<<(i&7)) | bit<<(i&7)
	}
}

// spreadEnds gives NULL rows the end of the string before.
func (o *output) spreadEnds(rows, valid int) {
	ends := arrow.Int32Traits.CastFromBytes(o.values)[1:]
	for i, j := o.rows+rows-1, o.rows+valid-1; i >= o.rows; i-- {
		end := int32(0)
		if j >= o.rows {
			end = ends[j]
		} else if o.rows > 0 {
			end = ends[o.rows-1]
		}
		ends[i] = end
		if o.isValid(i) {
			j--
		}
	}
}

// pick decodes those of the next n values that picks lists, densely.
func (o *output) pick(n int, picks []int32) error {
	switch {
	case o.form.shape == shapeBool:
		return o.pickBools(n, picks)
	case o.form.shape == shapeBytes:
		return o.pickBytes(n, picks)
	case o.coded:
		return o.pickCodes(n, picks, func(codes []int32, at int) error {
			gather(o.values[(o.rows+at)*o.form.out:], o.dict.fixed, codes, o.form.out)
			return nil
		})
	case o.form.raw == 0:
		return o.pickEach(n, picks)
	default:
		return o.pickFixed(n, picks)
	}
}

// pickCodes decodes n codes and hands out the picked ones, in blocks; at is how many
// went before.
func (o *output) pickCodes(n int, picks []int32, use func(codes []int32, at int) error) error {
	at := 0
	for from := 0; from < n; {
		size := min(n-from, len(o.codeBuffer))
		end, _ := slices.BinarySearch(picks, int32(from+size))
		if end == 0 {
			if err := o.codes.skip(size); err != nil {
				return err
			}
			from += size
			continue
		}
		block := o.codeBuffer[:size]
		if err := o.codes.read(block); err != nil {
			return err
		}
		for i, p := range picks[:end] {
			block[i] = block[p-int32(from)] // picks ascend, so this only moves down
		}
		if err := use(block[:end], at); err != nil {
			return err
		}
		at, picks, from = at+end, picks[end:], from+size
	}
	return nil
}

func (o *output) pickFixed(n int, picks []int32) error {
	src, err := o.fixed(n)
	if err != nil {
		return err
	}
	raw := o.form.raw
	dst := o.values[o.rows*o.form.out:]
	if o.form.convert == nil {
		gatherRaw(dst, src, picks, raw)
		return nil
	}
	if need := len(picks) * raw; cap(o.rawBuffer) < need {
		o.rawBuffer = make([]byte, need)
	}
	dense := o.rawBuffer[:len(picks)*raw]
	gatherRaw(dense, src, picks, raw)
	return o.form.convert(dst, dense, len(picks))
}

// gatherRaw copies picked values of a width; src need not be aligned.
func gatherRaw(dst, src []byte, picks []int32, width int) {
	switch width {
	case 8:
		for i, p := range picks {
			copy(dst[i*8:i*8+8], src[int(p)*8:int(p)*8+8])
		}
	case 4:
		for i, p := range picks {
			copy(dst[i*4:i*4+4], src[int(p)*4:int(p)*4+4])
		}
	default:
		for i, p := range picks {
			copy(dst[i*width:(i+1)*width], src[int(p)*width:])
		}
	}
}

func (o *output) pickEach(n int, picks []int32) error {
	dst := o.values[o.rows*o.form.out:][:0]
	return o.eachPicked(n, picks, func(v []byte) (err error) {
		dst, err = o.form.convertEach(dst, v)
		return err
	})
}

// eachPicked walks n plain values.
func (o *output) eachPicked(n int, picks []int32, use func(v []byte) error) error {
	for i := range int32(n) {
		v, err := o.value()
		if err != nil {
			return err
		}
		if len(picks) == 0 || picks[0] != i {
			continue
		}
		picks = picks[1:]
		if err := use(v); err != nil {
			return err
		}
	}
	return nil
}

func (o *output) pickBools(n int, picks []int32) error {
	if o.coded {
		return errors.New("a boolean column with a dictionary")
	}
	need := (n + 7) / 8
	if cap(o.boolBuffer) < need {
		o.boolBuffer = make([]byte, need)
	}
	dense := o.boolBuffer[:need]
	clear(dense)
	if err := o.readBools(dense, n); err != nil {
		return err
	}
	for i, p := range picks {
		at := o.rows + i
		o.values[at>>3] |= dense[p>>3] >> (p & 7) & 1 << (at & 7)
	}
	return nil
}

// pickBytes decodes picked byte strings; text under a dictionary stays coded as long
// as every page with a picked row is.
func (o *output) pickBytes(n int, picks []int32) error {
	if o.coded && o.form.text && o.dict.n > 0 && (o.rows == o.nulls || o.isCoded) {
		o.isCoded = true
		codes := arrow.Int32Traits.CastFromBytes(o.values)
		if o.rows > 0 && o.rows == o.nulls {
			clear(codes[:o.rows])
		}
		return o.pickCodes(n, picks, func(block []int32, at int) error {
			if !within(block, o.dict.n) {
				return errCode
			}
			copy(codes[o.rows+at:], block)
			return nil
		})
	}
	if o.isCoded {
		if err := o.decodeCodes(); err != nil {
			return err
		}
	}
	ends := arrow.Int32Traits.CastFromBytes(o.values)[o.rows+1:]
	at := 0
	add := func(v []byte) error {
		if err := o.appendArena(v); err != nil {
			return err
		}
		ends[at] = int32(o.end)
		at++
		return nil
	}
	if o.coded {
		return o.pickCodes(n, picks, func(block []int32, _ int) error {
			for _, code := range block {
				if err := add(o.dict.value(code)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	start := o.end
	var converted []byte
	err := o.eachPicked(n, picks, func(v []byte) (err error) {
		if o.form.convertEach != nil {
			if converted, err = o.form.convertEach(converted[:0], v); err != nil {
				return err
			}
			v = converted
		}
		return add(v)
	})
	if err != nil || !o.form.text {
		return err
	}
	return checkText(o.arena[:o.end], int32(start), ends[:at])
}
