package kinesis

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/backends/backendtest"
	"github.com/sqlgateway/gateway/internal/payload"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

const secret = "t1ger-secret"

func configOf(endpoint string, tables ...StreamOptions) *Config {
	config := NewConfig()
	config.Endpoint, config.Region = endpoint, "eu-west-1"
	config.StaticCredentials = &StaticCredentials{AccessKeyID: "AKIASCOTT", SecretAccessKey: backends.NewSecret(secret), SessionToken: backends.NewSecret(secret)}
	config.Tables = tables
	return config
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

var numberColumns = []payload.Column{{Name: "i", Type: "bigint"}, {Name: "s", Type: "text"}}

// numbers loads streams of numbered rows, each once.
type numbers struct {
	fake  *fake
	mu    sync.Mutex
	known map[string]bool
}

func (n *numbers) fragment(t testing.TB, _ backends.Backend, rows int) backends.Fragment {
	t.Helper()
	name := "numbers_" + strconv.Itoa(rows)
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.known[name] {
		s := n.fake.create(name, 1)
		at := time.Now().Add(-time.Hour)
		for i := range rows {
			n.fake.put(s, "k", fmt.Sprintf(`{"i":%d,"s":"row %d"}`, i+1, i+1), at)
		}
		n.known[name] = true
	}
	return fragmentOf(name)
}

func fragmentOf(stream string) backends.Fragment {
	columns := []backends.Column{{Name: "i", Type: pgtypes.Of(pgtypes.OIDInt8)}, {Name: "s", Type: pgtypes.Of(pgtypes.OIDText)}}
	return backends.Fragment{Scan: &backends.ScanFragment{Table: backends.TableName{Schema: everything, Name: stream}, Columns: []int{0, 1}, Limit: -1}, Output: columns}
}

func TestConformance(t *testing.T) {
	service := newFake(t)
	counted := &numbers{fake: service, known: map[string]bool{}}
	config := func(endpoint string) *Config {
		c := configOf(endpoint,
			StreamOptions{Name: "suite_[fit]*", Options: payload.Options{Columns: suiteColumns()}},
			StreamOptions{Name: "suite_lossy0", Options: payload.Options{Columns: []payload.Column{{Name: "c0", Type: "varchar(3)"}}}},
			StreamOptions{Name: "suite_lossy1", Options: payload.Options{Columns: []payload.Column{{Name: "c0", Type: "timestamptz", Epoch: "ns"}}}},
			StreamOptions{Name: "numbers_*", Options: payload.Options{Columns: numberColumns}})
		c.PayloadFormat, c.PartitionKeyColumn, c.ConnectTimeoutS = payload.JSON, "none", 5
		c.BatchConfig = BatchConfig{MaxRecords: 9000, MaxBytes: 8 << 20, MaxEmptyPolls: 2, IdleMS: 10}
		return c
	}
	address, err := url.Parse(service.URL)
	if err != nil {
		t.Fatal(err)
	}
	backendtest.Run(t, backendtest.Harness{
		Kinds: []backends.KindSpec{Spec()}, Schema: everything, Types: suiteTypes(), AppendOnly: true, Resumes: true, Secret: secret,
		MayDefault: []string{"StreamName"}, // the suite has many streams
		Config:     func(testing.TB) backends.Config { return config(service.URL) },
		Lossy: []backendtest.LossyCase{
			{Declared: "varchar(3)", Literal: `"abcd"`, Code: "22001", In: "stream \"suite_lossy0\", shard shardId-000000000000, sequence number 49"},
			{Declared: "timestamptz", Literal: `1`, Code: "22008", In: "nanoseconds"},
		},
		Load: func(_ testing.TB, _ backends.Backend, name string, cases []backendtest.TypeCase) backends.TableName {
			s := service.create(name, 1)
			for _, data := range suiteRecords(cases) {
				service.put(s, "k", data, time.Now())
			}
			return backends.TableName{Schema: everything, Name: name}
		},
		Numbers: counted.fragment,
		Address: address.Host,
		Through: func(_ testing.TB, address string) backends.Config { return config("http://" + address) },
	})
}

func suiteRecords(cases []backendtest.TypeCase) (list []string) {
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
