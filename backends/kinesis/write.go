package kinesis

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"time"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/payload"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// The service's bounds of one call. A record may be larger than requestBytes where the
// stream allows it, and then goes alone.
const (
	requestRecords = 500
	requestBytes   = 5 << 20
	recordBytes    = 1 << 20 // with its key, unless the stream allows more
	keyCharacters  = 256
)

// meetAgain is how long it is believed what a stream allows.
const meetAgain = time.Minute

// Write implements backends.Writer: a record for each row, sent in calls of up to 500.
// Those that were sent before a fault stay, and the error says how many. What the
// service could not take of a call is sent again, behind what it took; a call whose
// answer is lost is sent again too, and its records may then be there twice.
func (b *Backend) Write(ctx context.Context, target backends.WriteTarget, rows array.RecordReader, mode backends.WriteMode) (backends.WriteResult, error) {
	var result backends.WriteResult
	if mode.Kind != backends.Append {
		return result, pgerr.Unsupported("records of a stream can be added, not changed or removed: mode %s", mode.Kind)
	}
	s, err := b.table(target.Table)
	if err != nil {
		return result, err
	}
	w, err := b.writing(ctx, s, target.Columns)
	if err != nil {
		return result, err
	}
	if err := w.all(ctx, rows); err != nil {
		return result, w.fault(err)
	}
	result.Inserted = w.sent
	return result, nil
}

// writing is how rows become records.
type writing struct {
	backend *Backend
	client  *kinesis.Client
	stream  *stream
	encoder *payload.Encoder
	columns []backends.Column
	key     int // the column of the partition key, -1 for none
	most    int // bytes of a record

	pending []types.PutRecordsRequestEntry
	bytes   int
	sent    int64
}

func (b *Backend) writing(ctx context.Context, s *stream, targets []backends.Column) (*writing, error) {
	columns, err := s.described(ctx)
	if err != nil {
		return nil, err
	}
	w := &writing{backend: b, stream: s, columns: targets, key: -1}
	var values []payload.Source
	bare := false
	for i, target := range targets {
		switch originOf(columns, target.Name) {
		case fromData:
			values = append(values, payload.Source{Name: target.Name, Type: target.Type, At: i})
			if !bare && target.Name == b.keyColumn(s) {
				w.key = i
			}
		case theKey:
			w.key, bare = i, true
		default:
			return nil, pgerr.New("428C9", "cannot insert a non-DEFAULT value into column \"%s\"", target.Name).
				WithDetail("The service gives records their shards, sequence numbers and times.")
		}
	}
	if w.encoder, err = s.codec.Encoder(ctx, values); err != nil {
		return nil, err
	}
	return w, w.meet(ctx)
}

// meet finds the stream and what it allows. The account may ask that twenty times a
// second, so the answer is believed for a while.
func (w *writing) meet(ctx context.Context) (err error) {
	if w.client, err = w.backend.connect(ctx); err != nil {
		return err
	}
	s := w.stream
	s.mu.Lock()
	w.most = s.most
	fresh := time.Since(s.met) < meetAgain
	s.mu.Unlock()
	if fresh {
		return nil
	}
	found, err := w.client.DescribeStreamSummary(ctx, &kinesis.DescribeStreamSummaryInput{StreamName: &s.name})
	if isMissing(err) {
		return errNoStream(s.name)
	}
	if err != nil {
		return w.backend.errorOf(ctx, "asking for stream "+s.name, err)
	}
	w.most = recordBytes
	if d := found.StreamDescriptionSummary; d != nil && d.MaxRecordSizeInKiB != nil {
		w.most = max(w.most, int(*d.MaxRecordSizeInKiB)<<10)
	}
	s.mu.Lock()
	s.most, s.met = w.most, time.Now()
	s.mu.Unlock()
	return nil
}

func (b *Backend) keyColumn(s *stream) string {
	if name := s.options.PartitionKeyColumn; name != "" {
		return name
	}
	return b.config.PartitionKeyColumn
}

func originOf(columns []column, name string) origin {
	for _, c := range columns {
		if c.Name == name {
			return c.origin
		}
	}
	return fromData // payload says that it is not there
}

