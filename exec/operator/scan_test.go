package operator

import (
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/sqlgateway/gateway/exec/plan"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

func entries(t *testing.T, dir string) int {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

func int8Const(x int64) translate.Expr {
	return &translate.Const{Typed: translate.Typed{Typ: pgtypes.Of(pgtypes.OIDInt8)}, Value: x}
}

// int8Less is left < right over bigints.
func int8Less(left, right translate.Expr) translate.Expr {
	return &translate.OpExpr{
		Typed: translate.Typed{Typ: pgtypes.Of(pgtypes.OIDBool)}, Op: 412, Proc: 469, Name: "<",
		Args: []translate.Expr{left, right},
	}
}

// int8Plus is left + right over bigints.
func int8Plus(left, right translate.Expr) translate.Expr {
	return &translate.OpExpr{
		Typed: translate.Typed{Typ: pgtypes.Of(pgtypes.OIDInt8)}, Op: 684, Proc: 463, Name: "+",
		Args: []translate.Expr{left, right},
	}
}

// numbers is a table of n rows: i, i%mod or NULL for every tenth, and a text.
func numbers(n, mod int) *table {
	t := &table{name: "numbers", chunk: 777, cols: []translate.Column{
		column("i", pgtypes.OIDInt8), column("m", pgtypes.OIDInt8), column("t", pgtypes.OIDText),
	}}
	for i := range n {
		row := []any{int64(i), int64(i % mod), fmt.Sprintf("text %d", i%mod)}
		if i%10 == 3 {
			row[1] = nil
		}
		t.rows = append(t.rows, row)
	}
	return t
}

func TestFilterProjectLimit(t *testing.T) {
	tab := numbers(10_000, 7)
	filter := &plan.Filter{
		Info: plan.Info{Cols: tab.cols}, Input: tab.scan(),
		Conds: []translate.Expr{int8Less(tab.cols[0].Ref(), int8Const(5000)), int8Less(tab.cols[1].Ref(), int8Const(3))},
	}
	sum := column("sum", pgtypes.OIDInt8)
	project := &plan.Project{
		Info: plan.Info{Cols: []translate.Column{sum, tab.cols[2]}}, Input: filter,
		Items: []translate.ProjectItem{
			{Col: sum, Expr: int8Plus(tab.cols[0].Ref(), tab.cols[1].Ref())},
			{Col: tab.cols[2], Expr: tab.cols[2].Ref()},
		},
	}
	var want [][]any
	for _, row := range tab.rows {
		if m, ok := row[1].(int64); ok && row[0].(int64) < 5000 && m < 3 {
			want = append(want, []any{row[0].(int64) + m, row[2]})
		}
	}
	for _, workers := range []int{1, 4} {
		got, err := collect(t, project, setup{workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		same(t, got, lines(want))
	}
	limit := &plan.Limit{Info: plan.Info{Cols: project.Cols}, Input: project, Count: int8Const(11), Offset: int8Const(1500)}
	got, err := collect(t, limit, setup{})
	if err != nil {
		t.Fatal(err)
	}
	sameOrder(t, got, lines(want)[1500:min(1511, len(want))])
	if got, err = collect(t, limit, setup{workers: 4}); err != nil || len(got) != min(11, len(want)-1500) {
		t.Errorf("with four workers LIMIT gave %d rows, error %v", len(got), err)
	}
}

func TestErrorInTheMiddle(t *testing.T) {
	boom := errors.New("the source went away")
	tab := numbers(20_000, 7)
	tab.failAt, tab.err = 3, boom
	for _, workers := range []int{1, 4} {
		if _, err := collect(t, tab.scan(), setup{workers: workers}); !errors.Is(err, boom) {
			t.Errorf("%d workers: got error %v", workers, err)
		}
	}
}

func TestValuesAndParams(t *testing.T) {
	a, b := column("a", pgtypes.OIDInt8), column("b", pgtypes.OIDText)
	text := func(s any) translate.Expr {
		return &translate.Const{Typed: translate.Typed{Typ: pgtypes.Of(pgtypes.OIDText)}, Value: s}
	}
	param := &translate.Param{Typed: translate.Typed{Typ: pgtypes.Of(pgtypes.OIDInt8)}, Number: 1}
	values := &plan.Values{Info: plan.Info{Cols: []translate.Column{a, b}}, RowExprs: [][]translate.Expr{
		{int8Const(1), text("one")}, {param, text(nil)},
	}}
	got, err := collect(t, values, setup{params: []any{int64(42)}})
	if err != nil {
		t.Fatal(err)
	}
	sameOrder(t, got, []string{"1|one", "42|~"})
}
