package wiretest_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	"github.com/jackc/pgx/v5"
	_ "modernc.org/sqlite"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/backends/all"
	"github.com/sqlgateway/gateway/catalog"
	"github.com/sqlgateway/gateway/catalog/pgcatalog"
	"github.com/sqlgateway/gateway/exec"
	"github.com/sqlgateway/gateway/internal/eventloop"
	"github.com/sqlgateway/gateway/wire"
	"github.com/sqlgateway/gateway/wire/wiretest"
)

// schema holds what the scripts talk about.
const schema = "wire_scripts"

const create = "create table items (id bigint, name text)"

const fill = "insert into items values (1, 'one'), (2, 'two'), (3, null), (4, 'four'), (5, 'five')"

// TestScripts runs every script on a real PostgreSQL, which is the judge of what the
// answers are, and on the gateway with the table in SQLite (its own executor) and in
// that PostgreSQL (the relay), by goroutines alone and with the event loop.
func TestScripts(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { runAll(t, "sqlite", gateway(t, sqliteServer(t), "main", loop(t))) })
	url := os.Getenv("GATEWAY_TEST_POSTGRES")
	if url == "" {
		t.Skip("GATEWAY_TEST_POSTGRES is not set: the scripts are not compared with a real PostgreSQL")
	}
	t.Run("postgres", func(t *testing.T) { runAll(t, "postgres", realPostgres(t, url)) })
	t.Run("relay", func(t *testing.T) {
		realPostgres(t, url)
		runAll(t, "relay", gateway(t, fmt.Sprintf(`{"kind": "postgres", "dsn": %q}`, url), schema, nil))
	})
	t.Run("express", func(t *testing.T) {
		realPostgres(t, url)
		runAll(t, "relay", gateway(t, fmt.Sprintf(`{"kind": "postgres", "dsn": %q}`, url), schema, loop(t)))
	})
}

// loop is an event loop that ends after the test; nil where there is none.
func loop(t *testing.T) *eventloop.Loop {
	l, err := eventloop.New()
	if errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	return l
}

// runAll runs the scripts one after the other. Those under gateway/ say what differs
// from PostgreSQL, and why.
func runAll(t *testing.T, placement string, target wiretest.Target) {
	datadriven.Walk(t, "../testdata", func(t *testing.T, path string) {
		if placement == "postgres" && strings.Contains(path, "gateway") {
			t.Skip("the gateway's own")
		}
		s := wiretest.NewScript(target)
		defer s.Close()
		datadriven.RunTest(t, path, func(_ *testing.T, d *datadriven.TestData) string {
			var arguments []string
			for _, a := range d.CmdArgs {
				arguments = append(arguments, a.String())
			}
			return s.Run(d.Cmd, arguments, d.Input)
		})
	})
}

func realPostgres(t *testing.T, url string) wiretest.Target {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	setup := fmt.Sprintf("drop schema if exists %[1]s cascade; create schema %[1]s; set search_path = %[1]s; %s; %s; drop schema if exists empty cascade", schema, create, fill)
	if _, err := conn.Exec(t.Context(), setup); err != nil {
		t.Fatal(err)
	}
	return wiretest.Target{
		Address: net.JoinHostPort(config.Host, fmt.Sprint(config.Port)), User: config.User, Database: config.Database,
	}
}

func sqliteServer(t *testing.T) string {
	file := filepath.Join(t.TempDir(), "items.db")
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range []string{create, fill} {
		if _, err := db.Exec(s); err != nil {
			t.Fatal(err)
		}
	}
	return fmt.Sprintf(`{"kind": "sqlite", "location": %q}`, file)
}

// gateway serves one server's schema as the scripts' schema.
func gateway(t *testing.T, server string, remote string, loop *eventloop.Loop) wiretest.Target {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	serve(t, wire.New(wire.Config{Handler: engine(t, server, remote, loop), Authenticator: trust{}, Loop: loop}), listener)
	return wiretest.Target{Address: listener.Addr().String(), User: "postgres", Database: "postgres"}
}

// engine answers over one source until the test ends.
func engine(t *testing.T, server string, remote string, loop *eventloop.Loop) *exec.Engine {
	config, err := backends.ParseConfig([]byte(server), all.Kinds())
	if err != nil {
		t.Fatal(err)
	}
	known, err := catalog.New(&catalog.Definition{
		Database: "postgres",
		Servers:  map[string]backends.Config{"source": config},
		Schemas:  map[string]catalog.Mount{schema: {Server: "source", Remote: remote}},
	}, catalog.Options{Kinds: all.Kinds(), Env: backends.Env{Folder: t.TempDir(), Loop: loop}, Virtuals: pgcatalog.Relations()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := known.Close(); err != nil {
			t.Errorf("closing the sources: %v", err)
		}
	})
	return exec.New(exec.Config{Catalog: known, Functions: pgcatalog.Functions(), TempDir: t.TempDir()})
}

// serve runs a server until the test ends.
func serve(t *testing.T, server *wire.Server, listener net.Listener) {
	served := make(chan error, 1)
	go func() { served <- server.Serve(context.Background(), listener) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		listener.Close()
		if err := server.Shutdown(ctx); err != nil {
			t.Errorf("shutting down: %v", err)
		}
		<-served
	})
}

type trust struct{}

func (trust) Method(string, string, string) (wire.AuthMethod, error) { return wire.AuthTrust, nil }
func (trust) Verifier(string) (v wire.Verifier, ok bool)             { return v, false }
