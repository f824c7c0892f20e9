package faults_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"go.uber.org/goleak"
	_ "modernc.org/sqlite"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/backends/all"
	"github.com/sqlgateway/gateway/backends/backendtest"
	"github.com/sqlgateway/gateway/catalog"
	"github.com/sqlgateway/gateway/catalog/pgcatalog"
	"github.com/sqlgateway/gateway/exec"
	"github.com/sqlgateway/gateway/internal/eventloop"
	"github.com/sqlgateway/gateway/translate"
	"github.com/sqlgateway/gateway/wire"
)

// arrowMemory counts the Arrow memory of all of these tests, but for what sources
// read, which sourceMemory counts: told apart from the default, no source pools it.
var (
	arrowMemory  = memory.NewCheckedAllocator(memory.NewGoAllocator())
	sourceMemory = memory.NewCheckedAllocator(memory.NewGoAllocator())
)

func TestMain(m *testing.M) {
	memory.DefaultAllocator = arrowMemory
	code := m.Run()
	if err := dropAll(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// remote is the schema, and MariaDB's database, of this process alone.
var remote = fmt.Sprintf("gateway_faults_%d", os.Getpid())

// dropAll removes what the tests have made at the real servers.
func dropAll() error {
	if source := os.Getenv("GATEWAY_TEST_POSTGRES"); source != "" {
		conn, err := pgx.Connect(context.Background(), source)
		if err != nil {
			return err
		}
		defer conn.Close(context.Background())
		if _, err := conn.Exec(context.Background(), "drop schema if exists "+remote+" cascade"); err != nil {
			return err
		}
	}
	dsn := os.Getenv("GATEWAY_TEST_MARIADB")
	if dsn == "" {
		return nil
	}
	db, err := sql.Open("mysql", dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.Exec("drop database if exists " + remote)
	return err
}

// patience is how long a thing may take on a machine that is busy; what is waited
// for usually takes milliseconds.
const patience = 30 * time.Second

// site is a gateway over a PostgreSQL behind a proxy (schema pg), a SQLite file
// (schema lite) and files (schema lake), with one table, numbers(n bigint, t text), in
// each.
type site struct {
	t       *testing.T
	wire    wire.Config // what a test wants otherwise
	proxy   *backendtest.Proxy
	server  *wire.Server
	engine  *exec.Engine
	catalog *catalog.Catalog
	address string
	temp    string
	direct  string // the PostgreSQL itself

	definition *catalog.Definition
	label      string // application_name of the gateway's own connections there
	close      func()
}

// rows is how many each table has.
const rows = 50_000

// schema makes the PostgreSQL tables, once.
var schema = sync.OnceValue(func() error {
	conn, err := pgx.Connect(context.Background(), os.Getenv("GATEWAY_TEST_POSTGRES"))
	if err != nil {
		return err
	}
	defer conn.Close(context.Background())
	_, err = conn.Exec(context.Background(), fmt.Sprintf(`create schema %[2]s;
		create table %[2]s.numbers as select n::bigint, 'row ' || n as t from generate_series(1, %[1]d) n;
		create view %[2]s.slow as select 1 as n, pg_sleep(60)::text as t;
		create view %[2]s.slow_for as select n, pg_sleep(n)::text as t from generate_series(0, 99) n;
		create view %[2]s.wrong as select 100 / (n - 40000) as n, repeat('x', 200) as t from %[2]s.numbers;
		create table %[2]s.kept (n bigint)`, rows, remote))
	return err
})

// start serves; everything is checked for leaks when the test ends. Tests that want
// another server change its configuration.
func start(t *testing.T, changes ...func(*wire.Config)) *site {
	t.Helper()
	source := os.Getenv("GATEWAY_TEST_POSTGRES")
	if source == "" && os.Getenv("GATEWAY_CI") != "" {
		t.Fatal("GATEWAY_TEST_POSTGRES must name a real server: run .ci/services up")
	}
	if source == "" {
		t.Skip("GATEWAY_TEST_POSTGRES is not set: faults of a source are not tried")
	}
	if err := schema(); err != nil {
		t.Fatal(err)
	}
	ignore := goleak.IgnoreCurrent()
	config, err := pgconn.ParseConfig(source)
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, temp: t.TempDir(), direct: source, label: "faults_" + t.Name()}
	s.wire = wire.Config{Authenticator: trust{}, MaxConnections: 2000}
	for _, change := range changes {
		change(&s.wire)
	}
	files := len(openFiles())
	t.Cleanup(func() {
		goleak.VerifyNone(t, ignore)
		if after := openFiles(); len(after) > files+5 {
			t.Errorf("%d files are open, there were %d: %s", len(after), files, after)
		}
	})
	s.proxy = backendtest.NewProxy(t, net.JoinHostPort(config.Host, fmt.Sprint(config.Port)))
	s.definition = s.define(map[string]string{
		"pg":   fmt.Sprintf(`{"kind": "postgres", "dsn": %q}`, through(t, source, s.proxy.Address(), s.label)),
		"lite": fmt.Sprintf(`{"kind": "sqlite", "location": %q}`, sqliteFile(t)),
		"lake": fmt.Sprintf(`{"kind": "object_store", "url": "file://%s"}`, lakeFolder(t)),
	}, map[string]catalog.Mount{"pg": {Server: "pg", Remote: remote}, "lite": {Server: "lite", Remote: "main"}})
	s.definition.Tables = map[string]catalog.Mapping{"lake.numbers": {Server: "lake", Remote: translate.RemoteName{Name: "numbers/"}}}
	s.serve()
	return s
}

// openFiles names this process's files and sockets; none where nobody can tell. Pipes
// are left out: the runtime pools those it copies sockets with.
func openFiles() (names []string) {
	files, _ := os.ReadDir("/proc/self/fd")
	for _, f := range files {
		name, err := os.Readlink("/proc/self/fd/" + f.Name())
		if err == nil && !strings.HasPrefix(name, "pipe:") {
			names = append(names, name)
		}
	}
	return names
}

// lakeFolder has the table in files of JSON lines.
func lakeFolder(t *testing.T) string {
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "numbers"), 0o700); err != nil {
		t.Fatal(err)
	}
	const files = 5
	for i := range files {
		var lines bytes.Buffer
		for n := i*rows/files + 1; n <= (i+1)*rows/files; n++ {
			fmt.Fprintf(&lines, "{\"n\": %d, \"t\": \"row %d\"}\n", n, n)
		}
		if err := os.WriteFile(filepath.Join(folder, "numbers", fmt.Sprintf("%d.jsonl", i)), lines.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// through is the URL of a server, by way of a proxy.
func through(t *testing.T, source, proxy, label string) string {
	u, err := url.Parse(source)
	if err != nil {
		t.Fatal(err)
	}
	u.Host = proxy
	query := u.Query()
	query.Set("application_name", label)
	query.Set("sslmode", "disable")
	u.RawQuery = query.Encode()
	return u.String()
}

func sqliteFile(t *testing.T) string {
	file := filepath.Join(t.TempDir(), "numbers.db")
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	fill := fmt.Sprintf(`create table numbers (n bigint, t text);
		insert into numbers with recursive c(n) as (select 1 union all select n + 1 from c where n < %d) select n, 'row ' || n from c`, rows)
	if _, err := db.Exec(fill); err != nil {
		t.Fatal(err)
	}
	return file
}

// define makes a definition of servers in JSON.
func (s *site) define(servers map[string]string, mounts map[string]catalog.Mount) *catalog.Definition {
	definition := &catalog.Definition{Database: "shop", Servers: map[string]backends.Config{}, Schemas: mounts}
	for name, text := range servers {
		config, err := backends.ParseConfig([]byte(text), all.Kinds())
		if err != nil {
			s.t.Fatal(err)
		}
		definition.Servers[name] = config
	}
	return definition
}

func (s *site) serve() {
	t := s.t
	loop, err := eventloop.New()
	if err != nil && !errors.Is(err, errors.ErrUnsupported) {
		t.Fatal(err)
	}
	s.catalog, err = catalog.New(s.definition, catalog.Options{
		Kinds: all.Kinds(), Env: backends.Env{Folder: s.temp, Allocator: sourceMemory, Loop: loop}, Virtuals: pgcatalog.Relations(), MetadataTimeout: patience,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.engine = exec.New(exec.Config{Catalog: s.catalog, Functions: pgcatalog.Functions(), TempDir: s.temp})
	s.wire.Handler, s.wire.Loop = s.engine, loop
	s.server = wire.New(s.wire)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.address = listener.Addr().String()
	served := make(chan error, 1)
	go func() { served <- s.server.Serve(context.Background(), listener) }()
	s.close = sync.OnceFunc(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		err := s.server.Shutdown(ctx)
		listener.Close()
		if err := errors.Join(err, <-served, s.catalog.Close()); err != nil {
			t.Errorf("shutting down: %v", err)
		}
		if loop != nil {
			loop.Close()
		}
	})
	t.Cleanup(func() {
		s.clean()
		s.close()
	})
}

// clean checks that no statement has left anything behind.
func (s *site) clean() {
	s.t.Helper()
	s.eventually("memory is counted although no statement runs", func() error {
		if n := s.engine.MemoryUsed(); n != 0 {
			return fmt.Errorf("%d bytes", n)
		}
		return nil
	})
	s.eventually("Arrow memory is held although no statement runs", func() error {
		if n, m := arrowMemory.CurrentAlloc(), sourceMemory.CurrentAlloc(); n != 0 || m != 0 {
			return fmt.Errorf("%d bytes, and %d of sources", n, m)
		}
		return nil
	})
	s.eventually("temporary files are left", func() error {
		if files, _ := os.ReadDir(s.temp); len(files) > 0 {
			return fmt.Errorf("%s and %d more", files[0].Name(), len(files)-1)
		}
		return nil
	})
	s.eventually("a connection still works at the source", func() error {
		if n := s.upstream("state <> 'idle'"); n > 0 {
			return fmt.Errorf("%d", n)
		}
		return nil
	})
}

// upstream counts the gateway's connections at the source, asked past the proxy.
func (s *site) upstream(where string) (n int) {
	s.t.Helper()
	conn, err := pgx.Connect(context.Background(), s.direct)
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close(context.Background())
	ask := "select count(*) from pg_stat_activity where application_name = $1 and " + where
	if err := conn.QueryRow(context.Background(), ask, label63(s.label)).Scan(&n); err != nil {
		s.t.Fatal(err)
	}
	return n
}

// label63 is a name as PostgreSQL keeps it.
func label63(s string) string { return s[:min(len(s), 63)] }

// eventually waits until what gives no error.
func (s *site) eventually(what string, check func() error) {
	s.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			s.t.Errorf("%s: %v", what, err)
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// connect opens a client's session, which ends with the test.
func (s *site) connect() *pgx.Conn {
	s.t.Helper()
	conn, err := pgx.Connect(context.Background(), "postgres://app@"+s.address+"/shop?sslmode=disable")
	if err != nil {
		s.t.Fatal(err)
	}
	return conn
}

// healthy says whether others are served: from the other source, on a new session.
func (s *site) healthy() {
	s.t.Helper()
	conn := s.connect()
	defer conn.Close(context.Background())
	if err := count(conn, "lite.numbers"); err != nil {
		s.t.Errorf("somebody else's query: %v", err)
	}
}

func count(conn *pgx.Conn, table string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	defer cancel()
	var n int
	if err := conn.QueryRow(ctx, "select count(*) from "+table).Scan(&n); err != nil {
		return err
	}
	if n != rows {
		return fmt.Errorf("%d rows of %d", n, rows)
	}
	return nil
}

// run gives a statement's error, by the simple protocol; all rows are read.
func run(ctx context.Context, conn *pgx.Conn, statement string) error {
	_, err := conn.PgConn().Exec(ctx, statement).ReadAll()
	return err
}

// wantCode checks an error's SQLSTATE by its beginning.
func wantCode(t *testing.T, err error, codes ...string) *pgconn.PgError {
	t.Helper()
	var problem *pgconn.PgError
	if !errors.As(err, &problem) {
		t.Errorf("no error of the server's, of SQLSTATE %v, but: %v", codes, err)
		return &pgconn.PgError{}
	}
	for _, code := range codes {
		if strings.HasPrefix(problem.Code, code) {
			return problem
		}
	}
	t.Errorf("SQLSTATE %v is wanted: %v", codes, problem)
	return problem
}

type trust struct{}

func (trust) Method(string, string, string) (wire.AuthMethod, error) { return wire.AuthTrust, nil }
func (trust) Verifier(string) (v wire.Verifier, ok bool)             { return v, false }
