package eval

import "math"

// rootScale are the cube roots of 2 to the powers -2 to 2.
var rootScale = [5]float64{0.6299605249474365, 0.7937005259840997, 1, 1.2599210498948731648, 1.5874010519681994748}

// rootStart is a polynomial, highest power first, for the cube root in [0.5, 1).
var rootStart = [7]float64{
	0.145263899385486367, -0.784932344976639262, 1.83469277483613086, -2.4469312256353444,
	2.11499494167371287, -1.50819193781584896, -0.354895765043919860,
}

// cubeRoot is cbrt, off by as much in its last digit as the C library that PostgreSQL
// runs on: cbrt(27) is 3.0000000000000004. A polynomial of the fraction begins, one
// step of Halley's method ends it.
func cubeRoot(x float64) float64 {
	if x == 0 || math.IsNaN(x) || math.IsInf(x, 0) {
		return x
	}
	m, e := math.Frexp(math.Abs(x))
	u := 0.0
	for _, k := range rootStart {
		// The conversion keeps processors from fusing the product and the sum.
		u = float64(u*m) + k
	}
	u = -u
	cube := float64(u*u) * u
	root := u * (cube + float64(2*m)) / (float64(2*cube) + m) * rootScale[2+e%3]
	return math.Copysign(math.Ldexp(root, e/3), x)
}
