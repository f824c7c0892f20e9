package operator

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"unsafe"

	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// spillBlock is the number of rows that a spillFile gathers before it writes.
const spillBlock = vector.Size

// spillFile keeps rows on disk, in the order in which they came. It is written by
// one goroutine and then read, by any number of readers.
//
// The form is the vectors' own: for each block the number of rows, and for each
// column its form, scale, NULLs, values and heap. It never outlives the process.
type spillFile struct {
	columns []translate.Column
	temp    *tempDir
	stats   *Stats
	buffer  *rows
	file    *os.File
	out     *bufio.Writer
	rows    int64
	bytes   int64
}

func newSpillFile(sc *scope, columns []translate.Column, stats *Stats) *spillFile {
	return &spillFile{columns: columns, temp: &sc.query.temp, stats: stats, buffer: newRows(columns)}
}

// add writes the rows of cols that exist.
func (f *spillFile) add(cols []*vector.Vector, sel []int32, n int) error {
	f.buffer.append(cols, sel, n)
	if f.buffer.n < spillBlock {
		return nil
	}
	return f.flush()
}

func (f *spillFile) flush() error {
	if f.buffer.n == 0 {
		return nil
	}
	if f.file == nil {
		file, err := f.temp.create()
		if err != nil {
			return err
		}
		f.file, f.out = file, bufio.NewWriterSize(file, 1<<16)
	}
	before := f.bytes
	if err := f.writeBlock(); err != nil {
		return fileError("could not write to temporary file", err)
	}
	if f.stats != nil {
		f.stats.Spilled.Add(f.bytes - before)
	}
	f.rows += int64(f.buffer.n)
	f.buffer.reset(f.columns)
	return nil
}

func (f *spillFile) writeBlock() error {
	if err := f.put(binary.LittleEndian.AppendUint32(nil, uint32(f.buffer.n))); err != nil {
		return err
	}
	for _, c := range f.buffer.cols {
		if err := f.writeColumn(c, f.buffer.n); err != nil {
			return err
		}
	}
	return nil
}

func (f *spillFile) put(b []byte) error {
	f.bytes += int64(len(b))
	_, err := f.out.Write(b)
	return err
}

func (f *spillFile) writeColumn(v *vector.Vector, n int) error {
	head := []byte{byte(v.Form), 0}
	if v.Null != nil {
		head[1] = 1
	}
	head = binary.LittleEndian.AppendUint32(head, uint32(v.Scale))
	head = binary.LittleEndian.AppendUint32(head, uint32(len(v.Heap)))
	parts := [][]byte{head, nil, values(v, n), v.Heap}
	if v.Null != nil {
		parts[1] = raw(v.Null[:n])
	}
	for _, p := range parts {
		if err := f.put(p); err != nil {
			return err
		}
	}
	return nil
}

// values are the bytes of a plain vector's first n values.
func values(v *vector.Vector, n int) []byte {
	switch v.Form {
	case vector.FormBool:
		return raw(v.Bool[:n])
	case vector.FormInt32:
		return raw(v.I32[:n])
	case vector.FormInt64, vector.FormDecimal:
		return raw(v.I64[:n])
	case vector.FormFloat64:
		return raw(v.F64[:n])
	case vector.FormDecimal2:
		return raw(v.I128[:n])
	case vector.FormNumeric, vector.FormString:
		return raw(v.Str[:n])
	case vector.FormInterval:
		return raw(v.Interval[:n])
	case vector.FormTimeTZ:
		return raw(v.TimeTZ[:n])
	}
	return nil
}

// raw is a slice of fixed-width values without pointers as its bytes.
func raw[T bool | int32 | int64 | float64 | vector.Int128 | vector.View | pgtypes.Interval | pgtypes.TimeTZ](s []T) []byte {
	if len(s) == 0 {
		return nil
	}
	var one T
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(one)))
}

// empty tells whether nothing was added.
func (f *spillFile) empty() bool { return f.buffer == nil || f.rows == 0 && f.buffer.n == 0 }

// close removes the file.
func (f *spillFile) close() {
	if f.file != nil {
		_ = f.file.Close() // it is about to be removed
		_ = os.Remove(f.file.Name())
		f.file = nil
	}
	f.buffer = nil
}

// reader reads the file from its start, once all is written.
func (f *spillFile) reader() (*spillReader, error) {
	if err := f.flush(); err != nil {
		return nil, err
	}
	r := &spillReader{cols: newVectors(len(f.columns)), columns: f.columns}
	if f.file == nil {
		return r, nil
	}
	if err := f.out.Flush(); err != nil {
		return nil, fileError("could not write to temporary file", err)
	}
	r.in = bufio.NewReaderSize(io.NewSectionReader(f.file, 0, f.bytes), 1<<16)
	return r, nil
}

// spillReader reads a spillFile. Its batch is valid until its next.
type spillReader struct {
	columns []translate.Column
	in      *bufio.Reader
	cols    []*vector.Vector
	batch   vector.Batch
}

// next gives the next block, nil at the end.
func (r *spillReader) next() (*vector.Batch, error) {
	if r.in == nil {
		return nil, nil
	}
	var head [4]byte
	if _, err := io.ReadFull(r.in, head[:]); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		return nil, fileError("could not read from temporary file", err)
	}
	n := int(binary.LittleEndian.Uint32(head[:]))
	for i, v := range r.cols {
		v.Type = r.columns[i].Type
		if err := r.readColumn(v, n); err != nil {
			return nil, fileError("could not read from temporary file", err)
		}
	}
	r.batch = vector.Batch{Rows: n, Cols: append(r.batch.Cols[:0], r.cols...)}
	return &r.batch, nil
}

func (r *spillReader) readColumn(v *vector.Vector, n int) error {
	var head [10]byte
	if _, err := io.ReadFull(r.in, head[:]); err != nil {
		return err
	}
	v.Alloc(vector.Form(head[0]), n)
	v.Scale = int32(binary.LittleEndian.Uint32(head[2:]))
	if head[1] != 0 {
		if _, err := io.ReadFull(r.in, raw(v.MakeNull(n))); err != nil {
			return err
		}
	}
	if _, err := io.ReadFull(r.in, values(v, n)); err != nil {
		return err
	}
	size := int(binary.LittleEndian.Uint32(head[6:]))
	if cap(v.Heap) < size {
		v.Heap = make([]byte, size)
	}
	v.Heap = v.Heap[:size]
	_, err := io.ReadFull(r.in, v.Heap)
	return err
}
