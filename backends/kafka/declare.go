package kafka

import (
	"slices"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/payload"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

var _ backends.Declarer = (*Backend)(nil)

// Declare implements backends.Declarer: the table's options with its columns as they
// are now.
func (b *Backend) Declare(table *backends.Table) any {
	t := b.table(table.Name)
	entry := *t.options
	entry.Name = t.name
	if t.topic != t.name {
		entry.Topic = t.topic
	}
	known := map[string]bool{}
	entry.Columns = slices.Clone(entry.Columns) // the config keeps its own
	for _, c := range slices.Concat(entry.Columns, entry.KeyColumns) {
		known[c.Name] = true
	}
	for i := range table.Columns {
		c := &table.Columns[i]
		if c.Hidden || known[c.Name] {
			continue
		}
		column := payload.Column{Name: c.Name, Type: pgtypes.FormatType(c.Type), NotNull: c.NotNull}
		if wholePayload(&entry, b.config.PayloadFormat, c.Name) {
			column.Path = "$"
		}
		entry.Columns = append(entry.Columns, column)
	}
	return entry
}

// wholePayload says whether a column is the message itself, which has no name in it.
func wholePayload(o *TopicOptions, server payload.Format, name string) bool {
	format := o.PayloadFormat
	if format == "" {
		format = server
	}
	return name == "payload" && (format == "" || format == payload.JSON)
}
