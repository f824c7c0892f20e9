package operator

import (
	"context"
	"math/rand/v2"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/sqlgateway/gateway/exec/eval"
	"github.com/sqlgateway/gateway/exec/plan"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// pgDetail is what an error says beside its message.
func pgDetail(err error) string {
	if e := pgerr.From(err); e != nil {
		return e.Detail
	}
	return ""
}

// spillingPlans write to disk under a limit of 50 kB.
func spillingPlans() map[string]plan.Node {
	r := rand.New(rand.NewPCG(31, 32))
	left, right := randomTable(r, "l", 9000, 6000), randomTable(r, "r", 9000, 9000)
	set := &plan.SetOp{
		Info: plan.Info{Cols: []translate.Column{column("a", pgtypes.OIDInt8), column("b", pgtypes.OIDText)}},
		Kind: translate.Except, All: true, Left: left.scan(), Right: right.scan(),
		LeftCols:  []translate.ColumnID{left.cols[0].ID, left.cols[1].ID},
		RightCols: []translate.ColumnID{right.cols[0].ID, right.cols[1].ID},
	}
	return map[string]plan.Node{
		"set operation": set, "common table expression": twice(left),
		"nested loop": joinCase{kind: translate.FullJoin, residual: true}.node(left, right),
		"NOT IN":      joinCase{kind: translate.AntiNullAwareJoin, keys: []int{0, 1}}.node(left, right),
		"hash join":   joinCase{kind: translate.InnerJoin, keys: []int{0}}.node(left, right),
	}
}

// abandon runs a plan for a few batches at most, cancels it, and gives its error.
func abandon(t *testing.T, n plan.Node, dir string, batches int) error {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	sources, budget := &memSources{}, NewBudget(50_000, "gateway.memory_limit", nil)
	env := Env{
		Sources: sources, Eval: eval.Context{Style: pgtypes.DefaultStyle()}, Budget: budget,
		TempDir: dir, Workers: 3, Cores: NewCores(8),
	}
	result, err := Run(ctx, &plan.Plan{Root: n, Output: outputs(n)}, env)
	if err == nil {
		for range batches {
			record, failed := result.Next()
			if err = failed; record == nil {
				break
			}
			record.Release()
		}
		cancel()
		if err == nil {
			_, err = result.Next()
		}
		result.Close()
	}
	if open, used := sources.open.Load(), budget.Used(); open != 0 || used != 0 {
		t.Errorf("%d readers and %d bytes were not released", open, used)
	}
	return err
}

func TestSpillCanceled(t *testing.T) {
	for name, n := range spillingPlans() {
		for _, batches := range []int{0, 2} {
			dir := t.TempDir()
			_ = abandon(t, n, dir, batches) // ended or canceled, as it comes
			if left := entries(t, dir); left != 0 {
				t.Errorf("%s: %d files are left", name, left)
			}
		}
	}
}

func TestSpillDiskFull(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("spill", dir, "tmpfs", 0, "size=4k"); err != nil {
		t.Skipf("no small disk can be made here: %v", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	for name, n := range spillingPlans() {
		if err := abandon(t, n, dir, 1<<30); pgerr.Code(err) != pgerr.DiskFull {
			t.Errorf("%s: %v, want a full disk", name, err)
		}
		if left := entries(t, dir); left != 0 {
			t.Errorf("%s: %d files are left", name, left)
		}
	}
}
