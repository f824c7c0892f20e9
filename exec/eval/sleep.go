package eval

import (
	"context"
	"time"

	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// sleep is pg_sleep: it waits, and stops waiting when the statement is cancelled.
func sleep(c *call, seconds float64) (string, error) {
	if !(seconds > 0) {
		return "", nil
	}
	const longest = float64(time.Duration(1<<63-1)) / float64(time.Second)
	timer := time.NewTimer(time.Duration(min(seconds, longest/2) * float64(time.Second)))
	defer timer.Stop()
	ctx := c.ctx.Context
	if ctx == nil {
		ctx = context.Background()
	}
	select {
	case <-timer.C:
		return "", nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// sleepFor is pg_sleep_for(interval): a month counts 30 days.
func sleepFor(c *call, i pgtypes.Interval) (string, error) {
	days := float64(i.Months)*30 + float64(i.Days)
	return sleep(c, days*86400+float64(i.Micros)/1e6)
}
