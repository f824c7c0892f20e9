package sqlite

import (
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/sqlgateway/gateway/internal/batch"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// Dates and timestamps are texts. The canonical ISO forms are read here; all else
// that Postgres reads goes through its input functions. Julian days and Unix times
// are numbers, and nothing says which: they are errors.

func decodeDate(s *stmt, value uintptr, class int32, c *batch.Column) error {
	if class == sqlite3.SQLITE_TEXT {
		if b := s.bytes(value); len(b) == 10 {
			if days, ok := isoDate(b); ok {
				c.Int32(days)
				return nil
			}
		}
	}
	return parseDate(s, value, class, c)
}

var parseDate = decodeParsed(pgtypes.Of(pgtypes.OIDDate))

func decodeTimestamp(t pgtypes.Type) decoder {
	parse := decodeParsed(t)
	rounds := t.Typmod >= 0 && t.Typmod < 6
	return func(s *stmt, value uintptr, class int32, c *batch.Column) error {
		if class == sqlite3.SQLITE_TEXT && !rounds {
			if micros, ok := isoTimestamp(s.bytes(value)); ok {
				c.Int64(micros)
				return nil
			}
		}
		return parse(s, value, class, c)
	}
}

// isoTimestamp reads "YYYY-MM-DD HH:MM:SS[.f…]" with up to six digits of a second.
func isoTimestamp(b []byte) (micros int64, ok bool) {
	if len(b) < 19 || len(b) > 26 || len(b) == 20 || b[10] != ' ' && b[10] != 'T' || b[13] != ':' || b[16] != ':' {
		return 0, false
	}
	days, ok := isoDate(b[:10])
	hour, ok1 := twoDigits(b[11:])
	minute, ok2 := twoDigits(b[14:])
	second, ok3 := twoDigits(b[17:])
	if !ok || !ok1 || !ok2 || !ok3 || hour > 23 || minute > 59 || second > 59 {
		return 0, false
	}
	fraction := int64(0)
	if len(b) > 19 {
		if b[19] != '.' {
			return 0, false
		}
		for i := 20; i < 26; i++ {
			fraction *= 10
			if i < len(b) {
				if b[i] < '0' || b[i] > '9' {
					return 0, false
				}
				fraction += int64(b[i] - '0')
			}
		}
	}
	seconds := int64(days)*86400 + int64(hour*3600+minute*60+second)
	return seconds*1_000_000 + fraction, true
}

// isoDate reads "YYYY-MM-DD" as days since 1970-01-01.
func isoDate(b []byte) (days int32, ok bool) {
	century, ok1 := twoDigits(b)
	rest, ok2 := twoDigits(b[2:])
	month, ok3 := twoDigits(b[5:])
	day, ok4 := twoDigits(b[8:])
	year := century*100 + rest
	if !ok1 || !ok2 || !ok3 || !ok4 || b[4] != '-' || b[7] != '-' || year == 0 || month < 1 || month > 12 || day < 1 || day > monthDays(year, month) {
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
