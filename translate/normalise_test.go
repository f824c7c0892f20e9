package translate

import "testing"

var seeds = []string{
	"select a, \"B\"\"c\" from t where x = 'it''s' and y >= -1.5e3 -- tail\n and z::int4 is not null",
	"/* a /* b */ c */ select $1, $$x$y$$, $t$ a $$ b $t$, e'a\\'b', U&'\\0041', x'1f', b'01'",
	"select 'a'\n  'b', 'c' \n 'd', a.b[1:2], a->>'k', a #> '{b}', 1..2, 1., .5, @-1, a<-1, 2*-3, a@>-b",
	"select a:=1, a=>b, a<=b, a<>b, a!=b, *, t.*, -- \r x\n b'1'",
	"insert into t values (1, 2, 'x'), (3, 4, default)",
	"select date '2024-01-01', interval '1 day' day to second(3), numeric(10,2) '1', x::varchar(10) from t group by 1, 2 order by 1 limit 10",
	"select sum(x) over (partition by a order by b rows 3 preceding) from t order by c desc, 2",
}

func TestNormalise(t *testing.T) {
	same := [][2]string{
		{"SELECT a FROM t WHERE id = 1", "select  a /* x */ from T where id=22 -- c"},
		{"select 'a', 1.5", "select\n'it''s',2e7"},
		{"select a from t order by 1 limit 10", "select a from t order by 1 limit 20"},
		{"insert into t values (1,'a')", "INSERT INTO t VALUES (-2 , 'b')"},
	}
	for _, pair := range same[:3] {
		a, _, _ := Normalise(pair[0])
		if b, _, ok := Normalise(pair[1]); a != b || !ok {
			t.Errorf("keys differ:\n%q\n%q", a, b)
		}
	}
	differ := [][2]string{
		{"select 1", "select 'a'"},
		{"select 1", "select 3000000000"},
		{"select a from t order by 1", "select a from t order by 2"},
		{"select a from t group by a, 1 having 1=1", "select a from t group by a, 2 having 1=1"},
		{"select x::numeric(10,2)", "select x::numeric(10,3)"},
		{"select \"A\"", "select a"},
		{"select a b", "select a.b"},
		{"select a : : b", "select a::b"},
		{"select 'a' 'b'", "select 'a'"},
	}
	for _, pair := range differ {
		a, _, _ := Normalise(pair[0])
		if b, _, _ := Normalise(pair[1]); a == b {
			t.Errorf("%q and %q share key %q", pair[0], pair[1], a)
		}
	}
	for _, refused := range []string{"set x = 1", "select 1a", "select 'a", "copy t from 'f'", "begin; select 1", "select 1; set a = 2", "select U&'x'"} {
		if key, _, ok := Normalise(refused); ok {
			t.Errorf("%q has key %q", refused, key)
		}
	}
	_, literals, _ := Normalise("select 'é' from t where a = 12 and d > date '2024-01-05'")
	if len(literals) != 3 || !literals[2].Typed || literals[1].Kind != TokenInteger {
		t.Errorf("literals %+v", literals)
	}
}

func BenchmarkNormalise(b *testing.B) {
	text := "SELECT abalance FROM pgbench_accounts WHERE aid = 48151623;"
	key, literals := make([]byte, 0, 128), make([]Literal, 0, 4)
	b.ReportAllocs()
	for b.Loop() {
		key, literals, _ = AppendNormalised(key[:0], literals[:0], text)
	}
}

func BenchmarkParse(b *testing.B) {
	for b.Loop() {
		if _, err := Parse("SELECT abalance FROM pgbench_accounts WHERE aid = 48151623;"); err != nil {
			b.Fatal(err)
		}
	}
}
