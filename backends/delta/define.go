package delta

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// CreateTable implements backends.Definer. The table is there after the commit.
func (t *tx) CreateTable(ctx context.Context, table backends.Table) error {
	if err := t.live(); err != nil {
		return err
	}
	at, err := t.b.placeOf(ctx, table.Name)
	if err != nil {
		return err
	}
	if t.pending != nil {
		return pgerr.Unsupported("CREATE TABLE of a Delta table after other changes of Delta tables in one transaction is not supported").
			WithHint("Commit first.")
	}
	if is, err := t.b.isTable(ctx, at.folder); err != nil {
		return err
	} else if is {
		return pgerr.New(pgerr.DuplicateTable, "relation \"%s\" already exists", table.Name.Name)
	}
	made, err := t.b.define(at, table)
	if err != nil {
		return err
	}
	t.pending = &pending{place: at, created: made, operation: "CREATE TABLE"}
	return nil
}

// DropTable implements backends.Definer. The files go at the commit.
func (t *tx) DropTable(ctx context.Context, name backends.TableName) error {
	if err := t.live(); err != nil {
		return err
	}
	p, err := t.change(ctx, name)
	if err != nil {
		return err
	}
	if p.created != nil {
		t.pending = nil
		return nil
	}
	t.pending = &pending{place: p.place, base: p.base, dropped: true}
	return nil
}

// define makes a table's first actions.
func (b *Backend) define(at *place, table backends.Table) (*definition, error) {
	if len(table.Keys) > 0 {
		return nil, pgerr.Unsupported("keys of Delta tables are not supported: nothing would keep them").
			WithHint("Leave the key out, and name it in the configuration: tables, keys.")
	}
	if len(table.Columns) == 0 {
		return nil, pgerr.Unsupported("a Delta table without columns is not supported")
	}
	created := time.Now().UnixMilli()
	d := &definition{protocol: protocol{MinReader: 1, MinWriter: 2}}
	d.metadata = metadata{
		ID: newID(), Format: format{Provider: "parquet", Options: map[string]string{}}, CreatedTime: &created,
		PartitionColumns: b.partitionColumns(at, table.Columns), Configuration: map[string]string{},
	}
	fields := make([]schemaField, len(table.Columns))
	for i := range table.Columns {
		var err error
		if fields[i], err = fieldOf(&table.Columns[i]); err != nil {
			return nil, err
		}
		if fields[i].Type == "timestamp_ntz" {
			d.protocol = protocol{
				MinReader: featureReader, MinWriter: featureWriter,
				ReaderFeatures: []string{"timestampNtz"}, WriterFeatures: []string{"timestampNtz"},
			}
		}
	}
	if len(d.metadata.PartitionColumns) == len(table.Columns) {
		return nil, pgerr.Unsupported("a Delta table of which all columns are partition columns is not supported")
	}
	text, err := json.Marshal(map[string]any{"type": "struct", "fields": fields})
	d.metadata.Schema = string(text)
	return d, err
}

// partitionColumns are those of the configuration that the table has.
func (b *Backend) partitionColumns(at *place, columns []translate.TableColumn) []string {
	wanted := b.config.PartitionColumns
	if t := b.optionsFor(at.path); t != nil && len(t.PartitionColumns) > 0 {
		wanted = t.PartitionColumns
	}
	found := []string{}
	for _, name := range wanted {
		if slices.ContainsFunc(columns, func(c translate.TableColumn) bool { return c.Name == name }) {
			found = append(found, name)
		}
	}
	return found
}

// schemaField is a field as a schemaString writes it.
type schemaField struct {
	Name     string            `json:"name"`
	Type     string            `json:"type"`
	Nullable bool              `json:"nullable"`
	Metadata map[string]string `json:"metadata"`
}

// fieldOf chooses how a column is kept: as Delta's type where there is one of the same
// values, and otherwise as the text of its type, whose name stands beside it.
func fieldOf(c *translate.TableColumn) (schemaField, error) {
	f := schemaField{Name: c.Name, Nullable: !c.NotNull, Metadata: map[string]string{}}
	for name, oid := range simpleTypes {
		if oid == c.Type.OID && name != "byte" {
			f.Type = name
		}
	}
	switch c.Type.OID {
	case pgtypes.OIDNumeric:
		if precision, scale, ok := pgtypes.NumericTypmod(c.Type.Typmod); ok && precision <= 38 && scale >= 0 && scale <= precision {
			f.Type = "decimal(" + itoa(precision) + "," + itoa(scale) + ")"
		}
	case pgtypes.OIDTimestamp, pgtypes.OIDTimestamptz:
		if c.Type.Typmod >= 0 {
			f.Type = ""
		}
	}
	if f.Type != "" {
		return f, nil
	}
	name := pgtypes.FormatType(c.Type)
	if !keptAsText(name, c.Type) {
		return f, columnError(c.Name, pgerr.Unsupported("type %s can not be kept in a Delta table", name))
	}
	f.Type, f.Metadata[metaType] = "string", name
	return f, nil
}
