package eval

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// timestampFunctions are the functions of the date and time types.
var timestampFunctions = func() map[string]builtin {
	m := map[string]builtin{
		"timestamp_trunc":   f2e(func(unit string, t int64) (int64, error) { return truncTimestamp(unit, t, pgtypes.OIDTimestamp) }),
		"timestamptz_trunc": f2c(func(c *call, unit string, t int64) (int64, error) { return truncZoned(c.zone(), unit, t) }),
		"timestamptz_trunc_zone": f3e(func(unit string, t int64, name string) (int64, error) {
			zone, err := zoneOf(name)
			if err != nil {
				return 0, err
			}
			return truncZoned(zone, unit, t)
		}),
		"timestamp_age":   f2e(func(a, b int64) (interval, error) { return age(a, b) }),
		"timestamptz_age": f2c(func(c *call, a, b int64) (interval, error) { return age(toLocal(c.zone(), a), toLocal(c.zone(), b)) }),
		"age(1114)":       f1c(func(c *call, t int64) (interval, error) { return age(int64(c.localDay())*microsPerDay, t) }),
		"age(1184)": f1c(func(c *call, t int64) (interval, error) {
			return age(int64(c.localDay())*microsPerDay, toLocal(c.zone(), t))
		}),

		"now":                 f0c(func(c *call) (int64, error) { return c.ctx.TransactionTime, nil }),
		"statement_timestamp": f0c(func(c *call) (int64, error) { return c.ctx.StatementTime, nil }),
		"clock_timestamp":     asVolatile(f0c(func(*call) (int64, error) { return clockNow(), nil })),
		"timeofday": asVolatile(f0c(func(c *call) (string, error) {
			return time.UnixMicro(clockNow()).In(c.zone()).Format("Mon Jan 02 15:04:05.000000 2006 MST"), nil
		})),

		"make_date":        f3e(makeDate),
		"make_time":        f3e(makeTime),
		"make_timestamp":   fn(func(_ *call, a []pgtypes.Datum) (pgtypes.Datum, error) { return makeTimestamp(a) }),
		"make_timestamptz": fn(func(c *call, a []pgtypes.Datum) (pgtypes.Datum, error) { return makeTimestamptz(a, c.zone()) }),
		"make_timestamptz_at_timezone": fn(func(_ *call, a []pgtypes.Datum) (pgtypes.Datum, error) {
			zone, err := zoneOf(a[6].(string))
			if err != nil {
				return nil, err
			}
			return makeTimestamptz(a[:6], zone)
		}),
		"float8_timestamptz": f1e(timestampOfEpoch),
		"timestamp_bin":      f3e(binTimestamp), "timestamptz_bin": f3e(binTimestamp),

		"timestamp_zone": f2e(func(name string, t int64) (int64, error) {
			if infinite(t) {
				return t, nil
			}
			zone, err := zoneOf(name)
			if err != nil {
				return 0, err
			}
			return toUTC(zone, t)
		}),
		"timestamptz_zone": f2e(func(name string, t int64) (int64, error) {
			if infinite(t) {
				return t, nil
			}
			zone, err := zoneOf(name)
			return toLocal(zone, t), err
		}),
		"timestamp_izone": f2e(func(i interval, t int64) (int64, error) {
			zone, err := intervalZone(i)
			if err != nil {
				return 0, err
			}
			return toUTC(zone, t)
		}),
		"timestamptz_izone": f2e(func(i interval, t int64) (int64, error) {
			zone, err := intervalZone(i)
			return toLocal(zone, t), err
		}),
		"timetz_zone": f2c(func(c *call, name string, t timetz) (timetz, error) {
			zone, err := zoneOf(name)
			return shiftTimeTZ(t, zoneWest(zone, c.ctx.TransactionTime)), err
		}),
		"timetz_izone": f2e(func(i interval, t timetz) (timetz, error) {
			zone, err := intervalZone(i)
			return shiftTimeTZ(t, zoneWest(zone, 0)), err
		}),
		"overlaps_timestamp": fnNulls(overlaps), "overlaps_time": fnNulls(overlaps), "overlaps_timetz": fnNulls(overlaps),
	}
	m["extract_date"], _ = partFunctions(dateParts)
	m["extract_timestamp"], m["timestamp_part"] = partFunctions(timestampParts)
	m["extract_timestamptz"], m["timestamptz_part"] = partFunctions(timestamptzParts)
	m["extract_time"], m["time_part"] = partFunctions(func(_ *call, u string, t int64) (part, numeric, error) {
		p, err := extractTime(u, t)
		return p, numeric{}, err
	})
	m["extract_timetz"], m["timetz_part"] = partFunctions(func(_ *call, u string, t timetz) (part, numeric, error) {
		p, err := extractTimeTZ(u, t)
		return p, numeric{}, err
	})
	m["extract_interval"], m["interval_part"] = partFunctions(func(_ *call, u string, i interval) (part, numeric, error) {
		p, err := extractInterval(u, i)
		return p, numeric{}, err
	})
	_, m["date_part(25,1082)"] = partFunctions(func(c *call, u string, d int32) (part, numeric, error) {
		t, err := dateToTimestamp(d)
		if err != nil {
			return part{}, numeric{}, err
		}
		return timestampParts(c, u, t)
	})
	return m
}()

