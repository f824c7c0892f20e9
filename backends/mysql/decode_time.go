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
	days, ok := pgtypes.ParseISODate(textOf(v))
	if !ok {
		return noSuchDay(v)
	}
	c.Int32(days)
	return nil
}

func decodeTimestamp(c *batch.Column, v sqldriver.Value) error {
	text := textOf(v)
	if days, ok := pgtypes.ParseISODate(text); ok {
		c.Int64(int64(days) * 86_400_000_000)
		return nil
	}
	micros, ok := pgtypes.ParseISOTimestamp(text)
	if !ok {
		return noSuchDay(v)
	}
	c.Int64(micros)
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
	fraction, ok3 := pgtypes.ParseISOFraction(b[i+6:])
	return (hours*3600+int64(minutes*60+seconds))*1_000_000 + fraction, ok1 && ok2 && ok3
}

func twoDigits(b []byte) (int, bool) {
	hi, lo := b[0]-'0', b[1]-'0'
	return int(hi)*10 + int(lo), hi <= 9 && lo <= 9
}
