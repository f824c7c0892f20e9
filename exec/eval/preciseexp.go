package eval

import "math"

// The functions of this file and precisetrig.go compute in twice the precision of
// float64 and round once, so that their results are the nearest float, which is
// what the C library behind Postgres gives in all but rare cases. Go's own math
// functions are often one unit off in the last place.

// double is an unevaluated sum hi+lo with |lo| at most half a unit of hi.
type double struct{ hi, lo float64 }

func twoSum(a, b float64) double {
	s := a + b
	v := s - a
	return double{s, (a - (s - v)) + (b - v)}
}

func quickSum(a, b float64) double {
	s := a + b
	return double{s, b - (s - a)}
}

func twoProduct(a, b float64) double {
	p := a * b
	return double{p, math.FMA(a, b, -p)}
}

func (a double) add(b double) double {
	s := twoSum(a.hi, b.hi)
	t := twoSum(a.lo, b.lo)
	s = quickSum(s.hi, s.lo+t.hi)
	return quickSum(s.hi, s.lo+t.lo)
}

func (a double) neg() double { return double{-a.hi, -a.lo} }

func (a double) mul(b double) double {
	p := twoProduct(a.hi, b.hi)
	return quickSum(p.hi, p.lo+(a.hi*b.lo+a.lo*b.hi))
}

func (a double) div(b double) double {
	q := a.hi / b.hi
	r := a.add(b.mul(double{q, 0}).neg())
	q2 := r.hi / b.hi
	r = r.add(b.mul(double{q2, 0}).neg())
	return quickSum(q, q2).add(double{r.hi / b.hi, 0})
}

func (a double) float() float64 { return a.hi + a.lo }

// ln2 in three parts of growing smallness.
var ln2 = double{0.6931471805599453, 2.3190468138462996e-17}

// expDouble is e^x for |x| below 745, scaled: the result is v*2^k.
func expDouble(x double) (v double, k int) {
	k = int(math.Round(x.hi / ln2.hi))
	r := x.add(ln2.mul(double{float64(k), 0}).neg())
	// Halve the argument nine times; the Taylor series then needs few terms.
	const halvings = 9
	r = double{math.Ldexp(r.hi, -halvings), math.Ldexp(r.lo, -halvings)}
	term, sum := r, r
	for i := 2; i <= 11; i++ {
		term = term.mul(r).div(double{float64(i), 0})
		sum = sum.add(term)
	}
	for range halvings { // (1+s)^2 = 1 + 2s + s^2, keeping s apart from 1
		sum = double{2 * sum.hi, 2 * sum.lo}.add(sum.mul(sum))
	}
	return double{1, 0}.add(sum), k
}

// logDouble is ln x for a positive finite x.
func logDouble(x float64) double {
	m, k := math.Frexp(x)
	if m < math.Sqrt2/2 {
		m *= 2
		k--
	}
	// One step of Newton's method from a float doubles the digits: y + m*e^-y - 1.
	y := math.Log(m)
	v, scale := expDouble(double{-y, 0})
	v = double{math.Ldexp(v.hi, scale), math.Ldexp(v.lo, scale)}
	d := v.mul(double{m, 0}).add(double{-1, 0})
	// ln(1+d) = d - d*d/2 for the tiny d that is left.
	d = d.add(d.mul(d).mul(double{-0.5, 0}))
	return ln2.mul(double{float64(k), 0}).add(double{y, 0}.add(d))
}

func scaled(v double, k int) float64 {
	if k < -1000 || k > 1000 { // in two steps, to round once where it underflows
		return math.Ldexp(math.Ldexp(v.float(), k/2), k-k/2)
	}
	return math.Ldexp(v.float(), k)
}

func preciseExp(x float64) float64 {
	if x == 0 || x != x || x > 709.8 || x < -745.2 {
		return math.Exp(x)
	}
	return scaled(expDouble(double{x, 0}))
}

func preciseLog(x float64) float64 {
	if !(x > 0) || math.IsInf(x, 0) || x == 1 {
		return math.Log(x)
	}
	return logDouble(x).float()
}

// ln10 in two parts.
var ln10 = double{2.302585092994046, -2.1707562233822494e-16}

func preciseLog10(x float64) float64 {
	if !(x > 0) || math.IsInf(x, 0) || x == 1 {
		return math.Log10(x)
	}
	return logDouble(x).div(ln10).float()
}

func precisePow(x, y float64) float64 {
	z := math.Pow(x, y)
	if x == 0 || y == 0 || x == 1 || y == 1 || z != z || z == 0 || math.IsInf(z, 0) || math.IsInf(x, 0) || math.IsInf(y, 0) {
		return z
	}
	v, k := expDouble(logDouble(math.Abs(x)).mul(double{y, 0}))
	r := scaled(v, k)
	if z < 0 {
		return -r
	}
	return r
}

// The hyperbolic functions follow the formulas of the C library, whose rounding
// shows in the last digit; only what they are made of is computed precisely.

func preciseExpm1(x float64) float64 {
	v, k := expDouble(double{x, 0})
	v = double{math.Ldexp(v.hi, k), math.Ldexp(v.lo, k)}
	return v.add(double{-1, 0}).float()
}

func preciseSinh(x float64) float64 {
	a := math.Abs(x)
	if !(a > 1e-5 && a < 22) {
		if a <= 1e-5 {
			return x + x*x*x/6
		}
		return math.Sinh(x)
	}
	half, t := math.Copysign(0.5, x), preciseExpm1(a)
	if a < 1 {
		return half * (2*t - t*t/(t+1))
	}
	return half * (t + t/(t+1))
}

func preciseCosh(x float64) float64 {
	if !(math.Abs(x) < 22) {
		return math.Cosh(x)
	}
	t := preciseExp(math.Abs(x))
	return 0.5*t + 0.5/t
}

func preciseAcosh(x float64) float64 {
	if !(x > 2 && x < 1<<28) {
		return math.Acosh(x)
	}
	return preciseLog(2*x - 1/(x+math.Sqrt(x*x-1)))
}
