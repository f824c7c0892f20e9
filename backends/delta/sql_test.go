package delta

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/catalog"
	"github.com/sqlgateway/gateway/catalog/gatewayschema"
	"github.com/sqlgateway/gateway/catalog/pgcatalog"
	"github.com/sqlgateway/gateway/exec"
	"github.com/sqlgateway/gateway/translate"
	"github.com/sqlgateway/gateway/wire"
)

// sqlConn serves a folder of Delta tables and connects to it. The schema lake is the
// folder, and old.t the first version of its table t.
func sqlConn(t testing.TB, root string, config Config) *pgx.Conn {
	t.Helper()
	config.URL = root
	definition := &catalog.Definition{
		Database: "db", DefaultServer: "lake", Servers: map[string]backends.Config{"lake": &config},
		Schemas: map[string]catalog.Mount{"lake": {Server: "lake", Remote: "."}},
		Tables: map[string]catalog.Mapping{
			"old.t": {Server: "lake", Remote: translate.RemoteName{Name: "t@v1"}},
		},
	}
	c, err := catalog.New(definition, catalog.Options{
		Kinds: []backends.KindSpec{Spec()}, Virtuals: append(pgcatalog.Relations(), gatewayschema.Relations()...), TableFunctions: gatewayschema.Functions(),
	})
	if err != nil {
		t.Fatal(err)
	}
	server := wire.New(wire.Config{
		Handler: exec.New(exec.Config{Catalog: c, Functions: pgcatalog.Functions(), TempDir: t.TempDir()}), Authenticator: trust{},
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, listener) }()
	conn, err := pgx.Connect(t.Context(), "postgres://u@"+listener.Addr().String()+"/db?sslmode=disable&search_path=lake&timezone=UTC&default_query_exec_mode=simple_protocol")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = conn.Close(context.Background())
		stop()
		<-served
		_ = c.Close()
	})
	return conn
}

type trust struct{}

func (trust) Method(string, string, string) (wire.AuthMethod, error) { return wire.AuthTrust, nil }
func (trust) Verifier(string) (v wire.Verifier, ok bool)             { return v, false }

// answer runs a statement: its rows, values by commas, or its error's SQLSTATE and text.
func answer(t testing.TB, conn *pgx.Conn, sql string) string {
	t.Helper()
	rows, err := conn.Query(context.Background(), sql)
	if err != nil {
		return err.Error()
	}
	defer rows.Close()
	var lines []string
	for rows.Next() {
		cells := make([]string, len(rows.RawValues()))
		for i, raw := range rows.RawValues() {
			if cells[i] = string(raw); raw == nil {
				cells[i] = "NULL"
			}
		}
		lines = append(lines, strings.Join(cells, ","))
	}
	if err := rows.Err(); err != nil {
		return err.Error()
	}
	return strings.Join(lines, "\n")
}

func expect(t testing.TB, conn *pgx.Conn, sql, want string) {
	t.Helper()
	if got := answer(t, conn, sql); got != want && (want == "" || !strings.Contains(got, want)) {
		t.Errorf("%s\n   got: %s\n  want: %s", sql, got, want)
	}
}

