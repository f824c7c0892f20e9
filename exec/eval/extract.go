package eval

import (
	"math"
	"strings"
	"time"

	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// unitNames are the spellings of the fields of EXTRACT and date_trunc. Postgres
// looks only at the first ten characters.
var unitNames = func() map[string]string {
	m := map[string]string{}
	for unit, spellings := range map[string]string{
		"century": "c cent centuries century", "day": "d day days", "decade": "dec decade decades decs",
		"hour": "h hour hours hr hrs", "microsecond": "microsecon us usec usecs usecond useconds",
		"millennium": "mil millennia millennium mils", "millisecond": "millisecon ms msec msecs msecond mseconds",
		"minute": "m min mins minute minutes", "month": "mon mons month months", "quarter": "qtr quarter",
		"second": "s sec secs second seconds", "timezone": "timezone", "timezone_hour": "timezone_h",
		"timezone_minute": "timezone_m", "week": "w week weeks", "year": "y year years yr yrs",
		"epoch": "epoch", "dow": "dow", "doy": "doy", "isodow": "isodow", "isoyear": "isoyear", "julian": "j jd julian",
	} {
		for _, s := range strings.Fields(spellings) {
			m[s] = unit
		}
	}
	return m
}()

// unitOf resolves the spelling of a field; "" is none.
func unitOf(text string) string {
	if unit, ok := unitNames[text]; ok {
		return unit
	}
	lower := strings.ToLower(text)
	return unitNames[lower[:min(10, len(lower))]]
}

func errUnit(text, unit string, oid uint32) error {
	lower := strings.ToLower(text)
	if unit == "" {
		return pgerr.New(pgerr.InvalidParameterValue, "unit \"%s\" not recognized for type %s", lower, pgtypes.FormatType(pgtypes.Of(oid)))
	}
	return pgerr.New(pgerr.FeatureNotSupported, "unit \"%s\" not supported for type %s", lower, pgtypes.FormatType(pgtypes.Of(oid)))
}

// part is a field's value: number/10^scale, or for julian the float and numeric
// that only it needs.
type part struct {
	number int64
	scale  int
	julian bool  // number days and clock microseconds
	clock  int64 // of julian
	// exact, if set, is what date_part gives where its rounding differs.
	exact *float64
}

func (p part) numeric() numeric {
	if p.julian {
		rest, err := numericOf(p.clock).Div(numericOf(microsPerDay))
		if err != nil {
			return numericOf(p.number)
		}
		sum, _ := numericOf(p.number).Add(rest)
		return sum
	}
	return pgtypes.NewNumeric(p.number, p.scale)
}

func (p part) float() float64 {
	switch {
	case p.exact != nil:
		return *p.exact
	case p.julian:
		seconds := float64(p.clock/microsPerSecond) + float64(p.clock%microsPerSecond)/1e6
		return float64(p.number) + seconds/secondsPerDay
	}
	return float64(p.number) / math.Pow10(p.scale)
}

func numericOf(x int64) numeric { return pgtypes.NumericFromInt64(x) }

// clockPart are the fields of a time of day; ok is false for another.
func clockPart(unit string, c civil) (part, bool) {
	seconds := int64(c.second)*microsPerSecond + int64(c.micros)
	switch unit {
	case "microsecond":
		return part{number: seconds}, true
	case "millisecond":
		return part{number: seconds, scale: 3}, true
	case "second":
		return part{number: seconds, scale: 6}, true
	case "minute":
		return part{number: int64(c.minute)}, true
	case "hour":
		return part{number: int64(c.hour)}, true
	}
	return part{}, false
}

// datePart are the fields of a date; ok is false for another.
func datePart(unit string, days int64, c civil) (part, bool) {
	y := int64(c.year)
	switch unit {
	case "day":
		return part{number: int64(c.day)}, true
	case "month":
		return part{number: int64(c.month)}, true
	case "quarter":
		return part{number: int64(c.month-1)/3 + 1}, true
	case "week":
		_, week := isoWeek(days)
		return part{number: int64(week)}, true
	case "year":
		return part{number: withoutZero(y)}, true
	case "isoyear":
		year, _ := isoWeek(days)
		return part{number: withoutZero(int64(year))}, true
	case "decade":
		if y < 0 {
			return part{number: -((8 - (y - 1)) / 10)}, true
		}
		return part{number: y / 10}, true
	case "century":
		return part{number: yearGroup(y, 100)}, true
	case "millennium":
		return part{number: yearGroup(y, 1000)}, true
	case "dow":
		return part{number: weekday(days) % 7}, true
	case "isodow":
		return part{number: weekday(days)}, true
	case "doy":
		return part{number: days - dayOfCivil(c.year, 1, 1) + 1}, true
	}
	return part{}, false
}

func withoutZero(year int64) int64 {
	if year <= 0 {
		return year - 1
	}
	return year
}

func yearGroup(y, n int64) int64 {
	if y > 0 {
		return (y + n - 1) / n
	}
	return -((n - 1 - (y - 1)) / n)
}

// weekday is 1 for Monday to 7 for Sunday.
func weekday(days int64) int64 { return days + 3 - floorDiv(days+3, 7)*7 + 1 }

// isoWeek is the ISO 8601 year and week of a day.
func isoWeek(days int64) (year, week int) {
	thursday := days - weekday(days) + 4
	year, _, _ = civilDay(thursday)
	return year, int(thursday-dayOfCivil(year, 1, 1))/7 + 1
}

// infinitePart is a field of an infinite date or timestamp: infinity for those
// that grow with time, NULL for the rest.
func infinitePart(text string, positive bool, oid uint32) (numeric, error) {
	switch unit := unitOf(text); unit {
	case "year", "decade", "century", "millennium", "julian", "isoyear", "epoch":
		if positive {
			return pgtypes.NumericInfinity, nil
		}
		return pgtypes.NumericNegativeInfinity, nil
	case "microsecond", "millisecond", "second", "minute", "hour":
		if oid == pgtypes.OIDDate {
			return numeric{}, errUnit(text, unit, oid)
		}
		return numeric{}, errNull
	case "day", "month", "quarter", "week", "dow", "isodow", "doy":
		return numeric{}, errNull
	case "timezone", "timezone_hour", "timezone_minute":
		if oid == pgtypes.OIDDate {
			return numeric{}, errUnit(text, unit, oid)
		}
		return numeric{}, errNull
	default:
		return numeric{}, errUnit(text, unit, oid)
	}
}

func extractDate(text string, d int32) (part, error) {
	unit := unitOf(text)
	c := civil{}
	c.year, c.month, c.day = civilDay(int64(d))
	switch unit {
	case "epoch":
		return part{number: int64(d) * secondsPerDay}, nil
	case "julian":
		return part{number: int64(d) + julianEpoch}, nil
	}
	if p, ok := datePart(unit, int64(d), c); ok {
		return p, nil
	}
	return part{}, errUnit(text, unit, pgtypes.OIDDate)
}

// extractTimestamp takes a local time; west and utc are those of a timestamptz.
func extractTimestamp(text string, local, utc int64, west int32, oid uint32) (part, error) {
	unit := unitOf(text)
	days := floorDiv(local, microsPerDay)
	c := civilOf(local)
	if p, ok := clockPart(unit, c); ok {
		return p, nil
	}
	if p, ok := datePart(unit, days, c); ok {
		return p, nil
	}
	switch unit {
	case "epoch":
		return part{number: utc, scale: 6}, nil
	case "julian":
		return part{number: days + julianEpoch, clock: local - days*microsPerDay, julian: true}, nil
	}
	if oid == pgtypes.OIDTimestamptz {
		if p, ok := zonePart(unit, west); ok {
			return p, nil
		}
	}
	return part{}, errUnit(text, unit, oid)
}

func zonePart(unit string, west int32) (part, bool) {
	switch unit {
	case "timezone":
		return part{number: int64(-west)}, true
	case "timezone_hour":
		return part{number: int64(-west / 3600)}, true
	case "timezone_minute":
		return part{number: int64(-west % 3600 / 60)}, true
	}
	return part{}, false
}

func extractTime(text string, micros int64) (part, error) {
	unit := unitOf(text)
	if unit == "epoch" {
		return part{number: micros, scale: 6}, nil
	}
	if p, ok := clockPart(unit, civilTime(micros)); ok {
		return p, nil
	}
	return part{}, errUnit(text, unit, pgtypes.OIDTime)
}

func extractTimeTZ(text string, t timetz) (part, error) {
	unit := unitOf(text)
	if unit == "epoch" {
		return part{number: t.Micros + int64(t.ZoneWest)*microsPerSecond, scale: 6}, nil
	}
	if p, ok := clockPart(unit, civilTime(t.Micros)); ok {
		return p, nil
	}
	if p, ok := zonePart(unit, t.ZoneWest); ok {
		return p, nil
	}
	return part{}, errUnit(text, unit, pgtypes.OIDTimetz)
}

func extractInterval(text string, i interval) (part, error) {
	unit := unitOf(text)
	months, years := int64(i.Months%12), int64(i.Months/12)
	if p, ok := clockPart(unit, civilTime(i.Micros)); ok {
		return p, nil
	}
	switch unit {
	case "day":
		return part{number: int64(i.Days)}, nil
	case "month":
		return part{number: months}, nil
	case "quarter":
		return part{number: months/3 + 1}, nil
	case "year":
		return part{number: years}, nil
	case "decade":
		return part{number: years / 10}, nil
	case "century":
		return part{number: years / 100}, nil
	case "millennium":
		return part{number: years / 1000}, nil
	case "epoch":
		// A year is 365.25 days, a month 30: quarters of days keep it whole.
		seconds := (1461*years + 120*months + 4*int64(i.Days)) * (secondsPerDay / 4)
		float := float64(i.Micros)/1e6 + 365.25*secondsPerDay*float64(years) + 30*secondsPerDay*float64(months) + secondsPerDay*float64(i.Days)
		return part{number: seconds*microsPerSecond + i.Micros, scale: 6, exact: &float}, nil
	}
	return part{}, errUnit(text, unit, pgtypes.OIDInterval)
}

// partFunctions makes both functions over one type: EXTRACT gives numeric,
// date_part a float.
func partFunctions[T any](extract func(c *call, text string, x T) (part, numeric, error)) (toNumeric, toFloat builtin) {
	toNumeric = withNarrowing(f2c(func(c *call, text string, x T) (numeric, error) {
		p, special, err := extract(c, text, x)
		if err != nil || !special.IsFinite() {
			return special, err
		}
		return p.numeric(), nil
	}))
	toNumeric.run = fastParts(extract, toNumeric.run)
	toFloat = f2c(func(c *call, text string, x T) (float64, error) {
		p, special, err := extract(c, text, x)
		switch {
		case err != nil:
			return 0, err
		case !special.IsFinite():
			return math.Inf(special.Sign()), nil
		}
		return p.float(), nil
	})
	return toNumeric, toFloat
}

// fastParts fills scaled integers while every row has the same scale, which one
// unit gives unless a value is infinite.
func fastParts[T any](extract func(c *call, text string, x T) (part, numeric, error), slow kernel) kernel {
	from := accessOf[T]()
	return func(c *call, dst *vector.Vector, args []*vector.Vector, sel []int32, n int) error {
		if !args[0].Const {
			return slow(c, dst, args, sel, n)
		}
		text, m := stringAt(args[0], 0), rowIndex(args[1])
		dst.Alloc(vector.FormDecimal, n)
		scale := -1
		err := eachRow(sel, n, func(row int) error {
			p, special, err := extract(c, text, from.get(args[1], row&m))
			switch {
			case err != nil:
				return err
			case !special.IsFinite(), p.julian, scale >= 0 && p.scale != scale:
				return errMixedScales
			}
			scale = p.scale
			dst.I64[row] = p.number
			return nil
		})
		if err != nil { // an error, or a NULL, is the slow way's to give
			return slow(c, dst, args, sel, n)
		}
		dst.Scale = int32(max(scale, 0))
		return nil
	}
}

// errMixedScales sends a batch the slow way.
var errMixedScales = pgerr.Internal("parts of different scales")

func timestampParts(c *call, text string, t int64) (part, numeric, error) {
	if infinite(t) {
		x, err := infinitePart(text, t > 0, pgtypes.OIDTimestamp)
		return part{}, x, err
	}
	p, err := extractTimestamp(text, t, t, 0, pgtypes.OIDTimestamp)
	return p, numeric{}, err
}

func timestamptzParts(c *call, text string, t int64) (part, numeric, error) {
	if infinite(t) {
		x, err := infinitePart(text, t > 0, pgtypes.OIDTimestamptz)
		return part{}, x, err
	}
	local := toLocal(c.zone(), t)
	p, err := extractTimestamp(text, local, t, int32((t-local)/microsPerSecond), pgtypes.OIDTimestamptz)
	return p, numeric{}, err
}

func dateParts(_ *call, text string, d int32) (part, numeric, error) {
	if infiniteDate(d) {
		x, err := infinitePart(text, d > 0, pgtypes.OIDDate)
		return part{}, x, err
	}
	p, err := extractDate(text, d)
	return p, numeric{}, err
}

// localDay is the day that the session's clock shows now.
func (c *call) localDay() int32 {
	return int32(floorDiv(toLocal(c.zone(), c.ctx.TransactionTime), microsPerDay))
}

func clockNow() int64 { return time.Now().UnixMicro() }
