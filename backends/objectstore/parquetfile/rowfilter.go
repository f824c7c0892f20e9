package parquetfile

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// Filter has Next leave out rows that filters drop. It is called before the first Next.
// Filters on columns that are not read, and those that drop little, are left out.
func (r *RowGroup) Filter(filters []*Filter) {
	for _, c := range r.chunks {
		if _, flat := c.(*chunk); !flat {
			return
		}
	}
	for _, f := range filters {
		if place := slices.Index(r.names, f.column); place >= 0 && f.pays() {
			r.filters = append(r.filters, placed{f, place})
		}
	}
}

// placed is a filter and its column among those that are read.
type placed struct {
	*Filter
	at int
}

const (
	// few is the share of rows below which only those that passed are decoded: a row
	// picked costs more than a row in line.
	few = 4
	// many, in eighths, is the share above which all rows are kept: moving them
	// together would cost more than testing them again.
	many = 7
)

// decoded is a column of the current batch: of all its rows, or of those of sel.
type decoded struct {
	data arrow.ArrayData
	sel  []int32
}

// filtered decodes the next rows rows: first the columns that filters read, then
// what passed of the others. The result may be no rows.
func (r *RowGroup) filtered(rows int) (columns []arrow.ArrayData, kept int, err error) {
	batch := make([]decoded, len(r.chunks))
	defer func() {
		for _, d := range batch {
			if d.data != nil {
				d.data.Release()
			}
		}
	}()
	sel, err := r.test(batch, rows)
	if err != nil {
		return nil, 0, err
	}
	if len(sel)*8 >= rows*many {
		sel = nil
	}
	for i := range batch {
		if err := r.complete(batch, i, sel, rows); err != nil {
			return nil, 0, err
		}
	}
	if sel != nil && len(sel) == 0 {
		return nil, 0, nil
	}
	kept = rows
	if sel != nil {
		kept = len(sel)
	}
	for i := range batch {
		columns = append(columns, batch[i].data)
		batch[i].data = nil
	}
	return columns, kept, nil
}

// test runs the filters and gives the rows that passed.
func (r *RowGroup) test(batch []decoded, rows int) ([]int32, error) {
	r.selected = r.selected[:0]
	for i := range rows {
		r.selected = append(r.selected, int32(i))
	}
	sel := r.selected
	for _, f := range r.filters {
		if len(sel) == 0 {
			break
		}
		r.at = f.at
		d := &batch[f.at]
		if err := r.decode(d, f.at, sel, rows); err != nil {
			return nil, err
		}
		if d.sel == nil {
			sel = f.narrow(d.data, sel, sel)
			continue
		}
		// The column has only the rows of d.sel: test by place, and turn places into rows.
		places := positions(d.sel, sel, r.places[:0])
		r.places = f.narrow(d.data, places, places)
		sel = sel[:0]
		for _, p := range r.places {
			sel = append(sel, d.sel[p])
		}
	}
	return sel, nil
}

// decode reads a column, if it has not been read: only the rows of sel if they are few.
func (r *RowGroup) decode(d *decoded, column int, sel []int32, rows int) (err error) {
	if d.data != nil {
		return nil
	}
	c := r.chunks[column].(*chunk)
	if len(sel)*few > rows {
		d.data, err = c.read(rows)
		return err
	}
	d.sel = slices.Clone(sel)
	d.data, err = c.readSelected(rows, d.sel)
	return err
}

// complete makes a column hold exactly the rows of sel, nil for all.
func (r *RowGroup) complete(batch []decoded, i int, sel []int32, rows int) error {
	r.at = i
	d := &batch[i]
	c := r.chunks[i].(*chunk)
	switch {
	case d.data == nil && sel != nil && len(sel) == 0:
		return c.skip(rows)
	case d.data == nil && (sel == nil || len(sel)*few > rows):
		var err error
		if d.data, err = c.read(rows); err != nil {
			return err
		}
	case d.data == nil:
		var err error
		d.data, err = c.readSelected(rows, sel)
		return err
	}
	if len(sel) == 0 || d.sel != nil && len(d.sel) == len(sel) {
		return nil
	}
	places := sel
	if d.sel != nil {
		r.places = positions(d.sel, sel, r.places[:0])
		places = r.places
	}
	all := d.data
	d.data = take(all, places, c.alloc)
	all.Release()
	return nil
}

// positions are where the entries of part, all of which are in whole, are in whole.
func positions(whole, part, dst []int32) []int32 {
	at := int32(0)
	for _, r := range part {
		for whole[at] != r {
			at++
		}
		dst = append(dst, at)
	}
	return dst
}

// take gathers rows of a decoded column.
func take(data arrow.ArrayData, rows []int32, alloc memory.Allocator) arrow.ArrayData {
	n := len(rows)
	buffers := []*memory.Buffer{nil, nil}
	nulls := 0
	if data.NullN() > 0 {
		valid := alloc.Allocate((n + 7) / 8)
		clear(valid)
		nulls = n - takeBits(valid, data.Buffers()[0].Bytes(), rows)
		buffers[0] = memory.NewBufferWithAllocator(valid, alloc)
	}
	src := data.Buffers()[1].Bytes()
	var values []byte
	switch t := data.DataType().(type) {
	case *arrow.DictionaryType:
		values = alloc.Allocate(n * 4)
		gather(values, src, rows, 4)
	case *arrow.BooleanType:
		values = alloc.Allocate((n + 7) / 8)
		clear(values)
		takeBits(values, src, rows)
	case arrow.FixedWidthDataType:
		width := t.BitWidth() / 8
		values = alloc.Allocate(n * width)
		gather(values, src, rows, width)
	default:
		var arena []byte
		values, arena = takeStrings(data, rows, alloc)
		buffers = append(buffers, memory.NewBufferWithAllocator(arena, alloc))
	}
	buffers[1] = memory.NewBufferWithAllocator(values, alloc)
	defer func() {
		for _, b := range buffers {
			if b != nil {
				b.Release()
			}
		}
	}()
	if dict := data.Dictionary(); data.DataType().ID() == arrow.DICTIONARY {
		return array.NewDataWithDictionary(data.DataType(), n, buffers, nulls, 0, dict.(*array.Data))
	}
	return array.NewData(data.DataType(), n, buffers, nil, nulls, 0)
}

func takeBits(dst, src []byte, rows []int32) (ones int) {
	for i, r := range rows {
		bit := src[r>>3] >> (r & 7) & 1
		dst[i>>3] |= bit << (i & 7)
		ones += int(bit)
	}
	return ones
}

func takeStrings(data arrow.ArrayData, rows []int32, alloc memory.Allocator) (values, arena []byte) {
	size := 0
	offsets := arrow.Int32Traits.CastFromBytes(data.Buffers()[1].Bytes())
	for _, r := range rows {
		size += int(offsets[r+1] - offsets[r])
	}
	values, arena = alloc.Allocate((len(rows)+1)*4), alloc.Allocate(size)
	ends := arrow.Int32Traits.CastFromBytes(values)
	ends[0] = 0
	end := 0
	for i, r := range rows {
		end += copy(arena[end:], stringAt(data, int(r)))
		ends[i+1] = int32(end)
	}
	return values, arena
}
