package pgcatalog

import (
	"context"

	"github.com/sqlgateway/gateway/catalog"
)

// fillDepend fills pg_depend with what clients read of it: sequences on their columns,
// foreign keys on the unique indexes they refer to, those on their constraints.
func fillDepend(ctx context.Context, env *catalog.VirtualEnv, yield func(record) bool) error {
	return eachDescribed(ctx, env, func(d described) bool {
		for _, s := range sequencesOf(env, d) {
			kind := "a"
			if originOf(d, s.column).Identity != 0 {
				kind = "i"
			}
			r := dependency(classCatalog, int64(s.oid), classCatalog, int64(d.OID), kind)
			r["refobjsubid"] = int32(s.column + 1) //nolint:gosec // columns
			if !yield(r) {
				return false
			}
		}
		for _, f := range foreignKeysOf(ctx, env, d) {
			if f.unique != nil && !yield(dependency(constraintCatalog, int64(f.oid), classCatalog, int64(f.unique.oid), "n")) {
				return false
			}
		}
		for _, i := range indexesOf(env, d) {
			if i.constraint && !yield(dependency(classCatalog, int64(i.oid), constraintCatalog, int64(constraintOID(env, d, i)), "i")) {
				return false
			}
		}
		return true
	})
}

// constraintCatalog is the OID of pg_constraint.
const constraintCatalog = int64(2606)

func dependency(class, object, onClass, onObject int64, kind string) record {
	return record{
		"classid": class, "objid": object, "objsubid": int32(0), "refclassid": onClass, "refobjid": onObject, "refobjsubid": int32(0), "deptype": kind,
	}
}
