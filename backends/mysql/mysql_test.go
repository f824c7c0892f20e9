package mysql_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"strings"
	"testing"

	driver "github.com/go-sql-driver/mysql"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/backends/backendtest"
	"github.com/sqlgateway/gateway/backends/mysql"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

var kinds = []backends.KindSpec{mysql.Spec()}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// database makes an empty database and a user with a password, for one test.
func database(t testing.TB) *driver.Config {
	t.Helper()
	text := os.Getenv("GATEWAY_TEST_MARIADB")
	if text == "" {
		t.Skip("GATEWAY_TEST_MARIADB is not set: make services-up")
	}
	cfg, err := driver.ParseDSN(text)
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("backends_%d_%s", os.Getpid(), strings.ToLower(t.Name()))
	admin := mysql.Open(config(text), backends.Env{})
	for _, statement := range []string{"DROP DATABASE IF EXISTS " + quote(name), "CREATE DATABASE " + quote(name) + " CHARACTER SET utf8mb4"} {
		if _, err := admin.Execute(t.Context(), backends.QueryFragment{SQL: statement}); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		_, _ = admin.Execute(context.Background(), backends.QueryFragment{SQL: "DROP DATABASE " + quote(name)})
		_ = admin.Close()
	})
	cfg.DBName = name
	return cfg
}

func config(dsn string) *mysql.Config {
	cfg := mysql.NewConfig()
	cfg.DSN = backends.NewDSN(dsn)
	return cfg
}

func numbers(_ testing.TB, _ backends.Backend, n int) backends.Fragment {
	return backends.Fragment{
		Query: &backends.QueryFragment{
			SQL:  "WITH RECURSIVE n(i) AS (SELECT cast(1 AS signed) FROM dual WHERE ? > 0 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT i, concat('row ', i) FROM n",
			Args: []backends.Arg{{Type: pgtypes.Of(pgtypes.OIDInt8), Value: int64(n)}, {Type: pgtypes.Of(pgtypes.OIDInt8), Value: int64(n)}},
		},
		Output: []backends.Column{{Name: "i", Type: pgtypes.Of(pgtypes.OIDInt8)}, {Name: "s", Type: pgtypes.Of(pgtypes.OIDText)}},
	}
}

func modified(oid uint32, typmod int32) pgtypes.Type { return pgtypes.Type{OID: oid, Typmod: typmod} }

func numeric(precision, scale int) pgtypes.Type {
	return modified(pgtypes.OIDNumeric, pgtypes.MakeNumericTypmod(precision, scale))
}

var as, column = backendtest.As, backendtest.Column

