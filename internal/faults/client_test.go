package faults_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgproto3"
)

// raw opens a session without a driver, so that nothing is read that is not asked
// for.
func (s *site) raw() (net.Conn, *pgproto3.Frontend) {
	s.t.Helper()
	conn, err := net.Dial("tcp", s.address)
	if err != nil {
		s.t.Fatal(err)
	}
	_ = conn.SetDeadline(time.Now().Add(2 * patience))
	f := pgproto3.NewFrontend(conn, conn)
	f.Send(&pgproto3.StartupMessage{ProtocolVersion: pgproto3.ProtocolVersion30, Parameters: map[string]string{"user": "app", "database": "shop"}})
	if err := f.Flush(); err != nil {
		s.t.Fatal(err)
	}
	for {
		m, err := f.Receive()
		if err != nil {
			s.t.Fatal(err)
		}
		if _, ready := m.(*pgproto3.ReadyForQuery); ready {
			return conn, f
		}
	}
}

// TestClientVanishes leaves in the middle of a result, and while a statement waits
// for its source: both sides stop.
func TestClientVanishes(t *testing.T) {
	s := start(t)
	for _, query := range []string{
		"select a.n, a.t, b.t from pg.numbers a, pg.numbers b",
		"set gateway.relay = off; select a.n, a.t, b.t from pg.numbers a, pg.numbers b",
		"select a.n, a.t, b.t from lite.numbers a, pg.numbers b",
		"select t from pg.slow",
		"set gateway.relay = off; select t from pg.slow",
	} {
		conn, f := s.raw()
		f.Send(&pgproto3.Query{String: query})
		if err := f.Flush(); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(query, "slow") {
			s.atWork()
		} else {
			readRows(t, f, 100)
		}
		_ = conn.Close()
		s.eventually("a session goes on without its client: "+query, func() error {
			if n := s.server.Connections(); n > 0 {
				return fmt.Errorf("%d sessions", n)
			}
			return nil
		})
		s.clean()
	}
	s.healthy()
}

// readRows reads that many rows and leaves the rest.
func readRows(t *testing.T, f *pgproto3.Frontend, rows int) {
	t.Helper()
	for rows > 0 {
		m, err := f.Receive()
		if err != nil {
			t.Fatal(err)
		}
		switch m := m.(type) {
		case *pgproto3.ErrorResponse:
			t.Fatal(m.Message)
		case *pgproto3.DataRow:
			rows--
		}
	}
}

// atWork waits until the source works on the slow view.
func (s *site) atWork() {
	s.t.Helper()
	s.eventually("the statement is at work", func() error {
		if s.upstream("query like '%slow%' and state = 'active'") == 0 {
			return errors.New("it is not")
		}
		return nil
	})
}

// TestManyConnections has 1,000 idle clients beside 200 busy ones; afterwards memory
// and goroutines are what they were.
func TestManyConnections(t *testing.T) {
	s := start(t)
	s.healthy()
	before, heap := runtime.NumGoroutine(), inUse()
	idle := make([]net.Conn, 0, 1000)
	for range cap(idle) {
		conn, _ := s.raw()
		idle = append(idle, conn)
	}
	var busy sync.WaitGroup
	faults := make(chan error, 200)
	for i := range cap(faults) {
		busy.Go(func() {
			conn, err := pgx.Connect(context.Background(), "postgres://app@"+s.address+"/shop?sslmode=disable")
			if err != nil {
				faults <- err
				return
			}
			defer conn.Close(context.Background())
			for range 3 {
				var n int
				query := fmt.Sprintf("select n from %s.numbers where n = %d", []string{"pg", "lite"}[i%2], i+1)
				if err := conn.QueryRow(context.Background(), query).Scan(&n); err != nil || n != i+1 {
					faults <- fmt.Errorf("%s: %d, %w", query, n, err)
					return
				}
			}
		})
	}
	busy.Wait()
	close(faults)
	for err := range faults {
		t.Error(err)
	}
	for _, conn := range idle {
		_ = conn.Close()
	}
	s.eventually("sessions are left", func() error {
		if n := s.server.Connections(); n > 0 {
			return fmt.Errorf("%d", n)
		}
		return nil
	})
	s.eventually("goroutines are left", func() error {
		// Pooled connections to the sources may stay, each with its own; they are few.
		if n := runtime.NumGoroutine(); n > before+100 {
			return fmt.Errorf("%d, there were %d", n, before)
		}
		return nil
	})
	if now := inUse(); now > heap+64<<20 {
		t.Errorf("%d MiB of memory are held, there were %d", now>>20, heap>>20)
	}
}

