package pgcatalog

import (
	"context"

	"github.com/sqlgateway/gateway/catalog"
)

// fillClass fills pg_class: relations, and the indexes of described ones.
func fillClass(ctx context.Context, env *catalog.VirtualEnv, yield func(record) bool) error {
	return eachDescribed(ctx, env, func(d described) bool {
		rows := float64(-1)
		if d.Table.Rows >= 0 {
			rows = float64(float32(d.Table.Rows))
		}
		indexes := indexesOf(env, d)
		hasPrimary := len(indexes) > 0
		ok := yield(record{
			"oid": int64(d.OID), "relname": d.Name, "relnamespace": int64(env.Snapshot.SchemaOID(d.Schema)),
			"relowner": ownerOID, "relkind": relationKind(d.Entry, d.Described), "relnatts": int32(len(d.Table.Columns)),
			"reltuples": rows, "relpages": pages(d), "relpersistence": "p", "relhasindex": hasPrimary,
			"relispopulated": true, "relreplident": "d", "relam": accessMethod(d), "relchecks": int32(0), "relhastriggers": mayRefer(d),
		})
		for _, index := range indexes {
			ok = ok && yield(record{
				"oid": int64(index.oid), "relname": index.name, "relnamespace": int64(env.Snapshot.SchemaOID(d.Schema)),
				"relowner": ownerOID, "relkind": "i", "relnatts": int32(len(index.attributes)), "relpersistence": "p",
				"relispopulated": true, "relreplident": "n", "relam": int64(403), "reltuples": rows,
			})
		}
		return ok
	})
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
func accessMethod(d described) int64 {
	if relationKind(d.Entry, d.Described) == "r" {
		return 2
	}
	return 0
}
