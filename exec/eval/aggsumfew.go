package eval

import (
	"math/bits"

	"github.com/sqlgateway/gateway/exec/vector"
)

// fewGroups is up to how many groups a batch is summed in 64 bits first: their sums
// stay in the nearest cache.
const fewGroups = 64

// sumFew adds rows of a column without NULLs to few groups: in 64 bits, where the
// batch's magnitudes rule an overflow out. False is that nothing was added.
func sumFew[T int32 | int64](states []numericState, groups []uint32, values []T, sel []int32, n int, scale int32) bool {
	if len(states) > fewGroups || groups == nil {
		return false
	}
	var sums, counts [fewGroups]int64
	magnitude := int64(0)
	if sel != nil {
		n = len(sel)
		for _, r := range sel {
			x, g := int64(values[r]), groups[r]%fewGroups
			magnitude |= x ^ x>>63
			sums[g] += x
			counts[g]++
		}
	} else {
		groups = groups[:n]
		for i, v := range values[:n] {
			x, g := int64(v), groups[i]%fewGroups
			magnitude |= x ^ x>>63
			sums[g] += x
			counts[g]++
		}
	}
	if bits.Len64(uint64(magnitude))+bits.Len(uint(n)) > 63 {
		return false
	}
	for g := range states {
		if counts[g] > 0 {
			addScaled(&states[g], vector.Int128Of(sums[g]), scale, false)
			states[g].count += counts[g] - 1
		}
	}
	return true
}
