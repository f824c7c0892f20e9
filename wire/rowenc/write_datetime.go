package rowenc

import (
	"encoding/binary"
	"time"

	"github.com/sqlgateway/gateway/internal/pgtypes"
)

func writeDates(buf []byte, ends []int, lengths []int32, values []int32) {
	for i, length := range lengths {
		if length < 0 {
			putNull(buf, ends, i)
			continue
		}
		head, tail := pgtypes.ISODateText(values[i])
		b := buf[ends[i]-10 : ends[i]]
		binary.LittleEndian.PutUint64(b, head)
		binary.LittleEndian.PutUint16(b[8:], tail)
		putLength(buf, ends, i, 10)
	}
}

// isoUTC says that the column's timestamps are written in ISO format without a look at
// a time zone.
func (c *column) isoUTC() bool {
	zone := c.style.Zone
	return c.style.DateFormat == pgtypes.DateISO && (c.form == formTimestampText || zone == nil || zone == time.UTC)
}

// zone is what follows a timestamp.
func (c *column) zone() string {
	if c.form == formTimestamptzText {
		return "+00"
	}
	return ""
}

// writeTimestamps keeps the text of the day, which neighbours mostly share.
func (c *column) writeTimestamps(buf []byte, ends []int, lengths []int32, from int) {
	values := c.i64[from : from+len(lengths)]
	zone := c.zone()
	zoned := zone != ""
	day := int64(-1)
	var head uint64
	var tail uint16
	for i, length := range lengths {
		if length < 0 {
			putNull(buf, ends, i)
			continue
		}
		u := values[i] - timestampBase
		if u < day*microsPerDay || u-day*microsPerDay >= microsPerDay || day < 0 {
			day = u / microsPerDay
			head, tail = pgtypes.ISODateText(int32(day) + pgtypes.MinISODay) //nolint:gosec // measured
		}
		rest := u - day*microsPerDay
		seconds := rest / microsPerSecond
		b := buf[ends[i]-int(length) : ends[i]]
		if zoned {
			copy(b[len(b)-len(zone):], zone)
		}
		if micros := uint32(rest - seconds*microsPerSecond); micros != 0 { //nolint:gosec // below a million
			text, digits := pgtypes.FractionText(micros)
			// Its last digit is the last byte of the store; what comes before is written next.
			binary.LittleEndian.PutUint64(b[12+digits:], text<<(64-8*uint(digits))) //nolint:gosec // 1 to 6
			b[19] = '.'
		}
		binary.LittleEndian.PutUint64(b[11:], pgtypes.ClockText(uint32(seconds))) //nolint:gosec // of a day
		binary.LittleEndian.PutUint64(b, head)
		b[10] = ' '
		binary.LittleEndian.PutUint16(b[8:], tail)
		putLength(buf, ends, i, int(length))
	}
}
