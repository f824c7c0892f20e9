package kafka

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sr/srfake"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/backends/backendtest"
	"github.com/sqlgateway/gateway/internal/payload"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

const (
	user     = "scott"
	password = "t1ger-secret"
)

// cluster starts a Kafka in this process, with SASL.
func cluster(t testing.TB, options ...kfake.Opt) *kfake.Cluster {
	t.Helper()
	c, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(2), kfake.EnableSASL(), kfake.Superuser("SCRAM-SHA-256", user, password)}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func configOf(c *kfake.Cluster, tables ...TopicOptions) *Config {
	config := NewConfig()
	config.BootstrapServers = strings.Join(c.ListenAddrs(), ",")
	config.Auth.SASLScram = &SASLScram{Mechanism: "SCRAM-SHA-256", Username: user, Password: backends.NewSecret(password)}
	config.Tables = tables
	return config
}

// client is one of the tests' own.
func client(t testing.TB, config *Config, more ...kgo.Opt) *kgo.Client {
	t.Helper()
	options, err := config.clientOptions(t.Context(), backends.ProcessSecrets)
	if err != nil {
		t.Fatal(err)
	}
	c, err := kgo.NewClient(append(options, more...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func create(t testing.TB, config *Config, topic string, partitions int32, settings map[string]*string) {
	t.Helper()
	admin := kadm.NewClient(client(t, config))
	if _, err := admin.CreateTopic(t.Context(), partitions, 1, settings, topic); err != nil {
		t.Fatal(err)
	}
	for range 100 { // brokers hear of it a little later
		if _, err := opened(t, config).look(t.Context(), topic); err == nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("topic %s does not appear", topic)
}

func produce(t testing.TB, config *Config, records ...*kgo.Record) {
	t.Helper()
	c := client(t, config, kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.MaxBufferedRecords(100_000))
	if err := c.ProduceSync(t.Context(), records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
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
		backendtest.Column("smallint", pgtypes.Of(pgtypes.OIDInt2), bare("-32768", "32767")...),
		backendtest.Column("integer", pgtypes.Of(pgtypes.OIDInt4), bare("-2147483648", "2147483647")...),
		backendtest.Column("bigint", pgtypes.Of(pgtypes.OIDInt8), bare("-9223372036854775808", "9223372036854775807")...),
		backendtest.Column("real", pgtypes.Of(pgtypes.OIDFloat4), bare("1.5", "-3.4028235e+38")...),
		backendtest.Column("double precision", pgtypes.Of(pgtypes.OIDFloat8), quoted("0.1", "-1e-300", "NaN")...),
		backendtest.Column("numeric(12,2)", pgtypes.Type{OID: pgtypes.OIDNumeric, Typmod: pgtypes.MakeNumericTypmod(12, 2)}, bare("0.00", "-1234567890.12")...),
		backendtest.Column("numeric", pgtypes.Of(pgtypes.OIDNumeric), bare("-1234567890123456789012345678901234567890.0123456789")...),
		backendtest.Column("text", pgtypes.Of(pgtypes.OIDText), quoted("", "a\"b,c\n\\N 'ü'", "null")...),
		backendtest.Column("varchar(3)", pgtypes.Type{OID: pgtypes.OIDVarchar, Typmod: 7}, quoted("abc")...),
		backendtest.Column("bytea", pgtypes.Of(pgtypes.OIDBytea), quoted("\\x", "\\x00ff")...),
		backendtest.Column("date", pgtypes.Of(pgtypes.OIDDate), quoted("0001-01-01", "9999-12-31", "infinity")...),
		backendtest.Column("time", pgtypes.Of(pgtypes.OIDTime), quoted("00:00:00", "23:59:59.999999")...),
		backendtest.Column("timestamp", pgtypes.Of(pgtypes.OIDTimestamp), quoted("1969-12-31 23:59:59.999999", "2262-04-12 00:00:00", "0044-03-15 12:00:00 BC")...),
		backendtest.Column("timestamptz", pgtypes.Of(pgtypes.OIDTimestamptz), quoted("2024-02-29 12:00:00.000001+00", "-infinity")...),
		backendtest.Column("interval", pgtypes.Of(pgtypes.OIDInterval), quoted("1 mon -2 days +03:00:00")...),
		backendtest.Column("uuid", pgtypes.Of(pgtypes.OIDUUID), quoted("01234567-89ab-cdef-0123-456789abcdef")...),
		backendtest.Column("json", pgtypes.Of(pgtypes.OIDJSON), bare(`{"a": [1, null]}`)...),
		backendtest.Column("jsonb", pgtypes.Of(pgtypes.OIDJSONB), bare(`{"a": [1, null], "bb": "x"}`)...),
		backendtest.Column("integer[]", pgtypes.Of(pgtypes.OIDInt4Array), backendtest.As("[[1, 2], [3, null]]", "{{1,2},{3,NULL}}"), backendtest.Null),
		backendtest.Column("text[]", pgtypes.Of(pgtypes.OIDTextArray), backendtest.As(`["a\"b", "", "NULL"]`, `{"a\"b","","NULL"}`), backendtest.Null),
	}
}

func suiteColumns() (columns []payload.Column) {
	for i, c := range suiteTypes() {
		columns = append(columns, payload.Column{Name: "c" + strconv.Itoa(i), Type: c.Declared})
	}
	return columns
}

// numbers loads topics of numbered rows, each once.
type numbers struct {
	mu    sync.Mutex
	known map[string]bool
}

func (n *numbers) fragment(t testing.TB, b backends.Backend, rows int) backends.Fragment {
	t.Helper()
	config := b.Config().(*Config)
	topic := "numbers_" + strconv.Itoa(rows)
	columns := []backends.Column{{Name: "i", Type: pgtypes.Of(pgtypes.OIDInt8)}, {Name: "s", Type: pgtypes.Of(pgtypes.OIDText)}}
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.known[topic] {
		create(t, config, topic, 1, nil)
		var list []*kgo.Record
		for i := range rows {
			list = append(list, &kgo.Record{Topic: topic, Value: fmt.Appendf(nil, `{"i":%d,"s":"row %d"}`, i+1, i+1)})
			if len(list) == 50_000 {
				produce(t, config, list...)
				list = list[:0]
			}
		}
		produce(t, config, list...)
		n.known[topic] = true
	}
	return backends.Fragment{Scan: &backends.ScanFragment{Table: backends.TableName{Schema: everything, Name: topic}, Columns: []int{0, 1}, Limit: -1}, Output: columns}
}

func TestConformance(t *testing.T) {
	fake := cluster(t)
	schemas := srfake.New()
	t.Cleanup(schemas.Close)
	counted := &numbers{known: map[string]bool{}}
	backendtest.Run(t, backendtest.Harness{
		Kinds: []backends.KindSpec{Spec()}, Schema: everything, Types: suiteTypes(), AppendOnly: true, Secret: password,
		MayDefault: []string{"TLS", "SchemaRegistryTLS"},
		Config: func(t testing.TB) backends.Config {
			c := configOf(fake,
				TopicOptions{Name: "suite_[fi]*", Options: payload.Options{Columns: suiteColumns()}, Tombstones: "skip"},
				TopicOptions{Name: "suite_types", Options: payload.Options{Columns: suiteColumns()}},
				TopicOptions{Name: "suite_lossy0", Options: payload.Options{Columns: []payload.Column{{Name: "c0", Type: "varchar(3)"}}}},
				TopicOptions{Name: "suite_lossy1", Options: payload.Options{Columns: []payload.Column{{Name: "c0", Type: "timestamptz", Epoch: "ns"}}}},
				TopicOptions{Name: "numbers_*", Options: payload.Options{Columns: []payload.Column{{Name: "i", Type: "bigint"}, {Name: "s", Type: "text"}}}})
			c.ClientID, c.GroupID, c.PayloadFormat, c.MessageKeyColumn, c.AutoOffsetReset = "suite", "suite", payload.JSON, "c0", "latest"
			c.DeliverySemantics.ExactlyOnce = &ExactlyOnce{TransactionalID: "suite"}
			c.SchemaRegistryURL, c.SchemaRegistryBasicAuth = schemas.URL(), backends.NewSecret("u:"+password)
			c.BatchConfig.IdleMS, c.ConnectTimeoutS = 20_000, 15
			return c
		},
		Lossy: []backendtest.LossyCase{
			{Declared: "varchar(3)", Literal: `"abcd"`, Code: "22001", In: "topic \"suite_lossy0\", partition 0, offset 0"},
			{Declared: "timestamptz", Literal: `1`, Code: "22008", In: "nanoseconds"},
		},
		Load: func(t testing.TB, b backends.Backend, name string, cases []backendtest.TypeCase) backends.TableName {
			config := b.Config().(*Config)
			admin := kadm.NewClient(client(t, config))
			_, _ = admin.DeleteTopics(t.Context(), name)
			create(t, config, name, 1, nil)
			produce(t, config, suiteRecords(name, cases)...)
			return backends.TableName{Schema: everything, Name: name}
		},
		Numbers: counted.fragment,
	})
}

func suiteRecords(topic string, cases []backendtest.TypeCase) (list []*kgo.Record) {
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
		list = append(list, &kgo.Record{Topic: topic, Value: []byte("{" + strings.Join(members, ",") + "}")})
	}
	return list
}

// opened opens a backend and closes it at the test's end.
func opened(t testing.TB, config *Config) *Backend {
	t.Helper()
	b, err := backends.Open(config, []backends.KindSpec{Spec()}, backends.Env{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b.(*Backend)
}
