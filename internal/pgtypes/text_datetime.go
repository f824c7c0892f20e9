package pgtypes

import (
	"encoding/binary"
	"strconv"
	"time"
)

// civil is a date and a time of day, as the calendar has them.
type civil struct {
	year, month, day     int // year 0 is 1 BC
	hour, minute, second int
	micros               int
}

// daysToCivil converts days since 1970-01-01 to the proleptic Gregorian calendar:
// count from 1 March 0000, so that the leap day is a year's last.
func daysToCivil(days int64) (year, month, day int) {
	z := days + 719468
	era := z / 146097
	if z < 0 {
		era = (z - 146096) / 146097
	}
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	day = int(doy - (153*mp+2)/5 + 1)
	month = int(mp + 3)
	if month > 12 {
		month -= 12
	}
	year = int(yoe + era*400)
	if month <= 2 {
		year++
	}
	return year, month, day
}

// civilToDays is the inverse of daysToCivil.
func civilToDays(year, month, day int) int64 {
	y := int64(year)
	if month <= 2 {
		y--
	}
	era := y / 400
	if y < 0 {
		era = (y - 399) / 400
	}
	yoe := y - era*400
	mp := int64(month+9) % 12
	doy := (153*mp+2)/5 + int64(day) - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return era*146097 + doe - 719468
}

func timestampToCivil(micros int64) civil {
	days := micros / microsPerDay
	rest := micros - days*microsPerDay
	if rest < 0 {
		rest += microsPerDay
		days--
	}
	var c civil
	c.year, c.month, c.day = daysToCivil(days)
	seconds := uint32(rest / microsPerSecond)
	c.micros = int(rest - int64(seconds)*microsPerSecond)
	c.hour, c.minute, c.second = int(seconds/3600), int(seconds/60%60), int(seconds%60)
	return c
}

func appendTwo(dst []byte, v int) []byte {
	return append(dst, byte('0'+v/10%10), byte('0'+v%10))
}

// appendYear pads to four digits; 1 BC is year 0.
func appendYear(dst []byte, year int) []byte {
	if year <= 0 {
		year = 1 - year
	}
	if year > 9999 {
		return strconv.AppendInt(dst, int64(year), 10)
	}
	dst = appendTwo(dst, year/100)
	return appendTwo(dst, year%100)
}

// AppendDate appends a date; days count from 1970-01-01.
func AppendDate(dst []byte, days int32, style Style) []byte {
	switch days {
	case DateInfinity:
		return append(dst, "infinity"...)
	case DateNegativeInfinity:
		return append(dst, "-infinity"...)
	}
	if style.DateFormat == DateISO && days >= MinISODay && days <= MaxISODay {
		head, tail := ISODateText(days)
		return binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint64(dst, head), tail)
	}
	var c civil
	c.year, c.month, c.day = daysToCivil(int64(days))
	dst = appendCivilDate(dst, c, style)
	if c.year <= 0 {
		dst = append(dst, " BC"...)
	}
	return dst
}

// appendCivilDate appends the numeric date of a style. Timestamps in the postgres
// format do not use it: see appendPostgresTimestamp.
func appendCivilDate(dst []byte, c civil, style Style) []byte {
	first, second, mark := c.month, c.day, byte('/')
	if style.DateOrder == DateDMY {
		first, second = c.day, c.month
	}
	switch style.DateFormat {
	case DateISO:
		dst = appendYear(dst, c.year)
		dst = appendTwo(append(dst, '-'), c.month)
		return appendTwo(append(dst, '-'), c.day)
	case DateGerman:
		first, second, mark = c.day, c.month, '.'
	case DatePostgres:
		mark = '-'
	}
	dst = appendTwo(dst, first)
	dst = appendTwo(append(dst, mark), second)
	return appendYear(append(dst, mark), c.year)
}

func appendClock(dst []byte, hour, minute, second, micros int) []byte {
	dst = appendTwo(dst, hour)
	dst = appendTwo(append(dst, ':'), minute)
	return appendSeconds(append(dst, ':'), second, micros)
}

// appendSeconds appends ss and the fraction without trailing zeros.
func appendSeconds(dst []byte, second, micros int) []byte {
	return appendFraction6(appendTwo(dst, second), micros)
}

func appendFraction6(dst []byte, micros int) []byte {
	if micros == 0 {
		return dst
	}
	digits := 6
	for micros%10 == 0 {
		micros /= 10
		digits--
	}
	dst = append(dst, '.')
	return appendPadded(dst, uint64(micros), digits)
}

// AppendTime appends a time of day.
func AppendTime(dst []byte, micros int64) []byte {
	return appendClock(dst, int(micros/microsPerHour), int(micros/microsPerMinute%60),
		int(micros/microsPerSecond%60), int(micros%microsPerSecond))
}

// AppendTimeTZ appends a time of day with its displacement.
func AppendTimeTZ(dst []byte, v TimeTZ) []byte {
	return appendDisplacement(AppendTime(dst, v.Micros), int(-v.ZoneWest), false)
}

