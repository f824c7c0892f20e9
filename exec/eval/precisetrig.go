package eval

import "math"

// halfPi is pi/2 in three parts; the third makes the reduction of arguments up to
// 2^20 exact enough.
var halfPi = [3]float64{1.5707963267948966, 6.123233995736766e-17, -1.4973849048591833e-33}

// trigLimit bounds the arguments that reduce by halfPi; beyond it Go's own
// functions serve.
const trigLimit = 1 << 20

// sinCos are the sine and cosine of x, for |x| below trigLimit.
func sinCos(x double) (sin, cos double) {
	k := math.Round(x.hi / halfPi[0])
	r := x.add(twoProduct(k, halfPi[0]).neg()).add(twoProduct(k, halfPi[1]).neg()).add(double{-k * halfPi[2], 0})
	s, c := taylorSinCos(r)
	switch int64(k) & 3 {
	case 1:
		return c, s.neg()
	case 2:
		return s.neg(), c.neg()
	case 3:
		return c.neg(), s
	}
	return s, c
}

// taylorSinCos serves |r| up to pi/4.
func taylorSinCos(r double) (sin, cos double) {
	square := r.mul(r).neg()
	sin, cos = r, double{1, 0}
	s, c := r, double{1, 0}
	for i := 1; i < 15; i++ {
		n := float64(2 * i)
		c = c.mul(square).div(double{n * (n - 1), 0})
		s = s.mul(square).div(double{n * (n + 1), 0})
		cos, sin = cos.add(c), sin.add(s)
	}
	return sin, cos
}

func preciseSin(x float64) float64 {
	if !(math.Abs(x) < trigLimit) || x == 0 {
		return math.Sin(x)
	}
	s, _ := sinCos(double{x, 0})
	return s.float()
}

func preciseCos(x float64) float64 {
	if !(math.Abs(x) < trigLimit) {
		return math.Cos(x)
	}
	_, c := sinCos(double{x, 0})
	return c.float()
}

func preciseTan(x float64) float64 {
	if !(math.Abs(x) < trigLimit) || x == 0 {
		return math.Tan(x)
	}
	s, c := sinCos(double{x, 0})
	return s.div(c).float()
}

func preciseAtan(x float64) float64 {
	y := math.Atan(x)
	if math.Abs(x) > 1e15 || math.Abs(x) < 1e-8 || x != x {
		return y
	}
	// y - (tan y - x) / (1 + tan² y), with tan y = s/c.
	s, c := sinCos(double{y, 0})
	d := s.add(c.mul(double{x, 0}).neg()).mul(c)
	return twoSum(y, 0).add(d.neg().mul(double{1, 0}.div(s.mul(double{x, 0}).mul(c).add(c.mul(c))))).float()
}

func preciseAsin(x float64) float64 {
	y := math.Asin(x)
	if math.Abs(x) >= 1 || math.Abs(x) < 1e-8 || x != x {
		return y
	}
	s, c := sinCos(double{y, 0})
	return twoSum(y, 0).add(double{x, 0}.add(s.neg()).div(c)).float()
}

func preciseAcos(x float64) float64 {
	y := math.Acos(x)
	if math.Abs(x) >= 1 || x != x {
		return y
	}
	s, c := sinCos(double{y, 0})
	return twoSum(y, 0).add(c.add(double{-x, 0}).div(s)).float()
}

func preciseAtan2(y, x float64) float64 {
	z := math.Atan2(y, x)
	if x == 0 || y == 0 || z != z || math.IsInf(x, 0) || math.IsInf(y, 0) || math.Abs(z) < 1e-8 {
		return z
	}
	// sin(z)·x - cos(z)·y is |(x,y)| times the error of z.
	s, c := sinCos(double{z, 0})
	d := s.mul(double{x, 0}).add(c.mul(double{y, 0}).neg())
	length := c.mul(double{x, 0}).add(s.mul(double{y, 0}))
	return twoSum(z, 0).add(d.div(length).neg()).float()
}
