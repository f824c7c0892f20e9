package faults_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sqlgateway/gateway/wire"
)

// TestTooManyConnections refuses a client beyond the limit, and takes the next one
// once somebody has left.
func TestTooManyConnections(t *testing.T) {
	s := start(t, func(c *wire.Config) { c.MaxConnections = 3 })
	conns := []*pgx.Conn{s.connect(), s.connect(), s.connect()}
	for range 20 {
		_, err := pgx.Connect(context.Background(), s.url("app", ""))
		if problem := wantCode(t, err, "53300"); problem.Message != "sorry, too many clients already" {
			t.Errorf("%s", problem.Message)
		}
	}
	// So many that have not even said who they are: they are told the same.
	var quiet []net.Conn
	for range 20 {
		conn, err := net.Dial("tcp", s.address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		quiet = append(quiet, conn)
	}
	_ = quiet[19].SetReadDeadline(time.Now().Add(patience))
	if answer, _ := io.ReadAll(quiet[19]); !strings.Contains(string(answer), "53300") {
		t.Errorf("a client too many is told %q", answer)
	}
	for _, conn := range quiet {
		_ = conn.Close()
	}
	if err := count(conns[0], "pg.numbers"); err != nil {
		t.Errorf("a client that is in: %v", err)
	}
	_ = conns[1].Close(context.Background())
	s.eventually("a place is free and nobody is let in", func() error {
		conn, err := pgx.Connect(context.Background(), s.url("app", ""))
		if err == nil {
			defer conn.Close(context.Background())
			err = count(conn, "lite.numbers")
		}
		return err
	})
	_ = conns[0].Close(context.Background())
	_ = conns[2].Close(context.Background())
}

// url is where clients connect.
func (s *site) url(user, options string) string {
	if options == "" {
		options = "sslmode=disable"
	}
	return "postgres://" + user + "@" + s.address + "/shop?" + options
}

// halfOpen are beginnings of a startup packet after which the client says no more.
var halfOpen = []string{
	"", "\x00", "\x00\x00\x00\x08", "\x00\x00\x00\x08\x04\xd2\x16\x2f", "\x00\x00\x00\x08\x04\xd2\x16\x30",
	"\x00\x00\x00\x50\x00\x03\x00\x00user\x00app\x00", "\x00\x00\x27\x00", "\x00\x00\x00\x10\x04\xd2\x16\x2e\x00\x00",
}

// TestHalfOpen has three hundred clients that never finish their startup packet:
// others are served, and the time limit clears them away.
func TestHalfOpen(t *testing.T) {
	s := start(t, func(c *wire.Config) { c.StartupTimeout = 3 * time.Second })
	var conns []net.Conn
	for i := range 300 {
		conn, err := net.Dial("tcp", s.address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, halfOpen[i%len(halfOpen)]); err != nil {
			t.Fatal(err)
		}
		conns = append(conns, conn)
	}
	s.healthy()
	for i, conn := range conns {
		_ = conn.SetReadDeadline(time.Now().Add(patience))
		if _, err := io.Copy(io.Discard, conn); errors.Is(err, context.DeadlineExceeded) || isTimeout(err) {
			t.Fatalf("after %q the connection stays open", halfOpen[i%len(halfOpen)])
		}
	}
	s.healthy()
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

// passwords lets app in, by SCRAM.
type passwords struct{ verifier wire.Verifier }

func (passwords) Method(string, string, string) (wire.AuthMethod, error) { return wire.AuthSCRAM, nil }

func (p passwords) Verifier(user string) (wire.Verifier, bool) { return p.verifier, user == "app" }

// TestWrongPasswords has many clients fail at once, in every way, beside one that
// knows the password.
func TestWrongPasswords(t *testing.T) {
	verifier, err := wire.HashPassword("right")
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, func(c *wire.Config) { c.Authenticator = passwords{verifier} })
	right, err := pgx.Connect(context.Background(), s.url("app:right", ""))
	if err != nil {
		t.Fatal(err)
	}
	defer right.Close(context.Background())
	var wrong sync.WaitGroup
	for i := range 8 {
		wrong.Go(func() {
			for range 25 {
				user := []string{"app", "stranger", "", "app\x01"}[i%4]
				_, err := pgx.Connect(context.Background(), s.url(user+":wrong", ""))
				if user == "app\x01" || user == "" {
					if err == nil {
						t.Errorf("%q was let in", user)
					}
					continue
				}
				problem := wantCode(t, err, "28P01")
				if want := fmt.Sprintf("password authentication failed for user %q", user); problem.Message != want {
					t.Errorf("%s, want %s", problem.Message, want)
				}
			}
		})
	}
	for _, garbage := range []string{"", "x", "n,,n=,r=", "n,,n=,r=a,", "y,,n=,r=abc", "p=tls-server-end-point,,n=,r=abc", strings.Repeat("n", 60000)} {
		wrong.Go(func() { s.saslGarbage(garbage) })
	}
	if err := count(right, "pg.numbers"); err != nil {
		t.Error(err)
	}
	wrong.Wait()
	if again, err := pgx.Connect(context.Background(), s.url("app:right", "")); err != nil {
		t.Errorf("the right password after the wrong ones: %v", err)
	} else {
		_ = again.Close(context.Background())
	}
	s.eventually("failed clients are left", func() error {
		if n := s.server.Connections(); n != 1 {
			return fmt.Errorf("%d", n)
		}
		return nil
	})
}

// saslGarbage answers the request for a password with anything but one.
func (s *site) saslGarbage(data string) {
	conn, err := net.Dial("tcp", s.address)
	if err != nil {
		s.t.Error(err)
		return
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	body := "SCRAM-SHA-256\x00" + string([]byte{0, 0, byte(len(data) >> 8), byte(len(data))}) + data
	n := len(body) + 4
	sent := "\x00\x00\x00\x12\x00\x03\x00\x00user\x00app\x00\x00p" + string([]byte{0, byte(n >> 16), byte(n >> 8), byte(n)}) + body +
		"p\x00\x00\x00\x09c=biw"
	if _, err := io.WriteString(conn, sent); err != nil {
		s.t.Error(err)
		return
	}
	answer, err := io.ReadAll(conn)
	if isTimeout(err) || !strings.Contains(string(answer), "FATAL") {
		s.t.Errorf("SASL data of %d bytes, %.20q: answered %q, %v", len(data), data, answer, err)
	}
}

// TestSourceHangs has a source that accepts connections and says nothing: whoever
// asks it gets an error in time, again and again, and nobody else waits.
func TestSourceHangs(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var held sync.WaitGroup
	var open atomic.Int64
	held.Go(func() {
		for {
			conn, err := silent.Accept()
			if err != nil {
				return
			}
			open.Add(1)
			held.Go(func() {
				defer open.Add(-1)
				defer conn.Close()
				_, _ = io.Copy(io.Discard, conn)
			})
		}
	})
	t.Cleanup(func() {
		_ = silent.Close()
		held.Wait()
	})
	s := start(t)
	d := s.define(map[string]string{
		"hangs": fmt.Sprintf(`{"kind": "postgres", "dsn": "postgres://u:secret@%s/db?sslmode=disable", "connect_timeout_s": 1}`, silent.Addr()),
		"mute":  fmt.Sprintf(`{"kind": "mysql", "dsn": "u:secret@tcp(%s)/db", "connect_timeout_s": 1}`, silent.Addr()),
	}, nil)
	both := s.without("")
	for name, config := range d.Servers {
		both.Servers[name] = config
		both.Schemas[name] = mountOf(name)
	}
	s.reload(both)
	conn, other := s.connect(), s.connect()
	defer conn.Close(context.Background())
	defer other.Close(context.Background())
	for _, table := range []string{"hangs.numbers", "mute.numbers", "hangs.numbers"} {
		ended := make(chan error, 1)
		began := time.Now()
		go func() { ended <- run(context.Background(), conn, "select * from "+table) }()
		if err := count(other, "lite.numbers"); err != nil {
			t.Errorf("beside a source that hangs: %v", err)
		}
		problem := wantCode(t, <-ended, "08", "HV")
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("%s: the error came after %s", table, took)
		}
		checkSecret(t, problem)
	}
	// A statement's own limit comes before the source's.
	if err := run(context.Background(), conn, "set statement_timeout = '100ms'"); err != nil {
		t.Fatal(err)
	}
	wantCode(t, run(context.Background(), conn, "select * from mute.things"), "57014")
	s.reload(s.definition)
	s.eventually("somebody still asks the source that hangs", func() error {
		if n := open.Load(); n > 0 {
			return fmt.Errorf("%d", n)
		}
		return nil
	})
}

// checkSecret looks for the password in all that a client is told.
func checkSecret(t *testing.T, problem *pgconn.PgError) {
	t.Helper()
	if text := problem.Message + problem.Detail + problem.Hint; strings.Contains(text, "secret") {
		t.Errorf("a password is shown: %s", text)
	}
}
