package pgtypes

import (
	"encoding/binary"
	"math"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// Bounds of the datetime types, in our counting from 1970.
const (
	microsPerDay    = 86400 * 1000000
	microsPerHour   = 3600 * 1000000
	microsPerMinute = 60 * 1000000
	microsPerSecond = 1000000

	minTimestamp = -210866803200 * 1000000 // 4714-11-24 BC
	// Postgres goes on to 294276-12-31, which microseconds from 1970 can not count: our
	// last timestamp is in 294247.
	endTimestamp = math.MaxInt64
	minDateDays  = -2440588             // 4714-11-24 BC
	endDateDays  = 2147483494 - 2440588 // 5874898-01-01
	maxZoneWest  = 16 * 3600            // no displacement reaches 16 hours
)

func errTimestampRange() error {
	return pgerr.New(pgerr.DatetimeFieldOverflow, "timestamp out of range")
}

func receiveDatetime(oid uint32, b []byte) (Datum, error) {
	switch oid {
	case OIDDate:
		raw := int32(binary.BigEndian.Uint32(b))
		days := int64(raw) + EpochDays
		if raw == DateInfinity || raw == DateNegativeInfinity {
			return raw, nil
		}
		if days < minDateDays || days >= endDateDays {
			return nil, pgerr.New(pgerr.DatetimeFieldOverflow, "date out of range")
		}
		return int32(days), nil
	case OIDTime:
		micros := int64(binary.BigEndian.Uint64(b))
		if micros < 0 || micros > microsPerDay {
			return nil, pgerr.New(pgerr.DatetimeFieldOverflow, "time out of range")
		}
		return micros, nil
	case OIDTimetz:
		return receiveTimeTZ(b)
	case OIDInterval:
		return Interval{
			Micros: int64(binary.BigEndian.Uint64(b)),
			Days:   int32(binary.BigEndian.Uint32(b[8:])),
			Months: int32(binary.BigEndian.Uint32(b[12:])),
		}, nil
	}
	raw := int64(binary.BigEndian.Uint64(b))
	if raw == TimestampInfinity || raw == TimestampNegativeInfinity {
		return raw, nil
	}
	if raw >= endTimestamp-EpochMicros || raw < minTimestamp-EpochMicros {
		return nil, errTimestampRange()
	}
	return raw + EpochMicros, nil
}

func receiveTimeTZ(b []byte) (Datum, error) {
	v := TimeTZ{Micros: int64(binary.BigEndian.Uint64(b)), ZoneWest: int32(binary.BigEndian.Uint32(b[8:]))}
	if v.Micros < 0 || v.Micros > microsPerDay {
		return nil, pgerr.New(pgerr.DatetimeFieldOverflow, "time out of range")
	}
	if v.ZoneWest <= -maxZoneWest || v.ZoneWest >= maxZoneWest {
		return nil, pgerr.New(pgerr.InvalidTimeZoneDisplacement, "time zone displacement out of range")
	}
	return v, nil
}

// IntervalBytes is an interval as its canonical Arrow form has it.
func IntervalBytes(v Interval) [16]byte {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], uint64(v.Micros))
	binary.BigEndian.PutUint32(b[8:], uint32(v.Days))
	binary.BigEndian.PutUint32(b[12:], uint32(v.Months))
	return b
}

// IntervalFromBytes reads sixteen bytes of the canonical Arrow form.
func IntervalFromBytes(b []byte) Interval {
	return Interval{
		Micros: int64(binary.BigEndian.Uint64(b)),
		Days:   int32(binary.BigEndian.Uint32(b[8:])),
		Months: int32(binary.BigEndian.Uint32(b[12:])),
	}
}

// TimeTZBytes is a timetz as its canonical Arrow form has it.
func TimeTZBytes(v TimeTZ) [12]byte {
	var b [12]byte
	binary.BigEndian.PutUint64(b[:], uint64(v.Micros))
	binary.BigEndian.PutUint32(b[8:], uint32(v.ZoneWest))
	return b
}

// TimeTZFromBytes reads twelve bytes of the canonical Arrow form.
func TimeTZFromBytes(b []byte) TimeTZ {
	return TimeTZ{Micros: int64(binary.BigEndian.Uint64(b)), ZoneWest: int32(binary.BigEndian.Uint32(b[8:]))}
}
