package faults_test

import (
	"context"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/sqlgateway/gateway/wire"
)

// TestClientNeverReads has clients that ask for far more than fits anywhere and read
// nothing: the gateway waits and holds little, others work, and when they vanish
// nothing is left.
func TestClientNeverReads(t *testing.T) {
	s := start(t)
	s.healthy()
	before := inUse()
	var conns []net.Conn
	for _, query := range []string{
		"select a.n, a.t, repeat('x', 1000) from pg.numbers a, pg.numbers b",
		"set gateway.relay = off; select a.n, a.t, repeat('x', 1000) from pg.numbers a, generate_series(1, 1000) b",
		"select a.n, repeat('x', 1000) from lite.numbers a, lake.numbers b",
		"copy (select a.n, repeat('x', 1000) from lake.numbers a, lake.numbers b) to stdout",
	} {
		conn, f := s.raw()
		defer conn.Close()
		f.Send(&pgproto3.Query{String: query})
		if err := f.Flush(); err != nil {
			t.Fatal(err)
		}
		conns = append(conns, conn)
	}
	for range 3 {
		time.Sleep(300 * time.Millisecond)
		s.healthy()
	}
	if now := inUse(); now > before+64<<20 {
		t.Errorf("four clients that do not read hold %d MiB", (now-before)>>20)
	}
	for _, conn := range conns {
		_ = conn.Close()
	}
	s.eventually("sessions whose clients have left", func() error {
		if n := s.server.Connections(); n > 0 {
			return fmt.Errorf("%d", n)
		}
		return nil
	})
	s.clean()
	s.healthy()
}

// TestShutdownBesideStalled ends although a client does not read.
func TestShutdownBesideStalled(t *testing.T) {
	s := start(t)
	conn, f := s.raw()
	defer conn.Close()
	f.Send(&pgproto3.Query{String: "select a.n, repeat('x', 1000) from lite.numbers a, lite.numbers b"})
	if err := f.Flush(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(200 * time.Millisecond)
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- s.server.Shutdown(ctx) }()
	select {
	case <-ended:
	case <-time.After(patience):
		t.Fatal("the shutdown waits for a client that does not read")
	}
}

// TestPipelinesWithoutReading floods the extended protocol and reads nothing: the
// gateway stops reading too, instead of gathering answers.
func TestPipelinesWithoutReading(t *testing.T) {
	s := start(t, func(c *wire.Config) { c.MaxConnections = 10 })
	before := inUse()
	conn, _ := s.raw()
	defer conn.Close()
	var flood []byte
	for _, m := range []pgproto3.FrontendMessage{
		&pgproto3.Parse{Query: "select repeat('x', 100000)"}, &pgproto3.Bind{}, &pgproto3.Execute{},
	} {
		flood, _ = m.Encode(flood)
	}
	_ = conn.SetWriteDeadline(time.Now().Add(2 * time.Second))
	sent := 0
	for {
		n, err := conn.Write(flood)
		sent += n
		if err != nil {
			break
		}
		if sent > 64<<20 {
			t.Fatal("the gateway takes all that a client sends who does not read")
		}
	}
	if now := inUse(); now > before+32<<20 {
		t.Errorf("a client that only sends holds %d MiB", (now-before)>>20)
	}
	s.healthy()
}
