package pgtypes

// Sources that keep dates as text spell nearly all of them one way. The readers here
// take that way alone and quickly; what they refuse belongs to Parse.

// ParseISODate reads "YYYY-MM-DD", years 0001 to 9999, as days since 1970-01-01.
func ParseISODate(b []byte) (days int32, ok bool) {
	if len(b) != 10 || b[4] != '-' || b[7] != '-' {
		return 0, false
	}
	century, ok1 := twoDigits(b)
	rest, ok2 := twoDigits(b[2:])
	month, ok3 := twoDigits(b[5:])
	day, ok4 := twoDigits(b[8:])
	year := century*100 + rest
	if !ok1 || !ok2 || !ok3 || !ok4 || year == 0 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month) {
		return 0, false
	}
	return int32(civilToDays(year, month, day)), true //nolint:gosec // at most four digits of a year
}

// ParseISOTimestamp reads "YYYY-MM-DD HH:MM:SS[.f…]", or with a T between, with up to six
// digits of a second, as microseconds since 1970-01-01.
func ParseISOTimestamp(b []byte) (micros int64, ok bool) {
	if len(b) < 19 || b[10] != ' ' && b[10] != 'T' || b[13] != ':' || b[16] != ':' {
		return 0, false
	}
	days, ok := ParseISODate(b[:10])
	hour, ok1 := twoDigits(b[11:])
	minute, ok2 := twoDigits(b[14:])
	second, ok3 := twoDigits(b[17:])
	if !ok || !ok1 || !ok2 || !ok3 || hour > 23 || minute > 59 || second > 59 {
		return 0, false
	}
	fraction, ok := ParseISOFraction(b[19:])
	seconds := int64(days)*86400 + int64(hour*3600+minute*60+second)
	return seconds*1_000_000 + fraction, ok
}

// ParseISOFraction reads "" or ".f…", up to six digits of a second, as microseconds.
func ParseISOFraction(b []byte) (micros int64, ok bool) {
	if len(b) == 0 {
		return 0, true
	}
	if len(b) == 1 || len(b) > 7 || b[0] != '.' {
		return 0, false
	}
	for i := 1; i <= 6; i++ {
		micros *= 10
		if i >= len(b) {
			continue
		}
		if b[i] < '0' || b[i] > '9' {
			return 0, false
		}
		micros += int64(b[i] - '0')
	}
	return micros, true
}

func twoDigits(b []byte) (int, bool) {
	hi, lo := b[0]-'0', b[1]-'0'
	return int(hi)*10 + int(lo), hi <= 9 && lo <= 9
}
