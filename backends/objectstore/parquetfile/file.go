package parquetfile

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/metadata"
	"github.com/apache/arrow-go/v18/parquet/schema"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// File is what a Parquet file's footer says. It holds no open file, is immutable,
// and may be kept and shared.
type File struct {
	Columns []Column

	size   int64
	meta   *metadata.FileMetaData
	fields []field
}

// Column is one top-level column.
type Column struct {
	Name    string
	Type    pgtypes.Type
	NotNull bool
	Native  string // the Parquet type, for people
	FieldID int32  // -1 for none
	// Unreadable says why the column can not be read; "" if it can.
	Unreadable string
}

// field is where a column lies in the file.
type field struct {
	leaf   int // the first, and the only one of a flat column
	form   form
	nested *nested // nil for a flat column
}

// footerTail is the footer's length and the magic number at the file's end.
const footerTail = 8

// ReadFooter reads the footer of a file of size bytes.
func ReadFooter(src io.ReaderAt, size int64, options Options) (f *File, err error) {
	defer recovered(&err, "its footer")
	tail := make([]byte, min(size, footerGuess))
	if size < footerTail+4 {
		return nil, corrupt("it is not a Parquet file: %d bytes are too few", size)
	}
	if _, err := src.ReadAt(tail, size-int64(len(tail))); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	switch magic := string(tail[len(tail)-4:]); magic {
	case "PAR1":
	case "PARE":
		return nil, pgerr.Unsupported("encrypted Parquet files are not supported")
	default:
		return nil, corrupt("it is not a Parquet file, or it is cut short: it does not end in PAR1")
	}
	length := int64(binary.LittleEndian.Uint32(tail[len(tail)-footerTail:]))
	if length > size-footerTail-4 {
		return nil, corrupt("its footer claims %d bytes and the file has %d", length, size)
	}
	if length+footerTail > int64(len(tail)) {
		tail = make([]byte, length+footerTail)
		if _, err := src.ReadAt(tail, size-int64(len(tail))); err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
	}
	meta, err := metadata.NewFileMetaData(tail[int64(len(tail))-footerTail-length:len(tail)-footerTail], nil)
	if err != nil {
		return nil, corrupt("its footer can not be read: %v", err)
	}
	meta.SetSourceFileSize(size)
	return newFile(meta, size, options)
}

// footerGuess is read first: most footers fit, and a store is asked only once.
const footerGuess = 64 << 10

func newFile(meta *metadata.FileMetaData, size int64, options Options) (*File, error) {
	if meta.IsSetEncryptionAlgorithm() {
		return nil, pgerr.Unsupported("encrypted Parquet files are not supported")
	}
	f := &File{size: size, meta: meta}
	var err error
	root := meta.Schema.Root()
	leaf := 0
	for i := range root.NumFields() {
		node := root.Field(i)
		column := Column{
			Name: node.Name(), NotNull: node.RepetitionType() == parquet.Repetitions.Required, Native: nativeType(node),
			FieldID: node.FieldID(),
		}
		at := field{leaf: leaf}
		primitive, flat := node.(*schema.PrimitiveNode)
		if !flat || node.RepetitionType() == parquet.Repetitions.Repeated {
			column.Type = pgtypes.Of(pgtypes.OIDJSONB)
			if at.nested, err = nestedOf(node, options); err != nil {
				column.Unreadable = err.Error()
			} else {
				column.Type = at.nested.typ
			}
		} else if form, err := formOf(primitive, options); err != nil {
			column.Type = pgtypes.Of(pgtypes.OIDBytea)
			column.Unreadable = err.Error()
		} else {
			column.Type, at.form = form.typ, form
		}
		f.Columns = append(f.Columns, column)
		f.fields = append(f.fields, at)
		leaf += leaves(node)
	}
	for i, group := range meta.RowGroups {
		if len(group.Columns) != leaf || group.NumRows < 0 {
			return nil, corrupt("row group %d has %d columns, and the schema %d", i, len(group.Columns), leaf)
		}
	}
	return f, nil
}

func leaves(node schema.Node) int {
	group, ok := node.(*schema.GroupNode)
	if !ok {
		return 1
	}
	n := 0
	for i := range group.NumFields() {
		n += leaves(group.Field(i))
	}
	return n
}

func nativeType(node schema.Node) string {
	p, ok := node.(*schema.PrimitiveNode)
	logical := node.LogicalType()
	switch {
	case logical != nil && logical.IsValid() && !logical.IsNone():
		return logical.String()
	case ok && p.PhysicalType() == parquet.Types.FixedLenByteArray:
		return fmt.Sprintf("%s(%d)", p.PhysicalType(), p.TypeLength())
	case ok:
		return p.PhysicalType().String()
	default:
		return "group"
	}
}