var types = []backendtest.TypeCase{
	column("BIGINT", pgtypes.Of(pgtypes.OIDInt8), as("-9223372036854775808", "-9223372036854775808"), as("9223372036854775807", "9223372036854775807"), backendtest.Null),
	column("BIGINT UNSIGNED", numeric(20, 0), as("18446744073709551615", "18446744073709551615"), as("0", "0")),
	column("INT", pgtypes.Of(pgtypes.OIDInt4), as("-2147483648", "-2147483648")),
	column("INT UNSIGNED", pgtypes.Of(pgtypes.OIDInt8), as("4294967295", "4294967295")),
	column("MEDIUMINT UNSIGNED", pgtypes.Of(pgtypes.OIDInt4), as("16777215", "16777215")),
	column("SMALLINT", pgtypes.Of(pgtypes.OIDInt2), as("-32768", "-32768")),
	column("SMALLINT UNSIGNED", pgtypes.Of(pgtypes.OIDInt4), as("65535", "65535")),
	column("TINYINT UNSIGNED", pgtypes.Of(pgtypes.OIDInt2), as("255", "255")),
	column("BOOL", pgtypes.Of(pgtypes.OIDBool), as("true", "t"), as("0", "f")),
	column("DECIMAL(12,2)", numeric(12, 2), as("1.10", "1.10"), as("-9999999999.99", "-9999999999.99"), as("0", "0.00")),
	column("DECIMAL(65,10)", numeric(65, 10), as("1234567890123456789012345678901234567890.5", "1234567890123456789012345678901234567890.5000000000")),
	column("FLOAT", pgtypes.Of(pgtypes.OIDFloat4), as("16777216", "1.6777216e+07"), as("0.1", "0.1")),
	column("DOUBLE", pgtypes.Of(pgtypes.OIDFloat8), as("0.1", "0.1"), as("-1e-300", "-1e-300")),
	column("BIT(1)", modified(pgtypes.OIDBit, 1), as("b'1'", "1"), as("b'0'", "0")),
	column("BIT(10)", modified(pgtypes.OIDBit, 10), as("b'1000000001'", "1000000001")),
	column("YEAR", pgtypes.Of(pgtypes.OIDInt2), as("2024", "2024"), as("0", "0")),
	column("DATE", pgtypes.Of(pgtypes.OIDDate), as("'2024-02-29'", "2024-02-29"), as("'9999-12-31'", "9999-12-31"), as("'1000-01-01'", "1000-01-01")),
	column("DATETIME(6)", pgtypes.Of(pgtypes.OIDTimestamp), as("'2024-02-29 23:59:59.123456'", "2024-02-29 23:59:59.123456"), as("'1969-12-31 00:00:00'", "1969-12-31 00:00:00")),
	column("DATETIME", modified(pgtypes.OIDTimestamp, 0), as("'2024-02-29 23:59:59'", "2024-02-29 23:59:59")),
	column("TIMESTAMP(3) NULL", modified(pgtypes.OIDTimestamptz, 3), as("'2024-02-29 23:59:59.120'", "2024-02-29 23:59:59.12+00")),
	column("TIME", pgtypes.Of(pgtypes.OIDInterval), as("'838:59:59'", "838:59:59"), as("'-00:00:01'", "-00:00:01")),
	column("TIME(6)", pgtypes.Of(pgtypes.OIDInterval), as("'12:00:00.5'", "12:00:00.5")),
	column("CHAR(3)", modified(pgtypes.OIDBpchar, 7), as("'a'", "a  "), as("'äöü'", "äöü")),
	column("VARCHAR(5)", modified(pgtypes.OIDVarchar, 9), as("'it''s'", "it's"), as("''", ""), as("'日本🎉'", "日本🎉")),
	column("TEXT", pgtypes.Of(pgtypes.OIDText), as(`'back\slash'`, `back\slash`)),
	column("TEXT CHARACTER SET latin1", pgtypes.Of(pgtypes.OIDText), as("'äöü'", "äöü")),
	column("BLOB", pgtypes.Of(pgtypes.OIDBytea), as("x'00ff'", `\x00ff`), as("''", `\x`)),
	column("BINARY(3)", pgtypes.Of(pgtypes.OIDBytea), as("'a'", `\x610000`)),
	column("ENUM('b','a')", pgtypes.Of(pgtypes.OIDText), as("'a'", "a")),
	column("SET('x','y','z')", pgtypes.Of(pgtypes.OIDText), as("'z,x'", "x,z")),
	column("UUID", pgtypes.Of(pgtypes.OIDUUID), as("'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")),
	column("INET6", pgtypes.Of(pgtypes.OIDInet), as("'2001:db8::1'", "2001:db8::1")),
}

var lossy = []backendtest.LossyCase{
	backendtest.Loses("BOOL", "5", pgerr.InvalidTextRepresentation, "boolean"),
	backendtest.Loses("TEXT", "concat('a', char(0), 'b')", pgerr.CharacterNotInRepertoire, "0x00"),
}

func TestConformance(t *testing.T) {
	cfg := database(t)
	dsn := func(address string) backends.DSN {
		other := *cfg
		other.Addr = address
		return backends.NewDSN(other.FormatDSN())
	}
	backendtest.Run(t, backendtest.Harness{
		Kinds: kinds, Schema: cfg.DBName, Quote: quote, Types: types, Lossy: lossy, Numbers: numbers, Address: cfg.Addr,
		Slow: "SELECT sleep(60)",
		Config: func(testing.TB) backends.Config {
			return &mysql.Config{DSN: dsn(cfg.Addr), MaxConnections: 9, IdleTimeoutS: 60, ConnectTimeoutS: 5, TinyInt1IsBool: true}
		},
		Through: func(_ testing.TB, address string) backends.Config {
			return &mysql.Config{DSN: dsn(address), MaxConnections: 9, IdleTimeoutS: 60, ConnectTimeoutS: 5}
		},
	})
}

