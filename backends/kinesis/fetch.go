package kinesis

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// chunk is the records of one answer.
type chunk struct {
	shard   *shard
	records []types.Record
	bytes   int64
	err     error
}

// shard is a span while it is read.
type shard struct {
	span
	keys *hashRange       // nil when unknown
	to   *pgtypes.Numeric // of span.To
	done chan struct{}    // closed when the reading has ended
	last string           // the sequence number of the last record that came
}

// fetcher fetches shards in the background and gives their records in chunks, those of a
// shard in order.
type fetcher struct {
	backend *Backend
	client  *kinesis.Client
	stream  string
	plan    *plan
	limit   int32 // records asked for at once

	cancel context.CancelFunc
	unhook func() bool
	chunks chan chunk
	done   sync.WaitGroup
	room   *room
}

// readersAtOnce is how many shards a part of a statement asks for at the same time. Each
// waits for the service most of its time: it allows five answers a second.
const readersAtOnce = 8

func (b *Backend) startFetcher(ctx context.Context, client *kinesis.Client, stream string, p *plan, limit int32) *fetcher {
	f := &fetcher{backend: b, client: client, stream: stream, plan: p, limit: limit, chunks: make(chan chunk), room: newRoom(b.config.BatchConfig.MaxBytes)}
	ctx, f.cancel = context.WithCancel(ctx)
	f.unhook = context.AfterFunc(b.life, f.cancel)
	shards := f.shards()
	queue := make(chan *shard, len(shards))
	for _, s := range shards { // parents first, so that none waits for one behind it
		queue <- s
	}
	close(queue)
	known := make(map[string]*shard, len(shards))
	for _, s := range shards {
		known[s.Shard] = s
	}
	for range min(readersAtOnce, len(shards)) {
		f.done.Go(func() {
			for s := range queue {
				err := f.afterParents(ctx, s, known)
				if err == nil {
					err = f.read(ctx, s)
				}
				close(s.done)
				if err != nil {
					f.send(ctx, chunk{err: err})
					return
				}
			}
		})
	}
	go func() { // ends with the readers, which close waits for
		f.done.Wait()
		close(f.chunks)
	}()
	return f
}

func (f *fetcher) shards() []*shard {
	list := make([]*shard, len(f.plan.Spans))
	for i, one := range f.plan.Spans {
		s := &shard{span: one, done: make(chan struct{})}
		first, ok := parseHashKey(one.FirstKey)
		last, too := parseHashKey(one.LastKey)
		if ok && too {
			s.keys = &hashRange{first, last}
		}
		if one.To != "" {
			s.to = parseSequence(&one.To)
		}
		list[i] = s
	}
	return list
}

// close stops the readers and waits for them.
func (f *fetcher) close() {
	f.unhook()
	f.cancel()
	for range f.chunks { // until the readers' end closes it
	}
}

func (f *fetcher) send(ctx context.Context, c chunk) bool {
	select {
	case f.chunks <- c:
		return true
	case <-ctx.Done():
		return false
	}
}

