package kafka

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"math"
	"slices"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// span is the messages of a partition from an offset up to, without, another.
type span struct {
	Partition int32 `json:"p"`
	From      int64 `json:"from"`
	To        int64 `json:"to"`
}

// plan is what a statement reads of a topic. It is taken once, when the statement
// begins: that is its snapshot. It is a partition's token too.
type plan struct {
	TopicID string `json:"topic_id"` // so that a topic made anew is not taken for the old one
	Spans   []span `json:"spans"`
	Skipped int64  `json:"skipped,omitempty"` // partitions that the predicates rule out
}

// takePlan finds what to read: every partition's messages that are committed now, cut
// by the table's start and the predicates.
func (b *Backend) takePlan(ctx context.Context, t *topic, scan *backends.ScanFragment) (*plan, error) {
	taken, err := backends.Pinned(ctx, snapshotKey{b, t.topic}, func() (*snapshot, error) { return b.snapshot(ctx, t.topic) })
	if err != nil {
		return nil, err
	}
	now := taken.view.clone()
	p := &plan{TopicID: hex.EncodeToString(now.id[:])}
	spans := slices.Clone(taken.spans)
	total := int64(len(spans))
	if err := b.from(ctx, t, now, spans); err != nil {
		return nil, err
	}
	columns, err := t.described(ctx)
	if err != nil {
		return nil, err
	}
	if err := now.cut(ctx, t, columns, spans, scan.Predicates); err != nil {
		return nil, err
	}
	p.Spans = slices.DeleteFunc(spans, func(s span) bool { return s.From >= s.To })
	p.Skipped = total - int64(len(p.Spans))
	return p, nil
}

// snapshot is a topic's partitions and their committed messages as a statement sees
// them, in however many places it reads the topic.
type snapshot struct {
	view  *view
	spans []span
}

type snapshotKey struct {
	backend *Backend
	topic   string
}

func (b *Backend) snapshot(ctx context.Context, topic string) (*snapshot, error) {
	now, err := b.look(ctx, topic)
	if err != nil {
		return nil, err
	}
	low, high, err := now.ends(ctx)
	if err != nil {
		return nil, err
	}
	s := &snapshot{view: now}
	for _, partition := range now.partitions() {
		s.spans = append(s.spans, span{partition, low[partition], high[partition]})
	}
	return s, nil
}

// cut narrows the spans by the predicates on the messages' places and times.
func (v *view) cut(ctx context.Context, t *topic, columns []column, spans []span, predicates []backends.Predicate) error {
	for i := range predicates {
		p := &predicates[i]
		if p.Column >= len(columns) || p.Op == backends.NotEqual {
			continue
		}
		switch columns[p.Column].origin {
		case thePartition:
			for j := range spans {
				if !holds(p, int64(spans[j].Partition)) {
					spans[j].To = spans[j].From
				}
			}
		case theOffset:
			first, last := bounds(p)
			for j := range spans {
				spans[j].From = max(spans[j].From, first)
				if last < math.MaxInt64 {
					spans[j].To = min(spans[j].To, last+1)
				}
			}
		case theTime:
			if err := v.cutTime(ctx, t, spans, p); err != nil {
				return err
			}
		}
	}
	return nil
}

// cutTime seeks to the first message that a predicate lets through. Where the search
// ends is known only of topics whose times do not go back.
func (v *view) cutTime(ctx context.Context, t *topic, spans []span, p *backends.Predicate) error {
	first, last := bounds(p)
	if first > math.MinInt64 {
		if err := v.fromTime(ctx, spans, ceilMillis(first)); err != nil {
			return err
		}
	}
	if last < math.MaxInt64 && t.options.TimestampsOrdered {
		return v.untilTime(ctx, spans, ceilMillis(last+1))
	}
	return nil
}

// number is a predicate's value.
func number(v pgtypes.Datum) (int64, bool) {
	switch v := v.(type) {
	case int32:
		return int64(v), true
	case int64:
		return v, true
	}
	return 0, false
}

