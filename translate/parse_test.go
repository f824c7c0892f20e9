package translate

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// faulty are texts that PostgreSQL 15 refuses before it looks up any name.
var faulty = []string{
	"select 1 frm x y", "select é, 'ü' fro from", "select 'abc", "select 1+", "select /* x", "select \"\"", "select 1.2.3",
	"select $1a", "select 0x1f", "select 1_000", "select 1ä", "select U&'\\zzzz'", "select E'\\u00zz'", "select a.b.*.c",
	"select interval(3) '1' year(3)", "select 1 1 1", "create tabl x", "select count(distinct *)", "select e'\\xff'",
	"select 1 from a union join b", "select 'a' 'b'", "select 1 limit 1 offset 2 limit 3", "select 1 limit 1, 2", "select from from t where",
	"select sum(x) over (order by b rows between unbounded following and current row) from t",
	"select * from (select 1)", "select * from t, (values (1), (2)) where x", "select * from (with a as (select 1) select 1 from a)",
	"select * from (select 1 union select 2) join t on true", "select float(99) '1'", "select 1::float(0)",
	"merge into t using s on true when matched then delete returning 1",
	"select x is json from t", "select 1 !== ", "select ?", "select @", ";;; selec", "select 1; selec 2", "select $", "select $a$x",
	"create table t (a int, primary key)", "insert into t values", "update t set", "delete t", "begin transaction isolation level foo",
	"set x", "set time zone interval '1' year to month", "select 1 for update of", "select array[1", "select (1",
	"create table pg_x (a int check (", "select case end", "select cast(1 as)",
}

// TestSyntaxErrors compares code, message, hint and position with a real server.
func TestSyntaxErrors(t *testing.T) {
	url := os.Getenv("GATEWAY_TEST_POSTGRES")
	if url == "" {
		t.Skip("GATEWAY_TEST_POSTGRES is not set: no PostgreSQL to compare with")
	}
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	for _, text := range faulty {
		var want *pgconn.PgError
		if _, err := conn.PgConn().Exec(ctx, text).ReadAll(); !errors.As(err, &want) {
			t.Errorf("%q: the server took it: %v", text, err)
			continue
		}
		_, err := Parse(text)
		if err == nil {
			t.Errorf("%q: parsed; want %s %s", text, want.Code, want.Message)
			continue
		}
		got := pgerr.From(err)
		if got.Code != want.Code || got.Message != want.Message || got.Hint != want.Hint || got.Position != int(want.Position) {
			t.Errorf("%q:\n got %s %q at %d hint %q\nwant %s %q at %d hint %q", text,
				got.Code, got.Message, got.Position, got.Hint, want.Code, want.Message, want.Position, want.Hint)
		}
	}
}

// TestDepth feeds nesting of every kind that the parser recurses on: too deep must
// be an error, not the end of the process.
func TestDepth(t *testing.T) {
	nest := map[string]func(n int) string{
		"plus":   func(n int) string { return "select 1" + strings.Repeat("+1", n) },
		"paren":  func(n int) string { return "select " + strings.Repeat("(", n) + "1" + strings.Repeat(")", n) },
		"not":    func(n int) string { return "select " + strings.Repeat("not ", n) + "true" },
		"minus":  func(n int) string { return "select " + strings.Repeat("- ", n) + "1" },
		"union":  func(n int) string { return "select 1" + strings.Repeat(" union all select 1,2", n) },
		"query":  func(n int) string { return "select " + strings.Repeat("(select ", n) + "1" + strings.Repeat(")", n) },
		"case":   func(n int) string { return "select " + strings.Repeat("case when true and ", n) + "1" },
		"cast":   func(n int) string { return "select 1" + strings.Repeat("::int", n) },
		"join":   func(n int) string { return "select 1 from a" + strings.Repeat(" join a on a.b and c.d", n) },
		"isnull": func(n int) string { return "select 1" + strings.Repeat(" is null", n) },
		"index":  func(n int) string { return "select a" + strings.Repeat("[1]", n) },
		"field":  func(n int) string { return "select (a)" + strings.Repeat(".b", n) },
		"array":  func(n int) string { return "select " + strings.Repeat("array[", n) + "1" + strings.Repeat("]", n) },
		"call":   func(n int) string { return "select " + strings.Repeat("f(", n) + "1" + strings.Repeat(")", n) },
		"from":   func(n int) string { return strings.Repeat("select 1 from (", n) },
		"with":   func(n int) string { return strings.Repeat("with a as (", n) },
		"sort":   func(n int) string { return "select 1 order by a" + strings.Repeat(" collate b", n) },
		"when": func(n int) string {
			return "select " + strings.Repeat("case when true then ", n) + "1" + strings.Repeat(" end", n)
		},
	}
	for name, text := range nest {
		for _, n := range []int{10, 1000, 5000, 200000} {
			_, err := Parse(text(n))
			if err == nil {
				continue
			}
			if code := pgerr.Code(err); code != pgerr.StatementTooComplex && code != pgerr.SyntaxError {
				t.Errorf("%s at %d: %v", name, n, err)
			}
		}
	}
	for _, flat := range []string{"select true" + strings.Repeat(" and true", 20000), "select 1 in (1" + strings.Repeat(",-1", 50000) + ")"} {
		if _, err := Parse(flat); err != nil {
			t.Errorf("%.40s…: %v", flat, err)
		}
	}
}

func TestParseRanges(t *testing.T) {
	statements, err := Parse("  -- first\n select 'é' ; /* x */ ;\n\tbegin; -- tail")
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, s := range statements {
		texts = append(texts, s.Text)
	}
	if got := strings.Join(texts, "|"); got != "select 'é'|begin" {
		t.Errorf("statements %q", got)
	}
	if at := statements[1].Node.Position(); at != 37 {
		t.Errorf("begin is at %d, want 37 (characters of the whole text)", at)
	}
}

func TestParseRefusesBytes(t *testing.T) {
	for text, want := range map[string]string{
		"select 'a\x00b'":    "invalid byte sequence for encoding \"UTF8\": 0x00",
		"select '\xe9t\xe9'": "invalid byte sequence for encoding \"UTF8\": 0xe9 0x74 0xe9",
		"select '\xff'":      "invalid byte sequence for encoding \"UTF8\": 0xff",
	} {
		if _, err := Parse(text); pgerr.From(err) == nil || pgerr.From(err).Message != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range append(faulty, seeds...) {
		f.Add(text)
	}
	f.Fuzz(func(_ *testing.T, text string) {
		_, _ = Parse(text)
		_, _, _ = Normalise(text)
	})
}
