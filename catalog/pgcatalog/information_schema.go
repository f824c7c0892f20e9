package pgcatalog

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/catalog"
	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// fillCatalogName fills information_schema_catalog_name.
func fillCatalogName(_ context.Context, env *catalog.VirtualEnv, yield func(record) bool) error {
	yield(record{"catalog_name": env.Database})
	return nil
}

// fillCharacterSets fills character_sets: there is one.
func fillCharacterSets(_ context.Context, env *catalog.VirtualEnv, yield func(record) bool) error {
	yield(record{
		"character_set_name": "UTF8", "character_repertoire": "UCS", "form_of_use": "UTF8",
		"default_collate_catalog": env.Database,
	})
	return nil
}

// fillSchemata fills schemata.
func fillSchemata(_ context.Context, env *catalog.VirtualEnv, yield func(record) bool) error {
	for _, name := range env.Snapshot.SchemaNames() {
		if !yield(record{"catalog_name": env.Database, "schema_name": name, "schema_owner": schemaOwner(env, name)}) {
			return nil
		}
	}
	yield(record{"catalog_name": env.Database, "schema_name": "pg_toast", "schema_owner": env.User})
	return nil
}

func schemaOwner(env *catalog.VirtualEnv, name string) string {
	if name == "public" {
		return "pg_database_owner"
	}
	return env.User
}

// fillInformationTables fills tables.
func fillInformationTables(ctx context.Context, env *catalog.VirtualEnv, yield func(record) bool) error {
	return eachEntry(ctx, env, func(e *catalog.Entry) bool {
		kind, insertable := "BASE TABLE", "YES"
		switch relationKind(e) {
		case "v":
			kind, insertable = "VIEW", "NO"
		case "f":
			kind = "FOREIGN"
		}
		return yield(record{
			"table_catalog": env.Database, "table_schema": e.Schema, "table_name": e.Name, "table_type": kind,
			"is_insertable_into": insertable, "is_typed": "NO",
		})
	})
}

// fillColumns fills columns.
func fillColumns(ctx context.Context, env *catalog.VirtualEnv, yield func(record) bool) error {
	return eachDescribed(ctx, env, func(d described) bool {
		updatable := "YES"
		if relationKind(d.Entry) == "v" {
			updatable = "NO"
		}
		for i := range d.Table.Columns {
			if d.Table.Columns[i].Hidden {
				continue
			}
			r := informationColumn(&d.Table.Columns[i], i+1)
			describeOrigin(r, originOf(d, i))
			describeCollation(r, env, d.Table.Columns[i].Collation)
			r["table_catalog"], r["table_schema"], r["table_name"] = env.Database, d.Schema, d.Name
			r["udt_catalog"], r["is_updatable"] = env.Database, updatable
			if text, ok := r["column_default"].(string); ok {
				r["column_default"] = shownDefault(env, text)
			}
			if !yield(r) {
				return false
			}
		}
		return true
	})
}

func informationColumn(c *translate.TableColumn, number int) record {
	r := record{
		"column_name": c.Name, "ordinal_position": int32(number), "is_nullable": yesNo(!c.NotNull),
		"data_type": dataType(c.Type), "udt_schema": "pg_catalog", "dtd_identifier": pgtypes.NumericFromInt64(int64(number)).String(),
		"is_self_referencing": "NO", "is_identity": "NO", "identity_cycle": "NO", "is_generated": "NEVER",
	}
	if t := pgbuiltin.TypeByOID(c.Type.OID); t != nil {
		r["udt_name"] = t.Name
	}
	if c.Default != "" {
		r["column_default"] = c.Default
	}
	describeLengths(r, c.Type)
	return r
}

func yesNo(b bool) string {
	if b {
		return "YES"
	}
	return "NO"
}

// dataType is the standard's name of a type.
func dataType(t pgtypes.Type) string {
	if _, ok := pgtypes.ElementType(t.OID); ok {
		return "ARRAY"
	}
	return pgtypes.TypeName(t.OID)
}

