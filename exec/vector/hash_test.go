package vector_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// numericVectors are the same number in the forms and scales that can hold it.
func numericVectors(coefficient int64, scale int) []*vector.Vector {
	t := pgtypes.Of(pgtypes.OIDNumeric)
	var out []*vector.Vector
	for extra := range 4 {
		n := pgtypes.NewNumeric(coefficient, scale)
		for range extra {
			n, _ = n.Mul(pgtypes.NewNumeric(10, 1))
		}
		wide := vector.New(t)
		wide.Alloc(vector.FormNumeric, 1)
		vector.Set(wide, 0, n)
		out = append(out, wide)
		narrow := vector.New(t)
		if vector.NarrowNumeric(narrow, wide, nil, 1) {
			out = append(out, narrow)
			if narrow.Form == vector.FormDecimal {
				double := vector.New(t)
				vector.ConvertNumeric(double, narrow, 1, vector.FormDecimal2)
				out = append(out, double)
			}
		}
	}
	return out
}

func hashOf(v *vector.Vector) uint64 {
	var out [1]uint64
	vector.Hash(v, nil, 1, out[:])
	return out[0]
}

// TestNumericFormsAgree checks that a number hashes, compares and sorts alike in
// every form, and that order and sort keys agree between numbers.
func TestNumericFormsAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := numericVectors(rapid.Int64().Draw(t, "a"), rapid.IntRange(0, 20).Draw(t, "scale a"))
		b := numericVectors(rapid.Int64().Draw(t, "b"), rapid.IntRange(0, 20).Draw(t, "scale b"))
		want := vector.Get(a[0], 0).(pgtypes.Numeric).Cmp(vector.Get(b[0], 0).(pgtypes.Numeric))
		for _, x := range a {
			if hashOf(x) != hashOf(a[0]) || !vector.EqualRows(x, 0, a[0], 0) {
				t.Fatalf("forms %d and %d of %v differ", x.Form, a[0].Form, vector.Get(x, 0))
			}
			for _, y := range b {
				if got := vector.CompareRows(x, 0, y, 0); got != want {
					t.Fatalf("%v against %v: %d, want %d", vector.Get(x, 0), vector.Get(y, 0), got, want)
				}
				for _, descending := range []bool{false, true} {
					kx := string(vector.AppendSortKey(nil, x, 0, descending, false))
					ky := string(vector.AppendSortKey(nil, y, 0, descending, false))
					got := map[bool]int{true: -1}[kx < ky] + map[bool]int{true: 1}[kx > ky]
					if descending {
						got = -got
					}
					if got != want {
						t.Fatalf("sort keys of %v and %v: %d, want %d", vector.Get(x, 0), vector.Get(y, 0), got, want)
					}
				}
			}
		}
	})
}

// TestEqualValuesHashAlike checks the families whose equality crosses types or bits.
func TestEqualValuesHashAlike(t *testing.T) {
	pairs := [][2]*vector.Vector{
		{vector.NewConst(pgtypes.Of(pgtypes.OIDInt2), int32(-5)), vector.NewConst(pgtypes.Of(pgtypes.OIDInt8), int64(-5))},
		{vector.NewConst(pgtypes.Of(pgtypes.OIDFloat8), 0.0), vector.NewConst(pgtypes.Of(pgtypes.OIDFloat8), math.Copysign(0, -1))},
		{vector.NewConst(pgtypes.Of(pgtypes.OIDFloat8), math.NaN()), vector.NewConst(pgtypes.Of(pgtypes.OIDFloat4), -math.NaN())},
		{vector.NewConst(pgtypes.Of(pgtypes.OIDBpchar), "ab   "), vector.NewConst(pgtypes.Of(pgtypes.OIDBpchar), "ab")},
		{vector.NewConst(pgtypes.Of(pgtypes.OIDJSONB), `{"a": 1.0}`), vector.NewConst(pgtypes.Of(pgtypes.OIDJSONB), `{"a": 1.00}`)},
		{
			vector.NewConst(pgtypes.Of(pgtypes.OIDInterval), pgtypes.Interval{Months: 1}),
			vector.NewConst(pgtypes.Of(pgtypes.OIDInterval), pgtypes.Interval{Days: 29, Micros: 86400e6}),
		},
	}
	for _, p := range pairs {
		if hashOf(p[0]) != hashOf(p[1]) || vector.CompareRows(p[0], 0, p[1], 0) != 0 {
			t.Errorf("%v and %v differ", vector.Get(p[0], 0), vector.Get(p[1], 0))
		}
	}
}
