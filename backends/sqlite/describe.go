package sqlite

import (
	"context"
	"strings"

	sqlite3 "modernc.org/sqlite/lib"

	"modernc.org/libc"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// mainSchema is the only schema: attached databases are other backends.
const mainSchema = "main"

// Schemas implements backends.Backend.
func (*Backend) Schemas(context.Context) ([]string, error) { return []string{mainSchema}, nil }

// Tables implements backends.Backend.
func (b *Backend) Tables(ctx context.Context, schema string) (names []backends.TableName, err error) {
	if schema != "" && schema != mainSchema {
		return nil, nil
	}
	err = b.with(ctx, func(c *conn) error {
		return c.each(ctx, `SELECT name FROM sqlite_schema WHERE type IN ('table','view') AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY 1`, nil,
			func(s *stmt) error {
				names = append(names, backends.TableName{Schema: mainSchema, Name: s.stringAt(0)})
				return nil
			})
	})
	return names, err
}

// ListSchema implements backends.SchemaLister.
func (b *Backend) ListSchema(ctx context.Context, schema string) (tables []*backends.Table, err error) {
	err = b.with(ctx, func(c *conn) error {
		tables, err = listTables(ctx, c, schema)
		return err
	})
	return tables, err
}

// ListSchema implements backends.SchemaLister.
func (t *tx) ListSchema(ctx context.Context, schema string) ([]*backends.Table, error) {
	if t.c == nil {
		return nil, errClosed
	}
	return listTables(ctx, t.c, schema)
}

func listTables(ctx context.Context, c *conn, schema string) (tables []*backends.Table, err error) {
	if schema != "" && schema != mainSchema {
		return nil, nil
	}
	err = c.each(ctx, `SELECT name, type FROM sqlite_schema WHERE type IN ('table','view') AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY 1`, nil,
		func(s *stmt) error {
			t := &backends.Table{Name: backends.TableName{Schema: mainSchema, Name: s.stringAt(0)}, Kind: translate.OrdinaryTable, Rows: -1, Bytes: -1}
			if s.stringAt(1) == "view" {
				t.Kind = translate.View
			}
			tables = append(tables, t)
			return nil
		})
	return tables, err
}

// DescribeSchema implements backends.SchemaDescriber, with one connection. The file is
// here: there are no round trips to save.
func (b *Backend) DescribeSchema(ctx context.Context, schema string, visit func(*backends.Table) error) error {
	names, err := b.Tables(ctx, schema)
	if err != nil {
		return err
	}
	return b.with(ctx, func(c *conn) error {
		for _, name := range names {
			t, err := b.describe(ctx, c, name)
			if pgerr.Code(err) == pgerr.UndefinedTable {
				continue // dropped meanwhile
			}
			if err == nil {
				err = visit(t)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Describe implements backends.Backend.
func (b *Backend) Describe(ctx context.Context, name backends.TableName) (table *backends.Table, err error) {
	err = b.with(ctx, func(c *conn) error {
		table, err = b.describe(ctx, c, name)
		return err
	})
	return table, err
}

func (b *Backend) describe(ctx context.Context, c *conn, name backends.TableName) (*backends.Table, error) {
	t := &backends.Table{Name: name, Rows: -1, Bytes: -1}
	if err := describeTable(ctx, c, t); err != nil {
		return nil, err
	}
	strict, err := describeColumns(ctx, c, t)
	if err != nil {
		return nil, err
	}
	if err := describeIndexes(ctx, c, t); err != nil {
		return nil, err
	}
	if err := describeForeignKeys(ctx, c, t); err != nil {
		return nil, err
	}
	b.estimate(ctx, c, t)
	if err := b.verify(ctx, c, t, strict); err != nil {
		return nil, err
	}
	return t, nil
}

func describeTable(ctx context.Context, c *conn, t *backends.Table) error {
	found := false
	err := c.each(ctx, "SELECT type FROM sqlite_schema WHERE name = ?1 AND type IN ('table','view')", []any{t.Name.Name}, func(s *stmt) error {
		found = true
		t.Kind = translate.OrdinaryTable
		if s.stringAt(0) == "view" {
			t.Kind = translate.View
		}
		return nil
	})
	if err == nil && !found || t.Name.Schema != "" && t.Name.Schema != mainSchema {
		return pgerr.New(pgerr.UndefinedTable, "relation \"%s\" does not exist", t.Name.Name)
	}
	return err
}

// describeColumns fills the columns and the primary key.
func describeColumns(ctx context.Context, c *conn, t *backends.Table) (strict bool, err error) {
	key := map[int]int{} // position in the primary key, from 1, to column
	err = c.each(ctx, `SELECT x.name, x.type, x."notnull", x.dflt_value, x.pk, x.hidden, coalesce(l.strict, 0), coalesce(l.wr, 0)
		FROM pragma_table_xinfo(?1) x LEFT JOIN pragma_table_list(?1) l ON l.schema = 'main' WHERE x.hidden <> 1 ORDER BY x.cid`,
		[]any{t.Name.Name}, func(s *stmt) error {
			declared := s.stringAt(1)
			column := translate.TableColumn{
				Name: s.stringAt(0), Type: declaredType(declared), NotNull: s.intAt(2) != 0, Default: s.stringAt(3),
				Generated: s.intAt(5) >= 2,
				Facts:     &translate.ColumnFacts{NativeType: declared, NullFraction: -1},
			}
			column.Collation = collationOf(column.Type)
			if column.Collation != pgtypes.CollationNone {
				column.Facts.Collation = c.columnCollation(t.Name.Name, column.Name)
			}
			strict = s.intAt(6) != 0
			if pk := int(s.intAt(4)); pk > 0 {
				key[pk] = len(t.Columns)
				// SQLite allows NULL in a key of a rowid table, the rowid's own name excepted.
				column.NotNull = column.NotNull || s.intAt(7) != 0
			}
			t.Columns = append(t.Columns, column)
			return nil
		})
	if err != nil || len(key) == 0 {
		return strict, err
	}
	columns := make([]int, 0, len(key))
	for i := 1; i <= len(key); i++ {
		columns = append(columns, key[i])
	}
	t.Keys, t.PrimaryKey = [][]int{columns}, true
	if only := &t.Columns[columns[0]]; len(columns) == 1 && strings.EqualFold(only.Facts.NativeType, "INTEGER") && t.Kind == translate.OrdinaryTable {
		// INTEGER PRIMARY KEY is the rowid: never NULL, filled in when left out.
		only.NotNull, only.Generated = true, true
	}
	return strict, nil
}

// columnCollation is the collation that a column compares by: BINARY, NOCASE, RTRIM or
// one of an application's own. A view's column has none of its own.
func (c *conn) columnCollation(table, column string) string {
	ctable, err1 := libc.CString(table)
	ccolumn, err2 := libc.CString(column)
	defer func() {
		libc.Xfree(c.tls, ctable)
		libc.Xfree(c.tls, ccolumn)
	}()
	out := c.tls.Alloc(8)
	defer c.tls.Free(8)
	if err1 != nil || err2 != nil || sqlite3.Xsqlite3_table_column_metadata(c.tls, c.db, 0, ctable, ccolumn, 0, out, 0, 0, 0) != sqlite3.SQLITE_OK {
		return ""
	}
	return libc.GoString(*(*uintptr)(pointer(out)))
}

func collationOf(t pgtypes.Type) uint32 {
	switch t.OID {
	case pgtypes.OIDText, pgtypes.OIDVarchar, pgtypes.OIDBpchar:
		return pgtypes.CollationDefault
	case pgtypes.OIDName:
		return pgtypes.CollationC
	default:
		return pgtypes.CollationNone
	}
}

// describeForeignKeys gives one row for each column of a key, in order. SQLite keeps
// no names: they are made as Postgres would.
func describeForeignKeys(ctx context.Context, c *conn, t *backends.Table) error {
	last := int64(-1)
	err := c.each(ctx, `SELECT id, "table", on_update, on_delete, "from", coalesce("to", '') FROM pragma_foreign_key_list(?1) ORDER BY id DESC, seq`,
		[]any{t.Name.Name}, func(s *stmt) error {
			if id := s.intAt(0); id != last {
				last = id
				t.ForeignKeys = append(t.ForeignKeys, backends.ForeignKey{
					Target:   backends.TableName{Schema: mainSchema, Name: s.stringAt(1)},
					OnUpdate: backends.ReferentialAction(s.stringAt(2)), OnDelete: backends.ReferentialAction(s.stringAt(3)),
				})
			}
			key := &t.ForeignKeys[len(t.ForeignKeys)-1]
			key.Columns = append(key.Columns, s.stringAt(4))
			if to := s.stringAt(5); to != "" {
				key.References = append(key.References, to) // none: the primary key
			}
			return nil
		})
	for i := range t.ForeignKeys {
		key := &t.ForeignKeys[i]
		key.Name = t.Name.Name + "_" + strings.Join(key.Columns, "_") + "_fkey"
	}
	return err
}

// describeIndexes fills the indexes, and the unique keys that hold for all rows.
func describeIndexes(ctx context.Context, c *conn, t *backends.Table) error {
	if t.PrimaryKey {
		t.Indexes = append(t.Indexes, backends.Index{Name: t.Name.Name + "_pkey", Columns: columnNames(t, t.Keys[0]), Unique: true, Primary: true})
	}
	return c.each(ctx, `SELECT l.name, l."unique", l.partial, l.origin, group_concat(coalesce(i.name, ''), char(10))
		FROM pragma_index_list(?1) l, pragma_index_info(l.name) i WHERE l.origin <> 'pk' GROUP BY l.seq ORDER BY l.seq DESC`,
		[]any{t.Name.Name}, func(s *stmt) error {
			columns := indexColumns(s.stringAt(4))
			unique := s.intAt(1) != 0
			t.Indexes = append(t.Indexes, backends.Index{Name: s.stringAt(0), Columns: columns, Unique: unique, Bare: s.stringAt(3) != "u"})
			if key := columnIndexes(t, columns); unique && s.intAt(2) == 0 && len(key) == len(strings.Split(s.stringAt(4), "\n")) {
				t.Keys = append(t.Keys, key)
			}
			return nil
		})
}

// indexColumns reads the names of an index's columns; expressions have none.
func indexColumns(text string) []string {
	var names []string
	for _, name := range strings.Split(text, "\n") {
		if name != "" {
			names = append(names, name)
		}
	}
	return names
}

func columnNames(t *backends.Table, indexes []int) []string {
	names := make([]string, len(indexes))
	for i, index := range indexes {
		names[i] = t.Columns[index].Name
	}
	return names
}

// columnIndexes is nil when one of the names is no column: an index of expressions.
func columnIndexes(t *backends.Table, names []string) []int {
	indexes := make([]int, len(names))
	for i, name := range names {
		indexes[i] = -1
		for j := range t.Columns {
			if t.Columns[j].Name == name {
				indexes[i] = j
			}
		}
		if indexes[i] < 0 {
			return nil
		}
	}
	return indexes
}

// estimate takes the span of rowids for the number of rows: two look-ups, and right
// for tables that only grow.
func (*Backend) estimate(ctx context.Context, c *conn, t *backends.Table) {
	if t.Kind != translate.OrdinaryTable {
		return
	}
	_ = c.each(ctx, "SELECT coalesce(max(rowid) - min(rowid) + 1, 0) FROM "+quote(t.Name.Name), nil, func(s *stmt) error {
		t.Rows = float64(s.intAt(0))
		return nil
	})
}

// each runs a query of our own and visits its rows.
func (c *conn) each(ctx context.Context, sql string, args []any, visit func(*stmt) error) error {
	s, err := c.prepare(sql)
	if err != nil {
		return err
	}
	defer s.finalize()
	for i, arg := range args {
		if err := s.bind(i+1, arg); err != nil {
			return err
		}
	}
	defer c.watch(ctx)()
	for {
		more, err := s.step()
		if err != nil || !more {
			return err
		}
		if err := visit(s); err != nil {
			return err
		}
	}
}

func (s *stmt) intAt(i int) int64 {
	return sqlite3.Xsqlite3_column_int64(s.c.tls, s.handle, int32(i))
}

func (s *stmt) stringAt(i int) string {
	return libc.GoString(sqlite3.Xsqlite3_column_text(s.c.tls, s.handle, int32(i)))
}
