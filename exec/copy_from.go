package exec

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/internal/session"
	"github.com/sqlgateway/gateway/translate"
)

// copyFrom writes the client's rows to a table, in the session's transaction or one
// of its own.
func (s *Session) copyFrom(ctx context.Context, n *translate.CopyStmt, format *copyFormat, p *portal, out session.Out) error {
	if n.Where != nil {
		return pgerr.Unsupported("COPY FROM ... WHERE is not supported").WithHint("Load the rows and delete what is not wanted.")
	}
	table, attrs, err := s.copyTable(ctx, n)
	if err != nil {
		return err
	}
	handle, err := handleOf(table)
	if err != nil {
		return err
	}
	w := &write{session: s, portal: p, server: handle.Server, table: table}
	if err := s.tx.claim(w.server, "COPY FROM"); err != nil {
		return err
	}
	alone := s.tx.state == noTransaction
	if _, ok := w.server.Backend.(backends.Transactor); ok && alone {
		s.tx.begin(implicitTransaction, s.transactionDefaults())
		s.tx.writer = w.server
	} else if !ok && w.writer() == nil {
		return pgerr.Unsupported("server %q of kind %s can not be written to", w.server.Name, w.server.Backend.Kind())
	}
	count, err := w.copyRows(ctx, n, attrs, format, out)
	if alone && s.tx.state == implicitTransaction {
		if err != nil {
			s.tx.rollback()
		} else {
			_, _, err = s.tx.commit()
		}
	}
	if err != nil {
		return err
	}
	return out.Complete("COPY " + strconv.FormatInt(count, 10))
}

func (w *write) copyRows(ctx context.Context, n *translate.CopyStmt, attrs []int, format *copyFormat, out session.Out) (int64, error) {
	chunks, err := out.CopyIn(false, len(attrs))
	if err != nil {
		return 0, err
	}
	target := backends.WriteTarget{Table: w.table.Remote}
	for _, attr := range attrs {
		target.Columns = append(target.Columns, backends.Column{Name: w.table.RemoteColumn(attr), Type: w.table.Columns[attr].Type})
	}
	reader := &copyRowsReader{
		schema: backends.SchemaOf(target.Columns), columns: target.Columns, relation: n.Relation.Name,
		format: format, style: w.session.values.Style(), lines: &copyLines{chunks: chunks, csv: format.csv, quote: format.quote, escape: format.escape}, skip: format.header,
	}
	defer reader.Release()
	result, err := w.append(ctx, target, reader)
	if reader.err != nil {
		err = reader.err
	}
	if err != nil && !reader.ended {
		// The client goes on sending until it is told; what it sends must be read.
		for {
			if _, e := chunks.Next(); e != nil {
				break
			}
		}
	}
	return result.Inserted, err
}

// copyLines cuts COPY data into lines, across chunks.
type copyLines struct {
	chunks     session.CopyReader
	csv        bool
	quote      byte
	escape     byte
	rest       []byte
	end        bool
	lineNumber int
}

// next gives a line without its end; io.EOF after the last.
func (l *copyLines) next() ([]byte, error) {
	for from := 0; ; {
		if end := l.lineEnd(from); end >= 0 {
			line := l.rest[:end]
			l.rest = l.rest[end+1:]
			l.lineNumber++
			return bytes.TrimSuffix(line, []byte{'\r'}), nil
		}
		if l.end {
			if len(l.rest) == 0 {
				return nil, io.EOF
			}
			line := l.rest
			l.rest = nil
			l.lineNumber++
			return line, nil
		}
		if !l.csv {
			from = len(l.rest)
		}
		chunk, err := l.chunks.Next()
		if errors.Is(err, io.EOF) {
			l.end = true
			continue
		}
		if err != nil {
			return nil, err
		}
		l.rest = append(append(make([]byte, 0, len(l.rest)+len(chunk)), l.rest...), chunk...)
	}
}

// lineEnd finds the end of the first line; inside CSV quotes it does not count.
func (l *copyLines) lineEnd(from int) int {
	if !l.csv {
		if i := bytes.IndexByte(l.rest[from:], '\n'); i >= 0 {
			return from + i
		}
		return -1
	}
	quoted := false
	for i := 0; i < len(l.rest); i++ {
		switch c := l.rest[i]; {
		case quoted && c == l.escape && l.escape != l.quote:
			i++
		case c == l.quote:
			quoted = !quoted
		case c == '\n' && !quoted:
			return i
		}
	}
	return -1
}

// copyBatchRows is the number of rows that go to the target at once.
const copyBatchRows = 4096

// copyRowsReader makes Arrow batches of COPY data.
type copyRowsReader struct {
	schema   *arrow.Schema
	columns  []backends.Column
	relation string
	format   *copyFormat
	style    pgtypes.Style
	lines    *copyLines
	skip     bool
	fields   []copyField
	batch    arrow.RecordBatch
	err      error
	ended    bool
}

// copyField is one value of a line.
type copyField struct {
	text []byte
	null bool
}

// Schema implements array.RecordReader.
func (r *copyRowsReader) Schema() *arrow.Schema { return r.schema }

// RecordBatch implements array.RecordReader.
func (r *copyRowsReader) RecordBatch() arrow.RecordBatch { return r.batch }

// Record implements array.RecordReader.
func (r *copyRowsReader) Record() arrow.RecordBatch { return r.batch }

