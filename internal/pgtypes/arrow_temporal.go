package pgtypes

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

func temporalDatum(arr arrow.Array, row int, t Type) (Datum, error) {
	switch a := arr.(type) {
	case *array.Date32:
		return castDatum(OIDDate, int32(a.Value(row)), t)
	case *array.Date64:
		days := floorDiv(int(a.Value(row)), 86400000)
		if int64(days)*86400000 != int64(a.Value(row)) || days != int(int32(days)) {
			return nil, pgerr.New(pgerr.DatetimeFieldOverflow, "date out of range")
		}
		return castDatum(OIDDate, int32(days), t)
	case *array.Time32:
		return temporalUnits(int64(a.Value(row)), a.DataType().(*arrow.Time32Type).Unit, OIDTime, t)
	case *array.Time64:
		return temporalUnits(int64(a.Value(row)), a.DataType().(*arrow.Time64Type).Unit, OIDTime, t)
	case *array.Timestamp:
		typ := a.DataType().(*arrow.TimestampType)
		from := OIDTimestamp
		if typ.TimeZone != "" {
			from = OIDTimestamptz
		}
		// infinity is the same in every unit.
		if v := int64(a.Value(row)); v == TimestampInfinity || v == TimestampNegativeInfinity {
			return castDatum(from, v, t)
		}
		return temporalUnits(int64(a.Value(row)), typ.Unit, from, t)
	case *array.Duration:
		micros, err := MicrosFromUnit(int64(a.Value(row)), a.DataType().(*arrow.DurationType).Unit)
		if err != nil {
			return nil, err
		}
		return castDatum(OIDInterval, Interval{Micros: micros}, t)
	case *array.MonthInterval:
		return castDatum(OIDInterval, Interval{Months: int32(a.Value(row))}, t)
	case *array.DayTimeInterval:
		v := a.Value(row)
		return castDatum(OIDInterval, Interval{Days: v.Days, Micros: int64(v.Milliseconds) * 1000}, t)
	case *array.MonthDayNanoInterval:
		v := a.Value(row)
		micros, err := MicrosFromUnit(v.Nanoseconds, arrow.Nanosecond)
		if err != nil {
			return nil, err
		}
		return castDatum(OIDInterval, Interval{Months: v.Months, Days: v.Days, Micros: micros}, t)
	}
	return nil, errArrowForm(arr, t)
}

func temporalUnits(v int64, unit arrow.TimeUnit, from uint32, t Type) (Datum, error) {
	micros, err := MicrosFromUnit(v, unit)
	if err != nil {
		return nil, err
	}
	if from != t.OID && (t.OID == OIDTimestamp || t.OID == OIDTimestamptz) && from != OIDTime {
		return ApplyTypmod(t, micros, false)
	}
	return castDatum(from, micros, t)
}

// MicrosFromUnit converts an Arrow time to microseconds: 22008 when it does not
// fit, or when nanoseconds would be lost.
func MicrosFromUnit(v int64, unit arrow.TimeUnit) (int64, error) {
	factor := int64(1)
	switch unit {
	case arrow.Second:
		factor = 1000000
	case arrow.Millisecond:
		factor = 1000
	case arrow.Nanosecond:
		if v%1000 != 0 {
			return 0, pgerr.New(pgerr.DatetimeFieldOverflow, "value has nanoseconds, which this type cannot hold").
				WithHint("Declare the column as text or bigint, or truncate it to microseconds at its source.")
		}
		return v / 1000, nil
	}
	if v > math.MaxInt64/factor || v < math.MinInt64/factor {
		return 0, errTimestampRange()
	}
	return v * factor, nil
}
