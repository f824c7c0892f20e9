package kinesis

import (
	"cmp"
	"context"
	"encoding/json"
	"math"
	"slices"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// span is what is read of one shard.
type span struct {
	Shard   string   `json:"shard"`
	Parents []string `json:"parents,omitempty"` // those of the same part are read before
	// FirstKey and LastKey are the shard's hash keys.
	FirstKey string `json:"first_key,omitempty"`
	LastKey  string `json:"last_key,omitempty"`
	// The beginning: a sequence number, or else a time, or else the oldest record.
	From     string `json:"from,omitempty"`
	AtMillis int64  `json:"at,omitempty"`
	// To is the last sequence number that is wanted, "" for all.
	To string `json:"to,omitempty"`
}

// plan is what a statement reads of a stream. It is taken once, when the statement
// begins: that is its snapshot. It is a partition's token too.
type plan struct {
	// Until is the snapshot in microseconds: later records are not part of it.
	Until int64 `json:"until"`
	// Stop ends a shard at the first record that is later than it.
	Stop    int64  `json:"stop"`
	Spans   []span `json:"spans"`
	Skipped int64  `json:"skipped,omitempty"` // shards that the predicates rule out
}

// Arrival times are approximate and may go back a little within a shard, so that neither
// a beginning nor an end by time is taken by the letter.
const (
	timeSlack = int64(time.Minute / time.Microsecond)
	stopSlack = int64(10 * time.Second / time.Microsecond)
)

// takePlan finds what to read: every shard there is, cut by the table's start and the
// predicates.
func (b *Backend) takePlan(ctx context.Context, s *stream, scan *backends.ScanFragment) (*plan, error) {
	shards, now, err := b.shards(ctx, s)
	if err != nil {
		return nil, err
	}
	columns, err := s.described(ctx)
	if err != nil {
		return nil, err
	}
	p := &plan{Until: now, Stop: now + stopSlack}
	if s.start.latest {
		p.Skipped = int64(len(shards))
		return p, nil
	}
	cut := newCut(columns, scan.Predicates)
	if cut.last < math.MaxInt64-timeSlack {
		p.Stop = min(p.Stop, cut.last+timeSlack)
	}
	for i := range shards {
		if one, ok := cut.span(&shards[i], s.start); ok {
			p.Spans = append(p.Spans, one)
		} else {
			p.Skipped++
		}
	}
	p.Spans = parentsFirst(p.Spans)
	return p, nil
}

// shards lists the shards and says what time it is there: the clock that records get
// their times of. Its answers have whole seconds, so that the next one is later than all
// that was there when it was asked.
func (b *Backend) shards(ctx context.Context, s *stream) (list []types.Shard, now int64, err error) {
	client, err := b.connect(ctx)
	if err != nil {
		return nil, 0, err
	}
	input := &kinesis.ListShardsInput{StreamName: &s.name}
	for {
		page, err := client.ListShards(ctx, input)
		if isMissing(err) {
			return nil, 0, errNoStream(s.name)
		}
		if err != nil {
			return nil, 0, b.errorOf(ctx, "listing the shards of stream "+s.name, err)
		}
		if now == 0 {
			at, ok := awsmiddleware.GetServerTime(page.ResultMetadata)
			if !ok || at.IsZero() {
				at = time.Now()
			}
			now = at.Add(time.Second).UnixMicro()
		}
		list = append(list, page.Shards...)
		if page.NextToken == nil {
			return list, now, nil
		}
		input = &kinesis.ListShardsInput{NextToken: page.NextToken}
	}
}

// parentsFirst sorts shards so that none stands before its parents.
func parentsFirst(spans []span) []span {
	at := make(map[string]*span, len(spans))
	for i := range spans {
		at[spans[i].Shard] = &spans[i]
	}
	depths := map[string]int{}
	var depth func(s *span) int
	depth = func(s *span) int {
		if d, ok := depths[s.Shard]; ok {
			return d
		}
		depths[s.Shard] = 0 // ends a circle, which the service has none of
		d := 0
		for _, name := range s.Parents {
			if parent := at[name]; parent != nil {
				d = max(d, depth(parent)+1)
			}
		}
		depths[s.Shard] = d
		return d
	}
	for i := range spans {
		depth(&spans[i])
	}
	slices.SortStableFunc(spans, func(a, b span) int {
		return cmp.Or(cmp.Compare(depths[a.Shard], depths[b.Shard]), cmp.Compare(a.Shard, b.Shard))
	})
	return spans
}

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

// Partitions implements backends.Partitioner: the shards, dealt out.
func (b *Backend) Partitions(ctx context.Context, f backends.Fragment, want int) (backends.KeyPartitioning, error) {
	out := backends.KeyPartitioning{Kind: backends.PartitionSource}
	if f.Scan == nil {
		return out, pgerr.Internal("Kinesis was sent a query")
	}
	s, err := b.table(f.Scan.Table)
	if err != nil {
		return out, err
	}
	p, err := b.takePlan(ctx, s, f.Scan)
	if err != nil {
		return out, err
	}
	parts := make([]plan, max(1, min(want, len(p.Spans))))
	for i := range parts {
		parts[i] = plan{Until: p.Until, Stop: p.Stop}
	}
	parts[0].Skipped = p.Skipped
	for i, one := range p.Spans {
		part := &parts[i%len(parts)]
		part.Spans = append(part.Spans, one)
	}
	for i := range parts {
		token, err := json.Marshal(&parts[i])
		if err != nil {
			return out, err
		}
		out.Parts = append(out.Parts, backends.Partition{Token: string(token)})
	}
	return out, nil
}
