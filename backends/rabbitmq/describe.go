package rabbitmq

import (
	"context"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// origin is where a column's values come from.
type origin uint8

const (
	fromPayload origin = iota
	theOffset
	theTime
	theKey
	theExchange
	theHeaders
	theID
	theContentType
	thePriority
	theRedelivered
)

// column is a column of a table with its origin.
type column struct {
	translate.TableColumn
	origin origin
}

// hidden are the columns of what a message has beside its payload.
var hidden = []struct {
	name   string
	oid    uint32
	origin origin
	native string
}{
	{"_offset", pgtypes.OIDInt8, theOffset, "offset"},
	{"_event_ts", pgtypes.OIDTimestamptz, theTime, "timestamp"},
	{"_routing_key", pgtypes.OIDText, theKey, "routing-key"},
	{"_exchange", pgtypes.OIDText, theExchange, "exchange"},
	{"_headers", pgtypes.OIDJSONB, theHeaders, "headers"},
	{"_message_id", pgtypes.OIDText, theID, "message-id"},
	{"_content_type", pgtypes.OIDText, theContentType, "content-type"},
	{"_priority", pgtypes.OIDInt2, thePriority, "priority"},
	{"_redelivered", pgtypes.OIDBool, theRedelivered, "redelivered"},
}

// describe gives the columns: those of the payload and the hidden ones.
func (q *queue) describe(ctx context.Context) ([]column, error) {
	fields, err := q.codec.Fields(ctx)
	if err != nil {
		return nil, err
	}
	var columns []column
	for _, f := range fields {
		c := tableColumn(f.Name, f.Type, f.Native)
		c.Hidden, c.NotNull = f.Hidden, f.NotNull
		columns = append(columns, column{c, fromPayload})
	}
	for _, h := range hidden {
		c := tableColumn(h.name, pgtypes.Of(h.oid), h.native)
		c.Hidden, c.NotNull = true, h.origin == theHeaders
		columns = append(columns, column{c, h.origin})
	}
	q.mu.Lock()
	q.columns = columns
	q.mu.Unlock()
	return columns, nil
}

func tableColumn(name string, typ pgtypes.Type, native string) translate.TableColumn {
	c := translate.TableColumn{Name: name, Type: typ}
	if t := pgbuiltin.TypeByOID(typ.OID); t != nil {
		c.Collation = t.Collation
	}
	c.Facts = &translate.ColumnFacts{NativeType: native, Verified: true, NullFraction: -1}
	return c
}

// described are the columns that a fragment's indexes are of: those of the last
// description.
func (q *queue) described(ctx context.Context) ([]column, error) {
	q.mu.Lock()
	columns := q.columns
	q.mu.Unlock()
	if columns != nil {
		return columns, nil
	}
	return q.describe(ctx)
}

// Describe implements backends.Backend.
func (b *Backend) Describe(ctx context.Context, name backends.TableName) (*backends.Table, error) {
	q := b.table(name)
	length, err := b.length(ctx, q)
	if err != nil {
		return nil, err
	}
	columns, err := q.describe(ctx)
	if err != nil {
		return nil, err
	}
	d := &backends.Table{Name: name, Kind: translate.OrdinaryTable, Rows: -1, Bytes: -1}
	if length > 0 { // of a stream it is 0 before version 3.11
		d.Rows = float64(length)
	}
	for _, c := range columns {
		d.Columns = append(d.Columns, c.TableColumn)
	}
	return d, nil
}

// Statistics implements backends.Statistician: the messages that are ready.
func (b *Backend) Statistics(ctx context.Context, name backends.TableName) (*backends.Table, error) {
	return b.Describe(ctx, name)
}

// length asks how many messages of a queue are ready.
func (b *Backend) length(ctx context.Context, q *queue) (n int64, err error) {
	err = b.with(ctx, func(c *conn) error {
		n, err = b.count(ctx, c, q)
		return err
	})
	return n, err
}

// with uses a connection for what is short.
func (b *Backend) with(ctx context.Context, use func(*conn) error) error {
	c, err := b.connection(ctx)
	if err != nil {
		return err
	}
	stop := b.bound(ctx, c)
	err = use(c)
	b.release(c, stop() && !c.IsClosed())
	return err
}

// count is length on a connection.
func (b *Backend) count(ctx context.Context, c *conn, q *queue) (int64, error) {
	ch, err := c.Channel()
	if err != nil {
		return 0, c.fault(ctx, "opening a channel", err)
	}
	found, err := ch.QueueDeclarePassive(q.queue, false, false, false, false, nil)
	if err != nil {
		if isCode(err, amqp.NotFound) {
			return 0, b.missing(q)
		}
		return 0, c.fault(ctx, "asking for queue "+q.queue, err)
	}
	return int64(found.Messages), c.fault(ctx, "closing a channel", ch.Close())
}

// missing says that there is no such queue, and why a list may have shown none either.
func (b *Backend) missing(q *queue) error {
	err := errNoQueue(q.queue)
	if b.config.ManagementURL.IsZero() {
		return err.(*pgerr.Error).WithHint("AMQP does not list queues: without a management_url only those declared in tables are listed.")
	}
	return err
}
