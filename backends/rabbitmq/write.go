package rabbitmq

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/payload"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// heldBytes are made into messages before the first is published, so that a fault of the
// rows of all but the largest statements leaves nothing behind.
const heldBytes = 16 << 20

// Write implements backends.Writer: a message for each row, all confirmed by the broker.
func (b *Backend) Write(ctx context.Context, target backends.WriteTarget, rows array.RecordReader, mode backends.WriteMode) (backends.WriteResult, error) {
	var result backends.WriteResult
	if mode.Kind != backends.Append {
		return result, pgerr.Unsupported("messages of a queue can be added, not changed or removed: mode %s", mode.Kind)
	}
	q := b.table(target.Table)
	w, err := b.writing(ctx, q, target.Columns)
	if err != nil {
		return result, err
	}
	c, err := b.connection(ctx)
	if err != nil {
		return result, err
	}
	stop := b.bound(ctx, c)
	defer func() { b.release(c, stop() && err == nil) }()
	if _, err = b.count(ctx, c, q); err != nil {
		return result, err
	}
	p, err := newPublisher(ctx, c)
	if err != nil {
		return result, err
	}
	defer p.close()
	if err = w.all(ctx, p, rows); err == nil {
		err = p.finish(ctx)
	}
	if err != nil {
		err = p.stays(ctx, err)
		return result, err
	}
	result.Inserted = p.confirmed
	return result, nil
}

// writing is how rows become messages.
type writing struct {
	queue         *queue
	encoder       *payload.Encoder
	columns       []backends.Column
	places        map[origin]int // of the columns that are no payload
	exchange, key string
	contentType   string
	deliveryMode  uint8
}

func (b *Backend) writing(ctx context.Context, q *queue, targets []backends.Column) (*writing, error) {
	columns, err := q.described(ctx)
	if err != nil {
		return nil, err
	}
	w := &writing{queue: q, columns: targets, places: map[origin]int{}, exchange: q.options.Exchange, key: q.options.RoutingKey, deliveryMode: amqp.Persistent}
	if w.exchange == "" {
		w.key = q.queue
	}
	if q.options.DeliveryMode == "transient" {
		w.deliveryMode = amqp.Transient
	}
	w.contentType = contentTypes[q.options.payload(&b.config).PayloadFormat]
	var values []payload.Source
	for i, target := range targets {
		from := originOf(columns, target.Name)
		switch from {
		case fromPayload:
			values = append(values, payload.Source{Name: target.Name, Type: target.Type, At: i})
		case theOffset, theExchange, theRedelivered:
			return nil, pgerr.New("428C9", "cannot insert a non-DEFAULT value into column \"%s\"", target.Name).
				WithDetail("The broker sets it.")
		default:
			w.places[from] = i
		}
	}
	if _, ok := w.places[theKey]; ok && w.exchange == "" {
		return nil, pgerr.New("428C9", "cannot insert a non-DEFAULT value into column \"_routing_key\"").
			WithDetail("Messages go straight to queue \"%s\".", q.queue).WithHint("Set the table's exchange.")
	}
	w.encoder, err = q.codec.Encoder(ctx, values)
	return w, err
}

// contentTypes are what messages say of themselves when no column does.
var contentTypes = map[payload.Format]string{
	"": "application/json", payload.JSON: "application/json", payload.Text: "text/plain", payload.Raw: "application/octet-stream",
	"raw_bytes": "application/octet-stream", "bytes": "application/octet-stream", payload.Avro: "avro/binary", payload.Protobuf: "application/protobuf",
}

func originOf(columns []column, name string) origin {
	for _, c := range columns {
		if c.Name == name {
			return c.origin
		}
	}
	return fromPayload // payload says that it is not there
}

