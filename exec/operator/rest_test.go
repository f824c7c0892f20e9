package operator

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/exec/plan"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

func mustCollect(t *testing.T, n plan.Node, s setup) []string {
	t.Helper()
	got, err := collect(t, n, s)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func execParam(slot int, oid uint32) translate.Expr {
	return &translate.ExecParam{Typed: translate.Typed{Typ: pgtypes.Of(oid)}, Slot: slot}
}

func TestApply(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	left, right := randomTable(r, "l", 300, 20), randomTable(r, "r", 80, 20)
	below := &plan.Filter{
		Info: plan.Info{Cols: right.cols}, Input: right.scan(),
		Conds: []translate.Expr{int8Less(right.cols[0].Ref(), execParam(0, pgtypes.OIDInt8))},
	}
	for _, kind := range []translate.JoinKind{translate.InnerJoin, translate.LeftJoin, translate.SemiJoin, translate.AntiJoin} {
		for _, on := range []bool{false, true} {
			n := &plan.Apply{Kind: kind, Left: left.scan(), Right: below, Params: []plan.ApplyParam{{Slot: 0, Column: left.cols[0].ID}}}
			n.Cols = append(n.Cols, left.cols...)
			if kind < translate.SemiJoin {
				n.Cols = append(n.Cols, right.cols...)
			}
			if on {
				n.On = int8Less(left.cols[3].Ref(), right.cols[3].Ref())
			}
			for _, s := range []setup{{slots: 1}, {slots: 1, workers: 3}} {
				same(t, mustCollect(t, n, s), applyReference(left, right, kind, on))
			}
		}
	}
}

func applyReference(left, right *table, kind translate.JoinKind, on bool) []string {
	var out [][]any
	for _, l := range left.rows {
		found := false
		for _, r := range right.rows {
			if l[0] == nil || r[0] == nil || r[0].(int64) >= l[0].(int64) || on && l[3].(int64) >= r[3].(int64) {
				continue
			}
			found = true
			if kind < translate.SemiJoin {
				out = append(out, append(append([]any{}, l...), r...))
			}
		}
		switch {
		case kind == translate.LeftJoin && !found:
			out = append(out, append(append([]any{}, l...), nil, nil, nil, nil))
		case kind == translate.SemiJoin && found, kind == translate.AntiJoin && !found:
			out = append(out, l)
		}
	}
	return lines(out)
}

func TestSetOperations(t *testing.T) {
	r := rand.New(rand.NewPCG(15, 16))
	left, right := randomTable(r, "l", 400, 30), randomTable(r, "r", 300, 30)
	for _, kind := range []translate.SetOpKind{translate.Union, translate.Intersect, translate.Except} {
		for _, all := range []bool{false, true} {
			cols := []translate.Column{column("a", pgtypes.OIDInt8), column("b", pgtypes.OIDInt4)}
			n := &plan.SetOp{
				Info: plan.Info{Cols: cols}, Kind: kind, All: all, Left: left.scan(), Right: right.scan(),
				LeftCols:  []translate.ColumnID{left.cols[0].ID, left.cols[2].ID},
				RightCols: []translate.ColumnID{right.cols[0].ID, right.cols[2].ID},
			}
			for _, workers := range []int{1, 3} {
				same(t, mustCollect(t, n, setup{workers: workers}), setReference(left, right, kind, all))
			}
		}
	}
}

func setReference(left, right *table, kind translate.SetOpKind, all bool) []string {
	counts := map[string][2]int{}
	for side, tab := range []*table{left, right} {
		for _, row := range tab.rows {
			key := show(row[0]) + "|" + show(row[2])
			c := counts[key]
			c[side]++
			counts[key] = c
		}
	}
	var out []string
	for key, c := range counts {
		n := map[translate.SetOpKind]int{
			translate.Union: c[0] + c[1], translate.Intersect: min(c[0], c[1]), translate.Except: max(c[0]-c[1], 0),
		}[kind]
		if !all {
			n = min(n, 1)
			if kind == translate.Except && c[1] > 0 {
				n = 0
			}
		}
		for range n {
			out = append(out, key)
		}
	}
	return out
}

// counting is WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM t).
func counting(bound int64) (*plan.With, translate.Column) {
	base, n, next := column("one", pgtypes.OIDInt8), column("n", pgtypes.OIDInt8), column("next", pgtypes.OIDInt8)
	inner, outer := column("n", pgtypes.OIDInt8), column("n", pgtypes.OIDInt8)
	cte := &plan.CTE{Name: "t", UnionAll: true, Cols: []translate.Column{n}, BaseCols: []translate.ColumnID{base.ID}, StepCols: []translate.ColumnID{next.ID}}
	cte.Base = &plan.Values{Info: plan.Info{Cols: []translate.Column{base}}, RowExprs: [][]translate.Expr{{int8Const(1)}}}
	var from plan.Node = &plan.CTEScan{Info: plan.Info{Cols: []translate.Column{inner}}, CTE: cte}
	if bound > 0 {
		from = &plan.Filter{Info: plan.Info{Cols: from.Columns()}, Input: from, Conds: []translate.Expr{int8Less(inner.Ref(), int8Const(bound))}}
	}
	cte.Step = &plan.Project{
		Info: plan.Info{Cols: []translate.Column{next}}, Input: from,
		Items: []translate.ProjectItem{{Col: next, Expr: int8Plus(inner.Ref(), int8Const(1))}},
	}
	body := &plan.CTEScan{Info: plan.Info{Cols: []translate.Column{outer}}, CTE: cte}
	return &plan.With{Info: plan.Info{Cols: body.Cols}, CTEs: []*plan.CTE{cte}, Body: body}, outer
}

func TestRecursiveCTE(t *testing.T) {
	var want []string
	for i := range 100 {
		want = append(want, fmt.Sprint(i+1))
	}
	with, _ := counting(100)
	sameOrder(t, mustCollect(t, with, setup{}), want)
	endless, _ := counting(0)
	limit := &plan.Limit{Info: endless.Info, Input: endless, Count: int8Const(10)}
	sameOrder(t, mustCollect(t, limit, setup{}), want[:10])
}

func TestSharedCTEAndInitPlan(t *testing.T) {
	tab := numbers(3000, 7)
	a, b := column("a", pgtypes.OIDInt8), column("b", pgtypes.OIDInt8)
	cte := &plan.CTE{Name: "c", Plan: tab.scan(), PlanCols: []translate.ColumnID{tab.cols[0].ID}, Cols: tab.cols[:1]}
	scan := func(c translate.Column) plan.Node {
		return &plan.CTEScan{Info: plan.Info{Cols: []translate.Column{c}}, CTE: cte}
	}
	join := &plan.HashJoin{Kind: translate.InnerJoin, Left: scan(a), Right: scan(b), Keys: []plan.JoinKey{{Left: a.Ref(), Right: b.Ref()}}}
	join.Cols = []translate.Column{a}
	top := call("max", pgtypes.OIDInt8, tab.cols[0].Ref())
	limit := &plan.Aggregate{Input: tab.scan(), Aggs: []translate.AggItem{item(top)}}
	limit.Cols = []translate.Column{limit.Aggs[0].Col}
	filter := &plan.Filter{Info: join.Info, Input: join, Conds: []translate.Expr{int8Less(execParam(0, pgtypes.OIDInt8), int8Plus(a.Ref(), int8Const(10)))}}
	with := &plan.With{Info: plan.Info{Cols: join.Cols}, CTEs: []*plan.CTE{cte}, Body: filter}
	init := &plan.InitPlan{Slot: 0, Kind: translate.ScalarSubquery, Plan: limit, Col: limit.Cols[0].ID}
	for _, workers := range []int{1, 3} {
		got := mustCollect(t, with, setup{workers: workers, slots: 1, inits: []*plan.InitPlan{init}})
		if len(got) != 10 {
			t.Errorf("got %d rows, want 10", len(got))
		}
	}
	many := &plan.InitPlan{Slot: 0, Kind: translate.ScalarSubquery, Plan: tab.scan(), Col: tab.cols[0].ID}
	if _, err := collect(t, with, setup{slots: 1, inits: []*plan.InitPlan{many}}); pgerr.Code(err) != pgerr.CardinalityViolation {
		t.Errorf("a scalar sub-query of many rows: %v", err)
	}
}

func TestDistinctOn(t *testing.T) {
	tab := numbers(5000, 7)
	n := &plan.Dedup{Info: plan.Info{Cols: tab.cols}, Input: tab.scan(), On: []translate.ColumnID{tab.cols[1].ID}, Ordered: true}
	want := []string{"0|0|text 0", "1|1|text 1", "2|2|text 2", "3|~|text 3", "4|4|text 4", "5|5|text 5", "6|6|text 6", "10|3|text 3"}
	sameOrder(t, mustCollect(t, n, setup{}), want)
	plain := &plan.Dedup{Info: plan.Info{Cols: tab.cols[2:]}, Input: tab.scan(), On: []translate.ColumnID{tab.cols[2].ID}}
	if got := mustCollect(t, plain, setup{workers: 3}); len(got) != 7 {
		t.Errorf("DISTINCT gave %d rows", len(got))
	}
}

func TestLimitWithTies(t *testing.T) {
	tab := numbers(9000, 9000)
	for i, row := range tab.rows {
		row[1] = int64(i / 3000)
	}
	keys := []translate.SortKey{{Expr: tab.cols[1].Ref()}}
	for count, want := range map[int64]int{1: 3000, 3000: 3000, 3001: 6000, 9000: 9000} {
		n := &plan.Limit{Info: plan.Info{Cols: tab.cols}, Input: tab.scan(), Count: int8Const(count), WithTies: true, Keys: keys}
		if got := mustCollect(t, n, setup{}); len(got) != want {
			t.Errorf("FETCH FIRST %d WITH TIES gave %d rows, want %d", count, len(got), want)
		}
	}
	n := &plan.Limit{Info: plan.Info{Cols: tab.cols}, Input: tab.scan(), Count: int8Const(-1)}
	if _, err := collect(t, n, setup{}); pgerr.Code(err) != pgerr.InvalidRowCountInLimitClause {
		t.Errorf("LIMIT -1: %v", err)
	}
}

func TestOutOfMemory(t *testing.T) {
	r := rand.New(rand.NewPCG(17, 18))
	tab := randomTable(r, "w", 5000, 20)
	n := &plan.Window{Input: tab.scan()}
	n.Calls = []translate.WindowItem{windowItem("row_number", pgtypes.OIDInt8, translate.Frame{})}
	n.Cols = append(append(n.Cols, tab.cols...), n.Calls[0].Col)
	_, err := collect(t, n, setup{limit: 10_000})
	e := pgerr.From(err)
	if e == nil || e.Code != pgerr.OutOfMemory || e.Hint != "Raise gateway.memory_limit." {
		t.Errorf("a window past the limit: %+v", e)
	}
}

// TestDynamicFilter looks at what the probe side is asked for: a list of few keys, a
// set of many, nothing where NULL matches NULL.
func TestDynamicFilter(t *testing.T) {
	for _, c := range []struct {
		keys  int
		equal bool
		kind  translate.JoinKind
		left  bool
		op    backends.PredicateOp
	}{
		{20, false, translate.InnerJoin, false, backends.In},
		{300, false, translate.InnerJoin, false, backends.Among},
		{300, false, translate.AntiJoin, true, backends.Among},
		{20, true, translate.InnerJoin, false, backends.IsNull},
	} {
		probe, build := numbers(5000, 7), numbers(c.keys, 7)
		build.rows = append(build.rows, build.rows[3], build.rows[5])
		want := c.keys + 2
		dynamic := &plan.DynamicFilter{Column: probe.cols[0].ID, Attr: 0, MaxKeys: 50}
		scan := probe.scan()
		scan.Filters = []*plan.DynamicFilter{dynamic}
		n := &plan.HashJoin{Kind: c.kind, Left: scan, Right: build.scan(), BuildLeft: c.left, Dynamic: []*plan.DynamicFilter{dynamic}}
		n.Cols = probe.cols
		key := plan.JoinKey{Left: probe.cols[0].Ref(), Right: build.cols[0].Ref(), NullEqual: c.equal}
		if c.left {
			n.Left, n.Right, n.Cols, want = n.Right, n.Left, build.cols, 0
			key.Left, key.Right = key.Right, key.Left
		}
		n.Keys = []plan.JoinKey{key}
		sources := &memSources{}
		result, err := Run(t.Context(), &plan.Plan{Root: n, Output: outputs(n)}, Env{Sources: sources})
		if err != nil {
			t.Fatal(err)
		}
		got, err := drainResult(&plan.Plan{Output: outputs(n)}, result)
		result.Close()
		if err != nil || len(got) != want {
			t.Fatalf("%+v: got %d rows, error %v", c, len(got), err)
		}
		checkDynamic(t, sources.last.Load().Scan.Predicates, c.op, c.keys)
	}
}

func checkDynamic(t *testing.T, p []backends.Predicate, op backends.PredicateOp, keys int) {
	t.Helper()
	switch {
	case op == backends.IsNull:
		if len(p) != 0 {
			t.Errorf("the probe side was read with predicates %+v", p)
		}
	case len(p) != 1 || p[0].Op != op || op == backends.In && len(p[0].Values) != keys:
		t.Errorf("the probe side was read with predicates %+v", p)
	case op == backends.Among:
		for x := range int64(5000) {
			if p[0].Set.Has(x) != (x < int64(keys)) {
				t.Errorf("the set is wrong about %d", x)
			}
		}
	}
}
