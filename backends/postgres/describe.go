package postgres

import (
	"context"
	"strings"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// Schemas implements backends.Backend.
func (b *Backend) Schemas(ctx context.Context) (schemas []string, err error) {
	const query = `SELECT nspname FROM pg_catalog.pg_namespace
		WHERE nspname NOT LIKE 'pg\_%' AND nspname <> 'information_schema' AND pg_catalog.has_schema_privilege(oid, 'USAGE') ORDER BY 1`
	err = b.with(ctx, func(c *conn) error {
		return c.each(ctx, query, nil, func(cells []*string) error {
			schemas = append(schemas, text(cells[0]))
			return nil
		})
	})
	return schemas, err
}

// Tables implements backends.Backend. Partitions are left to their parents.
func (b *Backend) Tables(ctx context.Context, schema string) (names []backends.TableName, err error) {
	const query = `SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = $1 AND c.relkind IN ('r','p','v','m','f') AND NOT c.relispartition
		AND pg_catalog.has_table_privilege(c.oid, 'SELECT') ORDER BY 1`
	err = b.with(ctx, func(c *conn) error {
		return c.each(ctx, query, []backends.Arg{textArg(schema)}, func(cells []*string) error {
			names = append(names, backends.TableName{Schema: schema, Name: text(cells[0])})
			return nil
		})
	})
	return names, err
}

func textArg(s string) backends.Arg {
	return backends.Arg{Type: pgtypes.Of(pgtypes.OIDText), Value: s}
}

// Describe implements backends.Backend.
func (b *Backend) Describe(ctx context.Context, name backends.TableName) (table *backends.Table, err error) {
	err = b.with(ctx, func(c *conn) error {
		table, err = describeOne(ctx, c, name)
		return err
	})
	return table, err
}

func describeOne(ctx context.Context, c *conn, name backends.TableName) (*backends.Table, error) {
	if name.Name == "" {
		return nil, undefinedTable(name)
	}
	tables, err := describe(ctx, c, name.Schema, name.Name)
	if err == nil && len(tables) == 0 {
		err = undefinedTable(name)
	}
	if err != nil {
		return nil, err
	}
	return tables[0], nil
}

// DescribeSchema implements backends.SchemaDescriber.
func (b *Backend) DescribeSchema(ctx context.Context, schema string, visit func(*backends.Table) error) error {
	return describeSchema(ctx, b.with, schema, visit)
}

// DescribeSchema implements backends.SchemaDescriber.
func (t *tx) DescribeSchema(ctx context.Context, schema string, visit func(*backends.Table) error) error {
	return describeSchema(ctx, t.with, schema, visit)
}

// withConn runs f on a connection.
type withConn func(ctx context.Context, f func(*conn) error) error

func describeSchema(ctx context.Context, with withConn, schema string, visit func(*backends.Table) error) error {
	var tables []*backends.Table
	err := with(ctx, func(c *conn) (err error) {
		tables, err = describe(ctx, c, schema, "")
		return err
	})
	for _, t := range tables {
		if err == nil {
			err = visit(t)
		}
	}
	return err
}

// ListSchema implements backends.SchemaLister.
func (b *Backend) ListSchema(ctx context.Context, schema string) ([]*backends.Table, error) {
	return listSchema(ctx, b.with, schema)
}

// ListSchema implements backends.SchemaLister.
func (t *tx) ListSchema(ctx context.Context, schema string) ([]*backends.Table, error) {
	return listSchema(ctx, t.with, schema)
}

func listSchema(ctx context.Context, with withConn, schema string) (tables []*backends.Table, err error) {
	err = with(ctx, func(c *conn) error {
		d := described{schema: schema, byOID: map[string]*relation{}}
		err := d.tables(ctx, c, "-1, NULL")
		tables = d.list
		return err
	})
	return tables, err
}

// Statistics implements backends.Statistician: the planner's own estimates are part
// of Describe already.
func (b *Backend) Statistics(ctx context.Context, name backends.TableName) (*backends.Table, error) {
	return b.Describe(ctx, name)
}

// described is what is found of one table, or of all of a schema: the questions are
// the same, and each is asked once.
type described struct {
	schema, name string // name is "" for all
	list         []*backends.Table
	byOID        map[string]*relation
	byName       map[string]*relation
	oids         strings.Builder // as an array's text
}

// relation is a table with the indexes of its attribute numbers in Columns.
type relation struct {
	*backends.Table
	attnums map[string]int
}

func describe(ctx context.Context, c *conn, schema, name string) ([]*backends.Table, error) {
	d := &described{schema: schema, name: name, byOID: map[string]*relation{}, byName: map[string]*relation{}}
	if err := d.tables(ctx, c, wholeTable); err != nil || len(d.list) == 0 {
		return nil, err
	}
	for _, ask := range []func(context.Context, *conn) error{d.columns, d.indexes, d.foreignKeys, d.checks, d.declared, d.statistics} {
		if err := ask(ctx, c); err != nil {
			return nil, err
		}
	}
	return d.list, nil
}

// wholeTable is what costs more than a look at pg_class.
const wholeTable = `CASE WHEN c.relkind IN ('r','m','p') THEN pg_catalog.pg_table_size(c.oid) ELSE -1 END,
	CASE WHEN c.relkind IN ('v','m') THEN pg_catalog.pg_get_viewdef(c.oid) END`

// tables finds the tables. A partitioned table holds no rows itself: its partitions'
// estimates are summed.
func (d *described) tables(ctx context.Context, c *conn, more string) error {
	query := `SELECT c.oid, c.relname, c.relkind, pg_catalog.obj_description(c.oid, 'pg_class'),
		CASE WHEN c.relkind = 'p' THEN (SELECT sum(greatest(p.reltuples, 0)) FROM pg_catalog.pg_partition_tree(c.oid) t JOIN pg_catalog.pg_class p ON p.oid = t.relid)
			ELSE c.reltuples END, ` + more + `
		FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = $1 AND c.relkind IN ('r','p','v','m','f')`
	args := []backends.Arg{textArg(d.schema)}
	if d.name == "" {
		query += ` AND NOT c.relispartition AND pg_catalog.has_table_privilege(c.oid, 'SELECT') ORDER BY c.relname`
	} else {
		query += ` AND c.relname = $2`
		args = append(args, textArg(d.name))
	}
	return c.each(ctx, query, args, func(cells []*string) error {
		r := &relation{attnums: map[string]int{}, Table: &backends.Table{
			Name: backends.TableName{Schema: d.schema, Name: text(cells[1])}, Kind: translate.OrdinaryTable,
			Comment: text(cells[3]), Rows: real(cells[4]), Bytes: number(cells[5]), Definition: text(cells[6]),
		}}
		if kind := text(cells[2]); kind == "v" || kind == "m" {
			r.Kind = translate.View
			if r.Rows == 0 {
				r.Rows = -1
			}
		}
		d.add(text(cells[0]), r)
		return nil
	})
}

func (d *described) add(oid string, r *relation) {
	d.list = append(d.list, r.Table)
	d.byOID[oid] = r
	if d.byName != nil {
		d.byName[r.Name.Name] = r
	}
	if d.oids.Len() > 0 {
		d.oids.WriteByte(',')
	}
	d.oids.WriteString(oid)
}

// ofTables is the argument for = ANY ($1::text::oid[]).
func (d *described) ofTables() []backends.Arg {
	return []backends.Arg{textArg("{" + d.oids.String() + "}")}
}

// columns finds the columns. A domain counts as its base type; the modifier is then
// the domain's.
func (d *described) columns(ctx context.Context, c *conn) error {
	const query = `WITH RECURSIVE base(attrelid, attnum, oid, typmod) AS (
			SELECT attrelid, attnum, atttypid, atttypmod FROM pg_catalog.pg_attribute
			WHERE attrelid = ANY ($1::text::oid[]) AND attnum > 0 AND NOT attisdropped
			UNION ALL
			SELECT b.attrelid, b.attnum, t.typbasetype, CASE WHEN b.typmod >= 0 THEN b.typmod ELSE t.typtypmod END
			FROM base b JOIN pg_catalog.pg_type t ON t.oid = b.oid WHERE t.typtype = 'd')
		SELECT a.attrelid, a.attnum, a.attname, b.oid, b.typmod, pg_catalog.format_type(a.atttypid, a.atttypmod),
			a.attnotnull, pg_catalog.pg_get_expr(d.adbin, d.adrelid), a.attidentity <> '' OR a.attgenerated <> '',
			CASE WHEN l.collprovider = 'd' THEN (SELECT CASE WHEN datlocprovider = 'c' THEN datcollate ELSE daticulocale END
				FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()) ELSE l.collname END,
			a.attcollation, m.description, a.attidentity, a.attgenerated
		FROM pg_catalog.pg_attribute a
		JOIN base b ON b.attrelid = a.attrelid AND b.attnum = a.attnum JOIN pg_catalog.pg_type t ON t.oid = b.oid AND t.typtype <> 'd'
		LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
		LEFT JOIN pg_catalog.pg_collation l ON l.oid = a.attcollation
		LEFT JOIN pg_catalog.pg_description m ON m.objoid = a.attrelid AND m.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND m.objsubid = a.attnum
		WHERE a.attrelid = ANY ($1::text::oid[]) ORDER BY a.attrelid, a.attnum`
	return c.each(ctx, query, d.ofTables(), func(cells []*string) error {
		r := d.byOID[text(cells[0])]
		r.attnums[text(cells[1])] = len(r.Columns)
		column := translate.TableColumn{
			Name: text(cells[2]), Type: columnType(uint32(number(cells[3])), int32(number(cells[4]))),
			NotNull: text(cells[6]) == "t", Default: text(cells[7]), Generated: text(cells[8]) == "t",
			Facts: &translate.ColumnFacts{NativeType: text(cells[5]), Collation: text(cells[9]), Verified: true, NullFraction: -1},
		}
		column.Collation = collationOf(column.Type, uint32(number(cells[10])))
		r.Columns = append(r.Columns, column)
		r.ColumnComments = append(r.ColumnComments, text(cells[11]))
		origin := backends.ColumnOrigin{Stored: text(cells[13]) == "s"}
		if identity := text(cells[12]); identity != "" {
			origin.Identity = identity[0]
		}
		r.Origins = append(r.Origins, origin)
		return nil
	})
}

// foreignKeys gets one row for each column of a key, in order.
func (d *described) foreignKeys(ctx context.Context, c *conn) error {
	const query = `SELECT k.conrelid, k.conname, n.nspname, r.relname, k.confupdtype, k.confdeltype, a.attname, b.attname
		FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class r ON r.oid = k.confrelid JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace,
		LATERAL unnest(k.conkey, k.confkey) WITH ORDINALITY u(here, there, at)
		JOIN pg_catalog.pg_attribute a ON a.attnum = u.here
		JOIN pg_catalog.pg_attribute b ON b.attnum = u.there
		WHERE k.conrelid = ANY ($1::text::oid[]) AND k.contype = 'f' AND a.attrelid = k.conrelid AND b.attrelid = k.confrelid
		ORDER BY k.conrelid, k.conname, u.at`
	return c.each(ctx, query, d.ofTables(), func(cells []*string) error {
		t := d.byOID[text(cells[0])]
		n := len(t.ForeignKeys)
		if n == 0 || t.ForeignKeys[n-1].Name != text(cells[1]) {
			t.ForeignKeys = append(t.ForeignKeys, backends.ForeignKey{
				Name: text(cells[1]), Target: backends.TableName{Schema: text(cells[2]), Name: text(cells[3])},
				OnUpdate: text(cells[4])[0], OnDelete: text(cells[5])[0],
			})
			n++
		}
		key := &t.ForeignKeys[n-1]
		key.Columns = append(key.Columns, text(cells[6]))
		key.References = append(key.References, text(cells[7]))
		return nil
	})
}

// indexes gets one row for each part of an index, in order.
func (d *described) indexes(ctx context.Context, c *conn) error {
	const query = `SELECT i.indrelid, x.relname, i.indisunique, i.indisprimary, i.indpred IS NULL AND i.indisvalid AND i.indimmediate, a.attnum, i.indkey[a.attnum - 1], i.indnkeyatts,
			EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p','u','x')),
			substring(pg_catalog.pg_get_indexdef(i.indexrelid) FROM ' USING (.*)$'), pg_catalog.pg_get_expr(i.indpred, i.indrelid),
			CASE WHEN i.indkey[a.attnum - 1] = 0 THEN pg_catalog.pg_get_indexdef(i.indexrelid, a.attnum, false) END, a.attname, a.atttypid, a.atttypmod,
			coalesce(i.indoption[a.attnum - 1], 0)
		FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
		JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indexrelid AND a.attnum > 0
		WHERE i.indrelid = ANY ($1::text::oid[]) ORDER BY i.indrelid, i.indisprimary DESC, x.relname, a.attnum`
	var parts indexParts
	err := c.each(ctx, query, d.ofTables(), func(cells []*string) error {
		r := d.byOID[text(cells[0])]
		if text(cells[5]) == "1" {
			parts.end()
			r.Indexes = append(r.Indexes, backends.Index{
				Name: text(cells[1]), Unique: text(cells[2]) == "t", Primary: text(cells[3]) == "t", Bare: text(cells[8]) != "t",
				Using: text(cells[9]), Predicate: text(cells[10]), KeyParts: int(number(cells[7])),
			})
			parts = indexParts{relation: r, plain: text(cells[4]) == "t"}
		}
		parts.add(cells)
		return nil
	})
	parts.end()
	return err
}

// indexParts gathers the parts of the last index of a relation.
type indexParts struct {
	*relation
	plain bool // all rows are in it, and all of its parts are columns
	key   []int
}

func (p *indexParts) add(cells []*string) {
	index := &p.Indexes[len(p.Indexes)-1]
	part := backends.IndexPart{Option: int16(number(cells[15]))} //nolint:gosec // two bits
	if column, ok := p.attnums[text(cells[6])]; ok {
		part.Column = p.Columns[column].Name
		index.Columns = append(index.Columns, part.Column)
		if len(index.Parts) < index.KeyParts {
			p.key = append(p.key, column)
		}
	} else {
		p.plain = false
		part.Expression, part.Name = text(cells[11]), text(cells[12])
		part.Type = columnType(uint32(number(cells[13])), int32(number(cells[14])))
	}
	index.Parts = append(index.Parts, part)
}

func (p *indexParts) end() {
	if p.relation == nil {
		return
	}
	if index := &p.Indexes[len(p.Indexes)-1]; index.Unique && p.plain {
		p.Keys = append(p.Keys, p.key)
		p.PrimaryKey = p.PrimaryKey || index.Primary
	}
}

func (d *described) checks(ctx context.Context, c *conn) error {
	const query = `SELECT k.conrelid, k.conname, pg_catalog.pg_get_constraintdef(k.oid), array_to_string(k.conkey, ' ')
		FROM pg_catalog.pg_constraint k WHERE k.conrelid = ANY ($1::text::oid[]) AND k.contype = 'c' ORDER BY k.conrelid, k.conname`
	return c.each(ctx, query, d.ofTables(), func(cells []*string) error {
		r := d.byOID[text(cells[0])]
		check := backends.Check{Name: text(cells[1]), Definition: text(cells[2])}
		for _, attnum := range strings.Fields(text(cells[3])) {
			if column, ok := r.attnums[attnum]; ok {
				check.Columns = append(check.Columns, r.Columns[column].Name)
			}
		}
		r.Checks = append(r.Checks, check)
		return nil
	})
}

// statistics takes what ANALYZE found. n_distinct below zero is a share of the rows.
func (d *described) statistics(ctx context.Context, c *conn) error {
	query := `SELECT tablename, attname, null_frac, avg_width, n_distinct FROM pg_catalog.pg_stats WHERE NOT inherited AND schemaname = $1`
	args := []backends.Arg{textArg(d.schema)}
	if d.name != "" {
		query += " AND tablename = $2"
		args = append(args, textArg(d.name))
	}
	return c.each(ctx, query, args, func(cells []*string) error {
		t := d.byName[text(cells[0])]
		if t == nil {
			return nil
		}
		for i := range t.Columns {
			if t.Columns[i].Name != text(cells[1]) {
				continue
			}
			facts := t.Columns[i].Facts
			facts.NullFraction, facts.Width, facts.Distinct = real(cells[2]), real(cells[3]), real(cells[4])
			if facts.Distinct < 0 {
				facts.Distinct *= -max(t.Rows, 0)
			}
		}
		return nil
	})
}

// columnType is the type itself when we carry it, text otherwise: enums, and types we
// do not know, whose text form the server gives.
func columnType(oid uint32, typmod int32) pgtypes.Type {
	if carried(oid) {
		return pgtypes.Type{OID: oid, Typmod: typmod}
	}
	return pgtypes.Of(pgtypes.OIDText)
}

// carried says that the gateway knows a type by its OID.
func carried(oid uint32) bool {
	if element, ok := pgtypes.ElementType(oid); ok {
		return element != pgtypes.OIDRecord && carried(element)
	}
	switch oid {
	case pgtypes.OIDBool, pgtypes.OIDBytea, pgtypes.OIDChar, pgtypes.OIDName, pgtypes.OIDInt8, pgtypes.OIDInt2, pgtypes.OIDInt4,
		pgtypes.OIDText, pgtypes.OIDOid, pgtypes.OIDRegproc, pgtypes.OIDRegclass, pgtypes.OIDRegtype, pgtypes.OIDXid, pgtypes.OIDCid,
		pgtypes.OIDJSON, pgtypes.OIDXML, pgtypes.OIDFloat4, pgtypes.OIDFloat8, pgtypes.OIDMoney, pgtypes.OIDMacaddr, pgtypes.OIDCIDR, pgtypes.OIDInet,
		pgtypes.OIDBpchar, pgtypes.OIDVarchar, pgtypes.OIDDate, pgtypes.OIDTime, pgtypes.OIDTimestamp, pgtypes.OIDTimestamptz,
		pgtypes.OIDInterval, pgtypes.OIDTimetz, pgtypes.OIDBit, pgtypes.OIDVarbit, pgtypes.OIDNumeric, pgtypes.OIDUUID, pgtypes.OIDJSONB,
		pgtypes.OIDInt2Vector, pgtypes.OIDOidVector:
		return true
	default:
		return false
	}
}

// collationOf keeps the collations that mean the same here; any other is the default
// to the gateway, and its name stays in the facts.
func collationOf(t pgtypes.Type, collation uint32) uint32 {
	switch t.OID {
	case pgtypes.OIDText, pgtypes.OIDVarchar, pgtypes.OIDBpchar:
		if collation == pgtypes.CollationC || collation == pgtypes.CollationPOSIX {
			return collation
		}
		return pgtypes.CollationDefault
	case pgtypes.OIDName:
		return pgtypes.CollationC
	default:
		return pgtypes.CollationNone
	}
}