// all publishes the rows, the first of them once there are heldBytes or no more.
func (w *writing) all(ctx context.Context, p *publisher, rows array.RecordReader) error {
	var held []outgoing
	bytes := 0
	flush := func() error {
		for i := range held {
			if err := p.publish(ctx, w.exchange, &held[i]); err != nil {
				return err
			}
		}
		held, bytes = held[:0], 0
		return nil
	}
	for rows.Next() {
		record := rows.RecordBatch()
		for row := range int(record.NumRows()) {
			m, err := w.message(record, row)
			if err != nil {
				return err
			}
			held = append(held, m)
			if bytes += len(m.Body) + 256; bytes >= heldBytes {
				if err := flush(); err != nil {
					return err
				}
			}
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return flush()
}

// outgoing is a message with where it goes.
type outgoing struct {
	amqp.Publishing
	key string
}

// message makes a row's message.
func (w *writing) message(record arrow.RecordBatch, row int) (outgoing, error) {
	m := outgoing{key: w.key, Publishing: amqp.Publishing{ContentType: w.contentType, DeliveryMode: w.deliveryMode}}
	body, null, err := w.encoder.Append(nil, record, row)
	if err != nil {
		return m, err
	}
	if null {
		return m, pgerr.New(pgerr.NotNullViolation, "a message of queue \"%s\" would have no payload", w.queue.queue)
	}
	m.Body = body
	if _, ok := w.places[theTime]; !ok {
		m.Timestamp = time.Now()
	}
	for from, at := range w.places {
		if record.Column(at).IsNull(row) {
			continue
		}
		v, err := pgtypes.DatumFromArrow(record.Column(at), row, w.columns[at].Type)
		if err != nil {
			return m, err
		}
		if err := m.set(from, v); err != nil {
			return m, err
		}
	}
	return m, nil
}

// shortText is the longest text of AMQP's properties.
const shortText = 255

// set sets a property.
func (m *outgoing) set(from origin, v pgtypes.Datum) error {
	switch v := v.(type) {
	case string:
		if from == theHeaders {
			table, err := parseHeaders(v)
			m.Headers = table
			return err
		}
		if len(v) > shortText {
			return pgerr.New(pgerr.StringDataRightTruncation, "value too long for a property of a message: %d bytes of at most %d", len(v), shortText)
		}
		switch from {
		case theKey:
			m.key = v
		case theID:
			m.MessageId = v
		case theContentType:
			m.ContentType = v
		}
	case int32:
		if v < 0 || v > 255 {
			return pgerr.New(pgerr.NumericValueOutOfRange, "priority %d is out of range: it is from 0 to 255", v)
		}
		m.Priority = uint8(v)
	case int64:
		if v%1_000_000 != 0 || v < 0 || v == math.MaxInt64 {
			return pgerr.New(pgerr.DatetimeFieldOverflow, "AMQP has whole seconds since 1970 alone, and column \"_event_ts\" would lose some").
				WithHint("Write date_trunc('second', ...).")
		}
		m.Timestamp = time.UnixMicro(v)
	}
	return nil
}

// publisher publishes on a channel and counts what the broker confirms.
type publisher struct {
	c         *conn
	ch        *amqp.Channel
	closed    chan *amqp.Error
	returns   chan amqp.Return
	waiting   []*amqp.DeferredConfirmation
	confirmed int64
	sent      int64
}

// mostUnconfirmed bounds what is on its way.
const mostUnconfirmed = 2000

func newPublisher(ctx context.Context, c *conn) (*publisher, error) {
	ch, err := c.Channel()
	if err == nil {
		err = ch.Confirm(false)
	}
	if err != nil {
		return nil, c.fault(ctx, "opening a channel", err)
	}
	return &publisher{
		c: c, ch: ch, closed: ch.NotifyClose(make(chan *amqp.Error, 1)),
		returns: ch.NotifyReturn(make(chan amqp.Return, mostUnconfirmed+1)), // room for all: the library waits for it
	}, nil
}

func (p *publisher) close() { _ = p.ch.Close() }

// publish sends a message; what the broker says of it comes later.
func (p *publisher) publish(ctx context.Context, exchange string, m *outgoing) error {
	d, err := p.ch.PublishWithDeferredConfirm(exchange, m.key, true, false, m.Publishing)
	if err != nil {
		return p.fault(ctx, err)
	}
	p.sent++
	if p.waiting = append(p.waiting, d); len(p.waiting) < mostUnconfirmed {
		return nil
	}
	return p.settle(ctx, mostUnconfirmed/2)
}

// finish waits for all.
func (p *publisher) finish(ctx context.Context) error { return p.settle(ctx, len(p.waiting)) }

// settle waits for the n oldest.
func (p *publisher) settle(ctx context.Context, n int) error {
	for range n {
		d := p.waiting[0]
		select {
		case <-d.Done():
		case reason := <-p.closed:
			return p.reason(ctx, reason)
		case <-ctx.Done():
			return ctx.Err()
		}
		// A message that is returned is confirmed too, and returned before.
		select {
		case r, ok := <-p.returns:
			if ok {
				return unroutable(&r)
			}
		default:
		}
		if !d.Acked() {
			if p.ch.IsClosed() {
				return p.fault(ctx, amqp.ErrClosed)
			}
			return pgerr.New(pgerr.ConfigurationLimitExceeded, "the broker refused a message").
				WithHint("A queue that is full and has overflow reject-publish does so.")
		}
		p.confirmed++
		p.waiting = p.waiting[1:]
	}
	return nil
}

func unroutable(r *amqp.Return) error {
	to := fmt.Sprintf("exchange \"%s\" with routing key \"%s\"", r.Exchange, r.RoutingKey)
	if r.Exchange == "" {
		to = fmt.Sprintf("queue \"%s\"", r.RoutingKey)
	}
	return pgerr.New(pgerr.FdwError, "a message to %s reached no queue", to).WithDetail("The broker says: %s.", r.ReplyText)
}

// fault is an error with the reason for which the channel was closed, where there is
// one.
func (p *publisher) fault(ctx context.Context, err error) error {
	select {
	case reason := <-p.closed:
		return p.reason(ctx, reason)
	case <-time.After(10 * time.Millisecond):
		return p.c.fault(ctx, "publishing", err)
	}
}

func (p *publisher) reason(ctx context.Context, reason *amqp.Error) error {
	if reason == nil {
		reason = amqp.ErrClosed
	}
	return p.c.fault(ctx, "publishing", reason)
}

// stays says what has become of the rows before a fault.
func (p *publisher) stays(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	var known *pgerr.Error
	if p.sent == 0 || !errors.As(err, &known) {
		return err
	}
	for _, d := range p.waiting { // those that were confirmed meanwhile
		if d.Acked() {
			p.confirmed++
		}
	}
	e := *known
	if e.Detail != "" {
		e.Detail += " "
	}
	e.Detail += fmt.Sprintf("Of %d messages sent, %d were confirmed, and stay; the others may have been taken too.", p.sent, p.confirmed)
	return &e
}