// TestTimeTravel reads old versions by name, by setting and by time, and lists them.
func TestTimeTravel(t *testing.T) {
	root := t.TempDir()
	conn := sqlConn(t, root, *NewConfig())
	for i, sql := range []string{
		"create table t (id bigint not null, p text)", "insert into t values (1, 'a')", "insert into t values (2, 'b')",
		"truncate t", "insert into t values (3, 'c')",
	} {
		expect(t, conn, sql, "")
		at := time.Date(2026, 1, 1+i, 0, 0, 0, 0, time.UTC)
		if err := os.Chtimes(filepath.Join(root, "t", logFolder, fmt.Sprintf("%020d.json", i)), at, at); err != nil {
			t.Fatal(err)
		}
	}
	expect(t, conn, "select * from t", "3,c")
	expect(t, conn, "select * from old.t", "1,a")
	expect(t, conn, `select * from "t@v2" order by id`, "1,a\n2,b")
	expect(t, conn, "insert into old.t values (9, 'x')", "it is read as of an older version (SQLSTATE 0A000)")
	expect(t, conn, "set gateway.delta_as_of = '2'", "")
	expect(t, conn, "select * from t order by 1", "1,a\n2,b")
	expect(t, conn, "select count(*) from t a join t b using (id)", "2")
	expect(t, conn, "set gateway.delta_as_of = '2026-01-04 12:00:00'", "")
	expect(t, conn, "select count(*) from t", "0")
	expect(t, conn, "set gateway.delta_as_of = '2025-01-01'", "")
	expect(t, conn, "select count(*) from t", "has no version as of 2025-01-01T00:00:00Z (SQLSTATE 22023)")
	expect(t, conn, "set gateway.delta_as_of = '99'", "")
	expect(t, conn, "select count(*) from t", "has no version 99 (SQLSTATE 22023)")
	expect(t, conn, "set gateway.delta_as_of = 'long ago'", "")
	expect(t, conn, "select count(*) from t", "(SQLSTATE 22007)")
	// What was there comes back.
	expect(t, conn, "set gateway.delta_as_of = '2'", "")
	expect(t, conn, "insert into t select * from t", "")
	expect(t, conn, "reset gateway.delta_as_of", "")
	expect(t, conn, "select * from t order by 1", "1,a\n2,b\n3,c")
	expect(t, conn, "select version, committed, operation, parameters->>'mode', metrics->>'numOutputRows', engine, blind_append from gateway.delta_history('lake', 't') where version < 5",
		"4,2026-01-05 00:00:00+00,WRITE,Append,1,sqlgateway,t\n3,2026-01-04 00:00:00+00,WRITE,Overwrite,0,sqlgateway,f\n"+
			"2,2026-01-03 00:00:00+00,WRITE,Append,1,sqlgateway,t\n1,2026-01-02 00:00:00+00,WRITE,Append,1,sqlgateway,t\n"+
			"0,2026-01-01 00:00:00+00,CREATE TABLE,Append,0,sqlgateway,t")
	expect(t, conn, "select * from gateway.delta_history('lake', 'nosuch')", `relation "nosuch" does not exist (SQLSTATE 42P01)`)
}

