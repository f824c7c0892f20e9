package kafka

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/payload"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// Write implements backends.Writer: a message for each row. With delivery exactly_once
// all of a statement's are one transaction. Otherwise those sent before a fault stay,
// and the error says how many.
func (b *Backend) Write(ctx context.Context, target backends.WriteTarget, rows array.RecordReader, mode backends.WriteMode) (backends.WriteResult, error) {
	var result backends.WriteResult
	if mode.Kind != backends.Append {
		return result, pgerr.Unsupported("messages of a topic can be added, not changed or removed: mode %s", mode.Kind)
	}
	t := b.table(target.Table)
	now, err := b.look(ctx, t.topic)
	if err != nil {
		return result, err
	}
	w, err := b.writing(ctx, t, target.Columns)
	if err != nil {
		return result, err
	}
	p, err := b.producer(ctx, w.partition >= 0)
	if err != nil {
		return result, err
	}
	n, err := w.all(ctx, p, rows)
	if err != nil {
		p.abort(ctx)
		b.release(p, false)
		return result, b.writeError(ctx, t, n, p.transactional, err)
	}
	p.settle(ctx, now)
	b.release(p, true)
	result.Inserted = n
	return result, nil
}

// writeError says what has become of the rows before a fault.
func (b *Backend) writeError(ctx context.Context, t *topic, sent int64, transactional bool, err error) error {
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	var known *pgerr.Error
	if transactional || sent == 0 || !errors.As(err, &known) {
		return err
	}
	e := *known
	if e.Detail != "" {
		e.Detail += " "
	}
	e.Detail += fmt.Sprintf("Up to %d messages were written before, and stay.", sent)
	if e.Hint == "" {
		e.Hint = "With delivery_semantics exactly_once a statement writes all of its messages or none."
	}
	return &e
}

// writing is how rows become messages.
type writing struct {
	topic *topic
	value *payload.Encoder
	key   *payload.Encoder // of the key columns; nil for none

	columns []backends.Column
	// The places of the columns that are no payload, -1 for none.
	partition, bareKey, headers, at, keyColumn int

	arena []byte // messages are cut from it
}

func (b *Backend) writing(ctx context.Context, t *topic, targets []backends.Column) (*writing, error) {
	columns, err := t.described(ctx)
	if err != nil {
		return nil, err
	}
	w := &writing{topic: t, columns: targets, partition: -1, bareKey: -1, headers: -1, at: -1, keyColumn: -1}
	var values, keys []payload.Source
	for i, target := range targets {
		source := payload.Source{Name: target.Name, Type: target.Type, At: i}
		switch originOf(columns, target.Name) {
		case fromValue:
			values = append(values, source)
		case fromKey:
			keys = append(keys, source)
		case thePartition:
			w.partition = i
		case theKey:
			w.bareKey = i
		case theHeaders:
			w.headers = i
		case theTime:
			w.at = i
		default:
			return nil, pgerr.New("428C9", "cannot insert a non-DEFAULT value into column \"%s\"", target.Name).
				WithDetail("The broker gives messages their offsets.")
		}
	}
	if err := w.chooseKey(b, t, keys, values); err != nil {
		return nil, err
	}
	if w.value, err = t.value.Encoder(ctx, values); err != nil {
		return nil, err
	}
	if len(keys) > 0 {
		w.key, err = t.key.Encoder(ctx, keys)
	}
	return w, err
}

func originOf(columns []column, name string) origin {
	for _, c := range columns {
		if c.Name == name {
			return c.origin
		}
	}
	return fromValue // payload says that it is not there
}

// chooseKey finds the column whose text is the key, when none is the key itself.
func (w *writing) chooseKey(b *Backend, t *topic, keys, values []payload.Source) error {
	if w.bareKey >= 0 && len(keys) > 0 {
		return pgerr.New(pgerr.SyntaxError, "column \"%s\" and the columns of the key can not both be written", keyName)
	}
	name := t.options.MessageKeyColumn
	if name == "" {
		name = b.config.MessageKeyColumn
	}
	if name == "" || w.bareKey >= 0 || len(keys) > 0 {
		return nil
	}
	for _, v := range values {
		if v.Name == name {
			w.keyColumn = v.At
		}
	}
	return nil
}

