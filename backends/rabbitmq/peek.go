package rabbitmq

import (
	"context"
	"fmt"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// peek takes what is ready of a queue, gives it back, and returns it: no more than most
// messages, -1 for no bound of the caller's.
func (b *Backend) peek(ctx context.Context, c *conn, q *queue, f facts, most int64) ([]amqp.Delivery, error) {
	select {
	case q.turn <- struct{}{}:
		defer func() { <-q.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	ready, err := b.count(ctx, c, q)
	if err != nil {
		return nil, err
	}
	if time.Since(q.returnedAt) < countedAfter {
		ready = max(ready, q.returned)
	}
	ch, err := c.Channel()
	if err != nil {
		return nil, c.fault(ctx, "opening a channel", err)
	}
	p := &peeking{
		c: c, ch: ch, queue: q.queue, tag: b.config.tag(), closed: ch.NotifyClose(make(chan *amqp.Error, 1)), bounds: b.config.BatchConfig,
		left: min(ready, b.config.BatchConfig.MaxMessages), until: time.After(time.Duration(b.config.BatchConfig.WindowMS) * time.Millisecond),
		idle: time.Duration(b.config.BatchConfig.IdleMS) * time.Millisecond, getting: !f.keeps,
	}
	if ready > p.left {
		p.cut = "max_messages"
	}
	if most >= 0 && most < p.left {
		p.left, p.cut = most, ""
	}
	if err := p.take(ctx); err != nil {
		_ = ch.Close()
		return nil, err
	}
	// All of it goes back in one piece, which keeps the order.
	if len(p.taken) > 0 {
		if err := ch.Nack(0, true, true); err != nil {
			return nil, c.fault(ctx, "giving back the messages of queue "+q.queue, err)
		}
		q.returned, q.returnedAt = int64(len(p.taken)), time.Now()
	}
	if err := ch.Close(); err != nil {
		return nil, c.fault(ctx, "giving back the messages of queue "+q.queue, err)
	}
	if p.cut != "" {
		b.env.Logger.WarnContext(ctx, "a read of a queue ended early", "queue", q.queue, "bound", p.cut, "messages", len(p.taken), "ready", ready)
	}
	return p.taken, nil
}

// countedAfter is when a broker has counted messages that were given back: the count
// overtakes them.
const countedAfter = 2 * time.Second

// peeking is one peek.
type peeking struct {
	c          *conn
	ch         *amqp.Channel
	queue, tag string
	closed     chan *amqp.Error

	bounds  BatchConfig
	left    int64
	bytes   int64
	until   <-chan time.Time
	idle    time.Duration
	getting bool   // one by one; what auto-delete queues survive
	cut     string // the bound that ended it

	taken     []amqp.Delivery
	consumers int
}

// take takes messages until a bound is met or the queue is empty.
func (p *peeking) take(ctx context.Context) error {
	for p.left > 0 && !p.getting {
		if err := p.window(ctx); err != nil {
			return err
		}
	}
	for p.left > 0 {
		m, ok, err := p.ch.Get(p.queue, false)
		if err != nil {
			return p.fault(ctx, err)
		}
		if !ok {
			p.cut = ""
			return nil
		}
		p.add(m)
		select {
		case <-p.until:
			p.cut, p.left = "window_ms", 0
		default:
		}
	}
	return nil
}

// add keeps a message, and counts it.
func (p *peeking) add(m amqp.Delivery) {
	p.taken = append(p.taken, m)
	p.left--
	if p.bytes += int64(len(m.Body)); p.bytes >= p.bounds.MaxBytes && p.left > 0 {
		p.cut, p.left = "max_bytes", 0
	}
}

// The messages that are on their way at once: few as long as nobody knows their size.
const (
	firstWindow = 32
	mostWindow  = 1000
)

// size is how many messages the next consumer may have.
func (p *peeking) size() int64 {
	n := int64(firstWindow)
	if len(p.taken) > 0 {
		n = min((p.bounds.MaxBytes-p.bytes)/(p.bytes/int64(len(p.taken))+1)+1, mostWindow)
	}
	return min(n, p.left)
}

// window takes what one consumer gets: as many messages as it may hold without
// acknowledging one. The next window is another consumer's, so that a broker never sends
// more than there is room for.
func (p *peeking) window(ctx context.Context) error {
	want := p.size()
	if err := p.ch.Qos(int(want), 0, false); err != nil {
		return p.fault(ctx, err)
	}
	p.consumers++
	tag := fmt.Sprintf("%s-%d", p.tag, p.consumers)
	deliveries, err := p.ch.Consume(p.queue, tag, false, false, false, false, nil)
	if err != nil {
		return p.fault(ctx, err)
	}
	quiet := time.NewTimer(p.idle)
	defer quiet.Stop()
	for want > 0 && p.left > 0 {
		select {
		case m, ok := <-deliveries:
			if !ok {
				return p.gone(ctx)
			}
			p.add(m)
			want--
			quiet.Reset(p.idle)
			continue
		case <-quiet.C:
			p.getting = true // asks whether there is nothing, or somebody else is served
		case <-p.until:
			p.cut, p.left = "window_ms", 0
		case <-ctx.Done():
			return ctx.Err()
		}
		break
	}
	if err := p.ch.Cancel(tag, false); err != nil {
		return p.fault(ctx, err)
	}
	for m := range deliveries { // what came before the cancellation
		if p.left > 0 {
			p.add(m)
		}
	}
	return nil
}

// gone says why a consumer ended by itself.
func (p *peeking) gone(ctx context.Context) error {
	if !p.ch.IsClosed() {
		return pgerr.New(pgerr.UndefinedTable, "queue \"%s\" was deleted while it was being read", p.queue)
	}
	return p.fault(ctx, amqp.ErrClosed)
}

// fault is an error with the reason for which the channel was closed, where there is
// one.
func (p *peeking) fault(ctx context.Context, err error) error {
	select {
	case reason := <-p.closed:
		if reason != nil {
			err = reason
		}
	case <-time.After(10 * time.Millisecond):
	}
	if isCode(err, amqp.NotFound) {
		return pgerr.New(pgerr.UndefinedTable, "queue \"%s\" was deleted while it was being read", p.queue)
	}
	return p.c.fault(ctx, "reading queue "+p.queue, err)
}
