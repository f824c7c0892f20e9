package faults_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/catalog"
)

// without is the site's definition less one server.
func (s *site) without(server string) *catalog.Definition {
	d := *s.definition
	d.Servers, d.Schemas = maps.Clone(d.Servers), maps.Clone(d.Schemas)
	delete(d.Servers, server)
	delete(d.Schemas, server)
	return &d
}

// mountOf mounts the remote schema public of a server under the server's name.
func mountOf(server string) catalog.Mount { return catalog.Mount{Server: server, Remote: "public"} }

func (s *site) reload(d *catalog.Definition) {
	s.t.Helper()
	if err := s.catalog.Reload(d); err != nil {
		s.t.Fatal(err)
	}
}

// gone waits until the gateway has no connection to PostgreSQL left.
func (s *site) gone() {
	s.t.Helper()
	s.eventually("connections to a removed server are left", func() error {
		if n := s.upstream("true"); n > 0 {
			return fmt.Errorf("%d", n)
		}
		return nil
	})
}

// TestReloadFaulty keeps what was there when the new definition has a fault.
func TestReloadFaulty(t *testing.T) {
	s := start(t)
	conn := s.connect()
	defer conn.Close(context.Background())
	if err := count(conn, "pg.numbers"); err != nil {
		t.Fatal(err)
	}
	faulty := s.without("pg")
	faulty.Schemas["pg"] = catalog.Mount{Server: "pg", Remote: "public"}
	var faults *backends.ConfigError
	if err := s.catalog.Reload(faulty); !errors.As(err, &faults) || !strings.Contains(err.Error(), "schemas.pg.server") {
		t.Errorf("a schema of a server that is not there: %v", err)
	}
	for _, table := range []string{"pg.numbers", "lite.numbers", "lake.numbers"} {
		if err := count(conn, table); err != nil {
			t.Errorf("%s after a faulty reload: %v", table, err)
		}
	}
}

// TestServerRemovedWhileRead takes a server away in the middle of a result: the
// result arrives whole, then its tables are gone, and so are its connections.
func TestServerRemovedWhileRead(t *testing.T) {
	s := start(t)
	for _, query := range []string{
		"select a.n, a.t, b.t from pg.numbers a, generate_series(1, 10) b(t)",
		"set gateway.relay = off; select a.n, a.t, b.t from pg.numbers a, generate_series(1, 10) b(t)",
		"select a.n, a.t, b.t from pg.numbers a join lake.numbers c using (n), generate_series(1, 10) b(t)",
	} {
		conn, f := s.raw()
		f.Send(&pgproto3.Query{String: query})
		if err := f.Flush(); err != nil {
			t.Fatal(err)
		}
		readRows(t, f, 100)
		s.reload(s.without("pg"))
		other := s.connect()
		wantCode(t, run(context.Background(), other, "select * from pg.numbers"), "42P01")
		if got := 100 + untilReady(t, f); got != 10*rows {
			t.Errorf("%s: %d rows of %d", query, got, 10*rows)
		}
		s.gone()
		s.reload(s.definition)
		if err := count(other, "pg.numbers"); err != nil {
			t.Errorf("the server is back: %v", err)
		}
		_ = conn.Close()
		_ = other.Close(context.Background())
	}
	s.healthy()
}

// untilReady reads rows until the server waits for the next statement.
func untilReady(t *testing.T, f *pgproto3.Frontend) (rows int) {
	t.Helper()
	for {
		m, err := f.Receive()
		if err != nil {
			t.Fatal(err)
		}
		switch m := m.(type) {
		case *pgproto3.ErrorResponse:
			t.Error(m.Message)
		case *pgproto3.DataRow:
			rows++
		case *pgproto3.ReadyForQuery:
			return rows
		}
	}
}

// TestServerRemovedInTransaction takes a server away, and changes it, while a
// transaction has written to it: the transaction still commits.
func TestServerRemovedInTransaction(t *testing.T) {
	s := start(t)
	conn, other := s.connect(), s.connect()
	defer conn.Close(context.Background())
	defer other.Close(context.Background())
	for _, relay := range []string{"on", "off"} {
		if err := run(context.Background(), conn, "set gateway.relay = "+relay+"; delete from pg.kept; begin; insert into pg.kept values (1), (2)"); err != nil {
			t.Fatal(err)
		}
		s.reload(s.without("pg"))
		if err := count(other, "lite.numbers"); err != nil {
			t.Error(err)
		}
		if err := run(context.Background(), conn, "commit"); err != nil {
			t.Errorf("relay %s: commit on a server that was removed meanwhile: %v", relay, err)
		}
		s.gone()
		s.reload(s.definition)
		var n int
		if err := other.QueryRow(context.Background(), "select count(*) from pg.kept").Scan(&n); err != nil || n != 2 {
			t.Errorf("relay %s: %d rows were kept, %v", relay, n, err)
		}
	}
	if err := run(context.Background(), conn, "delete from pg.kept"); err != nil {
		t.Error(err)
	}
}

// TestReloadBesideCursor fetches from a cursor and from a suspended portal after their
// server was removed.
func TestReloadBesideCursor(t *testing.T) {
	s := start(t)
	conn := s.connect()
	defer conn.Close(context.Background())
	for _, query := range []string{"select n, t from pg.numbers", "select n, t from pg.numbers join lite.numbers using (n, t)"} {
		if err := run(context.Background(), conn, "begin; declare c cursor for "+query+"; fetch 10 from c"); err != nil {
			t.Fatal(err)
		}
		s.reload(s.without("pg"))
		result, err := conn.PgConn().Exec(context.Background(), "fetch all from c").ReadAll()
		if err != nil || len(result[0].Rows) != rows-10 {
			t.Errorf("%s: fetching after its server was removed: %v", query, err)
		}
		if err := run(context.Background(), conn, "commit"); err != nil {
			t.Error(err)
		}
		s.gone()
		s.reload(s.definition)
	}
}

// TestReloadUnderLoad reloads again and again while sessions work: those that do not
// use the server that comes and goes never notice, the others only that it is gone.
func TestReloadUnderLoad(t *testing.T) {
	s := start(t)
	stop := make(chan struct{})
	var busy sync.WaitGroup
	for i := range 6 {
		busy.Go(func() {
			conn, err := pgx.Connect(context.Background(), "postgres://app@"+s.address+"/shop?sslmode=disable")
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close(context.Background())
			for ended := false; !ended; {
				select {
				case <-stop:
					ended = true
				default:
				}
				table := []string{"pg", "lite", "lake"}[i%3]
				var n int
				err := conn.QueryRow(context.Background(), fmt.Sprintf("select count(n) from %s.numbers where n <= $1", table), 1000).Scan(&n)
				switch {
				case err != nil && table == "pg":
					wantCode(t, err, "42P01")
				case err != nil || n != 1000:
					t.Errorf("%s.numbers: %d rows, %v", table, n, err)
					return
				}
			}
		})
	}
	for range 40 {
		s.reload(s.without("pg"))
		s.healthy()
		s.reload(s.definition)
	}
	close(stop)
	busy.Wait()
}
