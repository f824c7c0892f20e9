package parquetfile

import (
	"errors"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// chunk decodes a flat column of one row group, batch by batch.
type chunk struct {
	pages
	form *form
	dict dictionary

	codeBuffer [1024]int32 // codes on their way to values
	boolBuffer []byte

	// What reading selected rows needs.
	validBuffer, rawBuffer []byte
	pickBuffer             []int32
}

// errMoreRows says that a column has fewer values than its row group has rows.
var errMoreRows = errors.New("the column chunk ends before the row group does")

// read decodes the next n rows.
func (c *chunk) read(n int) (arrow.ArrayData, error) {
	out := newOutput(c, n)
	defer out.discard()
	for out.rows < n {
		if c.left == 0 {
			if err := c.next(); errors.Is(err, io.EOF) {
				return nil, errMoreRows
			} else if err != nil {
				return nil, err
			}
			continue
		}
		k := min(n-out.rows, c.left)
		valid := k
		if c.maxDef > 0 {
			var err error
			if valid, err = c.defs.readBits(out.valid, out.rows, k); err != nil {
				return nil, err
			}
		}
		if err := out.add(k, valid); err != nil {
			return nil, err
		}
		c.left -= k
		out.rows += k
		out.nulls += k - valid
	}
	return out.finish()
}

func (c *chunk) close() error {
	c.dict.release()
	return c.reader.Close()
}

// output is one batch of a column in the making. Its slices come from the
// allocator and move into the array.
type output struct {
	*chunk
	rows, nulls int

	valid   []byte // bitmap, nil for a column without NULLs
	values  []byte // fixed values, booleans, offsets of byte strings, or codes
	arena   []byte // what the offsets point into, up to end
	end     int
	isCoded bool // values are codes of the dictionary
}

func newOutput(c *chunk, n int) *output {
	out := &output{chunk: c}
	if c.maxDef > 0 {
		out.valid = c.alloc.Allocate((n + 7) / 8)
		clear(out.valid)
	}
	switch c.form.shape {
	case shapeFixed:
		out.values = c.alloc.Allocate(n * c.form.out)
	case shapeBool:
		out.values = c.alloc.Allocate((n + 7) / 8)
		clear(out.values)
	case shapeBytes:
		out.values = c.alloc.Allocate((n + 1) * 4)
		clear(out.values[:4])
	}
	return out
}

// discard frees what finish has not moved out.
func (o *output) discard() {
	for _, b := range [][]byte{o.valid, o.values, o.arena} {
		if b != nil {
			o.alloc.Free(b)
		}
	}
}

// add decodes k rows of the current page, valid of which are not NULL.
func (o *output) add(k, valid int) error {
	switch o.form.shape {
	case shapeBool:
		return o.addBools(k, valid)
	case shapeBytes:
		return o.addBytes(k, valid)
	}
	if err := o.addFixed(valid); err != nil {
		return err
	}
	if valid < k {
		spread(o.values, o.form.out, o.valid, o.rows, k, valid)
	}
	return nil
}

// finish wraps the slices as Arrow.
func (o *output) finish() (arrow.ArrayData, error) {
	buffers := []*memory.Buffer{nil, memory.NewBufferWithAllocator(o.values, o.alloc)}
	if o.nulls > 0 {
		buffers[0] = memory.NewBufferWithAllocator(o.valid, o.alloc)
		o.valid = nil
	}
	o.values = nil
	if o.form.shape == shapeBytes && !o.isCoded {
		buffers = append(buffers, memory.NewBufferWithAllocator(o.arena, o.alloc))
		o.arena = nil
	}
	var data *array.Data
	if o.isCoded {
		data = array.NewDataWithDictionary(codedText, o.rows, buffers, o.nulls, 0, o.dict.array)
	} else {
		data = array.NewData(o.form.arrow, o.rows, buffers, nil, o.nulls, 0)
	}
	for _, b := range buffers {
		if b != nil {
			b.Release()
		}
	}
	return data, nil
}

var codedText = &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String}

