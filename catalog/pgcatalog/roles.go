package pgcatalog

import (
	"context"

	"github.com/sqlgateway/gateway/catalog"
)

// predefinedRoles are those that every PostgreSQL 15 has (the manual's chapter 22.5).
var predefinedRoles = []struct {
	oid  int64
	name string
}{
	{6171, "pg_database_owner"},
	{6181, "pg_read_all_data"},
	{6182, "pg_write_all_data"},
	{3373, "pg_monitor"},
	{3374, "pg_read_all_settings"},
	{3375, "pg_read_all_stats"},
	{3377, "pg_stat_scan_tables"},
	{4569, "pg_read_server_files"},
	{4570, "pg_write_server_files"},
	{4571, "pg_execute_server_program"},
	{4200, "pg_signal_backend"},
	{4544, "pg_checkpoint"},
}

// databaseOwner is the predefined role that owns schema public.
const databaseOwner = int64(6171)

// fillRoles fills pg_roles and pg_authid: the user, who is the one role that can log
// in, and the predefined ones.
func fillRoles(_ context.Context, env *catalog.VirtualEnv, yield func(record) bool) error {
	if !yield(role(ownerOID, env.User, true)) {
		return nil
	}
	for _, r := range predefinedRoles {
		if !yield(role(r.oid, r.name, false)) {
			return nil
		}
	}
	return nil
}

func role(oid int64, name string, login bool) record {
	return record{
		"oid": oid, "rolname": name, "rolsuper": false, "rolinherit": true, "rolcreaterole": false, "rolcreatedb": false,
		"rolcanlogin": login, "rolreplication": false, "rolbypassrls": false, "rolconnlimit": int32(-1), "rolpassword": "********",
	}
}

// fillMembers fills pg_auth_members: pg_monitor is a member of three others.
func fillMembers(_ context.Context, _ *catalog.VirtualEnv, yield func(record) bool) error {
	for _, group := range []int64{3374, 3375, 3377} {
		if !yield(record{"roleid": group, "member": int64(3373), "grantor": ownerOID, "admin_option": false}) {
			return nil
		}
	}
	return nil
}