// truncUnits are the fields of date_trunc, from the smallest.
var truncUnits = []string{
	"microsecond", "millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year", "decade", "century", "millennium",
}

func truncLevel(unit string) int {
	for i, u := range truncUnits {
		if u == unit {
			return i
		}
	}
	return -1
}

func truncTimestamp(text string, t int64, oid uint32) (int64, error) {
	unit := truncUnitOf(text)
	level := truncLevel(unit)
	if infinite(t) {
		return t, nil
	}
	if level < 0 {
		return 0, errUnit(text, unit, oid)
	}
	if level <= 5 {
		size := []int64{1, 1000, microsPerSecond, microsPerMinute, microsPerHour, microsPerDay}[level]
		return floorDiv(t, size) * size, nil
	}
	days := floorDiv(t, microsPerDay)
	if unit == "week" {
		return joinTimestamp(days-weekday(days)+1, 0)
	}
	year, month, _ := civilDay(days)
	return civil{year: truncYear(unit, year), month: truncMonth(unit, month), day: 1}.timestamp()
}

// truncUnitOf resolves a field of date_trunc, which does not know those that only
// EXTRACT has.
func truncUnitOf(text string) string {
	switch unit := unitOf(text); unit {
	case "epoch", "dow", "doy", "isodow", "isoyear", "julian":
		return ""
	default:
		return unit
	}
}

func truncMonth(unit string, month int) int {
	switch unit {
	case "month":
		return month
	case "quarter":
		return 3*((month-1)/3) + 1
	}
	return 1
}

func truncYear(unit string, y int) int {
	switch unit {
	case "millennium":
		if y > 0 {
			return (y+999)/1000*1000 - 999
		}
		return -((999-(y-1))/1000)*1000 + 1
	case "century":
		if y > 0 {
			return (y+99)/100*100 - 99
		}
		return -((99-(y-1))/100)*100 + 1
	case "decade":
		if y > 0 {
			return y / 10 * 10
		}
		return -((8 - (y - 1)) / 10) * 10
	}
	return y
}

// truncZoned truncates in local time; below a day the displacement stays.
func truncZoned(zone *time.Location, text string, t int64) (int64, error) {
	if infinite(t) {
		return t, nil
	}
	local := toLocal(zone, t)
	cut, err := truncTimestamp(text, local, pgtypes.OIDTimestamptz)
	if err != nil {
		return 0, err
	}
	if truncLevel(unitOf(text)) < truncLevel("day") {
		return cut + t - local, nil
	}
	return toUTC(zone, cut)
}

func truncInterval(text string, i interval) (interval, error) {
	unit := truncUnitOf(text)
	switch unit {
	case "millennium", "century", "decade", "year", "quarter", "month":
		months := map[string]int32{"millennium": 12000, "century": 1200, "decade": 120, "year": 12, "quarter": 3, "month": 1}[unit]
		return interval{Months: i.Months / months * months}, nil
	case "day":
		return interval{Months: i.Months, Days: i.Days}, nil
	case "hour", "minute", "second", "millisecond", "microsecond":
		size := []int64{1, 1000, microsPerSecond, microsPerMinute, microsPerHour}[truncLevel(unit)]
		return interval{Months: i.Months, Days: i.Days, Micros: i.Micros / size * size}, nil
	case "week":
		e := errUnit(text, unit, pgtypes.OIDInterval).(*pgerr.Error) //nolint:errorlint // made here
		return i, e.WithDetail("Months usually have fractional weeks.")
	}
	return i, errUnit(text, unit, pgtypes.OIDInterval)
}

