package pgtypes

import (
	"strconv"
	"strings"
)

// isoNumber reads [-]digits[.digits] from an ISO 8601 duration.
func isoNumber(s string) (v int64, fractional float64, rest string, ok bool) {
	if s == "" || !isDigit(s[0]) && s[0] != '-' && s[0] != '.' {
		return 0, 0, s, false
	}
	sign := int64(1)
	if s[0] == '-' {
		sign = -1
		s = s[1:]
	}
	end := 0
	for end < len(s) && isDigit(s[end]) {
		end++
	}
	if end > 0 {
		n, err := strconv.ParseInt(s[:end], 10, 64)
		if err != nil {
			return 0, 0, s, false
		}
		v = n * sign
	}
	seen := end > 0
	s = s[end:]
	if strings.HasPrefix(s, ".") {
		end = 1
		for end < len(s) && isDigit(s[end]) {
			end++
		}
		if end > 1 {
			f, _ := strconv.ParseFloat(s[:end], 64)
			fractional = f * float64(sign)
			seen = true
			s = s[end:]
		}
	}
	return v, fractional, s, seen
}

// isoDigits counts the digits that a field begins with.
func isoDigits(s string) int {
	s = strings.TrimPrefix(s, "-")
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return n
}

// parseISO8601 reads P1Y2M3DT4H5M6S, P0001-02-03T04:05:06 and P00010203T040506.
func (s *intervalSum) parseISO8601(text string) datetimeFault {
	if len(text) < 2 || text[0] != 'P' {
		return faultFormat
	}
	rest := text[1:]
	date, have := true, false
	for rest != "" {
		if rest[0] == 'T' {
			date, have, rest = false, false, rest[1:]
			continue
		}
		field := rest
		v, f, after, ok := isoNumber(rest)
		if !ok {
			return faultFormat
		}
		unit := byte(0)
		if after != "" {
			unit, after = after[0], after[1:]
		}
		units := isoTimeUnits
		if date {
			units = isoDateUnits
		}
		if u, ok := units[unit]; ok {
			if _, fault := s.add(u, v, f); fault != faultNone {
				return fault
			}
			rest, have = after, true
			continue
		}
		if date {
			next, done, fault := s.isoAlternativeDate(field, v, f, unit, after, have)
			if fault != faultNone || done {
				return fault
			}
			date, have, rest = false, false, next
			continue
		}
		return s.isoAlternativeTime(field, v, f, unit, after, have)
	}
	return faultNone
}

var (
	isoDateUnits = map[byte]int{'Y': unitYear, 'M': unitMonth, 'W': unitWeek, 'D': unitDay}
	isoTimeUnits = map[byte]int{'H': unitHour, 'M': unitMinute, 'S': unitSecond}
)

func (s *intervalSum) addAll(parts ...isoPart) datetimeFault {
	for _, p := range parts {
		if _, fault := s.add(p.unit, p.v, p.f); fault != faultNone {
			return fault
		}
	}
	return faultNone
}

type isoPart struct {
	unit int
	v    int64
	f    float64
}

// isoAlternativeDate reads yyyymmdd or yyyy[-mm[-dd]]; rest is what follows a T.
func (s *intervalSum) isoAlternativeDate(field string, v int64, f float64, unit byte, after string, have bool) (rest string, done bool, fault datetimeFault) {
	if unit != 0 && unit != 'T' && unit != '-' {
		return "", false, faultFormat
	}
	if unit != '-' && isoDigits(field) == 8 && !have {
		fault = s.addAll(isoPart{unitYear, v / 10000, 0}, isoPart{unitMonth, v / 100 % 100, 0}, isoPart{unitDay, v % 100, f})
		return after, unit == 0, fault
	}
	if have {
		return "", false, faultFormat
	}
	if fault = s.addAll(isoPart{unitYear, v, f}); fault != faultNone || unit != '-' {
		return after, unit == 0, fault
	}
	for _, u := range []int{unitMonth, unitDay} {
		v, f, next, ok := isoNumber(after)
		if !ok {
			return "", false, faultFormat
		}
		if fault = s.addAll(isoPart{u, v, f}); fault != faultNone {
			return "", false, fault
		}
		switch {
		case next == "":
			return "", true, faultNone
		case next[0] == 'T':
			return next[1:], false, faultNone
		case next[0] != '-' || u == unitDay:
			return "", false, faultFormat
		}
		after = next[1:]
	}
	return "", false, faultFormat
}

// isoAlternativeTime reads hhmmss or hh[:mm[:ss]], which end the text.
func (s *intervalSum) isoAlternativeTime(field string, v int64, f float64, unit byte, after string, have bool) datetimeFault {
	if unit != 0 && unit != ':' || have {
		return faultFormat
	}
	if unit == 0 && isoDigits(field) == 6 {
		fault := s.addAll(isoPart{unitHour, v / 10000, 0}, isoPart{unitMinute, v / 100 % 100, 0}, isoPart{unitSecond, v % 100, 0})
		if fault == faultNone && !s.addFractionMicros(f, 1) {
			fault = faultField
		}
		return fault
	}
	if fault := s.addAll(isoPart{unitHour, v, f}); fault != faultNone || unit == 0 {
		return fault
	}
	for _, u := range []int{unitMinute, unitSecond} {
		v, f, next, ok := isoNumber(after)
		if !ok {
			return faultFormat
		}
		if fault := s.addAll(isoPart{u, v, f}); fault != faultNone || next == "" {
			return fault
		}
		if next[0] != ':' {
			return faultFormat
		}
		after = next[1:]
	}
	return faultFormat
}
