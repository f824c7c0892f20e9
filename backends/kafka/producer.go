package kafka

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// producer is a client that writes. One statement uses it at a time.
type producer struct {
	client        *kgo.Client
	manual        bool // the rows say their partitions
	transactional bool

	mu     sync.Mutex
	failed error
	last   map[int32]int64 // the last offset written to, by partition
}

// idleProducers is how many are kept for the next writes.
const idleProducers = 4

// produceTries is how often a message is sent before its write fails, with pauses of up
// to two seconds in between.
const produceTries = 10

// transactionTimeout is when a broker gives up a transaction whose producer is gone.
// Until then readers of committed messages wait for it, and longer than that no
// statement may write: brokers allow up to 15 minutes.
const transactionTimeout = 5 * time.Minute

// producer takes an idle one, or makes one.
func (b *Backend) producer(ctx context.Context, manual bool) (*producer, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil, errClosed()
	}
	for i, p := range b.producers {
		if p.manual == manual {
			b.producers = append(b.producers[:i], b.producers[i+1:]...)
			p.failed, p.last = nil, map[int32]int64{}
			return p, nil
		}
	}
	options, err := b.config.clientOptions(ctx, b.env.Secrets)
	if err != nil {
		return nil, err
	}
	// Tries are bounded by their number: the library counts a message's time from its own
	// timestamp, which _event_ts may set to anything.
	options = append(options, kgo.RequiredAcks(kgo.AllISRAcks()), kgo.RecordRetries(produceTries), kgo.UnknownTopicRetries(2))
	if manual {
		options = append(options, kgo.RecordPartitioner(kgo.ManualPartitioner()))
	}
	p := &producer{manual: manual, last: map[int32]int64{}}
	if e := b.config.DeliverySemantics.ExactlyOnce; e != nil {
		p.transactional = true
		b.made++
		options = append(options, kgo.TransactionalID(e.TransactionalID+"-"+process+"-"+fmt.Sprint(b.made)), kgo.TransactionTimeout(transactionTimeout))
	}
	if p.client, err = kgo.NewClient(options...); err != nil {
		return nil, pgerr.New(pgerr.FdwUnableToEstablishConnection, "Kafka: %v", err)
	}
	return p, nil
}

// process tells this process's transactional ids from those of others: two producers of
// one id would cut each other off.
var process = func() string {
	var id [6]byte
	_, _ = rand.Read(id[:]) // never fails
	return hex.EncodeToString(id[:])
}()

// release keeps a producer whose write went well.
func (b *Backend) release(p *producer, sound bool) {
	b.mu.Lock()
	keep := sound && !b.closed && len(b.producers) < idleProducers
	if keep {
		b.producers = append(b.producers, p)
	}
	b.mu.Unlock()
	if !keep {
		p.client.Close()
	}
}

// send hands a message over; its failure shows in a later call of err.
func (p *producer) send(ctx context.Context, m *kgo.Record) {
	p.client.Produce(ctx, m, func(m *kgo.Record, err error) {
		p.mu.Lock()
		defer p.mu.Unlock()
		switch {
		case err == nil:
			p.last[m.Partition] = max(p.last[m.Partition], m.Offset)
		case p.failed == nil:
			p.failed = err
		}
	})
}

func (p *producer) err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.failed
}

func (p *producer) begin() error {
	if !p.transactional {
		return nil
	}
	return p.client.BeginTransaction()
}

// commit waits for all messages, and ends the transaction.
func (p *producer) commit(ctx context.Context) error {
	if err := p.client.Flush(ctx); err != nil {
		return err
	}
	if err := p.err(); err != nil || !p.transactional {
		return err
	}
	return p.client.EndTransaction(ctx, kgo.TryCommit)
}

// settling bounds how long a write waits to be seen. Another producer's transaction that
// is open in the same partition would hold it up for longer.
const settling = 2 * time.Second

// settle waits until readers of committed messages see a transaction: brokers answer its
// end before they write it into the partitions, and the client's next SELECT must see it.
func (p *producer) settle(ctx context.Context, now *view) {
	if !p.transactional {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, settling)
	defer cancel()
	for wait := time.Millisecond; ; wait = min(2*wait, 50*time.Millisecond) {
		high, err := now.offsets(ctx, latest)
		if err != nil || p.seen(high) {
			return // the messages are committed in any case
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

func (p *producer) seen(high map[int32]int64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for partition, offset := range p.last {
		if end, ok := high[partition]; ok && end <= offset {
			return false
		}
	}
	return true
}

// abort gives up what was sent, in a transaction all of it. The statement's context may
// have ended.
func (p *producer) abort(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	_ = p.client.AbortBufferedRecords(ctx) // the first error is the one to tell
	if p.transactional {
		_ = p.client.EndTransaction(ctx, kgo.TryAbort)
	}
}
