package backends

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestIntSet(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	for _, bounds := range [][2]int64{
		{0, 0},
		{-5, 5},
		{1, 1 << 20},
		{math.MinInt64, math.MinInt64 + 100},
		{0, exactBits - 1},
		{0, exactBits},
		{math.MinInt64, math.MaxInt64},
		{math.MaxInt64 - 3, math.MaxInt64},
	} {
		span := uint64(bounds[1]) - uint64(bounds[0])
		at := func() int64 {
			if span == math.MaxUint64 {
				return int64(r.Uint64())
			}
			return bounds[0] + int64(r.Uint64N(span+1))
		}
		members := map[int64]bool{bounds[0]: true, bounds[1]: true}
		for range 1000 {
			members[at()] = true
		}
		s := NewIntSet(len(members), bounds[0], bounds[1])
		for x := range members {
			s.Add(x)
		}
		for x := range members {
			if !s.Has(x) {
				t.Fatalf("%v: %d is a member", bounds, x)
			}
		}
		wrong := 0
		for range 10_000 {
			if x := int64(r.Uint64()); s.Has(x) && !members[x] {
				wrong++
			}
		}
		if wrong > 500 {
			t.Errorf("%v: %d of 10,000 strangers pass", bounds, wrong)
		}
	}
}
