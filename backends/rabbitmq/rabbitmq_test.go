package rabbitmq

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	streamamqp "github.com/rabbitmq/rabbitmq-stream-go-client/pkg/amqp"
	streammessage "github.com/rabbitmq/rabbitmq-stream-go-client/pkg/message"
	"github.com/rabbitmq/rabbitmq-stream-go-client/pkg/stream"
	"github.com/twmb/franz-go/pkg/sr/srfake"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/backends/backendtest"
	"github.com/sqlgateway/gateway/internal/batch"
	"github.com/sqlgateway/gateway/internal/payload"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// broker is the address of a RabbitMQ: AMQP, with streams at the next port and the
// management API at the one after.
func broker(t testing.TB) *url.URL {
	t.Helper()
	text := os.Getenv("GATEWAY_TEST_RABBITMQ")
	if text == "" {
		if os.Getenv("GATEWAY_CI") != "" {
			t.Fatal("GATEWAY_TEST_RABBITMQ is not set")
		}
		t.Skip("GATEWAY_TEST_RABBITMQ is not set: eval \"$(.ci/services env)\"")
	}
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func atPort(u *url.URL, scheme string, more int) string {
	port, _ := strconv.Atoi(u.Port())
	moved := *u
	moved.Scheme, moved.Host, moved.Path = scheme, u.Hostname()+":"+strconv.Itoa(port+more), ""
	return moved.String()
}

func configOf(t testing.TB, tables ...QueueOptions) *Config {
	u := broker(t)
	c := NewConfig()
	c.AMQPURL, c.StreamURL = backends.NewDSN(u.String()), backends.NewDSN(atPort(u, "rabbitmq-stream", 1))
	c.ManagementURL = backends.NewDSN(atPort(u, "http", 2))
	c.BatchConfig.IdleMS = 300
	c.Tables = tables
	return c
}

// channel is one of the tests' own.
func channel(t testing.TB) *amqp.Channel {
	t.Helper()
	c, err := amqp.Dial(broker(t).String())
	if err != nil {
		t.Fatal(err)
	}
	ch, err := c.Channel()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return ch
}

// create makes a queue anew, until the test's end.
func create(t testing.TB, name string, arguments amqp.Table) {
	t.Helper()
	declare(t, name, true, false, arguments)
}

func declare(t testing.TB, name string, durable, autoDelete bool, arguments amqp.Table) {
	t.Helper()
	ch := channel(t)
	if _, err := ch.QueueDelete(name, false, false, false); err != nil {
		t.Fatal(err)
	}
	if _, err := ch.QueueDeclare(name, durable, autoDelete, false, false, arguments); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = channel(t).QueueDelete(name, false, false, false) })
}

func publish(t testing.TB, queue string, bodies ...string) {
	t.Helper()
	list := make([]amqp.Publishing, len(bodies))
	for i, body := range bodies {
		list[i].Body = []byte(body)
	}
	publishAll(t, queue, list)
}

func publishAll(t testing.TB, queue string, list []amqp.Publishing) {
	t.Helper()
	ch := channel(t)
	if err := ch.Confirm(false); err != nil {
		t.Fatal(err)
	}
	var waiting []*amqp.DeferredConfirmation
	for _, m := range list {
		d, err := ch.PublishWithDeferredConfirm("", queue, true, false, m)
		if err != nil {
			t.Fatal(err)
		}
		waiting = append(waiting, d)
	}
	for _, d := range waiting {
		if !d.Wait() {
			t.Fatal("a message was refused")
		}
	}
}