// RowGroups is the number of row groups.
func (f *File) RowGroups() int { return len(f.meta.RowGroups) }

// Rows is the number of rows of a row group.
func (f *File) Rows(group int) int64 { return f.meta.RowGroups[group].NumRows }

// Bytes is the stored size of columns of a row group.
func (f *File) Bytes(group int, columns []int) int64 {
	n := int64(0)
	for _, leaf := range f.leaves(columns) {
		if chunk := f.meta.RowGroups[group].Columns[leaf]; chunk.MetaData != nil {
			n += chunk.MetaData.TotalCompressedSize
		}
	}
	return n
}

// DictionaryBytes is the stored size of a column's dictionary in a row group, 0 if the
// writer kept none.
func (f *File) DictionaryBytes(group, column int) int64 {
	chunk := f.meta.RowGroups[group].Columns[f.fields[column].leaf]
	if chunk.MetaData == nil || chunk.MetaData.DictionaryPageOffset == nil || f.fields[column].nested != nil {
		return 0
	}
	return max(0, chunk.MetaData.DataPageOffset-*chunk.MetaData.DictionaryPageOffset)
}

// leaves are the stored columns of top-level ones.
func (f *File) leaves(columns []int) (out []int) {
	for _, c := range columns {
		out = append(out, f.fields[c].leaf)
		if n := f.fields[c].nested; n != nil {
			for i := 1; i < len(n.forms); i++ {
				out = append(out, f.fields[c].leaf+i)
			}
		}
	}
	return out
}

// Footprint estimates the memory that the footer takes.
func (f *File) Footprint() int { return f.meta.Size() * 4 }

// columnReader decodes a column of one row group, batch by batch.
type columnReader interface {
	read(n int) (arrow.ArrayData, error)
	close() error
}

// RowGroup reads columns of one row group. It is used by one goroutine.
type RowGroup struct {
	file   *File
	chunks []columnReader
	names  []int
	left   int64
	batch  int // rows that keep a batch's memory in bounds
	at     int // the column being decoded, for errors

	filters          []placed
	selected, places []int32 // scratch
}

// Open starts to read columns of a row group from src, which must stay open until
// Close. Memory comes from alloc.
func (f *File) Open(src io.ReaderAt, group int, columns []int, alloc memory.Allocator) (r *RowGroup, err error) {
	r = &RowGroup{file: f, names: columns, left: f.Rows(group), batch: maxBatch}
	defer func() {
		if err != nil {
			_ = r.Close()
		}
	}()
	defer r.recovered(&err)
	properties := parquet.NewReaderProperties(alloc)
	// Pages are read one by one into pooled memory; otherwise every column chunk would
	// be a fresh allocation of its whole size.
	properties.BufferedStreamEnabled = true
	reader, err := file.NewParquetReader(io.NewSectionReader(src, 0, f.size), file.WithMetadata(f.meta), file.WithReadProps(properties))
	if err != nil {
		return r, err
	}
	rows := reader.RowGroup(group)
	for i, column := range columns {
		r.at = i
		if why := f.Columns[column].Unreadable; why != "" {
			return r, pgerr.Unsupported("column %q can not be read: %s", f.Columns[column].Name, why)
		}
		c, err := f.openColumn(rows, column, alloc)
		if err != nil {
			return r, r.failed(err)
		}
		r.chunks = append(r.chunks, c)
		r.limitBatch(group, column)
	}
	return r, nil
}

// maxBatch is the most rows of a batch. Between 4,096 and 65,536 the scan itself
// costs the same; smaller ones keep the batch in the cache for who reads it next.
const maxBatch = 65536

// limitBatch keeps a wide column's part of a batch near 16 MB.
func (r *RowGroup) limitBatch(group, column int) {
	meta := r.file.meta.RowGroups[group].Columns[r.file.fields[column].leaf].MetaData
	if meta == nil || meta.NumValues <= 0 {
		return
	}
	if width := meta.TotalUncompressedSize / meta.NumValues; width > 0 {
		r.batch = max(min(r.batch, int(16<<20/width)), 64)
	}
}

// openColumn opens a column's chunk, or those of a nested one.
func (f *File) openColumn(rows *file.RowGroupReader, column int, alloc memory.Allocator) (columnReader, error) {
	at := &f.fields[column]
	if at.nested == nil {
		c := new(chunk)
		return c, f.openChunk(c, rows, at.leaf, &at.form, alloc)
	}
	n := &nestedChunk{nested: at.nested, alloc: alloc}
	for i := range at.nested.forms {
		c := new(cursor)
		if err := f.openChunk(&c.chunk, rows, at.leaf+i, &at.nested.forms[i], alloc); err != nil {
			return nil, errors.Join(err, n.close())
		}
		n.cursors = append(n.cursors, c)
	}
	return n, nil
}

