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
func (b *Backend) Describe(ctx context.Context, name backends.TableName) (table *backends.Table, err error) {
	err = b.with(ctx, func(c *conn) error {
		table, err = c.describe(ctx, name, b.cfg.TinyInt1IsBool)
		return err
	})
	return table, err
}

// DescribeSchema implements backends.SchemaDescriber.
func (b *Backend) DescribeSchema(ctx context.Context, schema string, visit func(*backends.Table) error) error {
	d := newDescribed(schema, "", b.cfg.TinyInt1IsBool)
	err := b.with(ctx, func(c *conn) error { return d.all(ctx, c) })
	for _, t := range d.list {
		if err == nil {
			err = visit(t)
		}
	}
	return err
}

// ListSchema implements backends.SchemaLister.
func (b *Backend) ListSchema(ctx context.Context, schema string) ([]*backends.Table, error) {
	d := newDescribed(schema, "", b.cfg.TinyInt1IsBool)
	err := b.with(ctx, func(c *conn) error { return d.tables(ctx, c, "-1, -1") })
	return d.list, err
}

// described is what is found of one table, or of all of a schema: the questions are
// the same, and each is asked once.
type described struct {
	schema, name string // name is "" for all
	tinyBool     bool
	list         []*backends.Table
	byName       map[string]*backends.Table
}

func newDescribed(schema, name string, tinyBool bool) *described {
	return &described{schema: schema, name: name, tinyBool: tinyBool, byName: map[string]*backends.Table{}}
}

func (c *conn) describe(ctx context.Context, name backends.TableName, tinyBool bool) (*backends.Table, error) {
	d := newDescribed(name.Schema, name.Name, tinyBool)
	if name.Name != "" {
		if err := d.all(ctx, c); err != nil {
			return nil, err
		}
	}
	if len(d.list) == 0 {
		return nil, pgerr.New(pgerr.UndefinedTable, "relation \"%s.%s\" does not exist", name.Schema, name.Name)
	}
	return d.list[0], nil
}

