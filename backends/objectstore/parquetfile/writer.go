package parquetfile

import (
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/schema"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// Writer writes rows as a Parquet file of row groups of about groupRows rows.
type Writer struct {
	file    *file.Writer
	columns []column
	held    []arrow.RecordBatch
	rows    int64
}

// groupRows is the size of a row group: what one worker decodes at a time, and
// small enough for its statistics to rule some out.
const groupRows = 122880

// column is how a column of a Postgres type is stored.
type column struct {
	backends.Column
	node  schema.Node
	write func(w file.ColumnChunkWriter, arrays []arrow.Array) error
}

// Compression is a codec by its name in the configuration; "" is snappy.
func Compression(name string) (compress.Compression, error) {
	switch name {
	case "", "snappy":
		return compress.Codecs.Snappy, nil
	case "zstd":
		return compress.Codecs.Zstd, nil
	case "gzip":
		return compress.Codecs.Gzip, nil
	case "uncompressed", "none":
		return compress.Codecs.Uncompressed, nil
	default:
		return 0, fmt.Errorf("unknown compression %q", name)
	}
}

// NewWriter starts a file on w.
func NewWriter(w io.Writer, columns []backends.Column, compression string) (*Writer, error) {
	codec, err := Compression(compression)
	if err != nil {
		return nil, err
	}
	out := &Writer{}
	fields := make(schema.FieldList, len(columns))
	for i, c := range columns {
		stored, err := storedColumn(c)
		if err != nil {
			return nil, err
		}
		out.columns = append(out.columns, stored)
		fields[i] = stored.node
	}
	root, err := schema.NewGroupNode("schema", parquet.Repetitions.Required, fields, -1)
	if err != nil {
		return nil, err
	}
	properties := parquet.NewWriterProperties(parquet.WithCompression(codec), parquet.WithCreatedBy("sqlgateway"), parquet.WithVersion(parquet.V2_LATEST))
	out.file = file.NewParquetWriter(w, root, file.WithWriterProps(properties))
	return out, nil
}

// Write adds a batch, whose columns are in the canonical Arrow forms.
func (w *Writer) Write(batch arrow.RecordBatch) error {
	batch.Retain()
	w.held = append(w.held, batch)
	if w.rows += batch.NumRows(); w.rows >= groupRows {
		return w.flush()
	}
	return nil
}

// flush writes what is held as a row group.
func (w *Writer) flush() error {
	defer w.drop()
	if w.rows == 0 {
		return nil
	}
	group, err := w.file.AppendRowGroupChecked()
	if err != nil {
		return err
	}
	for i := range w.columns {
		chunk, err := group.NextColumn()
		if err != nil {
			return err
		}
		arrays := make([]arrow.Array, len(w.held))
		for j, b := range w.held {
			arrays[j] = b.Column(i)
		}
		if err := w.columns[i].write(chunk, arrays); err != nil {
			return fmt.Errorf("writing column %q: %w", w.columns[i].Name, err)
		}
		if err := chunk.Close(); err != nil {
			return err
		}
	}
	return group.Close()
}

func (w *Writer) drop() {
	for _, b := range w.held {
		b.Release()
	}
	w.held, w.rows = w.held[:0], 0
}

// Close writes the rest and the footer. It does not close the sink.
func (w *Writer) Close() error {
	if err := w.flush(); err != nil {
		return err
	}
	return w.file.FlushWithFooter()
}

// Abort frees what is held, leaving the file unfinished.
func (w *Writer) Abort() { w.drop() }

// values collects a column's values that are not NULL, and its definition levels.
func values[T any](arrays []arrow.Array, value func(a arrow.Array, i int) (T, error)) (out []T, levels []int16, err error) {
	for _, a := range arrays {
		for i := range a.Len() {
			if a.IsNull(i) {
				levels = append(levels, 0)
				continue
			}
			v, err := value(a, i)
			if err != nil {
				return nil, nil, err
			}
			out, levels = append(out, v), append(levels, 1)
		}
	}
	return out, levels, nil
}

// batchWriter is what arrow-go's typed column writers share.
type batchWriter[T any] interface {
	WriteBatch(values []T, defLevels, repLevels []int16) (int64, error)
}

func storing[T any](value func(a arrow.Array, i int) (T, error)) func(file.ColumnChunkWriter, []arrow.Array) error {
	return func(w file.ColumnChunkWriter, arrays []arrow.Array) error {
		out, levels, err := values(arrays, value)
		if err != nil {
			return err
		}
		typed, ok := w.(batchWriter[T])
		if !ok {
			return pgerr.Internal("a Parquet column writer of type %T", w)
		}
		_, err = typed.WriteBatch(out, levels, nil)
		return err
	}
}

// plain is a column whose Arrow values are stored as they are.
func plain[T any, A interface{ Value(int) T }](a arrow.Array, i int) (T, error) {
	return any(a).(A).Value(i), nil
}

// textOf is the text of a value of any type.
func textOf(t pgtypes.Type) func(a arrow.Array, i int) (parquet.ByteArray, error) {
	return func(a arrow.Array, i int) (parquet.ByteArray, error) {
		switch a := a.(type) {
		case *array.String:
			return parquet.ByteArray(a.Value(i)), nil
		case *array.Binary:
			if t.OID == pgtypes.OIDBytea {
				return a.Value(i), nil
			}
		case *array.Dictionary:
			if d, ok := a.Dictionary().(*array.String); ok {
				return parquet.ByteArray(d.Value(a.GetValueIndex(i))), nil
			}
		}
		v, err := pgtypes.DatumFromArrow(a, i, t)
		if err != nil {
			return nil, err
		}
		return pgtypes.AppendText(nil, t, v, pgtypes.DefaultStyle()), nil
	}
}
