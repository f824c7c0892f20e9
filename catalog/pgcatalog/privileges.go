package pgcatalog

import (
	"context"

	"github.com/sqlgateway/gateway/catalog"
)

// Privileges are the sources' to check. The one role owns everything here, and an
// owner's privileges are what these relations show of a table without grants.

var (
	tablePrivileges  = []string{"INSERT", "SELECT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"}
	columnPrivileges = []string{"INSERT", "SELECT", "UPDATE", "REFERENCES"}
)

// fillTablePrivileges fills table_privileges and role_table_grants.
func fillTablePrivileges(ctx context.Context, env *catalog.VirtualEnv, yield func(record) bool) error {
	return eachEntry(ctx, env, func(e *catalog.Entry) bool {
		for _, privilege := range tablePrivileges {
			r := grant(env, e, privilege)
			r["with_hierarchy"] = yesNo(privilege == "SELECT")
			if !yield(r) {
				return false
			}
		}
		return true
	})
}

// fillColumnPrivileges fills column_privileges and role_column_grants.
func fillColumnPrivileges(ctx context.Context, env *catalog.VirtualEnv, yield func(record) bool) error {
	return eachDescribed(ctx, env, func(d described) bool {
		for i := range d.Table.Columns {
			if d.Table.Columns[i].Hidden {
				continue
			}
			for _, privilege := range columnPrivileges {
				r := grant(env, d.Entry, privilege)
				r["column_name"] = d.Table.Columns[i].Name
				if !yield(r) {
					return false
				}
			}
		}
		return true
	})
}

func grant(env *catalog.VirtualEnv, e *catalog.Entry, privilege string) record {
	return record{
		"grantor": env.User, "grantee": env.User, "table_catalog": env.Database, "table_schema": e.Schema, "table_name": e.Name,
		"privilege_type": privilege, "is_grantable": "YES",
	}
}

// fillEnabledRoles fills enabled_roles: the user.
func fillEnabledRoles(_ context.Context, env *catalog.VirtualEnv, yield func(record) bool) error {
	yield(record{"role_name": env.User})
	return nil
}
