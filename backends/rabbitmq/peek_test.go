package rabbitmq

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/payload"
	"github.com/sqlgateway/gateway/internal/pgerr"
)

func text(name string) QueueOptions {
	return QueueOptions{Name: name, Options: payload.Options{PayloadFormat: payload.Text}}
}

func bodies(n int) (list []string) {
	for i := range n {
		list = append(list, fmt.Sprint(i))
	}
	return list
}

// left takes the messages of a queue, as their consumer would, until there are so many
// or no more come.
func left(t testing.TB, queue string, most int) (list []string) {
	t.Helper()
	deliveries, err := channel(t).Consume(queue, "", true, false, false, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	for len(list) < most {
		select {
		case m := <-deliveries:
			list = append(list, string(m.Body))
		case <-time.After(5 * time.Second):
			return list
		}
	}
	return list
}

// TestPeek reads queues of every sort twice, and finds all messages there afterwards, in
// their order.
func TestPeek(t *testing.T) {
	for _, c := range []struct {
		name                string
		durable, autoDelete bool
		arguments           amqp.Table
		managed             bool
	}{
		{"peek_classic", true, false, nil, true},
		{"peek_quorum", true, false, amqp.Table{"x-queue-type": "quorum"}, true},
		{"peek_transient", false, false, nil, false},
		{"peek_auto_delete", true, true, nil, false},
		{"peek_arguments", true, false, amqp.Table{"x-expires": 3_600_000, "x-message-ttl": 3_600_000, "x-max-length": 100_000, "x-dead-letter-exchange": "", "x-single-active-consumer": true}, false},
		{"peek_explicit", true, false, amqp.Table{"x-queue-type": "classic", "x-queue-mode": "lazy"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			declare(t, c.name, c.durable, c.autoDelete, c.arguments)
			want := bodies(1500)
			publish(t, c.name, want...)
			options := text(c.name)
			options.NoDeliveryLimit = true // it takes time until the broker shows so
			config := configOf(t, options)
			config.BatchConfig.MaxMessages = 10_000
			if !c.managed {
				config.ManagementURL = backends.DSN{}
			}
			b := opened(t, config)
			f := scan(t, b, c.name, "payload")
			for range 2 {
				if got := mustRows(t, b, f); !slices.Equal(got, want) {
					t.Fatalf("%d rows, from %q", len(got), got[:min(len(got), 5)])
				}
			}
			f = scan(t, b, c.name, "_redelivered", "_offset", "_exchange", "_routing_key")
			f.Scan.Limit = 7
			if got := mustRows(t, b, f); len(got) != 7 || got[0] != "t|NULL||"+c.name {
				t.Errorf("%q", got)
			}
			if got := left(t, c.name, len(want)); !slices.Equal(got, want) {
				t.Errorf("%d messages are left of %d", len(got), len(want))
			}
		})
	}
}

// TestPeekLosesNothing gives reads up amid it, cuts their connection, and consumes beside
// them: every message has one consumer.
func TestPeekLosesNothing(t *testing.T) {
	create(t, "peek_loss", nil)
	want := bodies(20_000)
	publish(t, "peek_loss", want...)
	config := configOf(t, text("peek_loss"))
	config.BatchConfig.MaxMessages = 100_000
	b := opened(t, config)
	f := scan(t, b, "peek_loss", "payload")
	for _, after := range []time.Duration{time.Millisecond, 5 * time.Millisecond, 20 * time.Millisecond, 80 * time.Millisecond} {
		ctx, cancel := context.WithTimeout(t.Context(), after)
		if _, err := rowsOf(ctx, b, f); err != nil && pgerr.Code(err) != pgerr.QueryCanceled {
			t.Error(err)
		}
		cancel()
	}
	another := opened(t, config)
	r, err := another.Read(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	if !r.Next() {
		t.Fatal(r.Err())
	}
	if got := left(t, "peek_loss", len(want)); len(got) != len(want) { // while its rows are still being read
		t.Errorf("%d messages are left of %d", len(got), len(want))
	}
	r.Release()
}

func TestPeekBounds(t *testing.T) {
	create(t, "peek_bounds", nil)
	publish(t, "peek_bounds", slices.Repeat([]string{strings.Repeat("x", 1000)}, 2000)...)
	for _, c := range []struct {
		bounds BatchConfig
		least  int
		most   int
	}{
		{BatchConfig{MaxMessages: 1000, MaxBytes: 16 << 20, WindowMS: 5000, IdleMS: 300}, 1000, 1000},
		{BatchConfig{MaxMessages: 5000, MaxBytes: 100_000, WindowMS: 5000, IdleMS: 300}, 100, 100},
		{BatchConfig{MaxMessages: 5000, MaxBytes: 16 << 20, WindowMS: 1, IdleMS: 300}, 0, 1999},
		{BatchConfig{MaxMessages: 5000, MaxBytes: 16 << 20, WindowMS: 5000, IdleMS: 300}, 2000, 2000},
	} {
		config := configOf(t, text("peek_bounds"))
		config.BatchConfig = c.bounds
		b := opened(t, config)
		if got := mustRows(t, b, scan(t, b, "peek_bounds", "payload")); len(got) < c.least || len(got) > c.most {
			t.Errorf("%+v gives %d rows", c.bounds, len(got))
		}
	}
}

// TestPeekRefused holds that no message is brought nearer to its delivery limit.
func TestPeekRefused(t *testing.T) {
	create(t, "peek_limit", amqp.Table{"x-queue-type": "quorum", "x-delivery-limit": 2})
	publish(t, "peek_limit", "a")
	create(t, "peek_unsure", amqp.Table{"x-queue-type": "quorum"})
	publish(t, "peek_unsure", "b")
	promised := text("peek_unsure")
	promised.NoDeliveryLimit = true
	for _, c := range []struct {
		table   QueueOptions
		managed bool
		code    string
		in      string
	}{
		{text("peek_limit"), true, "0A000", "its delivery limit is 2"},
		{text("peek_limit"), false, "0A000", "may have a delivery limit"},
		{text("peek_unsure"), false, "0A000", "may have a delivery limit"},
		{text("peek_unsure"), true, "", ""},
		{promised, false, "", ""},
		{text("peek_no_such_queue"), true, "42P01", "queue \"peek_no_such_queue\" does not exist"},
		{text("peek_no_such_queue"), false, "42P01", "queue \"peek_no_such_queue\" does not exist"},
	} {
		config := configOf(t, c.table)
		if !c.managed {
			config.ManagementURL = backends.DSN{}
		}
		b := opened(t, config)
		_, err := rowsOf(t.Context(), b, scan(t, b, c.table.Name, "payload"))
		if e := pgerr.From(err); c.code == "" && e != nil || c.code != "" && (e == nil || e.Code != c.code || !strings.Contains(e.Message, c.in)) {
			t.Errorf("%s: %v", c.table.Name, err)
		}
	}
	m, _, err := channel(t).Get("peek_limit", true)
	if err != nil || fmt.Sprint(m.Headers["x-delivery-count"]) != "0" {
		t.Errorf("the refused reads delivered: %v, %v", m.Headers, err)
	}
	if got := left(t, "peek_unsure", 1); !slices.Equal(got, []string{"b"}) {
		t.Errorf("%q", got)
	}
}

// TestDeletedAmid deletes a queue while it is being read.
func TestDeletedAmid(t *testing.T) {
	create(t, "peek_deleted", nil)
	publish(t, "peek_deleted", bodies(10)...)
	b := opened(t, configOf(t, text("peek_deleted")))
	err := b.with(t.Context(), func(c *conn) error {
		ch, err := c.Channel()
		if err != nil {
			return err
		}
		p := &peeking{
			c: c, ch: ch, queue: "peek_deleted", tag: "t", closed: ch.NotifyClose(make(chan *amqp.Error, 1)),
			bounds: b.config.BatchConfig, left: 20, until: time.After(10 * time.Second), idle: 5 * time.Second,
		}
		time.AfterFunc(300*time.Millisecond, func() { _, _ = channel(t).QueueDelete("peek_deleted", false, false, false) })
		return p.take(t.Context())
	})
	if pgerr.Code(err) != pgerr.UndefinedTable {
		t.Errorf("a deleted queue: %v", err)
	}
}

func TestHeaders(t *testing.T) {
	create(t, "peek_headers", nil)
	publishAll(t, "peek_headers", []amqp.Publishing{{
		Body: []byte("x"), MessageId: "m-1", ContentType: "text/plain", Priority: 3, Timestamp: time.Unix(1_700_000_000, 0),
		Headers: amqp.Table{
			"t": "é", "b": []byte{0, 255}, "n": int32(-7), "f": 1.5, "z": nil, "yes": true,
			"at": time.Unix(0, 0), "d": amqp.Decimal{Scale: 2, Value: -5}, "list": []any{int64(1), amqp.Table{"a": "b"}},
		},
	}, {Body: []byte("y")}})
	b := opened(t, configOf(t, text("peek_headers")))
	got := mustRows(t, b, scan(t, b, "peek_headers", "payload", "_message_id", "_content_type", "_priority", "_event_ts", "_headers"))
	want := []string{
		`x|m-1|text/plain|3|2023-11-14 22:13:20+00|{"b": "\\x00ff", "d": -0.05, "f": 1.5, "n": -7, "t": "é", "z": null, "at": "1970-01-01T00:00:00+00:00", "yes": true, "list": [1, {"a": "b"}]}`,
		`y|NULL|NULL|0|NULL|{}`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// TestListing holds what is listed with the management API, and without.
func TestListing(t *testing.T) {
	create(t, "peek_listed.a", nil)
	create(t, "peek_listed.b", nil)
	config := configOf(t, QueueOptions{Name: "renamed", Queue: "peek_listed.b"}, text("peek_listed.*"), text("peek_listed.gone"))
	names := func() (list []string) {
		tables, err := opened(t, config).Tables(t.Context(), everything)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range tables {
			if strings.HasPrefix(n.Name, "peek_listed") || n.Name == "renamed" {
				list = append(list, n.Name)
			}
		}
		return list
	}
	if got := names(); !slices.Equal(got, []string{"peek_listed.a", "renamed"}) {
		t.Errorf("%q", got)
	}
	config.ManagementURL = backends.DSN{}
	if got := names(); !slices.Equal(got, []string{"peek_listed.gone", "renamed"}) {
		t.Errorf("%q", got)
	}
	_, err := opened(t, config).Describe(t.Context(), backends.TableName{Schema: everything, Name: "peek_listed.gone"})
	if e := pgerr.From(err); e == nil || e.Code != pgerr.UndefinedTable || !strings.Contains(e.Hint, "management_url") {
		t.Errorf("%v", err)
	}
}

// TestPolicy holds that limits are seen which policies set.
func TestPolicy(t *testing.T) {
	create(t, "peek_policy", amqp.Table{"x-queue-type": "quorum"})
	policy := func(method, body string) {
		request, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), method, atPort(broker(t), "http", 2)+"/api/policies/%2F/peek_policy", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode >= 300 {
			t.Fatal(response.Status)
		}
	}
	policy(http.MethodPut, `{"pattern":"^peek_policy$","definition":{"delivery-limit":3},"apply-to":"queues"}`)
	t.Cleanup(func() { policy(http.MethodDelete, "") })
	b := opened(t, configOf(t, text("peek_policy")))
	var err error
	for range 50 { // policies reach queues after a moment
		if _, err = rowsOf(t.Context(), b, scan(t, b, "peek_policy", "payload")); err != nil {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	if e := pgerr.From(err); e == nil || e.Code != pgerr.FeatureNotSupported || !strings.Contains(e.Message, "its delivery limit is 3") {
		t.Errorf("%v", err)
	}
}
