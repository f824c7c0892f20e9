package kinesis

import (
	"context"
	"sync"
)

// room bounds the bytes of the records that wait.
type room struct {
	mu    sync.Mutex
	most  int64
	taken int64
	freed chan struct{} // closed and made anew when there is more room
}

func newRoom(most int64) *room { return &room{most: most, freed: make(chan struct{})} }

// take waits for room; a chunk alone always has it. It is false when ctx has ended.
func (r *room) take(ctx context.Context, n int64) bool {
	for {
		r.mu.Lock()
		if r.taken == 0 || r.taken+n <= r.most {
			r.taken += n
			r.mu.Unlock()
			return true
		}
		freed := r.freed
		r.mu.Unlock()
		select {
		case <-freed:
		case <-ctx.Done():
			return false
		}
	}
}

func (r *room) give(n int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.taken -= n
	close(r.freed)
	r.freed = make(chan struct{})
}
