package pgcatalog

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/sqlgateway/gateway/catalog"
	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// Functions are the built-in functions that ask the catalog, by pg_proc.prosrc.
func Functions() map[string]catalog.Function {
	functions := map[string]catalog.Function{
		"pg_table_is_visible":                tableIsVisible,
		"pg_type_is_visible":                 typeIsVisible,
		"pg_function_is_visible":             functionIsVisible,
		"pg_stat_get_live_tuples":            liveTuples,
		"pg_stat_get_dead_tuples":            zeroSize,
		"pg_operator_is_visible":             alwaysVisible,
		"pg_opclass_is_visible":              alwaysVisible,
		"pg_opfamily_is_visible":             alwaysVisible,
		"pg_collation_is_visible":            alwaysVisible,
		"pg_conversion_is_visible":           alwaysVisible,
		"pg_statistics_obj_is_visible":       alwaysVisible,
		"pg_ts_config_is_visible":            alwaysVisible,
		"pg_ts_dict_is_visible":              alwaysVisible,
		"pg_ts_parser_is_visible":            alwaysVisible,
		"pg_ts_template_is_visible":          alwaysVisible,
		"pg_get_userbyid":                    userByID,
		"pg_get_expr":                        firstText,
		"pg_get_expr_ext":                    firstText,
		"pg_get_indexdef":                    indexDefinition,
		"pg_get_indexdef_ext":                indexDefinition,
		"pg_get_constraintdef":               constraintDefinition,
		"pg_get_constraintdef_ext":           constraintDefinition,
		"pg_get_viewdef":                     viewDefinition,
		"pg_get_viewdef_ext":                 viewDefinition,
		"pg_get_serial_sequence":             serialSequence,
		"pg_get_partkeydef":                  noText,
		"pg_get_statisticsobjdef_columns":    noText,
		"pg_relation_is_publishable":         no,
		"pg_relation_size":                   relationSize,
		"pg_table_size":                      relationSize,
		"pg_total_relation_size":             relationSize,
		"pg_indexes_size":                    indexesSize,
		"pg_database_size_oid":               zeroSize,
		"pg_database_size_name":              databaseSize,
		"PG_encoding_to_char":                encodingName,
		"format_type":                        formatType,
		"obj_description(26,19)":             objectDescription,
		"col_description(26,23)":             columnDescription,
		"obj_description(26)":                objectDescription,
		"shobj_description(26,19)":           noText,
		"pg_get_function_result":             functionResult,
		"pg_get_function_arguments":          functionArguments,
		"pg_get_function_identity_arguments": functionIdentity,
		"PG_char_to_encoding":                encodingNumber,
		"pg_get_functiondef":                 noText,
		"pg_get_triggerdef_ext":              noText,
		"pg_get_ruledef_ext":                 noText,
		"pg_tablespace_location":             emptyText,
		"pg_backend_pid":                     backendPID,
		"pg_is_in_recovery":                  no,
		"pg_is_other_temp_schema":            no,
		"pg_my_temp_schema":                  zeroSize,
		"pg_size_pretty":                     sizePretty,
		"getdatabaseencoding":                databaseEncoding,
		"regprocin":                          procByName,
		"to_regproc":                         toProc,
		"regprocout":                         procName,
		"regclassin":                         relationByName,
		"to_regclass":                        toRelation,
		"regclassout":                        relationName,
		"text_regclass":                      relationByName,
		"to_regtype":                         toType,
		"regtypein":                          typeByName,
		"regprocedurein":                     procedureByName,
		"to_regprocedure":                    toProcedure,
		"regprocedureout":                    procedureName,
		"pg_index_column_has_property":       indexColumnProperty,
		"regtypeout":                         typeName,
		"regnamespaceout":                    namespaceName,
		"regnamespacein":                     namespaceByName,
		"regroleout":                         roleName,
	}
	for _, p := range pgbuiltin.AllProcs() {
		// Privileges are the sources' to check: what is visible here may be used.
		if strings.HasPrefix(p.Source, "pg_has_role_") || strings.HasPrefix(p.Source, "has_") && strings.Contains(p.Source, "_privilege") {
			functions[p.Source] = alwaysVisible
		}
	}
	return functions
}

func alwaysVisible(_ context.Context, _ *catalog.VirtualEnv, _ []pgtypes.Datum) (pgtypes.Datum, error) {
	return true, nil
}