// appendDisplacement appends ±hh[:mm[:ss]] of seconds east. In the SQL, German and
// postgres formats of timetz Postgres writes the same.
func appendDisplacement(dst []byte, east int, minutes bool) []byte {
	sign := byte('+')
	if east < 0 {
		sign, east = '-', -east
	}
	dst = appendTwo(append(dst, sign), east/3600)
	if east%3600 != 0 || minutes {
		dst = appendTwo(append(dst, ':'), east/60%60)
	}
	if east%60 != 0 {
		dst = appendTwo(append(dst, ':'), east%60)
	}
	return dst
}

func appendInfinite(dst []byte, micros int64) ([]byte, bool) {
	switch micros {
	case TimestampInfinity:
		return append(dst, "infinity"...), true
	case TimestampNegativeInfinity:
		return append(dst, "-infinity"...), true
	}
	return dst, false
}

// AppendTimestamp appends a timestamp; micros count from 1970-01-01.
func AppendTimestamp(dst []byte, micros int64, style Style) []byte {
	dst, done := appendInfinite(dst, micros)
	if done {
		return dst
	}
	return appendCivil(dst, micros, style, nil)
}

// zoneAt is what a time zone says of one instant.
type zoneAt struct {
	east int
	name string
}

// AppendTimestamptz appends an instant as the style's zone shows it.
func AppendTimestamptz(dst []byte, micros int64, style Style) []byte {
	dst, done := appendInfinite(dst, micros)
	if done {
		return dst
	}
	var z zoneAt
	if style.Zone != nil && style.Zone != time.UTC {
		z.name, z.east = time.UnixMicro(micros).In(style.Zone).Zone()
	} else {
		z.name = "UTC"
	}
	return appendCivil(dst, micros+int64(z.east)*microsPerSecond, style, &z)
}

// appendISOTimestamp appends a timestamp of the years that ISODateText takes.
func appendISOTimestamp(dst []byte, micros int64) []byte {
	micros -= MinISODay * microsPerDay // not negative from here on
	days := micros / microsPerDay
	seconds := micros % microsPerDay / microsPerSecond
	head, tail := ISODateText(int32(days) + MinISODay) //nolint:gosec // below 10000 years
	var b [19]byte
	binary.LittleEndian.PutUint64(b[:], head)
	binary.LittleEndian.PutUint16(b[8:], tail)
	b[10] = ' '
	binary.LittleEndian.PutUint64(b[11:], ClockText(uint32(seconds))) //nolint:gosec // of a day
	return appendFraction6(append(dst, b[:]...), int(micros%microsPerSecond))
}

// isISOTimestamp says whether appendISOTimestamp writes it.
func isISOTimestamp(micros int64, style Style) bool {
	return style.DateFormat == DateISO && micros >= MinISODay*microsPerDay && micros < (MaxISODay+1)*microsPerDay
}

func appendCivil(dst []byte, micros int64, style Style, z *zoneAt) []byte {
	if isISOTimestamp(micros, style) {
		dst = appendISOTimestamp(dst, micros)
		if z != nil {
			dst = appendZone(dst, *z, style)
		}
		return dst
	}
	c := timestampToCivil(micros)
	if style.DateFormat == DatePostgres {
		dst = appendPostgresTimestamp(dst, c, style)
	} else {
		dst = appendCivilDate(dst, c, style)
		dst = appendClock(append(dst, ' '), c.hour, c.minute, c.second, c.micros)
	}
	if z != nil {
		dst = appendZone(dst, *z, style)
	}
	if c.year <= 0 {
		dst = append(dst, " BC"...)
	}
	return dst
}

var (
	dayNames   = [...]string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"}
	monthNames = [...]string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}
)

// appendPostgresTimestamp appends as in Wed Dec 17 07:37:16 1997.
func appendPostgresTimestamp(dst []byte, c civil, style Style) []byte {
	weekday := (civilToDays(c.year, c.month, c.day) + 4) % 7
	if weekday < 0 {
		weekday += 7
	}
	dst = append(append(dst, dayNames[weekday]...), ' ')
	if style.DateOrder == DateDMY {
		dst = appendTwo(dst, c.day)
		dst = append(append(dst, ' '), monthNames[c.month-1]...)
	} else {
		dst = append(append(dst, monthNames[c.month-1]...), ' ')
		dst = appendTwo(dst, c.day)
	}
	dst = appendClock(append(dst, ' '), c.hour, c.minute, c.second, c.micros)
	return appendYear(append(dst, ' '), c.year)
}

// appendZone appends the displacement, or outside of ISO the zone's abbreviation.
func appendZone(dst []byte, z zoneAt, style Style) []byte {
	if style.DateFormat == DateISO {
		return appendDisplacement(dst, z.east, false)
	}
	if z.name != "" && z.name[0] != '+' && z.name[0] != '-' {
		return append(append(dst, ' '), z.name...)
	}
	// Zones without an abbreviation have a number for a name; the space keeps
	// it from being read as part of the year.
	if style.DateFormat == DatePostgres {
		dst = append(dst, ' ')
	} else if z.name != "" {
		return append(append(dst, ' '), z.name...)
	}
	return appendDisplacement(dst, z.east, false)
}
