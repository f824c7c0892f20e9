package kafka

import (
	"sync"

	"github.com/twmb/franz-go/pkg/kgo"
)

// decompressor is the library's own.
var decompressor = kgo.DefaultDecompressor()

// slab is the memory of one chunk's records. They are some 200 bytes each, often more
// than the message itself, so it is used again for the next fetch.
type slab struct {
	buffers [][]kgo.Record
	used    int
}

var _ kgo.PoolRecords = (*slab)(nil)

// GetRecords implements kgo.PoolRecords: once for each batch of messages.
func (s *slab) GetRecords(n int) []kgo.Record {
	if s.used == len(s.buffers) {
		s.buffers = append(s.buffers, nil)
	}
	b := &s.buffers[s.used]
	s.used++
	if cap(*b) < n {
		*b = make([]kgo.Record, n)
	}
	return (*b)[:0]
}

// PutRecords implements kgo.PoolRecords. The slab is given back whole.
func (*slab) PutRecords([]kgo.Record) {}

// slabs are the idle ones of a fetcher.
type slabs struct {
	mu   sync.Mutex
	idle []*slab
}

func (s *slabs) take() *slab {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.idle); n > 0 {
		last := s.idle[n-1]
		s.idle = s.idle[:n-1]
		return last
	}
	return &slab{}
}

func (s *slabs) give(used *slab) {
	used.used = 0
	s.mu.Lock()
	defer s.mu.Unlock()
	s.idle = append(s.idle, used)
}
