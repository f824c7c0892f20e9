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

func oidArg(oid string) backends.Arg {
	return backends.Arg{Type: pgtypes.Of(pgtypes.OIDText), Value: oid}
}

// Describe implements backends.Backend.
func (b *Backend) Describe(ctx context.Context, name backends.TableName) (*backends.Table, error) {
	t := &backends.Table{Name: name, Rows: -1, Bytes: -1}
	err := b.with(ctx, func(c *conn) error { return describe(ctx, c, t) })
	if err != nil {
		return nil, err
	}
	return t, nil
}

// Statistics implements backends.Statistician: the planner's own estimates are part
// of Describe already.
func (b *Backend) Statistics(ctx context.Context, name backends.TableName) (*backends.Table, error) {
	return b.Describe(ctx, name)
}

func describe(ctx context.Context, c *conn, t *backends.Table) error {
	oid, err := describeTable(ctx, c, t)
	if err != nil {
		return err
	}
	attnums, err := describeColumns(ctx, c, t, oid)
	if err != nil {
		return err
	}
	if err := describeIndexes(ctx, c, t, oid, attnums); err != nil {
		return err
	}
	if err := describeForeignKeys(ctx, c, t, oid); err != nil {
		return err
	}
	return describeStatistics(ctx, c, t)
}

// describeForeignKeys gives one row for each column of a key, in order.
func describeForeignKeys(ctx context.Context, c *conn, t *backends.Table, oid string) error {
	const query = `SELECT k.conname, n.nspname, r.relname, k.confupdtype, k.confdeltype, a.attname, b.attname
		FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class r ON r.oid = k.confrelid JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace,
		LATERAL unnest(k.conkey, k.confkey) WITH ORDINALITY u(here, there, at)
		JOIN pg_catalog.pg_attribute a ON a.attrelid = $1::text::oid AND a.attnum = u.here
		JOIN pg_catalog.pg_attribute b ON b.attnum = u.there
		WHERE k.conrelid = $1::text::oid AND k.contype = 'f' AND b.attrelid = k.confrelid ORDER BY k.conname, u.at`
	return c.each(ctx, query, []backends.Arg{oidArg(oid)}, func(cells []*string) error {
		n := len(t.ForeignKeys)
		if n == 0 || t.ForeignKeys[n-1].Name != text(cells[0]) {
			t.ForeignKeys = append(t.ForeignKeys, backends.ForeignKey{
				Name: text(cells[0]), Target: backends.TableName{Schema: text(cells[1]), Name: text(cells[2])},
				OnUpdate: text(cells[3])[0], OnDelete: text(cells[4])[0],
			})
			n++
		}
		key := &t.ForeignKeys[n-1]
		key.Columns = append(key.Columns, text(cells[5]))
		key.References = append(key.References, text(cells[6]))
		return nil
	})
}

func describeTable(ctx context.Context, c *conn, t *backends.Table) (oid string, err error) {
	// A partitioned table holds no rows itself: its partitions' estimates are summed.
	const query = `SELECT c.oid, c.relkind, pg_catalog.obj_description(c.oid, 'pg_class'),
		CASE WHEN c.relkind = 'p' THEN (SELECT sum(greatest(p.reltuples, 0)) FROM pg_catalog.pg_partition_tree(c.oid) t JOIN pg_catalog.pg_class p ON p.oid = t.relid)
			ELSE c.reltuples END,
		CASE WHEN c.relkind IN ('r','m','p') THEN pg_catalog.pg_table_size(c.oid) ELSE -1 END
		FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r','p','v','m','f')`
	err = c.each(ctx, query, []backends.Arg{textArg(t.Name.Schema), textArg(t.Name.Name)}, func(cells []*string) error {
		oid, t.Comment = text(cells[0]), text(cells[2])
		switch text(cells[1]) {
		case "v", "m":
			t.Kind = translate.View
		default:
			t.Kind = translate.OrdinaryTable
		}
		t.Rows, t.Bytes = real(cells[3]), number(cells[4])
		if t.Kind == translate.View && t.Rows == 0 {
			t.Rows = -1
		}
		return nil
	})
	if err == nil && oid == "" {
		err = undefinedTable(t.Name)
	}
	return oid, err
}

