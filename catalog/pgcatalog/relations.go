package pgcatalog

import (
	"context"
	"iter"

	"github.com/sqlgateway/gateway/catalog"
	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// record is one row by column name. Columns that are not in it are NULL, or the
// type's zero where the column can not be NULL.
type record map[string]pgtypes.Datum

// filler gives the rows of a relation. It stops when yield returns false.
type filler func(ctx context.Context, env *catalog.VirtualEnv, yield func(record) bool) error

// fillers are the relations with rows that depend on the catalog or the session, by
// schema and name. The others are static (pg_type, pg_proc, ...) or empty.
var fillers = map[string]filler{
	"pg_catalog.pg_attrdef":              fillAttrdef,
	"pg_catalog.pg_attribute":            fillAttribute,
	"pg_catalog.pg_class":                fillClass,
	"pg_catalog.pg_constraint":           fillConstraint,
	"pg_catalog.pg_database":             fillDatabase,
	"pg_catalog.pg_description":          fillDescription,
	"pg_catalog.pg_foreign_data_wrapper": fillWrapper,
	"pg_catalog.pg_foreign_server":       fillServer,
	"pg_catalog.pg_index":                fillIndex,
	"pg_catalog.pg_indexes":              fillIndexes,
	"pg_catalog.pg_namespace":            fillNamespace,
	"pg_catalog.pg_prepared_statements":  fillPrepared,
	"pg_catalog.pg_authid":               fillRoles,
	"pg_catalog.pg_roles":                fillRoles,
	"pg_catalog.pg_user":                 fillUser,
	"pg_catalog.pg_settings":             fillSettings,
	"pg_catalog.pg_stat_activity":        fillActivity,
	"pg_catalog.pg_stat_user_tables":     fillStatTables,
	"pg_catalog.pg_stat_all_tables":      fillStatTables,
	"pg_catalog.pg_tables":               fillTables,
	"pg_catalog.pg_tablespace":           fillTablespace,
	"pg_catalog.pg_views":                fillViews,
	"pg_catalog.pg_auth_members":         fillMembers,
	"pg_catalog.pg_depend":               fillDepend,
	"pg_catalog.pg_sequence":             fillSequence,
	"pg_catalog.pg_sequences":            fillSequences,
	"pg_catalog.pg_stat_user_indexes":    fillStatIndexes,
	"pg_catalog.pg_stat_all_indexes":     fillStatIndexes,

	"information_schema.character_sets":                  fillCharacterSets,
	"information_schema.check_constraints":               fillChecks,
	"information_schema.columns":                         fillColumns,
	"information_schema.column_privileges":               fillColumnPrivileges,
	"information_schema.constraint_column_usage":         fillConstraintUsage,
	"information_schema.constraint_table_usage":          fillTableUsage,
	"information_schema.enabled_roles":                   fillEnabledRoles,
	"information_schema.information_schema_catalog_name": fillCatalogName,
	"information_schema.key_column_usage":                fillKeyUsage,
	"information_schema.referential_constraints":         fillReferential,
	"information_schema.role_column_grants":              fillColumnPrivileges,
	"information_schema.role_table_grants":               fillTablePrivileges,
	"information_schema.schemata":                        fillSchemata,
	"information_schema.sequences":                       fillInformationSequences,
	"information_schema.table_constraints":               fillTableConstraints,
	"information_schema.table_privileges":                fillTablePrivileges,
	"information_schema.tables":                          fillInformationTables,
	"information_schema.views":                           fillInformationViews,
}

// Relations makes the list for catalog.Options.
func Relations() []*catalog.Virtual {
	system := pgbuiltin.SystemRelations()
	list := make([]*catalog.Virtual, len(system))
	for i := range system {
		list[i] = virtual(&system[i])
	}
	return list
}

// Empty lists the relations of a schema that have no rows here.
func Empty(schema string) (names []string) {
	for _, r := range pgbuiltin.SystemRelations() {
		if r.Schema != schema {
			continue
		}
		if _, filled := fillers[schema+"."+r.Name]; filled || pgbuiltin.Load(dataName(&r)) != nil {
			continue
		}
		names = append(names, r.Name)
	}
	return names
}

// dataName is what pgbuiltin calls a relation.
func dataName(r *pgbuiltin.SystemRelation) string {
	if r.Schema == "pg_catalog" {
		return r.Name
	}
	return r.Schema + "." + r.Name
}

func virtual(r *pgbuiltin.SystemRelation) *catalog.Virtual {
	v := &catalog.Virtual{Schema: r.Schema, Name: r.Name, OID: r.OID, View: r.Kind == 'v'}
	v.Columns = make([]translate.TableColumn, len(r.Columns))
	for i, c := range r.Columns {
		v.Columns[i] = translate.TableColumn{
			Name: c.Name, Type: pgtypes.Type{OID: c.Type, Typmod: c.Typmod}, Collation: c.Collation, NotNull: c.NotNull,
		}
	}
	if fill, ok := fillers[r.Schema+"."+r.Name]; ok {
		v.Rows = filled(r.Schema+"."+r.Name, v.Columns, fill)
		return v
	}
	v.Rows = static(dataName(r), v.Columns)
	return v
}

// filled lays records out in the relation's columns.
func filled(name string, columns []translate.TableColumn, fill filler) func(context.Context, *catalog.VirtualEnv) iter.Seq2[[]pgtypes.Datum, error] {
	return func(ctx context.Context, env *catalog.VirtualEnv) iter.Seq2[[]pgtypes.Datum, error] {
		return func(yield func([]pgtypes.Datum, error) bool) {
			row := make([]pgtypes.Datum, len(columns))
			stopped := false
			ctx, err := withScope(ctx, env, name)
			if err != nil {
				yield(nil, err)
				return
			}
			err = fill(ctx, env, func(r record) bool {
				for i := range columns {
					value, ok := r[columns[i].Name]
					if !ok && columns[i].NotNull {
						value = zero(columns[i].Type.OID)
					}
					row[i] = value
				}
				stopped = !yield(row, nil) || ctx.Err() != nil
				return !stopped
			})
			if err == nil {
				err = ctx.Err()
			}
			if err != nil && !stopped {
				yield(nil, err)
			}
		}
	}
}

// zero is a type's empty value, for columns that are never NULL.
func zero(oid uint32) pgtypes.Datum {
	switch oid {
	case pgtypes.OIDBool:
		return false
	case pgtypes.OIDInt2, pgtypes.OIDInt4, pgtypes.OIDDate:
		return int32(0)
	case pgtypes.OIDFloat4, pgtypes.OIDFloat8:
		return float64(0)
	case pgtypes.OIDName, pgtypes.OIDText, pgtypes.OIDVarchar, pgtypes.OIDChar:
		return ""
	case pgtypes.OIDInt8, pgtypes.OIDOid, pgtypes.OIDRegproc, pgtypes.OIDXid, pgtypes.OIDTimestamptz:
		return int64(0)
	default:
		return nil
	}
}