// typeIsVisible is pg_type_is_visible: those of information_schema are not on the path.
func typeIsVisible(_ context.Context, env *catalog.VirtualEnv, args []pgtypes.Datum) (pgtypes.Datum, error) {
	t := pgbuiltin.TypeByOID(uint32(number(args[0]))) //nolint:gosec // an oid
	if t == nil {
		return nil, nil
	}
	return t.Namespace == pgbuiltin.NamespacePgCatalog || slices.Contains(env.SearchPath, "information_schema"), nil
}

// functionIsVisible is pg_function_is_visible.
func functionIsVisible(_ context.Context, env *catalog.VirtualEnv, args []pgtypes.Datum) (pgtypes.Datum, error) {
	p := procOf(args[0])
	if p == nil {
		return nil, nil
	}
	return p.Namespace == pgbuiltin.NamespacePgCatalog || slices.Contains(env.SearchPath, "information_schema"), nil
}

// liveTuples is pg_stat_get_live_tuples: the rows that the source told of.
func liveTuples(ctx context.Context, env *catalog.VirtualEnv, args []pgtypes.Datum) (pgtypes.Datum, error) {
	d, err := describeByOID(ctx, env, args[0])
	if err != nil || d.Entry == nil {
		return int64(0), err
	}
	return int64(max(d.Table.Rows, 0)), nil
}

func no(_ context.Context, _ *catalog.VirtualEnv, _ []pgtypes.Datum) (pgtypes.Datum, error) {
	return false, nil
}

func noText(_ context.Context, _ *catalog.VirtualEnv, _ []pgtypes.Datum) (pgtypes.Datum, error) {
	return nil, nil
}

func emptyText(_ context.Context, _ *catalog.VirtualEnv, _ []pgtypes.Datum) (pgtypes.Datum, error) {
	return "", nil
}

// indexesSize is pg_indexes_size: NULL for what is no relation.
func indexesSize(ctx context.Context, env *catalog.VirtualEnv, args []pgtypes.Datum) (pgtypes.Datum, error) {
	entry, err := find(ctx, env, number(args[0]))
	if err != nil || entry == nil {
		return nil, err
	}
	return int64(0), nil
}

// databaseSize is pg_database_size(name).
func databaseSize(_ context.Context, env *catalog.VirtualEnv, args []pgtypes.Datum) (pgtypes.Datum, error) {
	if args[0] != env.Database {
		return nil, pgerr.New(pgerr.InvalidCatalogName, "database \"%s\" does not exist", args[0])
	}
	return int64(0), nil
}

func zeroSize(_ context.Context, _ *catalog.VirtualEnv, _ []pgtypes.Datum) (pgtypes.Datum, error) {
	return int64(0), nil
}

// firstText is pg_get_expr: the catalog keeps expressions as text.
func firstText(_ context.Context, _ *catalog.VirtualEnv, args []pgtypes.Datum) (pgtypes.Datum, error) {
	return args[0], nil
}

func encodingName(_ context.Context, _ *catalog.VirtualEnv, args []pgtypes.Datum) (pgtypes.Datum, error) {
	if args[0] == int32(6) {
		return "UTF8", nil
	}
	return "", nil
}

// objectDescription is obj_description(oid [, catalog]).
func objectDescription(ctx context.Context, env *catalog.VirtualEnv, args []pgtypes.Datum) (pgtypes.Datum, error) {
	if args[0] == nil || len(args) > 1 && args[1] == nil {
		return nil, nil
	}
	for _, name := range env.Snapshot.SchemaNames() {
		if int64(env.Snapshot.SchemaOID(name)) == number(args[0]) && (len(args) < 2 || args[1] == "pg_namespace") {
			return orNull(schemaComment(env, name)), nil
		}
	}
	if len(args) > 1 && args[1] != "pg_class" {
		return nil, nil
	}
	d, err := describeByOID(ctx, env, args[0])
	if err != nil || d.Entry == nil || d.Source == nil {
		return nil, err
	}
	return orNull(d.Source.Comment), nil
}

// columnDescription is col_description(table, column).
func columnDescription(ctx context.Context, env *catalog.VirtualEnv, args []pgtypes.Datum) (pgtypes.Datum, error) {
	if args[0] == nil || args[1] == nil {
		return nil, nil
	}
	d, err := describeByOID(ctx, env, args[0])
	if err != nil || d.Entry == nil || d.Source == nil {
		return nil, err
	}
	if at := int(number(args[1])) - 1; at >= 0 && at < len(d.Source.ColumnComments) {
		return orNull(d.Source.ColumnComments[at]), nil
	}
	return nil, nil
}

