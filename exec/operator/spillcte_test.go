package operator

import (
	"math/rand/v2"
	"testing"

	"github.com/sqlgateway/gateway/exec/plan"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// twice is WITH c AS (tab) SELECT * FROM c UNION ALL SELECT * FROM c.
func twice(tab *table) *plan.With {
	cte := &plan.CTE{Name: "c", Plan: tab.scan(), Cols: tab.cols}
	for _, c := range tab.cols {
		cte.PlanCols = append(cte.PlanCols, c.ID)
	}
	union := &plan.SetOp{Kind: translate.Union, All: true}
	scans := make([]*plan.CTEScan, 2)
	for i := range scans {
		scans[i] = &plan.CTEScan{CTE: cte}
		for _, c := range tab.cols {
			scans[i].Cols = append(scans[i].Cols, column(c.Name, c.Type.OID))
		}
	}
	union.Left, union.Right = scans[0], scans[1]
	for i, c := range tab.cols {
		union.Cols = append(union.Cols, column(c.Name, c.Type.OID))
		union.LeftCols = append(union.LeftCols, scans[0].Cols[i].ID)
		union.RightCols = append(union.RightCols, scans[1].Cols[i].ID)
	}
	return &plan.With{Info: plan.Info{Cols: union.Cols}, CTEs: []*plan.CTE{cte}, Body: union}
}

func TestCTESpills(t *testing.T) {
	with := twice(randomTable(rand.New(rand.NewPCG(23, 24)), "c", 20_000, 6000))
	checkSpilled(t, with, with, false, 1, 100_000, 500_000)
}

// TestRecursiveCTESpills doubles a work table until it is much larger than memory:
// its rows are read in part before they are written to disk.
func TestRecursiveCTESpills(t *testing.T) {
	base, n, next := column("one", pgtypes.OIDInt8), column("n", pgtypes.OIDInt8), column("next", pgtypes.OIDInt8)
	inner, outer := column("n", pgtypes.OIDInt8), column("n", pgtypes.OIDInt8)
	cte := &plan.CTE{Name: "t", UnionAll: true, Cols: []translate.Column{n}, BaseCols: []translate.ColumnID{base.ID}, StepCols: []translate.ColumnID{next.ID}}
	cte.Base = &plan.Values{Info: plan.Info{Cols: []translate.Column{base}}, RowExprs: [][]translate.Expr{{int8Const(1)}, {int8Const(1)}}}
	scan := &plan.CTEScan{Info: plan.Info{Cols: []translate.Column{inner}}, CTE: cte}
	below := &plan.Filter{Info: scan.Info, Input: scan, Conds: []translate.Expr{int8Less(inner.Ref(), int8Const(15))}}
	values := &plan.Values{Info: plan.Info{Cols: []translate.Column{column("x", pgtypes.OIDInt8)}}, RowExprs: [][]translate.Expr{{int8Const(1)}, {int8Const(2)}}}
	double := &plan.NestedLoop{Info: scan.Info, Kind: translate.InnerJoin, Left: below, Right: values}
	cte.Step = &plan.Project{
		Info: plan.Info{Cols: []translate.Column{next}}, Input: double,
		Items: []translate.ProjectItem{{Col: next, Expr: int8Plus(inner.Ref(), int8Const(1))}},
	}
	body := &plan.CTEScan{Info: plan.Info{Cols: []translate.Column{outer}}, CTE: cte}
	with := &plan.With{Info: plan.Info{Cols: body.Cols}, CTEs: []*plan.CTE{cte}, Body: body}
	checkSpilled(t, with, with, true, 50_000, 200_000)
}
