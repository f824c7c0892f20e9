package objectstore

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/backends/objectstore/parquetfile"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// fileWriter writes batches in one format.
type fileWriter interface {
	Write(batch arrow.RecordBatch) error
	// Close ends the file; Abort gives it up. Neither closes the sink.
	Close() error
	Abort()
}

// WriteFile writes batches, whose columns are in the canonical Arrow forms, as one
// file of a format with the default options.
func WriteFile(ctx context.Context, w io.Writer, format Format, columns []backends.Column, batches ...arrow.RecordBatch) error {
	out, err := newFileWriter(w, format, columns, &WriteOptions{})
	if err != nil {
		return err
	}
	for _, batch := range batches {
		if err = ctx.Err(); err == nil {
			err = out.Write(batch)
		}
		if err != nil {
			out.Abort()
			return err
		}
	}
	return out.Close()
}

func newFileWriter(w io.Writer, format Format, columns []backends.Column, o *WriteOptions) (fileWriter, error) {
	switch format {
	case Parquet:
		return parquetfile.NewWriter(w, columns, o.ParquetCompression)
	case CSV:
		return newCSVWriter(w, columns, o)
	case JSONLines:
		return &jsonWriter{textWriter: textWriter{out: bufio.NewWriterSize(w, 64<<10), columns: columns}}, nil
	default:
		return nil, pgerr.Unsupported("files of format %q can not be written", format)
	}
}

// textWriter is what the text formats share.
type textWriter struct {
	out     *bufio.Writer
	columns []backends.Column
	buf     []byte
}

func (t *textWriter) Close() error { return t.out.Flush() }
func (t *textWriter) Abort()       {}

// text is a value's text in t.buf.
func (t *textWriter) text(a arrow.Array, row, column int) error {
	typ := t.columns[column].Type
	if s, ok := a.(*array.String); ok {
		t.buf = append(t.buf[:0], s.Value(row)...)
		return nil
	}
	v, err := pgtypes.DatumFromArrow(a, row, typ)
	if err != nil {
		return fmt.Errorf("writing column %q: %w", t.columns[column].Name, err)
	}
	t.buf = pgtypes.AppendText(t.buf[:0], typ, v, pgtypes.DefaultStyle())
	return nil
}

type csvWriter struct {
	textWriter
	delimiter, quote byte
	null             string
}

func newCSVWriter(w io.Writer, columns []backends.Column, o *WriteOptions) (*csvWriter, error) {
	c := &csvWriter{textWriter: textWriter{out: bufio.NewWriterSize(w, 64<<10), columns: columns}, delimiter: ',', quote: '"', null: o.CSVNullValue}
	if o.CSVDelimiter != "" {
		c.delimiter = o.CSVDelimiter[0]
	}
	if o.CSVQuote != "" {
		c.quote = o.CSVQuote[0]
	}
	if o.CSVHeader != nil && !*o.CSVHeader {
		return c, nil
	}
	for i, column := range columns {
		c.separate(i)
		c.buf = append(c.buf[:0], column.Name...)
		c.field()
	}
	return c, c.out.WriteByte('\n')
}

func (c *csvWriter) separate(column int) {
	if column > 0 {
		_ = c.out.WriteByte(c.delimiter) // bufio keeps the error for Flush
	}
}

// field writes c.buf, quoted where it must be: also when it would read as NULL.
func (c *csvWriter) field() {
	text := string(c.buf)
	if text != c.null && text != "" && !strings.ContainsAny(text, string([]byte{c.delimiter, c.quote, '\n', '\r'})) {
		_, _ = c.out.Write(c.buf)
		return
	}
	quote := string([]byte{c.quote})
	_, _ = c.out.WriteString(quote + strings.ReplaceAll(text, quote, quote+quote) + quote)
}

// Write implements fileWriter.
func (c *csvWriter) Write(batch arrow.RecordBatch) error {
	for row := range int(batch.NumRows()) {
		for i, a := range batch.Columns() {
			c.separate(i)
			if a.IsNull(row) {
				_, _ = c.out.WriteString(c.null)
				continue
			}
			if err := c.text(a, row, i); err != nil {
				return err
			}
			c.field()
		}
		if err := c.out.WriteByte('\n'); err != nil {
			return err
		}
	}
	return nil
}

// jsonWriter writes one object a line. NULLs are left out, as reading gives them
// back so.
type jsonWriter struct{ textWriter }

// Write implements fileWriter.
func (j *jsonWriter) Write(batch arrow.RecordBatch) error {
	for row := range int(batch.NumRows()) {
		separator := byte('{')
		for i, a := range batch.Columns() {
			if a.IsNull(row) {
				continue
			}
			if err := j.text(a, row, i); err != nil {
				return err
			}
			value := j.value(i)
			_ = j.out.WriteByte(separator)
			_, _ = j.out.Write(append(pgtypes.AppendJSONString(nil, j.columns[i].Name), ':'))
			_, _ = j.out.Write(value)
			separator = ','
		}
		end := "}\n"
		if separator == '{' {
			end = "{}\n"
		}
		if _, err := j.out.WriteString(end); err != nil {
			return err
		}
	}
	return nil
}

// value is the JSON of the text in j.buf: numbers, booleans and JSON bare, the rest
// as strings.
func (j *jsonWriter) value(column int) []byte {
	switch j.columns[column].Type.OID {
	case pgtypes.OIDInt2, pgtypes.OIDInt4, pgtypes.OIDInt8, pgtypes.OIDFloat4, pgtypes.OIDFloat8, pgtypes.OIDNumeric, pgtypes.OIDOid:
		if c := j.buf[len(j.buf)-1]; c >= '0' && c <= '9' { // not NaN, Infinity
			return j.buf
		}
	case pgtypes.OIDBool:
		if j.buf[0] == 't' {
			return []byte("true")
		}
		return []byte("false")
	case pgtypes.OIDJSON, pgtypes.OIDJSONB:
		return []byte(strings.ReplaceAll(string(j.buf), "\n", " ")) // a line end is only ever space in JSON
	}
	return pgtypes.AppendJSONString(nil, string(j.buf))
}