// describeColumns gives the attribute numbers' indexes. A domain counts as its base
// type; the modifier is then the domain's.
func describeColumns(ctx context.Context, c *conn, t *backends.Table, oid string) (attnums map[string]int, err error) {
	const query = `WITH RECURSIVE base(attnum, oid, typmod) AS (
			SELECT attnum, atttypid, atttypmod FROM pg_catalog.pg_attribute WHERE attrelid = $1::text::oid
			UNION ALL
			SELECT b.attnum, t.typbasetype, CASE WHEN b.typmod >= 0 THEN b.typmod ELSE t.typtypmod END
			FROM base b JOIN pg_catalog.pg_type t ON t.oid = b.oid WHERE t.typtype = 'd')
		SELECT a.attnum, a.attname, b.oid, b.typmod, t.typtype, pg_catalog.format_type(a.atttypid, a.atttypmod),
			a.attnotnull, pg_catalog.pg_get_expr(d.adbin, d.adrelid), a.attidentity <> '' OR a.attgenerated <> '',
			CASE WHEN l.collprovider = 'd' THEN (SELECT CASE WHEN datlocprovider = 'c' THEN datcollate ELSE daticulocale END
				FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()) ELSE l.collname END,
			a.attcollation, pg_catalog.col_description(a.attrelid, a.attnum)
		FROM pg_catalog.pg_attribute a
		JOIN base b ON b.attnum = a.attnum JOIN pg_catalog.pg_type t ON t.oid = b.oid AND t.typtype <> 'd'
		LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
		LEFT JOIN pg_catalog.pg_collation l ON l.oid = a.attcollation
		WHERE a.attrelid = $1::text::oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`
	attnums = map[string]int{}
	err = c.each(ctx, query, []backends.Arg{oidArg(oid)}, func(cells []*string) error {
		attnums[text(cells[0])] = len(t.Columns)
		column := translate.TableColumn{
			Name: text(cells[1]), Type: columnType(uint32(number(cells[2])), int32(number(cells[3]))),
			NotNull: text(cells[6]) == "t", Default: text(cells[7]), Generated: text(cells[8]) == "t",
			Facts: &translate.ColumnFacts{NativeType: text(cells[5]), Collation: text(cells[9]), Verified: true, NullFraction: -1},
		}
		column.Collation = collationOf(column.Type, uint32(number(cells[10])))
		t.Columns = append(t.Columns, column)
		t.ColumnComments = append(t.ColumnComments, text(cells[11]))
		return nil
	})
	return attnums, err
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

func describeIndexes(ctx context.Context, c *conn, t *backends.Table, oid string, attnums map[string]int) error {
	const query = `SELECT x.relname, i.indisunique, i.indisprimary, i.indpred IS NULL AND i.indisvalid AND i.indimmediate, i.indkey::text, i.indnkeyatts,
			EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p','u','x')),
			substring(pg_catalog.pg_get_indexdef(i.indexrelid) FROM ' USING (.*)$')
		FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
		WHERE i.indrelid = $1::text::oid ORDER BY i.indisprimary DESC, x.relname`
	return c.each(ctx, query, []backends.Arg{oidArg(oid)}, func(cells []*string) error {
		index := backends.Index{Name: text(cells[0]), Unique: text(cells[1]) == "t", Primary: text(cells[2]) == "t", Bare: text(cells[6]) != "t", Using: text(cells[7])}
		var key []int
		plain := true
		for i, attnum := range strings.Fields(text(cells[4])) {
			column, ok := attnums[attnum]
			if !ok {
				plain = false // an expression
				continue
			}
			index.Columns = append(index.Columns, t.Columns[column].Name)
			if i < int(number(cells[5])) {
				key = append(key, column)
			}
		}
		t.Indexes = append(t.Indexes, index)
		if index.Unique && plain && text(cells[3]) == "t" {
			t.Keys = append(t.Keys, key)
			t.PrimaryKey = t.PrimaryKey || index.Primary
		}
		return nil
	})
}

// describeStatistics takes what ANALYZE found. n_distinct below zero is a share of
// the rows.
func describeStatistics(ctx context.Context, c *conn, t *backends.Table) error {
	const query = `SELECT attname, null_frac, avg_width, n_distinct FROM pg_catalog.pg_stats WHERE schemaname = $1 AND tablename = $2 AND NOT inherited`
	return c.each(ctx, query, []backends.Arg{textArg(t.Name.Schema), textArg(t.Name.Name)}, func(cells []*string) error {
		for i := range t.Columns {
			if t.Columns[i].Name != text(cells[0]) {
				continue
			}
			facts := t.Columns[i].Facts
			facts.NullFraction, facts.Width, facts.Distinct = real(cells[1]), real(cells[2]), real(cells[3])
			if facts.Distinct < 0 {
				facts.Distinct *= -max(t.Rows, 0)
			}
		}
		return nil
	})
}
