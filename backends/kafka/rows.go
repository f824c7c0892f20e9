package kafka

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/batch"
	"github.com/sqlgateway/gateway/internal/payload"
	"github.com/sqlgateway/gateway/internal/pgerr"
)

// rows is a batch.Source over the messages of a plan.
type rows struct {
	backend *Backend
	topic   *topic
	fetcher *fetcher
	outputs []column

	value, key *payload.Decoder
	// The columns of a builder by what fills them; parallel to the decoders' names.
	values, keys []*batch.Column
	valueAt      []int
	keyAt        []int
	own          []int // of the message itself

	chunk   chunk
	next    int   // in the chunk
	left    int64 // rows until the limit, -1 for none
	budget  budget
	metrics backends.ReadMetrics
}

// budget is what is left of the config's bounds of a SELECT.
type budget struct {
	messages, bytes int64
	until           time.Time
}

// open makes the source of a fragment.
func (b *Backend) open(ctx context.Context, f *backends.Fragment, p *plan) (*rows, error) {
	t := b.table(f.Scan.Table)
	columns, err := t.described(ctx)
	if err != nil {
		return nil, err
	}
	r := &rows{backend: b, topic: t, left: -1}
	var valueNames, keyNames []string
	for i, c := range f.Scan.Columns {
		if c >= len(columns) {
			return nil, pgerr.New(pgerr.UndefinedColumn, "the columns of topic \"%s\" have changed", t.topic)
		}
		r.outputs = append(r.outputs, columns[c])
		switch columns[c].origin {
		case fromValue:
			valueNames, r.valueAt = append(valueNames, columns[c].Name), append(r.valueAt, i)
		case fromKey:
			keyNames, r.keyAt = append(keyNames, columns[c].Name), append(r.keyAt, i)
		default:
			r.own = append(r.own, i)
		}
	}
	if r.value, err = t.value.Decoder(ctx, valueNames); err != nil {
		return nil, err
	}
	if t.key != nil {
		if r.key, err = t.key.Decoder(ctx, keyNames); err != nil {
			return nil, err
		}
	}
	client, err := b.connect(ctx)
	if err != nil {
		return nil, err
	}
	most := int32(mostFetch)
	if f.Scan.Limit >= 0 && len(f.Scan.Predicates) == 0 {
		if r.left = f.Scan.Limit; r.left < 1000 {
			most = leastFetch
		}
	}
	r.budget = b.config.BatchConfig.budget()
	r.metrics.Files, r.metrics.FilesSkipped = int64(len(p.Spans)), p.Skipped
	r.fetcher = startFetcher(ctx, client, t.topic, p, b.config.BatchConfig.idle(), most)
	return r, nil
}

func (c *BatchConfig) idle() time.Duration {
	if c.IdleMS == 0 {
		return 30 * time.Second
	}
	return time.Duration(c.IdleMS) * time.Millisecond
}

func (c *BatchConfig) budget() budget {
	b := budget{messages: c.MaxMessages, bytes: c.MaxBytes}
	if c.WindowMS > 0 {
		b.until = time.Now().Add(time.Duration(c.WindowMS) * time.Millisecond)
	}
	return b
}

// bind finds the builder's columns; it is the same for all batches.
func (r *rows) bind(b *batch.Builder) {
	if len(r.values)+len(r.keys) > 0 {
		return
	}
	for _, i := range r.valueAt {
		r.values = append(r.values, &b.Columns[i])
	}
	for _, i := range r.keyAt {
		r.keys = append(r.keys, &b.Columns[i])
	}
}

