package pgcatalog_test

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/backends/all"
	"github.com/sqlgateway/gateway/catalog"
	"github.com/sqlgateway/gateway/catalog/pgcatalog"
	"github.com/sqlgateway/gateway/exec"
	"github.com/sqlgateway/gateway/wire"
)

// relationCase compares the rows that a relation has for schema s.
type relationCase struct {
	name  string // with what follows it in FROM
	where string
	order string
	// shown are the columns that need an expression to be comparable, as OIDs do.
	shown map[string]string
	// differs are the columns that must differ, or do, with the reason.
	differs map[string]string
	// empty is why the relation has no rows here although the server has some.
	empty string
}

// oid is the reason of columns whose number means something on one server only.
const oid = "a number of one server's own"

var relationCases = []relationCase{
	{
		name: "pg_namespace", where: "nspname in ('s', 'public', 'pg_catalog', 'information_schema')", order: "nspname",
		shown:   map[string]string{"nspowner": "pg_get_userbyid(nspowner)"},
		differs: map[string]string{"oid": oid, "nspacl": "privileges are the sources' own", "nspowner": "one role owns everything"},
	},
	{
		name: "pg_class", where: "relnamespace = 's'::regnamespace and relkind in ('r','v','i')", order: "relname",
		shown: map[string]string{
			"relnamespace": "relnamespace::regnamespace", "relowner": "pg_get_userbyid(relowner)",
		},
		differs: map[string]string{
			"oid": oid, "reltype": "there are no row types of tables", "relfilenode": "a file of the source's", "reltoastrelid": "sources keep their own",
			"relpages": "estimated from the size", "reltuples": "an index has its table's", "relallvisible": "the source's own",
			"relfrozenxid": "the source's own", "relminmxid": "the source's own", "relchecks": "CHECK constraints are not told by sources",
			"relhasrules": "views are the source's", "relhastriggers": "also where keys may be referred to",
		},
	},
	{
		name: "pg_attribute", where: "attrelid in (select oid from pg_class where relnamespace = 's'::regnamespace and relkind in ('r','v','i')) and attnum > 0",
		order: "attrelid::regclass::text, attnum",
		shown: map[string]string{"attrelid": "attrelid::regclass", "atttypid": "atttypid::regtype", "attcollation": "(select collname from pg_collation where oid = attcollation)"},
		differs: map[string]string{
			"atttypid": "what a GIN index stores is its own", "attcollation": "that of an index's expression is not told",
		},
	},
	{
		name: "pg_attrdef", where: "adrelid in (select oid from pg_class where relnamespace = 's'::regnamespace)", order: "adrelid::regclass::text, adnum",
		shown:   map[string]string{"adrelid": "adrelid::regclass", "adbin": "pg_get_expr(adbin, adrelid)"},
		differs: map[string]string{"oid": oid},
	},
	{
		name: "pg_index", where: "indrelid in (select oid from pg_class where relnamespace = 's'::regnamespace)", order: "indexrelid::regclass::text",
		shown:   map[string]string{"indexrelid": "indexrelid::regclass", "indrelid": "indrelid::regclass", "indpred": "pg_get_expr(indpred, indrelid)", "indexprs": "pg_get_expr(indexprs, indrelid)"},
		differs: map[string]string{"indcollation": "that of an expression is not told"},
	},
	{
		name: "pg_constraint", where: "connamespace = 's'::regnamespace", order: "conname",
		shown: map[string]string{
			"connamespace": "connamespace::regnamespace", "conrelid": "conrelid::regclass", "confrelid": "confrelid::regclass", "conindid": "conindid::regclass",
			"conbin": "pg_get_constraintdef(oid)",
		},
		differs: map[string]string{"oid": oid},
	},
	{name: "pg_description", where: "objoid in (select oid from pg_class where relnamespace = 's'::regnamespace)", order: "objoid::regclass::text, objsubid", shown: map[string]string{"objoid": "objoid::regclass", "classoid": "classoid::regclass"}},
	{name: "pg_indexes", where: "schemaname = 's'", order: "indexname"},
	{name: "pg_tables", where: "schemaname = 's'", order: "tablename"},
	{name: "pg_views", where: "schemaname = 's'", order: "viewname"},
	{name: "pg_stats", where: "schemaname = 's'", order: "tablename, attname", empty: "values of sources stay there"},
	{name: "pg_sequences", where: "schemaname = 's'", order: "sequencename", differs: map[string]string{"last_value": "sources keep their counters"}},
	{name: "pg_database", where: "datname = current_database()", order: "datname", differs: map[string]string{"datfrozenxid": "the source's own", "datminmxid": "the source's own", "oid": oid}},
	{name: "pg_roles", where: "rolname = current_user", order: "rolname", differs: map[string]string{"rolsuper": "one role, whose rights are the sources' to say", "rolcreaterole": "one role, whose rights are the sources' to say", "rolcreatedb": "one role, whose rights are the sources' to say", "rolreplication": "one role, whose rights are the sources' to say", "rolbypassrls": "one role, whose rights are the sources' to say", "rolpassword": "never shown"}},
	{name: "pg_user", where: "usename = current_user", order: "usename", differs: map[string]string{"usesuper": "one role, whose rights are the sources' to say", "usecreatedb": "one role, whose rights are the sources' to say", "userepl": "one role, whose rights are the sources' to say", "usebypassrls": "one role, whose rights are the sources' to say", "passwd": "never shown"}},
	{name: "pg_am", where: "true", order: "oid"},
	{name: "pg_type", where: "oid < 10000", order: "oid"},
	{name: "pg_proc", where: "oid < 10000", order: "oid", differs: map[string]string{"proargdefaults": "a tree of nodes that only the server reads", "prosqlbody": "a tree of nodes that only the server reads", "prosrc": "bodies in SQL are not kept", "proacl": "privileges are the sources' own"}},
	{name: "pg_operator", where: "oid < 10000", order: "oid"},
	{name: "pg_cast", where: "true", order: "castsource, casttarget", differs: map[string]string{"oid": oid}},
	{name: "pg_aggregate", where: "aggfnoid::oid < 10000", order: "aggfnoid::oid"},
	{name: "pg_opclass", where: "true", order: "opcmethod, opcname, opcintype", differs: map[string]string{"oid": oid}},
	{name: "pg_opfamily", where: "true", order: "opfmethod, opfname", differs: map[string]string{"oid": oid}},
	{name: "pg_amop", where: "true", order: "amopfamily, amoplefttype, amoprighttype, amopstrategy", differs: map[string]string{"oid": oid}},
	{name: "pg_amproc", where: "true", order: "amprocfamily, amproclefttype, amprocrighttype, amprocnum", differs: map[string]string{"oid": oid}},
	{name: "pg_language", where: "true", order: "lanname"},
	{name: "pg_collation", where: "oid < 1000", order: "oid"},
	{name: "pg_conversion", where: "true", order: "conname"},
	{name: "pg_range", where: "true", order: "rngtypid"},
	{name: "pg_tablespace", where: "spcname = 'pg_default'", order: "oid"},
	{name: "pg_settings", where: "name in ('DateStyle', 'TimeZone', 'search_path', 'client_encoding', 'work_mem', 'server_version')", order: "name", differs: map[string]string{"source": "a configuration file of the server's own", "sourcefile": "a file of the server's own", "sourceline": "a file of the server's own", "boot_val": "the gateway starts in UTC"}},
	{name: "pg_timezone_names", where: "name in ('UTC', 'Asia/Tokyo')", order: "name", empty: "the gateway lists no zones"},
	{name: "pg_timezone_abbrevs", where: "abbrev in ('UTC', 'JST')", order: "abbrev"},
	{name: "pg_ts_config", where: "true", order: "cfgname"},
	{name: "information_schema.information_schema_catalog_name", where: "true", order: "1"},
	{name: "information_schema.schemata", where: "schema_name in ('s', 'public', 'pg_catalog')", order: "schema_name", differs: map[string]string{"schema_owner": "one role owns everything"}},
	{name: "information_schema.tables", where: "table_schema = 's'", order: "table_name", differs: map[string]string{"is_insertable_into": "whether a source's view can be written is not told"}},
	{name: "information_schema.tables t", where: "table_schema in ('pg_catalog', 'information_schema')", order: "table_name", differs: map[string]string{"is_insertable_into": "the gateway's own can not be written"}},
	{name: "information_schema.columns", where: "table_schema = 's'", order: "table_name, ordinal_position", differs: map[string]string{"is_updatable": "whether a source's view can be written is not told"}},
	{name: "information_schema.columns c", where: "table_name in ('pg_class', 'tables')", order: "table_name, ordinal_position", differs: map[string]string{"domain_catalog": "the domains of information_schema are their base types", "domain_schema": "the domains of information_schema are their base types", "domain_name": "the domains of information_schema are their base types"}},
	{name: "information_schema.views", where: "table_schema = 's'", order: "table_name", differs: map[string]string{"is_updatable": "whether a source's view can be written is not told", "is_insertable_into": "whether a source's view can be written is not told"}},
	{name: "information_schema.table_constraints", where: "table_schema = 's'", order: "constraint_name", shown: map[string]string{"constraint_name": "regexp_replace(constraint_name, '^\\d+_\\d+_', '')"}},
	{name: "information_schema.check_constraints", where: "constraint_schema = 's'", order: "constraint_name", shown: map[string]string{"constraint_name": "regexp_replace(constraint_name, '^\\d+_\\d+_', '')"}},
	{name: "information_schema.key_column_usage", where: "table_schema = 's'", order: "constraint_name, ordinal_position"},
	{name: "information_schema.constraint_column_usage", where: "table_schema = 's'", order: "constraint_name, column_name"},
	{name: "information_schema.constraint_table_usage", where: "table_schema = 's'", order: "constraint_name"},
	{name: "information_schema.referential_constraints", where: "constraint_schema = 's'", order: "constraint_name"},
	{name: "information_schema.column_privileges", where: "table_schema = 's'", order: "table_name, column_name, privilege_type"},
	{name: "information_schema.table_privileges", where: "table_schema = 's'", order: "table_name, privilege_type"},
	{name: "information_schema.role_table_grants", where: "table_schema = 's'", order: "table_name, privilege_type"},
	{name: "information_schema.enabled_roles", where: "role_name = current_user", order: "1"},
	{name: "information_schema.applicable_roles", where: "true", order: "1", empty: "there is one role, a member of none"},
	{name: "information_schema.sequences", where: "sequence_schema = 's'", order: "sequence_name"},
	{name: "information_schema.routines", where: "routine_name = 'lower'", order: "specific_name", empty: "built-in functions are in pg_proc"},
	{name: "information_schema.character_sets", where: "true", order: "1"},
	{name: "information_schema.element_types", where: "object_schema = 's'", order: "object_name, collection_type_identifier", empty: "not yet"},
	{name: "information_schema.view_table_usage", where: "view_schema = 's'", order: "1", empty: "not told by sources"},
	{name: "information_schema.sql_features", where: "true", order: "feature_id, sub_feature_id"},
	{name: "information_schema.sql_sizing", where: "true", order: "1"},
	{name: "information_schema.sql_implementation_info", where: "true", order: "1"},
}

