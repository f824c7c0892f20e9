package postgres

import (
	"context"
	"encoding/binary"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/batch"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// rows is a running query as a batch.Source.
type rows struct {
	c      *conn
	output []backends.Column
	decode []decoder
	// portal is the name of a portal read in parts inside a transaction; "" for the
	// unnamed one, which is read in one go.
	portal  string
	pending []byte // DataRow messages received and not yet decoded
	part    []byte // the memory of a portal's part, see receivePart
	// state of the protocol
	suspended bool // the portal has more rows, and the server is ready
	ended     bool // the server is ready, and there is no more
	unwatch   func()
	done      func()

	bytes, count int64
}

// portalRows is the size of the parts of a portal: enough to hide the round trip.
const portalRows = 8192

// reader is a batch.Reader that knows what it moved.
type reader struct {
	*batch.Reader
	rows *rows
}

// Metrics implements backends.Metered.
func (r *reader) Metrics() backends.ReadMetrics {
	return backends.ReadMetrics{Rows: r.rows.count, Bytes: r.rows.bytes}
}

// read starts a query on c; done is called when c is free again. With a portal name
// the connection stays usable between batches.
func (b *Backend) read(ctx context.Context, c *conn, f backends.Fragment, portal string, done func()) (array.RecordReader, error) {
	if f.Query == nil {
		done()
		return nil, pgerr.Internal("a %s source reads queries, not scans", backends.KindPostgres)
	}
	if err := ctx.Err(); err != nil {
		done()
		return nil, err
	}
	r := &rows{c: c, output: f.Output, portal: portal, done: done}
	r.unwatch = c.watch(ctx)
	if err := r.start(f); err != nil {
		err = c.blame(ctx, err)
		r.Close()
		return nil, err
	}
	return &reader{batch.NewReader(ctx, f.Schema(), b.env.Allocator, f.BatchRows, r), r}, nil
}

func (r *rows) start(f backends.Fragment) error {
	types, params := encodeArgs(f.Query.Args)
	formats := make([]int16, len(f.Output))
	for i, column := range f.Output {
		formats[i] = formatOf(column.Type)
	}
	limit := int32(0)
	if r.portal != "" {
		limit = portalRows
	}
	c := r.c
	c.putParse("", f.Query.SQL, types)
	c.putBind(r.portal, "", nil, params, formats)
	c.putDescribe('P', r.portal)
	c.putExecute(r.portal, limit)
	c.putSync()
	if err := c.send(); err != nil {
		return err
	}
	for {
		kind, body, err := c.next()
		if err != nil {
			return err
		}
		switch kind {
		case 'T':
			if err := r.describe(body); err != nil || r.portal == "" {
				return err
			}
			return r.receivePart()
		case 'n':
			return pgerr.Internal("the query gives no rows, %d columns were expected", len(r.output))
		case 'E':
			return r.fail(body)
		}
	}
}

// describe chooses the decoders by what the server says it sends.
func (r *rows) describe(body []byte) error {
	fields, err := readFields(body)
	if err != nil {
		return err
	}
	if len(fields) != len(r.output) {
		return pgerr.Internal("the query gives %d columns, %d were expected", len(fields), len(r.output))
	}
	r.decode = make([]decoder, len(fields))
	for i, column := range r.output {
		if r.decode[i] = decoderOf(column.Type, fields[i].oid); r.decode[i] == nil {
			return pgerr.Internal("column %q of the query is %s, %s was expected", column.Name,
				pgtypes.TypeName(fields[i].oid), pgtypes.FormatType(column.Type))
		}
	}
	return nil
}

type field struct {
	name string
	oid  uint32
}

func readFields(body []byte) ([]field, error) {
	if len(body) < 2 {
		return nil, pgerr.New(pgerr.ProtocolViolation, "a row description is cut short")
	}
	fields := make([]field, binary.BigEndian.Uint16(body))
	rest := body[2:]
	for i := range fields {
		fields[i].name, rest = cutZero(rest)
		if len(rest) < 18 {
			return nil, pgerr.New(pgerr.ProtocolViolation, "a row description is cut short")
		}
		fields[i].oid = binary.BigEndian.Uint32(rest[6:])
		rest = rest[18:]
	}
	return fields, nil
}

// fail takes an ErrorResponse and everything up to ReadyForQuery.
func (r *rows) fail(body []byte) error {
	e := readError(body)
	if fatal(e) {
		r.c.broken = true
		return e
	}
	for {
		kind, _, err := r.c.next()
		if err != nil {
			return e
		}
		if kind == 'Z' {
			r.ended = true
			return e
		}
	}
}

// Fill implements batch.Source.
func (r *rows) Fill(ctx context.Context, b *batch.Builder) (more bool, err error) {
	for {
		for len(r.pending) > 0 {
			n := int(binary.BigEndian.Uint32(r.pending[1:])) + 1
			if err := r.row(b, r.pending[5:n]); err != nil {
				return false, err
			}
			r.pending = r.pending[n:]
			if !b.EndRow() {
				return true, nil
			}
		}
		more, err := r.receive()
		if err != nil || !more {
			return false, r.c.blame(ctx, err)
		}
	}
}

// receive gets more messages; more is false at the end of the result.
func (r *rows) receive() (more bool, err error) {
	switch {
	case r.ended:
		return false, nil
	case r.suspended:
		r.suspended = false
		r.c.putExecute(r.portal, portalRows)
		r.c.putSync()
		if err := r.c.send(); err != nil {
			return false, err
		}
		err := r.receivePart()
		return len(r.pending) > 0, err
	}
	for {
		messages, ok, err := r.c.rows()
		if err != nil {
			return false, err
		}
		if ok {
			r.pending = messages
			r.bytes += int64(len(messages))
			return true, nil
		}
		kind, body, err := r.c.next()
		if err != nil {
			return false, err
		}
		switch kind {
		case 'E':
			return false, r.fail(body)
		case 'Z':
			r.ended = true
			return false, nil
		}
	}
}

// receivePart takes a whole part of a portal off the connection, which then is ready
// for other statements of the transaction while the part is decoded.
func (r *rows) receivePart() error {
	r.part = r.part[:0]
	suspended := false
	for {
		messages, ok, err := r.c.rows()
		if err != nil {
			return err
		}
		if ok {
			r.part = append(r.part, messages...)
			continue
		}
		kind, body, err := r.c.next()
		if err != nil {
			return err
		}
		switch kind {
		case 's':
			suspended = true
		case 'E':
			return r.fail(body)
		case 'Z':
			r.suspended, r.ended = suspended, !suspended
			r.pending = r.part
			r.bytes += int64(len(r.part))
			return nil
		}
	}
}

// row decodes the body of a DataRow.
func (r *rows) row(b *batch.Builder, body []byte) error {
	if len(body) < 2 || int(binary.BigEndian.Uint16(body)) != len(r.decode) {
		return pgerr.New(pgerr.ProtocolViolation, "a row has the wrong number of columns")
	}
	r.count++
	rest := body[2:]
	for i, decode := range r.decode {
		if len(rest) < 4 {
			return errShortRow()
		}
		n := int32(binary.BigEndian.Uint32(rest))
		rest = rest[4:]
		if n < 0 {
			b.Columns[i].Null()
			continue
		}
		if int(n) > len(rest) {
			return errShortRow()
		}
		if err := decode(&b.Columns[i], rest[:n:n]); err != nil {
			return r.inColumn(i, err)
		}
		rest = rest[n:]
	}
	return nil
}

func errShortRow() error { return pgerr.New(pgerr.ProtocolViolation, "a row is cut short") }

// inColumn names the column of a value that can not be read.
func (r *rows) inColumn(i int, err error) error {
	e := *pgerr.From(err)
	e.Column = r.output[i].Name
	if e.Detail == "" {
		e.Detail = "The value is in column " + strconv.Quote(r.output[i].Name) + " of a query sent to PostgreSQL."
	}
	return &e
}

// Close implements batch.Source.
func (r *rows) Close() {
	r.unwatch()
	if !r.c.broken && !r.ended {
		r.finish()
	}
	r.c.shrink()
	r.done()
}

// finish brings the connection back to ReadyForQuery before the result's end. A
// result read in one go is cancelled; that would undo a transaction, so there the
// rest of the part is read and the portal closed.
func (r *rows) finish() {
	c := r.c
	if !r.suspended {
		ctx, end := context.WithCancel(context.Background())
		defer end()
		if r.portal == "" {
			end()
		}
		stop := c.watch(ctx)
		ok := c.drain()
		stop()
		if !ok {
			return
		}
	}
	if r.portal != "" && c.status == 'T' {
		c.putClose('P', r.portal)
		c.putSync()
		if c.send() == nil {
			c.drain()
		}
	}
}

// drain skips to ReadyForQuery; false when the connection is lost.
func (c *conn) drain() bool {
	for {
		kind, _, err := c.next()
		if err != nil {
			return false
		}
		if kind == 'Z' {
			return true
		}
	}
}
