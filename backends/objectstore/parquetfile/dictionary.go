package parquetfile

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// dictionary is a column chunk's, converted once.
type dictionary struct {
	n       int
	fixed   []byte  // values of shapeFixed, in Arrow's form
	offsets []int32 // of byte strings
	arena   []byte
	array   *array.Data // of text, shared by the batches
}

var errCode = errors.New("a dictionary code beyond the dictionary")

func (d *dictionary) value(code int32) []byte { return d.arena[d.offsets[code]:d.offsets[code+1]] }

func (d *dictionary) release() {
	if d.array != nil {
		d.array.Release()
		d.array = nil
	}
}

// loadDictionary reads a dictionary page of n plain values. Its memory is the
// collector's, because batches that outlive the chunk may refer to it.
func (c *chunk) loadDictionary(data []byte, n int) error {
	if c.dict.n > 0 {
		return errors.New("a column chunk with two dictionaries")
	}
	values := pages{raw: c.raw, plain: data}
	if c.form.shape == shapeFixed {
		return c.loadFixed(&values, n)
	}
	if c.form.shape == shapeBool {
		return errors.New("a boolean column with a dictionary")
	}
	if n > len(data)/storedSize(c.raw) || len(data) > math.MaxInt32 {
		return errShortPage
	}
	return c.loadBytes(&values, n)
}

// storedSize is the least that a plain value takes.
func storedSize(raw int) int {
	if raw > 0 {
		return raw
	}
	return 4 // a length
}

func (c *chunk) loadFixed(values *pages, n int) error {
	if n > len(values.plain)/storedSize(c.raw) {
		return errShortPage
	}
	fixed := make([]byte, n*c.form.out)
	switch {
	case c.form.raw == 0:
		each := fixed[:0]
		for range n {
			v, err := values.value()
			if err == nil {
				each, err = c.form.convertEach(each, v)
			}
			if err != nil {
				return err
			}
		}
	default:
		src, err := values.fixed(n)
		if err != nil {
			return err
		}
		if c.form.convert == nil {
			copy(fixed, src)
		} else if err := c.form.convert(fixed, src, n); err != nil {
			return err
		}
	}
	c.dict.fixed, c.dict.n = fixed, n
	return nil
}

func (c *chunk) loadBytes(values *pages, n int) error {
	raw := make([]byte, (n+1)*4)
	offsets := arrow.Int32Traits.CastFromBytes(raw)
	arena := make([]byte, 0, len(values.plain))
	for i := range n {
		v, err := values.value()
		if err != nil {
			return err
		}
		if c.form.convertEach != nil {
			arena, err = c.form.convertEach(arena, v)
		} else {
			arena = append(arena, v...)
		}
		if err != nil {
			return err
		}
		binary.LittleEndian.PutUint32(raw[4*(i+1):], uint32(len(arena)))
	}
	if c.form.text {
		if err := checkText(arena, 0, offsets[1:]); err != nil {
			return err
		}
		buffers := []*memory.Buffer{nil, memory.NewBufferBytes(raw), memory.NewBufferBytes(arena)}
		c.dict.array = array.NewData(arrow.BinaryTypes.String, n, buffers, nil, 0, 0)
	}
	c.dict.n, c.dict.offsets, c.dict.arena = n, offsets, arena
	return nil
}
