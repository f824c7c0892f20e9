package backends

import (
	"context"
	"sync"
)

type pinsKey struct{}

// pins is what sources keep for the time of one statement.
type pins struct {
	mu     sync.Mutex
	values map[any]any
}

// WithPins begins a statement: what sources pin in the context, all reads of it share.
func WithPins(ctx context.Context) context.Context {
	return context.WithValue(ctx, pinsKey{}, &pins{values: map[any]any{}})
}

// Pinned gives what was pinned under a key in this statement, or loads and pins it: a
// version of a table, so that two scans of it see the same rows. Without WithPins it
// loads. Loading is done by one at a time; an error is not kept.
func Pinned[V any](ctx context.Context, key any, load func() (V, error)) (V, error) {
	p, ok := ctx.Value(pinsKey{}).(*pins)
	if !ok {
		return load()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if known, ok := p.values[key].(V); ok {
		return known, nil
	}
	v, err := load()
	if err == nil {
		p.values[key] = v
	}
	return v, err
}
