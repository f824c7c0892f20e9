package pgtypes_test

import (
	"context"
	"math/rand"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// TestOrderAgainstPostgres compares Compare with the btree operators of a server
// whose collation is C.
func TestOrderAgainstPostgres(t *testing.T) {
	conn := connect(t)
	run(t, conn, "set timezone = 'UTC'")
	run(t, conn, `create function pg_temp.cmp(t text, c text, a text, b text) returns int language plpgsql as $$
declare r int;
begin
  execute format('select case when a < b then -1 when a > b then 1 else 0 end from (select %L::%s %s a, %L::%s %s b) q', a, t, c, b, t, c) into r;
  return r;
exception when others then
  return null;
end $$`)
	r := rand.New(rand.NewSource(seed))
	for _, s := range subjects(r) {
		switch s.typ.OID {
		case pgtypes.OIDJSON, pgtypes.OIDBit, pgtypes.OIDVarbit, pgtypes.OIDMoney, pgtypes.OIDInt2Vector, pgtypes.OIDPgLSN, pgtypes.OIDTid:
			continue
		}
		collate := ""
		if strings.Contains("text varchar(5) char(5) text[]", s.name) {
			collate = `collate "C"`
		}
		t.Run(s.name, func(t *testing.T) { compareOrder(t, conn, s, collate, r) })
	}
}

func compareOrder(t *testing.T, conn *pgx.Conn, s subject, collate string, r *rand.Rand) {
	t.Helper()
	var as, bs []string
	var ours []int
	var good []pgtypes.Datum
	var texts []string
	for _, text := range s.texts {
		if v, err := pgtypes.Parse(s.typ, text, pgtypes.DefaultStyle()); err == nil {
			good, texts = append(good, v), append(texts, text)
		}
	}
	for range 300 {
		i, j := r.Intn(len(good)), r.Intn(len(good))
		as, bs = append(as, texts[i]), append(bs, texts[j])
		ours = append(ours, pgtypes.Compare(s.typ.OID, good[i], good[j]))
	}
	rows, err := conn.Query(context.Background(),
		"select pg_temp.cmp($1, $2, a, b) from unnest($3::text[], $4::text[]) with ordinality u(a, b, n) order by n", s.name, collate, as, bs)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := pgx.CollectRows(rows, pgx.RowTo[*int])
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range theirs {
		if want == nil {
			t.Fatalf("%q and %q do not compare", as[i], bs[i])
		}
		if ours[i] != *want {
			t.Errorf("%q and %q: %d, want %d", as[i], bs[i], ours[i], *want)
		}
	}
}
