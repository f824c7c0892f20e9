package postgres_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/backends/postgres"
	"github.com/sqlgateway/gateway/internal/eventloop"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// record is a sink that keeps what it got.
type record struct {
	described, rows, calls int
	bytes                  int
	tags                   []string
	notices                int
	fail                   error
}

func (r *record) RowDescription([]byte) error { r.described++; return nil }
func (r *record) Complete(tag string) error   { r.tags = append(r.tags, tag); return nil }
func (r *record) Notice([]byte) error         { r.notices++; return nil }

func (r *record) Rows(messages []byte) error {
	r.calls++
	r.bytes += len(messages)
	for len(messages) > 0 {
		if messages[0] != 'D' {
			return fmt.Errorf("message %c among rows", messages[0])
		}
		messages = messages[1+binary.BigEndian.Uint32(messages[1:]):]
		r.rows++
	}
	return r.fail
}

func relay(t testing.TB, b *postgres.Backend) backends.RelayConn {
	t.Helper()
	c, err := b.Relay(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// loop is an event loop that ends after the test; nil where there is none.
func loop(t testing.TB) *eventloop.Loop {
	t.Helper()
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

func open(t testing.TB, cfg *postgres.Config) *postgres.Backend {
	t.Helper()
	b := postgres.Open(cfg, backends.Env{Loop: loop(t)})
	t.Cleanup(func() { _ = b.Close() })
	return b
}

func TestRelay(t *testing.T) {
	cfg := config(database(t).String())
	cfg.MaxConnections, cfg.StatementCache = 1, 2
	b := open(t, cfg)
	c := relay(t, b)
	ctx := t.Context()

	// Simple: several statements, notices, many rows in few slices.
	got := &record{}
	err := c.Simple(ctx, "DO $$BEGIN RAISE NOTICE 'hello'; END$$; SELECT * FROM pg_catalog.generate_series(1, 20000); SELECT 1", got)
	if err != nil || got.rows != 20001 || got.described != 2 || got.notices != 1 || strings.Join(got.tags, ",") != "DO,SELECT 20000,SELECT 1" {
		t.Errorf("%+v, %v", got, err)
	}
	if got.calls > 2000 {
		t.Errorf("%d calls for %d rows", got.calls, got.rows)
	}

	// Prepared statements: cached by text and types, evicted in order of use.
	names := map[string]string{}
	for _, sql := range []string{"SELECT $1 + 1", "SELECT $1 + 2", "SELECT $1 + 1", "SELECT $1 + 3", "SELECT $1 + 2", "SELECT $1 + 1"} {
		st, err := c.Prepare(ctx, sql, []uint32{pgtypes.OIDInt4})
		if err != nil || len(st.ParamTypes) != 1 || st.RowDescription == nil {
			t.Fatalf("%s: %+v, %v", sql, st, err)
		}
		names[sql] += " " + st.Name
		got := &record{}
		if err := c.Execute(ctx, st, nil, [][]byte{[]byte("1")}, nil, got); err != nil || got.rows != 1 {
			t.Fatalf("%s: %+v, %v", sql, got, err)
		}
	}
	if want := " gw1 gw1 gw5"; names["SELECT $1 + 1"] != want {
		t.Errorf("names %v, want %s", names, want)
	}

	// Errors leave the connection in use, with every field.
	_, err = c.Prepare(ctx, "SELECT 1 FROM absent", nil)
	if e := pgerr.From(err); e.Code != pgerr.UndefinedTable || e.Position != 15 {
		t.Errorf("%+v", e)
	}
	err = c.Simple(ctx, "CREATE TEMP TABLE u (a int CONSTRAINT uk UNIQUE); INSERT INTO u VALUES (1), (1)", &record{})
	if e := pgerr.From(err); e.Code != pgerr.UniqueViolation || e.Constraint != "uk" || e.Detail != "Key (a)=(1) already exists." || e.Table != "u" {
		t.Errorf("%+v", e)
	}
	if err := c.Simple(ctx, "COPY (SELECT 1) TO STDOUT; SELECT 1", &record{}); err != nil {
		t.Errorf("a copy out: %v", err)
	}

	// A sink that fails stops the result.
	start := time.Now()
	broken := errors.New("the client left")
	if err := c.Simple(ctx, "SELECT pg_catalog.generate_series(1, 100000000::bigint)", &record{fail: broken}); err != broken {
		t.Errorf("%v", err)
	}
	limited, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
	defer cancel()
	if err := c.Simple(limited, "SELECT pg_catalog.pg_sleep(60)", &record{}); pgerr.Code(err) != pgerr.QueryCanceled {
		t.Errorf("%v", err)
	}
	cancelled := make(chan struct{})
	time.AfterFunc(100*time.Millisecond, func() {
		defer close(cancelled)
		c.Cancel(context.Background())
	})
	if err := c.Simple(ctx, "SELECT pg_catalog.pg_sleep(60)", &record{}); pgerr.Code(err) != pgerr.QueryCanceled {
		t.Errorf("%v", err)
	}
	<-cancelled
	if took := time.Since(start); took > 15*time.Second {
		t.Errorf("stopping took %s", took)
	}
	if c.TransactionStatus() != 'I' || c.ParameterStatus("server_encoding") != "UTF8" {
		t.Errorf("status %c, %q", c.TransactionStatus(), c.ParameterStatus("server_encoding"))
	}
	c.SetLabel("mine")
	c.Release()
	again := relay(t, b)
	if again.Label() != "mine" {
		t.Errorf("label %q", again.Label())
	}
	again.Release()
	// Our own statements do not run under a relay's settings.
	if err := b.Ping(ctx); err != nil {
		t.Error(err)
	}
	again = relay(t, b)
	defer again.Release()
	if again.Label() != "" {
		t.Errorf("label %q after the settings were made anew", again.Label())
	}
}

func TestTransactionOver(t *testing.T) {
	b := open(t, config(database(t).String()))
	c := relay(t, b)
	defer c.Release()
	ctx := t.Context()
	if err := c.Simple(ctx, "BEGIN; CREATE TABLE public.t (i bigint); INSERT INTO public.t SELECT * FROM pg_catalog.generate_series(1, 30000)", &record{}); err != nil {
		t.Fatal(err)
	}
	tx, err := b.TransactionOver(c)
	if err != nil {
		t.Fatal(err)
	}
	f := backends.Fragment{Query: &backends.QueryFragment{SQL: "SELECT i FROM public.t"}, Output: []backends.Column{{Name: "i", Type: pgtypes.Of(pgtypes.OIDInt8)}}}
	r, err := tx.Read(ctx, f)
	if err != nil {
		t.Fatal(err)
	}
	// The connection takes other statements between batches.
	rows := int64(0)
	for r.Next() {
		rows += r.RecordBatch().NumRows()
		if _, err := tx.Execute(ctx, backends.QueryFragment{SQL: "SELECT 1"}); err != nil {
			t.Fatal(err)
		}
	}
	r.Release()
	if r.Err() != nil || rows != 30000 {
		t.Errorf("%d rows, %v", rows, r.Err())
	}
	if err := c.Simple(ctx, "ROLLBACK", &record{}); err != nil || c.TransactionStatus() != 'I' {
		t.Errorf("%v, %c", err, c.TransactionStatus())
	}
}

func BenchmarkRelay(b *testing.B) {
	backend := open(b, config(database(b).String()))
	b.Run("prepared", func(b *testing.B) {
		b.RunParallel(func(pb *testing.PB) {
			sink := &record{}
			for pb.Next() {
				c := relay(b, backend)
				st, err := c.Prepare(b.Context(), "SELECT $1", []uint32{pgtypes.OIDInt4})
				if err == nil {
					err = c.Execute(b.Context(), st, nil, [][]byte{[]byte("1")}, nil, sink)
				}
				if err != nil {
					b.Error(err)
					return
				}
				c.Release()
			}
		})
	})
	b.Run("bulk", func(b *testing.B) {
		c := relay(b, backend)
		defer c.Release()
		sink := &record{}
		for b.Loop() {
			if err := c.Simple(b.Context(), "SELECT i, i, 'some text', i FROM pg_catalog.generate_series(1, 200000) i", sink); err != nil {
				b.Fatal(err)
			}
		}
		b.SetBytes(int64(sink.bytes / b.N))
	})
	b.Run("decode", func(b *testing.B) {
		int4, text := pgtypes.Of(pgtypes.OIDInt4), pgtypes.Of(pgtypes.OIDText)
		f := backends.Fragment{
			Query:  &backends.QueryFragment{SQL: "SELECT i, i, 'some text', i FROM pg_catalog.generate_series(1, 200000) i"},
			Output: []backends.Column{{Name: "a", Type: int4}, {Name: "b", Type: int4}, {Name: "c", Type: text}, {Name: "d", Type: int4}},
		}
		for b.Loop() {
			r, err := backend.Read(b.Context(), f)
			if err != nil {
				b.Fatal(err)
			}
			for r.Next() {
			}
			if r.Err() != nil {
				b.Fatal(r.Err())
			}
			r.Release()
		}
	})
}
