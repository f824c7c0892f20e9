package eval

import (
	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// countAgg is count(*) and count(x).
type countAgg struct {
	states[int64]
	star bool
}

func newCount(star bool) Aggregate {
	c := &countAgg{star: star}
	c.combine = func(into, from *int64) error { *into += *from; return nil }
	return c
}

// Update implements Aggregate.
func (c *countAgg) Update(groups []uint32, args []*vector.Vector, sel []int32, n int) error {
	if c.star || args[0].Null == nil {
		if groups == nil {
			if sel != nil {
				n = len(sel)
			}
			c.groups[0] += int64(n)
			return nil
		}
		if sel == nil {
			for _, g := range groups[:n] {
				c.groups[g]++
			}
			return nil
		}
		for _, r := range sel {
			c.groups[groups[r]]++
		}
		return nil
	}
	return eachValue(groups, args[0], sel, n, func(g uint32, _ int) error {
		c.groups[g]++
		return nil
	})
}

// Final implements Aggregate.
func (c *countAgg) Final(dst *vector.Vector, from, n int) error {
	dst.Alloc(vector.FormInt64, n)
	dst.Type = pgtypes.Of(pgtypes.OIDInt8)
	copy(dst.I64, c.groups[from:from+n])
	return nil
}

// boolState is a running AND or OR.
type boolState struct{ seen, value bool }

func newBoolAgg(and bool) Aggregate {
	join := func(s *boolState, x bool) {
		switch {
		case !s.seen:
			s.seen, s.value = true, x
		case and:
			s.value = s.value && x
		default:
			s.value = s.value || x
		}
	}
	return &foldAgg[boolState]{
		states: states[boolState]{combine: func(into, from *boolState) error {
			if from.seen {
				join(into, from.value)
			}
			return nil
		}},
		form:   vector.FormBool,
		update: func(s *boolState, v *vector.Vector, i int) error { join(s, v.Bool[i]); return nil },
		final: func(s *boolState, dst *vector.Vector, row int) (bool, error) {
			dst.Bool[row] = s.value
			return s.seen, nil
		},
	}
}

// intState is a running integer.
type intState struct {
	seen  bool
	value int64
}

// newBitAgg is bit_and, bit_or or bit_xor.
func newBitAgg(op byte, form vector.Form) Aggregate {
	join := func(s *intState, x int64) {
		switch {
		case !s.seen:
			s.seen, s.value = true, x
		case op == '&':
			s.value &= x
		case op == '|':
			s.value |= x
		default:
			s.value ^= x
		}
	}
	return newIntAgg(form, func(s *intState, x int64) error { join(s, x); return nil })
}

// newIntAgg folds integers.
func newIntAgg(form vector.Form, join func(s *intState, x int64) error) Aggregate {
	return &foldAgg[intState]{
		states: states[intState]{combine: func(into, from *intState) error {
			if from.seen {
				return join(into, from.value)
			}
			return nil
		}},
		form: form,
		update: func(s *intState, v *vector.Vector, i int) error {
			if v.Form == vector.FormInt32 {
				return join(s, int64(v.I32[i]))
			}
			return join(s, v.I64[i])
		},
		final: func(s *intState, dst *vector.Vector, row int) (bool, error) {
			if form == vector.FormInt32 {
				dst.I32[row] = int32(s.value)
			} else {
				dst.I64[row] = s.value
			}
			return s.seen, nil
		},
	}
}
