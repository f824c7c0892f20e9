package pgcatalog

import (
	"context"

	"github.com/sqlgateway/gateway/catalog"
)

// eachView visits the views of sources.
func eachView(ctx context.Context, env *catalog.VirtualEnv, visit func(described) bool) error {
	return eachDescribed(ctx, env, func(d described) bool {
		return d.Source == nil || relationKind(d.Entry) != "v" || visit(d)
	})
}

// fillViews fills pg_views. The definition is the source's, in its own names.
func fillViews(ctx context.Context, env *catalog.VirtualEnv, yield func(record) bool) error {
	return eachView(ctx, env, func(d described) bool {
		return yield(record{"schemaname": d.Schema, "viewname": d.Name, "viewowner": env.User, "definition": orNull(d.Source.Definition)})
	})
}

// fillInformationViews fills information_schema.views.
func fillInformationViews(ctx context.Context, env *catalog.VirtualEnv, yield func(record) bool) error {
	return eachView(ctx, env, func(d described) bool {
		return yield(record{
			"table_catalog": env.Database, "table_schema": d.Schema, "table_name": d.Name, "view_definition": orNull(d.Source.Definition),
			"check_option": "NONE", "is_updatable": "NO", "is_insertable_into": "NO",
			"is_trigger_updatable": "NO", "is_trigger_deletable": "NO", "is_trigger_insertable_into": "NO",
		})
	})
}

// fillTableUsage fills constraint_table_usage: of a reference, the table referred to.
func fillTableUsage(ctx context.Context, env *catalog.VirtualEnv, yield func(record) bool) error {
	return eachDescribed(ctx, env, func(d described) bool {
		ok := true
		add := func(table described, name string) {
			ok = ok && yield(record{
				"table_catalog": env.Database, "table_schema": table.Schema, "table_name": table.Name,
				"constraint_catalog": env.Database, "constraint_schema": d.Schema, "constraint_name": name,
			})
		}
		for _, i := range indexesOf(env, d) {
			if i.constraint {
				add(d, i.name)
			}
		}
		for _, f := range foreignKeysOf(ctx, env, d) {
			add(f.target, f.name)
		}
		return ok
	})
}
