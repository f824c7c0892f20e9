package eval

import (
	"math"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// floatFunctions are the operators and functions of float4 and float8.
var floatFunctions = map[string]builtin{
	"float8pl": floatOp('+', false), "float8mi": floatOp('-', false), "float8mul": floatOp('*', false), "float8div": floatOp('/', false),
	"float4pl": floatOp('+', true), "float4mi": floatOp('-', true), "float4mul": floatOp('*', true), "float4div": floatOp('/', true),
	"float48pl": floatOp('+', false), "float48mi": floatOp('-', false), "float48mul": floatOp('*', false), "float48div": floatOp('/', false),
	"float84pl": floatOp('+', false), "float84mi": floatOp('-', false), "float84mul": floatOp('*', false), "float84div": floatOp('/', false),
	"float4um": f1(func(x float64) float64 { return -x }), "float8um": f1(func(x float64) float64 { return -x }),
	"float4up": f1(same[float64]), "float8up": f1(same[float64]), "float4abs": f1(math.Abs), "float8abs": f1(math.Abs),

	"dceil": f1(math.Ceil), "dfloor": f1(math.Floor), "dround": f1(math.RoundToEven), "dtrunc": f1(math.Trunc),
	"dsign": f1(func(x float64) float64 {
		switch {
		case x > 0:
			return 1
		case x < 0:
			return -1
		}
		return 0
	}),
	"dsqrt": f1e(func(x float64) (float64, error) {
		if x < 0 {
			return 0, pgerr.New(pgerr.InvalidArgumentForPowerFunction, "cannot take square root of a negative number")
		}
		return math.Sqrt(x), nil
	}),
	"dcbrt": f1(cubeRoot), "dpow": f2e(floatPower), "dexp": f1e(floatExp),
	"dlog1":  f1e(func(x float64) (float64, error) { return floatLog(x, preciseLog) }),
	"dlog10": f1e(func(x float64) (float64, error) { return floatLog(x, preciseLog10) }),
	"degrees": f1e(func(x float64) (float64, error) {
		z := x / radiansPerDegree
		if math.IsInf(z, 0) && !math.IsInf(x, 0) {
			return 0, errFloatOverflow()
		}
		return z, nil
	}), "radians": f1(func(x float64) float64 { return x * radiansPerDegree }),
	"dpi": f0c(func(*call) (float64, error) { return math.Pi, nil }),

	"dsin": trig(preciseSin), "dcos": trig(preciseCos), "dtan": trig(preciseTan),
	"dcot": f1e(func(x float64) (float64, error) {
		if math.IsInf(x, 0) {
			return 0, errInputOutOfRange()
		}
		return 1 / preciseTan(x), nil
	}),
	"dasin": unitInterval(preciseAsin), "dacos": unitInterval(preciseAcos), "datan": f1(preciseAtan), "datan2": f2(preciseAtan2),
	"dsinh": f1(preciseSinh), "dcosh": f1(preciseCosh), "dtanh": f1(math.Tanh), "dasinh": f1(math.Asinh),
	"dacosh": f1e(func(x float64) (float64, error) {
		if x < 1 {
			return 0, errInputOutOfRange()
		}
		return preciseAcosh(x), nil
	}),
	"datanh": unitInterval(math.Atanh),
	"dsind":  trig(sinDegrees), "dcosd": trig(cosDegrees), "dtand": trig(tanDegrees),
	"dcotd":  trig(func(x float64) float64 { return cotDegrees(x) }),
	"dasind": unitInterval(asinDegrees), "dacosd": unitInterval(acosDegrees),
	"datand":              f1(func(x float64) float64 { return preciseAtan(x) / preciseAtan(1) * 45 }),
	"datan2d":             f2(func(y, x float64) float64 { return preciseAtan2(y, x) / preciseAtan(1) * 45 }),
	"drandom":             asVolatile(f0c(func(c *call) (float64, error) { return c.random().Float64(), nil })),
	"setseed":             asVolatile(f1c(setSeed)),
	"width_bucket_float8": f4c(widthBucketFloat),
}

// radiansPerDegree is a variable so that its multiples round as they do at run time
// in Postgres; a constant's would be exact.
var radiansPerDegree = math.Pi / 180

func errInputOutOfRange() error {
	return pgerr.New(pgerr.NumericValueOutOfRange, "input is out of range")
}

func trig(f func(float64) float64) builtin {
	return f1e(func(x float64) (float64, error) {
		if math.IsInf(x, 0) {
			return 0, errInputOutOfRange()
		}
		return f(x), nil
	})
}

func unitInterval(f func(float64) float64) builtin {
	return f1e(func(x float64) (float64, error) {
		if x < -1 || x > 1 {
			return 0, errInputOutOfRange()
		}
		return f(x), nil
	})
}

func floatLog(x float64, f func(float64) float64) (float64, error) {
	switch {
	case x == 0:
		return 0, pgerr.New(pgerr.InvalidArgumentForLogarithm, "cannot take logarithm of zero")
	case x < 0:
		return 0, pgerr.New(pgerr.InvalidArgumentForLogarithm, "cannot take logarithm of a negative number")
	}
	return f(x), nil
}

func floatExp(x float64) (float64, error) {
	z := preciseExp(x)
	switch {
	case math.IsInf(z, 0) && !math.IsInf(x, 0):
		return 0, errFloatOverflow()
	case z == 0 && !math.IsInf(x, 0):
		return 0, errFloatUnderflow()
	}
	return z, nil
}

func floatPower(x, y float64) (float64, error) {
	switch {
	case math.IsNaN(x) && y == 0, math.IsNaN(y) && x == 1:
		return 1, nil
	case math.IsNaN(x) || math.IsNaN(y):
		return math.NaN(), nil
	case x == 0 && y < 0:
		return 0, pgerr.New(pgerr.InvalidArgumentForPowerFunction, "zero raised to a negative power is undefined")
	case x < 0 && math.Floor(y) != y:
		return 0, pgerr.New(pgerr.InvalidArgumentForPowerFunction, "a negative number raised to a non-integer power yields a complex result")
	case math.IsInf(y, 0) && math.Abs(x) == 1:
		return 1, nil
	}
	z := precisePow(x, y)
	if !math.IsInf(x, 0) && !math.IsInf(y, 0) {
		if math.IsInf(z, 0) {
			return 0, errFloatOverflow()
		}
		if z == 0 && x != 0 {
			return 0, errFloatUnderflow()
		}
	}
	return z, nil
}

func widthBucketFloat(_ *call, x, low, high float64, count int32) (int32, error) {
	bad := func(message string) error { return pgerr.New(pgerr.InvalidArgumentForWidthBucket, "%s", message) }
	switch {
	case count <= 0:
		return 0, bad("count must be greater than zero")
	case x != x || low != low || high != high:
		return 0, bad("operand, lower bound, and upper bound cannot be NaN")
	case math.IsInf(low, 0) || math.IsInf(high, 0):
		return 0, bad("lower and upper bounds must be finite")
	case low == high:
		return 0, bad("lower bound cannot equal upper bound")
	}
	up := low < high
	switch {
	case up && x < low, !up && x > low:
		return 0, nil
	case up && x >= high, !up && x <= high:
		if count == math.MaxInt32 {
			return 0, outOfRange(width4)
		}
		return count + 1, nil
	}
	part := (x - low) / (high - low)
	if math.IsInf(high-low, 0) {
		part = (x/2 - low/2) / (high/2 - low/2)
	}
	bucket := int32(float64(count) * part)
	return min(bucket, count-1) + 1, nil
}

// The degree functions are exact at multiples of 30 and 45 degrees, as the manual
// promises: each scales by what the plain function gives at such a point.

func sinQuadrant(x float64) float64 { // 0 <= x <= 90
	if x <= 30 {
		return preciseSin(x*radiansPerDegree) / preciseSin(30*radiansPerDegree) / 2
	}
	return cosSmall(90 - x)
}

func cosSmall(x float64) float64 { // 0 <= x <= 60
	return 1 - (1-preciseCos(x*radiansPerDegree))/(1-preciseCos(60*radiansPerDegree))/2
}

func cosQuadrant(x float64) float64 {
	if x <= 60 {
		return cosSmall(x)
	}
	return preciseSin((90-x)*radiansPerDegree) / preciseSin(30*radiansPerDegree) / 2
}

func sinDegrees(x float64) float64 {
	x = math.Mod(x, 360)
	sign := 1.0
	if x < 0 {
		x, sign = -x, -sign
	}
	if x > 180 {
		x, sign = 360-x, -sign
	}
	if x > 90 {
		x = 180 - x
	}
	return sign * sinQuadrant(x)
}

func cosDegrees(x float64) float64 {
	x = math.Abs(math.Mod(x, 360))
	sign := 1.0
	if x > 180 {
		x = 360 - x
	}
	if x > 90 {
		x, sign = 180-x, -sign
	}
	return sign * cosQuadrant(x)
}

func tanReduced(x float64) (quadrant, sign float64) {
	x = math.Mod(x, 360)
	sign = 1.0
	if x < 0 {
		x, sign = -x, -sign
	}
	if x > 180 {
		x, sign = 360-x, -sign
	}
	if x > 90 {
		x, sign = 180-x, -sign
	}
	return x, sign
}

func tanDegrees(x float64) float64 {
	q, sign := tanReduced(x)
	z := sign * (sinQuadrant(q) / cosQuadrant(q) / (sinQuadrant(45) / cosQuadrant(45)))
	if z == 0 {
		return 0
	}
	return z
}

func cotDegrees(x float64) float64 {
	q, sign := tanReduced(x)
	z := sign * (cosQuadrant(q) / sinQuadrant(q) / (cosQuadrant(45) / sinQuadrant(45)))
	if z == 0 {
		return 0
	}
	return z
}

func asinQuadrant(x float64) float64 { // 0 <= x <= 1
	if x <= 0.5 {
		return preciseAsin(x) / preciseAsin(0.5) * 30
	}
	return 90 - preciseAcos(x)/preciseAcos(0.5)*60
}

func asinDegrees(x float64) float64 {
	if x < 0 {
		return -asinQuadrant(-x)
	}
	return asinQuadrant(x)
}

func acosDegrees(x float64) float64 {
	if x < 0 {
		return 90 + asinQuadrant(-x)
	}
	if x <= 0.5 {
		return 90 - preciseAsin(x)/preciseAsin(0.5)*30
	}
	return preciseAcos(x) / preciseAcos(0.5) * 60
}
