package pgtypes

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"
)

func letters(v uint64, n int) string {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], v)
	return string(b[:n])
}

func TestISODate(t *testing.T) {
	for days := int32(MinISODay); days <= MaxISODay; days++ {
		y, m, d := daysToCivil(int64(days))
		head, tail := ISODateText(days)
		want := [10]byte{
			byte('0' + y/1000), byte('0' + y/100%10), byte('0' + y/10%10), byte('0' + y%10), '-',
			byte('0' + m/10), byte('0' + m%10), '-', byte('0' + d/10), byte('0' + d%10),
		}
		var got [10]byte
		binary.LittleEndian.PutUint64(got[:], head)
		binary.LittleEndian.PutUint16(got[8:], tail)
		if got != want {
			t.Fatalf("day %d is %s, want %s", days, got, want)
		}
	}
}

func TestClockAndFraction(t *testing.T) {
	for s := range uint32(86401) {
		if got, want := letters(ClockText(s), 8), fmt.Sprintf("%02d:%02d:%02d", s/3600, s/60%60, s%60); got != want {
			t.Fatalf("second %d is %s, want %s", s, got, want)
		}
	}
	for micros := 1; micros < 1e6; micros += 7 {
		text, n := FractionText(uint32(micros))
		if got, want := "."+letters(text, n), string(appendFraction6(nil, micros)); got != want {
			t.Fatalf("%d microseconds are %s, want %s", micros, got, want)
		}
	}
}

func TestEightDigits(t *testing.T) {
	for v := uint32(0); v < 1e8; v += 1 + v/997 {
		if got, want := letters(EightDigits(v), 8), fmt.Sprintf("%08d", v); got != want {
			t.Fatalf("%d is %s", v, got)
		}
	}
	for bit := range 64 {
		for _, v := range []uint64{1 << bit, 1<<bit - 1, pow10u[bit%20], pow10u[bit%20] - 1} {
			if got, want := DecimalLength(v), len(strconv.FormatUint(v, 10)); got != want {
				t.Fatalf("%d has %d digits, not %d", v, want, got)
			}
		}
	}
}

// checkShortest compares with strconv, and that with what the general way writes.
func checkShortest(t *testing.T, v float64) {
	t.Helper()
	var b [FloatBytes]byte
	n := PutFloat8(&b, v)
	plain := math.Abs(v) < 1e15 && (math.Abs(v) >= 1e-4 || v == 0)
	if (n > 0) != plain {
		t.Fatalf("%v: %d bytes", v, n)
	}
	if want := strconv.AppendFloat(nil, v, 'f', -1, 64); plain && string(b[:n]) != string(want) {
		t.Fatalf("%s, want %s", b[:n], want)
	}
}

func TestPutFloat8(t *testing.T) {
	for _, v := range []float64{0, 1, 0.1, 1e-4, 9.9e-5, 1e15, 1e15 - 0.125, 1e16, 1 << 53, 5e-324, math.NaN(), math.Inf(1), math.MaxFloat64} {
		checkShortest(t, v)
		checkShortest(t, -v)
		checkShortest(t, math.Copysign(v, -1))
	}
	// Powers of two, whose neighbours are not equally far, and what is next to them and
	// to powers of ten.
	for e := -20; e <= 52; e++ {
		v := math.Ldexp(1, e)
		checkShortest(t, v)
		checkShortest(t, math.Nextafter(v, 0))
		checkShortest(t, math.Nextafter(v, 1e300))
		v = math.Pow(10, float64(e%16))
		for range 5 {
			v = math.Nextafter(v, 0)
			checkShortest(t, v)
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	count := 2_000_000
	if testing.Short() {
		count = 200_000
	}
	for range count {
		r := random.Uint64()
		checkShortest(t, math.Float64frombits(r&(1<<63|1<<52-1)|(1003+r>>52%80)<<52)) // any significand, 2^-20 to 2^59
		checkShortest(t, float64(int64(r)>>(r&63))/math.Pow(10, float64(r>>8%20)))    // short decimals
	}
}

func BenchmarkFloat8(b *testing.B) {
	for name, v := range map[string]float64{"long": 1234567 / 7.0, "short": 1234.56, "whole": 1234567} {
		b.Run(name, func(b *testing.B) {
			var buf []byte
			for b.Loop() {
				buf = AppendFloat8(buf[:0], v, 1)
			}
		})
	}
}
