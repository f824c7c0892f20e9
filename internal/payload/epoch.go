package payload

import (
	"math"

	"github.com/sqlgateway/gateway/internal/batch"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// units are the microseconds of a unit; those of a nanosecond are negative: so many
// make a microsecond.
var units = map[string]int64{"": 0, "days": microsPerDay, "s": 1_000_000, "ms": 1000, "us": 1, "ns": -1000}

const microsPerDay = 24 * 60 * 60 * 1_000_000

// The bounds of timestamps in microseconds since 1970: 4714-11-24 BC to 294276 AD.
const (
	firstTimestamp = -210866803200000000
	endTimestamp   = 9223371331200000000
)

// appendEpoch appends a number of units since 1970 (or midnight) to a column of a time.
func appendEpoch(c *batch.Column, t pgtypes.Type, v, unit int64) error {
	micros := v
	switch {
	case unit < 0:
		if v%-unit != 0 {
			return pgerr.New(pgerr.DatetimeFieldOverflow, "the time has nanoseconds, which %s can not hold", pgtypes.FormatType(t)).
				WithHint("Declare the column as bigint.")
		}
		micros = v / -unit
	case v > math.MaxInt64/unit || v < math.MinInt64/unit:
		return errTimeRange(t)
	default:
		micros = v * unit
	}
	switch t.OID {
	case pgtypes.OIDDate:
		days := floorDiv(micros, microsPerDay)
		if micros < firstTimestamp || days >= math.MaxInt32 || days*microsPerDay != micros {
			return pgerr.New(pgerr.DatetimeFieldOverflow, "date out of range: %d microseconds since 1970 are no date", micros)
		}
		c.Int32(int32(days))
		return nil
	case pgtypes.OIDTime:
		if micros < 0 || micros > microsPerDay {
			return errTimeRange(t)
		}
	default:
		if micros < firstTimestamp || micros >= endTimestamp {
			return errTimeRange(t)
		}
	}
	if t.Typmod < 0 || t.Typmod >= 3 && unit >= 1000 {
		c.Int64(micros)
		return nil
	}
	rounded, err := pgtypes.ApplyTypmod(t, micros, false)
	if err != nil {
		return err
	}
	return c.Datum(t, rounded)
}

func errTimeRange(t pgtypes.Type) error {
	name := "timestamp" // Postgres says so of timestamptz too
	if t.OID == pgtypes.OIDDate || t.OID == pgtypes.OIDTime {
		name = pgtypes.TypeName(t.OID)
	}
	return pgerr.New(pgerr.DatetimeFieldOverflow, "%s out of range", name)
}

func floorDiv(v, by int64) int64 {
	q := v / by
	if v%by < 0 {
		q--
	}
	return q
}