// describeOrigin fills the columns on identities and generated columns. What a source
// counts from is not told: an identity counts from 1.
func describeOrigin(r record, origin backends.ColumnOrigin) {
	switch {
	case origin.Identity != 0:
		r["is_identity"], r["identity_generation"] = "YES", "BY DEFAULT"
		if origin.Identity == 'a' {
			r["identity_generation"] = "ALWAYS"
		}
		limits := map[pgtypes.Datum]string{"int2": "32767", "int4": "2147483647"}
		r["identity_start"], r["identity_increment"], r["identity_minimum"], r["identity_maximum"] = "1", "1", "1", "9223372036854775807"
		if limit := limits[r["udt_name"]]; limit != "" {
			r["identity_maximum"] = limit
		}
		delete(r, "column_default")
	case origin.Stored:
		r["is_generated"] = "ALWAYS"
		if expression, ok := r["column_default"]; ok {
			r["generation_expression"] = expression
		}
		delete(r, "column_default")
	}
}

// describeCollation names a collation that is not the database's own.
func describeCollation(r record, env *catalog.VirtualEnv, collation uint32) {
	names := map[uint32]string{pgtypes.CollationC: "C", pgtypes.CollationPOSIX: "POSIX"}
	if name := names[collation]; name != "" {
		r["collation_catalog"], r["collation_schema"], r["collation_name"] = env.Database, "pg_catalog", name
	}
}

// describeLengths fills the columns on lengths and precisions (information_schema.sql:
// _pg_char_max_length and its kin).
func describeLengths(r record, t pgtypes.Type) {
	switch t.OID {
	case pgtypes.OIDVarchar, pgtypes.OIDBpchar:
		octets := int32(1 << 30)
		if t.Typmod >= 4 {
			r["character_maximum_length"] = t.Typmod - 4
			octets = (t.Typmod - 4) * 4
		}
		r["character_octet_length"] = octets
	case pgtypes.OIDBit, pgtypes.OIDVarbit:
		if t.Typmod >= 0 {
			r["character_maximum_length"] = t.Typmod
		}
	case pgtypes.OIDText:
		r["character_octet_length"] = int32(1 << 30)
	case pgtypes.OIDInt2:
		numericLengths(r, 16, 2, 0)
	case pgtypes.OIDInt4:
		numericLengths(r, 32, 2, 0)
	case pgtypes.OIDInt8:
		numericLengths(r, 64, 2, 0)
	case pgtypes.OIDFloat4:
		r["numeric_precision"], r["numeric_precision_radix"] = int32(24), int32(2)
	case pgtypes.OIDFloat8:
		r["numeric_precision"], r["numeric_precision_radix"] = int32(53), int32(2)
	case pgtypes.OIDNumeric:
		r["numeric_precision_radix"] = int32(10)
		if precision, scale, ok := pgtypes.NumericTypmod(t.Typmod); ok {
			numericLengths(r, int32(precision), 10, int32(scale))
		}
	case pgtypes.OIDDate:
		r["datetime_precision"] = int32(0)
	case pgtypes.OIDTime, pgtypes.OIDTimetz, pgtypes.OIDTimestamp, pgtypes.OIDTimestamptz, pgtypes.OIDInterval:
		r["datetime_precision"] = int32(6)
		if t.Typmod >= 0 && t.OID != pgtypes.OIDInterval {
			r["datetime_precision"] = t.Typmod
		}
	}
}

func numericLengths(r record, precision, radix, scale int32) {
	r["numeric_precision"], r["numeric_precision_radix"], r["numeric_scale"] = precision, radix, scale
}

// fillTableConstraints fills table_constraints.
func fillTableConstraints(ctx context.Context, env *catalog.VirtualEnv, yield func(record) bool) error {
	return eachDescribed(ctx, env, func(d described) bool {
		ok := true
		add := func(name, kind string) {
			r := record{
				"constraint_catalog": env.Database, "constraint_schema": d.Schema, "constraint_name": name,
				"table_catalog": env.Database, "table_schema": d.Schema, "table_name": d.Name, "constraint_type": kind,
				"is_deferrable": "NO", "initially_deferred": "NO", "enforced": "YES",
			}
			if kind == "UNIQUE" {
				r["nulls_distinct"] = "YES"
			}
			ok = ok && yield(r)
		}
		for _, i := range indexesOf(env, d) {
			switch {
			case i.primary:
				add(i.name, "PRIMARY KEY")
			case i.constraint:
				add(i.name, "UNIQUE")
			}
		}
		for _, f := range foreignKeysOf(ctx, env, d) {
			add(f.name, "FOREIGN KEY")
		}
		for _, c := range checksOf(env, d) {
			add(c.Name, "CHECK")
		}
		for i := range d.Table.Columns {
			if d.Table.Columns[i].NotNull && relationKind(d.Entry) == "r" {
				add(notNullName(env, d, i), "CHECK")
			}
		}
		return ok
	})
}

