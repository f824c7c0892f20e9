package batch

import (
	"math/bits"
	"sync"

	"github.com/apache/arrow-go/v18/arrow/memory"
)

// pool is an allocator that keeps freed buffers for the next batch. A buffer that a
// consumer retains is not freed, and so is never written to again.
type pool struct {
	from memory.Allocator

	mu     sync.Mutex
	free   map[int][][]byte // by capacity class, a power of two
	kept   int              // bytes in free
	closed bool
}

// maxKept bounds the idle memory of one reader.
const maxKept = 32 << 20

func newPool(from memory.Allocator) *pool {
	return &pool{from: from, free: map[int][][]byte{}}
}

func class(size int) int {
	if size <= 64 {
		return 6
	}
	return bits.Len(uint(size - 1))
}

// Allocate gives a buffer that is not cleared. Its capacity is a power of two, by
// which Free knows it again however it was cut, so callers only cut its length.
func (p *pool) Allocate(size int) []byte {
	c := class(size)
	p.mu.Lock()
	if list := p.free[c]; len(list) > 0 {
		b := list[len(list)-1]
		p.free[c] = list[:len(list)-1]
		p.kept -= len(b)
		p.mu.Unlock()
		return b[:size]
	}
	p.mu.Unlock()
	return p.from.Allocate(1 << c)[: size : 1<<c]
}

// Reallocate implements memory.Allocator; contents up to the smaller size are kept.
func (p *pool) Reallocate(size int, b []byte) []byte {
	if size <= cap(b) {
		return b[:size]
	}
	grown := p.Allocate(size)
	copy(grown, b)
	p.Free(b)
	return grown
}

// Free keeps a buffer, or gives it back to where it came from.
func (p *pool) Free(b []byte) {
	b = b[:cap(b)]
	c := class(len(b))
	p.mu.Lock()
	if !p.closed && p.kept+len(b) <= maxKept {
		p.free[c] = append(p.free[c], b)
		p.kept += len(b)
		p.mu.Unlock()
		return
	}
	p.mu.Unlock()
	p.from.Free(b)
}

// close gives back what is idle; buffers still out follow when they are freed.
func (p *pool) close() {
	p.mu.Lock()
	p.closed = true
	idle := p.free
	p.free, p.kept = nil, 0
	p.mu.Unlock()
	for _, list := range idle {
		for _, b := range list {
			p.from.Free(b)
		}
	}
}
