package operator

import (
	"fmt"
	"testing"

	"github.com/sqlgateway/gateway/exec/plan"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

func windowItem(name string, oid uint32, frame translate.Frame, args ...translate.Expr) translate.WindowItem {
	return translate.WindowItem{
		Col: column(name, oid), Frame: frame,
		Call: &translate.WindowCall{Typed: translate.Typed{Typ: pgtypes.Of(oid)}, Name: name, Args: args, Star: name == "count"},
	}
}

// TestWindow checks against what PostgreSQL 15 answers over
// (values (1,1),(1,2),(1,2),(1,4),(2,5),(2,null)) t(p, v).
func TestWindow(t *testing.T) {
	tab := &table{name: "w", chunk: 2, cols: []translate.Column{column("p", pgtypes.OIDInt8), column("v", pgtypes.OIDInt8)}}
	for _, row := range [][2]any{{int64(1), int64(4)}, {int64(2), nil}, {int64(1), int64(2)}, {int64(1), int64(1)}, {int64(2), int64(5)}, {int64(1), int64(2)}} {
		tab.rows = append(tab.rows, row[:])
	}
	def := translate.Frame{End: translate.FrameBound{Kind: translate.CurrentRow}}
	around := func(mode translate.FrameMode, n int64) translate.Frame {
		return translate.Frame{
			Mode: mode, Start: translate.FrameBound{Kind: translate.OffsetPreceding, Offset: int8Const(n)},
			End: translate.FrameBound{Kind: translate.OffsetFollowing, Offset: int8Const(n)},
		}
	}
	ties := around(translate.FrameRows, 1)
	ties.Exclude = translate.ExcludeCurrentRow
	v := tab.cols[1].Ref()
	n := &plan.Window{
		Input: tab.scan(), Partition: []translate.ColumnID{tab.cols[0].ID}, Order: []translate.SortKey{{Expr: v}},
		Calls: []translate.WindowItem{
			windowItem("row_number", pgtypes.OIDInt8, def), windowItem("rank", pgtypes.OIDInt8, def),
			windowItem("dense_rank", pgtypes.OIDInt8, def), windowItem("cume_dist", pgtypes.OIDFloat8, def),
			windowItem("ntile", pgtypes.OIDInt4, def, &translate.Const{Typed: translate.Typed{Typ: pgtypes.Of(pgtypes.OIDInt4)}, Value: int32(3)}),
			windowItem("lag", pgtypes.OIDInt8, def, v), windowItem("last_value", pgtypes.OIDInt8, def, v),
			windowItem("sum", pgtypes.OIDNumeric, def, v), windowItem("count", pgtypes.OIDInt8, def),
			windowItem("sum", pgtypes.OIDNumeric, around(translate.FrameRows, 1), v),
			windowItem("sum", pgtypes.OIDNumeric, around(translate.FrameRange, 2), v),
			windowItem("sum", pgtypes.OIDNumeric, around(translate.FrameGroups, 1), v),
			windowItem("count", pgtypes.OIDInt8, ties),
		},
	}
	n.Cols = append(n.Cols, tab.cols...)
	for _, c := range n.Calls {
		n.Cols = append(n.Cols, c.Col)
	}
	want := []string{
		"1|1|1|1|1|0.25|1|~|1|1|1|3|5|5|1", "1|2|2|2|2|0.75|1|1|2|5|3|5|9|9|2", "1|2|3|2|2|0.75|2|2|2|5|3|8|9|9|2",
		"1|4|4|4|3|1|3|2|4|9|4|6|8|8|1", "2|5|1|1|1|0.5|1|~|5|5|1|5|5|5|1", "2|~|2|2|2|1|2|5|~|5|2|5|~|5|1",
	}
	for _, workers := range []int{1, 2} {
		sameOrder(t, mustCollect(t, n, setup{workers: workers}), want)
	}
}

func series(from, to translate.Expr) *translate.FuncExpr {
	return &translate.FuncExpr{
		Typed: translate.Typed{Typ: pgtypes.Of(pgtypes.OIDInt8)}, Proc: 1069, Name: "generate_series",
		Args: []translate.Expr{from, to}, ReturnsSet: true,
	}
}

func TestSetFunctions(t *testing.T) {
	a, b, ordinal := column("a", pgtypes.OIDInt8), column("b", pgtypes.OIDInt8), column("ordinality", pgtypes.OIDInt8)
	scan := &plan.FunctionScan{
		Info: plan.Info{Cols: []translate.Column{a, b, ordinal}}, Ordinality: ordinal.ID,
		Funcs: []translate.TableFunc{
			{Call: series(int8Const(1), int8Const(3000)), Cols: []translate.Column{a}},
			{Call: series(int8Const(10), int8Const(11)), Cols: []translate.Column{b}},
		},
	}
	var want []string
	for i := 1; i <= 3000; i++ {
		b := "~"
		if i < 3 {
			b = fmt.Sprint(9 + i)
		}
		want = append(want, fmt.Sprintf("%d|%s|%d", i, b, i))
	}
	sameOrder(t, mustCollect(t, scan, setup{}), want)

	tab := numbers(50, 7)
	out := column("x", pgtypes.OIDInt8)
	set := &plan.ProjectSet{Info: plan.Info{Cols: []translate.Column{tab.cols[0], out}}, Input: tab.scan(), Items: []translate.ProjectItem{
		{Col: tab.cols[0], Expr: tab.cols[0].Ref()},
		{Col: out, Expr: int8Plus(series(int8Const(1), tab.cols[1].Ref()), int8Const(100))},
	}}
	want = nil
	for _, row := range tab.rows {
		for k := int64(1); row[1] != nil && k <= row[1].(int64); k++ {
			want = append(want, fmt.Sprintf("%d|%d", row[0], k+100))
		}
	}
	sameOrder(t, mustCollect(t, set, setup{}), want)
}
