package exec_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/backends/all"
	"github.com/sqlgateway/gateway/backends/mem"
	"github.com/sqlgateway/gateway/backends/mysql"
	"github.com/sqlgateway/gateway/backends/postgres"
	"github.com/sqlgateway/gateway/backends/sqlite"
	"github.com/sqlgateway/gateway/catalog"
	"github.com/sqlgateway/gateway/catalog/pgcatalog"
	"github.com/sqlgateway/gateway/exec"
	"github.com/sqlgateway/gateway/wire"
)

// The scripts of testdata/writes run on a real PostgreSQL and on a gateway, with their
// tables in each kind that the script is for; every answer has to be the same. The
// first line names the kinds that differ, and why:
//
//	-- not mysql: definitions commit
//
// A line that begins with "-- extended" makes the rest run by the extended protocol.

var kindNames = []string{"pg", "norelay", "my", "lite", "mem"}

func TestWritesAsPostgres(t *testing.T) {
	server := os.Getenv("GATEWAY_TEST_POSTGRES")
	if server == "" {
		t.Skip("GATEWAY_TEST_POSTGRES is not set")
	}
	scripts, err := filepath.Glob("testdata/writes/*.sql")
	if err != nil || len(scripts) == 0 {
		t.Fatal("no scripts", err)
	}
	address := startGateway(t, server, os.Getenv("GATEWAY_TEST_MARIADB"))
	for _, script := range scripts {
		text, err := os.ReadFile(script)
		if err != nil {
			t.Fatal(err)
		}
		excluded, statements := parseScript(string(text))
		oracle := runScript(t, databaseURL(server, freshDatabase(t, server, "oracle")), statements)
		for _, kind := range kindNames {
			if excluded[kind] || kind == "my" && os.Getenv("GATEWAY_TEST_MARIADB") == "" {
				continue
			}
			t.Run(strings.TrimSuffix(filepath.Base(script), ".sql")+"/"+kind, func(t *testing.T) {
				url := fmt.Sprintf("postgres://u@%s/db?sslmode=disable&search_path=%s&timezone=%s", address, kind, "UTC")
				if kind == "norelay" {
					url = fmt.Sprintf("postgres://u@%s/db?sslmode=disable&search_path=pg&gateway.relay=off", address)
				}
				got := runScript(t, url, statements)
				for i, statement := range statements {
					if got[i] != oracle[i] {
						t.Errorf("%s\n   got: %s\n  want: %s", statement, got[i], oracle[i])
					}
				}
				dropAll(t, url, statements)
			})
		}
	}
}

// parseScript reads the exclusions and the statements, which end in ";" at the end of
// a line.
func parseScript(text string) (excluded map[string]bool, statements []string) {
	excluded = map[string]bool{}
	var current []string
	for _, line := range strings.Split(text, "\n") {
		if names, ok := strings.CutPrefix(line, "-- not "); ok {
			names, _, _ = strings.Cut(names, ":")
			for _, name := range strings.Fields(names) {
				excluded[name] = true
				if name == "pg" {
					excluded["norelay"] = true
				}
			}
			continue
		}
		if line == "" || strings.HasPrefix(line, "--") {
			continue
		}
		current = append(current, line)
		if strings.HasSuffix(line, ";") {
			statements = append(statements, strings.Join(current, "\n"))
			current = nil
		}
	}
	return excluded, statements
}

// runScript gives the answer to each statement as text.
func runScript(t *testing.T, url string, statements []string) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgconn.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	answers := make([]string, len(statements))
	for i, statement := range statements {
		if params, ok := strings.CutPrefix(statement, "/*$"); ok {
			list, sql, _ := strings.Cut(params, "*/")
			answers[i] = extendedAnswer(ctx, conn, sql, strings.Split(strings.TrimSpace(list), ","))
		} else if head, data, ok := strings.Cut(statement, "\n"); ok && strings.HasPrefix(head, "copy ") {
			answers[i] = copyAnswer(ctx, conn, head, strings.TrimSuffix(data, ";"))
		} else {
			answers[i] = simpleAnswer(ctx, conn, statement)
		}
		answers[i] += " " + string(rune(conn.TxStatus()))
	}
	return answers
}

func simpleAnswer(ctx context.Context, conn *pgconn.PgConn, sql string) string {
	results, err := conn.Exec(ctx, sql).ReadAll()
	var b strings.Builder
	for _, r := range results {
		writeRows(&b, r)
	}
	return b.String() + errorText(err)
}

func writeRows(b *strings.Builder, r *pgconn.Result) {
	for _, f := range r.FieldDescriptions {
		fmt.Fprintf(b, "%s:%d:%d ", f.Name, f.DataTypeOID, f.TypeModifier)
	}
	lines := make([]string, 0, len(r.Rows))
	for _, row := range r.Rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = string(cell)
			if cell == nil {
				cells[i] = "NULL"
			}
		}
		lines = append(lines, "("+strings.Join(cells, ",")+")")
	}
	if !strings.HasPrefix(r.CommandTag.String(), "SELECT") {
		slices.Sort(lines) // RETURNING has no order
	}
	b.WriteString(strings.Join(lines, ""))
	if r.Err == nil {
		b.WriteString("[" + r.CommandTag.String() + "]")
	}
}

