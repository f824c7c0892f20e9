package pgtypes

import "strconv"

// AppendInterval appends an interval in the style's IntervalFormat.
func AppendInterval(dst []byte, v Interval, style Style) []byte {
	p := splitInterval(v)
	switch style.IntervalFormat {
	case IntervalPostgresVerbose:
		return p.appendVerbose(dst)
	case IntervalSQLStandard:
		return p.appendSQL(dst)
	case IntervalISO8601:
		return p.appendISO(dst)
	}
	return p.appendPostgres(dst)
}

// intervalParts are an interval's fields, each with its own sign.
type intervalParts struct {
	year, month, day, hour, minute, second, micros int64
}

func splitInterval(v Interval) intervalParts {
	return intervalParts{
		year: int64(v.Months / 12), month: int64(v.Months % 12), day: int64(v.Days),
		hour: v.Micros / microsPerHour, minute: v.Micros / microsPerMinute % 60,
		second: v.Micros / microsPerSecond % 60, micros: v.Micros % microsPerSecond,
	}
}

func abs64(v int64) int64 {
	if v < 0 {
		return -v
	}
	return v
}

// appendPadded2 pads to two digits, and beyond as long as needed.
func appendPadded2(dst []byte, v int64) []byte { return appendPadded(dst, magnitude(v), 2) }

// appendPostgres appends as in 1 year -2 days +03:04:05: a plus follows a minus.
func (p intervalParts) appendPostgres(dst []byte) []byte {
	start, afterMinus := len(dst), false
	unit := func(v int64, name string) {
		if v == 0 {
			return
		}
		if len(dst) > start {
			dst = append(dst, ' ')
		}
		if afterMinus && v > 0 {
			dst = append(dst, '+')
		}
		dst = strconv.AppendInt(dst, v, 10)
		dst = append(append(dst, ' '), name...)
		if v != 1 {
			dst = append(dst, 's')
		}
		afterMinus = v < 0
	}
	unit(p.year, "year")
	unit(p.month, "mon")
	unit(p.day, "day")
	if len(dst) > start && p.hour == 0 && p.minute == 0 && p.second == 0 && p.micros == 0 {
		return dst
	}
	if len(dst) > start {
		dst = append(dst, ' ')
	}
	if p.timeNegative() {
		dst = append(dst, '-')
	} else if afterMinus {
		dst = append(dst, '+')
	}
	return p.appendClock(dst, 2)
}

func (p intervalParts) timeNegative() bool {
	return p.hour < 0 || p.minute < 0 || p.second < 0 || p.micros < 0
}

func (p intervalParts) appendClock(dst []byte, hourWidth int) []byte {
	dst = appendPadded(dst, magnitude(p.hour), hourWidth)
	dst = appendPadded2(append(dst, ':'), p.minute)
	return appendSeconds(append(dst, ':'), int(abs64(p.second)), int(abs64(p.micros)))
}

// appendVerbose appends as in @ 1 year 2 days ago: the first field's sign decides
// how the others are written.
func (p intervalParts) appendVerbose(dst []byte) []byte {
	dst = append(dst, '@')
	start, before := len(dst), false
	unit := func(v int64, name string) {
		if v == 0 {
			return
		}
		if len(dst) == start {
			before = v < 0
			v = abs64(v)
		} else if before {
			v = -v
		}
		dst = strconv.AppendInt(append(dst, ' '), v, 10)
		dst = append(append(dst, ' '), name...)
		if v != 1 {
			dst = append(dst, 's')
		}
	}
	unit(p.year, "year")
	unit(p.month, "mon")
	unit(p.day, "day")
	unit(p.hour, "hour")
	unit(p.minute, "min")
	if p.second != 0 || p.micros != 0 {
		negative := p.second < 0 || p.micros < 0
		if len(dst) == start {
			before, negative = negative, false
		} else if before {
			negative = !negative
		}
		dst = append(dst, ' ')
		if negative {
			dst = append(dst, '-')
		}
		dst = strconv.AppendInt(dst, abs64(p.second), 10)
		dst = appendFraction6(dst, int(abs64(p.micros)))
		dst = append(dst, " sec"...)
		if abs64(p.second) != 1 || p.micros != 0 {
			dst = append(dst, 's')
		}
	}
	if len(dst) == start {
		dst = append(dst, " 0"...)
	}
	if before {
		dst = append(dst, " ago"...)
	}
	return dst
}

// appendSQL appends the SQL standard's forms, and a signed triple where the
// standard has none: for mixed signs, or months together with days.
func (p intervalParts) appendSQL(dst []byte) []byte {
	hasMonths := p.year != 0 || p.month != 0
	hasTime := p.hour != 0 || p.minute != 0 || p.second != 0 || p.micros != 0
	hasDays := p.day != 0
	negative, positive := p.signs()
	switch {
	case !hasMonths && !hasDays && !hasTime:
		return append(dst, '0')
	case negative && positive || hasMonths && (hasDays || hasTime):
		dst = appendSign(dst, p.year < 0 || p.month < 0)
		dst = p.appendYearMonth(dst)
		dst = appendSign(append(dst, ' '), p.day < 0)
		dst = strconv.AppendInt(dst, abs64(p.day), 10)
		dst = appendSign(append(dst, ' '), p.timeNegative())
		return p.appendClock(dst, 1)
	}
	if negative {
		dst = append(dst, '-')
	}
	if hasMonths {
		return p.appendYearMonth(dst)
	}
	if hasDays {
		dst = strconv.AppendInt(dst, abs64(p.day), 10)
		dst = append(dst, ' ')
	}
	return p.appendClock(dst, 1)
}

func (p intervalParts) signs() (negative, positive bool) {
	for _, v := range []int64{p.year, p.month, p.day, p.hour, p.minute, p.second, p.micros} {
		negative = negative || v < 0
		positive = positive || v > 0
	}
	return negative, positive
}

func (p intervalParts) appendYearMonth(dst []byte) []byte {
	dst = strconv.AppendInt(dst, abs64(p.year), 10)
	return strconv.AppendInt(append(dst, '-'), abs64(p.month), 10)
}

func appendSign(dst []byte, negative bool) []byte {
	if negative {
		return append(dst, '-')
	}
	return append(dst, '+')
}

// appendISO appends as in P1Y2M3DT4H5M6.7S.
func (p intervalParts) appendISO(dst []byte) []byte {
	if p == (intervalParts{}) {
		return append(dst, "PT0S"...)
	}
	dst = append(dst, 'P')
	unit := func(v int64, name byte) {
		if v != 0 {
			dst = append(strconv.AppendInt(dst, v, 10), name)
		}
	}
	unit(p.year, 'Y')
	unit(p.month, 'M')
	unit(p.day, 'D')
	if p.hour == 0 && p.minute == 0 && p.second == 0 && p.micros == 0 {
		return dst
	}
	dst = append(dst, 'T')
	unit(p.hour, 'H')
	unit(p.minute, 'M')
	if p.second != 0 || p.micros != 0 {
		if p.second < 0 || p.micros < 0 {
			dst = append(dst, '-')
		}
		dst = strconv.AppendInt(dst, abs64(p.second), 10)
		dst = append(appendFraction6(dst, int(abs64(p.micros))), 'S')
	}
	return dst
}
