package sqlite_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/backends/backendtest"
	"github.com/sqlgateway/gateway/backends/sqlite"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

var kinds = []backends.KindSpec{sqlite.Spec()}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func numbers(_ testing.TB, _ backends.Backend, n int) backends.Fragment {
	return backends.Fragment{
		Query: &backends.QueryFragment{
			SQL:  "WITH RECURSIVE n(i) AS (SELECT 1 WHERE ?1 > 0 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) SELECT i, 'row ' || i FROM n",
			Args: []backends.Arg{{Type: pgtypes.Of(pgtypes.OIDInt8), Value: int64(n)}},
		},
		Output: []backends.Column{{Name: "i", Type: pgtypes.Of(pgtypes.OIDInt8)}, {Name: "s", Type: pgtypes.Of(pgtypes.OIDText)}},
	}
}

func numeric(precision, scale int) pgtypes.Type {
	return pgtypes.Type{OID: pgtypes.OIDNumeric, Typmod: pgtypes.MakeNumericTypmod(precision, scale)}
}

var types = []backendtest.TypeCase{
	backendtest.Column("BIGINT", pgtypes.Of(pgtypes.OIDInt8),
		backendtest.As("0", "0"), backendtest.As("-9223372036854775808", "-9223372036854775808"), backendtest.As("9223372036854775807", "9223372036854775807"), backendtest.Null,
	),
	backendtest.Column("int", pgtypes.Of(pgtypes.OIDInt8), backendtest.As("42", "42")),
	backendtest.Column("BOOLEAN", pgtypes.Of(pgtypes.OIDBool), backendtest.As("1", "t"), backendtest.As("false", "f"), backendtest.Null),
	backendtest.Column("REAL", pgtypes.Of(pgtypes.OIDFloat8), backendtest.As("1.5", "1.5"), backendtest.As("3", "3"), backendtest.As("9e999", "Infinity"), backendtest.As("-1e-300", "-1e-300")),
	backendtest.Column("DECIMAL(10,2)", numeric(10, 2), backendtest.As("1.10", "1.10"), backendtest.As("12345678.99", "12345678.99"), backendtest.As("-7", "-7.00"), backendtest.As("0", "0.00")),
	backendtest.Column("NUMERIC", pgtypes.Of(pgtypes.OIDNumeric), backendtest.As("1.25", "1.25"), backendtest.As("123456789012", "123456789012")),
	backendtest.Column("VARCHAR(5)", pgtypes.Type{OID: pgtypes.OIDVarchar, Typmod: 9}, backendtest.As("'äöüßé'", "äöüßé"), backendtest.As("''", ""), backendtest.Null),
	backendtest.Column("TEXT", pgtypes.Of(pgtypes.OIDText), backendtest.As("'it''s'", "it's"), backendtest.As("'line' || char(10) || 'two'", "line\ntwo"), backendtest.As("12", "12")),
	backendtest.Column("BLOB", pgtypes.Of(pgtypes.OIDBytea), backendtest.As("x'00ff'", `\x00ff`), backendtest.As("x''", `\x`), backendtest.Null),
	backendtest.Column("DATE", pgtypes.Of(pgtypes.OIDDate), backendtest.As("'2024-02-29'", "2024-02-29"), backendtest.As("'0001-01-01'", "0001-01-01"), backendtest.As("'9999-12-31'", "9999-12-31")),
	backendtest.Column("DATETIME", pgtypes.Of(pgtypes.OIDTimestamp),
		backendtest.As("'2024-02-29 23:59:59.123456'", "2024-02-29 23:59:59.123456"), backendtest.As("'1969-12-31T23:59:59'", "1969-12-31 23:59:59"), backendtest.As("'2024-01-01'", "2024-01-01 00:00:00"),
	),
	backendtest.Column("TIMESTAMPTZ", pgtypes.Of(pgtypes.OIDTimestamptz), backendtest.As("'2024-01-01 12:00:00+02'", "2024-01-01 10:00:00+00"), backendtest.As("'2024-01-01 12:00:00'", "2024-01-01 12:00:00+00")),
	backendtest.Column("TIME", pgtypes.Of(pgtypes.OIDTime), backendtest.As("'23:59:59.5'", "23:59:59.5"), backendtest.As("'00:00:00'", "00:00:00")),
	backendtest.Column("INTERVAL", pgtypes.Of(pgtypes.OIDInterval), backendtest.As("'1 day 02:00:00'", "1 day 02:00:00")),
	backendtest.Column("UUID", pgtypes.Of(pgtypes.OIDUUID),
		backendtest.As("'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"), backendtest.As("x'a0eebc999c0b4ef8bb6d6bb9bd380a11'", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
	),
	backendtest.Column("JSON", pgtypes.Of(pgtypes.OIDJSON), backendtest.As(`'{"a": [1, null]}'`, `{"a": [1, null]}`)),
	backendtest.Column("UNSIGNED BIG INT", numeric(20, 0), backendtest.As("9223372036854775807", "9223372036854775807")),
}

var lossy = []backendtest.LossyCase{
	backendtest.Loses("INTEGER", "'abc'", pgerr.InvalidTextRepresentation, "rowid 1"),
	backendtest.Loses("INTEGER", "1.5", pgerr.InvalidTextRepresentation, `table "suite_lossy1", column "c0"`),
	backendtest.Loses("BIGINT", "9223372036854775808", pgerr.NumericValueOutOfRange, "out of range for type bigint"),
	backendtest.Loses("INTEGER", "x'01'", pgerr.InvalidTextRepresentation, "a blob"),
	backendtest.Loses("BOOLEAN", "'true'", pgerr.InvalidTextRepresentation, "boolean"),
	backendtest.Loses("BOOLEAN", "2", pgerr.InvalidTextRepresentation, "boolean"),
	backendtest.Loses("REAL", "'x'", pgerr.InvalidTextRepresentation, "double precision"),
	backendtest.Loses("UNSIGNED BIG INT", "18446744073709551615", pgerr.NumericValueOutOfRange, "lost precision"),
	backendtest.Loses("NUMERIC(20,5)", "123456789012345.67891", pgerr.NumericValueOutOfRange, "lost precision"),
	backendtest.Loses("NUMERIC(5,2)", "1234.5", pgerr.NumericValueOutOfRange, "numeric field overflow"),
	backendtest.Loses("VARCHAR(3)", "'abcd'", pgerr.StringDataRightTruncation, "character varying(3)"),
	backendtest.Loses("TEXT", "'a' || char(0) || 'b'", pgerr.CharacterNotInRepertoire, "0x00"),
	backendtest.Loses("TEXT", "cast(x'ff' as text)", pgerr.CharacterNotInRepertoire, "0xff"),
	backendtest.Loses("TEXT", "x'41'", pgerr.InvalidTextRepresentation, "a blob"),
	backendtest.Loses("BLOB", "'text'", pgerr.InvalidTextRepresentation, "bytea"),
	backendtest.Loses("DATE", "'2024-02-30'", pgerr.DatetimeFieldOverflow, "2024-02-30"),
	backendtest.Loses("DATE", "20240101", pgerr.InvalidTextRepresentation, "date"),
	backendtest.Loses("DATETIME", "2460310.5", pgerr.InvalidTextRepresentation, "timestamp"),
	backendtest.Loses("TIMESTAMP", "'soon'", pgerr.InvalidDatetimeFormat, "soon"),
	backendtest.Loses("UUID", "'not one'", pgerr.InvalidTextRepresentation, "uuid"),
}

func harness(location func(t testing.TB) string) backendtest.Harness {
	return backendtest.Harness{
		Kinds: kinds, Schema: "main", Quote: quote, Types: types, Lossy: lossy, Numbers: numbers,
		Slow: "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000) SELECT count(*) FROM n",
		Config: func(t testing.TB) backends.Config {
			// Read-only has a test of its own: nothing could be written here.
			return &sqlite.Config{Location: location(t), BusyTimeoutMS: 1234, MaxConnections: 9, ReadOnly: false}
		},
	}
}

func TestConformanceFile(t *testing.T) {
	h := harness(func(t testing.TB) string { return filepath.Join(t.TempDir(), "a b?c.db") })
	h.MayDefault = []string{"ReadOnly"}
	h.Untouched = func(t testing.TB, cfg backends.Config) {
		if _, err := os.Stat(cfg.(*sqlite.Config).Location); err == nil {
			t.Error("opening made the file")
		}
	}
	backendtest.Run(t, h)
}

func TestConformanceMemory(t *testing.T) {
	h := harness(func(testing.TB) string { return ":memory:" })
	h.MayDefault = []string{"ReadOnly"}
	backendtest.Run(t, h)
}

func open(t *testing.T, cfg *sqlite.Config) *sqlite.Backend {
	t.Helper()
	b := sqlite.Open(cfg, backends.Env{})
	t.Cleanup(func() { _ = b.Close() })
	return b
}

func config(location string) *sqlite.Config {
	cfg := sqlite.NewConfig()
	cfg.Location = location
	return cfg
}

func execute(t *testing.T, b *sqlite.Backend, sql ...string) {
	t.Helper()
	for _, s := range sql {
		if _, err := b.Execute(t.Context(), backends.QueryFragment{SQL: s}); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

func TestErrors(t *testing.T) {
	b := open(t, config(":memory:"))
	execute(t, b, `CREATE TABLE p (id INTEGER PRIMARY KEY)`, `INSERT INTO p VALUES (1)`,
		`CREATE TABLE t (a INTEGER NOT NULL, b TEXT UNIQUE, c INTEGER CONSTRAINT positive CHECK (c > 0), d INTEGER REFERENCES p)`,
		`INSERT INTO t VALUES (1, 'x', 1, 1)`)
	for _, c := range []struct{ sql, code, in string }{
		{`INSERT INTO t VALUES (2, 'x', 1, 1)`, pgerr.UniqueViolation, "t_b_key"},
		{`INSERT INTO p VALUES (1)`, pgerr.UniqueViolation, "p_pkey"},
		{`INSERT INTO t VALUES (NULL, 'y', 1, 1)`, pgerr.NotNullViolation, `column "a" of relation "t"`},
		{`INSERT INTO t VALUES (2, 'y', -1, 1)`, pgerr.CheckViolation, "positive"},
		{`INSERT INTO t VALUES (2, 'y', 1, 99)`, pgerr.ForeignKeyViolation, "foreign key"},
		{`INSERT INTO nowhere VALUES (1)`, pgerr.UndefinedTable, "nowhere"},
		{`SELECT absent FROM t`, pgerr.UndefinedColumn, "absent"},
		{`SELECT "absent" FROM t`, pgerr.UndefinedColumn, "absent"},
		{`SELECT nope(1)`, pgerr.UndefinedFunction, "nope"},
		{`SELEC 1`, pgerr.SyntaxError, "SELEC"},
		{`SELECT abs(-9223372036854775808)`, pgerr.NumericValueOutOfRange, "overflow"},
		{`CREATE TABLE t (a)`, pgerr.DuplicateTable, "t already exists"},
	} {
		_, err := b.Execute(t.Context(), backends.QueryFragment{SQL: c.sql})
		if e := pgerr.From(err); e == nil || e.Code != c.code || !strings.Contains(e.Message, c.in) {
			t.Errorf("%s: %v, want %s %s", c.sql, err, c.code, c.in)
		}
	}
	if n, err := b.Execute(t.Context(), backends.QueryFragment{SQL: "UPDATE t SET c = 5"}); n != 1 || err != nil {
		t.Errorf("an update of one row: %d, %v", n, err)
	}
}

func TestReadOnly(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.db")
	cfg := config(file)
	cfg.ReadOnly = true
	if err := open(t, cfg).Ping(t.Context()); pgerr.Code(err) != pgerr.FdwUnableToEstablishConnection {
		t.Errorf("a file that is not there: %v", err)
	}
	execute(t, open(t, config(file)), "CREATE TABLE t (a)")
	_, err := open(t, cfg).Execute(t.Context(), backends.QueryFragment{SQL: "INSERT INTO t VALUES (1)"})
	if pgerr.Code(err) != pgerr.ReadOnlySQLTransaction {
		t.Errorf("writing read-only: %v", err)
	}
	if err := os.WriteFile(file+"2", []byte(strings.Repeat("no database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := open(t, config(file+"2")).Ping(t.Context()); pgerr.Code(err) != pgerr.DataCorrupted {
		t.Errorf("a file that is no database: %v", err)
	}
}

func TestDescribe(t *testing.T) {
	b := open(t, config(":memory:"))
	execute(t, b, `CREATE TABLE t (id INTEGER PRIMARY KEY, "Name" TEXT NOT NULL DEFAULT 'x', n INT, d DATE, g AS (id + 1), UNIQUE (n, d))`,
		`CREATE INDEX by_name ON t ("Name")`, `CREATE INDEX odd ON t (n + 1)`, `CREATE VIEW v AS SELECT id FROM t`,
		`INSERT INTO t (n, d) VALUES (1, '2024-01-01'), (2, NULL)`)
	table, err := b.Describe(t.Context(), backends.TableName{Schema: "main", Name: "t"})
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, c := range table.Columns {
		fmt.Fprintf(&got, "%s %s not null %v default %q generated %v verified %v\n", c.Name, pgtypes.FormatType(c.Type), c.NotNull, c.Default, c.Generated, c.Facts.Verified)
	}
	fmt.Fprintf(&got, "keys %v primary %v rows %v\n", table.Keys, table.PrimaryKey, table.Rows)
	for _, i := range table.Indexes {
		fmt.Fprintf(&got, "%s %v unique %v primary %v bare %v using %q\n", i.Name, i.Columns, i.Unique, i.Primary, i.Bare, i.Using)
	}
	want := `id bigint not null true default "" generated true verified true
Name text not null true default "'x'" generated false verified true
n bigint not null false default "" generated false verified true
d date not null false default "" generated false verified true
g text not null false default "" generated true verified false
keys [[0] [2 3]] primary true rows 2
t_pkey [id] unique true primary true bare false using ""
sqlite_autoindex_t_1 [n d] unique true primary false bare false using ""
by_name [Name] unique false primary false bare true using ""
odd [] unique false primary false bare true using ""
`
	if got.String() != want {
		t.Errorf("got\n%s\nwant\n%s", got.String(), want)
	}
	// A write makes the verification void.
	execute(t, b, `INSERT INTO t (n, d) VALUES ('abc', '2024-1-1')`)
	table, err = b.Describe(t.Context(), backends.TableName{Schema: "main", Name: "t"})
	if err != nil || table.Columns[2].Facts.Verified || table.Columns[3].Facts.Verified || !table.Columns[0].Facts.Verified {
		t.Errorf("after a wrong value: %+v, %v", table.Columns[2].Facts, err)
	}
}

func TestCollationFact(t *testing.T) {
	b := open(t, config(":memory:"))
	execute(t, b, `CREATE TABLE t (a TEXT, b TEXT COLLATE nocase)`)
	table, err := b.Describe(t.Context(), backends.TableName{Schema: "main", Name: "t"})
	if err != nil || table.Columns[0].Facts.Collation != "BINARY" || !strings.EqualFold(table.Columns[1].Facts.Collation, "nocase") {
		t.Errorf("%v, %v", table, err)
	}
}
