package translate_test

import (
	"context"
	"testing"

	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
	"github.com/sqlgateway/gateway/translate/bind"
)

// oneTable is a catalog of t(a int4, b text).
type oneTable struct{ table *translate.Table }

func (c oneTable) Relation(_ context.Context, _, name string) (*translate.Table, error) {
	if name == c.table.Name {
		return c.table, nil
	}
	return nil, nil
}
func (c oneTable) HasSchema(context.Context, string) bool { return true }
func (c oneTable) SearchPath() []string                   { return []string{"pg_catalog", "public"} }

func query(t testing.TB, text string) *translate.Query {
	t.Helper()
	table := &translate.Table{OID: 1, Schema: "public", Name: "t", Kind: translate.OrdinaryTable, Rows: -1, Columns: []translate.TableColumn{
		{Name: "a", Type: pgtypes.Of(pgtypes.OIDInt4)}, {Name: "b", Type: pgtypes.Of(pgtypes.OIDText), Collation: pgtypes.CollationDefault},
	}}
	parsed, err := translate.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	bound, _, err := bind.Bind(context.Background(), parsed[0].Node, text, bind.Options{Catalog: oneTable{table}, Style: pgtypes.DefaultStyle()})
	if err != nil {
		t.Fatal(err)
	}
	return bound.(*translate.Query)
}

// expressionsOf lists every expression of a query, top nodes only.
func expressionsOf(q *translate.Query) (list []translate.Expr) {
	translate.WalkRel(q.Rel, func(r translate.Rel) bool {
		translate.EachExpr(r, func(e translate.Expr) { list = append(list, e) })
		return true
	})
	return list
}

var texts = []string{
	"select a + 1, coalesce(b, 'x'), case when a > 2 then b else 'y' end, a in (1, 2, $1) from t where b like 'q%' and a is not null",
	"select count(*) filter (where a > 1), sum(a), array[a, 2], (array[a])[1:2], row(a, b) from t group by a, b having max(b) > 'c'",
	"select a from t x where exists (select 1 from t y where y.a = x.a) or a > all (select a from t) order by b desc limit 2",
	"with w as (select a from t) select nullif(w.a, 3), greatest(w.a, 2), w.a is distinct from 4, (w.a, 1) < (2, 3) from w, t where w.a = t.a",
	"select rank() over (partition by b order by a), sum(a) over (order by a rows 2 preceding) from t union all select 1, a from t",
}

// TestRewriteShares checks that a rewrite which changes nothing gives the very same
// tree, and that equal trees bound apart are equal and hash alike.
func TestRewriteShares(t *testing.T) {
	for _, text := range texts {
		first, second := query(t, text), query(t, text)
		if translate.RewriteRel(first.Rel, func(e translate.Expr) translate.Expr { return e }) != first.Rel {
			t.Errorf("%s: an identity rewrite made a new tree", text)
		}
		a, b := expressionsOf(first), expressionsOf(second)
		for i := range a {
			if translate.HasSubquery(a[i]) {
				continue // equal only as the same relation
			}
			if !translate.Equal(a[i], b[i]) || translate.Hash(a[i]) != translate.Hash(b[i]) {
				t.Errorf("%s: expression %d is not equal to itself bound again", text, i)
			}
			if i > 0 && translate.Equal(a[i], a[i-1]) {
				t.Errorf("%s: expressions %d and %d are equal", text, i-1, i)
			}
		}
	}
}

// TestSubstitute replaces all columns, also those that a correlated sub-query reads.
func TestSubstitute(t *testing.T) {
	for _, text := range texts {
		for _, e := range expressionsOf(query(t, text)) {
			by := map[translate.ColumnID]translate.Expr{}
			translate.ColumnsIn(e).Each(func(id translate.ColumnID) {
				by[id] = &translate.Const{Typed: translate.Typed{Typ: pgtypes.Of(pgtypes.OIDInt4)}, Value: int32(1)}
			})
			if left := translate.ColumnsIn(translate.Substitute(e, by)); !left.Empty() {
				t.Errorf("%s: columns %v were left in", text, left.Members())
			}
		}
	}
}

func TestVolatilityOf(t *testing.T) {
	for text, want := range map[string]translate.Volatility{
		"select a + 1 from t":                         translate.Immutable,
		"select now() from t":                         translate.Stable,
		"select b::date from t":                       translate.Stable,
		"select coalesce(a, random()::int) from t":    translate.Volatile,
		"select a > (select random()) from t":         translate.Volatile,
		"select date '2024-01-01' + a from t":         translate.Immutable,
		"select b::timestamptz > '2024-01-01' from t": translate.Stable,
	} {
		e := query(t, text).Rel.(*translate.Project).Items[0].Expr
		if got := translate.VolatilityOf(e); got != want {
			t.Errorf("%s: %c, want %c", text, got, want)
		}
	}
}
