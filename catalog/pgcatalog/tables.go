package pgcatalog

import (
	"context"
	"fmt"

	"github.com/sqlgateway/gateway/catalog"
	"github.com/sqlgateway/gateway/internal/pgerr"
)

// eachEntry visits all relations by name, the system's own too. A schema whose
// server can not be reached gives a warning, not an error: it hides nothing else.
func eachEntry(ctx context.Context, env *catalog.VirtualEnv, visit func(*catalog.Entry) bool) error {
	wanted := scopeFrom(ctx)
	for _, schema := range env.Snapshot.SchemaNames() {
		if wanted.schemas != nil && !wanted.schemas[schema] {
			continue
		}
		entries, err := env.Snapshot.Entries(ctx, schema)
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			warn(env, schema, err)
		}
		for _, entry := range entries {
			if wanted.wants(entry) && !visit(entry) {
				return nil
			}
		}
	}
	return nil
}

func warn(env *catalog.VirtualEnv, what string, err error) {
	e := pgerr.From(err)
	notice := pgerr.Notice("WARNING", pgerr.Warning, "%q is not complete: %s", what, e.Message)
	notice.Detail, notice.Hint = e.Detail, e.Hint
	env.Warn(notice)
}

// described is a relation with its columns.
type described struct {
	*catalog.Entry
	*catalog.Described
}

// eachDescribed visits all relations with their columns, asking the sources for
// several at a time.
func eachDescribed(ctx context.Context, env *catalog.VirtualEnv, visit func(described) bool) error {
	return eachFound(ctx, env, func(entry *catalog.Entry, found *catalog.Described, failed error, warned map[string]bool) bool {
		if found == nil {
			if server := entry.ServerOf(); server != nil && !warned[server.Name] && pgerr.Code(failed) != pgerr.UndefinedTable {
				warned[server.Name] = true
				warn(env, fmt.Sprintf("%s.%s", entry.Schema, entry.Name), failed)
			}
			return true
		}
		return visit(described{entry, found})
	})
}

func eachFound(ctx context.Context, env *catalog.VirtualEnv, visit func(entry *catalog.Entry, found *catalog.Described, failed error, warned map[string]bool) bool) error {
	var entries []*catalog.Entry
	if err := eachEntry(ctx, env, func(e *catalog.Entry) bool {
		entries = append(entries, e)
		return true
	}); err != nil {
		return err
	}
	found, failed := env.Snapshot.DescribeAll(ctx, entries)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	warned := map[string]bool{}
	for i, entry := range entries {
		if !visit(entry, found[i], failed[i], warned) {
			return nil
		}
	}
	return nil
}

// ownerOID is the OID of the one role that owns everything: Postgres's bootstrap
// superuser.
const ownerOID = int64(10)

// relationKind is pg_class.relkind of an entry, before it is described: tables of
// sources are shown as ordinary tables, since that is how they behave.
func relationKind(e *catalog.Entry) string {
	if kind := e.Kind(); kind != 0 {
		return string(rune(kind))
	}
	return "r"
}

func isSystem(schema string) bool { return schema == "pg_catalog" || schema == "information_schema" }