// definitions make schema s on the server.
const definitions = `
create schema s; set search_path = s;
create table dept(id serial primary key, name varchar(30) not null unique, budget numeric(12,2) default 0 check (budget >= 0), code char(4), created timestamptz default now());
create table emp(id bigint generated always as identity primary key, dept_id int references dept(id) on delete cascade, "Odd Name" text collate "C", born date,
	tags text[], doc jsonb, salary money, ok boolean default false not null, gen int generated always as (1+1) stored, t time(3), iv interval, ts timestamp(0),
	b bytea, u uuid, r real, d double precision, s smallint, bits bit(3), vb bit varying(5), unique (dept_id, born));
create index emp_born on emp(born desc) where ok;
create index emp_both on emp(s, r nulls first);
create index emp_lower on emp(lower("Odd Name"));
create index emp_gin on emp using gin(doc);
create view v_emp as select id, born, ok from emp where ok;
create table nopk(a int, b text);
comment on table dept is 'departments';
comment on column dept.name is 'the name';
insert into dept(name) select 'd' || i from generate_series(1, 500) i;
analyze;`

// TestRelations compares what the system's relations hold, column by column, with the
// server whose schema the gateway serves.
func TestRelations(t *testing.T) {
	real, gateway := connections(t)
	for _, c := range relationCases {
		t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) { c.compare(t, real, gateway) })
	}
}

