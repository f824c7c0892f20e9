package pgcatalog

import (
	"context"
	"slices"

	"github.com/sqlgateway/gateway/catalog"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// fillClass fills pg_class: relations, and the indexes of described ones.
func fillClass(ctx context.Context, env *catalog.VirtualEnv, yield func(record) bool) error {
	if listingDoes(env) {
		return eachEntry(ctx, env, func(e *catalog.Entry) bool { return yield(classOf(env, e)) })
	}
	return eachDescribed(ctx, env, func(d described) bool {
		rows := float64(-1)
		if d.Table.Rows >= 0 {
			rows = float64(float32(d.Table.Rows))
		}
		indexes := indexesOf(env, d)
		hasPrimary := len(indexes) > 0
		r := classOf(env, d.Entry)
		r["relnatts"], r["reltuples"], r["relpages"] = visibleColumns(d.Table), rows, pages(d)
		if d.Source != nil {
			r["relchecks"] = int32(len(d.Source.Checks)) //nolint:gosec // constraints
		}
		r["relhasindex"], r["relhastriggers"] = hasPrimary, mayRefer(d)
		ok := yield(r)
		for _, index := range indexes {
			ok = ok && yield(record{
				"oid": int64(index.oid), "relname": index.name, "relnamespace": int64(env.Snapshot.SchemaOID(d.Schema)),
				"relowner": ownerOID, "relkind": "i", "relnatts": int32(len(index.parts)), "relpersistence": "p", //nolint:gosec // columns
				"relispopulated": true, "relreplident": "n", "relam": index.accessMethod(), "reltuples": rows, "relpages": int32(min(index.pages, 1<<30)),
			})
		}
		for _, s := range sequencesOf(env, d) {
			ok = ok && yield(s.class(env, d))
		}
		return ok
	})
}

// listingDoes says that what a server's listing tells is enough: indexes and sequences are not
// wanted, nor what only a table's description has. psql's \dt and \dv ask so.
func listingDoes(env *catalog.VirtualEnv) bool {
	kinds, ok := env.Only["relkind"]
	if !ok || env.Read == nil || env.Read["relnatts"] || env.Read["reltuples"] || env.Read["relpages"] || env.Read["relhasindex"] || env.Read["relchecks"] || env.Read["relhastriggers"] {
		return false
	}
	return !slices.Contains(kinds, pgtypes.Datum("i")) && !slices.Contains(kinds, pgtypes.Datum("S"))
}

// classOf is the part of a row that needs no description.
func classOf(env *catalog.VirtualEnv, e *catalog.Entry) record {
	identity := "d"
	if relationKind(e) == "v" || isSystem(e.Schema) {
		identity = "n"
	}
	return record{
		"oid": int64(e.OID), "relname": e.Name, "relnamespace": int64(env.Snapshot.SchemaOID(e.Schema)),
		"relowner": ownerOID, "relkind": relationKind(e), "relpersistence": "p", "relispopulated": true,
		"relreplident": identity, "relam": accessMethod(e), "relchecks": int32(0),
	}
}

// mayRefer says that foreign keys may start or end here, which is what
// relhastriggers means to psql: it asks for them only then.
func mayRefer(d described) bool {
	return d.Source != nil && (d.Table.PrimaryKey || len(d.Source.ForeignKeys) > 0)
}

func pages(d described) int32 {
	if d.Source == nil || d.Source.Bytes < 0 {
		return 0
	}
	return int32(min(d.Source.Bytes/8192, 1<<30))
}

// accessMethod is heap's for tables, none for views.
func accessMethod(e *catalog.Entry) int64 {
	if relationKind(e) == "r" {
		return 2
	}
	return 0
}

// visibleColumns counts those that the catalogs list: hidden ones are for those who
// know their names, as system columns are.
func visibleColumns(t *translate.Table) int32 {
	n := int32(0)
	for i := range t.Columns {
		if !t.Columns[i].Hidden {
			n++
		}
	}
	return n
}
