package eval

import (
	"time"

	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

type timetz = pgtypes.TimeTZ

// datetimeFunctions are the operators of the date and time types and the casts
// among them.
var datetimeFunctions = map[string]builtin{
	"date_pli": f2e(func(d, n int32) (int32, error) { return datePlus(d, int64(n)) }),
	"date_mii": f2e(func(d, n int32) (int32, error) { return datePlus(d, -int64(n)) }),
	"date_mi":  f2e(dateMinus), "date_finite": f1(func(d int32) bool { return !infiniteDate(d) }),
	"date_pl_interval": f2e(func(d int32, i interval) (int64, error) { return datePlusInterval(d, i) }),
	"date_mi_interval": f2e(func(d int32, i interval) (int64, error) { return datePlusNegated(d, i) }),
	"datetime_timestamp": f2e(func(d int32, t int64) (int64, error) {
		ts, err := dateToTimestamp(d)
		if err != nil || infinite(ts) {
			return ts, err
		}
		return joinTimestamp(int64(d), t)
	}),
	"datetimetz_timestamptz": f2e(func(d int32, t timetz) (int64, error) {
		ts, err := dateToTimestamp(d)
		if err != nil || infinite(ts) {
			return ts, err
		}
		return joinTimestamp(int64(d), t.Micros+int64(t.ZoneWest)*microsPerSecond)
	}),
	"date_larger": f2(func(a, b int32) int32 { return max(a, b) }), "date_smaller": f2(func(a, b int32) int32 { return min(a, b) }),

	"timestamp_pl_interval":   f2e(timestampPlus),
	"timestamp_mi_interval":   f2e(timestampMinusInterval),
	"timestamptz_pl_interval": f2c(func(c *call, t int64, i interval) (int64, error) { return timestamptzPlus(c.zone(), t, i) }),
	"timestamptz_mi_interval": f2c(func(c *call, t int64, i interval) (int64, error) {
		n, err := intervalNegate(i)
		if err != nil {
			return 0, err
		}
		return timestamptzPlus(c.zone(), t, n)
	}),
	"timestamp_mi":     f2e(timestampMinus),
	"timestamp_finite": f1(func(t int64) bool { return !infinite(t) }),
	"timestamp_larger": f2(func(a, b int64) int64 { return max(a, b) }), "timestamp_smaller": f2(func(a, b int64) int64 { return min(a, b) }),
	"time_larger": f2(func(a, b int64) int64 { return max(a, b) }), "time_smaller": f2(func(a, b int64) int64 { return min(a, b) }),

	"time_pl_interval": f2(func(t int64, i interval) int64 { return wrapDay(t + i.Micros%microsPerDay) }),
	"time_mi_interval": f2(func(t int64, i interval) int64 { return wrapDay(t - i.Micros%microsPerDay) }),
	"time_mi_time":     f2(func(a, b int64) interval { return interval{Micros: a - b} }),
	"timetz_pl_interval": f2(func(t timetz, i interval) timetz {
		return timetz{Micros: wrapDay(t.Micros + i.Micros%microsPerDay), ZoneWest: t.ZoneWest}
	}),
	"timetz_mi_interval": f2(func(t timetz, i interval) timetz {
		return timetz{Micros: wrapDay(t.Micros - i.Micros%microsPerDay), ZoneWest: t.ZoneWest}
	}),

	"integer_pl_date(23,1082)":         f2e(func(n, d int32) (int32, error) { return datePlus(d, int64(n)) }),
	"interval_pl_date(1186,1082)":      f2e(func(i interval, d int32) (int64, error) { return datePlusInterval(d, i) }),
	"interval_pl_time(1186,1083)":      f2(func(i interval, t int64) int64 { return wrapDay(t + i.Micros%microsPerDay) }),
	"interval_pl_timestamp(1186,1114)": f2e(func(i interval, t int64) (int64, error) { return timestampPlus(t, i) }),
	"interval_pl_timestamptz(1186,1184)": f2c(func(c *call, i interval, t int64) (int64, error) {
		return timestamptzPlus(c.zone(), t, i)
	}),
	"interval_pl_timetz(1186,1266)": f2(func(i interval, t timetz) timetz {
		return timetz{Micros: wrapDay(t.Micros + i.Micros%microsPerDay), ZoneWest: t.ZoneWest}
	}),
	"timedate_pl(1083,1082)":   f2e(func(t int64, d int32) (int64, error) { return dateAt(d, t) }),
	"timetzdate_pl(1266,1082)": f2e(func(t timetz, d int32) (int64, error) { return dateAt(d, t.Micros+int64(t.ZoneWest)*microsPerSecond) }),

	"date_timestamp":   f1e(dateToTimestamp),
	"date_timestamptz": f1c(func(c *call, d int32) (int64, error) { return dateToTimestamptz(c.zone(), d) }),
	"timestamp_date":   f1e(timestampToDate),
	"timestamptz_date": f1c(func(c *call, t int64) (int32, error) { return timestampToDate(toLocal(c.zone(), t)) }),
	"timestamp_time":   f1e(timeOfDay),
	"timestamptz_time": f1c(func(c *call, t int64) (int64, error) { return timeOfDay(toLocal(c.zone(), t)) }),
	"timestamptz_timetz": f1c(func(c *call, t int64) (timetz, error) {
		micros, err := timeOfDay(toLocal(c.zone(), t))
		return timetz{Micros: micros, ZoneWest: zoneWest(c.zone(), t)}, err
	}),
	"timestamp_timestamptz": f1c(func(c *call, t int64) (int64, error) { return toUTC(c.zone(), t) }),
	"timestamptz_timestamp": f1c(func(c *call, t int64) (int64, error) { return toLocal(c.zone(), t), nil }),
	"timetz_time":           f1(func(t timetz) int64 { return t.Micros }),
	"time_timetz": f1c(func(c *call, t int64) (timetz, error) {
		local := toLocal(c.zone(), c.ctx.TransactionTime)
		utc, err := toUTC(c.zone(), floorDiv(local, microsPerDay)*microsPerDay+t)
		return timetz{Micros: t, ZoneWest: zoneWest(c.zone(), utc)}, err
	}),
}

// dateAt joins a date and a time.
func dateAt(d int32, micros int64) (int64, error) {
	t, err := dateToTimestamp(d)
	if err != nil || infinite(t) {
		return t, err
	}
	return joinTimestamp(int64(d), micros)
}

// zone is the session's time zone.
func (c *call) zone() *time.Location {
	if c.ctx.Style.Zone == nil {
		return time.UTC
	}
	return c.ctx.Style.Zone
}

func toLocal(zone *time.Location, t int64) int64 {
	if zone == time.UTC || infinite(t) {
		return t
	}
	return pgtypes.UTCToLocal(t, zone)
}

func toUTC(zone *time.Location, t int64) (int64, error) {
	if zone == time.UTC || infinite(t) {
		return t, nil
	}
	utc := pgtypes.LocalToUTC(t, zone)
	if utc < minTimestamp {
		return 0, errTimestampRange()
	}
	return utc, nil
}

// zoneWest is the zone's displacement at an instant, in seconds west.
func zoneWest(zone *time.Location, t int64) int32 {
	return int32((t - toLocal(zone, t)) / microsPerSecond)
}

func datePlus(d int32, n int64) (int32, error) {
	if infiniteDate(d) {
		return d, nil
	}
	sum := int64(d) + n
	if sum < minDay || sum >= endDay {
		return 0, errDateRange()
	}
	return int32(sum), nil
}

func dateMinus(a, b int32) (int32, error) {
	if infiniteDate(a) || infiniteDate(b) {
		return 0, pgerr.New(pgerr.DatetimeFieldOverflow, "cannot subtract infinite dates")
	}
	return a - b, nil
}

func dateToTimestamp(d int32) (int64, error) {
	switch d {
	case pgtypes.DateInfinity:
		return pgtypes.TimestampInfinity, nil
	case pgtypes.DateNegativeInfinity:
		return pgtypes.TimestampNegativeInfinity, nil
	}
	t, err := joinTimestamp(int64(d), 0)
	if err != nil {
		return 0, pgerr.New(pgerr.DatetimeFieldOverflow, "date out of range for timestamp")
	}
	return t, nil
}

func dateToTimestamptz(zone *time.Location, d int32) (int64, error) {
	t, err := dateToTimestamp(d)
	if err != nil {
		return 0, err
	}
	return toUTC(zone, t)
}

func datePlusInterval(d int32, i interval) (int64, error) {
	t, err := dateToTimestamp(d)
	if err != nil {
		return 0, err
	}
	return timestampPlus(t, i)
}

func datePlusNegated(d int32, i interval) (int64, error) {
	t, err := dateToTimestamp(d)
	if err != nil {
		return 0, err
	}
	return timestampMinusInterval(t, i)
}

func timestampToDate(t int64) (int32, error) {
	switch t {
	case pgtypes.TimestampInfinity:
		return pgtypes.DateInfinity, nil
	case pgtypes.TimestampNegativeInfinity:
		return pgtypes.DateNegativeInfinity, nil
	}
	return int32(floorDiv(t, microsPerDay)), nil
}

// timeOfDay is NULL for the infinities.
func timeOfDay(t int64) (int64, error) {
	if infinite(t) {
		return 0, errNull
	}
	return wrapDay(t), nil
}

func timestampMinusInterval(t int64, i interval) (int64, error) {
	n, err := intervalNegate(i)
	if err != nil {
		return 0, err
	}
	return timestampPlus(t, n)
}

// timestampPlus adds months, then days, then time; a day past the month's end
// becomes its last.
func timestampPlus(t int64, i interval) (int64, error) {
	if infinite(t) {
		return t, nil
	}
	t, err := plusCalendar(t, i)
	if err != nil {
		return 0, err
	}
	return plusMicros(t, i.Micros)
}

func plusMicros(t, micros int64) (int64, error) {
	sum, err := intApply('+', t, micros)
	if err != nil || sum < minTimestamp || infinite(sum) {
		return 0, errTimestampRange()
	}
	return sum, nil
}

func plusCalendar(t int64, i interval) (int64, error) {
	if i.Months == 0 && i.Days == 0 {
		return t, nil
	}
	days := floorDiv(t, microsPerDay)
	clock := t - days*microsPerDay
	if i.Months != 0 {
		year, month, day := civilDay(days)
		months := int64(year)*12 + int64(month-1) + int64(i.Months)
		year, month = int(floorDiv(months, 12)), int(months-floorDiv(months, 12)*12)+1
		if year > 300000 || year < -5000 {
			return 0, errTimestampRange()
		}
		days = dayOfCivil(year, month, min(day, daysInMonth(year, month)))
	}
	return joinTimestamp(days+int64(i.Days), clock)
}

// timestamptzPlus adds months and days in local time and the rest in UTC.
func timestamptzPlus(zone *time.Location, t int64, i interval) (int64, error) {
	if infinite(t) {
		return t, nil
	}
	if i.Months != 0 || i.Days != 0 {
		// Months and days each go through local time, as the hour may not exist.
		for _, step := range []interval{{Months: i.Months}, {Days: i.Days}} {
			if step == (interval{}) {
				continue
			}
			local, err := plusCalendar(toLocal(zone, t), step)
			if err != nil {
				return 0, err
			}
			if t, err = toUTC(zone, local); err != nil {
				return 0, err
			}
		}
	}
	return plusMicros(t, i.Micros)
}

func timestampMinus(a, b int64) (interval, error) {
	if infinite(a) || infinite(b) {
		return interval{}, pgerr.New(pgerr.DatetimeFieldOverflow, "cannot subtract infinite timestamps")
	}
	d, err := intApply('-', a, b)
	if err != nil {
		return interval{}, errIntervalRange()
	}
	return justifyHours(interval{Micros: d})
}

// compareDatetime compares date, timestamp and timestamptz with one another.
func compareDatetime(op comparison, left, right uint32) kernel {
	return func(c *call, dst *vector.Vector, args []*vector.Vector, sel []int32, n int) error {
		dst.Alloc(vector.FormBool, n)
		zoned := left == pgtypes.OIDTimestamptz || right == pgtypes.OIDTimestamptz
		a := instants(c, args[0], left, zoned, n)
		b := instants(c, args[1], right, zoned, n)
		compareSlices(dst.Bool, a, b, args[0].Const, args[1].Const, op, sel, n)
		return nil
	}
}

// instants are timestamps of a column, in UTC when zoned. A date beyond the range
// of timestamp is above every one of them, but for infinity.
func instants(c *call, v *vector.Vector, oid uint32, zoned bool, n int) []int64 {
	if v.Const {
		n = 1
	}
	if oid != pgtypes.OIDDate && (!zoned || oid == pgtypes.OIDTimestamptz || c.zone() == time.UTC) {
		return v.I64
	}
	out := make([]int64, n)
	for i := range out {
		t, err := int64(0), error(nil)
		if oid == pgtypes.OIDDate {
			t, err = dateToTimestamp(v.I32[i])
		} else {
			t = v.I64[i]
		}
		if err == nil && zoned {
			t, err = toUTC(c.zone(), t)
		}
		if err != nil {
			t = pgtypes.TimestampInfinity - 1
		}
		out[i] = t
	}
	return out
}
