package delta

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/RoaringBitmap/roaring/v2/roaring64"
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/sqlgateway/gateway/backends/objectstore/parquetfile"
)

// footer reads a data file's footer, or remembers it: data files do not change.
func (b *Backend) footer(ctx context.Context, folder string, file *addFile) (*parquetfile.File, error) {
	key, err := b.store.dataKey(folder, file.Path)
	if err != nil {
		return nil, err
	}
	cached := fmt.Sprintf("footer|%s|%d|%d", key, file.Size, file.ModTime)
	if known, ok := b.known.GetIfPresent(cached); ok {
		return known.(*parquetfile.File), nil
	}
	src, _, err := b.store.openObject(ctx, key, file.Size)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	// Delta's timestamps have microseconds; Spark's older form of them in files has more.
	f, err := parquetfile.ReadFooter(src, file.Size, parquetfile.Options{TruncateNanoseconds: true})
	if err != nil {
		return nil, inFile(key, err)
	}
	b.known.Set(cached, f)
	return f, nil
}

// fileReader reads row groups of one data file.
type fileReader struct {
	*reader
	file    addFile
	key     string
	parquet *parquetfile.File
	deleted *roaring64.Bitmap // nil for none
	src     source
	remote  bool

	at      []int // the file's columns of the snapshot's; -1 for one that it lacks
	columns []int // the file's columns that are read
	outputs []output

	next0, end int // row groups
	group      *parquetfile.RowGroup
	row        int64 // position in the file of the next row
}

// output is where a column of the result comes from.
type output struct {
	place    int         // in columns; -1 for none
	convert  conversion  // of what is read
	constant arrow.Array // of a partition column or one that the file lacks: as many as a batch may have
}

func (r *reader) openFile(u unit) (f *fileReader, err error) {
	folder := r.snapshot.place.folder
	f = &fileReader{reader: r, file: u.File, next0: u.From, end: u.To}
	if f.key, err = r.backend.store.dataKey(folder, u.File.Path); err != nil {
		return nil, err
	}
	if f.parquet, err = r.backend.footer(r.ctx, folder, &u.File); err != nil {
		return nil, err
	}
	if f.end <= 0 || f.end > f.parquet.RowGroups() {
		f.end = f.parquet.RowGroups()
	}
	for g := range f.next0 {
		f.row += f.parquet.Rows(g)
	}
	if v := u.File.Vector; v != nil {
		if f.deleted, err = r.backend.deleted(r.ctx, folder, v); err != nil {
			return nil, err
		}
	}
	if more := r.without[u.File.Path]; more != nil {
		if f.deleted != nil {
			more = roaring64.Or(more, f.deleted)
		}
		f.deleted = more
	}
	f.at = r.snapshot.fileColumns(f.parquet)
	if err := f.plan(); err != nil {
		_ = f.close()
		return nil, err
	}
	r.metrics.Files++
	return f, nil
}

// fileColumns finds the snapshot's columns in a file: by name, by physical name, or
// by field id, as the table says. Partition columns are in no file.
func (s *snapshot) fileColumns(file *parquetfile.File) []int {
	at := make([]int, len(s.fields))
	mode := s.mapping()
	for i := range s.fields {
		f := &s.fields[i]
		name, id := f.physical(mode != "none"), f.id()
		at[i] = slices.IndexFunc(file.Columns, func(c parquetfile.Column) bool {
			if mode == "id" && c.FieldID >= 0 && id >= 0 {
				return c.FieldID == id
			}
			return c.Name == name
		})
		if s.partition(i) {
			at[i] = -1
		}
	}
	return at
}

// plan says where each column of the result comes from.
func (f *fileReader) plan() error {
	s := f.snapshot
	for i, want := range f.reader.output {
		c := f.reader.columns[i]
		if c == rowPlace {
			f.outputs = append(f.outputs, output{place: rowPlace})
			continue
		}
		if c < 0 || f.at[c] < 0 {
			constant, err := f.constant(c, want.Type)
			if err != nil {
				return err
			}
			f.outputs = append(f.outputs, output{place: -1, constant: constant})
			continue
		}
		have := f.parquet.Columns[f.at[c]]
		place := slices.Index(f.columns, f.at[c])
		if place < 0 {
			place = len(f.columns)
			f.columns = append(f.columns, f.at[c])
		}
		f.outputs = append(f.outputs, output{place: place, convert: conversionOf(&s.fields[c], have.Type, want.Type, s.mapping() != "none")})
	}
	return nil
}

