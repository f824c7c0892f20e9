package rabbitmq

import (
	"math"

	"github.com/sqlgateway/gateway/backends"
)

// bounds are the smallest and the largest value that a predicate may let through; none
// when the first is beyond the last. A NULL is let through by none of those that have
// bounds.
func bounds(p *backends.Predicate) (first, last int64) {
	first, last = math.MinInt64, math.MaxInt64
	if p.Op == backends.IsNull || p.Op == backends.NotEqual || len(p.Values) == 0 {
		return first, last
	}
	low, high := int64(math.MaxInt64), int64(math.MinInt64)
	for _, v := range p.Values {
		n, ok := v.(int64)
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
	case backends.Among:
		return p.Set.Low(), p.Set.High()
	}
	return first, last
}
