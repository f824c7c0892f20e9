package mysql

import (
	sqldriver "database/sql/driver"

	"github.com/sqlgateway/gateway/internal/batch"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// The driver spells dates and times as "YYYY-MM-DD[ HH:MM:SS[.f…]]". The server
// stores days that do not exist, 0000-00-00 and 2024-00-15 among them: they are
// errors.

func noSuchDay(v sqldriver.Value) error {
	return pgerr.New(pgerr.DatetimeFieldOverflow, "date/time field value out of range: \"%s\"", textOf(v))
}

func decodeDate(c *batch.Column, v sqldriver.Value) error {
	text := textOf(v)
	if len(text) < 10 {
		return noSuchDay(v)
	}
	days, ok := isoDate(text)
	if !ok {
		return noSuchDay(v)
	}
	c.Int32(days)
	return nil
}

func decodeTimestamp(c *batch.Column, v sqldriver.Value) error {
	text := textOf(v)
	if len(text) < 10 {
		return noSuchDay(v)
	}
	days, ok := isoDate(text)
	if !ok {
		return noSuchDay(v)
	}
	micros := int64(0)
	if len(text) > 10 {
		if micros, ok = clock(text[11:]); !ok {
			return noSuchDay(v)
		}
	}
	c.Int64(int64(days)*86_400_000_000 + micros)
	return nil
}

// decodeInterval reads TIME, which reaches from -838:59:59 to 838:59:59.
func decodeInterval(c *batch.Column, v sqldriver.Value) error {
	text := textOf(v)
	negative := len(text) > 0 && text[0] == '-'
	if negative {
		text = text[1:]
	}
	micros, ok := clock(text)
	if !ok {
		return wrongValue("interval", v)
	}
	if negative {
		micros = -micros
	}
	b := pgtypes.IntervalBytes(pgtypes.Interval{Micros: micros})
	c.Fixed(b[:])
	return nil
}

// clock reads "H…:MM:SS[.f…]" as microseconds.
func clock(b []byte) (micros int64, ok bool) {
	hours, i := int64(0), 0
	for ; i < len(b) && b[i] >= '0' && b[i] <= '9'; i++ {
		hours = hours*10 + int64(b[i]-'0')
	}
	if i == 0 || i > 3 || len(b) < i+6 || b[i] != ':' || b[i+3] != ':' {
		return 0, false
	}
	minutes, ok1 := twoDigits(b[i+1:])
	seconds, ok2 := twoDigits(b[i+4:])
	fraction := int64(0)
	if rest := b[i+6:]; len(rest) > 0 {
		if rest[0] != '.' || len(rest) > 7 {
			return 0, false
		}
		for j := 1; j <= 6; j++ {
			fraction *= 10
			if j < len(rest) {
				fraction += int64(rest[j] - '0')
			}
		}
	}
	return (hours*3600+int64(minutes*60+seconds))*1_000_000 + fraction, ok1 && ok2
}

// isoDate reads "YYYY-MM-DD" as days since 1970-01-01.
func isoDate(b []byte) (days int32, ok bool) {
	century, ok1 := twoDigits(b)
	rest, ok2 := twoDigits(b[2:])
	month, ok3 := twoDigits(b[5:])
	day, ok4 := twoDigits(b[8:])
	year := century*100 + rest
	if !ok1 || !ok2 || !ok3 || !ok4 || year == 0 || month < 1 || month > 12 || day < 1 || day > monthDays(year, month) {
		return 0, false
	}
	return int32(daysFromCivil(year, month, day)), true
}

func twoDigits(b []byte) (int, bool) {
	hi, lo := b[0]-'0', b[1]-'0'
	return int(hi)*10 + int(lo), hi <= 9 && lo <= 9
}

func monthDays(year, month int) int {
	if month == 2 && (year%4 == 0 && year%100 != 0 || year%400 == 0) {
		return 29
	}
	return [...]int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[month-1]
}

// daysFromCivil counts from 1970-01-01, with years that begin in March so that the
// leap day is the last.
func daysFromCivil(year, month, day int) int {
	if month <= 2 {
		year--
		month += 12
	}
	era := year / 400
	inEra := year % 400
	inYear := (153*(month-3)+2)/5 + day - 1
	return era*146097 + inEra*365 + inEra/4 - inEra/100 + inYear - 719468
}
