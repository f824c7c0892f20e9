package catalog

import (
	"context"
	"sync"
	"time"
)

// lazy is a value that loads when it is first asked for. Callers that arrive while
// it loads wait for the same load; each stops waiting when its own context ends. A
// failure is remembered for retryAfter only.
type lazy[T any] struct {
	mu      sync.Mutex
	loading chan struct{} // closed when the load in flight ends; nil when there is none
	loaded  bool
	value   T
	err     error
	until   time.Time // when a failure is forgotten
}

// retryAfter keeps a dead source from being asked again by every statement.
const retryAfter = time.Second

// get gives the value. load runs in a goroutine of its own under its own deadline,
// so that the first caller's leaving does not fail the others; it must end.
func (l *lazy[T]) get(ctx context.Context, timeout time.Duration, load func(context.Context) (T, error)) (T, error) {
	for {
		l.mu.Lock()
		if l.loaded || l.err != nil && time.Now().Before(l.until) {
			value, err := l.value, l.err
			l.mu.Unlock()
			return value, err
		}
		wait := l.loading
		if wait == nil {
			wait = make(chan struct{})
			l.loading = wait
			go l.run(context.WithoutCancel(ctx), timeout, load, wait)
		}
		l.mu.Unlock()
		select {
		case <-wait:
		case <-ctx.Done():
			var zero T
			return zero, ctx.Err()
		}
	}
}

func (l *lazy[T]) run(ctx context.Context, timeout time.Duration, load func(context.Context) (T, error), done chan struct{}) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	value, err := load(ctx)
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.loaded { // put may have come first
		l.value, l.err, l.loaded = value, err, err == nil
		l.until = time.Now().Add(retryAfter)
	}
	l.loading = nil
	close(done)
}

// put gives the value that a load for many found, or that load's failure. A value that
// is there stays: who has seen it sees no other.
func (l *lazy[T]) put(value T, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.loaded {
		l.value, l.err, l.loaded = value, err, err == nil
		l.until = time.Now().Add(retryAfter)
	}
}

// peek gives the value if it is there.
func (l *lazy[T]) peek() (T, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.value, l.loaded
}
