package clients

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	_ "modernc.org/sqlite"
)

// unique makes the names of databases, so that two runs beside each other do not drop
// each other's.
func unique(name string) string { return fmt.Sprintf("%s_%d", name, 10000+rand.IntN(90000)) }

// services gives where the real servers are, or skips.
func services(t *testing.T) (postgres, mariadb string) {
	t.Helper()
	postgres, mariadb = os.Getenv("GATEWAY_TEST_POSTGRES"), os.Getenv("GATEWAY_TEST_MARIADB")
	if postgres == "" || mariadb == "" {
		t.Skip("GATEWAY_TEST_POSTGRES and GATEWAY_TEST_MARIADB are not both set: clients are not tried")
	}
	return postgres, mariadb
}

// gateway serves the same few tables in three kinds of source.
func gateway(t *testing.T) (host, port string) {
	t.Helper()
	postgres, mariadb := services(t)
	name := unique("gateway_clients")
	dsn := postgresDatabase(t, postgres, name, postgresTables)
	mysqlDatabase(t, mariadb, name)
	return serve(t, fmt.Sprintf(`
listen: 127.0.0.1:0
database: shop
auth: {method: trust}
default_server: pg
servers:
  pg: {kind: postgres, dsn: %q}
  my: {kind: mysql, dsn: %q}
  lite: {kind: sqlite, location: %q}
schemas:
  my: {server: my, remote: %s}
  lite: {server: lite, remote: main}
`, dsn, mariadb, sqliteFile(t, t.TempDir()), name))
}

// introspectionPair makes one database twice, and serves the second through a gateway
// under the name of the first.
func introspectionPair(t *testing.T) (reference, served string) {
	t.Helper()
	postgres, _ := services(t)
	tables, err := os.ReadFile(introspected)
	if err != nil {
		t.Fatal(err)
	}
	name := unique("gateway_shop")
	reference = postgresDatabase(t, postgres, name, string(tables))
	source := postgresDatabase(t, postgres, name+"_source", string(tables))
	host, port := serve(t, fmt.Sprintf(`
listen: 127.0.0.1:0
database: %s
auth: {method: trust}
default_server: pg
servers:
  pg: {kind: postgres, dsn: %q}
schemas:
  crm: {server: pg, remote: crm}
  sales: {server: pg, remote: sales}
`, name, source))
	return reference, fmt.Sprintf("postgres://postgres@%s:%s/%s?sslmode=disable", host, port, name)
}

var buildOnce = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "gateway-clients-")
	if err != nil {
		return "", err
	}
	program := filepath.Join(folder, "gateway")
	out, err := exec.Command("go", "build", "-o", program, "../../cmd/gateway").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("building the gateway: %w\n%s", err, out)
	}
	return program, nil
})

// TestMain removes the program that the tests share.
func TestMain(m *testing.M) {
	code := m.Run()
	if program, err := buildOnce(); err == nil {
		_ = os.RemoveAll(filepath.Dir(program))
	}
	os.Exit(code)
}

// serve runs a gateway until the test ends.
func serve(t *testing.T, configuration string) (host, port string) {
	t.Helper()
	program, err := buildOnce()
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(t.TempDir(), "gateway.yaml")
	if err := os.WriteFile(config, []byte(configuration), 0o600); err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(filepath.Join(filepath.Dir(config), "log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "serve", "--config", config)
	cmd.Stderr = log
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, cmd, log) })
	ready := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	line, err := bufio.NewReader(out).ReadString('\n')
	ready.Stop()
	_, address, found := strings.Cut(line, "ready on ")
	if err != nil || !found {
		t.Fatalf("the gateway said %q within a minute: %v", line, err)
	}
	address, _, _ = strings.Cut(address, ",")
	if host, port, err = net.SplitHostPort(address); err != nil {
		t.Fatal(err)
	}
	return host, port
}

// stop ends a gateway. After a failure it shows what the gateway logged.
func stop(t *testing.T, cmd *exec.Cmd, log *os.File) {
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if t.Failed() {
		if text, err := os.ReadFile(log.Name()); err == nil && len(text) > 0 {
			t.Logf("the gateway's log ends\n%s", text[max(0, len(text)-20000):])
		}
	}
	_ = log.Close()
}

// postgresDatabase makes a database that goes with the test.
func postgresDatabase(t *testing.T, source, name, tables string) string {
	t.Helper()
	config, err := pgx.ParseConfig(source)
	if err != nil {
		t.Fatal(err)
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	run := func(ctx context.Context, config *pgx.ConnConfig, statement string) {
		conn, err := pgx.ConnectConfig(ctx, config)
		if err == nil {
			_, err = conn.Exec(ctx, statement)
			_ = conn.Close(ctx)
		}
		if err != nil {
			t.Errorf("%.60s: %v", statement, err)
		}
	}
	run(ctx, config, "create database "+name)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		run(ctx, config, "drop database "+name+" with (force)")
	})
	inside := config.Copy()
	inside.Database = name
	run(ctx, inside, tables)
	run(ctx, inside, "analyze")
	return fmt.Sprintf("postgres://%s:%s@%s:%d/%s?sslmode=disable", config.User, config.Password, config.Host, config.Port, name)
}

// mysqlDatabase makes a database that goes with the test.
func mysqlDatabase(t *testing.T, source, name string) {
	t.Helper()
	db, err := sql.Open("mysql", source)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_, _ = db.Exec("drop database " + name)
		_ = db.Close()
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	conn, err := db.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, s := range strings.Split("create database "+name+"; use "+name+";"+mysqlTables, ";") {
		if _, err := conn.ExecContext(ctx, s); err != nil {
			t.Fatal(err)
		}
	}
}

func sqliteFile(t *testing.T, folder string) string {
	t.Helper()
	file := filepath.Join(folder, "lite.db")
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(sqliteTables); err != nil {
		t.Fatal(err)
	}
	return file
}