// age is the symbolic difference of two timestamps, in years, months and days.
func age(a, b int64) (interval, error) {
	if a == pgtypes.TimestampNegativeInfinity || b == pgtypes.TimestampNegativeInfinity {
		return interval{}, errTimestampRange()
	}
	sign, from := int64(1), b
	if a < b {
		sign, from, a = -1, a, b
	}
	later, earlier := civilOrEnd(a), civilOrEnd(from)
	micros := later.clock() - earlier.clock()
	days := later.day - earlier.day
	months := (later.year-earlier.year)*12 + later.month - earlier.month
	if micros < 0 {
		micros += microsPerDay
		days--
	}
	for days < 0 {
		// Days are borrowed from the month of the second argument, or, when the
		// arguments are exchanged, of the first: the earlier one either way.
		days += daysInMonth(earlier.year, earlier.month)
		months--
	}
	return interval{Months: int32(sign) * int32(months), Days: int32(sign) * int32(days), Micros: sign * micros}, nil
}

// civilOrEnd is civilOf, where infinity is the instant that PostgreSQL's 64 bits end at.
func civilOrEnd(t int64) civil {
	if t == pgtypes.TimestampInfinity {
		return civil{year: 294277, month: 1, day: 9, hour: 4, second: 54, micros: 775807}
	}
	return civilOf(t)
}

func makeDate(year, month, day int32) (int32, error) {
	bad := pgerr.New(pgerr.DatetimeFieldOverflow, "date field value out of range: %d-%02d-%02d", year, month, day)
	y := int(year)
	if y < 0 {
		y++
	} else if y == 0 {
		return 0, bad
	}
	if month < 1 || month > 12 || day < 1 || int(day) > daysInMonth(y, int(month)) {
		return 0, bad
	}
	days := dayOfCivil(y, int(month), int(day))
	if days < minDay || days >= endDay {
		return 0, pgerr.New(pgerr.DatetimeFieldOverflow, "date out of range: %d-%02d-%02d", year, month, day)
	}
	return int32(days), nil
}

func makeTime(hour, minute int32, second float64) (int64, error) {
	bad := pgerr.New(pgerr.DatetimeFieldOverflow, "time field value out of range: %d:%02d:%s", hour, minute, formatG(second))
	micros := math.RoundToEven(second * microsPerSecond)
	if hour < 0 || minute < 0 || minute > 59 || second != second || micros < 0 || micros > 60*microsPerSecond ||
		hour > 24 || hour == 24 && (minute > 0 || micros > 0) {
		return 0, bad
	}
	return int64(hour)*microsPerHour + int64(minute)*microsPerMinute + int64(micros), nil
}

// formatG is printf's %02g.
func formatG(f float64) string {
	s := strings.TrimSuffix(string(pgtypes.AppendFloat8(nil, f, -9)), "")
	if len(s) < 2 {
		s = "0" + s
	}
	return s
}

func makeTimestamp(a []pgtypes.Datum) (pgtypes.Datum, error) {
	days, err := makeDate(a[0].(int32), a[1].(int32), a[2].(int32))
	if err != nil {
		return nil, err
	}
	clock, err := makeTime(a[3].(int32), a[4].(int32), a[5].(float64))
	if err != nil {
		return nil, err
	}
	return joinTimestamp(int64(days), clock)
}

func makeTimestamptz(a []pgtypes.Datum, zone *time.Location) (pgtypes.Datum, error) {
	local, err := makeTimestamp(a)
	if err != nil {
		return nil, err
	}
	return toUTC(zone, local.(int64))
}

// timestampOfEpoch is to_timestamp(double precision).
func timestampOfEpoch(seconds float64) (int64, error) {
	switch {
	case seconds != seconds:
		return 0, pgerr.New(pgerr.DatetimeFieldOverflow, "timestamp cannot be NaN")
	case math.IsInf(seconds, 1):
		return pgtypes.TimestampInfinity, nil
	case math.IsInf(seconds, -1):
		return pgtypes.TimestampNegativeInfinity, nil
	}
	micros := math.RoundToEven(seconds * microsPerSecond)
	if micros < minTimestamp || micros >= math.MaxInt64 {
		return 0, pgerr.New(pgerr.DatetimeFieldOverflow, "timestamp out of range: \"%s\"", string(pgtypes.AppendFloat8(nil, seconds, -9)))
	}
	return int64(micros), nil
}

