package postgres

import (
	"context"
	"strconv"
	"strings"

	"github.com/sqlgateway/gateway/translate"
	pgdialect "github.com/sqlgateway/gateway/translate/postgres"
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
		b.dialect = pgdialect.New(version(b.info.Product))
	}
	return b.dialect, nil
}

// version reads "PostgreSQL 15.18 (Debian …)".
func version(product string) translate.Version {
	words := strings.Fields(product)
	if len(words) < 2 {
		return translate.Version{}
	}
	major, minor, _ := strings.Cut(words[1], ".")
	var v translate.Version
	// A server before its release calls itself "16beta1".
	digits := strings.IndexFunc(major+".", func(r rune) bool { return r < '0' || r > '9' })
	v.Major, _ = strconv.Atoi(major[:digits])
	v.Minor, _ = strconv.Atoi(minor)
	return v
}
