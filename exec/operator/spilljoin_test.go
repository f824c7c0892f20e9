package operator

import (
	"math/rand/v2"
	"testing"

	"github.com/sqlgateway/gateway/exec/plan"
	"github.com/sqlgateway/gateway/translate"
)

func TestNestedLoopSpills(t *testing.T) {
	r := rand.New(rand.NewPCG(25, 26))
	left, right := randomTable(r, "l", 20, 20), randomTable(r, "r", 3000, 20)
	for _, row := range right.rows[1000:] {
		row[3] = int64(-1) // no partner but by chance
	}
	for kind := translate.InnerJoin; kind <= translate.AntiJoin; kind++ {
		for _, residual := range []bool{false, true} {
			c := joinCase{kind: kind, residual: residual}
			hash := c.node(left, right).(*plan.HashJoin)
			loop := &plan.NestedLoop{Info: hash.Info, Kind: kind, Left: hash.Left, Right: hash.Right, On: hash.Residual}
			checkSpilled(t, loop, loop, false, 60_000)
			if kind == translate.SemiJoin || kind == translate.AntiJoin {
				c.build = true
				built := c.node(right, left)
				checkSpilled(t, built, built, false, 60_000)
			}
		}
	}
}

// TestOneKeySpills has a key with more rows than fit, which no partitioning cuts.
func TestOneKeySpills(t *testing.T) {
	r := rand.New(rand.NewPCG(27, 28))
	left, right := randomTable(r, "l", 30, 3), randomTable(r, "r", 6000, 3)
	for kind := translate.InnerJoin; kind <= translate.AntiNullAwareJoin; kind++ {
		for _, residual := range []bool{false, true} {
			n := joinCase{kind: kind, keys: []int{0}, residual: residual}.node(left, right)
			checkSpilled(t, n, n, false, 20_000)
		}
	}
}

func TestNotInSpills(t *testing.T) {
	r := rand.New(rand.NewPCG(29, 30))
	left, right := randomTable(r, "l", 900, 6000), randomTable(r, "r", 5000, 9000)
	clean := &table{name: "c", chunk: 300, cols: right.cols}
	for _, row := range right.rows {
		if row[0] != nil && row[2] != nil && row[0] != int64(1) {
			clean.rows = append(clean.rows, row)
		}
	}
	for _, keys := range [][]int{{0}, {0, 2}} {
		for _, residual := range []bool{false, true} {
			for _, build := range []*table{right, clean} {
				c := joinCase{kind: translate.AntiNullAwareJoin, keys: keys, residual: residual}
				n := c.node(left, build)
				same(t, mustCollect(t, n, setup{}), c.reference(left, build))
				checkSpilled(t, n, n, false, 1, 60_000)
			}
		}
	}
}
