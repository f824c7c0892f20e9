package faults_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/sqlgateway/gateway/internal/session"
	"github.com/sqlgateway/gateway/wire"
)

// counted are sessions whose statements that the event loop starts, and ends, are
// counted.
type counted struct {
	session.Handler
	started, answered atomic.Int64
}

type countedSession struct {
	session.Express
	by *counted
}

func (c *counted) Open(ctx context.Context, startup session.Startup) (session.Session, error) {
	s, err := c.Handler.Open(ctx, startup)
	if err != nil {
		return nil, err
	}
	return &countedSession{Express: s.(session.Express), by: c}, nil
}

func (s *countedSession) StartQuery(text string, notify *session.Notify) session.Progress {
	progress := s.Express.StartQuery(text, notify)
	if progress != session.Declined {
		s.by.started.Add(1)
	}
	return progress
}

func (s *countedSession) StartExecute(name string, formats []int16, params [][]byte, results []int16, notify *session.Notify) ([]session.Field, session.Progress) {
	fields, progress := s.Express.StartExecute(name, formats, params, results, notify)
	if progress != session.Declined {
		s.by.started.Add(1)
	}
	return fields, progress
}

func (s *countedSession) Answer(out session.Out) session.Progress {
	progress := s.Express.Answer(out)
	if progress == session.Answered {
		s.by.answered.Add(1)
	}
	return progress
}

// express is a site whose clients are counted; it is shut down by stop.
func express(t *testing.T) (s *site, by *counted, stop func()) {
	s = start(t)
	if s.wire.Loop == nil {
		t.Skip("there is no event loop here")
	}
	by = &counted{Handler: s.engine}
	config := s.wire
	config.Handler = by
	server := wire.New(config)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.address = listener.Addr().String()
	served := make(chan error, 1)
	go func() { served <- server.Serve(context.Background(), listener) }()
	over := false
	stop = func() {
		if over {
			return
		}
		over = true
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := server.Shutdown(ctx); err != nil {
			t.Errorf("shutting down: %v", err)
		}
		listener.Close()
		<-served
	}
	t.Cleanup(stop)
	return s, by, stop
}

// took checks how many statements the loop has started and answered since the last call.
func (c *counted) took(t *testing.T, what string, started, answered int64) {
	t.Helper()
	if s, a := c.started.Swap(0), c.answered.Swap(0); s != started || a != answered {
		t.Errorf("%s: the loop has started %d statements and answered %d; wanted are %d and %d", what, s, a, started, answered)
	}
}

