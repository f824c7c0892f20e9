package eval

import (
	"math"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

type interval = pgtypes.Interval

// intervalFunctions are the operators and functions of interval.
var intervalFunctions = map[string]builtin{
	"interval_pl": f2e(intervalAdd), "interval_mi": f2e(intervalSub), "interval_um": f1e(intervalNegate),
	"interval_mul": f2e(intervalMul), "mul_d_interval": f2e(func(f float64, i interval) (interval, error) { return intervalMul(i, f) }),
	"interval_div":              f2e(intervalDiv),
	"interval_justify_hours":    f1e(justifyHours),
	"interval_justify_days":     f1e(justifyDays),
	"interval_justify_interval": f1e(justifyInterval),
	"interval_finite":           f1(func(interval) bool { return true }),
	"make_interval":             fn(makeInterval),
	"interval_larger": f2(func(a, b interval) interval {
		if a.Cmp(b) > 0 {
			return a
		}
		return b
	}),
	"interval_smaller": f2(func(a, b interval) interval {
		if a.Cmp(b) < 0 {
			return a
		}
		return b
	}),
	"time_interval":  f1(func(t int64) interval { return interval{Micros: t} }),
	"interval_time":  f1(func(i interval) int64 { return wrapDay(i.Micros) }),
	"interval_trunc": f2c(func(_ *call, unit string, i interval) (interval, error) { return truncInterval(unit, i) }),
}

func errIntervalRange() error {
	return pgerr.New(pgerr.DatetimeFieldOverflow, "interval out of range")
}

func wrapDay(micros int64) int64 { return micros - floorDiv(micros, microsPerDay)*microsPerDay }

func intervalAdd(a, b interval) (interval, error) {
	months, days := int64(a.Months)+int64(b.Months), int64(a.Days)+int64(b.Days)
	micros, err := intApply('+', a.Micros, b.Micros)
	if err != nil || !fits(months, width4) || !fits(days, width4) {
		return interval{}, errIntervalRange()
	}
	return interval{Micros: micros, Days: int32(days), Months: int32(months)}, nil
}

func intervalSub(a, b interval) (interval, error) {
	months, days := int64(a.Months)-int64(b.Months), int64(a.Days)-int64(b.Days)
	micros, err := intApply('-', a.Micros, b.Micros)
	if err != nil || !fits(months, width4) || !fits(days, width4) {
		return interval{}, errIntervalRange()
	}
	return interval{Micros: micros, Days: int32(days), Months: int32(months)}, nil
}

func intervalNegate(a interval) (interval, error) { return intervalSub(interval{}, a) }

func intervalMul(a interval, f float64) (interval, error) {
	return scaleInterval(a, func(x float64) float64 { return x * f })
}

func intervalDiv(a interval, f float64) (interval, error) {
	if f == 0 {
		return interval{}, errDivisionByZero()
	}
	return scaleInterval(a, func(x float64) float64 { return x / f })
}

// scaleInterval applies a factor to each part; what is left of a month becomes
// days, what is left of a day becomes time, as Postgres cascades it.
func scaleInterval(a interval, times func(float64) float64) (interval, error) {
	months, days := times(float64(a.Months)), times(float64(a.Days))
	if !fitsInt32(months) || !fitsInt32(days) {
		return interval{}, errIntervalRange()
	}
	out := interval{Months: int32(months), Days: int32(days)}
	monthDays := roundMicros((months - float64(out.Months)) * 30)
	seconds := roundMicros((days - float64(out.Days) + monthDays - float64(int32(monthDays))) * secondsPerDay)
	if math.Abs(seconds) >= secondsPerDay {
		whole := int32(seconds / secondsPerDay)
		out.Days += whole
		seconds -= float64(whole) * secondsPerDay
	}
	out.Days += int32(monthDays)
	micros := math.RoundToEven(times(float64(a.Micros)) + seconds*microsPerSecond)
	if micros != micros || micros < math.MinInt64 || micros >= -math.MinInt64 {
		return interval{}, errIntervalRange()
	}
	out.Micros = int64(micros)
	return out, nil
}

func fitsInt32(f float64) bool { return f >= math.MinInt32 && f < -math.MinInt32 }

func roundMicros(f float64) float64 { return math.RoundToEven(f*microsPerSecond) / microsPerSecond }

func justifyHours(a interval) (interval, error) {
	whole := a.Micros / microsPerDay
	a.Micros -= whole * microsPerDay
	days := int64(a.Days) + whole
	if !fits(days, width4) {
		return a, errIntervalRange()
	}
	a.Days = int32(days)
	return sameSignHours(a), nil
}

func sameSignHours(a interval) interval {
	switch {
	case a.Days > 0 && a.Micros < 0:
		a.Micros += microsPerDay
		a.Days--
	case a.Days < 0 && a.Micros > 0:
		a.Micros -= microsPerDay
		a.Days++
	}
	return a
}

func justifyDays(a interval) (interval, error) {
	months := int64(a.Months) + int64(a.Days/30)
	if !fits(months, width4) {
		return a, errIntervalRange()
	}
	a.Days %= 30
	a.Months = int32(months)
	switch {
	case a.Months > 0 && a.Days < 0:
		a.Days += 30
		a.Months--
	case a.Months < 0 && a.Days > 0:
		a.Days -= 30
		a.Months++
	}
	return a, nil
}

func justifyInterval(a interval) (interval, error) {
	days := int64(a.Days) + a.Micros/microsPerDay
	a.Micros %= microsPerDay
	months := int64(a.Months) + days/30
	days %= 30
	if !fits(months, width4) {
		return a, errIntervalRange()
	}
	switch {
	case months > 0 && (days < 0 || days == 0 && a.Micros < 0):
		days += 30
		months--
	case months < 0 && (days > 0 || days == 0 && a.Micros > 0):
		days -= 30
		months++
	}
	a.Months, a.Days = int32(months), int32(days)
	return sameSignHours(a), nil
}

// makeInterval is make_interval(years, months, weeks, days, hours, mins, secs).
func makeInterval(_ *call, args []pgtypes.Datum) (pgtypes.Datum, error) {
	part := func(i int) int64 { return int64(args[i].(int32)) }
	seconds := args[6].(float64)
	if math.IsInf(seconds, 0) || math.IsNaN(seconds) {
		return nil, errIntervalRange()
	}
	months, days := part(0)*12+part(1), part(2)*7+part(3)
	if !fits(months, width4) || !fits(days, width4) {
		return nil, errIntervalRange()
	}
	fraction := math.RoundToEven(seconds * microsPerSecond)
	if fraction < math.MinInt64 || fraction >= -math.MinInt64 {
		return nil, errIntervalRange()
	}
	micros, err := intApply('+', part(4)*microsPerHour+part(5)*microsPerMinute, int64(fraction))
	if err != nil {
		return nil, errIntervalRange()
	}
	return interval{Micros: micros, Days: int32(days), Months: int32(months)}, nil
}