// next gives the next rows; no columns and more for rows that are all deleted.
func (f *fileReader) next(most int) (columns []arrow.Array, rows int, more bool, err error) {
	for {
		if f.group == nil {
			if open, err := f.openGroup(); err != nil || !open {
				return nil, 0, false, err
			}
		}
		data, rows, err := f.group.Next(most)
		if err != nil {
			return nil, 0, false, inFile(f.key, err)
		}
		if rows > 0 {
			columns, rows, err := f.arrange(data, rows)
			if err != nil {
				err = inFile(f.key, err)
			}
			return columns, rows, true, err
		}
		if err := f.closeGroup(); err != nil {
			return nil, 0, false, err
		}
	}
}

// openGroup opens the next row group that may hold rows of the result.
func (f *fileReader) openGroup() (more bool, err error) {
	for ; f.next0 < f.end; f.next0++ {
		if f.parquet.Rows(f.next0) > 0 {
			if f.mayMatch(f.next0) {
				break
			}
			f.metrics.RowGroupsSkipped++
			f.metrics.BytesSkipped += f.parquet.Bytes(f.next0, f.columns)
		}
		f.row += f.parquet.Rows(f.next0)
	}
	if f.next0 >= f.end {
		return false, nil
	}
	group := f.next0
	f.next0++
	if f.src == nil {
		if f.src, f.remote, err = f.backend.store.openObject(f.ctx, f.key, f.file.Size); err != nil {
			return false, err
		}
	}
	src, err := fetch(f.src, f.remote, f.parquet, group, f.columns)
	if err != nil {
		return false, err
	}
	f.metrics.RowGroups++
	f.metrics.Bytes += f.parquet.Bytes(group, f.columns)
	f.group, err = f.parquet.Open(src, group, f.columns, f.backend.alloc)
	if err != nil {
		f.group = nil
		return false, inFile(f.key, err)
	}
	return true, nil
}

// mayMatch asks Parquet's statistics. Columns that are stored as another type are not
// asked about.
func (f *fileReader) mayMatch(group int) bool {
	s := f.snapshot
	for _, p := range f.scan.Predicates {
		if p.Column >= len(s.columns) || f.at[p.Column] < 0 {
			continue
		}
		if !s.fields[p.Column].ordered(s.columns[p.Column].Type) {
			continue
		}
		if !f.parquet.MayMatch(group, f.at[p.Column], s.columns[p.Column].Type.OID, p) {
			return false
		}
	}
	return true
}

// arrange puts the file's columns into the order and the types of the output, without
// the rows that are deleted.
func (f *fileReader) arrange(data []arrow.ArrayData, rows int) (out []arrow.Array, kept int, err error) {
	arrays := make([]arrow.Array, len(data))
	for i, d := range data {
		arrays[i] = array.MakeFromData(d)
		d.Release()
	}
	defer func() { release(arrays) }()
	runs, first := f.runs(rows), f.row
	f.row += int64(rows)
	kept = rows
	if runs != nil {
		kept = 0
		for _, r := range runs {
			kept += r.to - r.from
		}
		if kept == 0 {
			return nil, 0, nil
		}
		if arrays, err = pick(arrays, runs, f.backend.alloc); err != nil {
			return nil, 0, err
		}
	}
	out = make([]arrow.Array, 0, len(f.outputs))
	for i := range f.outputs {
		o := &f.outputs[i]
		var column arrow.Array
		switch {
		case o.place == rowPlace:
			column = positions(first, rows, runs, f.backend.alloc)
		case o.place < 0:
			column, err = f.repeated(i, kept)
		case o.convert == nil:
			column = arrays[o.place]
			column.Retain()
		default:
			if column, err = o.convert(arrays[o.place], f.backend.alloc); err != nil {
				err = columnError(f.reader.output[i].Name, err)
			}
		}
		if err != nil {
			release(out)
			return nil, 0, err
		}
		out = append(out, column)
	}
	return out, kept, nil
}

func release(arrays []arrow.Array) {
	for _, a := range arrays {
		if a != nil {
			a.Release()
		}
	}
}

func (f *fileReader) closeGroup() error {
	if f.group == nil {
		return nil
	}
	err := f.group.Close()
	f.group = nil
	return err
}

func (f *fileReader) close() error {
	err := f.closeGroup()
	for _, o := range f.outputs {
		if o.constant != nil {
			o.constant.Release()
		}
	}
	f.outputs = nil
	if f.src != nil {
		if e := f.src.Close(); err == nil {
			err = e
		}
		f.src = nil
	}
	return err
}

// fetched is a remote file of which some ranges are in memory.
type fetched struct {
	io.ReaderAt
	ranges []parquetfile.Range
	bytes  [][]byte
}

// fetch reads whole column chunks of a remote file, neighbours together: a request to
// a store costs as much as megabytes.
func fetch(src source, remote bool, file *parquetfile.File, group int, columns []int) (io.ReaderAt, error) {
	if !remote {
		return src, nil
	}
	const gap = 1 << 20
	wanted := file.Ranges(group, columns)
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
