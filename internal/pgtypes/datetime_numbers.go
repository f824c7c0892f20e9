package pgtypes

import (
	"math"
	"strconv"
	"strings"
)

// datetimeFault is why date/time text was refused; the type's input function makes
// the error of it.
type datetimeFault uint8

const (
	faultNone datetimeFault = iota
	faultFormat
	faultField
	faultMonthDay // as faultField, with a hint about DateStyle
	faultInterval
	faultDisplacement
	faultIncomplete // a time without a date
)

// leadingInt reads as strtol does in so many bits: a sign and digits. ok is false
// when the number is too large.
func leadingInt(s string, bitSize int) (v int64, rest string, ok bool) {
	i := 0
	if i < len(s) && (s[i] == '+' || s[i] == '-') {
		i++
	}
	start := i
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	if i == start {
		return 0, s, true
	}
	v, err := strconv.ParseInt(s[:i], 10, bitSize)
	return v, s[i:], err == nil
}

// fraction reads the rest of a field, from its point.
func fraction(s string) (float64, datetimeFault) {
	if s == "." {
		return 0, faultNone
	}
	for i := 1; i < len(s); i++ {
		if !isDigit(s[i]) {
			return 0, faultFormat
		}
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0, faultFormat
	}
	return v, faultNone
}

func fractionMicros(s string) (int, datetimeFault) {
	f, fault := fraction(s)
	return int(math.RoundToEven(f * 1e6)), fault
}

// clock is hours, minutes, seconds and microseconds as they were written.
type clock struct {
	hour           int64
	minute, second int
	micros         int
}

// scanClock reads h:m[:s[.f]] and m:s.f; minuteToSecond makes h:m be m:s.
func scanClock(s string, hourBits int, minuteToSecond bool) (c clock, fault datetimeFault) {
	hour, rest, ok := leadingInt(s, hourBits)
	if !ok {
		return c, faultField
	}
	if !strings.HasPrefix(rest, ":") {
		return c, faultFormat
	}
	minute, rest, ok := leadingInt(rest[1:], 32)
	if !ok {
		return c, faultField
	}
	c.hour, c.minute = hour, int(minute)
	shift := false
	switch {
	case rest == "":
		shift = minuteToSecond
	case rest[0] == '.':
		shift = true
	case rest[0] == ':':
		var second int64
		if second, rest, ok = leadingInt(rest[1:], 32); !ok {
			return c, faultField
		}
		c.second = int(second)
	default:
		return c, faultFormat
	}
	if rest != "" {
		if rest[0] != '.' {
			return c, faultFormat
		}
		if c.micros, fault = fractionMicros(rest); fault != faultNone {
			return c, fault
		}
	}
	if shift {
		if int64(int32(c.hour)) != c.hour {
			return c, faultField
		}
		c.hour, c.minute, c.second = 0, int(c.hour), c.minute
	}
	if c.hour < 0 || c.minute < 0 || c.minute > 59 || c.second < 0 || c.second > 60 {
		return c, faultField
	}
	return c, faultNone
}

// scanDisplacement reads ±h[h][:mm[:ss]] or ±hhmm as seconds east.
func scanDisplacement(s string) (east int, fault datetimeFault) {
	if s == "" || s[0] != '+' && s[0] != '-' {
		return 0, faultFormat
	}
	hour, rest, ok := leadingDigits(s[1:])
	if !ok {
		return 0, faultDisplacement
	}
	minute, second := int64(0), int64(0)
	switch {
	case strings.HasPrefix(rest, ":"):
		if minute, rest, ok = leadingDigits(rest[1:]); !ok {
			return 0, faultDisplacement
		}
		if strings.HasPrefix(rest, ":") {
			if second, rest, ok = leadingDigits(rest[1:]); !ok {
				return 0, faultDisplacement
			}
		}
	case rest == "" && len(s) > 3:
		hour, minute = hour/100, hour%100
	}
	if hour < 0 || hour > 15 || minute < 0 || minute > 59 || second < 0 || second > 59 {
		return 0, faultDisplacement
	}
	east = int(hour*3600 + minute*60 + second)
	if s[0] == '-' {
		east = -east
	}
	if rest != "" {
		return 0, faultFormat
	}
	return east, faultNone
}

func leadingDigits(s string) (int64, string, bool) { return leadingInt(s, 32) }
