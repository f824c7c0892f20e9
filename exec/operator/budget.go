package operator

import (
	"sync/atomic"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// Budget counts memory in bytes against a limit, and against its parent's: a
// query's budget has the process's above it. It is safe for concurrent use.
type Budget struct {
	limit   int64
	setting string
	parent  *Budget
	used    atomic.Int64
	peak    atomic.Int64
}

// NewBudget makes a budget; limit 0 is none. setting is the name of the setting
// that raises it, for the error's detail.
func NewBudget(limit int64, setting string, parent *Budget) *Budget {
	return &Budget{limit: limit, setting: setting, parent: parent}
}

// Reserve takes n bytes if every limit allows it.
func (b *Budget) Reserve(n int64) bool { return b.reserve(n) == nil }

// reserve is Reserve, giving the budget that refused.
func (b *Budget) reserve(n int64) *Budget {
	if b == nil {
		return nil
	}
	used := b.used.Add(n)
	if n > 0 && b.limit > 0 && used > b.limit {
		b.used.Add(-n)
		return b
	}
	if full := b.parent.reserve(n); full != nil {
		b.used.Add(-n)
		return full
	}
	for peak := b.peak.Load(); used > peak && !b.peak.CompareAndSwap(peak, used); {
		peak = b.peak.Load()
	}
	return nil
}

// Release gives n bytes back.
func (b *Budget) Release(n int64) { b.reserve(-n) }

// Used is what is reserved now.
func (b *Budget) Used() int64 { return b.used.Load() }

// Peak is the most that was ever reserved.
func (b *Budget) Peak() int64 { return b.peak.Load() }

// account is one operator's share of a query's budget.
type account struct {
	budget   *Budget
	stats    *Stats
	operator string
	held     atomic.Int64
}

// grow takes n more bytes (gives them back when negative) if the budget allows.
func (a *account) grow(n int64) bool { return a.tryGrow(n) == nil }

func (a *account) tryGrow(n int64) *Budget {
	if full := a.budget.reserve(n); full != nil {
		return full
	}
	held := a.held.Add(n)
	if a.stats != nil {
		raise(&a.stats.MemoryPeak, held)
	}
	return nil
}

// need takes n more bytes or fails with 53200.
func (a *account) need(n int64) error {
	full := a.tryGrow(n)
	if full == nil {
		return nil
	}
	return pgerr.New(pgerr.OutOfMemory, "out of memory").
		WithDetail("Failed on request of %d bytes in %s: %d of %d bytes are in use.", n, a.operator, full.Used(), full.limit).
		WithHint("Raise %s.", full.setting)
}

// close gives everything back.
func (a *account) close() {
	a.budget.Release(a.held.Swap(0))
}

func raise(peak *atomic.Int64, value int64) {
	for {
		old := peak.Load()
		if value <= old || peak.CompareAndSwap(old, value) {
			return
		}
	}
}
