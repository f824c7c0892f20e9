package mysql

import (
	"context"
	"strconv"
	"strings"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// Schemas implements backends.Backend: a schema is a database of the server.
func (b *Backend) Schemas(ctx context.Context) (schemas []string, err error) {
	err = b.with(ctx, func(c *conn) error {
		return c.each(ctx, "SELECT schema_name FROM information_schema.schemata WHERE schema_name NOT IN ('information_schema','mysql','performance_schema','sys') ORDER BY 1",
			nil, func(cells []string) { schemas = append(schemas, cells[0]) })
	})
	return schemas, err
}

// Tables implements backends.Backend.
func (b *Backend) Tables(ctx context.Context, schema string) (names []backends.TableName, err error) {
	err = b.with(ctx, func(c *conn) error {
		return c.each(ctx, "SELECT table_name FROM information_schema.tables WHERE table_schema = ? AND table_type IN ('BASE TABLE','VIEW','SYSTEM VERSIONED') ORDER BY 1",
			[]string{schema}, func(cells []string) { names = append(names, backends.TableName{Schema: schema, Name: cells[0]}) })
	})
	return names, err
}

// Describe implements backends.Backend.
func (b *Backend) Describe(ctx context.Context, name backends.TableName) (*backends.Table, error) {
	t := &backends.Table{Name: name, Rows: -1, Bytes: -1}
	err := b.with(ctx, func(c *conn) error {
		if err := describeTable(ctx, c, t); err != nil {
			return err
		}
		if err := describeColumns(ctx, c, t, b.cfg.TinyInt1IsBool); err != nil {
			return err
		}
		if err := describeIndexes(ctx, c, t); err != nil {
			return err
		}
		return describeForeignKeys(ctx, c, t)
	})
	if err != nil {
		return nil, err
	}
	return t, nil
}

func describeTable(ctx context.Context, c *conn, t *backends.Table) error {
	found := false
	err := c.each(ctx, "SELECT table_type, coalesce(table_rows, -1), coalesce(data_length, -1), table_comment FROM information_schema.tables WHERE table_schema = ? AND table_name = ?",
		[]string{t.Name.Schema, t.Name.Name}, func(cells []string) {
			found = true
			t.Kind = translate.OrdinaryTable
			if cells[0] == "VIEW" {
				t.Kind = translate.View
			} else {
				t.Comment = cells[3]
			}
			t.Rows, _ = strconv.ParseFloat(cells[1], 64)
			t.Bytes, _ = strconv.ParseInt(cells[2], 10, 64)
		})
	if err == nil && !found {
		return pgerr.New(pgerr.UndefinedTable, "relation \"%s.%s\" does not exist", t.Name.Schema, t.Name.Name)
	}
	return err
}

func describeColumns(ctx context.Context, c *conn, t *backends.Table, tinyBool bool) error {
	return c.each(ctx, `SELECT column_name, data_type, column_type, coalesce(character_maximum_length, 0), coalesce(numeric_precision, 0),
		coalesce(numeric_scale, 0), coalesce(datetime_precision, 0), coalesce(collation_name, ''), coalesce(character_set_name, ''),
		is_nullable, coalesce(column_default, ''), extra, column_comment FROM information_schema.columns WHERE table_schema = ? AND table_name = ? ORDER BY ordinal_position`,
		[]string{t.Name.Schema, t.Name.Name}, func(cells []string) {
			number := func(i int) int { n, _ := strconv.Atoi(cells[i]); return n }
			extra := strings.ToLower(cells[11])
			column := translate.TableColumn{
				Name: cells[0],
				Type: columnType(nativeType{
					name: cells[1], whole: cells[2], length: number(3), precision: number(4), scale: number(5), fraction: number(6),
				}, tinyBool),
				NotNull: cells[9] == "NO", Default: strings.TrimPrefix(cells[10], "NULL"),
				Generated: strings.Contains(extra, "auto_increment") || strings.Contains(extra, "generated"),
				Facts:     &translate.ColumnFacts{NativeType: cells[2], Collation: cells[7], Charset: cells[8], Verified: true, NullFraction: -1},
			}
			switch column.Type.OID {
			case pgtypes.OIDText, pgtypes.OIDVarchar, pgtypes.OIDBpchar:
				column.Collation = pgtypes.CollationDefault
			}
			t.Columns = append(t.Columns, column)
			t.ColumnComments = append(t.ColumnComments, cells[12])
		})
}

// describeForeignKeys gives one row for each column of a key, in order.
func describeForeignKeys(ctx context.Context, c *conn, t *backends.Table) error {
	return c.each(ctx, `SELECT k.constraint_name, k.referenced_table_schema, k.referenced_table_name, r.update_rule, r.delete_rule, k.column_name, k.referenced_column_name
		FROM information_schema.key_column_usage k JOIN information_schema.referential_constraints r
		ON r.constraint_schema = k.constraint_schema AND r.constraint_name = k.constraint_name AND r.table_name = k.table_name
		WHERE k.table_schema = ? AND k.table_name = ? AND k.referenced_table_name IS NOT NULL ORDER BY k.constraint_name, k.ordinal_position`,
		[]string{t.Name.Schema, t.Name.Name}, func(cells []string) {
			n := len(t.ForeignKeys)
			if n == 0 || t.ForeignKeys[n-1].Name != cells[0] {
				t.ForeignKeys = append(t.ForeignKeys, backends.ForeignKey{
					Name: cells[0], Target: backends.TableName{Schema: cells[1], Name: cells[2]},
					OnUpdate: backends.ReferentialAction(cells[3]), OnDelete: backends.ReferentialAction(cells[4]),
				})
				n++
			}
			key := &t.ForeignKeys[n-1]
			key.Columns = append(key.Columns, cells[5])
			key.References = append(key.References, cells[6])
		})
}

// describeIndexes fills the indexes and the unique keys; the primary key is first. An
// index of a column's prefix proves nothing of the column.
func describeIndexes(ctx context.Context, c *conn, t *backends.Table) error {
	prefix := false
	var key []int
	end := func() {
		if n := len(t.Indexes); n > 0 && t.Indexes[n-1].Unique && !prefix && key != nil {
			t.Keys = append(t.Keys, key)
			t.PrimaryKey = t.PrimaryKey || t.Indexes[n-1].Primary
		}
		key, prefix = nil, false
	}
	err := c.each(ctx, `SELECT index_name, non_unique, coalesce(column_name, ''), coalesce(sub_part, 0) FROM information_schema.statistics
		WHERE table_schema = ? AND table_name = ? ORDER BY index_name <> 'PRIMARY', index_name, seq_in_index`,
		[]string{t.Name.Schema, t.Name.Name}, func(cells []string) {
			if n := len(t.Indexes); n == 0 || t.Indexes[n-1].Name != cells[0] {
				end()
				t.Indexes = append(t.Indexes, backends.Index{Name: cells[0], Unique: cells[1] == "0", Primary: cells[0] == "PRIMARY"})
			}
			index := &t.Indexes[len(t.Indexes)-1]
			prefix = prefix || cells[3] != "0" || cells[2] == ""
			for i := range t.Columns {
				if t.Columns[i].Name == cells[2] {
					index.Columns = append(index.Columns, cells[2])
					key = append(key, i)
				}
			}
		})
	end()
	return err
}