// binTimestamp is date_bin.
func binTimestamp(stride interval, t, origin int64) (int64, error) {
	if infinite(t) {
		return t, nil
	}
	if infinite(origin) {
		return 0, pgerr.New(pgerr.DatetimeFieldOverflow, "origin out of range")
	}
	if stride.Months != 0 {
		return 0, pgerr.New(pgerr.FeatureNotSupported, "timestamps cannot be binned into intervals containing months or years")
	}
	size, err := intApply('+', int64(stride.Days)*microsPerDay, stride.Micros)
	if err != nil {
		return 0, errIntervalRange()
	}
	if size <= 0 {
		return 0, pgerr.New(pgerr.DatetimeFieldOverflow, "stride must be greater than zero")
	}
	difference, err := intApply('-', t, origin)
	if err != nil {
		return 0, errIntervalRange()
	}
	return plusMicros(origin, floorDiv(difference, size)*size)
}

func intervalZone(i interval) (*time.Location, error) {
	if i.Months != 0 || i.Days != 0 {
		return time.UTC, pgerr.New(pgerr.InvalidParameterValue, "interval time zone \"%s\" must not include months or days",
			pgtypes.Text(pgtypes.Of(pgtypes.OIDInterval), i, pgtypes.DefaultStyle()))
	}
	return time.FixedZone("", int(i.Micros/microsPerSecond)), nil
}

// zoneOf finds a zone by abbreviation, name or POSIX specification.
func zoneOf(name string) (*time.Location, error) {
	upper := strings.ToUpper(name)
	for _, a := range pgbuiltin.TimeZoneAbbreviations() {
		if a.Abbreviation == upper {
			return time.FixedZone(upper, clockSeconds(a.Offset)), nil
		}
	}
	if zone, ok := pgtypes.LoadZone(name); ok {
		return zone, nil
	}
	// A bare displacement is POSIX's, which counts west.
	if digits := strings.TrimLeft(name, "+-"); len(name)-len(digits) <= 1 && digits != "" && strings.Trim(digits, "0123456789:") == "" {
		sign := map[bool]string{true: "-", false: "+"}[name[0] == '-']
		if zone, ok := pgtypes.LoadZone("<x>" + sign + digits); ok {
			return zone, nil
		}
	}
	return time.UTC, pgerr.New(pgerr.InvalidParameterValue, "time zone \"%s\" not recognized", name)
}

func shiftTimeTZ(t timetz, west int32) timetz {
	return timetz{Micros: wrapDay(t.Micros + int64(t.ZoneWest-west)*microsPerSecond), ZoneWest: west}
}

// overlaps is (a, b) OVERLAPS (c, d); either end of a period may come first, and
// one may be NULL.
func overlaps(c *call, args []pgtypes.Datum) (pgtypes.Datum, error) {
	oid := c.args[0].OID
	less := func(a, b pgtypes.Datum) bool { return pgtypes.Compare(oid, a, b) < 0 }
	order := func(a, b pgtypes.Datum) (start, end pgtypes.Datum, ok bool) {
		if a == nil {
			a, b = b, nil
		}
		if a == nil {
			return nil, nil, false
		}
		if b != nil && less(b, a) {
			a, b = b, a
		}
		return a, b, true
	}
	s1, e1, ok1 := order(args[0], args[1])
	s2, e2, ok2 := order(args[2], args[3])
	if !ok1 || !ok2 {
		return nil, nil
	}
	if less(s1, s2) {
		s1, e1, s2, e2 = s2, e2, s1, e1
	}
	if pgtypes.Compare(oid, s1, s2) == 0 {
		if e1 == nil || e2 == nil {
			return nil, nil
		}
		return true, nil
	}
	// Now the second period starts first.
	if e2 == nil {
		return nil, nil
	}
	if less(s1, e2) {
		return true, nil
	}
	if e1 == nil {
		return nil, nil
	}
	return false, nil
}

// clockSeconds reads [-]hh:mm:ss.
func clockSeconds(s string) int {
	digits, negative := strings.CutPrefix(s, "-")
	total := 0
	for _, field := range strings.Split(digits, ":") {
		n, err := strconv.Atoi(field)
		if err != nil {
			return 0
		}
		total = total*60 + n
	}
	if negative {
		return -total
	}
	return total
}