// all writes the rows and says how many were sent.
func (w *writing) all(ctx context.Context, p *producer, rows array.RecordReader) (n int64, err error) {
	act := "writing to topic " + w.topic.topic
	if err := p.begin(); err != nil {
		return 0, errorOf(act, err)
	}
	for rows.Next() {
		record := rows.RecordBatch()
		for row := range int(record.NumRows()) {
			m, err := w.message(record, row)
			if err != nil {
				return n, err
			}
			p.send(ctx, m)
			n++
		}
		if err := p.err(); err != nil {
			return n, errorOf(act, err)
		}
		if err := ctx.Err(); err != nil {
			return n, err
		}
	}
	if err := rows.Err(); err != nil && !errors.Is(err, io.EOF) {
		return n, err
	}
	return n, errorOf(act, p.commit(ctx))
}

// arenaBytes is what messages are cut from: one allocation for many.
const arenaBytes = 64 << 10

// message makes a row's message.
func (w *writing) message(record arrow.RecordBatch, row int) (*kgo.Record, error) {
	m := &kgo.Record{Topic: w.topic.topic}
	if cap(w.arena)-len(w.arena) < 1024 {
		w.arena = make([]byte, 0, arenaBytes)
	}
	cut := func(whole []byte) []byte {
		from := len(w.arena)
		if len(whole) > cap(w.arena) {
			return whole[from:] // it outgrew the arena, and has memory of its own
		}
		w.arena = whole
		return whole[from:len(whole):len(whole)]
	}
	body, null, err := w.value.Append(w.arena, record, row)
	if err != nil {
		return nil, err
	}
	if !null {
		m.Value = cut(body)
	}
	if err := w.setKey(m, record, row, cut); err != nil {
		return nil, err
	}
	return m, w.setRest(m, record, row)
}

func (w *writing) setKey(m *kgo.Record, record arrow.RecordBatch, row int, cut func([]byte) []byte) error {
	switch {
	case w.key != nil:
		body, null, err := w.key.Append(w.arena, record, row)
		if err == nil && !null {
			m.Key = cut(body)
		}
		return err
	case w.bareKey >= 0:
		v, err := w.datum(record, row, w.bareKey)
		switch v := v.(type) {
		case []byte:
			m.Key = v
		case string:
			m.Key = bytesOf(v)
		}
		return err
	case w.keyColumn >= 0:
		v, err := w.datum(record, row, w.keyColumn)
		if v != nil {
			m.Key = pgtypes.AppendText(nil, w.columns[w.keyColumn].Type, v, pgtypes.DefaultStyle())
		}
		return err
	}
	return nil
}

func (w *writing) datum(record arrow.RecordBatch, row, at int) (pgtypes.Datum, error) {
	a := record.Column(at)
	if a.IsNull(row) {
		return nil, nil
	}
	return pgtypes.DatumFromArrow(a, row, w.columns[at].Type)
}

// setRest sets partition, headers and time.
func (w *writing) setRest(m *kgo.Record, record arrow.RecordBatch, row int) error {
	if w.partition >= 0 {
		v, err := w.datum(record, row, w.partition)
		if err != nil {
			return err
		}
		n, ok := v.(int32)
		if !ok {
			return pgerr.New(pgerr.NotNullViolation, "null value in column \"%s\" violates not-null constraint", partitionName)
		}
		m.Partition = n
	}
	if w.headers >= 0 {
		v, err := w.datum(record, row, w.headers)
		if text, ok := v.(string); ok && err == nil {
			m.Headers, err = parseHeaders(text)
		}
		if err != nil {
			return err
		}
	}
	if w.at >= 0 {
		v, err := w.datum(record, row, w.at)
		if micros, ok := v.(int64); ok {
			m.Timestamp = time.UnixMicro(micros)
		}
		return err
	}
	return nil
}
