package mysql

import (
	"context"

	"github.com/sqlgateway/gateway/internal/pgtypes"
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
		b.dialect = newDialect(b.server, b.cfg.TinyInt1IsBool)
	}
	return b.dialect, nil
}

func newDialect(s server, tinyBool bool) *translate.Dialect {
	product := mysqldialect.MySQL
	if s.mariaDB {
		product = mysqldialect.MariaDB
	}
	d := mysqldialect.New(product, translate.Version{Major: s.major, Minor: s.minor})
	if columnType := d.ColumnType; !tinyBool {
		d.ColumnType = func(t pgtypes.Type) string {
			if t.OID == pgtypes.OIDBool {
				return "" // it would be read back as a smallint
			}
			return columnType(t)
		}
	}
	return d
}
