package parquetfile

import (
	"math/bits"
	"sync"

	"github.com/apache/arrow-go/v18/arrow/memory"
)

// Pool is an Arrow allocator that keeps freed slices by powers of two and hands
// them out again without clearing. Clearing fresh memory was a fifth of the time
// of a Parquet scan.
//
// The zero Pool is ready. It is safe for concurrent use.
type Pool struct {
	classes [poolClasses]sync.Pool
}

const (
	poolSmallest = 10 // 1 kB; smaller slices are not worth keeping
	poolClasses  = 16 // up to 32 MB; larger ones are left to the collector
)

var _ memory.Allocator = (*Pool)(nil)

func poolClass(size int) int {
	if size <= 1<<poolSmallest {
		return 0
	}
	return bits.Len(uint(size-1)) - poolSmallest
}

// Allocate gives a slice of the size whose content is unspecified.
func (p *Pool) Allocate(size int) []byte {
	class := poolClass(size)
	if class >= poolClasses {
		return make([]byte, size)
	}
	if kept, ok := p.classes[class].Get().(*[]byte); ok {
		return (*kept)[:size]
	}
	return make([]byte, size, 1<<(class+poolSmallest))
}

// Reallocate gives a slice of the size that begins with b's content, and frees b.
func (p *Pool) Reallocate(size int, b []byte) []byte {
	if size <= cap(b) {
		return b[:size]
	}
	grown := p.Allocate(size)
	copy(grown, b)
	p.Free(b)
	return grown
}

// Free takes a slice back.
func (p *Pool) Free(b []byte) {
	class := poolClass(cap(b))
	if class >= poolClasses || cap(b) != 1<<(class+poolSmallest) {
		return
	}
	b = b[:0]
	p.classes[class].Put(&b)
}
