package pgcatalog

import (
	"context"
	"fmt"
	"time"

	"github.com/sqlgateway/gateway/catalog"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// fillNamespace fills pg_namespace.
func fillNamespace(_ context.Context, env *catalog.VirtualEnv, yield func(record) bool) error {
	for _, name := range env.Snapshot.SchemaNames() {
		owner := ownerOID
		if name == "public" {
			owner = databaseOwner
		}
		if !yield(record{"oid": int64(env.Snapshot.SchemaOID(name)), "nspname": name, "nspowner": owner}) {
			return nil
		}
	}
	yield(record{"oid": toastNamespace, "nspname": "pg_toast", "nspowner": ownerOID})
	return nil
}

// toastNamespace is pg_toast, which is empty here: clients leave it out by name.
const toastNamespace = int64(99)

// OIDs of the catalogs that pg_description speaks of.
const (
	classCatalog     = int64(1259)
	namespaceCatalog = int64(2615)
)

// fillDescription fills pg_description: comments of sources, and of schemas where
// they come from and whether their server answers.
func fillDescription(ctx context.Context, env *catalog.VirtualEnv, yield func(record) bool) error {
	for _, name := range env.Snapshot.SchemaNames() {
		text := schemaComment(env, name)
		if text == "" {
			continue
		}
		if !yield(record{"objoid": int64(env.Snapshot.SchemaOID(name)), "classoid": namespaceCatalog, "objsubid": int32(0), "description": text}) {
			return nil
		}
	}
	if !yield(record{"objoid": toastNamespace, "classoid": namespaceCatalog, "objsubid": int32(0), "description": "reserved schema for TOAST tables"}) {
		return nil
	}
	return eachDescribed(ctx, env, func(d described) bool {
		if d.Source == nil {
			return true
		}
		for i, text := range append([]string{d.Source.Comment}, d.Source.ColumnComments...) {
			if text == "" {
				continue
			}
			if !yield(record{"objoid": int64(d.OID), "classoid": classCatalog, "objsubid": int32(i), "description": text}) { //nolint:gosec // columns
				return false
			}
		}
		return true
	})
}

func schemaComment(env *catalog.VirtualEnv, name string) string {
	switch name {
	case "pg_catalog":
		return "system catalog schema"
	case "public":
		return "standard public schema"
	}
	server, mount := env.Snapshot.MountOf(name)
	if server == nil {
		return ""
	}
	text := fmt.Sprintf("%s on server %s (%s)", mount.Remote, server.Name, server.Backend.Kind())
	if since, _ := server.Failing(); !since.IsZero() {
		text += ", unreachable since " + since.UTC().Format(time.RFC3339)
	}
	return text
}

// fillDatabase fills pg_database: there is one.
func fillDatabase(_ context.Context, env *catalog.VirtualEnv, yield func(record) bool) error {
	yield(record{
		"oid": databaseOID(env), "datname": env.Database, "datdba": ownerOID, "encoding": int32(6), "datlocprovider": "c",
		"datallowconn": true, "datconnlimit": int32(-1), "dattablespace": int64(1663), "datcollate": "C.UTF-8", "datctype": "C.UTF-8",
	})
	return nil
}

func databaseOID(env *catalog.VirtualEnv) int64 {
	return int64(env.Snapshot.ObjectOID("database", env.Database))
}

// fillTablespace fills pg_tablespace.
func fillTablespace(_ context.Context, _ *catalog.VirtualEnv, yield func(record) bool) error {
	if yield(record{"oid": int64(1663), "spcname": "pg_default", "spcowner": ownerOID}) {
		yield(record{"oid": int64(1664), "spcname": "pg_global", "spcowner": ownerOID})
	}
	return nil
}

// fillUser fills the view pg_user.
func fillUser(_ context.Context, env *catalog.VirtualEnv, yield func(record) bool) error {
	yield(record{"usename": env.User, "usesysid": ownerOID, "usecreatedb": false, "usesuper": false, "userepl": false, "usebypassrls": false})
	return nil
}

// fillServer fills pg_foreign_server with the configured servers.
func fillServer(_ context.Context, env *catalog.VirtualEnv, yield func(record) bool) error {
	for _, s := range env.Snapshot.Servers() {
		if !yield(record{
			"oid": int64(env.Snapshot.ObjectOID("server", s.Name)), "srvname": s.Name, "srvowner": ownerOID,
			"srvfdw": int64(env.Snapshot.ObjectOID("wrapper", string(s.Backend.Kind()))),
		}) {
			return nil
		}
	}
	return nil
}

// fillWrapper fills pg_foreign_data_wrapper with the kinds in use.
func fillWrapper(_ context.Context, env *catalog.VirtualEnv, yield func(record) bool) error {
	seen := map[string]bool{}
	for _, s := range env.Snapshot.Servers() {
		kind := string(s.Backend.Kind())
		if seen[kind] {
			continue
		}
		seen[kind] = true
		if !yield(record{"oid": int64(env.Snapshot.ObjectOID("wrapper", kind)), "fdwname": kind, "fdwowner": ownerOID}) {
			return nil
		}
	}
	return nil
}

// fillSettings fills pg_settings.
func fillSettings(_ context.Context, env *catalog.VirtualEnv, yield func(record) bool) error {
	for _, s := range env.Settings() {
		r := record{
			"name": s.Name, "setting": s.Value, "category": s.Category, "short_desc": s.ShortDesc, "context": s.Context,
			"vartype": s.Type, "source": s.Source, "boot_val": s.Boot, "reset_val": s.Reset, "pending_restart": false,
		}
		if s.ExtraDesc != "" {
			r["extra_desc"] = s.ExtraDesc
		}
		if s.Unit != "" {
			r["unit"] = s.Unit
		}
		if s.Min != "" {
			r["min_val"], r["max_val"] = s.Min, s.Max
		}
		if len(s.Enum) > 0 {
			r["enumvals"] = textArray(s.Enum)
		}
		if !yield(r) {
			return nil
		}
	}
	return nil
}

func textArray(list []string) pgtypes.Array {
	values := make([]pgtypes.Datum, len(list))
	for i, v := range list {
		values[i] = v
	}
	return arrayOf(pgtypes.OIDText, values)
}

// fillPrepared fills pg_prepared_statements.
func fillPrepared(_ context.Context, env *catalog.VirtualEnv, yield func(record) bool) error {
	for _, p := range env.Prepared() {
		types := make([]pgtypes.Datum, len(p.Params))
		for i, oid := range p.Params {
			types[i] = int64(oid)
		}
		if !yield(record{"name": p.Name, "statement": p.Text, "parameter_types": arrayOf(pgtypes.OIDRegtype, types), "from_sql": p.FromSQL}) {
			return nil
		}
	}
	return nil
}

// fillActivity fills pg_stat_activity.
func fillActivity(_ context.Context, env *catalog.VirtualEnv, yield func(record) bool) error {
	for _, s := range env.Sessions() {
		r := record{
			"datid": databaseOID(env), "datname": s.Database, "pid": int32(s.PID), "usesysid": ownerOID, "usename": s.User,
			"application_name": s.Application, "state": s.State, "query": s.Query, "backend_type": "client backend",
			"backend_start": s.BackendStart, "state_change": s.StateChange,
		}
		if s.QueryStart != 0 {
			r["query_start"] = s.QueryStart
		}
		if !yield(r) {
			return nil
		}
	}
	return nil
}

// fillTables fills the view pg_tables.
func fillTables(ctx context.Context, env *catalog.VirtualEnv, yield func(record) bool) error {
	row := func(e *catalog.Entry) record {
		return record{
			"schemaname": e.Schema, "tablename": e.Name, "tableowner": env.User, "hasindexes": false,
			"hasrules": false, "hastriggers": false, "rowsecurity": false,
		}
	}
	if env.Read != nil && !env.Read["hasindexes"] && !env.Read["hastriggers"] {
		return eachEntry(ctx, env, func(e *catalog.Entry) bool { return relationKind(e) != "r" || yield(row(e)) })
	}
	return eachDescribed(ctx, env, func(d described) bool {
		r := row(d.Entry)
		r["hasindexes"], r["hastriggers"] = len(indexesOf(env, d)) > 0, mayRefer(d)
		return relationKind(d.Entry) != "r" || yield(r)
	})
}

// fillStatTables fills pg_stat_user_tables as far as the sources tell.
func fillStatTables(ctx context.Context, env *catalog.VirtualEnv, yield func(record) bool) error {
	return eachDescribed(ctx, env, func(d described) bool {
		if isSystem(d.Schema) {
			return true
		}
		return yield(record{"relid": int64(d.OID), "schemaname": d.Schema, "relname": d.Name, "n_live_tup": int64(max(d.Table.Rows, 0))})
	})
}
