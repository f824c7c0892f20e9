package rabbitmq

import (
	"fmt"
	"strconv"

	"github.com/rabbitmq/rabbitmq-stream-go-client/pkg/stream"

	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// start is where the reading of a stream begins.
type start struct {
	stream.OffsetSpecification
	offset int64 // -1 when it is not one
	timed  bool  // there may be nothing from there on, and the broker does not say so
	first  bool
}

func atOffset(n int64) start {
	return start{OffsetSpecification: stream.OffsetSpecification{}.Offset(n), offset: n}
}

func atTime(micros int64) start {
	return start{OffsetSpecification: stream.OffsetSpecification{}.Timestamp(max(micros/1000, 0)), offset: -1, timed: true}
}

// parseStart reads first, last, an offset, or a time.
func parseStart(text string) (start, error) {
	switch text {
	case "", "first":
		return start{OffsetSpecification: stream.OffsetSpecification{}.First(), offset: -1, first: true}, nil
	case "last":
		return start{OffsetSpecification: stream.OffsetSpecification{}.Last(), offset: -1}, nil
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && n >= 0 {
		return atOffset(n), nil
	}
	v, err := pgtypes.Parse(pgtypes.Of(pgtypes.OIDTimestamptz), text, pgtypes.DefaultStyle())
	if err != nil {
		return start{}, fmt.Errorf("unknown %q; there are first, last, an offset, and a time", text)
	}
	return atTime(v.(int64)), nil
}
