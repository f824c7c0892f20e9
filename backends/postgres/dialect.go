package postgres

import (
	"context"

	"github.com/sqlgateway/gateway/translate"
)

// facts are what the dialect depends on, learnt at the first connection.
type facts struct {
	dialect *translate.Dialect
}

// Dialect implements backends.Backend.
func (b *Backend) Dialect(ctx context.Context) (*translate.Dialect, error) {
	b.mu.Lock()
	known := b.dialect
	b.mu.Unlock()
	if known != nil {
		return known, nil
	}
	if err := b.Ping(ctx); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.dialect == nil {
		b.dialect = &translate.Dialect{Name: "postgres"}
	}
	return b.dialect, nil
}