func (c relationCase) compare(t *testing.T, real, gateway *pgconn.PgConn) {
	bare, _, _ := strings.Cut(c.name, " ")
	columns := shape(t, real, bare)
	if got := shape(t, gateway, bare); !slices.Equal(fields(got), fields(columns)) {
		t.Errorf("the columns are\n%v, want\n%v", fields(got), fields(columns))
	}
	items := make([]string, len(columns))
	for i, f := range columns {
		items[i] = f.Name
		if shown := c.shown[f.Name]; shown != "" {
			items[i] = shown
		}
	}
	query := "select " + strings.Join(items, ", ") + " from " + c.name + " where " + c.where + " order by " + c.order
	want, got := ask(t, real, query), ask(t, gateway, query)
	if c.empty != "" {
		if len(got.Rows) > 0 || len(want.Rows) == 0 {
			t.Errorf("%d rows, the server has %d: it is no more as said, %s", len(got.Rows), len(want.Rows), c.empty)
		}
		return
	}
	if len(got.Rows) != len(want.Rows) {
		t.Errorf("%d rows, want %d:\n%s\nwant\n%s", len(got.Rows), len(want.Rows), some(got), some(want))
		return
	}
	for i, f := range columns {
		differences, first := 0, ""
		for r := range want.Rows {
			if cell(got.Rows[r][i]) != cell(want.Rows[r][i]) {
				if differences == 0 {
					first = fmt.Sprintf("%s, want %s, in %s", cell(got.Rows[r][i]), cell(want.Rows[r][i]), line(want.Rows[r]))
				}
				differences++
			}
		}
		_, allowed := c.differs[f.Name]
		if differences > 0 && !allowed {
			t.Errorf("%s: %d of %d rows: %s", f.Name, differences, len(want.Rows), first)
		}
	}
}