// addBools decodes booleans.
func (o *output) addBools(k, valid int) error {
	if o.coded {
		return errors.New("a boolean column with a dictionary")
	}
	need := (valid + 7) / 8
	if cap(o.boolBuffer) < need {
		o.boolBuffer = make([]byte, need)
	}
	dense := o.boolBuffer[:need]
	clear(dense)
	if err := o.readBools(dense, valid); err != nil {
		return err
	}
	if valid == k {
		copyBits(o.values, o.rows, dense, 0, k)
		return nil
	}
	for i, j := o.rows, 0; i < o.rows+k; i++ {
		if o.valid[i>>3]>>(i&7)&1 == 0 {
			continue
		}
		o.values[i>>3] |= dense[j>>3] >> (j & 7) & 1 << (i & 7)
		j++
	}
	return nil
}

// addFixed decodes n dense values to the end of the rows so far.
func (o *output) addFixed(n int) error {
	f := o.form
	dst := o.values[o.rows*f.out:]
	if o.coded {
		return o.gatherFixed(dst, n)
	}
	if f.raw == 0 {
		return o.eachFixed(dst, n)
	}
	src, err := o.fixed(n)
	if err != nil {
		return err
	}
	if f.convert == nil {
		copy(dst, src)
		return nil
	}
	return f.convert(dst, src, n)
}

// eachFixed converts byte arrays one at a time into fixed values.
func (o *output) eachFixed(dst []byte, n int) error {
	dst = dst[:0]
	for range n {
		v, err := o.value()
		if err == nil {
			dst, err = o.form.convertEach(dst, v)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// gatherFixed decodes n codes and copies their values. A code beyond the
// dictionary panics, which RowGroup.Next turns into an error.
func (o *output) gatherFixed(dst []byte, n int) error {
	for n > 0 {
		codes := o.codeBuffer[:min(n, len(o.codeBuffer))]
		if err := o.codes.read(codes); err != nil {
			return err
		}
		gather(dst, o.dict.fixed, codes, o.form.out)
		dst = dst[len(codes)*o.form.out:]
		n -= len(codes)
	}
	return nil
}

// gather copies dict[code] for each code, width bytes each.
func gather(dst, dict []byte, codes []int32, width int) {
	switch width {
	case 2:
		gatherWords(arrow.Int16Traits.CastFromBytes(dst), arrow.Int16Traits.CastFromBytes(dict), codes)
	case 4:
		gatherWords(arrow.Int32Traits.CastFromBytes(dst), arrow.Int32Traits.CastFromBytes(dict), codes)
	case 8:
		gatherWords(arrow.Int64Traits.CastFromBytes(dst), arrow.Int64Traits.CastFromBytes(dict), codes)
	case 16:
		gatherWords(arrow.Decimal128Traits.CastFromBytes(dst), arrow.Decimal128Traits.CastFromBytes(dict), codes)
	default:
		for i, code := range codes {
			copy(dst[i*width:(i+1)*width], dict[int(code)*width:])
		}
	}
}

func gatherWords[T any](dst, dict []T, codes []int32) {
	dst = dst[:len(codes)]
	for i, code := range codes {
		dst[i] = dict[code]
	}
}

// spread moves valid dense values of a width to the places of the rows that are
// not NULL among k rows that begin at row at. It works backwards, in place.
func spread(values []byte, width int, bitmap []byte, at, k, valid int) {
	switch width {
	case 4:
		spreadWords(arrow.Int32Traits.CastFromBytes(values), bitmap, at, k, valid)
	case 8:
		spreadWords(arrow.Int64Traits.CastFromBytes(values), bitmap, at, k, valid)
	case 16:
		spreadWords(arrow.Decimal128Traits.CastFromBytes(values), bitmap, at, k, valid)
	default:
		for i, j := at+k-1, at+valid-1; i > j; i-- {
			if bitmap[i>>3]>>(i&7)&1 != 0 {
				copy(values[i*width:(i+1)*width], values[j*width:(j+1)*width])
				j--
			}
		}
	}
}

func spreadWords[T any](values []T, bitmap []byte, at, k, valid int) {
	var zero T
	for i, j := at+k-1, at+valid-1; i > j; i-- {
		if bitmap[i>>3]>>(i&7)&1 != 0 {
			values[i] = values[j]
			j--
		} else {
			values[i] = zero // codes of NULLs must stay within the dictionary
		}
	}
}