// Fill implements batch.Source.
func (r *rows) Fill(ctx context.Context, b *batch.Builder) (bool, error) {
	r.bind(b)
	for r.left != 0 {
		if r.next == len(r.chunk.records) {
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
		record := r.chunk.records[r.next]
		r.next++
		row, err := r.row(ctx, b, record)
		if err != nil {
			return false, r.at(record, err)
		}
		if r.spent(record) {
			r.left = 0
		} else if row && r.left > 0 {
			r.left--
		}
		if row {
			if r.metrics.Rows++; !b.EndRow() {
				return r.left != 0, nil
			}
		}
	}
	return false, nil
}

// advance waits for the next chunk.
func (r *rows) advance(ctx context.Context) (bool, error) {
	if r.chunk.slab != nil {
		r.fetcher.slabs.give(r.chunk.slab)
	}
	r.chunk, r.next = chunk{}, 0
	select {
	case <-ctx.Done():
		return false, ctx.Err()
	case c, ok := <-r.fetcher.chunks:
		if c.err != nil || !ok {
			return false, c.err
		}
		r.chunk = c
		r.metrics.Bytes += c.bytes
		return true, nil
	}
}

// spent takes a message from the budget and says whether it was the last.
func (r *rows) spent(m *kgo.Record) bool {
	b := &r.budget
	if b.messages > 0 {
		if b.messages--; b.messages == 0 {
			return true
		}
	}
	if b.bytes > 0 {
		if b.bytes -= int64(len(m.Key) + len(m.Value)); b.bytes <= 0 {
			return true
		}
	}
	return !b.until.IsZero() && m.Offset%64 == 0 && time.Now().After(b.until)
}

// row appends a message; row is false when it is to be left out.
func (r *rows) row(ctx context.Context, b *batch.Builder, m *kgo.Record) (row bool, err error) {
	if m.Value == nil && r.topic.options.Tombstones == "skip" {
		return false, nil
	}
	if r.key != nil {
		if m.Key == nil {
			payload.Nulls(r.keys)
		} else if row, err = r.key.Decode(ctx, m.Key, r.keys); err != nil || !row {
			return false, inKey(err)
		}
	}
	if m.Value == nil {
		payload.Nulls(r.values)
	} else if row, err = r.value.Decode(ctx, m.Value, r.values); err != nil || !row {
		for _, c := range r.keys {
			c.Drop()
		}
		return false, err
	}
	for _, i := range r.own {
		r.appendOwn(&b.Columns[i], r.outputs[i].origin, m)
	}
	return true, nil
}

// appendOwn appends what a message has beside its payload.
func (r *rows) appendOwn(c *batch.Column, from origin, m *kgo.Record) {
	switch from {
	case thePartition:
		c.Int32(m.Partition)
	case theOffset:
		c.Int64(m.Offset)
	case theTime:
		if millis := m.Timestamp.UnixMilli(); millis >= 0 {
			c.Int64(millis * 1000)
		} else {
			c.Null() // -1: it has none
		}
	case theKey:
		appendKey(c, r.topic, m.Key)
	case theHeaders:
		c.End(appendHeaders(c.Room(64), m.Headers))
	}
}

func inKey(err error) error {
	var known *pgerr.Error
	if err == nil || !errors.As(err, &known) {
		return err
	}
	e := *known
	e.Message = "key: " + known.Message
	return &e
}

// at names the message of a fault.
func (r *rows) at(m *kgo.Record, err error) error {
	hint := "Set on_error to null or skip for the table to read past such messages."
	return atOffset(r.topic.topic, m.Partition, m.Offset, hint, err)
}

func atOffset(topic string, partition int32, offset int64, hint string, err error) error {
	var known *pgerr.Error
	if !errors.As(err, &known) || known.Code == pgerr.QueryCanceled {
		return err
	}
	e := *known
	e.Message = fmt.Sprintf("topic \"%s\", partition %d, offset %d: %s", topic, partition, offset, known.Message)
	if e.Hint == "" {
		e.Hint = hint
	}
	return &e
}

// Close implements batch.Source.
func (r *rows) Close() {
	r.fetcher.close()
	if n := r.undecoded(); n > 0 {
		r.backend.env.Logger.Warn("messages did not decode", "topic", r.topic.topic, "messages", n, "on_error", r.topic.options.OnError)
	}
}

// undecoded counts the messages that were left out, or whose columns are NULL.
func (r *rows) undecoded() int64 {
	n := r.value.Skipped + r.value.Nulled
	if r.key != nil {
		n += r.key.Skipped + r.key.Nulled
	}
	return n
}
