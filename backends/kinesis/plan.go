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