// TestSQL defines, fills and changes tables by statements.
func TestSQL(t *testing.T) {
	root := t.TempDir()
	conn := sqlConn(t, root, Config{PartitionColumns: []string{"day"}})
	for _, c := range [][2]string{
		{"create table t (id bigint not null, name varchar(5), at timestamp(3), day date, doc jsonb, amount numeric(8,2))", ""},
		{"create table t (id bigint)", `relation "t" already exists (SQLSTATE 42P07)`},
		{"create table k (id bigint primary key)", "keys of Delta tables are not supported"},
		{"create table k (id bigint, g point)", "type point can not be kept in a Delta table (SQLSTATE 0A000)"},
		{`insert into t select i, 'n' || i, '2026-01-01 00:00:00.5', date '2026-01-01' + i % 3, '{"b": 1, "a": [2]}', i * 1.5 from generate_series(1, 9) i`, ""},
		{"insert into t (id) values (null)", `null value in column "id" of relation "t" violates not-null constraint (SQLSTATE 23502)`},
		{"insert into t (id, name) values (10, 'too long')", "value too long for type character varying(5) (SQLSTATE 22001)"},
		{"insert into t (id) values (10)", ""},
		{"select day, count(*), sum(amount) from t group by day order by day", "2026-01-01,3,27.00\n2026-01-02,3,18.00\n2026-01-03,3,22.50\nNULL,1,NULL"},
		{"select * from t where day = '2026-01-02' and id < 3", `1,n1,2026-01-01 00:00:00.5,2026-01-02,{"a": [2], "b": 1},1.50`},
		{"update t set name = 'x' || id where id in (1, 10)", ""},
		{"delete from t where day = '2026-01-03' returning id", "2\n5\n8"},
		{"select id, name from t order by id", "1,x1\n3,n3\n4,n4\n6,n6\n7,n7\n9,n9\n10,x10"},
		{"update t set _row = 1", `cannot assign to system column "_row" (SQLSTATE 0A000)`},
		{"update t set id = null where id = 3", `null value in column "id" of relation "t" violates not-null constraint (SQLSTATE 23502)`},
		{"insert into t (id, _row) values (1, 1)", `column "_row" of relation "t" does not exist`},
		{"update t set amount = amount * 2, day = day + 10 where day = '2026-01-02' returning id, amount, day", "4,12.00,2026-01-12\n7,21.00,2026-01-12\n1,3.00,2026-01-12"},
		{"begin; update t set name = 'a' where id < 5; insert into t (id) values (11); delete from t where id in (4, 11); update t set name = name || 'b' where id < 4; commit", ""},
		{"select id, name, amount, day from t order by id", "1,ab,3.00,2026-01-12\n3,ab,4.50,2026-01-01\n6,n6,9.00,2026-01-01\n7,n7,21.00,2026-01-12\n9,n9,13.50,2026-01-01\n10,x10,NULL,NULL"},
		{"select count(distinct _file), count(distinct (_file, _row)) from t", "5,6"},
		{"select count(*) from information_schema.columns where table_name = 't' and table_schema = 'lake'", "6"},
		{"select relnatts from pg_class where relname = 't'", "6"},
		{"delete from t using (select 3 as k union all select 3) d where id = d.k", ""},
		{"begin; insert into t (id) values (20); savepoint a; insert into t (id) values (21); rollback to a; commit", ""},
		{"select max(id), count(*) from t", "20,6"},
		{"begin; truncate t; insert into t (id) values (30); rollback", ""},
		{"begin; delete from t where id = 20; rollback", ""},
		{"select max(id), count(*) from t", "20,6"},
		{"create table copied as select * from t", ""},
		{"select count(*), pg_typeof(min(at)) from copied", "6,timestamp without time zone"},
		{"begin; insert into t (id) values (1); insert into copied (id) values (1)", "can not change \"copied\" too (SQLSTATE 0A000)"},
		{"rollback", ""},
		{"insert into t (id, day) values (1, 'infinity')", "an infinite date can not be kept in a Delta table (SQLSTATE 22008)"},
		{"drop table copied", ""},
		{"select count(*) from copied", `relation "copied" does not exist (SQLSTATE 42P01)`},
		{"select table_name from information_schema.tables where table_schema = 'lake'", "t"},
		{"set gateway.pushdown = off", ""},
		{"select count(*) from t where day = '2026-01-12'", "2"},
	} {
		expect(t, conn, c[0], c[1])
	}
	expected := t.TempDir()
	oracle(t, "dump", root, expected)
	compareAll(t, root, expected, nil)
	files, err := filepath.Glob(filepath.Join(root, "t", "day=*", "*.parquet"))
	if err != nil || len(files) == 0 {
		t.Errorf("no files by day: %v, %v", files, err)
	}
}

// TestPruning asks for a fortieth of a table of 200 files: less than a fiftieth of its
// bytes are read, and EXPLAIN says so.
func TestPruning(t *testing.T) {
	root := t.TempDir()
	conn := sqlConn(t, root, Config{PartitionColumns: []string{"day"}})
	for _, sql := range []string{
		"create table f (day date, id bigint, v double precision, s text)",
		`insert into f select date '2026-01-01' + i / 1000, i, i / 7.0, md5(i::text) from generate_series(0, 199999) i`,
	} {
		expect(t, conn, sql, "")
	}
	files, _ := filepath.Glob(filepath.Join(root, "f", "day=*", "*.parquet"))
	if len(files) != 200 {
		t.Fatalf("%d files", len(files))
	}
	total := int64(0)
	for _, name := range files {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		total += info.Size()
	}
	read := regexp.MustCompile(`Bytes: (\d+) read, (\d+) skipped`)
	for _, c := range [][2]string{
		{"select count(*), sum(v) from f where day = '2026-02-02'", "1 read, 199 skipped"},
		{"select s from f where day between '2026-03-01' and '2026-03-02'", "2 read, 198 skipped"},
		{"select s from f where id = 77777", "1 read, 199 skipped"},
		{"select s from f where id in (5, 150001)", "2 read, 198 skipped"},
	} {
		plan := answer(t, conn, "explain (analyze) "+c[0])
		found := read.FindStringSubmatch(plan)
		if found == nil || !strings.Contains(plan, c[1]) {
			t.Errorf("%s\n%s", c[0], plan)
			continue
		}
		if n, _ := strconv.ParseInt(found[1], 10, 64); n*50 > total {
			t.Errorf("%s: %d bytes of %d were read", c[0], n, total)
		}
	}
	expect(t, conn, "select count(*) from f where id between 500 and 150500", "150001")
	expect(t, conn, "select count(*) from f where day is null", "0")
}
