package rabbitmq

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"go.uber.org/goleak"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/arrowtest"
	"github.com/sqlgateway/gateway/internal/batch"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// literal is a batch.Source of rows in Postgres's text; "NULL" is NULL.
type literal struct {
	columns []backends.Column
	rows    [][]string
}

func (l *literal) Fill(_ context.Context, b *batch.Builder) (bool, error) {
	for len(l.rows) > 0 {
		row := l.rows[0]
		l.rows = l.rows[1:]
		for i, c := range l.columns {
			if row[i] == "NULL" {
				b.Columns[i].Null()
				continue
			}
			v, err := pgtypes.Parse(c.Type, row[i], pgtypes.DefaultStyle())
			if err == nil {
				err = b.Columns[i].Datum(c.Type, v)
			}
			if err != nil {
				return false, err
			}
		}
		if !b.EndRow() {
			return len(l.rows) > 0, nil
		}
	}
	return false, nil
}

func (*literal) Close() {}

// insert writes rows of named columns.
func insert(t testing.TB, ctx context.Context, b *Backend, table string, names []string, rows ...[]string) (int64, error) {
	t.Helper()
	f := scan(t, b, table, names...)
	source := batch.NewReader(ctx, f.Schema(), arrowtest.Allocator(t), 0, &literal{f.Output, rows})
	defer source.Release()
	result, err := b.Write(ctx, backends.WriteTarget{Table: f.Scan.Table, Columns: f.Output}, source, backends.WriteMode{Kind: backends.Append})
	return result.Inserted, err
}

func TestWriteProperties(t *testing.T) {
	create(t, "write_properties", nil)
	ch := channel(t)
	if err := ch.ExchangeDeclare("write_exchange", "topic", false, true, false, false, nil); err != nil {
		t.Fatal(err)
	}
	if err := ch.QueueBind("write_properties", "orders.#", "write_exchange", false, nil); err != nil {
		t.Fatal(err)
	}
	options := text("write_properties")
	options.Exchange, options.RoutingKey = "write_exchange", "orders.new"
	b := opened(t, configOf(t, options))
	names := []string{"payload", "_routing_key", "_message_id", "_headers", "_priority", "_content_type", "_event_ts"}
	n, err := insert(t, t.Context(), b, "write_properties", names,
		[]string{"a", "orders.old", "m1", `{"n": 1, "x": [true, null, {"y": 1.5}]}`, "4", "text/csv", "2024-02-29 12:00:00+00"},
		[]string{"b", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL"})
	if err != nil || n != 2 {
		t.Fatal(n, err)
	}
	got := mustRows(t, b, scan(t, b, "write_properties", append(names, "_exchange")...))
	want := []string{
		`a|orders.old|m1|{"n": 1, "x": [true, null, {"y": 1.5}]}|4|text/csv|2024-02-29 12:00:00+00|write_exchange`,
		`b|orders.new|NULL|{}|0|text/plain|NULL|write_exchange`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	for _, c := range []struct {
		names []string
		row   []string
		code  string
		in    string
	}{
		{[]string{"payload", "_routing_key"}, []string{"c", "nowhere"}, "HV000", "routing key \"nowhere\" reached no queue"},
		{[]string{"payload", "_event_ts"}, []string{"c", "2024-01-01 00:00:00.5+00"}, "22008", "whole seconds"},
		{[]string{"payload", "_priority"}, []string{"c", "256"}, "22003", "out of range"},
		{[]string{"payload", "_headers"}, []string{"c", "[]"}, "22023", "must be an object"},
		{[]string{"payload", "_message_id"}, []string{"c", strings.Repeat("x", 256)}, "22001", "too long"},
		{[]string{"payload", "_offset"}, []string{"c", "1"}, "428C9", "_offset"},
		{[]string{"payload"}, []string{"NULL"}, "23502", "no payload"},
	} {
		_, err := insert(t, t.Context(), b, "write_properties", c.names, c.row)
		if e := pgerr.From(err); e == nil || e.Code != c.code || !strings.Contains(e.Message, c.in) {
			t.Errorf("%v: %v", c.row, err)
		}
	}
}

// TestWriteRefused fills a queue that refuses what is too much, and counts what stays.
func TestWriteRefused(t *testing.T) {
	create(t, "write_full", amqp.Table{"x-max-length": 3, "x-overflow": "reject-publish"})
	b := opened(t, configOf(t, text("write_full")))
	var rows [][]string
	for _, body := range bodies(50) {
		rows = append(rows, []string{body})
	}
	_, err := insert(t, t.Context(), b, "write_full", []string{"payload"}, rows...)
	if e := pgerr.From(err); e == nil || e.Code != pgerr.ConfigurationLimitExceeded || !strings.Contains(e.Detail, "Of 50 messages sent") {
		t.Errorf("%v", err)
	}
	if n, err := insert(t, t.Context(), b, "write_gone", []string{"payload"}, rows...); pgerr.Code(err) != pgerr.UndefinedTable {
		t.Errorf("a queue that is not there: %d, %v", n, err)
	}
}

// blocker passes a connection on until told to block it, as a broker without memory
// does: it says so, and reads no more.
func blocker(t *testing.T, target string) (address string, block chan struct{}) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	block = make(chan struct{})
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", target)
			if err != nil {
				_ = client.Close()
				return
			}
			go func() { _, _ = io.Copy(client, server); _ = client.Close() }()
			go func() {
				defer func() { _ = server.Close() }()
				buffer := make([]byte, 4096)
				for {
					n, err := client.Read(buffer)
					if err != nil {
						return
					}
					select {
					case <-block: // connection.blocked, of no channel
						reason := "low on memory"
						method := append([]byte{0, 10, 0, 60, byte(len(reason))}, reason...)
						frame := binary.BigEndian.AppendUint32([]byte{1, 0, 0}, uint32(len(method)))
						_, _ = client.Write(append(append(frame, method...), 0xCE))
						_, _ = io.Copy(io.Discard, client)
						return
					default:
						_, _ = server.Write(buffer[:n])
					}
				}
			}()
		}
	}()
	return listener.Addr().String(), block
}

func TestBlocked(t *testing.T) {
	create(t, "write_blocked", nil)
	address, block := blocker(t, broker(t).Host)
	u, _ := url.Parse(broker(t).String())
	u.Host = address
	config := configOf(t, text("write_blocked"))
	config.AMQPURL, config.ConnectTimeoutS = backends.NewDSN(u.String()), 1
	leaks := goleak.IgnoreCurrent()
	b := opened(t, config)
	defer func() {
		_ = b.Close()
		goleak.VerifyNone(t, leaks)
	}()
	if n, err := insert(t, t.Context(), b, "write_blocked", []string{"payload"}, []string{"x"}); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	close(block)
	began := time.Now()
	_, err := insert(t, t.Context(), b, "write_blocked", []string{"payload"}, []string{"y"})
	if e := pgerr.From(err); e == nil || e.Code != pgerr.InsufficientResources || !strings.Contains(e.Message, "low on memory") {
		t.Errorf("a blocked connection: %v", err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("giving up took %s", took)
	}
}

// TestModes lists what a broker can not do.
func TestModes(t *testing.T) {
	b := opened(t, configOf(t))
	for _, mode := range []backends.WriteKind{backends.Truncate, backends.Merge, backends.SCD2} {
		_, err := b.Write(t.Context(), backends.WriteTarget{}, nil, backends.WriteMode{Kind: mode})
		if e := pgerr.From(err); e == nil || e.Code != pgerr.FeatureNotSupported || !strings.Contains(e.Message, string(mode)) {
			t.Errorf("%s: %v", mode, err)
		}
	}
}