func (d *described) all(ctx context.Context, c *conn) error {
	if err := d.tables(ctx, c, "coalesce(table_rows, -1), coalesce(data_length, -1)"); err != nil || len(d.list) == 0 {
		return err
	}
	for _, ask := range []func(context.Context, *conn) error{d.columns, d.indexes, d.foreignKeys} {
		if err := ask(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// where restricts a relation of information_schema to what is described; prefix names
// it. The arguments are for as many schemas and names as prefixes.
func (d *described) where(prefixes ...string) (condition string, args []string) {
	var conditions []string
	for _, prefix := range prefixes {
		column, schema, _ := strings.Cut(prefix, ",")
		conditions = append(conditions, schema+" = ?")
		args = append(args, d.schema)
		if d.name != "" {
			conditions = append(conditions, column+" = ?")
			args = append(args, d.name)
		}
	}
	return " WHERE " + strings.Join(conditions, " AND "), args
}

func (d *described) tables(ctx context.Context, c *conn, estimates string) error {
	where, args := d.where("table_name,table_schema")
	return c.each(ctx, "SELECT table_name, table_type, table_comment, "+estimates+" FROM information_schema.tables"+where+
		" AND table_type IN ('BASE TABLE','VIEW','SYSTEM VERSIONED') ORDER BY 1", args, func(cells []string) {
		t := &backends.Table{Name: backends.TableName{Schema: d.schema, Name: cells[0]}, Kind: translate.OrdinaryTable}
		if cells[1] == "VIEW" {
			t.Kind = translate.View
		} else {
			t.Comment = cells[2]
		}
		t.Rows, _ = strconv.ParseFloat(cells[3], 64)
		t.Bytes, _ = strconv.ParseInt(cells[4], 10, 64)
		d.list = append(d.list, t)
		d.byName[cells[0]] = t
	})
}

// table is the one that a row speaks of. A server that folds names may spell the one
// that was asked for in its own way.
func (d *described) table(name string) *backends.Table {
	if d.name != "" && len(d.list) > 0 {
		return d.list[0]
	}
	return d.byName[name]
}

func (d *described) columns(ctx context.Context, c *conn) error {
	where, args := d.where("table_name,table_schema")
	return c.each(ctx, `SELECT column_name, data_type, column_type, coalesce(character_maximum_length, 0), coalesce(numeric_precision, 0),
		coalesce(numeric_scale, 0), coalesce(datetime_precision, 0), coalesce(collation_name, ''), coalesce(character_set_name, ''),
		is_nullable, coalesce(column_default, ''), extra, column_comment, table_name FROM information_schema.columns`+where+` ORDER BY table_name, ordinal_position`,
		args, func(cells []string) {
			t := d.table(cells[13])
			if t == nil {
				return
			}
			number := func(i int) int { n, _ := strconv.Atoi(cells[i]); return n }
			extra := strings.ToLower(cells[11])
			column := translate.TableColumn{
				Name: cells[0],
				Type: columnType(nativeType{
					name: cells[1], whole: cells[2], length: number(3), precision: number(4), scale: number(5), fraction: number(6),
				}, d.tinyBool),
				NotNull: cells[9] == "NO", Default: strings.TrimPrefix(cells[10], "NULL"),
				Generated: originOf(extra) != backends.ColumnOrigin{},
				Facts:     &translate.ColumnFacts{NativeType: cells[2], Collation: cells[7], Charset: cells[8], Verified: true, NullFraction: -1},
			}
			switch column.Type.OID {
			case pgtypes.OIDText, pgtypes.OIDVarchar, pgtypes.OIDBpchar:
				column.Collation = pgtypes.CollationDefault
			}
			t.Columns = append(t.Columns, column)
			t.ColumnComments = append(t.ColumnComments, cells[12])
			t.Origins = append(t.Origins, originOf(extra))
		})
}

// originOf reads the column "extra". A counter is what Postgres calls an identity that
// may be written.
func originOf(extra string) backends.ColumnOrigin {
	switch {
	case strings.Contains(extra, "auto_increment"):
		return backends.ColumnOrigin{Identity: 'd'}
	case strings.Contains(extra, " generated"):
		return backends.ColumnOrigin{Stored: true}
	}
	return backends.ColumnOrigin{}
}

// foreignKeys gets one row for each column of a key, in order. Both relations are
// restricted: the server would else open the files of every table for the second.
func (d *described) foreignKeys(ctx context.Context, c *conn) error {
	where, args := d.where("k.table_name,k.table_schema", "r.table_name,r.constraint_schema")
	return c.each(ctx, `SELECT k.constraint_name, k.referenced_table_schema, k.referenced_table_name, r.update_rule, r.delete_rule, k.column_name, k.referenced_column_name, k.table_name
		FROM information_schema.key_column_usage k JOIN information_schema.referential_constraints r
		ON r.constraint_schema = k.constraint_schema AND r.constraint_name = k.constraint_name AND r.table_name = k.table_name`+where+`
		AND k.referenced_table_name IS NOT NULL ORDER BY k.table_name, k.constraint_name, k.ordinal_position`,
		args, func(cells []string) {
			t := d.table(cells[7])
			if t == nil {
				return
			}
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

// indexes fills the indexes and the unique keys; the primary key is first. An index of
// a column's prefix proves nothing of the column.
func (d *described) indexes(ctx context.Context, c *conn) error {
	where, args := d.where("table_name,table_schema")
	var t *backends.Table
	prefix := false
	var key []int
	end := func() {
		if t != nil && len(t.Indexes) > 0 && t.Indexes[len(t.Indexes)-1].Unique && !prefix && key != nil {
			t.Keys = append(t.Keys, key)
			t.PrimaryKey = t.PrimaryKey || t.Indexes[len(t.Indexes)-1].Primary
		}
		key, prefix = nil, false
	}
	err := c.each(ctx, `SELECT index_name, non_unique, coalesce(column_name, ''), coalesce(sub_part, 0), table_name FROM information_schema.statistics`+where+
		` ORDER BY table_name, index_name <> 'PRIMARY', index_name, seq_in_index`, args, func(cells []string) {
		of := d.table(cells[4])
		if of == nil {
			return
		}
		if n := len(of.Indexes); of != t || n == 0 || of.Indexes[n-1].Name != cells[0] {
			end()
			t = of
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