// encoded is messages as they are sent.
func encoded(t *testing.T, messages ...pgproto3.FrontendMessage) (out []byte) {
	t.Helper()
	for _, m := range messages {
		var err error
		if out, err = m.Encode(out); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// answers reads up to that many ReadyForQuery and shows what came.
func answers(t *testing.T, f *pgproto3.Frontend, ready int) string {
	t.Helper()
	var out []string
	for ready > 0 {
		m, err := f.Receive()
		if err != nil {
			t.Fatalf("after %v: %v", out, err)
		}
		switch m := m.(type) {
		case *pgproto3.DataRow:
			out = append(out, string(m.Values[0]))
		case *pgproto3.ErrorResponse:
			out = append(out, m.Code)
		case *pgproto3.BindComplete:
			out = append(out, "bound")
		case *pgproto3.ReadyForQuery:
			out = append(out, string(m.TxStatus))
			ready--
		}
	}
	return strings.Join(out, " ")
}

// TestExpress sends what the loop takes in every form of arrival, and what it has to
// leave to a goroutine half way.
func TestExpress(t *testing.T) {
	s, by, _ := express(t)
	conn, f := s.raw()
	defer conn.Close()
	send := func(data []byte, ready int) string {
		t.Helper()
		if _, err := conn.Write(data); err != nil {
			t.Fatal(err)
		}
		return answers(t, f, ready)
	}
	query := func(n int) []byte {
		return encoded(t, &pgproto3.Query{String: fmt.Sprintf("select t from pg.numbers where n = %d", n)})
	}
	bind := func(n string) []byte {
		return encoded(t, &pgproto3.Bind{PreparedStatement: "s", Parameters: [][]byte{[]byte(n)}},
			&pgproto3.Describe{ObjectType: 'P'}, &pgproto3.Execute{}, &pgproto3.Sync{})
	}
	want := func(what, got, wanted string) {
		t.Helper()
		if got != wanted {
			t.Errorf("%s: %q, not %q", what, got, wanted)
		}
	}
	want("first", send(query(1), 1), "row 1 I")
	by.took(t, "a new shape", 0, 0)
	want("second", send(query(2), 1), "row 2 I")
	by.took(t, "a known shape", 1, 1)
	want("pipelined", send(append(append(query(3), query(4)...), query(5)...), 3), "row 3 I row 4 I row 5 I")
	by.took(t, "three in a write", 3, 3)
	slowly := query(6)
	for _, b := range slowly[:len(slowly)-1] {
		if _, err := conn.Write([]byte{b}); err != nil {
			t.Fatal(err)
		}
	}
	want("byte by byte", send(slowly[len(slowly)-1:], 1), "row 6 I")
	by.took(t, "byte by byte", 1, 1)

	want("prepared", send(encoded(t, &pgproto3.Parse{Name: "s", Query: "select t, n from pg.numbers where n = $1"}, &pgproto3.Sync{}), 1), "I")
	want("prepared", send(bind("7"), 1), "bound row 7 I")
	want("prepared", send(append(bind("8"), bind("9")...), 2), "bound row 8 I bound row 9 I")
	by.took(t, "prepared", 3, 3)
	want("prepared, cut", send(bind("10")[:20], 0), "")
	want("prepared, cut", send(bind("10")[20:], 1), "bound row 10 I")
	by.started.Store(0)
	by.answered.Store(0)

	// The server's errors, and answers that are long, are for the goroutine.
	want("error", send(bind("x"), 1), "bound 22P02 I")
	by.took(t, "an error", 1, 0)
	send(encoded(t, &pgproto3.Query{String: "select 1 from pg.numbers where n < 3"}), 1)
	long := send(encoded(t, &pgproto3.Query{String: "select 1 from pg.numbers where n < 40000"}), 1)
	if n := strings.Count(long, "1 "); n != 39999 {
		t.Errorf("%d rows", n)
	}
	by.took(t, "a long answer", 1, 0)

	// In a transaction, on its connection.
	want("begin", send(encoded(t, &pgproto3.Query{String: "begin"}), 1), "T")
	want("in a transaction", send(query(11), 1), "row 11 T")
	by.took(t, "the first of a transaction", 0, 0)
	want("in a transaction", send(query(12), 1), "row 12 T")
	by.took(t, "the second of a transaction", 1, 1)
	want("error in a transaction", send(encoded(t, &pgproto3.Query{String: "select 1 / (n - 1) from pg.numbers where n = 1"}), 1), "22012 E")
	want("after the error", send(query(13), 1), "25P02 E")
	want("rollback", send(encoded(t, &pgproto3.Query{String: "rollback"}), 1), "I")
	want("after the transaction", send(query(14), 1), "row 14 I")
	by.took(t, "after the transaction", 1, 1)
}

// slowQuery is of one shape for any number of seconds, below 100.
func slowQuery(seconds int) string {
	return fmt.Sprintf("select t from pg.slow_for where n = %d", seconds)
}

// TestExpressInterrupted cancels what the loop has started, leaves it, and kills the
// server below it.
func TestExpressInterrupted(t *testing.T) {
	s, by, _ := express(t)
	conn := s.connect()
	defer conn.Close(context.Background())
	for range 2 {
		if err := run(context.Background(), conn, slowQuery(0)); err != nil {
			t.Fatal(err)
		}
	}
	by.took(t, "short", 1, 1)

	ended := make(chan error, 1)
	begin := func(conn *pgx.Conn) {
		go func() { ended <- run(context.Background(), conn, slowQuery(60)) }()
		s.atWork()
	}
	begin(conn)
	err, over := cancelUntil(conn, ended)
	if !over {
		t.Fatal("a cancelled statement does not end")
	}
	wantCode(t, err, "57014")
	by.took(t, "cancelled", 1, 0)
	s.clean()

	if err := run(context.Background(), conn, slowQuery(0)); err != nil { // on a new connection
		t.Fatal(err)
	}
	begin(conn)
	s.terminate()
	wantCode(t, <-ended, "08", "HV", "57P")
	by.took(t, "cut off", 1, 0)
	s.eventually("the source is back", func() error { return count(conn, "pg.numbers") })

	by.started.Store(0)
	by.answered.Store(0)

	leaver, f := s.raw()
	for _, seconds := range []int{0, 60} {
		if _, err := leaver.Write(encoded(t, &pgproto3.Query{String: slowQuery(seconds)})); err != nil {
			t.Fatal(err)
		}
		if seconds == 0 {
			answers(t, f, 1)
		}
	}
	s.atWork()
	by.took(t, "left", 2, 1)
	_ = leaver.Close()
	s.clean()
	s.healthy()
}

// terminate ends the gateway's connections at the source.
func (s *site) terminate() {
	s.t.Helper()
	conn, err := pgx.Connect(context.Background(), s.direct)
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(context.Background(), "select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1", label63(s.label)); err != nil {
		s.t.Fatal(err)
	}
}

// TestExpressShutdown ends sessions that the loop keeps, idle and at work.
func TestExpressShutdown(t *testing.T) {
	s, by, stop := express(t)
	idle, busy := s.connect(), s.connect()
	defer idle.Close(context.Background())
	defer busy.Close(context.Background())
	for _, conn := range []*pgx.Conn{busy, busy, idle} {
		if err := run(context.Background(), conn, slowQuery(0)); err != nil {
			t.Fatal(err)
		}
	}
	by.took(t, "warm", 2, 2)
	ended := make(chan error, 1)
	go func() { ended <- run(context.Background(), busy, slowQuery(2)) }()
	s.atWork()
	began := time.Now()
	stop()
	if took := time.Since(began); took > patience/2 {
		t.Errorf("the shutdown took %s", took)
	}
	if err := <-ended; err != nil {
		t.Errorf("the running statement: %v", err)
	}
	by.took(t, "at work", 1, 1)
	for _, conn := range []*pgx.Conn{busy, idle} {
		if err := run(context.Background(), conn, "select 1"); err == nil || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("after the shutdown: %v", err)
		}
	}
}