func cell(b []byte) string {
	if b == nil {
		return "NULL"
	}
	return "'" + string(b) + "'"
}

func line(row [][]byte) string {
	cells := make([]string, len(row))
	for i := range row {
		cells[i] = string(row[i])
	}
	return strings.Join(cells, "|")[:min(160, len(strings.Join(cells, "|")))]
}

func some(r *pgconn.Result) string {
	var lines []string
	for _, row := range r.Rows[:min(len(r.Rows), 25)] {
		lines = append(lines, line(row))
	}
	return strings.Join(lines, "\n")
}

// fields are the columns as the protocol describes them.
func fields(columns []pgconn.FieldDescription) (list []string) {
	for _, f := range columns {
		list = append(list, fmt.Sprintf("%s:%d:%d", f.Name, f.DataTypeOID, f.TypeModifier))
	}
	return list
}

func shape(t *testing.T, conn *pgconn.PgConn, relation string) []pgconn.FieldDescription {
	t.Helper()
	statement, err := conn.Prepare(t.Context(), "", "select * from "+relation, nil)
	if err != nil {
		t.Fatal(err)
	}
	return statement.Fields
}

func ask(t *testing.T, conn *pgconn.PgConn, query string) *pgconn.Result {
	t.Helper()
	results, err := conn.Exec(t.Context(), query).ReadAll()
	if err != nil || len(results) != 1 {
		t.Fatalf("%s: %v", query, err)
	}
	return results[0]
}

// connections gives a session of a database with schema s, and one of a gateway that
// serves it.
func connections(t *testing.T) (real, gateway *pgconn.PgConn) {
	source := os.Getenv("GATEWAY_TEST_POSTGRES")
	if source == "" {
		t.Skip("GATEWAY_TEST_POSTGRES is not set: the system's relations are compared with nothing")
	}
	u, err := url.Parse(source)
	if err != nil {
		t.Fatal(err)
	}
	admin := connect(t, source)
	const database = "gateway_relations"
	run(t, admin, "drop database if exists "+database+" with (force)")
	run(t, admin, "create database "+database)
	u.Path = "/" + database
	real = connect(t, u.String())
	run(t, real, definitions)
	run(t, real, "reset search_path")
	address := serve(t, map[string]string{"pg": fmt.Sprintf(`{"kind": "postgres", "dsn": %q}`, u.String())}, map[string]catalog.Mount{"s": {Server: "pg", Remote: "s"}}, database)
	return real, connect(t, "postgres://"+u.User.Username()+"@"+address+"/"+database+"?sslmode=disable")
}

func connect(t *testing.T, dsn string) *pgconn.PgConn {
	t.Helper()
	conn, err := pgconn.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func run(t *testing.T, conn *pgconn.PgConn, sql string) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), sql).ReadAll(); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// trust lets everybody in.
type trust struct{}

func (trust) Method(string, string, string) (wire.AuthMethod, error) { return wire.AuthTrust, nil }
func (trust) Verifier(string) (v wire.Verifier, ok bool)             { return v, false }

func serve(t *testing.T, servers map[string]string, mounts map[string]catalog.Mount, database string) (address string) {
	definition := &catalog.Definition{Database: database, Servers: map[string]backends.Config{}, Schemas: mounts}
	for name, text := range servers {
		config, err := backends.ParseConfig([]byte(text), all.Kinds())
		if err != nil {
			t.Fatal(err)
		}
		definition.Servers[name] = config
	}
	c, err := catalog.New(definition, catalog.Options{Kinds: all.Kinds(), Env: backends.Env{Folder: t.TempDir()}, Virtuals: pgcatalog.Relations(), MetadataTimeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	engine := exec.New(exec.Config{Catalog: c, Functions: pgcatalog.Functions(), TempDir: t.TempDir()})
	server := wire.New(wire.Config{Authenticator: trust{}, Handler: engine})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(context.Background(), listener) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = server.Shutdown(ctx)
		_ = c.Close()
	})
	return listener.Addr().String()
}
