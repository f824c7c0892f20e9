package operator

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/sqlgateway/gateway/exec/plan"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// randomTable has keys with NULLs, duplicates and skew.
func randomTable(r *rand.Rand, name string, n, keys int) *table {
	t := &table{name: name, chunk: 300, cols: []translate.Column{
		column(name+"k", pgtypes.OIDInt8), column(name+"s", pgtypes.OIDText), column(name+"n", pgtypes.OIDInt4),
		column(name+"v", pgtypes.OIDInt8),
	}}
	for i := range n {
		k := r.IntN(keys)
		if r.IntN(4) == 0 {
			k = 1 // a heavy key
		}
		row := []any{int64(k), fmt.Sprintf("key%d", k*k), int32(r.IntN(3)), int64(i)}
		for c := range 3 {
			if r.IntN(8) == 0 {
				row[c] = nil
			}
		}
		t.rows = append(t.rows, row)
	}
	return t
}

// joinCase is a join and its reference.
type joinCase struct {
	kind     translate.JoinKind
	keys     []int // columns of both sides
	equal    bool  // NULLs are equal
	residual bool  // left v < right v
	build    bool  // the left side
}

func (c joinCase) String() string {
	return fmt.Sprintf("kind %d keys %v equal %v residual %v build left %v", c.kind, c.keys, c.equal, c.residual, c.build)
}

func (c joinCase) node(left, right *table) plan.Node {
	n := &plan.HashJoin{Kind: c.kind, Left: left.scan(), Right: right.scan(), BuildLeft: c.build}
	for _, k := range c.keys {
		n.Keys = append(n.Keys, plan.JoinKey{Left: left.cols[k].Ref(), Right: right.cols[k].Ref(), NullEqual: c.equal})
	}
	if c.residual {
		n.Residual = int8Less(left.cols[3].Ref(), right.cols[3].Ref())
	}
	n.Cols = append(n.Cols, left.cols...)
	if c.kind < translate.SemiJoin {
		n.Cols = append(n.Cols, right.cols...)
	}
	return n
}

// matches compares one pair: true, false or unknown.
func (c joinCase) compare(l, r []any) (is, unknown bool) {
	if c.residual && l[3].(int64) >= r[3].(int64) {
		return false, false
	}
	for _, k := range c.keys {
		if l[k] == nil || r[k] == nil {
			if c.equal && l[k] == r[k] {
				continue
			}
			if c.equal {
				return false, false
			}
			unknown = true
			continue
		}
		if l[k] != r[k] {
			return false, false
		}
	}
	return !unknown, unknown
}

func (c joinCase) reference(left, right *table) []string {
	var out [][]any
	nulls := make([]any, 4)
	matched := make([]bool, len(right.rows))
	for _, l := range left.rows {
		found, unknown := false, false
		for i, r := range right.rows {
			is, maybe := c.compare(l, r)
			unknown = unknown || maybe
			if !is {
				continue
			}
			found, matched[i] = true, true
			if c.kind <= translate.FullJoin {
				out = append(out, append(append([]any{}, l...), r...))
			}
		}
		switch {
		case !found && (c.kind == translate.LeftJoin || c.kind == translate.FullJoin):
			out = append(out, append(append([]any{}, l...), nulls...))
		case found && c.kind == translate.SemiJoin, !found && c.kind == translate.AntiJoin,
			!found && !unknown && c.kind == translate.AntiNullAwareJoin:
			out = append(out, l)
		}
	}
	if c.kind == translate.RightJoin || c.kind == translate.FullJoin {
		for i, m := range matched {
			if !m {
				out = append(out, append(append([]any{}, nulls...), right.rows[i]...))
			}
		}
	}
	return lines(out)
}

func TestHashJoinAgainstNestedLoops(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	left, right := randomTable(r, "l", 90, 60), randomTable(r, "r", 1200, 300)
	small := randomTable(r, "x", 40, 60)
	var clean [][]any
	for _, row := range small.rows {
		if row[0] != nil && row[1] != nil && row[2] != nil {
			clean = append(clean, row)
		}
	}
	small.rows = clean
	empty := &table{name: "e", cols: randomTable(r, "e", 0, 1).cols}
	for kind := translate.InnerJoin; kind <= translate.AntiNullAwareJoin; kind++ {
		for _, keys := range [][]int{{0}, {1}, {0, 2}, {2, 0, 1}} {
			for _, residual := range []bool{false, true} {
				for _, equal := range []bool{false, true} {
					if equal && kind == translate.AntiNullAwareJoin {
						continue
					}
					c := joinCase{kind: kind, keys: keys, equal: equal, residual: residual}
					for _, build := range []*table{right, small, empty} {
						checkJoin(t, c, left, build)
					}
					if kind == translate.SemiJoin || kind == translate.AntiJoin {
						c.build = true
						for _, build := range []*table{right, small, empty} {
							checkJoin(t, c, left, build)
							checkJoin(t, c, build, left)
						}
					}
				}
			}
		}
	}
}

func checkJoin(t *testing.T, c joinCase, left, right *table) {
	t.Helper()
	want := c.reference(left, right)
	runs := []setup{{}, {workers: 3}}
	built := right
	if c.build {
		built = left
	}
	if c.kind != translate.AntiNullAwareJoin && len(built.rows) == 1200 && len(c.keys) == 2 {
		runs = append(runs, setup{limit: 60_000}, setup{limit: 60_000, workers: 3})
	}
	for _, s := range runs {
		got, err := collect(t, c.node(left, right), s)
		if err != nil {
			t.Fatalf("%v, %s, %s, %+v: %v", c, left.name, right.name, s, err)
		}
		same(t, got, want)
		if t.Failed() {
			t.Fatalf("%v, %s, %s, %+v", c, left.name, right.name, s)
		}
	}
}

func TestNestedLoop(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	left, right := randomTable(r, "l", 200, 20), randomTable(r, "r", 100, 20)
	for kind := translate.InnerJoin; kind <= translate.AntiJoin; kind++ {
		for _, residual := range []bool{false, true} {
			c := joinCase{kind: kind, residual: residual}
			hash := c.node(left, right).(*plan.HashJoin)
			loop := &plan.NestedLoop{Info: hash.Info, Kind: kind, Left: hash.Left, Right: hash.Right, On: hash.Residual}
			got, err := collect(t, loop, setup{})
			if err != nil {
				t.Fatal(err)
			}
			same(t, got, c.reference(left, right))
			if t.Failed() {
				t.Fatal(c)
			}
		}
	}
}
