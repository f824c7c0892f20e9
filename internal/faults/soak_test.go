package faults_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/sqlgateway/gateway/wire"
)

// soakTime is GATEWAY_SOAK, such as "10m", or long enough to run everything many times.
func soakTime(t *testing.T) time.Duration {
	text := os.Getenv("GATEWAY_SOAK")
	if text == "" {
		return 6 * time.Second
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// soaker is one kind of load; it does a little of it each time it is called.
type soaker struct {
	name string
	do   func(s *soak, conn *pgx.Conn, random *rand.Rand) error
	done atomic.Int64
}

// soak is a site under mixed load.
type soak struct {
	*site
	kinds []*soaker
	stop  chan struct{}
}

// TestSoak has all kinds of load at once for a while, with the source killed now and
// then; memory, goroutines and files stay flat.
func TestSoak(t *testing.T) {
	s := &soak{site: start(t, func(c *wire.Config) { c.MaxConnections = 100 }), stop: make(chan struct{})}
	s.addMariaDB()
	s.kinds = []*soaker{
		{name: "relay", do: soakRelay},
		{name: "prepared", do: soakPrepared},
		{name: "join", do: soakJoin},
		{name: "write", do: soakWrite},
		{name: "error", do: soakError},
		{name: "cancel", do: soakCancel},
		{name: "reconnect", do: soakReconnect},
		{name: "vanish", do: soakVanish},
		{name: "transaction", do: soakTransaction},
		{name: "cursor", do: soakCursor},
	}
	length := soakTime(t)
	var work sync.WaitGroup
	for i, kind := range s.kinds {
		work.Go(func() { s.run(kind, uint64(i)) })
	}
	samples := s.watch(length)
	close(s.stop)
	work.Wait()
	for _, kind := range s.kinds {
		n := kind.done.Load()
		t.Logf("%s: %d", kind.name, n)
		if n == 0 {
			t.Errorf("%s: never ended well", kind.name)
		}
	}
	s.eventually("sessions are left", func() error {
		if n := s.server.Connections(); n > 0 {
			return fmt.Errorf("%d", n)
		}
		return nil
	})
	s.clean()
	s.flat(samples)
	if err := s.once("delete from pg.kept"); err != nil {
		t.Error(err)
	}
}

// sample is what the process holds at a moment.
type sample struct {
	heap              uint64
	goroutines, files int
}

func (s sample) String() string {
	return fmt.Sprintf("%d MiB, %d goroutines, %d files", s.heap>>20, s.goroutines, s.files)
}

// watch takes twenty samples over the length, and cuts the source off between some.
func (s *soak) watch(length time.Duration) []sample {
	const count = 20
	samples := make([]sample, 0, count)
	for i := range count {
		time.Sleep(length / count)
		if i%5 == 3 {
			s.proxy.Cut()
		}
		samples = append(samples, sample{inUse(), runtime.NumGoroutine(), len(openFiles())})
		s.t.Log(samples[i])
	}
	return samples
}

// flat compares the first samples after the start with the last ones.
func (s *soak) flat(samples []sample) {
	s.t.Helper()
	early, late := samples[3:10], samples[len(samples)-7:]
	for _, what := range []struct {
		name  string
		of    func(sample) int
		slack int
	}{
		{"heap", func(x sample) int { return int(x.heap) }, 32 << 20},
		{"goroutines", func(x sample) int { return x.goroutines }, 60},
		{"files", func(x sample) int { return x.files }, 30},
	} {
		before, after := median(early, what.of), median(late, what.of)
		if after > before+before/4+what.slack {
			s.t.Errorf("%s grew from %d to %d", what.name, before, after)
		}
	}
}

func median(samples []sample, of func(sample) int) int {
	values := make([]int, len(samples))
	for i, x := range samples {
		values[i] = of(x)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// addMariaDB adds the table in MariaDB as schema my, where there is one.
func (s *soak) addMariaDB() {
	dsn := os.Getenv("GATEWAY_TEST_MARIADB")
	if dsn == "" {
		return
	}
	config, err := mysql.ParseDSN(dsn)
	if err != nil {
		s.t.Fatal(err)
	}
	config.MultiStatements = true
	db, err := sql.Open("mysql", config.FormatDSN())
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	_, err = db.Exec(fmt.Sprintf(`create database %[2]s;
		create table %[2]s.numbers (n bigint, t varchar(20));
		insert into %[2]s.numbers select seq, concat('row ', seq) from seq_1_to_%[1]d;
		create table %[2]s.kept (n bigint)`, rows, remote))
	if err != nil {
		s.t.Fatal(err)
	}
	config.DBName, config.MultiStatements = remote, false
	d := s.without("")
	d.Servers["my"] = s.define(map[string]string{"my": fmt.Sprintf(`{"kind": "mysql", "dsn": %q}`, config.FormatDSN())}, nil).Servers["my"]
	mount := mountOf("my")
	mount.Remote = remote
	d.Schemas["my"] = mount
	s.definition = d
	s.reload(d)
}

// run repeats one kind of load, on a new connection whenever the old one is gone.
func (s *soak) run(kind *soaker, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 1))
	var conn *pgx.Conn
	defer func() { closeConn(conn) }()
	for {
		select {
		case <-s.stop:
			return
		default:
		}
		if conn == nil || conn.IsClosed() {
			var err error
			if conn, err = pgx.Connect(context.Background(), s.url("app", "")); err != nil {
				s.t.Errorf("%s: connecting: %v", kind.name, err)
				return
			}
		}
		switch err := kind.do(s, conn, random); {
		case err == nil:
			kind.done.Add(1)
		case !wasCut(err):
			s.t.Errorf("%s: %v", kind.name, err)
			return
		default: // the source was cut off: whatever was begun is over
			if err := run(context.Background(), conn, "rollback"); err != nil {
				s.t.Errorf("%s: rollback: %v", kind.name, err)
				return
			}
		}
	}
}

func closeConn(conn *pgx.Conn) {
	if conn != nil {
		_ = conn.Close(context.Background())
	}
}

// wasCut says that a statement failed because its source's connections were cut.
func wasCut(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && (strings.HasPrefix(e.Code, "08") || strings.HasPrefix(e.Code, "HV") || e.Code == "25P02")
}

func (s *soak) once(statement string) error {
	conn, err := pgx.Connect(context.Background(), s.url("app", ""))
	if err != nil {
		return err
	}
	defer closeConn(conn)
	return run(context.Background(), conn, statement)
}

func soakRelay(_ *soak, conn *pgx.Conn, random *rand.Rand) error {
	return run(context.Background(), conn, fmt.Sprintf("select n, t from pg.numbers where n = %d", random.IntN(rows)))
}

func soakPrepared(_ *soak, conn *pgx.Conn, random *rand.Rand) error {
	schema := []string{"pg", "lite"}[random.IntN(2)]
	want := 1 + random.IntN(rows)
	var n int
	var text string
	if err := conn.QueryRow(context.Background(), "select n, t from "+schema+".numbers where n = $1", want).Scan(&n, &text); err != nil {
		return err
	}
	if n != want || text != fmt.Sprintf("row %d", n) {
		return fmt.Errorf("row %d of %s is %d, %s", want, schema, n, text)
	}
	return nil
}

func soakJoin(s *soak, conn *pgx.Conn, random *rand.Rand) error {
	schemas := []string{"pg", "lite", "lake"}
	if _, ok := s.definition.Servers["my"]; ok {
		schemas = append(schemas, "my")
	}
	random.Shuffle(len(schemas), func(i, j int) { schemas[i], schemas[j] = schemas[j], schemas[i] })
	query := fmt.Sprintf("select count(*) from %s.numbers a join %s.numbers b using (n, t)", schemas[0], schemas[1])
	var n int
	if err := conn.QueryRow(context.Background(), query).Scan(&n); err != nil {
		return err
	}
	if n != rows {
		return fmt.Errorf("%s: %d rows of %d", query, n, rows)
	}
	return nil
}

func soakWrite(s *soak, conn *pgx.Conn, random *rand.Rand) error {
	table := "pg.kept"
	if _, ok := s.definition.Servers["my"]; ok && random.IntN(2) == 0 {
		table = "my.kept"
	}
	return run(context.Background(), conn, fmt.Sprintf("insert into %[1]s select n from lite.numbers where n <= 100; update %[1]s set n = n + 1; delete from %[1]s", table))
}

func soakError(_ *soak, conn *pgx.Conn, random *rand.Rand) error {
	cases := [][2]string{
		{"select 1 / (n - 100) from lite.numbers", "22012"},
		{"select * from pg.nothing", "42P01"},
		{"selec 1", "42601"},
		{"select n, t from pg.wrong", "22012"},
		{"select 'x'::int", "22P02"},
		{"set gateway.relay = off; select n from pg.wrong", "22012"},
		{"set gateway.memory_limit = '1MB'; select string_agg(t, ',' order by t) from lake.numbers", "53200"},
	}
	c := cases[random.IntN(len(cases))]
	err := run(context.Background(), conn, c[0])
	_ = run(context.Background(), conn, "reset all")
	var e *pgconn.PgError
	if errors.As(err, &e) && e.Code == c[1] {
		return nil
	}
	if err == nil {
		return fmt.Errorf("%s gives no error", c[0])
	}
	return err
}

func soakCancel(_ *soak, conn *pgx.Conn, random *rand.Rand) error {
	query := cancelled[random.IntN(5)]
	ended := make(chan error, 1)
	go func() { ended <- run(context.Background(), conn, query) }()
	time.Sleep(time.Duration(random.Int64N(int64(30 * time.Millisecond))))
	err, over := cancelUntil(conn, ended)
	var e *pgconn.PgError
	switch {
	case !over:
		return fmt.Errorf("%s does not end", query)
	case errors.As(err, &e) && e.Code == "57014":
		return nil
	}
	return err
}

func soakReconnect(s *soak, _ *pgx.Conn, random *rand.Rand) error {
	return s.once([]string{"select 1", "select count(*) from lake.numbers", "begin; select n from pg.numbers limit 1"}[random.IntN(3)])
}

// soakVanish leaves in the middle of a result, without a word.
func soakVanish(s *soak, _ *pgx.Conn, random *rand.Rand) error {
	conn, err := pgconn.Connect(context.Background(), s.url("app", ""))
	if err != nil {
		return err
	}
	raw, err := conn.Hijack()
	if err != nil {
		return err
	}
	defer raw.Conn.Close()
	_ = raw.Conn.SetDeadline(time.Now().Add(patience))
	query := []string{"select n, t from pg.numbers", "select a.n, b.t from lite.numbers a, pg.numbers b", "begin; insert into pg.kept values (1)"}[random.IntN(3)]
	raw.Frontend.Send(&pgproto3.Query{String: query})
	if err := raw.Frontend.Flush(); err != nil {
		return err
	}
	_, err = raw.Frontend.Receive()
	return err
}

func soakTransaction(_ *soak, conn *pgx.Conn, random *rand.Rand) error {
	end := []string{"commit", "rollback"}[random.IntN(2)]
	return run(context.Background(), conn, "begin; insert into pg.kept values (1); savepoint a; select count(*) from lite.numbers; rollback to a; "+
		"select count(*) from pg.kept; delete from pg.kept where n = 1; "+end)
}

func soakCursor(_ *soak, conn *pgx.Conn, random *rand.Rand) error {
	schema := []string{"pg", "lite", "lake"}[random.IntN(3)]
	return run(context.Background(), conn, "begin; declare c cursor for select n, t from "+schema+".numbers; fetch 10 from c; fetch 1000 from c; commit; "+
		"copy (select t from "+schema+".numbers where n < 1000) to stdout")
}