// notNullName is the name that the standard's views give to a NOT NULL.
func notNullName(env *catalog.VirtualEnv, d described, column int) string {
	return fmt.Sprintf("%d_%d_%d_not_null", env.Snapshot.SchemaOID(d.Schema), d.OID, column+1)
}

// fillChecks fills check_constraints: the CHECKs and the NOT NULLs.
func fillChecks(ctx context.Context, env *catalog.VirtualEnv, yield func(record) bool) error {
	return eachDescribed(ctx, env, func(d described) bool {
		for i := range d.Table.Columns {
			if !d.Table.Columns[i].NotNull || relationKind(d.Entry) != "r" {
				continue
			}
			if !yield(record{
				"constraint_catalog": env.Database, "constraint_schema": d.Schema, "constraint_name": notNullName(env, d, i),
				"check_clause": d.Table.Columns[i].Name + " IS NOT NULL",
			}) {
				return false
			}
		}
		for _, c := range checksOf(env, d) {
			if !yield(record{
				"constraint_catalog": env.Database, "constraint_schema": d.Schema, "constraint_name": c.Name,
				"check_clause": strings.TrimPrefix(c.Definition, "CHECK "),
			}) {
				return false
			}
		}
		return true
	})
}

// fillKeyUsage fills key_column_usage.
func fillKeyUsage(ctx context.Context, env *catalog.VirtualEnv, yield func(record) bool) error {
	return eachDescribed(ctx, env, func(d described) bool {
		ok := true
		add := func(name string, attributes []int, positions []int) {
			for at, attribute := range attributes {
				r := record{
					"constraint_catalog": env.Database, "constraint_schema": d.Schema, "constraint_name": name,
					"table_catalog": env.Database, "table_schema": d.Schema, "table_name": d.Name,
					"column_name": d.Table.Columns[attribute].Name, "ordinal_position": int32(at + 1), //nolint:gosec // columns
				}
				if positions != nil {
					r["position_in_unique_constraint"] = int32(positions[at]) //nolint:gosec // columns
				}
				ok = ok && yield(r)
			}
		}
		for _, i := range indexesOf(env, d) {
			if i.constraint {
				add(i.name, i.attributes, nil)
			}
		}
		for _, f := range foreignKeysOf(ctx, env, d) {
			var positions []int
			if f.unique != nil {
				for _, at := range f.references {
					positions = append(positions, slices.Index(f.unique.attributes, at)+1)
				}
			}
			add(f.name, f.attributes, positions)
		}
		return ok
	})
}

// fillConstraintUsage fills constraint_column_usage: of a reference it shows the
// columns of the target.
func fillConstraintUsage(ctx context.Context, env *catalog.VirtualEnv, yield func(record) bool) error {
	return eachDescribed(ctx, env, func(d described) bool {
		ok := true
		add := func(table described, name string, attributes []int) {
			for _, attribute := range attributes {
				ok = ok && yield(record{
					"table_catalog": env.Database, "table_schema": table.Schema, "table_name": table.Name,
					"column_name":        table.Table.Columns[attribute].Name,
					"constraint_catalog": env.Database, "constraint_schema": d.Schema, "constraint_name": name,
				})
			}
		}
		for _, i := range indexesOf(env, d) {
			if i.constraint {
				add(d, i.name, i.attributes)
			}
		}
		for _, f := range foreignKeysOf(ctx, env, d) {
			add(f.target, f.name, f.references)
		}
		for _, c := range checksOf(env, d) {
			add(d, c.Name, c.attributes)
		}
		return ok
	})
}
