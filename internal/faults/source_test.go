package faults_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// viaRelay and viaExecutor are a statement's two ways.
var ways = []struct{ name, setting, query string }{
	{"relay", "on", "select n, t from pg.numbers"},
	{"executor", "off", "select n, t from pg.numbers"},
	{"join", "on", "select p.n, l.t from pg.numbers p join lite.numbers l using (n)"},
}

// TestSourceDown starts with a source that is not there: its tables say so, the
// others work, and it comes back by itself.
func TestSourceDown(t *testing.T) {
	s := start(t)
	s.proxy.CutAfter(0)
	stop := make(chan struct{})
	done := make(chan struct{})
	go func() { // every answer is cut, until told otherwise
		defer close(done)
		for {
			select {
			case <-stop:
				return
			default:
				s.proxy.CutAfter(0)
				time.Sleep(time.Millisecond)
			}
		}
	}()
	conn := s.connect()
	defer conn.Close(context.Background())
	err := run(context.Background(), conn, "select * from pg.numbers")
	problem := wantCode(t, err, "08", "HV", "57P")
	if !strings.Contains(problem.Message+problem.Detail, `"pg"`) && !strings.Contains(problem.Message, "server pg") {
		t.Errorf("the error does not name the server: %s (%s)", problem.Message, problem.Detail)
	}
	problem = wantCode(t, run(context.Background(), conn, "select * from pg.numbers"), "08", "HV", "57P")
	if !strings.Contains(problem.Detail, "since") {
		t.Errorf("the error does not say since when: %q, %q", problem.Message, problem.Detail)
	}
	if err := count(conn, "lite.numbers"); err != nil {
		t.Errorf("the other source: %v", err)
	}
	s.listing()
	close(stop)
	<-done
	s.proxy.CutAfter(-1)
	s.eventually("the source is back and its table does not work", func() error { return count(conn, "pg.numbers") })
}

// listing is psql's \dt with a source down: the others' tables, and a WARNING.
func (s *site) listing() {
	s.t.Helper()
	config, _ := pgx.ParseConfig("postgres://app@" + s.address + "/shop?sslmode=disable")
	var notices []string
	config.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) { notices = append(notices, n.Severity+" "+n.Message) }
	conn, err := pgx.ConnectConfig(context.Background(), config)
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close(context.Background())
	result, err := conn.PgConn().Exec(context.Background(), `select n.nspname, c.relname from pg_catalog.pg_class c
		join pg_catalog.pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r','p','f') and n.nspname in ('pg', 'lite')`).ReadAll()
	if err != nil {
		s.t.Errorf("listing tables while a source is down: %v", err)
		return
	}
	if len(result[0].Rows) != 1 || string(result[0].Rows[0][0]) != "lite" {
		s.t.Errorf("tables listed while a source is down: %s", result[0].Rows)
	}
	if len(notices) == 0 || !strings.Contains(notices[0], "WARNING") || !strings.Contains(notices[0], "pg") {
		s.t.Errorf("notices while a source is down: %q", notices)
	}
}

// TestSourceKilled cuts the source's connections in the middle of a result.
func TestSourceKilled(t *testing.T) {
	s := start(t)
	conn := s.connect()
	defer conn.Close(context.Background())
	for _, way := range ways {
		if err := run(context.Background(), conn, "set gateway.relay = "+way.setting); err != nil {
			t.Fatal(err)
		}
		s.eventually(way.name, func() error { return count(conn, "pg.numbers") }) // warm, and whole again
		for _, after := range []int64{0, 100, 100_000} {
			s.proxy.CutAfter(after)
			err := run(context.Background(), conn, way.query)
			s.proxy.CutAfter(-1)
			wantCode(t, err, "08", "HV", "57P")
			if err := count(conn, "lite.numbers"); err != nil {
				t.Fatalf("%s: the session after its source was killed: %v", way.name, err)
			}
		}
	}
	s.eventually("the source is back", func() error { return count(conn, "pg.numbers") })
	s.healthy()
}

// TestSourceKilledInTransaction loses the connection that a transaction is pinned to:
// the transaction has failed, and rolls back.
func TestSourceKilledInTransaction(t *testing.T) {
	s := start(t)
	conn := s.connect()
	defer conn.Close(context.Background())
	for _, statement := range []string{"begin", "insert into pg.kept values (1)"} {
		if err := run(context.Background(), conn, statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	s.proxy.Cut()
	wantCode(t, run(context.Background(), conn, "insert into pg.kept values (2)"), "08", "HV", "57P")
	wantCode(t, run(context.Background(), conn, "select 1"), "25P02")
	if err := run(context.Background(), conn, "rollback"); err != nil {
		t.Errorf("rollback: %v", err)
	}
	s.eventually("the table after the rollback", func() error { return run(context.Background(), conn, "select * from pg.kept") })
	var n int
	if err := conn.QueryRow(context.Background(), "select count(*) from pg.kept").Scan(&n); err != nil || n != 0 {
		t.Errorf("%d rows were kept, %v", n, err)
	}
}

// TestSourceSlow ends statements that wait for their source, by timeout and by
// cancel; the source stops working on them.
func TestSourceSlow(t *testing.T) {
	s := start(t)
	conn := s.connect()
	defer conn.Close(context.Background())
	for _, relay := range []string{"on", "off"} {
		if err := run(context.Background(), conn, "set gateway.relay = "+relay+"; set statement_timeout = '300ms'"); err != nil {
			t.Fatal(err)
		}
		problem := wantCode(t, run(context.Background(), conn, "select t from pg.slow"), "57014")
		if problem.Message != "canceling statement due to statement timeout" {
			t.Errorf("relay %s: %s", relay, problem.Message)
		}
		s.clean()
		if err := run(context.Background(), conn, "reset statement_timeout"); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- run(context.Background(), conn, "select t from pg.slow") }()
		s.atWork()
		if err := conn.PgConn().CancelRequest(context.Background()); err != nil {
			t.Error(err)
		}
		problem = wantCode(t, <-ended, "57014")
		if problem.Message != "canceling statement due to user request" {
			t.Errorf("relay %s: %s", relay, problem.Message)
		}
		s.clean()
	}
	s.healthy()
}

// TestSourceWrong has the source return an error after many rows.
func TestSourceWrong(t *testing.T) {
	s := start(t)
	conn := s.connect()
	defer conn.Close(context.Background())
	for _, relay := range []string{"on", "off"} {
		if err := run(context.Background(), conn, "set gateway.relay = "+relay); err != nil {
			t.Fatal(err)
		}
		problem := wantCode(t, run(context.Background(), conn, "select n, t from pg.wrong"), "22012")
		if problem.Message != "division by zero" {
			t.Errorf("relay %s: %s", relay, problem.Message)
		}
		if err := count(conn, "pg.numbers"); err != nil {
			t.Errorf("relay %s: the session after its source's error: %v", relay, err)
		}
	}
	s.healthy()
}