// Err implements array.RecordReader.
func (r *copyRowsReader) Err() error { return r.err }

// Retain implements array.RecordReader; one call of Write owns the reader.
func (r *copyRowsReader) Retain() {}

// Release implements array.RecordReader.
func (r *copyRowsReader) Release() {
	if r.batch != nil {
		r.batch.Release()
		r.batch = nil
	}
}

// Next implements array.RecordReader.
func (r *copyRowsReader) Next() bool {
	r.Release()
	if r.err != nil || r.ended {
		return false
	}
	builder := array.NewRecordBuilder(memory.DefaultAllocator, r.schema)
	defer builder.Release()
	n := 0
	for n < copyBatchRows {
		line, err := r.lines.next()
		if err != nil || !r.format.csv && string(line) == `\.` {
			r.ended = true
			if err != nil && !errors.Is(err, io.EOF) {
				r.lines.lineNumber++ // the one that was being read
				r.err = r.where(err, "", nil)
				return false
			}
			break
		}
		if r.skip {
			r.skip = false
			continue
		}
		if r.err = r.appendLine(builder, line); r.err != nil {
			return false
		}
		n++
	}
	if n == 0 {
		return false
	}
	r.batch = builder.NewRecordBatch()
	return true
}

func (r *copyRowsReader) appendLine(builder *array.RecordBuilder, line []byte) error {
	if err := validText(line); err != nil {
		return r.where(err, "", line)
	}
	r.split(line)
	if len(r.fields) > len(r.columns) {
		return r.where(pgerr.New("22P04", "extra data after last expected column"), "", line)
	}
	for i, c := range r.columns {
		if i >= len(r.fields) {
			return r.where(pgerr.New("22P04", "missing data for column %q", c.Name), "", line)
		}
		var value pgtypes.Datum
		if f := r.fields[i]; !f.null {
			var err error
			if value, err = pgtypes.Parse(c.Type, string(f.text), r.style); err != nil {
				return r.where(err, c.Name, f.text)
			}
		}
		if err := pgtypes.AppendToBuilder(builder.Field(i), c.Type, value); err != nil {
			return r.where(err, c.Name, nil)
		}
	}
	return nil
}

// where adds Postgres's context to an error: the line, and the column with its
// value.
func (r *copyRowsReader) where(err error, column string, value []byte) error {
	e := *pgerr.From(err)
	e.Where = "COPY " + r.relation + ", line " + strconv.Itoa(r.lines.lineNumber)
	if column != "" {
		e.Where += ", column " + column
	}
	if value != nil {
		const most = 100
		text := string(value)
		if len(text) > most {
			text = text[:most] + "..."
		}
		e.Where += ": \"" + text + "\""
	}
	return &e
}

func (r *copyRowsReader) split(line []byte) {
	r.fields = r.fields[:0]
	if r.format.csv {
		r.splitCSV(line)
		return
	}
	delimiter := r.format.delimiter[0]
	start := 0
	for i := 0; i <= len(line); i++ {
		if i < len(line) && line[i] == '\\' {
			i++
			continue
		}
		if i >= len(line) || line[i] == delimiter {
			raw := line[start:min(i, len(line))]
			r.fields = append(r.fields, copyField{text: unescapeCopy(raw), null: string(raw) == r.format.null})
			start = i + 1
		}
	}
}

func (r *copyRowsReader) splitCSV(line []byte) {
	f := r.format
	for i := 0; ; i++ {
		var text []byte
		quotedOnce, quoted := false, false
		for ; i < len(line) && (quoted || line[i] != f.delimiter[0]); i++ {
			c := line[i]
			switch {
			case quoted && c == f.escape && i+1 < len(line) && (line[i+1] == f.quote || line[i+1] == f.escape):
				i++
				text = append(text, line[i])
			case c == f.quote:
				quoted, quotedOnce = !quoted, true
			default:
				text = append(text, c)
			}
		}
		r.fields = append(r.fields, copyField{text: text, null: !quotedOnce && string(text) == f.null})
		if i >= len(line) {
			return
		}
	}
}

// unescapeCopy undoes the text format's backslashes (manual, COPY).
func unescapeCopy(raw []byte) []byte {
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw
	}
	text := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		if c != '\\' || i+1 == len(raw) {
			text = append(text, c)
			continue
		}
		i++
		switch c = raw[i]; c {
		case 'b':
			c = '\b'
		case 'f':
			c = '\f'
		case 'n':
			c = '\n'
		case 'r':
			c = '\r'
		case 't':
			c = '\t'
		case 'v':
			c = '\v'
		case 'x', '0', '1', '2', '3', '4', '5', '6', '7':
			var n int
			c, n = codeOf(raw[i:])
			i += n - 1
		}
		text = append(text, c)
	}
	return text
}

// codeOf reads an octal or hexadecimal character code and says how many bytes it
// took.
func codeOf(raw []byte) (byte, int) {
	digits, base, n := raw, 8, 0
	if raw[0] == 'x' {
		digits, base, n = raw[1:], 16, 1
	}
	most := 3
	if base == 16 {
		most = 2
	}
	end := 0
	for end < len(digits) && end < most {
		if _, err := strconv.ParseUint(string(digits[end]), base, 8); err != nil {
			break
		}
		end++
	}
	if end == 0 {
		return raw[0], 1
	}
	v, _ := strconv.ParseUint(string(digits[:end]), base, 16)
	return byte(v), n + end
}