func (f *fetcher) afterParents(ctx context.Context, s *shard, known map[string]*shard) error {
	for _, name := range s.Parents {
		parent := known[name]
		if parent == nil || parent == s {
			continue
		}
		select {
		case <-parent.done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// read fetches a shard: to its end when it is closed, and otherwise to the tip or to the
// first record behind the snapshot.
func (f *fetcher) read(ctx context.Context, s *shard) error {
	iterator, err := f.iterator(ctx, s)
	empty := 0
	for err == nil && iterator != nil {
		var page *kinesis.GetRecordsOutput
		if page, iterator, err = f.page(ctx, s, iterator); err != nil {
			break
		}
		ended, sendErr := f.deliver(ctx, s, page.Records)
		if sendErr != nil || ended {
			return sendErr
		}
		if page.MillisBehindLatest == nil || *page.MillisBehindLatest > 0 {
			continue // there is more, though this answer may have been empty
		}
		if len(page.Records) > 0 {
			return nil
		}
		if empty++; empty >= f.backend.config.BatchConfig.MaxEmptyPolls {
			return nil
		}
		err = pause(ctx, time.Duration(f.backend.config.BatchConfig.IdleMS)*time.Millisecond)
	}
	return f.at(ctx, s, err)
}

// page gets the records at an iterator and the next iterator. Iterators live for five
// minutes, which a slow client outlasts: another is then made behind the last record.
func (f *fetcher) page(ctx context.Context, s *shard, iterator *string) (*kinesis.GetRecordsOutput, *string, error) {
	for renewed := false; ; renewed = true {
		page, err := f.client.GetRecords(ctx, &kinesis.GetRecordsInput{ShardIterator: iterator, Limit: aws.Int32(f.limit)})
		var expired *types.ExpiredIteratorException
		switch {
		case err == nil:
			return page, page.NextShardIterator, nil
		case renewed || !errors.As(err, &expired):
			return nil, nil, err
		}
		if iterator, err = f.iterator(ctx, s); err != nil {
			return nil, nil, err
		}
	}
}

// iterator is where the reading of a shard begins or goes on.
func (f *fetcher) iterator(ctx context.Context, s *shard) (*string, error) {
	input := &kinesis.GetShardIteratorInput{StreamName: &f.stream, ShardId: &s.Shard, ShardIteratorType: types.ShardIteratorTypeTrimHorizon}
	switch {
	case s.last != "":
		input.ShardIteratorType, input.StartingSequenceNumber = types.ShardIteratorTypeAfterSequenceNumber, &s.last
	case s.From != "":
		input.ShardIteratorType, input.StartingSequenceNumber = types.ShardIteratorTypeAtSequenceNumber, &s.From
	case s.AtMillis > 0:
		input.ShardIteratorType, input.Timestamp = types.ShardIteratorTypeAtTimestamp, aws.Time(time.UnixMilli(s.AtMillis))
	}
	out, err := f.client.GetShardIterator(ctx, input)
	if code := codeOf(err); s.last == "" && s.From != "" && (code == "InvalidArgumentException" || isMissing(err)) {
		s.From = "" // a number that is none of the shard's: it can not be begun at
		return f.iterator(ctx, s)
	}
	if isMissing(err) && s.last == "" && f.expired(ctx, s.Shard) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return out.ShardIterator, nil
}

// expired says whether a closed shard has gone since it was listed, as all of its records
// had become too old.
func (f *fetcher) expired(ctx context.Context, name string) bool {
	list, _, err := f.backend.shards(ctx, &stream{name: f.stream})
	if err != nil {
		return false
	}
	for _, s := range list {
		if *s.ShardId == name {
			return false
		}
	}
	return true
}

// deliver sends the records that are wanted; ended says that no later ones are.
func (f *fetcher) deliver(ctx context.Context, s *shard, records []types.Record) (ended bool, err error) {
	if len(records) == 0 {
		return false, nil
	}
	s.last = *records[len(records)-1].SequenceNumber
	c := chunk{shard: s, records: make([]types.Record, 0, len(records))}
	for i := range records {
		r := &records[i]
		if at := r.ApproximateArrivalTimestamp; at != nil {
			micros := at.UnixMicro()
			if micros > f.plan.Stop {
				ended = true
				break
			}
			if micros > f.plan.Until {
				continue
			}
		}
		c.records = append(c.records, *r)
		c.bytes += int64(len(r.Data) + len(*r.PartitionKey))
	}
	if s.to != nil {
		last, err := pgtypes.ParseNumeric(s.last)
		ended = ended || err == nil && last.Cmp(*s.to) >= 0
	}
	if len(c.records) == 0 {
		return ended, nil
	}
	if !f.room.take(ctx, c.bytes) || !f.send(ctx, c) {
		return true, ctx.Err()
	}
	return ended, nil
}

// at names the place of a fault.
func (f *fetcher) at(ctx context.Context, s *shard, err error) error {
	if err == nil {
		return nil
	}
	if isMissing(err) {
		return pgerr.New(pgerr.UndefinedTable, "stream \"%s\" has gone while its shard %s was read", f.stream, s.Shard)
	}
	act := fmt.Sprintf("reading stream %s, shard %s", f.stream, s.Shard)
	if s.last != "" {
		act += ", behind sequence number " + s.last
	}
	return f.backend.errorOf(ctx, act, err)
}
