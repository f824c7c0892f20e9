package pgtypes

import (
	"time"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

func errDatetimeSyntax(typeName, text string) error {
	return pgerr.New(pgerr.InvalidDatetimeFormat, "invalid input syntax for type %s: \"%s\"", typeName, text)
}

func parseISO(text, typeName string, layouts ...string) (time.Time, error) {
	for _, l := range layouts {
		if v, err := time.Parse(l, text); err == nil {
			return v, nil
		}
	}
	return time.Time{}, errDatetimeSyntax(typeName, text)
}

func parseDate(text string, _ Style) (int32, error) {
	v, err := parseISO(text, "date", "2006-01-02")
	return int32(v.Unix() / 86400), err
}

func parseTime(text string, _ Style) (int64, error) {
	v, err := parseISO(text, "time", "15:04:05")
	return v.UnixMicro() - v.Truncate(24*time.Hour).UnixMicro(), err
}

func parseTimeTZ(text string, s Style) (TimeTZ, error) {
	v, err := parseTime(text, s)
	return TimeTZ{Micros: v}, err
}

func parseTimestamp(text string, _ Style) (int64, error) {
	v, err := parseISO(text, "timestamp", "2006-01-02 15:04:05", "2006-01-02")
	return v.UnixMicro(), err
}

func parseTimestamptz(text string, _ Style) (int64, error) {
	v, err := parseISO(text, "timestamp with time zone", "2006-01-02 15:04:05Z07", "2006-01-02 15:04:05", "2006-01-02")
	return v.UnixMicro(), err
}

func parseInterval(text string, _ int32, _ Style) (Interval, error) {
	d, err := time.ParseDuration(text)
	if err != nil {
		return Interval{}, errDatetimeSyntax("interval", text)
	}
	return Interval{Micros: d.Microseconds()}, nil
}
