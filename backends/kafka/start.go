package kafka

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// start is where the reading of a table begins.
type start struct {
	word   string // earliest, latest, committed, or "" for the others
	offset int64  // in each partition, when there is no word and no time
	millis int64  // -1 for none
}

// parseStart reads earliest, latest, committed, an offset, or a time.
func parseStart(text string) (start, error) {
	switch text {
	case "", "earliest":
		return start{word: "earliest", millis: -1}, nil
	case "latest", "committed":
		return start{word: text, millis: -1}, nil
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && n >= 0 {
		return start{offset: n, millis: -1}, nil
	}
	v, err := pgtypes.Parse(pgtypes.Of(pgtypes.OIDTimestamptz), text, pgtypes.DefaultStyle())
	if err != nil {
		return start{}, fmt.Errorf("unknown %q; there are earliest, latest, committed, an offset, and a time", text)
	}
	return start{millis: max(ceilMillis(v.(int64)), 0)}, nil
}

// ceilMillis is the first millisecond that is not before a time.
func ceilMillis(micros int64) int64 {
	millis := micros / 1000
	if micros%1000 > 0 {
		millis++
	}
	return millis
}

// from moves the beginning of each span to where the table starts.
func (b *Backend) from(ctx context.Context, t *topic, now *view, spans []span) error {
	s, err := parseStart(t.options.Start)
	if err != nil {
		return err
	}
	switch {
	case s.word == "earliest":
		return nil
	case s.word == "latest":
		for i := range spans {
			spans[i].From = spans[i].To
		}
		return nil
	case s.word == "committed":
		return b.fromCommitted(ctx, t, spans)
	case s.millis >= 0:
		return now.fromTime(ctx, spans, s.millis)
	}
	for i := range spans {
		spans[i].From = max(spans[i].From, s.offset)
	}
	return nil
}

// fromCommitted begins where the group goes on.
func (b *Backend) fromCommitted(ctx context.Context, t *topic, spans []span) error {
	admin, err := b.admin(ctx)
	if err != nil {
		return err
	}
	found, err := admin.FetchOffsets(ctx, b.config.GroupID)
	if err != nil && !errors.Is(err, kerr.GroupIDNotFound) { // a group that has committed nothing
		return errorOf("asking for the offsets of group "+b.config.GroupID, err)
	}
	for i := range spans {
		o, ok := found.Lookup(t.topic, spans[i].Partition)
		switch {
		case ok && o.Err != nil:
			return errorOf("asking for the offsets of group "+b.config.GroupID, o.Err)
		case ok && o.At >= 0:
			spans[i].From = max(spans[i].From, o.At)
		case b.config.AutoOffsetReset == "latest":
			spans[i].From = spans[i].To
		}
	}
	return nil
}

// fromTime begins at the first message of each partition that is not before a time: all
// before it are earlier, however the times go back and forth.
func (v *view) fromTime(ctx context.Context, spans []span, millis int64) error {
	first, err := v.offsets(ctx, max(millis, 0))
	if err != nil {
		return err
	}
	for i := range spans {
		s := &spans[i]
		if at := first[s.Partition]; at >= 0 {
			s.From = max(s.From, at)
		} else {
			s.From = s.To
		}
	}
	return nil
}

// untilTime ends before the first message that is at or after a time.
func (v *view) untilTime(ctx context.Context, spans []span, millis int64) error {
	first, err := v.offsets(ctx, max(millis, 0))
	if err != nil {
		return err
	}
	for i := range spans {
		if at := first[spans[i].Partition]; at >= 0 {
			spans[i].To = min(spans[i].To, at)
		}
	}
	return nil
}