func inUse() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// cancelled are statements of all kinds, long enough to be hit.
var cancelled = []string{
	"select n, t from pg.numbers",
	"select n, t from lite.numbers",
	"select p.n, l.t from pg.numbers p join lite.numbers l using (n)",
	"select count(*), sum(p.n) from pg.numbers p, lite.numbers l where p.n < l.n",
	"select t from pg.slow",
	"insert into pg.kept select n from lite.numbers",
	"begin; insert into pg.kept select n from pg.numbers; rollback",
	"begin; select n from pg.numbers; select n from lite.numbers order by t; commit",
	"copy (select n, t from lite.numbers order by t) to stdout",
	"update pg.kept set n = n + 1",
	"set gateway.relay = off; select n, t from pg.numbers order by t desc; set gateway.relay = on",
	"select count(*) from pg_catalog.pg_class",
}

// TestCancelAtRandom cancels a hundred statements at random moments. Each ends well
// or with 57014, and the session goes on.
func TestCancelAtRandom(t *testing.T) {
	s := start(t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	conn := s.connect()
	defer conn.Close(context.Background())
	if err := count(conn, "pg.numbers"); err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		query := cancelled[i%len(cancelled)]
		pause := time.Duration(random.Int64N(int64(30 * time.Millisecond)))
		ended := make(chan error, 1)
		go func() { ended <- run(context.Background(), conn, query) }()
		time.Sleep(pause)
		err, over := cancelUntil(conn, ended)
		if !over {
			t.Fatalf("%s: does not end", query)
		}
		if err != nil {
			wantCode(t, err, "57014")
		}
		if err := run(context.Background(), conn, "rollback; set gateway.relay = on; select 1"); err != nil {
			t.Fatalf("after %s was cancelled at %s: %v", query, pause, err)
		}
	}
	s.eventually("the source", func() error { return count(conn, "pg.numbers") })
	s.clean()
	if err := run(context.Background(), conn, "delete from pg.kept"); err != nil {
		t.Error(err)
	}
}

// cancelUntil cancels until the statement ends: one that comes too early, before the
// statement has arrived, hits nothing.
func cancelUntil(conn *pgx.Conn, ended chan error) (err error, over bool) {
	deadline := time.After(patience)
	for {
		_ = conn.PgConn().CancelRequest(context.Background())
		select {
		case err := <-ended:
			return err, true
		case <-deadline:
			return nil, false
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// TestMemoryLimit runs one statement past its limit beside a healthy one.
func TestMemoryLimit(t *testing.T) {
	s := start(t)
	conn, other := s.connect(), s.connect()
	defer conn.Close(context.Background())
	defer other.Close(context.Background())
	healthy := make(chan error, 1)
	go func() {
		for range 5 {
			if err := count(other, "lite.numbers"); err != nil {
				healthy <- err
				return
			}
		}
		healthy <- nil
	}()
	if err := run(context.Background(), conn, "set gateway.memory_limit = '2MB'"); err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{
		"select array_agg(l.t || p.t) from lite.numbers l, pg.numbers p where p.n < 100",
		"select string_agg(l.t, ',' order by l.t) from lite.numbers l, pg.numbers p where p.n < 100",
	} {
		wantCode(t, run(context.Background(), conn, query), "53200")
	}
	if err := count(conn, "pg.numbers"); err != nil {
		t.Errorf("the session after its statement ran out of memory: %v", err)
	}
	if err := <-healthy; err != nil {
		t.Errorf("the statement beside it: %v", err)
	}
	s.clean()
}

// TestShutdown lets a running statement end and refuses new ones.
func TestShutdown(t *testing.T) {
	s := start(t)
	busy, idle := s.connect(), s.connect()
	starting, err := net.Dial("tcp", s.address) // has not said anything yet
	if err != nil {
		t.Fatal(err)
	}
	defer starting.Close()
	defer busy.Close(context.Background())
	defer idle.Close(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- run(context.Background(), busy, "select pg_sleep(1)") }()
	s.eventually("the statement runs", func() error {
		var n int
		if err := idle.QueryRow(context.Background(), "select count(*) from pg_stat_activity where state = 'active'").Scan(&n); err != nil || n < 2 {
			return fmt.Errorf("%d, %w", n, err)
		}
		return nil
	})
	closed := make(chan struct{})
	go func() {
		s.close()
		close(closed)
	}()
	s.eventually("shutting down", func() error {
		if !s.server.Draining() {
			return errors.New("not yet")
		}
		return nil
	})
	if conn, err := pgx.Connect(context.Background(), "postgres://app@"+s.address+"/shop?sslmode=disable"); err == nil {
		conn.Close(context.Background())
		t.Error("a new client was let in")
	}
	wantCode(t, run(context.Background(), idle, "select 1"), "57P01")
	if err := <-ended; err != nil {
		t.Errorf("the running statement: %v", err)
	}
	select {
	case <-closed:
	case <-time.After(patience):
		t.Error("the shutdown does not end")
	}
}
