package rabbitmq

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/batch"
	"github.com/sqlgateway/gateway/internal/payload"
	"github.com/sqlgateway/gateway/internal/pgerr"
)

// reader is a batch.Reader that tells what it read.
type reader struct {
	*batch.Reader
	rows *rows
}

var _ backends.Metered = (*reader)(nil)

// Metrics implements backends.Metered.
func (r *reader) Metrics() backends.ReadMetrics { return r.rows.metrics }

// Read implements backends.Backend.
func (b *Backend) Read(ctx context.Context, f backends.Fragment) (array.RecordReader, error) {
	if f.Scan == nil {
		return nil, pgerr.Internal("RabbitMQ was sent a query")
	}
	if f.Partition != nil {
		return nil, pgerr.Internal("a queue has no parts")
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	source, err := b.rows(ctx, &f)
	if err != nil {
		return nil, err
	}
	return &reader{batch.NewReader(ctx, f.Schema(), b.env.Allocator, f.BatchRows, source), source}, nil
}

// rows is a batch.Source over the messages of a queue or a stream.
type rows struct {
	backend *Backend
	queue   *queue
	scan    *backends.ScanFragment
	outputs []column
	decoder *payload.Decoder
	values  []*batch.Column // parallel to the decoder's names
	valueAt []int
	own     []int // of the message itself

	stream  *streaming // nil for a queue
	chunk   []message
	next    int
	left    int64 // rows until the limit, -1 for none
	started bool
	metrics backends.ReadMetrics
}

func (b *Backend) rows(ctx context.Context, f *backends.Fragment) (*rows, error) {
	q := b.table(f.Scan.Table)
	columns, err := q.described(ctx)
	if err != nil {
		return nil, err
	}
	r := &rows{backend: b, queue: q, scan: f.Scan, left: -1}
	var names []string
	for i, c := range f.Scan.Columns {
		if c >= len(columns) {
			return nil, pgerr.New(pgerr.UndefinedColumn, "the columns of queue \"%s\" have changed", q.queue)
		}
		r.outputs = append(r.outputs, columns[c])
		if columns[c].origin == fromPayload {
			names, r.valueAt = append(names, columns[c].Name), append(r.valueAt, i)
		} else {
			r.own = append(r.own, i)
		}
	}
	if f.Scan.Limit >= 0 && len(f.Scan.Predicates) == 0 {
		r.left = f.Scan.Limit
	}
	r.decoder, err = q.codec.Decoder(ctx, names)
	return r, err
}

// start takes the messages of a queue, or begins to read a stream.
func (r *rows) start(ctx context.Context) error {
	b := r.backend
	c, err := b.connection(ctx)
	if err != nil {
		return err
	}
	stop := b.bound(ctx, c)
	defer func() { b.release(c, stop()) }()
	if _, err := b.count(ctx, c, r.queue); err != nil {
		return err
	}
	f, err := b.learn(ctx, c, r.queue)
	if err != nil {
		return err
	}
	if f.kind == streamQ {
		r.stream, err = b.startStream(ctx, c, r.queue, r.span())
		return err
	}
	if err := f.peekable(r.queue.queue); err != nil {
		return err
	}
	most := r.left
	// Some of them may be no rows. And a quorum queue puts what is given back behind what
	// was given back before: only all of it keeps the order.
	if r.queue.options.OnError == payload.Skip || f.kind == quorum {
		most = -1
	}
	taken, err := b.peek(ctx, c, r.queue, f, most)
	if err != nil {
		return err
	}
	r.chunk = make([]message, len(taken))
	for i := range taken {
		r.chunk[i] = ofQueue(&taken[i])
		taken[i].Body = nil
	}
	return nil
}

// span is what the predicates let through of a stream.
func (r *rows) span() span {
	s := span{last: math.MaxInt64, firstTime: math.MinInt64, lastTime: math.MaxInt64}
	columns := r.queue.columns
	for i := range r.scan.Predicates {
		p := &r.scan.Predicates[i]
		if p.Column >= len(columns) {
			continue
		}
		first, last := bounds(p)
		switch columns[p.Column].origin {
		case theOffset:
			s.first, s.last = max(s.first, first), min(s.last, last)
		case theTime:
			if r.queue.options.TimestampsOrdered {
				s.firstTime, s.lastTime = max(s.firstTime, first), min(s.lastTime, last)
			}
		}
	}
	return s
}

// Fill implements batch.Source.
func (r *rows) Fill(ctx context.Context, b *batch.Builder) (bool, error) {
	if !r.started {
		r.started = true
		for _, i := range r.valueAt {
			r.values = append(r.values, &b.Columns[i])
		}
		if r.left == 0 {
			return false, nil
		}
		if err := r.start(ctx); err != nil {
			return false, err
		}
	}
	for r.left != 0 {
		if r.next == len(r.chunk) {
			more, err := r.advance(ctx)
			if err != nil || !more {
				return false, err
			}
			// A long run of messages that are no rows must not keep ctx from being looked at.
			if b.Rows() == 0 && ctx.Err() != nil {
				return false, ctx.Err()
			}
			continue
		}
		m := &r.chunk[r.next]
		r.next++
		r.metrics.Bytes += int64(len(m.body))
		row, err := r.decoder.Decode(ctx, m.body, r.values)
		if err == nil && row {
			err = r.appendOwn(b, m)
		}
		if err != nil {
			return false, r.at(m, err)
		}
		if !row {
			continue
		}
		r.metrics.Rows++
		if r.left > 0 {
			r.left--
		}
		if !b.EndRow() {
			return r.left != 0, nil
		}
	}
	return false, nil
}

// advance waits for the next messages of a stream; a queue has no more.
func (r *rows) advance(ctx context.Context) (bool, error) {
	r.chunk, r.next = nil, 0
	if r.stream == nil {
		return false, nil
	}
	var err error
	r.chunk, err = r.stream.next(ctx)
	return len(r.chunk) > 0, err
}

// appendOwn appends what a message has beside its payload.
func (r *rows) appendOwn(b *batch.Builder, m *message) error {
	for _, i := range r.own {
		c := &b.Columns[i]
		switch r.outputs[i].origin {
		case theOffset:
			appendNumber(c, m.offset)
		case theTime:
			if err := appendTime(c, m); err != nil {
				return err
			}
		case theKey:
			appendOptional(c, m.key, m.offset < 0)
		case theExchange:
			appendOptional(c, m.exchange, m.offset < 0)
		case theHeaders:
			c.End(appendHeaders(c.Room(64), m.headers))
		case theID:
			appendOptional(c, m.id, false)
		case theContentType:
			appendOptional(c, m.contentType, false)
		case thePriority:
			if m.priority < 0 {
				c.Null()
			} else {
				c.Int16(m.priority)
			}
		case theRedelivered:
			if m.offset >= 0 {
				c.Null()
			} else {
				c.Bool(m.redelivered)
			}
		}
	}
	return nil
}

func appendNumber(c *batch.Column, n int64) {
	if n < 0 {
		c.Null()
	} else {
		c.Int64(n)
	}
}

// appendOptional appends a text that is NULL when it is empty, unless it is always there.
func appendOptional(c *batch.Column, text string, always bool) {
	if text == "" && !always {
		c.Null()
	} else {
		c.Bytes(textOf([]byte(text)))
	}
}

// endTimestamp is the first second since 1970 that is no timestamp of Postgres.
const endTimestamp = 9223371331200

func appendTime(c *batch.Column, m *message) error {
	switch s := m.at.Unix(); {
	case m.at.IsZero():
		c.Null()
	case s < 0 || s >= endTimestamp:
		return pgerr.New(pgerr.DatetimeFieldOverflow, "timestamp out of range: %d seconds since 1970", s)
	default:
		c.Int64(m.at.UnixMicro())
	}
	return nil
}

// at names the message of a fault.
func (r *rows) at(m *message, err error) error {
	var known *pgerr.Error
	if !errors.As(err, &known) || known.Code == pgerr.QueryCanceled {
		return err
	}
	e := *known
	place := fmt.Sprintf("queue \"%s\", message %d", r.queue.queue, r.next)
	if m.offset >= 0 {
		place = fmt.Sprintf("stream \"%s\", offset %d", r.queue.queue, m.offset)
	}
	e.Message = place + ": " + known.Message
	if e.Hint == "" {
		e.Hint = "Set on_error to null or skip for the table to read past such messages."
	}
	return &e
}

// Close implements batch.Source.
func (r *rows) Close() {
	if r.stream != nil {
		r.stream.close()
	}
	if skipped, nulled := r.decoder.Skipped, r.decoder.Nulled; skipped+nulled > 0 {
		r.backend.env.Logger.Warn("messages did not decode", "queue", r.queue.queue, "skipped", skipped, "nulled", nulled)
	}
}
