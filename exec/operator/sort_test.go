package operator

import (
	"cmp"
	"math/rand/v2"
	"sort"
	"testing"

	"github.com/sqlgateway/gateway/exec/plan"
	"github.com/sqlgateway/gateway/translate"
)

// compareDatum orders values of a randomTable, nil by first.
func compareDatum(a, b any, descending, first bool) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil && first, b == nil && !first:
		return -1
	case a == nil, b == nil:
		return 1
	}
	c := 0
	switch a := a.(type) {
	case int64:
		c = cmp.Compare(a, b.(int64))
	case int32:
		c = cmp.Compare(a, b.(int32))
	case string:
		c = cmp.Compare(a, b.(string))
	}
	if descending {
		return -c
	}
	return c
}

func TestSortAndTopN(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	tab := randomTable(r, "a", 12_000, 300)
	for _, tie := range []bool{false, true} {
		for flags := range 4 {
			keys := []translate.SortKey{
				{Expr: tab.cols[1].Ref(), Descending: flags&1 != 0, NullsFirst: flags&2 != 0},
				{Expr: tab.cols[2].Ref(), Descending: flags&2 != 0, NullsFirst: flags&1 == 0},
				{Expr: tab.cols[0].Ref()},
				{Expr: tab.cols[3].Ref(), Descending: true},
			}
			if tie {
				keys[0], keys[1] = keys[1], keys[0]
			}
			checkSort(t, tab, keys)
		}
	}
}

func checkSort(t *testing.T, tab *table, keys []translate.SortKey) {
	t.Helper()
	sorted := append([][]any(nil), tab.rows...)
	sort.SliceStable(sorted, func(i, j int) bool {
		for _, k := range keys {
			at := position(tab.cols, k.Expr.(*translate.ColRef).ID)
			if c := compareDatum(sorted[i][at], sorted[j][at], k.Descending, k.NullsFirst); c != 0 {
				return c < 0
			}
		}
		return false
	})
	want := lines(sorted)
	node := &plan.Sort{Info: plan.Info{Cols: tab.cols}, Input: tab.scan(), Keys: keys}
	top := *node
	top.Count, top.Offset = int8Const(100), int8Const(50)
	for _, s := range []setup{{}, {workers: 3}, {limit: 300_000}} {
		got, err := collect(t, node, s)
		if err != nil {
			t.Fatal(err)
		}
		sameOrder(t, got, want)
		limited := &plan.Limit{Info: node.Info, Input: &top, Count: top.Count, Offset: top.Offset}
		if got, err = collect(t, limited, s); err != nil {
			t.Fatal(err)
		}
		sameOrder(t, got, want[50:150])
		if t.Failed() {
			t.Fatalf("%+v %+v", s, keys)
		}
	}
}
