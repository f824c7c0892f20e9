package kafka

import (
	"context"
	"encoding/hex"
	"errors"
	"math"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// chunk is the messages of one fetch, some of a span.
type chunk struct {
	records []*kgo.Record
	slab    *slab
	bytes   int64 // as they were stored
	err     error
}

// fetcher fetches spans in the background and gives their messages in chunks, those of
// a partition in order.
//
// It asks with requests of its own, not as the library's consumer does: only the answer
// to a request tells where a read has come to when the messages at the end of a span
// are compacted away, aborted, or markers of transactions. A consumer that shows none of
// those would wait for a message that never comes.
type fetcher struct {
	client *kgo.Client
	topic  string
	id     [16]byte
	idle   time.Duration
	most   int32 // bytes asked for at once

	cancel context.CancelFunc
	chunks chan chunk
	done   sync.WaitGroup
	slabs  slabs

	mu      sync.Mutex
	leaders map[int32]int32
}

// readersAtOnce is how many partitions one statement part asks for at the same time:
// one is asked while another's answer is decoded.
const readersAtOnce = 2

// How much is asked for at once: as much as makes a broker's answer worth the question.
// What an answer holds once it is decompressed no one knows before, so reads begin with
// little and then aim at a number of messages.
const (
	leastFetch    = 64 << 10
	mostFetch     = 4 << 20
	fetchMessages = 12000
)

func startFetcher(ctx context.Context, client *kgo.Client, topic string, p *plan, idle time.Duration, most int32) *fetcher {
	f := &fetcher{client: client, topic: topic, idle: idle, most: most, chunks: make(chan chunk, 1)}
	_, _ = hex.Decode(f.id[:], []byte(p.TopicID)) // written by us; a wrong one is an unknown topic
	ctx, f.cancel = context.WithCancel(ctx)
	spans := make(chan span, len(p.Spans))
	for _, s := range p.Spans {
		spans <- s
	}
	close(spans)
	for range min(readersAtOnce, len(p.Spans)) {
		f.done.Go(func() {
			for s := range spans {
				if err := f.read(ctx, s); err != nil {
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

// close stops the readers and waits for them.
func (f *fetcher) close() {
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

// read fetches a span.
func (f *fetcher) read(ctx context.Context, s span) error {
	at := s.From
	var waited time.Time // since when nothing comes
	size := int32(leastFetch)
	for at < s.To {
		answer, err := f.fetch(ctx, s.Partition, at, min(size, f.most))
		if err != nil {
			return f.at(s.Partition, at, err)
		}
		slab := f.slabs.take()
		found, next := kgo.ProcessFetchPartition(kgo.ProcessFetchPartitionOpts{
			Offset: at, IsolationLevel: kgo.ReadCommitted(), Topic: f.topic, Partition: s.Partition, Pools: []kgo.Pool{slab},
		}, answer, decompressor, nil)
		if errors.Is(found.Err, kerr.OffsetOutOfRange) {
			if at, err = f.begin(ctx, s, at); err != nil {
				return err
			}
			continue
		}
		if found.Err != nil {
			return f.at(s.Partition, at, damaged(found.Err))
		}
		size = nextSize(size, len(found.Records))
		records := found.Records
		for len(records) > 0 && records[len(records)-1].Offset >= s.To {
			records = records[:len(records)-1]
		}
		if len(records) > 0 && !f.send(ctx, chunk{records: records, slab: slab, bytes: int64(len(answer.RecordBatches))}) {
			return ctx.Err()
		}
		if next > at {
			at, waited = next, time.Time{}
			continue
		}
		// Nothing at all from here on, although the log goes further: what was there is
		// compacted away.
		if len(answer.RecordBatches) == 0 && answer.LastStableOffset >= s.To && answer.HighWatermark >= s.To {
			return nil
		}
		if err := pause(ctx, 1); err != nil {
			return err
		}
		if waited.IsZero() {
			waited = time.Now()
		} else if time.Since(waited) > f.idle {
			return f.at(s.Partition, at, pgerr.New(pgerr.ConnectionFailure, "the broker gave nothing for %s", f.idle))
		}
	}
	return nil
}

// damaged tells a batch that does not parse from a broker's own error.
func damaged(err error) error {
	var broker *kerr.Error
	if errors.As(err, &broker) {
		return err
	}
	return pgerr.New(pgerr.DataCorrupted, "the batch is damaged: %v", err)
}

// nextSize is what to ask for after an answer of so many messages.
func nextSize(size int32, messages int) int32 {
	switch {
	case messages > 2*fetchMessages:
		return max(size/2, leastFetch)
	case messages < fetchMessages/2:
		return min(size*2, mostFetch)
	}
	return size
}

// begin finds where a partition begins whose first messages were deleted. Before any is
// read the read may begin there; amid a read it would be a hole.
func (f *fetcher) begin(ctx context.Context, s span, at int64) (int64, error) {
	now := &view{client: f.client, topic: f.topic, leaders: map[int32]int32{}}
	leader, err := f.leader(ctx, s.Partition, true)
	if err != nil {
		return 0, f.at(s.Partition, at, err)
	}
	now.leaders[s.Partition] = leader
	low, err := now.offsets(ctx, earliest)
	if err != nil {
		return 0, err
	}
	first := low[s.Partition]
	if at == s.From && first > at {
		return first, nil
	}
	return 0, f.at(s.Partition, at, pgerr.New(pgerr.FdwError, "messages were deleted while they were being read: the partition now begins at offset %d", first).
		WithHint("The topic's retention is shorter than the statement took; read later offsets."))
}

// at names the place of an error.
func (f *fetcher) at(partition int32, offset int64, err error) error {
	if isMissing(err) {
		return pgerr.New(pgerr.UndefinedTable, "topic \"%s\" does not exist", f.topic).
			WithDetail("It was deleted, or deleted and made again, while partition %d was being read at offset %d.", partition, offset)
	}
	return atOffset(f.topic, partition, offset, "", errorOf("reading", err))
}

// fetchTries is how often a fetch is tried that a broker refuses: a leader that moves
// takes some seconds.
const fetchTries = 8

// fetch asks a partition's leader for messages.
func (f *fetcher) fetch(ctx context.Context, partition int32, at int64, size int32) (*kmsg.FetchResponseTopicPartition, error) {
	for failures := 0; ; failures++ {
		answer, err := f.fetchOnce(ctx, partition, at, size, failures > 0)
		if err == nil || ctx.Err() != nil || failures >= fetchTries || !passing(err) {
			return answer, err
		}
		if err := pause(ctx, failures); err != nil {
			return nil, err
		}
	}
}

// passing says whether asking again may help.
func passing(err error) bool {
	return kerr.IsRetriable(err) && !isMissing(err)
}

// leader says who leads a partition, asking again when the last answer may be wrong.
func (f *fetcher) leader(ctx context.Context, partition int32, again bool) (int32, error) {
	f.mu.Lock()
	leader, known := f.leaders[partition]
	f.mu.Unlock()
	if known && !again {
		return leader, nil
	}
	now, err := lookOnce(ctx, f.client, f.topic)
	if err != nil {
		return 0, err
	}
	f.mu.Lock()
	f.leaders = now.leaders
	f.mu.Unlock()
	if leader, known = now.leaders[partition]; !known {
		return 0, kerr.UnknownTopicOrPartition
	}
	return leader, nil
}

func (f *fetcher) fetchOnce(ctx context.Context, partition int32, at int64, size int32, again bool) (*kmsg.FetchResponseTopicPartition, error) {
	leader, err := f.leader(ctx, partition, again)
	if err != nil {
		return nil, err
	}
	request := kmsg.NewPtrFetchRequest()
	request.MaxWaitMillis, request.MinBytes, request.IsolationLevel = 500, 1, 1
	// The partition's bound is the one that counts: kfake forgets to say which transactions
	// were aborted when it stops at the request's.
	request.MaxBytes = math.MaxInt32
	request.SessionEpoch = -1 // no session: it would keep state for one read
	topic := kmsg.NewFetchRequestTopic()
	topic.Topic, topic.TopicID = f.topic, f.id
	part := kmsg.NewFetchRequestTopicPartition()
	part.Partition, part.FetchOffset, part.PartitionMaxBytes = partition, at, size
	topic.Partitions = append(topic.Partitions, part)
	request.Topics = append(request.Topics, topic)
	found, err := f.client.Broker(int(leader)).RetriableRequest(ctx, request)
	if err != nil {
		return nil, err
	}
	response := found.(*kmsg.FetchResponse)
	if err := kerr.ErrorForCode(response.ErrorCode); err != nil {
		return nil, err
	}
	if len(response.Topics) != 1 || len(response.Topics[0].Partitions) != 1 {
		return nil, pgerr.New(pgerr.ProtocolViolation, "Kafka: a fetch of one partition was answered with others")
	}
	answer := &response.Topics[0].Partitions[0]
	if err := kerr.ErrorForCode(answer.ErrorCode); err != nil && !errors.Is(err, kerr.OffsetOutOfRange) {
		return nil, err
	}
	return answer, nil
}
