package kinesis

import (
	"math"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// cut is what predicates leave of a stream.
type cut struct {
	shards      []*backends.Predicate
	first, last int64 // times, in microseconds
	from, to    *pgtypes.Numeric
}

func newCut(columns []column, predicates []backends.Predicate) *cut {
	c := &cut{first: math.MinInt64, last: math.MaxInt64}
	for i := range predicates {
		p := &predicates[i]
		if p.Column >= len(columns) {
			continue
		}
		switch columns[p.Column].origin {
		case theShard:
			c.shards = append(c.shards, p)
		case theTime:
			first, last := timeBounds(p)
			c.first, c.last = max(c.first, first), min(c.last, last)
		case theSequence:
			c.sequence(p)
		}
	}
	return c
}

// timeBounds are the first and the last time that a predicate may let through.
func timeBounds(p *backends.Predicate) (first, last int64) {
	first, last = math.MinInt64, math.MaxInt64
	low, high := last, first
	for _, v := range p.Values {
		n, ok := v.(int64)
		if !ok {
			return first, last
		}
		low, high = min(low, n), max(high, n)
	}
	switch {
	case len(p.Values) == 0:
		return first, last
	case p.Op == backends.Equal || p.Op == backends.In || p.Op == backends.Among:
		return low, high
	case p.Op == backends.Less || p.Op == backends.LessOrEqual:
		return first, low
	case p.Op == backends.Greater || p.Op == backends.GreaterOrEqual:
		return low, last
	}
	return first, last
}

// sequence narrows the sequence numbers.
func (c *cut) sequence(p *backends.Predicate) {
	var low, high *pgtypes.Numeric
	for _, v := range p.Values {
		n, ok := v.(pgtypes.Numeric)
		if !ok || !n.IsFinite() {
			return
		}
		if low == nil || n.Cmp(*low) < 0 {
			low = &n
		}
		if high == nil || n.Cmp(*high) > 0 {
			high = &n
		}
	}
	switch p.Op {
	case backends.Equal, backends.In:
	case backends.Less, backends.LessOrEqual:
		low = nil
	case backends.Greater, backends.GreaterOrEqual:
		high = nil
	default:
		return
	}
	if low != nil && (c.from == nil || low.Cmp(*c.from) > 0) {
		c.from = low
	}
	if high != nil && (c.to == nil || high.Cmp(*c.to) < 0) {
		c.to = high
	}
}

// span is what is read of a shard; ok is false when that is nothing.
func (c *cut) span(shard *types.Shard, begin start) (one span, ok bool) {
	one.Shard = *shard.ShardId
	for _, p := range c.shards {
		if !mayHold(p, one.Shard) {
			return one, false
		}
	}
	for _, parent := range []*string{shard.ParentShardId, shard.AdjacentParentShardId} {
		if parent != nil {
			one.Parents = append(one.Parents, *parent)
		}
	}
	if r := shard.HashKeyRange; r != nil && r.StartingHashKey != nil && r.EndingHashKey != nil {
		one.FirstKey, one.LastKey = *r.StartingHashKey, *r.EndingHashKey
	}
	one.AtMillis = begin.millis
	if c.first > timeSlack {
		one.AtMillis = max(one.AtMillis, (c.first-timeSlack)/1000)
	}
	return one, c.bySequence(&one, shard.SequenceNumberRange, begin)
}

// bySequence narrows a span by the predicates on sequence numbers; false when the shard
// has none of them.
func (c *cut) bySequence(one *span, r *types.SequenceNumberRange, begin start) bool {
	if r == nil {
		return true
	}
	first, last := parseSequence(r.StartingSequenceNumber), parseSequence(r.EndingSequenceNumber)
	if first != nil && last != nil && last.Cmp(*first) < 0 {
		last = nil // kinesis-local ends closed shards at 2^63 - 1, which is before their beginning
	}
	if c.from != nil && last != nil && c.from.Cmp(*last) > 0 || c.to != nil && first != nil && c.to.Cmp(*first) < 0 {
		return false
	}
	// A table's start by time goes before a sequence number, of which no time is known.
	if c.from != nil && begin.millis == 0 && isWhole(c.from) && first != nil && c.from.Cmp(*first) > 0 {
		one.From = c.from.String()
	}
	if c.to != nil && isWhole(c.to) {
		one.To = c.to.String()
	}
	return true
}

func isWhole(n *pgtypes.Numeric) bool { return n.Scale() == 0 }

func parseSequence(text *string) *pgtypes.Numeric {
	if text == nil {
		return nil
	}
	n, err := pgtypes.ParseNumeric(*text)
	if err != nil || !n.IsFinite() {
		return nil
	}
	return &n
}

// mayHold says whether a predicate may let a shard through.
func mayHold(p *backends.Predicate, shard string) bool {
	holds := func(v pgtypes.Datum) bool {
		text, ok := v.(string)
		if !ok {
			return true
		}
		switch p.Op {
		case backends.Equal, backends.In:
			return shard == text
		case backends.NotEqual:
			return shard != text
		case backends.Less:
			return shard < text
		case backends.LessOrEqual:
			return shard <= text
		case backends.Greater:
			return shard > text
		case backends.GreaterOrEqual:
			return shard >= text
		}
		return true
	}
	if len(p.Values) == 0 {
		return p.Op != backends.IsNull
	}
	return slices.ContainsFunc(p.Values, holds)
}
