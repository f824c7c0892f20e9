package operator

import (
	"sync"
	"sync/atomic"

	"github.com/sqlgateway/gateway/exec/plan"
)

// Stats is what one plan node did, for EXPLAIN ANALYZE. Workers add to it.
type Stats struct {
	Loops       atomic.Int64 // how often it was opened
	Rows        atomic.Int64
	Batches     atomic.Int64
	Nanos       atomic.Int64 // summed over workers, children included
	MemoryPeak  atomic.Int64 // bytes
	Spilled     atomic.Int64 // bytes written to disk
	Workers     atomic.Int64 // most streams at once
	SourceRows  atomic.Int64
	SourceBytes atomic.Int64
	Files       atomic.Int64
	FilesSkip   atomic.Int64
	RowGroups   atomic.Int64
	RowGroupsSk atomic.Int64
	BytesSkip   atomic.Int64
	Undecoded   atomic.Int64
}

// Metrics collects Stats by node. The zero value is ready.
type Metrics struct {
	mu     sync.Mutex
	byNode map[plan.Node]*Stats
}

// Of gives a node's stats; they are empty if it never ran.
func (m *Metrics) Of(n plan.Node) *Stats {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.byNode == nil {
		m.byNode = map[plan.Node]*Stats{}
	}
	s := m.byNode[n]
	if s == nil {
		s = &Stats{}
		m.byNode[n] = s
	}
	return s
}
