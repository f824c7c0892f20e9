package operator

import "sync/atomic"

// Cores is the process-wide budget of extra workers: a statement's own goroutine
// always runs, further ones only while cores are free.
type Cores struct{ free atomic.Int64 }

// NewCores allows n workers beyond one for each statement.
func NewCores(n int) *Cores {
	c := &Cores{}
	c.free.Store(int64(n))
	return c
}

// take gets up to n.
func (c *Cores) take(n int) int {
	if c == nil || n <= 0 {
		return 0
	}
	for {
		free := c.free.Load()
		got := min(int64(n), max(free, 0))
		if c.free.CompareAndSwap(free, free-got) {
			return int(got)
		}
	}
}

func (c *Cores) give(n int) {
	if c != nil {
		c.free.Add(int64(n))
	}
}
