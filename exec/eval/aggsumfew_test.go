package eval

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// TestSumFew compares sums of few groups with sums of any size, up to magnitudes
// whose sum leaves 64 bits.
func TestSumFew(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	for _, limit := range []int64{1, 1000, 1 << 40, 1 << 52, math.MaxInt64} {
		for _, scale := range []int32{0, 2} {
			states := make([]numericState, 5)
			states[3].scale = 4 // of an earlier batch
			const n = 1000
			values, groups, sel := make([]int64, n), make([]uint32, n), []int32(nil)
			for i := range values {
				values[i], groups[i] = r.Int64N(limit)-limit/3, uint32(r.IntN(4))
				if i%3 > 0 {
					sel = append(sel, int32(i))
				}
			}
			values[7], values[8] = math.MinInt64/max(1, math.MaxInt64/limit), limit-1
			want, counts := make([]*big.Int, 5), make([]int64, 5)
			for g := range want {
				want[g] = new(big.Int)
			}
			for _, row := range sel {
				want[groups[row]].Add(want[groups[row]], big.NewInt(values[row]))
				counts[groups[row]]++
			}
			if limit == math.MaxInt64 {
				if sumFew(states, groups, values, sel, n, scale) {
					t.Error("sums that can leave 64 bits were added in 64 bits")
				}
				continue
			}
			if !sumFew(states, groups, values, sel, n, scale) {
				t.Fatalf("limit %d: nothing was added", limit)
			}
			for g := range states {
				digits := states[g].scale - scale
				if digits > 0 && counts[g] > 0 {
					want[g].Mul(want[g], big.NewInt(int64(math.Pow10(int(digits)))))
				}
				if states[g].sum.value().Cmp(want[g]) != 0 || states[g].count != counts[g] {
					t.Errorf("limit %d, scale %d, group %d: %v of %d rows, want %v of %d", limit, scale, g, states[g].sum.value(), states[g].count, want[g], counts[g])
				}
			}
		}
	}
}
