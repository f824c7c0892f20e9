package pgtypes_test

import (
	"math/big"
	"math/rand"
	"testing"

	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// TestNumericForms holds the fast paths against big integers: coefficients of all
// lengths, at scales around the edges of base 10000.
func TestNumericForms(t *testing.T) {
	r := rand.New(rand.NewSource(seed))
	for range 20000 {
		hi, lo := int64(r.Uint64())>>r.Intn(64), r.Uint64()>>r.Intn(64)
		if r.Intn(2) == 0 {
			hi = int64(lo) >> 63
		}
		scale := r.Intn(60)
		n := pgtypes.FromDecimal128(hi, lo, scale)
		c := new(big.Int).Lsh(big.NewInt(hi), 64)
		c.Or(c, new(big.Int).SetUint64(lo))
		slow := pgtypes.NumericFromBig(c, scale)
		want := slow.String()
		if got := string(pgtypes.AppendDecimal128(nil, hi, lo, scale)); got != want {
			t.Fatalf("%d %d at scale %d: %s, want %s", hi, lo, scale, got, want)
		}
		back, err := pgtypes.NumericFromBinary(n.AppendBinary(nil))
		if err != nil || back.String() != want {
			t.Fatalf("%s comes back from its binary form as %s: %v", want, back, err)
		}
		parsed, err := pgtypes.ParseNumeric(want)
		if err != nil || parsed.String() != want || parsed.Cmp(n) != 0 {
			t.Fatalf("%s reads as %s: %v", want, parsed, err)
		}
		if h, l, ok := n.Scaled(scale); !ok || h != hi || l != lo {
			t.Fatalf("%s scaled is %d %d, want %d %d", want, h, l, hi, lo)
		}
	}
}

func BenchmarkNumeric(b *testing.B) {
	x, y := pgtypes.NewNumeric(123456789, 4), pgtypes.NewNumeric(98765, 2)
	for name, f := range map[string]func(pgtypes.Numeric, pgtypes.Numeric) (pgtypes.Numeric, error){
		"add": pgtypes.Numeric.Add, "mul": pgtypes.Numeric.Mul, "div": pgtypes.Numeric.Div,
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				_, _ = f(x, y)
			}
		})
	}
}