// TestStoredNonsense reads what a lenient server let in.
func TestStoredNonsense(t *testing.T) {
	cfg := database(t)
	connector, err := driver.NewConnector(cfg)
	if err != nil {
		t.Fatal(err)
	}
	lenient := sql.OpenDB(connector)
	defer func() { _ = lenient.Close() }()
	lenient.SetMaxOpenConns(1)
	for _, statement := range []string{
		"SET sql_mode=''", "CREATE TABLE zero (d DATE, t DATETIME)",
		"INSERT INTO zero VALUES ('0000-00-00', NULL)", "INSERT INTO zero VALUES (NULL, '2024-00-15 01:02:03')",
	} {
		if _, err := lenient.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	b := mysql.Open(config(cfg.FormatDSN()), backends.Env{})
	defer func() { _ = b.Close() }()
	for column, oid := range map[string]uint32{"d": pgtypes.OIDDate, "t": pgtypes.OIDTimestamp} {
		r, err := b.Read(t.Context(), backends.Fragment{
			Query:  &backends.QueryFragment{SQL: "SELECT " + column + " FROM zero"},
			Output: []backends.Column{{Name: column, Type: pgtypes.Of(oid)}},
		})
		if err != nil {
			t.Fatal(err)
		}
		for r.Next() {
		}
		if e := pgerr.From(r.Err()); e == nil || e.Code != pgerr.DatetimeFieldOverflow || e.Column != column {
			t.Errorf("%s: %v", column, r.Err())
		}
		r.Release()
	}
}

func TestErrors(t *testing.T) {
	cfg := database(t)
	b := mysql.Open(config(cfg.FormatDSN()), backends.Env{})
	defer func() { _ = b.Close() }()
	execute := func(statement string) error {
		_, err := b.Execute(t.Context(), backends.QueryFragment{SQL: statement})
		return err
	}
	for _, statement := range []string{
		"CREATE TABLE p (id INT PRIMARY KEY)", "INSERT INTO p VALUES (1)",
		"CREATE TABLE t (a INT NOT NULL, b VARCHAR(3) UNIQUE, c INT CHECK (c > 0), d INT REFERENCES p (id))", "INSERT INTO t VALUES (1, 'x', 1, 1)",
	} {
		if err := execute(statement); err != nil {
			t.Fatal(err)
		}
	}
	for statement, code := range map[string]string{
		"INSERT INTO p VALUES (1)":                     pgerr.UniqueViolation,
		"INSERT INTO t VALUES (NULL, 'y', 1, 1)":       pgerr.NotNullViolation,
		"INSERT INTO t (b) VALUES ('y')":               pgerr.NotNullViolation,
		"INSERT INTO t VALUES (1, 'y', 0, 1)":          pgerr.CheckViolation,
		"INSERT INTO t VALUES (1, 'y', 1, 9)":          pgerr.ForeignKeyViolation,
		"INSERT INTO t VALUES (1, 'long', 1, 1)":       pgerr.StringDataRightTruncation,
		"INSERT INTO t VALUES (3000000000, 'y', 1, 1)": pgerr.NumericValueOutOfRange,
		"INSERT INTO t VALUES (1 / 0, 'y', 1, 1)":      pgerr.DivisionByZero,
		"SELECT absent FROM t":                         pgerr.UndefinedColumn,
		"SELECT * FROM absent":                         pgerr.UndefinedTable,
		"SELECT absent(1)":                             pgerr.UndefinedFunction,
		"SELEC 1":                                      pgerr.SyntaxError,
		"SELECT (SELECT 1 UNION SELECT 2)":             pgerr.CardinalityViolation,
		"SELECT 9223372036854775807 + 1":               pgerr.NumericValueOutOfRange,
	} {
		if err := execute(statement); pgerr.Code(err) != code {
			t.Errorf("%s: %v, want %s", statement, err, code)
		}
	}
	if n, err := b.Execute(t.Context(), backends.QueryFragment{SQL: "UPDATE t SET a = 1"}); n != 1 || err != nil {
		t.Errorf("an update that changes nothing: %d, %v", n, err)
	}
}