func describeByOID(ctx context.Context, env *catalog.VirtualEnv, oid pgtypes.Datum) (described, error) {
	entry, err := find(ctx, env, number(oid))
	if err != nil || entry == nil {
		return described{}, err
	}
	table, err := env.Snapshot.Describe(ctx, entry)
	if err != nil && ctx.Err() == nil {
		return described{}, nil //nolint:nilerr // a source that does not answer has no comment to show
	}
	return described{entry, table}, err
}

func orNull(text string) pgtypes.Datum {
	if text == "" {
		return nil
	}
	return text
}

func backendPID(_ context.Context, env *catalog.VirtualEnv, _ []pgtypes.Datum) (pgtypes.Datum, error) {
	return int32(env.PID), nil //nolint:gosec // below 1<<30
}

func userByID(_ context.Context, env *catalog.VirtualEnv, args []pgtypes.Datum) (pgtypes.Datum, error) {
	if args[0] == ownerOID {
		return env.User, nil
	}
	for _, r := range predefinedRoles {
		if r.oid == number(args[0]) {
			return r.name, nil
		}
	}
	return "unknown (OID=" + pgtypes.NumericFromInt64(number(args[0])).String() + ")", nil
}

func number(d pgtypes.Datum) int64 {
	switch v := d.(type) {
	case int64:
		return v
	case int32:
		return int64(v)
	default:
		return 0
	}
}

// find is the relation with an OID; nil if there is none.
func find(ctx context.Context, env *catalog.VirtualEnv, oid int64) (*catalog.Entry, error) {
	return env.Snapshot.RelationByOID(ctx, uint32(oid)) //nolint:gosec // an oid
}

// tableIsVisible says whether a relation is the one that its bare name means.
func tableIsVisible(ctx context.Context, env *catalog.VirtualEnv, args []pgtypes.Datum) (pgtypes.Datum, error) {
	entry, err := find(ctx, env, number(args[0]))
	if err == nil && entry == nil {
		entry, err = ownerOf(ctx, env, number(args[0])) // an index is where its table is
	}
	if err != nil || entry == nil {
		return nil, err
	}
	return visible(ctx, env, entry)
}

func visible(ctx context.Context, env *catalog.VirtualEnv, entry *catalog.Entry) (bool, error) {
	for _, schema := range env.SearchPath {
		if schema == entry.Schema {
			return true, nil
		}
		hidden, err := env.Snapshot.Has(ctx, schema, entry.Name)
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		if hidden && err == nil {
			return false, nil
		}
	}
	return false, nil
}

// nameOf is a relation's name as its reader has to write it.
func nameOf(ctx context.Context, env *catalog.VirtualEnv, entry *catalog.Entry) (string, error) {
	bare, err := visible(ctx, env, entry)
	if bare || err != nil {
		return quote(entry.Name), err
	}
	return quote(entry.Schema) + "." + quote(entry.Name), nil
}

// indexDefinition is pg_get_indexdef(index [, column, pretty]).
func indexDefinition(ctx context.Context, env *catalog.VirtualEnv, args []pgtypes.Datum) (pgtypes.Datum, error) {
	d, err := ownerDescribed(ctx, env, args[0])
	if err != nil || d.Entry == nil {
		return nil, err
	}
	for _, i := range indexesOf(env, d) {
		if int64(i.oid) != number(args[0]) {
			continue
		}
		if len(args) < 2 || number(args[1]) <= 0 {
			return i.definition(d, len(args) > 2 && args[2] == true), nil
		}
		if at := int(number(args[1])); at <= len(i.parts) {
			if p := i.parts[at-1]; p.attribute < 0 && len(args) > 2 && args[2] == true && i.pretty != "" {
				return prettyPart(i.pretty, at), nil
			}
			return i.parts[at-1].text(d), nil
		}
		return "", nil
	}
	return nil, nil
}

// constraintDefinition is pg_get_constraintdef(constraint [, pretty]).
func constraintDefinition(ctx context.Context, env *catalog.VirtualEnv, args []pgtypes.Datum) (pgtypes.Datum, error) {
	d, err := ownerDescribed(ctx, env, args[0])
	if err != nil || d.Entry == nil {
		return nil, err
	}
	for _, i := range indexesOf(env, d) {
		if i.constraint && int64(constraintOID(env, d, i)) == number(args[0]) {
			return i.constraintDefinition(d), nil
		}
	}
	for _, f := range foreignKeysOf(ctx, env, d) {
		if int64(f.oid) == number(args[0]) {
			return f.definition(ctx, env, d)
		}
	}
	for _, c := range checksOf(env, d) {
		if int64(c.oid) == number(args[0]) {
			if len(args) > 1 && args[1] == true {
				return c.Pretty, nil
			}
			return c.Definition, nil
		}
	}
	return nil, nil
}