func extendedAnswer(ctx context.Context, conn *pgconn.PgConn, sql string, params []string) string {
	values := make([][]byte, len(params))
	for i, p := range params {
		if p != "NULL" {
			values[i] = []byte(p)
		}
	}
	r := conn.ExecParams(ctx, sql, values, nil, nil, nil).Read()
	var b strings.Builder
	writeRows(&b, r)
	return b.String() + errorText(r.Err)
}

func copyAnswer(ctx context.Context, conn *pgconn.PgConn, sql, data string) string {
	if strings.Contains(sql, "to stdout") {
		var b strings.Builder
		tag, err := conn.CopyTo(ctx, &b, strings.TrimSuffix(sql, ";"))
		return b.String() + "[" + tag.String() + "]" + errorText(err)
	}
	tag, err := conn.CopyFrom(ctx, strings.NewReader(data+"\n"), sql)
	return "[" + tag.String() + "]" + errorText(err)
}

// errorText leaves out what differs by nature: places in source files, and details
// that only the source knows.
func errorText(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		where := ""
		if strings.HasPrefix(e.Where, "COPY") {
			where = " where " + e.Where
		}
		return " ERROR " + e.Code + " " + e.Message + where
	}
	if err != nil {
		return " FAILED " + err.Error()
	}
	return ""
}

// dropAll removes what a script left behind.
func dropAll(t *testing.T, url string, statements []string) {
	t.Helper()
	names := map[string]bool{}
	for _, statement := range statements {
		for _, part := range strings.Split(statement, ";") {
			words := strings.Fields(strings.ToLower(part))
			for i := range words[:max(len(words)-2, 0)] {
				if words[i] == "create" && words[i+1] == "table" {
					name, _, _ := strings.Cut(words[i+2], "(")
					names[name] = true
				}
			}
		}
	}
	ctx := context.Background()
	conn, err := pgconn.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	for range 2 { // foreign keys
		for name := range names {
			_, _ = conn.Exec(ctx, "drop table if exists "+name).ReadAll()
		}
	}
}

func freshDatabase(t *testing.T, server, prefix string) string {
	t.Helper()
	ctx := context.Background()
	conn, err := pgconn.Connect(ctx, server)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	name := fmt.Sprintf("writes_%s_%d", prefix, time.Now().UnixNano())
	if _, err := conn.Exec(ctx, "create database "+name).ReadAll(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		conn, err := pgconn.Connect(ctx, server)
		if err != nil {
			return
		}
		defer func() { _ = conn.Close(ctx) }()
		_, _ = conn.Exec(ctx, "drop database if exists "+name+" with (force)").ReadAll()
	})
	return name
}

func databaseURL(server, database string) string {
	head, tail, _ := strings.Cut(server, "?")
	return head[:strings.LastIndexByte(head, '/')+1] + database + "?" + tail
}

// startGateway serves one schema of each kind and gives its address.
func startGateway(t *testing.T, server, maria string) string {
	t.Helper()
	pg := postgres.NewConfig()
	pg.DSN = backends.NewDSN(databaseURL(server, freshDatabase(t, server, "gateway")))
	lite := sqlite.NewConfig()
	lite.Location = filepath.Join(t.TempDir(), "writes.db")
	definition := &catalog.Definition{
		Database: "db", DefaultServer: "pg",
		Servers: map[string]backends.Config{"pg": pg, "lite": lite, "mem": mem.NewConfig()},
		Schemas: map[string]catalog.Mount{
			"pg": {Server: "pg", Remote: "public"}, "lite": {Server: "lite", Remote: "main"}, "mem": {Server: "mem", Remote: "main"},
		},
	}
	if maria != "" {
		my := mysql.NewConfig()
		my.DSN, my.TinyInt1IsBool = backends.NewDSN(maria), true
		definition.Servers["my"] = my
		definition.Schemas["my"] = catalog.Mount{Server: "my", Remote: mysqlDatabase(maria)}
	}
	known, err := catalog.New(definition, catalog.Options{Kinds: all.Kinds(), Virtuals: pgcatalog.Relations()})
	if err != nil {
		t.Fatal(err)
	}
	engine := exec.New(exec.Config{Catalog: known, Functions: pgcatalog.Functions(), TempDir: t.TempDir()})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() {
		served <- wire.New(wire.Config{Handler: engine, Authenticator: everybody{}}).Serve(ctx, listener)
	}()
	t.Cleanup(func() {
		stop()
		<-served
		_ = known.Close()
	})
	return listener.Addr().String()
}

func mysqlDatabase(dsn string) string {
	name := dsn[strings.LastIndexByte(dsn, '/')+1:]
	name, _, _ = strings.Cut(name, "?")
	return name
}

type everybody struct{}

func (everybody) Method(string, string, string) (wire.AuthMethod, error) { return wire.AuthTrust, nil }
func (everybody) Verifier(string) (v wire.Verifier, ok bool)             { return v, false }
