package operator

import (
	"fmt"
	"math/rand/v2"
	"sort"
	"testing"

	"github.com/sqlgateway/gateway/exec/plan"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

func call(name string, oid uint32, args ...translate.Expr) *translate.AggCall {
	return &translate.AggCall{Typed: translate.Typed{Typ: pgtypes.Of(oid)}, Name: name, Args: args, Star: len(args) == 0}
}

func item(c *translate.AggCall) translate.AggItem {
	return translate.AggItem{Col: column(c.Name, c.Typ.OID), Call: c}
}

// aggregateOf is count(*), count(v), max(v), sum(n) by groups of a randomTable.
func aggregateOf(in *table, groups []int) *plan.Aggregate {
	n := &plan.Aggregate{Input: in.scan()}
	for _, g := range groups {
		n.Groups = append(n.Groups, in.cols[g].ID)
		n.Cols = append(n.Cols, in.cols[g])
	}
	n.Aggs = []translate.AggItem{
		item(call("count", pgtypes.OIDInt8)), item(call("count", pgtypes.OIDInt8, in.cols[2].Ref())),
		item(call("max", pgtypes.OIDInt8, in.cols[3].Ref())), item(call("sum", pgtypes.OIDInt8, in.cols[2].Ref())),
	}
	for _, a := range n.Aggs {
		n.Cols = append(n.Cols, a.Col)
	}
	return n
}

// referenceGroups folds rows by their groups.
func referenceGroups(in *table, groups []int) []string {
	type state struct {
		key       []any
		all, n    int64
		most, sum any
	}
	byKey := map[string]*state{}
	for _, row := range in.rows {
		var key []any
		for _, g := range groups {
			key = append(key, row[g])
		}
		s := byKey[fmt.Sprint(key)]
		if s == nil {
			s = &state{key: key}
			byKey[fmt.Sprint(key)] = s
		}
		s.all++
		if n, ok := row[2].(int32); ok {
			s.n++
			sum, _ := s.sum.(int64)
			s.sum = sum + int64(n)
		}
		if v := row[3].(int64); s.most == nil || v > s.most.(int64) {
			s.most = v
		}
	}
	var out [][]any
	for _, s := range byKey {
		out = append(out, append(append([]any{}, s.key...), s.all, s.n, s.most, s.sum))
	}
	if len(groups) == 0 && len(out) == 0 {
		out = [][]any{{int64(0), int64(0), nil, nil}}
	}
	return lines(out)
}

func TestAggregateAgainstMaps(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	tables := []*table{randomTable(r, "a", 5000, 900), randomTable(r, "b", 3000, 40), randomTable(r, "c", 0, 1)}
	for _, tab := range tables {
		for _, groups := range [][]int{{}, {0}, {1}, {2}, {0, 2}, {1, 2}, {0, 1, 2}, {2, 0, 3}} {
			want := referenceGroups(tab, groups)
			for _, s := range []setup{{}, {workers: 3}, {limit: 120_000}, {limit: 120_000, workers: 3}} {
				got, err := collect(t, aggregateOf(tab, groups), s)
				if err != nil {
					t.Fatalf("%s by %v, %+v: %v", tab.name, groups, s, err)
				}
				same(t, got, want)
				if t.Failed() {
					t.Fatalf("%s by %v, %+v", tab.name, groups, s)
				}
			}
		}
	}
}

// TestAggregateManyGroups has enough groups to be partitioned.
func TestAggregateManyGroups(t *testing.T) {
	r := rand.New(rand.NewPCG(19, 20))
	tab := randomTable(r, "a", 120_000, 50_000)
	for _, groups := range [][]int{{0}, {1}, {0, 2}} {
		want := referenceGroups(tab, groups)
		for _, s := range []setup{{}, {workers: 3}, {limit: 2_500_000}, {limit: 3_500_000, workers: 2}} {
			got, err := collect(t, aggregateOf(tab, groups), s)
			if err != nil {
				t.Fatalf("by %v, %+v: %v", groups, s, err)
			}
			same(t, got, want)
			if t.Failed() {
				t.Fatalf("by %v, %+v", groups, s)
			}
		}
	}
}

func TestAggregateDistinctFilterOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	tab := randomTable(r, "a", 4000, 50)
	distinct := call("count", pgtypes.OIDInt8, tab.cols[1].Ref())
	distinct.Distinct = true
	filtered := call("count", pgtypes.OIDInt8)
	filtered.Filter = int8Less(tab.cols[3].Ref(), int8Const(1000))
	ordered := call("array_agg", pgtypes.OIDInt8Array, tab.cols[3].Ref())
	ordered.OrderBy = []translate.SortKey{{Expr: tab.cols[3].Ref(), Descending: true}}
	ordered.Filter = filtered.Filter
	n := &plan.Aggregate{
		Input: tab.scan(), Groups: []translate.ColumnID{tab.cols[2].ID},
		Aggs: []translate.AggItem{item(distinct), item(filtered), item(ordered)},
	}
	n.Cols = append(n.Cols, tab.cols[2], n.Aggs[0].Col, n.Aggs[1].Col, n.Aggs[2].Col)
	want := referenceDistinct(tab)
	for _, s := range []setup{{}, {workers: 3}, {limit: 90_000}, {limit: 90_000, workers: 3}} {
		got, err := collect(t, n, s)
		if err != nil {
			t.Fatalf("%+v: %v", s, err)
		}
		same(t, got, want)
	}
}

func referenceDistinct(tab *table) []string {
	var out [][]any
	for _, g := range []any{nil, int32(0), int32(1), int32(2)} {
		values, below := map[any]bool{}, []int64{}
		for _, row := range tab.rows {
			if row[2] != g {
				continue
			}
			if row[1] != nil {
				values[row[1]] = true
			}
			if v := row[3].(int64); v < 1000 {
				below = append(below, v)
			}
		}
		sort.Slice(below, func(i, j int) bool { return below[i] > below[j] })
		elements := make([]any, len(below))
		for i, v := range below {
			elements[i] = v
		}
		out = append(out, []any{g, int64(len(values)), int64(len(below)), pgtypes.NewArray(pgtypes.OIDInt8, elements)})
	}
	return lines(out)
}

func TestGroupingSets(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	tab := randomTable(r, "a", 500, 5)
	n := aggregateOf(tab, []int{2, 0})
	n.Aggs = n.Aggs[:1]
	id := column("grouping", pgtypes.OIDInt8)
	n.Cols = append(n.Cols[:3:3], id)
	n.GroupingID, n.Sets = id.ID, [][]int{{0, 1}, {1}, {}}
	counts := map[string]int64{}
	for _, row := range tab.rows {
		counts[fmt.Sprintf("%s|%s|%%d|0", show(row[2]), show(row[0]))]++
		counts[fmt.Sprintf("~|%s|%%d|2", show(row[0]))]++
		counts["~|~|%d|3"]++
	}
	var want []string
	for form, count := range counts {
		want = append(want, fmt.Sprintf(form, count))
	}
	got, err := collect(t, n, setup{workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	same(t, got, want)
}
