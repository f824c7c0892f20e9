package pgcatalog

import (
	"context"

	"github.com/sqlgateway/gateway/catalog"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// scope is which relations a statement wants to know of, as far as its conditions
// say: so that a question about one table does not describe all of them.
type scope struct {
	oids    map[*catalog.Entry]bool // nil for any
	schemas map[string]bool         // nil for any
	names   map[string]bool         // nil for any
}

// scopeColumns are the columns of a system relation that say which relation a row is
// about: its OID (or that of an object it owns), its schema, its name.
type scopeColumns struct{ oid, namespace, schema, name string }

var scopes = map[string]scopeColumns{
	"pg_catalog.pg_class":                        {oid: "oid", namespace: "relnamespace"},
	"pg_catalog.pg_attribute":                    {oid: "attrelid"},
	"pg_catalog.pg_attrdef":                      {oid: "adrelid"},
	"pg_catalog.pg_constraint":                   {oid: "conrelid", namespace: "connamespace"},
	"pg_catalog.pg_index":                        {oid: "indrelid"},
	"pg_catalog.pg_indexes":                      {schema: "schemaname", name: "tablename"},
	"pg_catalog.pg_stat_user_indexes":            {oid: "relid", schema: "schemaname", name: "relname"},
	"pg_catalog.pg_stat_all_indexes":             {oid: "relid", schema: "schemaname", name: "relname"},
	"pg_catalog.pg_tables":                       {schema: "schemaname", name: "tablename"},
	"pg_catalog.pg_views":                        {schema: "schemaname", name: "viewname"},
	"pg_catalog.pg_sequence":                     {oid: "seqrelid"},
	"pg_catalog.pg_sequences":                    {schema: "schemaname"},
	"information_schema.sequences":               {schema: "sequence_schema"},
	"information_schema.tables":                  {schema: "table_schema", name: "table_name"},
	"information_schema.views":                   {schema: "table_schema", name: "table_name"},
	"pg_catalog.pg_stat_user_tables":             {oid: "relid", schema: "schemaname", name: "relname"},
	"information_schema.table_privileges":        {schema: "table_schema", name: "table_name"},
	"information_schema.column_privileges":       {schema: "table_schema", name: "table_name"},
	"information_schema.columns":                 {schema: "table_schema", name: "table_name"},
	"information_schema.key_column_usage":        {schema: "table_schema", name: "table_name"},
	"information_schema.table_constraints":       {schema: "table_schema", name: "table_name"},
	"information_schema.referential_constraints": {schema: "constraint_schema"},
}

// scopeOf reads the wanted values of the relation's columns.
func scopeOf(ctx context.Context, env *catalog.VirtualEnv, columns scopeColumns) (scope, error) {
	var s scope
	if values, ok := env.Only[columns.oid]; ok && columns.oid != "" {
		oids, err := relationsOf(ctx, env, values)
		if err != nil {
			return s, err
		}
		s.oids = oids
	}
	if values, ok := env.Only[columns.namespace]; ok && columns.namespace != "" {
		s.schemas = map[string]bool{}
		for _, name := range env.Snapshot.SchemaNames() {
			for _, v := range values {
				s.schemas[name] = s.schemas[name] || number(v) == int64(env.Snapshot.SchemaOID(name))
			}
		}
	}
	if values, ok := env.Only[columns.schema]; ok && columns.schema != "" {
		s.schemas = textSet(values)
	}
	if values, ok := env.Only[columns.name]; ok && columns.name != "" {
		s.names = textSet(values)
	}
	return s, nil
}

// relationsOf finds the relations with the OIDs, and those that own an index or
// constraint with one of them; nil, for any, when an OID is not known.
func relationsOf(ctx context.Context, env *catalog.VirtualEnv, oids []pgtypes.Datum) (map[*catalog.Entry]bool, error) {
	entries := map[*catalog.Entry]bool{}
	for _, oid := range oids {
		if oid == nil || number(oid) == 0 {
			continue
		}
		entry, err := find(ctx, env, number(oid))
		if err != nil {
			return nil, err
		}
		if entry == nil {
			entry = env.Snapshot.OwnerOf(uint32(number(oid))) //nolint:gosec // an oid
		}
		if entry == nil {
			return nil, nil
		}
		entries[entry] = true
	}
	return entries, nil
}

func textSet(values []pgtypes.Datum) map[string]bool {
	set := map[string]bool{}
	for _, v := range values {
		if text, ok := v.(string); ok {
			set[text] = true
		}
	}
	return set
}

func (s *scope) wants(e *catalog.Entry) bool {
	return (s.oids == nil || s.oids[e]) && (s.schemas == nil || s.schemas[e.Schema]) && (s.names == nil || s.names[e.Name])
}

// scopeKey carries the scope of the relation that is read.
type scopeKey struct{}

func withScope(ctx context.Context, env *catalog.VirtualEnv, relation string) (context.Context, error) {
	columns, ok := scopes[relation]
	if !ok || len(env.Only) == 0 {
		return ctx, nil
	}
	s, err := scopeOf(ctx, env, columns)
	return context.WithValue(ctx, scopeKey{}, &s), err
}

func scopeFrom(ctx context.Context) *scope {
	if s, ok := ctx.Value(scopeKey{}).(*scope); ok {
		return s
	}
	return &scope{}
}
