package postgres_test

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/backends/backendtest"
	"github.com/sqlgateway/gateway/backends/postgres"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

var kinds = []backends.KindSpec{postgres.Spec()}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// database makes an empty database for one test and gives its URL.
func database(t testing.TB) *url.URL {
	t.Helper()
	text := os.Getenv("GATEWAY_TEST_POSTGRES")
	if text == "" {
		t.Skip("GATEWAY_TEST_POSTGRES is not set: make services-up")
	}
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	admin, err := pgx.Connect(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("backends_%d_%s", os.Getpid(), strings.ToLower(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, t.Name())))
	name = name[:min(len(name), 60)]
	for _, sql := range []string{"DROP DATABASE IF EXISTS " + quote(name), "CREATE DATABASE " + quote(name)} {
		if _, err := admin.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		_, _ = admin.Exec(context.Background(), "DROP DATABASE "+quote(name)+" WITH (FORCE)")
		_ = admin.Close(context.Background())
	})
	out := *u
	out.Path = "/" + name
	out.User = url.UserPassword(u.User.Username(), "hunter2")
	if password, ok := u.User.Password(); ok {
		out.User = url.UserPassword(u.User.Username(), password)
	}
	return &out
}

func config(dsn string) *postgres.Config {
	cfg := postgres.NewConfig()
	cfg.DSN = backends.NewDSN(dsn)
	return cfg
}

func numbers(_ testing.TB, _ backends.Backend, n int) backends.Fragment {
	return backends.Fragment{
		Query: &backends.QueryFragment{
			SQL:  "SELECT i, 'row ' || i FROM pg_catalog.generate_series(1, $1) i",
			Args: []backends.Arg{{Type: pgtypes.Of(pgtypes.OIDInt8), Value: int64(n)}},
		},
		Output: []backends.Column{{Name: "i", Type: pgtypes.Of(pgtypes.OIDInt8)}, {Name: "s", Type: pgtypes.Of(pgtypes.OIDText)}},
	}
}

// column is a case whose literals are the texts themselves.
func column(declared string, t pgtypes.Type, texts ...string) backendtest.TypeCase {
	c := backendtest.Column(declared, t)
	for _, text := range texts {
		c.Values = append(c.Values, backendtest.As("'"+strings.ReplaceAll(text, "'", "''")+"'", text))
	}
	return c
}

func modified(oid uint32, typmod int32) pgtypes.Type { return pgtypes.Type{OID: oid, Typmod: typmod} }

var types = []backendtest.TypeCase{
	column("bigint", pgtypes.Of(pgtypes.OIDInt8), "0", "-9223372036854775808", "9223372036854775807"),
	column("integer", pgtypes.Of(pgtypes.OIDInt4), "-2147483648", "2147483647"),
	column("smallint", pgtypes.Of(pgtypes.OIDInt2), "-32768", "32767"),
	column("boolean", pgtypes.Of(pgtypes.OIDBool), "t", "f"),
	column("real", pgtypes.Of(pgtypes.OIDFloat4), "1.5", "NaN", "-Infinity", "3.4028235e+38"),
	column("double precision", pgtypes.Of(pgtypes.OIDFloat8), "0.1", "NaN", "Infinity", "-1e-300"),
	column("numeric(12,2)", modified(pgtypes.OIDNumeric, pgtypes.MakeNumericTypmod(12, 2)), "1.10", "-9999999999.99", "0.00", "120000.00"),
	column("numeric(38,10)", modified(pgtypes.OIDNumeric, pgtypes.MakeNumericTypmod(38, 10)), "1234567890123456789012345678.0123456789", "-0.0000000001"),
	column("numeric", pgtypes.Of(pgtypes.OIDNumeric), "1.100", "NaN", "-Infinity", "123456789012345678901234567890123456789012345.5"),
	column("text", pgtypes.Of(pgtypes.OIDText), "it's", "äöü 日本 🎉", "line\ntwo\ttab\\", ""),
	column("varchar(5)", modified(pgtypes.OIDVarchar, 9), "äöüßé", ""),
	column("char(3)", modified(pgtypes.OIDBpchar, 7), "a  ", "abc"),
	column("bytea", pgtypes.Of(pgtypes.OIDBytea), `\x00ff`, `\x`),
	column("date", pgtypes.Of(pgtypes.OIDDate), "2024-02-29", "infinity", "-infinity", "4713-01-01 BC"),
	column("time", pgtypes.Of(pgtypes.OIDTime), "23:59:59.999999", "24:00:00"),
	column("timetz", pgtypes.Of(pgtypes.OIDTimetz), "12:00:00+02", "00:00:00-12:30"),
	column("timestamp", pgtypes.Of(pgtypes.OIDTimestamp), "2024-02-29 23:59:59.123456", "infinity", "0001-01-01 00:00:00 BC"),
	column("timestamptz", pgtypes.Of(pgtypes.OIDTimestamptz), "2024-02-29 23:59:59.123456+00", "-infinity"),
	column("interval", pgtypes.Of(pgtypes.OIDInterval), "1 year 2 mons -3 days +04:05:06.789", "-838:59:59"),
	column("uuid", pgtypes.Of(pgtypes.OIDUUID), "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
	column("json", pgtypes.Of(pgtypes.OIDJSON), `{"b":1, "a":[null]}`),
	column("jsonb", pgtypes.Of(pgtypes.OIDJSONB), `{"a": [null], "b": 1.10}`, `"x"`),
	column("oid", pgtypes.Of(pgtypes.OIDOid), "4294967295"),
	column("name", pgtypes.Of(pgtypes.OIDName), "a name"),
	column("integer[]", pgtypes.Of(pgtypes.OIDInt4Array), "{1,NULL,3}", "{}", "{{1,2},{3,4}}"),
	column("text[]", pgtypes.Of(pgtypes.OIDTextArray), `{"a b",NULL,"q\"uote"}`),
	column("inet", pgtypes.Of(pgtypes.OIDInet), "192.168.0.1/24", "::1"),
	column("bit varying", pgtypes.Of(pgtypes.OIDVarbit), "10101"),
	column("int4range", pgtypes.Of(pgtypes.OIDText), "[1,5)"),
	column("point", pgtypes.Of(pgtypes.OIDText), "(1,2)"),
}

func TestConformance(t *testing.T) {
	u := database(t)
	through := func(address string) string {
		other := *u
		other.Host = address
		return other.String()
	}
	backendtest.Run(t, backendtest.Harness{
		Kinds: kinds, Schema: "public", Quote: quote, Types: types, Numbers: numbers, Secret: "hunter2",
		Slow:    "SELECT count(*) FROM pg_catalog.generate_series(1, 100000000000::bigint)",
		Address: u.Host,
		Config: func(testing.TB) backends.Config {
			return &postgres.Config{DSN: backends.NewDSN(u.String()), MaxConnections: 7, IdleTimeoutS: 60, ConnectTimeoutS: 5, StatementCache: 3}
		},
		Through: func(_ testing.TB, address string) backends.Config {
			if _, _, err := net.SplitHostPort(address); err != nil {
				t.Fatal(err)
			}
			return config(through(address))
		},
	})
}
