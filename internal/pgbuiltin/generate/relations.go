package main

// relation is one catalog relation to store.
type relation struct {
	name, where, order string
	replace            map[string]string // column: the expression stored in its place
}

// Objects with OIDs below 16384 are those that initdb makes.
var relations = []relation{
	{name: "pg_aggregate", where: "aggfnoid < 16384", order: "aggfnoid::oid"},
	{name: "pg_am", where: "oid < 16384", order: "oid"},
	{name: "pg_amop", where: "oid < 16384", order: "oid"},
	{name: "pg_amproc", where: "oid < 16384", order: "oid"},
	{name: "pg_cast", where: "oid < 16384", order: "oid"},
	// initdb imports every locale of its machine; only those that exist everywhere are kept.
	{name: "pg_collation", where: "oid < 12000 or collname in ('C.UTF-8', 'C.utf8', 'ucs_basic', 'unicode')", order: "oid"},
	{name: "pg_conversion", where: "oid < 16384", order: "oid"},
	{name: "information_schema.sql_features", order: "feature_id, sub_feature_id"},
	{name: "information_schema.sql_implementation_info", order: "implementation_info_id"},
	{name: "information_schema.sql_parts", order: "feature_id"},
	{name: "information_schema.sql_sizing", order: "sizing_id"},
	{name: "pg_language", where: "oid < 16384", order: "oid"},
	{
		name: "pg_namespace", where: "nspname in ('pg_catalog', 'pg_toast', 'public', 'information_schema')", order: "oid",
		replace: map[string]string{"nspacl": "null"},
	},
	{name: "pg_opclass", where: "oid < 16384", order: "oid"},
	{name: "pg_operator", where: "oid < 16384", order: "oid"},
	{name: "pg_opfamily", where: "oid < 16384", order: "oid"},
	{
		name: "pg_proc", where: "oid < 16384", order: "oid",
		// Node trees are of use to the server alone; their text is not.
		replace: map[string]string{
			"proargdefaults": "pg_get_expr(proargdefaults, 0)",
			"prosqlbody":     "null",
			"proacl":         "null",
			"prosrc":         "case when prolang in (12, 13) or prosqlbody is not null then prosrc end",
		},
	},
	{name: "pg_range", where: "rngtypid < 16384", order: "rngtypid"},
	{
		name: "pg_settings", where: "name not like '%.%'", order: "name",
		// What the server's own configuration file or command line set is not built in.
		replace: map[string]string{
			"setting":         "case when context = 'internal' or source in ('default', 'override') and name !~ '_(file|directory)$' then setting else coalesce(boot_val, '') end",
			"reset_val":       "case when context = 'internal' or source in ('default', 'override') and name !~ '_(file|directory)$' then reset_val else coalesce(boot_val, '') end",
			"source":          "'default'",
			"sourcefile":      "null",
			"sourceline":      "null",
			"pending_restart": "false",
		},
	},
	{name: "pg_timezone_abbrevs", order: "abbrev"},
	{name: "pg_ts_config", where: "oid < 16384", order: "oid"},
	{name: "pg_ts_dict", where: "oid < 16384", order: "oid"},
	{name: "pg_type", where: "oid < 16384", order: "oid", replace: map[string]string{"typdefaultbin": "null", "typacl": "null"}},
}