// bounds are the smallest and the largest value that a predicate may let through; none
// when the first is beyond the last.
func bounds(p *backends.Predicate) (first, last int64) {
	first, last = math.MinInt64, math.MaxInt64
	if p.Op == backends.IsNull {
		return math.MinInt64, math.MaxInt64 // a message without a time may be anywhere
	}
	if len(p.Values) == 0 {
		if p.Op == backends.In {
			return math.MaxInt64, math.MinInt64
		}
		return first, last
	}
	low, high := int64(math.MaxInt64), int64(math.MinInt64)
	for _, v := range p.Values {
		n, ok := number(v)
		if !ok {
			return first, last
		}
		low, high = min(low, n), max(high, n)
	}
	switch p.Op {
	case backends.Equal, backends.In:
		return low, high
	case backends.Less:
		if low == math.MinInt64 {
			return math.MaxInt64, math.MinInt64
		}
		return first, low - 1
	case backends.LessOrEqual:
		return first, low
	case backends.Greater:
		if low == math.MaxInt64 {
			return math.MaxInt64, math.MinInt64
		}
		return low + 1, last
	case backends.GreaterOrEqual:
		return low, last
	}
	return first, last
}

// holds says whether a predicate may let a partition through.
func holds(p *backends.Predicate, v int64) bool {
	if p.Op == backends.IsNull {
		return false
	}
	if p.Op == backends.In {
		return slices.ContainsFunc(p.Values, func(d pgtypes.Datum) bool { n, ok := number(d); return !ok || n == v })
	}
	first, last := bounds(p)
	return first <= v && v <= last
}

// Partitions implements backends.Partitioner: Kafka's partitions, and parts of them
// when there are too few.
func (b *Backend) Partitions(ctx context.Context, f backends.Fragment, want int) (backends.KeyPartitioning, error) {
	out := backends.KeyPartitioning{Kind: backends.PartitionSource}
	if f.Scan == nil {
		return out, pgerr.Internal("Kafka was sent a query")
	}
	p, err := b.takePlan(ctx, b.table(f.Scan.Table), f.Scan)
	if err != nil {
		return out, err
	}
	if b.config.BatchConfig.bounded() {
		want = 1 // the bounds are of the statement, not of its parts
	}
	for i, spans := range spread(p.Spans, max(want, 1)) {
		part := plan{TopicID: p.TopicID, Spans: spans}
		if i == 0 {
			part.Skipped = p.Skipped
		}
		token, err := json.Marshal(&part)
		if err != nil {
			return out, err
		}
		out.Parts = append(out.Parts, backends.Partition{Token: string(token), Rows: float64(messages(spans)), Bytes: messages(spans) * messageBytes})
	}
	return out, nil
}

// messageBytes is a guess at the size of a message, of which no broker tells.
const messageBytes = 200

func messages(spans []span) (n int64) {
	for _, s := range spans {
		n += s.To - s.From
	}
	return n
}

// partMessages is the least number of messages worth a part of their own.
const partMessages = 20000

// spread deals the spans out into at most want parts of even size, and cuts long ones.
// There is always one part.
func spread(spans []span, want int) [][]span {
	target := max(messages(spans)/int64(want)+1, partMessages)
	parts := [][]span{nil}
	filled := int64(0)
	for _, s := range spans {
		for s.From < s.To {
			if filled >= target && len(parts) < want {
				parts, filled = append(parts, nil), 0
			}
			piece := s
			if room := target - filled; len(parts) < want && s.To-s.From > room+partMessages/4 {
				piece.To = s.From + room
			}
			parts[len(parts)-1] = append(parts[len(parts)-1], piece)
			filled += piece.To - piece.From
			s.From = piece.To
		}
	}
	return parts
}

func (c *BatchConfig) bounded() bool { return c.MaxMessages > 0 || c.MaxBytes > 0 || c.WindowMS > 0 }
