package eval

import (
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

const (
	microsPerSecond = 1_000_000
	microsPerMinute = 60 * microsPerSecond
	microsPerHour   = 60 * microsPerMinute
	microsPerDay    = 24 * microsPerHour
	secondsPerDay   = 86400
	// julianEpoch is the Julian day of 1970-01-01.
	julianEpoch = 2440588
	// minDay and endDay bound type date: Julian day 0, and the day after the last.
	minDay = -julianEpoch
	endDay = 2147483494 - julianEpoch
	// minTimestamp is 4714-11-24 BC; the other end is the range of int64.
	minTimestamp = minDay * microsPerDay
)

func errTimestampRange() error {
	return pgerr.New(pgerr.DatetimeFieldOverflow, "timestamp out of range")
}

func errDateRange() error { return pgerr.New(pgerr.DatetimeFieldOverflow, "date out of range") }

func infinite(micros int64) bool {
	return micros == pgtypes.TimestampInfinity || micros == pgtypes.TimestampNegativeInfinity
}

func infiniteDate(days int32) bool {
	return days == pgtypes.DateInfinity || days == pgtypes.DateNegativeInfinity
}

// civil is a point of local time in its fields; year 0 is 1 BC.
type civil struct {
	year, month, day     int
	hour, minute, second int
	micros               int
}

// civilDay is the calendar date of a day counted from 1970-01-01.
func civilDay(days int64) (year, month, day int) {
	days += 719468 // from 0000-03-01
	era := floorDiv(days, 146097)
	dayOfEra := days - era*146097
	yearOfEra := (dayOfEra - dayOfEra/1460 + dayOfEra/36524 - dayOfEra/146096) / 365
	dayOfYear := dayOfEra - (365*yearOfEra + yearOfEra/4 - yearOfEra/100)
	shifted := (5*dayOfYear + 2) / 153
	day = int(dayOfYear - (153*shifted+2)/5 + 1)
	month = int(shifted) + 3
	y := yearOfEra + era*400
	if month > 12 {
		month -= 12
		y++
	}
	return int(y), month, day
}

// dayOfCivil counts the days from 1970-01-01 to a date; month may be any number.
func dayOfCivil(year, month, day int) int64 {
	y := int64(year) + floorDiv(int64(month-1), 12)
	m := int64(month-1) - floorDiv(int64(month-1), 12)*12 + 1
	if m <= 2 {
		y--
		m += 12
	}
	era := floorDiv(y, 400)
	yearOfEra := y - era*400
	dayOfYear := (153*(m-3)+2)/5 + int64(day) - 1
	return era*146097 + yearOfEra*365 + yearOfEra/4 - yearOfEra/100 + dayOfYear - 719468
}

func civilOf(micros int64) civil {
	days := floorDiv(micros, microsPerDay)
	c := civilTime(micros - days*microsPerDay)
	c.year, c.month, c.day = civilDay(days)
	return c
}

func civilTime(micros int64) civil {
	return civil{
		hour: int(micros / microsPerHour), minute: int(micros / microsPerMinute % 60),
		second: int(micros / microsPerSecond % 60), micros: int(micros % microsPerSecond),
	}
}

func (c civil) clock() int64 {
	return int64(c.hour)*microsPerHour + int64(c.minute)*microsPerMinute + int64(c.second)*microsPerSecond + int64(c.micros)
}

// timestamp joins the fields; false means out of range.
func (c civil) timestamp() (int64, error) {
	return joinTimestamp(dayOfCivil(c.year, c.month, c.day), c.clock())
}

func joinTimestamp(days, micros int64) (int64, error) {
	const last = 106751991 // days before int64 ends
	if days > last || days < minDay {
		return 0, errTimestampRange()
	}
	t, err := intApply('+', days*microsPerDay, micros)
	if err != nil || t < minTimestamp || t == pgtypes.TimestampInfinity {
		return 0, errTimestampRange()
	}
	return t, nil
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

func daysInMonth(year, month int) int {
	return int(dayOfCivil(year, month+1, 1) - dayOfCivil(year, month, 1))
}
