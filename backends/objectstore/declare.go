package objectstore

import (
	"path"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// Declare implements backends.Declarer. The entry has the options that hold for the
// table now, since it would go before the store's.
func (b *Backend) Declare(table *backends.Table) any {
	p := path.Join(table.Name.Schema, table.Name.Name)
	options, _ := b.optionsFor(p)
	entry := TableOptions{Path: p, FormatOptions: *options}
	for i := range table.Columns {
		c := &table.Columns[i]
		entry.Columns = append(entry.Columns, ColumnOptions{Name: c.Name, Type: pgtypes.FormatType(c.Type), NotNull: c.NotNull})
	}
	return entry
}
