package pgcatalog

import (
	"context"

	"github.com/sqlgateway/gateway/catalog"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// fillStatIndexes fills pg_stat_user_indexes and pg_stat_all_indexes: which there are;
// the sources do not tell how often they are used.
func fillStatIndexes(ctx context.Context, env *catalog.VirtualEnv, yield func(record) bool) error {
	return eachDescribed(ctx, env, func(d described) bool {
		for _, i := range indexesOf(env, d) {
			if !yield(record{
				"relid": int64(d.OID), "indexrelid": int64(i.oid), "schemaname": d.Schema, "relname": d.Name, "indexrelname": i.name,
				"idx_scan": int64(0), "idx_tup_read": int64(0), "idx_tup_fetch": int64(0),
			}) {
				return false
			}
		}
		return true
	})
}

// indexColumnProperty is pg_index_column_has_property(index, column, property) for the
// access method that orders; others have none of its properties.
func indexColumnProperty(ctx context.Context, env *catalog.VirtualEnv, args []pgtypes.Datum) (pgtypes.Datum, error) {
	d, err := ownerDescribed(ctx, env, args[0])
	if err != nil || d.Entry == nil {
		return nil, err
	}
	for _, i := range indexesOf(env, d) {
		if int64(i.oid) != number(args[0]) {
			continue
		}
		at := int(number(args[1])) - 1
		if at < 0 || at >= len(i.parts) {
			return nil, nil
		}
		return i.property(at, args[2]), nil
	}
	return nil, nil
}

func (i index) property(at int, name pgtypes.Datum) pgtypes.Datum {
	descending, nullsFirst := i.parts[at].Option&1 != 0, i.parts[at].Option&2 != 0
	btree := i.accessMethod() == accessMethods["btree"]
	ordered := btree && at < len(i.attributes)
	switch name {
	case "asc":
		return ordered && !descending
	case "desc":
		return ordered && descending
	case "nulls_first":
		return ordered && nullsFirst
	case "nulls_last":
		return ordered && !nullsFirst
	case "orderable", "search_array", "search_nulls":
		return ordered
	case "returnable":
		return btree
	case "distance_orderable":
		return false
	}
	return nil
}
