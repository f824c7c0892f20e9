package mysql

import (
	"context"

	"github.com/sqlgateway/gateway/translate"
	mysqldialect "github.com/sqlgateway/gateway/translate/mysql"
)

// Dialect implements backends.Backend: it depends on the product and its version, so
// the first call connects.
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
		b.dialect = newDialect(b.server)
	}
	return b.dialect, nil
}

func newDialect(s server) *translate.Dialect {
	product := mysqldialect.MySQL
	if s.mariaDB {
		product = mysqldialect.MariaDB
	}
	return mysqldialect.New(product, translate.Version{Major: s.major, Minor: s.minor})
}
