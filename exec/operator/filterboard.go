package operator

import (
	"sync"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/exec/plan"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// filterBoard is where joins leave the keys of their build sides for the sources
// of their probe sides.
type filterBoard struct {
	mu     sync.Mutex
	values map[*plan.DynamicFilter]filterValues
}

// filterValues restricts a column to a list, or to a set between low and high.
type filterValues struct {
	list      []pgtypes.Datum
	low, high pgtypes.Datum
	set       *backends.IntSet
	none      bool // the build side is empty: no row can pass
}

func (f *filterBoard) put(filter *plan.DynamicFilter, v filterValues) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.values == nil {
		f.values = map[*plan.DynamicFilter]filterValues{}
	}
	f.values[filter] = v
}

func (f *filterBoard) get(filter *plan.DynamicFilter) (filterValues, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	v, ok := f.values[filter]
	return v, ok
}