// viewDefinition is pg_get_viewdef(view [, pretty]), as far as the source tells it.
func viewDefinition(ctx context.Context, env *catalog.VirtualEnv, args []pgtypes.Datum) (pgtypes.Datum, error) {
	d, err := describeByOID(ctx, env, args[0])
	if err != nil || d.Entry == nil || d.Source == nil {
		return nil, err
	}
	if len(args) > 1 && args[1] == true && d.Source.Pretty != "" {
		return orNull(d.Source.Pretty), nil
	}
	return orNull(d.Source.Definition), nil
}

// ownerOf is the relation that an index or constraint belongs to; nil if there is none.
// OIDs that this snapshot has not given yet come from an earlier one: describing all
// relations gives them again.
func ownerOf(ctx context.Context, env *catalog.VirtualEnv, oid int64) (*catalog.Entry, error) {
	if entry := env.Snapshot.OwnerOf(uint32(oid)); entry != nil || oid == 0 { //nolint:gosec // an oid
		return entry, nil
	}
	err := eachDescribed(ctx, env, func(d described) bool {
		for _, i := range indexesOf(env, d) {
			constraintOID(env, d, i)
		}
		foreignKeysOf(ctx, env, d)
		checksOf(env, d)
		sequencesOf(env, d)
		return true
	})
	return env.Snapshot.OwnerOf(uint32(oid)), err //nolint:gosec // an oid
}

func ownerDescribed(ctx context.Context, env *catalog.VirtualEnv, oid pgtypes.Datum) (described, error) {
	entry, err := ownerOf(ctx, env, number(oid))
	if err != nil || entry == nil {
		return described{}, err
	}
	table, err := env.Snapshot.Describe(ctx, entry)
	return described{entry, table}, err
}

func relationSize(ctx context.Context, env *catalog.VirtualEnv, args []pgtypes.Datum) (pgtypes.Datum, error) {
	entry, err := find(ctx, env, number(args[0]))
	if err != nil {
		return nil, err
	}
	if entry == nil {
		return indexSize(ctx, env, args[0])
	}
	d, err := env.Snapshot.Describe(ctx, entry)
	if err != nil || d.Source == nil || d.Source.Bytes < 0 {
		return int64(0), nil //nolint:nilerr // a source that does not answer has no size to show
	}
	return d.Source.Bytes, nil
}

// indexSize is the size of an index, NULL if the OID is of none.
func indexSize(ctx context.Context, env *catalog.VirtualEnv, oid pgtypes.Datum) (pgtypes.Datum, error) {
	d, err := ownerDescribed(ctx, env, oid)
	if err != nil || d.Entry == nil {
		return nil, err
	}
	for _, i := range indexesOf(env, d) {
		if int64(i.oid) == number(oid) {
			return i.pages * 8192, nil
		}
	}
	return int64(0), nil
}

// relationByName is the input of regclass.
func relationByName(ctx context.Context, env *catalog.VirtualEnv, args []pgtypes.Datum) (pgtypes.Datum, error) {
	text, _ := args[0].(string)
	oid, err := toRelation(ctx, env, args)
	if err == nil && oid == nil {
		err = pgerr.New(pgerr.UndefinedTable, "relation \"%s\" does not exist", strings.Join(splitName(text), "."))
	}
	return oid, err
}

// toRelation is to_regclass: NULL for a name that nothing has.
func toRelation(ctx context.Context, env *catalog.VirtualEnv, args []pgtypes.Datum) (pgtypes.Datum, error) {
	text, _ := args[0].(string)
	if oid, err := pgtypes.Parse(pgtypes.Of(pgtypes.OIDOid), text, pgtypes.DefaultStyle()); err == nil {
		return oid, nil
	}
	schemas := env.SearchPath
	names := splitName(text)
	if len(names) > 1 {
		schemas = names[len(names)-2 : len(names)-1]
	}
	for _, schema := range schemas {
		entry, err := env.Snapshot.Entry(ctx, schema, names[len(names)-1])
		if err != nil {
			return nil, err
		}
		if entry != nil {
			return int64(entry.OID), nil
		}
	}
	return ownedByName(ctx, env, schemas, names[len(names)-1])
}

