package objectstore

import (
	"fmt"
	"io"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/backends/objectstore/parquetfile"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// projected are the file's columns that a scan needs, each once. at maps the
// table's columns to the file's.
func projected(columns, at []int) []int {
	var needed []int
	for _, c := range columns {
		if i := at[c]; i >= 0 && !slices.Contains(needed, i) {
			needed = append(needed, i)
		}
	}
	return needed
}

// mayMatch says whether a row group may hold rows that pass all predicates.
func mayMatch(f *parquetfile.File, group int, t *table, at []int, predicates []backends.Predicate) bool {
	for _, p := range predicates {
		column := at[p.Column]
		if t.folder(p.Column) >= 0 {
			continue // the whole file was asked already
		}
		if column < 0 {
			if p.Op != backends.IsNull {
				return false // the file lacks it: NULL in every row
			}
			continue
		}
		if !f.MayMatch(group, column, t.columns[p.Column].Type.OID, p) {
			return false
		}
	}
	return true
}

// parquetUnit reads row groups of a file.
type parquetUnit struct {
	*reader
	object  object
	file    *parquetfile.File
	src     source
	at      []int // file's columns of the table's
	columns []int // file's columns that are read
	places  []int // in columns, of each output; -1 for one that the file lacks

	next0, end int // row groups
	group      *parquetfile.RowGroup
	filters    []*parquetfile.Filter
	constants  constants
}

func (r *reader) openParquet(u unit) (unitReader, error) {
	f, err := r.backend.footer(r.ctx, &u.Object, r.table.options)
	if err != nil {
		return nil, err
	}
	p := &parquetUnit{reader: r, object: u.Object, file: f, next0: u.From, end: u.To, constants: constants{alloc: r.backend.alloc}}
	if p.end < 0 || p.end > f.RowGroups() {
		p.end = f.RowGroups()
	}
	if p.at, err = r.table.mapping(u.Object.Key, f.Columns); err != nil {
		return nil, err
	}
	p.columns = projected(r.scan.Columns, p.at)
	for _, c := range r.scan.Columns {
		p.places = append(p.places, slices.Index(p.columns, p.at[c]))
	}
	p.filters = f.Filters(r.scan.Predicates, func(c int) int { return p.at[c] }, func(c int) uint32 { return r.table.columns[c].Type.OID })
	r.metrics.Files++
	return p, nil
}

// next implements unitReader.
func (p *parquetUnit) next(most int) ([]arrow.Array, int, error) {
	for {
		if p.group == nil {
			if more, err := p.openGroup(); err != nil || !more {
				return nil, 0, err
			}
		}
		data, rows, err := p.group.Next(most)
		if err != nil {
			return nil, 0, inFile(p.object.Key, err)
		}
		if rows > 0 {
			columns, err := p.arrange(data, rows)
			if err != nil {
				err = inFile(p.object.Key, err)
			}
			return columns, rows, err
		}
		if err := p.closeGroup(); err != nil {
			return nil, 0, err
		}
	}
}

// openGroup opens the next row group that may hold rows of the result.
func (p *parquetUnit) openGroup() (more bool, err error) {
	for ; p.next0 < p.end; p.next0++ {
		if p.file.Rows(p.next0) == 0 {
			continue
		}
		if mayMatch(p.file, p.next0, p.table, p.at, p.scan.Predicates) {
			break
		}
		p.metrics.RowGroupsSkipped++
		p.metrics.BytesSkipped += p.file.Bytes(p.next0, p.columns)
	}
	if p.next0 >= p.end {
		return false, nil
	}
	group := p.next0
	p.next0++
	if p.src == nil {
		if p.src, err = p.backend.store.openObject(p.ctx, &p.object); err != nil {
			return false, err
		}
	}
	var src io.ReaderAt = p.src
	if _, remote := p.src.(*ranges); remote {
		if src, err = prefetch(p.src, p.file.Ranges(group, p.columns)); err != nil {
			return false, err
		}
	}
	p.metrics.RowGroups++
	p.metrics.Bytes += p.file.Bytes(group, p.columns)
	p.group, err = p.file.Open(src, group, p.columns, p.backend.alloc)
	if err != nil {
		p.group = nil
		return false, inFile(p.object.Key, err)
	}
	p.group.Filter(p.filters)
	return true, nil
}

// arrange puts the file's columns into the order and the types of the output.
func (p *parquetUnit) arrange(data []arrow.ArrayData, rows int) (out []arrow.Array, err error) {
	arrays := make([]arrow.Array, len(data))
	for i, d := range data {
		arrays[i] = array.MakeFromData(d)
		d.Release()
	}
	defer func() {
		for _, a := range arrays {
			a.Release()
		}
		if err != nil {
			for _, a := range out {
				a.Release()
			}
			out = nil
		}
	}()
	out = make([]arrow.Array, 0, len(p.places))
	for i, place := range p.places {
		want := p.output[i]
		if p.table.folder(p.scan.Columns[i]) >= 0 {
			value, err := p.constants.column(p.reader, p.object.Key, i, rows)
			if err != nil {
				return out, err
			}
			out = append(out, value)
			continue
		}
		if place < 0 {
			out = append(out, nulls(want.Type, rows, p.backend.alloc))
			continue
		}
		have := arrays[place]
		if same(have.DataType(), p.file.Columns[p.columns[place]].Type, want.Type) {
			have.Retain()
			out = append(out, have)
			continue
		}
		converted, err := convert(have, want.Type, p.backend.alloc)
		if err != nil {
			return out, columnError(p.table.columns[p.scan.Columns[i]].Name, err)
		}
		out = append(out, converted)
	}
	return out, nil
}

// same says that a column of the file is one of the output as it is.
func same(have arrow.DataType, of, want pgtypes.Type) bool {
	if of == want {
		return true
	}
	canonical := pgtypes.ArrowType(want)
	if d, coded := have.(*arrow.DictionaryType); coded {
		have = d.ValueType
	}
	// Text is text under any name; a length or an own scale has to be checked.
	return arrow.TypeEqual(have, canonical) && want.Typmod < 0 && isText(of.OID) && isText(want.OID)
}

func isText(oid uint32) bool { return oid == pgtypes.OIDText || oid == pgtypes.OIDVarchar }

// convert casts a column value by value, for declared types that differ from the file's.
func convert(have arrow.Array, want pgtypes.Type, alloc memory.Allocator) (arrow.Array, error) {
	builder := array.NewBuilder(alloc, pgtypes.ArrowType(want))
	defer builder.Release()
	builder.Reserve(have.Len())
	for row := range have.Len() {
		v, err := pgtypes.DatumFromArrow(have, row, want)
		if err == nil {
			err = pgtypes.AppendToBuilder(builder, want, v)
		}
		if err != nil {
			return nil, err
		}
	}
	return builder.NewArray(), nil
}

func nulls(t pgtypes.Type, rows int, alloc memory.Allocator) arrow.Array {
	builder := array.NewBuilder(alloc, pgtypes.ArrowType(t))
	defer builder.Release()
	builder.AppendNulls(rows)
	return builder.NewArray()
}

func columnError(name string, err error) error {
	e := *pgerr.From(err)
	e.Message = fmt.Sprintf("column %q: %s", name, e.Message)
	e.Column = name
	return &e
}

func (p *parquetUnit) closeGroup() error {
	if p.group == nil {
		return nil
	}
	err := p.group.Close()
	p.group = nil
	return err
}

// close implements unitReader.
func (p *parquetUnit) close() error {
	p.constants.release()
	err := p.closeGroup()
	if p.src != nil {
		if e := p.src.Close(); err == nil {
			err = e
		}
	}
	return err
}

// fetched is a remote file of which some ranges are in memory.
type fetched struct {
	io.ReaderAt
	ranges []parquetfile.Range
	bytes  [][]byte
}

// prefetch reads whole column chunks, neighbours together: a request to a store
// costs as much as megabytes.
func prefetch(src io.ReaderAt, wanted []parquetfile.Range) (io.ReaderAt, error) {
	const gap = 1 << 20
	slices.SortFunc(wanted, func(a, b parquetfile.Range) int { return int(min(max(a.Offset-b.Offset, -1), 1)) })
	f := &fetched{ReaderAt: src}
	for _, w := range wanted {
		if n := len(f.ranges); n > 0 && w.Offset <= f.ranges[n-1].Offset+f.ranges[n-1].Length+gap {
			last := &f.ranges[n-1]
			last.Length = max(last.Length, w.Offset+w.Length-last.Offset)
			continue
		}
		f.ranges = append(f.ranges, w)
	}
	for _, r := range f.ranges {
		b := make([]byte, r.Length)
		if n, err := src.ReadAt(b, r.Offset); err != nil && n < len(b) && err != io.EOF {
			return nil, err
		}
		f.bytes = append(f.bytes, b)
	}
	return f, nil
}

// ReadAt implements io.ReaderAt.
func (f *fetched) ReadAt(p []byte, offset int64) (int, error) {
	for i, r := range f.ranges {
		if offset >= r.Offset && offset+int64(len(p)) <= r.Offset+r.Length {
			return copy(p, f.bytes[i][offset-r.Offset:]), nil
		}
	}
	return f.ReaderAt.ReadAt(p, offset)
}