// all writes the rows.
func (w *writing) all(ctx context.Context, rows array.RecordReader) error {
	for rows.Next() {
		record := rows.RecordBatch()
		for row := range int(record.NumRows()) {
			if err := w.add(ctx, record, row); err != nil {
				return err
			}
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return w.flush(ctx)
}

// add makes a row's record and sends what has gathered when there is no room for it.
func (w *writing) add(ctx context.Context, record arrow.RecordBatch, row int) error {
	data, null, err := w.encoder.Append(nil, record, row)
	if err != nil {
		return err
	}
	if null {
		return pgerr.New(pgerr.NotNullViolation, "null value in column \"%s\" violates not-null constraint", w.columns[0].Name).
			WithDetail("A record of Kinesis has data always.")
	}
	key, err := w.keyOf(record, row)
	if err != nil {
		return err
	}
	size := len(data) + len(key)
	if size > w.most {
		return pgerr.New(pgerr.ProgramLimitExceeded, "the record of a row has %d bytes, and stream \"%s\" takes %d", size, w.stream.name, w.most)
	}
	if len(w.pending) == requestRecords || len(w.pending) > 0 && w.bytes+size > requestBytes {
		if err := w.flush(ctx); err != nil {
			return err
		}
	}
	w.pending = append(w.pending, types.PutRecordsRequestEntry{Data: data, PartitionKey: &key})
	w.bytes += size
	return nil
}

// keyOf is a row's partition key: without a column for it a random one, so that rows
// spread over the shards.
func (w *writing) keyOf(record arrow.RecordBatch, row int) (string, error) {
	if w.key < 0 {
		return rand.Text(), nil
	}
	a, column := record.Column(w.key), w.columns[w.key]
	if a.IsNull(row) {
		return "", pgerr.New(pgerr.NotNullViolation, "null value in column \"%s\" violates not-null constraint", column.Name).
			WithDetail("It is the partition key.")
	}
	v, err := pgtypes.DatumFromArrow(a, row, column.Type)
	if err != nil {
		return "", err
	}
	key := string(pgtypes.AppendText(nil, column.Type, v, pgtypes.DefaultStyle()))
	if n := utf8.RuneCountInString(key); n == 0 || n > keyCharacters {
		return "", pgerr.New(pgerr.StringDataRightTruncation, "the partition key in column \"%s\" has %d characters, and must have 1 to %d", column.Name, n, keyCharacters)
	}
	return key, nil
}

// flush sends what has gathered, and again what was refused of it.
func (w *writing) flush(ctx context.Context) error {
	act := "writing to stream " + w.stream.name
	for attempt := 1; len(w.pending) > 0; attempt++ {
		out, err := w.client.PutRecords(ctx, &kinesis.PutRecordsInput{StreamName: &w.stream.name, Records: w.pending})
		if isMissing(err) {
			return errNoStream(w.stream.name)
		}
		if err != nil {
			return w.backend.errorOf(ctx, act, err)
		}
		refused, reason := w.refused(out.Records)
		if len(refused) < len(w.pending) {
			attempt = 1 // it goes on, though slowly
		}
		w.sent += int64(len(w.pending) - len(refused))
		w.pending = refused
		if len(refused) == 0 {
			break
		}
		if attempt >= throttledAttempts {
			return w.backend.errorOf(ctx, act, reason)
		}
		if err := pause(ctx, delay(attempt)); err != nil {
			return err
		}
	}
	w.pending, w.bytes = w.pending[:0], 0
	return nil
}

// refused are the records that the service did not take, in order, and why not.
func (w *writing) refused(results []types.PutRecordsResultEntry) (list []types.PutRecordsRequestEntry, reason error) {
	for i, r := range results {
		if r.ErrorCode == nil || i >= len(w.pending) {
			continue
		}
		list = append(list, w.pending[i])
		refusal := &refusal{code: *r.ErrorCode}
		if r.ErrorMessage != nil {
			refusal.message = *r.ErrorMessage
		}
		reason = refusal
	}
	return list, reason
}

// fault says what has become of the rows before an error.
func (w *writing) fault(err error) error {
	var known *pgerr.Error
	if w.sent == 0 || !errors.As(err, &known) {
		return err
	}
	e := *known
	if e.Detail != "" {
		e.Detail += " "
	}
	e.Detail += fmt.Sprintf("%d records were written before, and stay.", w.sent)
	return &e
}