// ownedByName finds an index or a sequence, which belong to the tables of a schema.
func ownedByName(ctx context.Context, env *catalog.VirtualEnv, schemas []string, name string) (oid pgtypes.Datum, err error) {
	wanted := &scope{schemas: map[string]bool{}}
	for _, schema := range schemas {
		wanted.schemas[schema] = !isSystem(schema)
	}
	err = eachDescribed(context.WithValue(ctx, scopeKey{}, wanted), env, func(d described) bool {
		for _, i := range indexesOf(env, d) {
			if i.name == name {
				oid = int64(i.oid)
			}
		}
		for _, s := range sequencesOf(env, d) {
			if s.name == name {
				oid = int64(s.oid)
			}
		}
		return oid == nil
	})
	return oid, err
}

// splitName reads a qualified name, folding what is not quoted.
func splitName(text string) []string {
	var names []string
	var name strings.Builder
	quoted := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"' && quoted && i+1 < len(text) && text[i+1] == '"':
			name.WriteByte('"')
			i++
		case c == '"':
			quoted = !quoted
		case c == '.' && !quoted:
			names = append(names, name.String())
			name.Reset()
		case !quoted && c >= 'A' && c <= 'Z':
			name.WriteByte(c + 'a' - 'A')
		default:
			name.WriteByte(c)
		}
	}
	return append(names, strings.TrimSpace(name.String()))
}

// relationName is the output of regclass: qualified unless the bare name would do.
func relationName(ctx context.Context, env *catalog.VirtualEnv, args []pgtypes.Datum) (pgtypes.Datum, error) {
	oid := number(args[0])
	if oid == 0 {
		return "-", nil
	}
	entry, err := find(ctx, env, oid)
	if err != nil {
		return nil, err
	}
	if entry == nil {
		return objectName(ctx, env, oid)
	}
	return nameOf(ctx, env, entry)
}

// objectName is the name of an index, or the number where there is none.
func objectName(ctx context.Context, env *catalog.VirtualEnv, oid int64) (pgtypes.Datum, error) {
	d, err := ownerDescribed(ctx, env, oid)
	if err != nil {
		return nil, err
	}
	if d.Entry != nil {
		for _, i := range indexesOf(env, d) {
			if int64(i.oid) == oid {
				bare, err := visible(ctx, env, d.Entry)
				if err != nil || bare {
					return quote(i.name), err
				}
				return quote(d.Schema) + "." + quote(i.name), nil
			}
		}
		for _, s := range sequencesOf(env, d) {
			if int64(s.oid) == oid {
				return s.shownName(ctx, env, d)
			}
		}
	}
	return nil, nil
}

func namespaceName(_ context.Context, env *catalog.VirtualEnv, args []pgtypes.Datum) (pgtypes.Datum, error) {
	for _, name := range env.Snapshot.SchemaNames() {
		if int64(env.Snapshot.SchemaOID(name)) == number(args[0]) {
			return quote(name), nil
		}
	}
	return pgtypes.NumericFromInt64(number(args[0])).String(), nil
}

func namespaceByName(_ context.Context, env *catalog.VirtualEnv, args []pgtypes.Datum) (pgtypes.Datum, error) {
	text, _ := args[0].(string)
	name := splitName(text)[0]
	if oid := env.Snapshot.SchemaOID(name); oid != 0 {
		return int64(oid), nil
	}
	return nil, pgerr.New(pgerr.InvalidSchemaName, "schema %q does not exist", name)
}

func roleName(_ context.Context, env *catalog.VirtualEnv, args []pgtypes.Datum) (pgtypes.Datum, error) {
	if number(args[0]) == ownerOID {
		return quote(env.User), nil
	}
	for _, r := range predefinedRoles {
		if r.oid == number(args[0]) {
			return r.name, nil
		}
	}
	return pgtypes.NumericFromInt64(number(args[0])).String(), nil
}

func databaseEncoding(_ context.Context, _ *catalog.VirtualEnv, _ []pgtypes.Datum) (pgtypes.Datum, error) {
	return "UTF8", nil
}

// sizePretty is pg_size_pretty(bigint): halves round away from zero, and a unit is
// left when it would have five digits.
func sizePretty(_ context.Context, _ *catalog.VirtualEnv, args []pgtypes.Datum) (pgtypes.Datum, error) {
	size, sign := number(args[0]), int64(1)
	if size < 0 {
		size, sign = -size, -1
	}
	if size < 10*1024 {
		return strconv.FormatInt(sign*size, 10) + " bytes", nil
	}
	units := []string{"kB", "MB", "GB", "TB", "PB"}
	size >>= 9 // keeps one bit to round by
	for i, unit := range units {
		if size < 20*1024-1 || i == len(units)-1 {
			return strconv.FormatInt(sign*((size+1)/2), 10) + " " + unit, nil
		}
		size >>= 10
	}
	return nil, nil
}