func (f *File) openChunk(c *chunk, rows *file.RowGroupReader, leaf int, form *form, alloc memory.Allocator) error {
	meta, err := rows.MetaData().ColumnChunk(leaf)
	if err != nil {
		return err
	}
	if _, err := compress.GetCodec(meta.Compression()); err != nil {
		return pgerr.Unsupported("Parquet compression %s is not supported", meta.Compression())
	}
	reader, err := rows.GetColumnPageReader(leaf)
	if err != nil {
		return err
	}
	descr := f.meta.Schema.Column(leaf)
	c.form = form
	c.pages = pages{
		reader: reader, alloc: alloc, raw: form.raw, boolean: form.shape == shapeBool,
		maxDef: descr.MaxDefinitionLevel(), maxRep: descr.MaxRepetitionLevel(),
		dictionary: c.loadDictionary,
	}
	return nil
}

// Next decodes at most most rows. It gives no columns at the end. The caller
// releases the columns; a text column may come dictionary-encoded.
func (r *RowGroup) Next(most int) (columns []arrow.ArrayData, rows int, err error) {
	if r.left == 0 {
		return nil, 0, nil
	}
	rows = int(min(r.left, int64(min(most, r.batch))))
	defer func() {
		if err != nil {
			for _, c := range columns {
				c.Release()
			}
			columns, rows = nil, 0
		}
	}()
	defer r.recovered(&err)
	if len(r.filters) > 0 {
		return r.nextFiltered(rows, most)
	}
	columns = make([]arrow.ArrayData, 0, len(r.chunks))
	for i, c := range r.chunks {
		r.at = i
		data, err := c.read(rows)
		if err != nil {
			return columns, rows, r.failed(err)
		}
		columns = append(columns, data)
	}
	r.left -= int64(rows)
	return columns, rows, nil
}

// nextFiltered goes on until rows pass.
func (r *RowGroup) nextFiltered(rows, most int) ([]arrow.ArrayData, int, error) {
	for {
		columns, kept, err := r.filtered(rows)
		if err != nil {
			return nil, 0, r.failed(err)
		}
		r.left -= int64(rows)
		if kept > 0 || r.left == 0 {
			return columns, kept, nil
		}
		rows = int(min(r.left, int64(min(most, r.batch))))
	}
}

// Close frees the readers. Batches already given stay valid.
func (r *RowGroup) Close() error {
	var errs []error
	for _, c := range r.chunks {
		errs = append(errs, c.close())
	}
	r.chunks, r.left = nil, 0
	return errors.Join(errs...)
}

// failed names the column. What is no Postgres error yet is damage to the file,
// unless the bytes could not be fetched.
func (r *RowGroup) failed(err error) error {
	name := r.file.Columns[r.names[r.at]].Name
	var known *pgerr.Error
	if errors.As(err, &known) {
		return withColumn(known, name)
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return withColumn(corrupt("%v", err), name)
}

func withColumn(e *pgerr.Error, name string) *pgerr.Error {
	named := *e
	named.Message = fmt.Sprintf("column %q: %s", name, e.Message)
	named.Column = name
	return &named
}

// recovered turns a panic of a decoder into an error about the column.
func (r *RowGroup) recovered(err *error) {
	if p := recover(); p != nil {
		*err = r.failed(corrupt("%v", p))
	}
}

func recovered(err *error, what string) {
	if p := recover(); p != nil {
		*err = corrupt("%s is damaged: %v", what, p)
	}
}

// corrupt is of the class of foreign data: XX001 would say that the gateway's own
// storage is damaged, and count as a server that is down.
func corrupt(format string, args ...any) *pgerr.Error {
	return pgerr.New(pgerr.FdwError, format, args...)
}

// Range is a part of a file.
type Range struct{ Offset, Length int64 }

// Ranges are where columns of a row group lie, for a source that is better asked
// once than page by page.
func (f *File) Ranges(group int, columns []int) []Range {
	var out []Range
	for _, leaf := range f.leaves(columns) {
		meta := f.meta.RowGroups[group].Columns[leaf].MetaData
		if meta == nil {
			continue
		}
		from := meta.DataPageOffset
		if d := meta.DictionaryPageOffset; d != nil && *d > 0 && *d < from {
			from = *d
		}
		if from >= 0 && meta.TotalCompressedSize > 0 && meta.TotalCompressedSize <= f.size-from {
			out = append(out, Range{from, meta.TotalCompressedSize})
		}
	}
	return out
}
