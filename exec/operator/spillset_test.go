package operator

import (
	"math/rand/v2"
	"testing"

	"github.com/sqlgateway/gateway/exec/plan"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// checkSpilled compares a plan's rows with the unlimited answer, under limits so small
// that n must write to disk. ordered compares in order.
func checkSpilled(t *testing.T, root, n plan.Node, ordered bool, limits ...int64) {
	t.Helper()
	want := mustCollect(t, root, setup{})
	compare := same
	if ordered {
		compare = sameOrder
	}
	for _, limit := range limits {
		for _, workers := range []int{1, 3} {
			metrics := &Metrics{}
			got, err := collect(t, root, setup{limit: limit, workers: workers, metrics: metrics})
			if err != nil {
				t.Fatalf("limit %d, %d workers: %v %s", limit, workers, err, pgDetail(err))
			}
			compare(t, got, want)
			if metrics.Of(n).Spilled.Load() == 0 {
				t.Errorf("limit %d, %d workers: nothing was written to disk", limit, workers)
			}
			if t.Failed() {
				t.FailNow()
			}
		}
	}
}

func TestSetOperationsSpill(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 22))
	left, right := randomTable(r, "l", 20_000, 6000), randomTable(r, "r", 15_000, 9000)
	for _, kind := range []translate.SetOpKind{translate.Intersect, translate.Except} {
		for _, all := range []bool{false, true} {
			for _, at := range []int{0, 1} {
				cols := []translate.Column{column("a", left.cols[at].Type.OID), column("b", pgtypes.OIDInt4)}
				n := &plan.SetOp{
					Info: plan.Info{Cols: cols}, Kind: kind, All: all, Left: left.scan(), Right: right.scan(),
					LeftCols:  []translate.ColumnID{left.cols[at].ID, left.cols[2].ID},
					RightCols: []translate.ColumnID{right.cols[at].ID, right.cols[2].ID},
				}
				checkSpilled(t, n, n, false, 1, 70_000, 200_000)
			}
		}
	}
}
