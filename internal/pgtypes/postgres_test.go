package pgtypes_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"math/rand"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// seed makes the random inputs the same in every run; a failure names its input.
const seed = 20240115

func connect(t *testing.T) *pgx.Conn {
	t.Helper()
	url := os.Getenv("GATEWAY_TEST_POSTGRES")
	if url == "" {
		t.Skip("GATEWAY_TEST_POSTGRES is not set: not compared with a real Postgres")
	}
	conn, err := pgx.Connect(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	run(t, conn, `create function pg_temp.try(x text, t text, send text) returns text[] language plpgsql as $$
declare r text; b text; s text; m text; d text; h text;
begin
  execute format('select format(''%%s'', v), encode(%s(v), ''hex'') from (select %L::%s as v) q', send, x, t) into r, b;
  return array['ok', r, b, ''];
exception when others then
  get stacked diagnostics s = returned_sqlstate, m = message_text, d = pg_exception_detail, h = pg_exception_hint;
  return array[s, m, d, h];
end $$`)
	return conn
}

func run(t *testing.T, conn *pgx.Conn, sql string) {
	t.Helper()
	if _, err := conn.Exec(context.Background(), sql); err != nil {
		t.Fatal(err)
	}
}

// answers asks the server for each input's forms or error.
func answers(t *testing.T, conn *pgx.Conn, typeName, send string, inputs []string) [][]string {
	t.Helper()
	rows, err := conn.Query(context.Background(),
		"select pg_temp.try(x, $2, $3) from unnest($1::text[]) with ordinality u(x, n) order by n", inputs, typeName, send)
	if err != nil {
		t.Fatal(err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowTo[[]string])
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// ours gives the same for this package.
func ours(typ pgtypes.Type, input string, style pgtypes.Style) []string {
	v, err := pgtypes.Parse(typ, input, style)
	if err != nil {
		e := pgerr.From(err)
		return []string{e.Code, e.Message, e.Detail, e.Hint}
	}
	text := pgtypes.Text(typ, v, style)
	binary, err := pgtypes.AppendBinary(nil, typ, v)
	if err != nil {
		return []string{"binary", err.Error(), "", ""}
	}
	back, err := pgtypes.ParseBinary(pgtypes.Of(typ.OID), binary)
	if err != nil {
		return []string{"ParseBinary", err.Error(), "", ""}
	}
	if pgtypes.Compare(typ.OID, v, back) != 0 || pgtypes.Text(typ, back, style) != text {
		return []string{"ParseBinary", fmt.Sprint(back), text, ""}
	}
	return []string{"ok", text, hex.EncodeToString(binary), ""}
}

type subject struct {
	name  string // as SQL has it
	send  string
	typ   pgtypes.Type
	texts []string
}

func compare(t *testing.T, conn *pgx.Conn, s subject, style pgtypes.Style) {
	t.Helper()
	faults := 0
	for i, want := range answers(t, conn, s.name, s.send, s.texts) {
		got := ours(s.typ, s.texts[i], style)
		if strings.Join(got, "|") == strings.Join(want, "|") {
			continue
		}
		if faults++; faults > 15 {
			t.Fatalf("%s: too many differences", s.name)
		}
		t.Errorf("%q::%s\n got %q\nwant %q", s.texts[i], s.name, got, want)
	}
}

func with(typ uint32, typmod int32) pgtypes.Type { return pgtypes.Type{OID: typ, Typmod: typmod} }

func TestInputAgainstPostgres(t *testing.T) {
	conn := connect(t)
	run(t, conn, "set timezone = 'UTC'")
	for _, s := range subjects(rand.New(rand.NewSource(seed))) {
		t.Run(s.name, func(t *testing.T) { compare(t, conn, s, pgtypes.DefaultStyle()) })
	}
}

// styles are the settings under which date/time text is compared.
func TestDatetimeStylesAgainstPostgres(t *testing.T) {
	conn := connect(t)
	zone, _ := pgtypes.LoadZone("America/New_York")
	berlin, _ := pgtypes.LoadZone("Europe/Berlin")
	kolkata, _ := pgtypes.LoadZone("Asia/Kolkata")
	for _, c := range []struct {
		set   string
		style pgtypes.Style
	}{
		{
			"set timezone='America/New_York'; set datestyle='Postgres, MDY'; set intervalstyle=postgres_verbose",
			pgtypes.Style{Zone: zone, DateFormat: pgtypes.DatePostgres, IntervalFormat: pgtypes.IntervalPostgresVerbose, ExtraFloatDigits: 1},
		},
		{
			"set timezone='Europe/Berlin'; set datestyle='German, DMY'; set intervalstyle=sql_standard",
			pgtypes.Style{Zone: berlin, DateFormat: pgtypes.DateGerman, DateOrder: pgtypes.DateDMY, IntervalFormat: pgtypes.IntervalSQLStandard, ExtraFloatDigits: 1},
		},
		{
			"set timezone='Asia/Kolkata'; set datestyle='SQL, DMY'; set intervalstyle=iso_8601",
			pgtypes.Style{Zone: kolkata, DateFormat: pgtypes.DateSQL, DateOrder: pgtypes.DateDMY, IntervalFormat: pgtypes.IntervalISO8601, ExtraFloatDigits: 1},
		},
		{
			"set timezone='UTC'; set datestyle='Postgres, YMD'; set extra_float_digits=0",
			pgtypes.Style{Zone: time.UTC, DateFormat: pgtypes.DatePostgres, DateOrder: pgtypes.DateYMD, IntervalFormat: pgtypes.IntervalISO8601},
		},
		{
			"set datestyle='Postgres, DMY'; set timezone='Asia/Kolkata'; set extra_float_digits=-3; set bytea_output=escape",
			pgtypes.Style{Zone: kolkata, DateFormat: pgtypes.DatePostgres, DateOrder: pgtypes.DateDMY, IntervalFormat: pgtypes.IntervalISO8601, ExtraFloatDigits: -3, ByteaEscape: true},
		},
	} {
		run(t, conn, c.set)
		for _, s := range subjects(rand.New(rand.NewSource(seed + 1))) {
			switch s.typ.OID {
			case pgtypes.OIDDate, pgtypes.OIDTimestamp, pgtypes.OIDTimestamptz, pgtypes.OIDInterval, pgtypes.OIDTimetz,
				pgtypes.OIDFloat4, pgtypes.OIDFloat8, pgtypes.OIDBytea:
				t.Run(c.set+"/"+s.name, func(t *testing.T) { compare(t, conn, s, c.style) })
			}
		}
	}
}

// mixed makes n texts of parts drawn at random and joined.
func mixed(r *rand.Rand, n, most int, joins, parts []string) []string {
	out := make([]string, n)
	for i := range out {
		var b strings.Builder
		for k := range 1 + r.Intn(most) {
			if k > 0 {
				b.WriteString(joins[r.Intn(len(joins))])
			}
			b.WriteString(parts[r.Intn(len(parts))])
		}
		out[i] = b.String()
	}
	return out
}
