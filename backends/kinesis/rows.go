package kinesis

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/batch"
	"github.com/sqlgateway/gateway/internal/payload"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// rows is a batch.Source over the records of a plan.
type rows struct {
	backend *Backend
	stream  *stream
	fetcher *fetcher
	outputs []column

	decoder *payload.Decoder
	data    []*batch.Column // of the builder, parallel to the decoder's names
	dataAt  []int
	own     []int // of the record itself

	chunk   chunk
	next    int          // in the chunk
	packed  []userRecord // of the aggregated record before next, as far as they are left
	unpack  []userRecord // packed's memory
	left    int64        // rows until the limit, -1 for none
	metrics backends.ReadMetrics
}

// open makes the source of a fragment.
func (b *Backend) open(ctx context.Context, s *stream, f *backends.Fragment, p *plan) (*rows, error) {
	columns, err := s.described(ctx)
	if err != nil {
		return nil, err
	}
	r := &rows{backend: b, stream: s, left: -1}
	var names []string
	for i, c := range f.Scan.Columns {
		if c >= len(columns) {
			return nil, pgerr.New(pgerr.UndefinedColumn, "the columns of stream \"%s\" have changed", s.name)
		}
		r.outputs = append(r.outputs, columns[c])
		if columns[c].origin == fromData {
			names, r.dataAt = append(names, columns[c].Name), append(r.dataAt, i)
		} else {
			r.own = append(r.own, i)
		}
	}
	if r.decoder, err = s.codec.Decoder(ctx, names); err != nil {
		return nil, err
	}
	client, err := b.connect(ctx)
	if err != nil {
		return nil, err
	}
	limit := b.config.BatchConfig.MaxRecords
	if f.Scan.Limit >= 0 && len(f.Scan.Predicates) == 0 {
		r.left = f.Scan.Limit
		limit = int32(min(int64(limit), max(r.left, 1)))
	}
	r.metrics.Files, r.metrics.FilesSkipped = int64(len(p.Spans)), p.Skipped
	r.fetcher = b.startFetcher(ctx, client, s.name, p, limit)
	return r, nil
}

// bind finds the builder's columns; it is the same for all batches.
func (r *rows) bind(b *batch.Builder) {
	if len(r.data) > 0 {
		return
	}
	for _, i := range r.dataAt {
		r.data = append(r.data, &b.Columns[i])
	}
}

// Fill implements batch.Source.
func (r *rows) Fill(ctx context.Context, b *batch.Builder) (bool, error) {
	r.bind(b)
	for r.left != 0 {
		record, user, err := r.take(ctx)
		if record == nil {
			return false, err
		}
		row, err := r.row(ctx, b, record, user)
		if err != nil {
			return false, atRecord(r.stream.name, r.chunk.shard.Shard, *record.SequenceNumber, err)
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

// take gives the next record: whole, or a user record in it. None is the end.
func (r *rows) take(ctx context.Context) (*types.Record, *userRecord, error) {
	for {
		if len(r.packed) > 0 {
			user := &r.packed[0]
			r.packed = r.packed[1:]
			return &r.chunk.records[r.next-1], user, nil
		}
		if r.next == len(r.chunk.records) {
			if more, err := r.advance(ctx); !more {
				return nil, nil, err
			}
			continue
		}
		record := &r.chunk.records[r.next]
		r.next++
		if r.stream.options.KeepAggregated {
			return record, nil, nil
		}
		list, ok := unpack(r.unpack[:0], record.Data, r.chunk.shard.keys)
		if !ok {
			return record, nil, nil
		}
		r.unpack, r.packed = list, list
	}
}

// advance waits for the next chunk.
func (r *rows) advance(ctx context.Context) (bool, error) {
	if r.chunk.bytes > 0 {
		r.fetcher.room.give(r.chunk.bytes)
	}
	r.chunk, r.next = chunk{}, 0
	select {
	case <-ctx.Done():
		return false, ctx.Err()
	case c, ok := <-r.fetcher.chunks:
		switch {
		case !ok && ctx.Err() != nil:
			return false, ctx.Err()
		case !ok && r.backend.life.Err() != nil:
			return false, errClosed() // the readers stop without a word then
		case c.err != nil || !ok:
			return false, c.err
		}
		r.chunk = c
		r.metrics.Bytes += c.bytes
		return true, nil
	}
}

// row appends a record; row is false when it is to be left out.
func (r *rows) row(ctx context.Context, b *batch.Builder, record *types.Record, user *userRecord) (row bool, err error) {
	data := record.Data
	if user != nil {
		data = user.data
	}
	if row, err = r.decoder.Decode(ctx, data, r.data); err != nil || !row {
		return false, err
	}
	for _, i := range r.own {
		if err := r.appendOwn(&b.Columns[i], r.outputs[i].origin, record, user); err != nil {
			return false, err
		}
	}
	return true, nil
}

// appendOwn appends what a record has beside its data.
func (r *rows) appendOwn(c *batch.Column, from origin, record *types.Record, user *userRecord) error {
	switch from {
	case theShard:
		c.String(r.chunk.shard.Shard)
	case theSequence:
		n, err := pgtypes.ParseNumeric(*record.SequenceNumber)
		if err != nil {
			return err
		}
		return c.Numeric(n)
	case theSubSequence:
		if user == nil {
			c.Null()
		} else {
			c.Int64(user.sub)
		}
	case theTime:
		if at := record.ApproximateArrivalTimestamp; at != nil {
			c.Int64(at.UnixMicro())
		} else {
			c.Null()
		}
	case theKey:
		if user == nil {
			c.String(*record.PartitionKey)
		} else {
			c.String(user.key)
		}
	}
	return nil
}

// Close implements batch.Source.
func (r *rows) Close() {
	r.fetcher.close()
	if n := r.decoder.Skipped + r.decoder.Nulled; n > 0 {
		r.backend.env.Logger.Warn("records did not decode", "stream", r.stream.name, "skipped", r.decoder.Skipped, "nulled", r.decoder.Nulled)
	}
}