func opened(t testing.TB, config *Config) *Backend {
	t.Helper()
	b, err := backends.Open(config, []backends.KindSpec{Spec()}, backends.Env{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b.(*Backend)
}

// scan is a fragment of named columns.
func scan(t testing.TB, b *Backend, table string, names ...string) backends.Fragment {
	t.Helper()
	name := backends.TableName{Schema: everything, Name: table}
	columns, err := b.table(name).described(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f := backends.Fragment{Scan: &backends.ScanFragment{Table: name, Limit: -1}}
	for _, wanted := range names {
		for i, c := range columns {
			if c.Name == wanted {
				f.Scan.Columns = append(f.Scan.Columns, i)
				f.Output = append(f.Output, backends.Column{Name: c.Name, Type: c.Type})
			}
		}
	}
	if len(f.Output) != len(names) {
		t.Fatalf("columns %v of %v", f.Output, names)
	}
	return f
}

// rowsOf reads a fragment; values are parted by bars.
func rowsOf(ctx context.Context, b *Backend, f backends.Fragment) ([]string, error) {
	r, err := b.Read(ctx, f)
	if err != nil {
		return nil, err
	}
	defer r.Release()
	var rows []string
	for r.Next() {
		record := r.RecordBatch()
		for i := range int(record.NumRows()) {
			var values []string
			for c, column := range f.Output {
				v, err := batch.Value(column.Type, record.Column(c), i)
				if err != nil {
					return nil, err
				}
				if v == nil {
					values = append(values, "NULL")
				} else {
					values = append(values, pgtypes.Text(column.Type, v, pgtypes.DefaultStyle()))
				}
			}
			rows = append(rows, strings.Join(values, "|"))
		}
	}
	return rows, r.Err()
}

func mustRows(t testing.TB, b *Backend, f backends.Fragment) []string {
	t.Helper()
	rows, err := rowsOf(t.Context(), b, f)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// suiteTypes are types with edge values, as JSON has them.
func suiteTypes() []backendtest.TypeCase {
	quoted := func(texts ...string) (out []backendtest.Value) {
		for _, text := range texts {
			out = append(out, backendtest.As(strconv.Quote(text), text))
		}
		return append(out, backendtest.Null)
	}
	bare := func(texts ...string) (out []backendtest.Value) {
		for _, text := range texts {
			out = append(out, backendtest.As(text, text))
		}
		return append(out, backendtest.Null)
	}
	return []backendtest.TypeCase{
		backendtest.Column("boolean", pgtypes.Of(pgtypes.OIDBool), backendtest.As("true", "t"), backendtest.As("false", "f"), backendtest.Null),
		backendtest.Column("integer", pgtypes.Of(pgtypes.OIDInt4), bare("-2147483648", "2147483647")...),
		backendtest.Column("bigint", pgtypes.Of(pgtypes.OIDInt8), bare("-9223372036854775808", "9223372036854775807")...),
		backendtest.Column("double precision", pgtypes.Of(pgtypes.OIDFloat8), quoted("0.1", "-1e-300", "NaN")...),
		backendtest.Column("numeric(12,2)", pgtypes.Type{OID: pgtypes.OIDNumeric, Typmod: pgtypes.MakeNumericTypmod(12, 2)}, bare("0.00", "-1234567890.12")...),
		backendtest.Column("numeric", pgtypes.Of(pgtypes.OIDNumeric), bare("-1234567890123456789012345678901234567890.0123456789")...),
		backendtest.Column("text", pgtypes.Of(pgtypes.OIDText), quoted("", "a\"b,c\n\\N 'ü'", "null")...),
		backendtest.Column("bytea", pgtypes.Of(pgtypes.OIDBytea), quoted("\\x", "\\x00ff")...),
		backendtest.Column("date", pgtypes.Of(pgtypes.OIDDate), quoted("0001-01-01", "9999-12-31", "infinity")...),
		backendtest.Column("timestamptz", pgtypes.Of(pgtypes.OIDTimestamptz), quoted("2024-02-29 12:00:00.000001+00", "-infinity")...),
		backendtest.Column("uuid", pgtypes.Of(pgtypes.OIDUUID), quoted("01234567-89ab-cdef-0123-456789abcdef")...),
		backendtest.Column("jsonb", pgtypes.Of(pgtypes.OIDJSONB), bare(`{"a": [1, null], "bb": "x"}`)...),
		backendtest.Column("text[]", pgtypes.Of(pgtypes.OIDTextArray), backendtest.As(`["a\"b", "", "NULL"]`, `{"a\"b","","NULL"}`), backendtest.Null),
	}
}

func suiteColumns() (columns []payload.Column) {
	for i, c := range suiteTypes() {
		columns = append(columns, payload.Column{Name: "c" + strconv.Itoa(i), Type: c.Declared})
	}
	return columns
}

// numbers are queues of numbered rows, each loaded once; long ones are read of one
// stream.
type numbers struct {
	mu    sync.Mutex
	known map[string]bool
}

// longest is as many rows as the suite asks for.
const longest = 1_000_000

func (n *numbers) fragment(t testing.TB, b backends.Backend, rows int) backends.Fragment {
	t.Helper()
	name, limit := fmt.Sprintf("suite_numbers_%d", rows), int64(-1)
	switch through := b.Config().(*Config).ConsumerTag == "through"; {
	case through:
		rows = min(rows, 30_000)
	case rows > 5000:
		name, limit, rows = "suite_stream", int64(rows), longest
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.known[name] {
		n.known[name] = true
		if name == "suite_stream" {
			loadStream(t, name, rows)
		} else {
			ch := channel(t)
			_, _ = ch.QueueDelete(name, false, false, false)
			if _, err := ch.QueueDeclare(name, false, false, false, false, nil); err != nil {
				t.Fatal(err)
			}
			list := make([]string, rows)
			for i := range list {
				list[i] = numbered(i + 1)
			}
			publish(t, name, list...)
		}
	}
	return backends.Fragment{
		Scan:   &backends.ScanFragment{Table: backends.TableName{Schema: everything, Name: name}, Columns: []int{0, 1}, Limit: limit},
		Output: []backends.Column{{Name: "i", Type: pgtypes.Of(pgtypes.OIDInt8)}, {Name: "s", Type: pgtypes.Of(pgtypes.OIDText)}},
	}
}

func (n *numbers) drop(t testing.TB) {
	for name := range n.known {
		_, _ = channel(t).QueueDelete(name, false, false, false)
	}
}

func numbered(i int) string { return fmt.Sprintf(`{"i":%d,"s":"row %d"}`, i, i) }

// loadStream makes a stream of numbered rows anew.
func loadStream(t testing.TB, name string, rows int) {
	t.Helper()
	silent()
	create(t, name, amqp.Table{"x-queue-type": "stream"})
	u := broker(t)
	port, _ := strconv.Atoi(u.Port())
	env, err := stream.NewEnvironment(stream.NewEnvironmentOptions().SetHost(u.Hostname()).SetPort(port + 1).SetReadBuffer(0).SetWriteBuffer(0).
		SetAddressResolver(stream.AddressResolver{Host: u.Hostname(), Port: port + 1}))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = env.Close() }()
	producer, err := env.NewProducer(name, stream.NewProducerOptions())
	if err != nil {
		t.Fatal(err)
	}
	confirms, done := producer.NotifyPublishConfirmation(), make(chan struct{})
	go func() {
		defer close(done)
		for n := 0; n < rows; {
			n += len(<-confirms)
		}
	}()
	var list []streammessage.StreamMessage
	for i := range rows {
		if list = append(list, streamamqp.NewMessage([]byte(numbered(i+1)))); len(list) == 1000 || i == rows-1 {
			if err := producer.BatchSend(list); err != nil {
				t.Fatal(err)
			}
			list = nil
		}
	}
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("messages were not confirmed")
	}
	_ = producer.Close()
}

func TestConformance(t *testing.T) {
	schemas := srfake.New()
	t.Cleanup(schemas.Close)
	counted := &numbers{known: map[string]bool{}}
	t.Cleanup(func() { counted.drop(t) })
	// What the suite reads again and again is made before it looks for leaks.
	began := time.Now()
	counted.fragment(t, opened(t, configOf(t)), longest)
	t.Log("loading took", time.Since(began))
	config := func(t testing.TB) *Config {
		c := configOf(t,
			QueueOptions{Name: "suite_[fit]*", Options: payload.Options{Columns: suiteColumns()}},
			QueueOptions{Name: "suite_lossy0", Options: payload.Options{Columns: []payload.Column{{Name: "c0", Type: "varchar(3)"}}}},
			QueueOptions{Name: "suite_lossy1", Options: payload.Options{Columns: []payload.Column{{Name: "c0", Type: "timestamptz", Epoch: "ns"}}}},
			QueueOptions{Name: "suite_numbers*", Options: payload.Options{Columns: []payload.Column{{Name: "i", Type: "bigint"}, {Name: "s", Type: "text"}}}},
			QueueOptions{Name: "suite_stream", Options: payload.Options{Columns: []payload.Column{{Name: "i", Type: "bigint"}, {Name: "s", Type: "text"}}}})
		c.Vhost, c.ConsumerTag, c.PayloadFormat, c.ConnectTimeoutS = "/", "suite", payload.JSON, 9
		c.BatchConfig = BatchConfig{MaxMessages: 50_000, MaxBytes: 64 << 20, WindowMS: 60_000, IdleMS: 300}
		c.SchemaRegistryURL, c.SchemaRegistryBasicAuth = schemas.URL(), backends.NewSecret("u:guest-secret")
		return c
	}
	backendtest.Run(t, backendtest.Harness{
		Kinds: []backends.KindSpec{Spec()}, Schema: everything, Types: suiteTypes(), AppendOnly: true, Secret: "guest-secret",
		// What the tests' broker does not have, and what excludes stream_url.
		MayDefault: []string{"TLS", "StreamPort", "StreamFollowAdvertised"},
		Config:     func(t testing.TB) backends.Config { return config(t) },
		Address:    broker(t).Host,
		Through: func(t testing.TB, address string) backends.Config {
			c := config(t)
			u := *broker(t)
			u.Host = address
			c.AMQPURL, c.ManagementURL, c.ConsumerTag = backends.NewDSN(u.String()), backends.DSN{}, "through"
			c.SchemaRegistryURL, c.SchemaRegistryBasicAuth = "", backends.Secret{}
			return c
		},
		Lossy: []backendtest.LossyCase{
			{Declared: "varchar(3)", Literal: `"abcd"`, Code: "22001", In: "queue \"suite_lossy0\", message 1"},
			{Declared: "timestamptz", Literal: `1`, Code: "22008", In: "nanoseconds"},
		},
		Load: func(t testing.TB, _ backends.Backend, name string, cases []backendtest.TypeCase) backends.TableName {
			create(t, name, nil)
			publish(t, name, suiteBodies(cases)...)
			return backends.TableName{Schema: everything, Name: name}
		},
		Numbers: counted.fragment,
	})
}

func suiteBodies(cases []backendtest.TypeCase) (list []string) {
	rows := 0
	for _, c := range cases {
		rows = max(rows, len(c.Values))
	}
	for row := range rows {
		var members []string
		for i, c := range cases {
			if row < len(c.Values) && !c.Values[row].Null {
				members = append(members, fmt.Sprintf(`"c%d":%s`, i, c.Values[row].Literal))
			}
		}
		list = append(list, "{"+strings.Join(members, ",")+"}")
	}
	return list
}
