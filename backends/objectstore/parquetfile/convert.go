package parquetfile

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/apache/arrow-go/v18/arrow/float16"
	"github.com/apache/arrow-go/v18/parquet/schema"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// convertFunc turns n dense stored values into n dense Arrow values. Both sides
// are little-endian, as Parquet and Arrow are.
type convertFunc func(dst, src []byte, n int) error

func load32(b []byte, i int) int32     { return int32(binary.LittleEndian.Uint32(b[4*i:])) }
func load64(b []byte, i int) int64     { return int64(binary.LittleEndian.Uint64(b[8*i:])) }
func store64(b []byte, i int, v int64) { binary.LittleEndian.PutUint64(b[8*i:], uint64(v)) }

func store128(b []byte, i int, hi int64, lo uint64) {
	binary.LittleEndian.PutUint64(b[16*i:], lo)
	binary.LittleEndian.PutUint64(b[16*i+8:], uint64(hi))
}

func uint32ToInt64(dst, src []byte, n int) error {
	for i := range n {
		store64(dst, i, int64(uint32(load32(src, i))))
	}
	return nil
}

func int32ToInt16(dst, src []byte, n int) error {
	for i := range n {
		v := load32(src, i)
		if v != int32(int16(v)) {
			return pgerr.New(pgerr.NumericValueOutOfRange, "value \"%d\" is out of range for type smallint", v)
		}
		binary.LittleEndian.PutUint16(dst[2*i:], uint16(v))
	}
	return nil
}

func millis32ToMicros(dst, src []byte, n int) error {
	for i := range n {
		store64(dst, i, int64(load32(src, i))*1000)
	}
	return nil
}

func int32ToDecimal(dst, src []byte, n int) error {
	for i := range n {
		v := int64(load32(src, i))
		store128(dst, i, v>>63, uint64(v))
	}
	return nil
}

func int64ToDecimal(dst, src []byte, n int) error {
	for i := range n {
		v := load64(src, i)
		store128(dst, i, v>>63, uint64(v))
	}
	return nil
}

func uint64ToDecimal(dst, src []byte, n int) error {
	for i := range n {
		store128(dst, i, 0, uint64(load64(src, i)))
	}
	return nil
}

// toMicros is the conversion of a time unit, nil for microseconds themselves.
func toMicros(unit schema.TimeUnitType, truncate bool) convertFunc {
	switch unit {
	case schema.TimeUnitMillis:
		return millisToMicros
	case schema.TimeUnitNanos:
		return func(dst, src []byte, n int) error { return nanosToMicros(dst, src, n, truncate) }
	default:
		return nil
	}
}

func millisToMicros(dst, src []byte, n int) error {
	for i := range n {
		v := load64(src, i)
		if v > math.MaxInt64/1000 || v < math.MinInt64/1000 {
			return pgerr.New(pgerr.DatetimeFieldOverflow, "timestamp out of range: %d milliseconds since 1970", v)
		}
		store64(dst, i, v*1000)
	}
	return nil
}

func nanosToMicros(dst, src []byte, n int, truncate bool) error {
	for i := range n {
		v := load64(src, i)
		q := v / 1000
		if q*1000 != v {
			if !truncate {
				return nanosecondsError(v)
			}
			if v < 0 {
				q--
			}
		}
		store64(dst, i, q)
	}
	return nil
}

func nanosecondsError(v int64) error {
	return pgerr.New(pgerr.DatetimeFieldOverflow, "value of %d nanoseconds has digits below the microsecond", v).
		WithHint("Set truncate_nanoseconds to drop them.")
}

// int96ToMicros reads the timestamps of old Impala and Spark: nanoseconds of the
// day, then the Julian day.
func int96ToMicros(truncate bool) convertFunc {
	const unixEpochJulianDay, microsPerDay = 2440588, 86400000000
	return func(dst, src []byte, n int) error {
		for i := range n {
			nanos := int64(binary.LittleEndian.Uint64(src[12*i:]))
			day := int64(binary.LittleEndian.Uint32(src[12*i+8:]))
			if nanos%1000 != 0 && !truncate {
				return nanosecondsError(nanos)
			}
			days := day - unixEpochJulianDay
			if days > math.MaxInt64/microsPerDay-1 || days < math.MinInt64/microsPerDay+1 {
				return pgerr.New(pgerr.DatetimeFieldOverflow, "timestamp out of range: Julian day %d", day)
			}
			store64(dst, i, days*microsPerDay+nanos/1000)
		}
		return nil
	}
}

func halfToFloat(dst, src []byte, n int) error {
	for i := range n {
		v := float16.FromBits(binary.LittleEndian.Uint16(src[2*i:])).Float32()
		binary.LittleEndian.PutUint32(dst[4*i:], math.Float32bits(v))
	}
	return nil
}

// toInterval turns months, days and milliseconds into Postgres's binary interval.
func toInterval(dst, src []byte, n int) error {
	for i := range n {
		months := binary.LittleEndian.Uint32(src[12*i:])
		days := binary.LittleEndian.Uint32(src[12*i+4:])
		millis := binary.LittleEndian.Uint32(src[12*i+8:])
		if months > math.MaxInt32 || days > math.MaxInt32 {
			return pgerr.New(pgerr.DatetimeFieldOverflow, "interval out of range")
		}
		binary.BigEndian.PutUint64(dst[16*i:], uint64(millis)*1000)
		binary.BigEndian.PutUint32(dst[16*i+8:], days)
		binary.BigEndian.PutUint32(dst[16*i+12:], months)
	}
	return nil
}

// bigEndianToDecimal reads two's complement numbers of a fixed length.
func bigEndianToDecimal(length int) convertFunc {
	return func(dst, src []byte, n int) error {
		for i := range n {
			hi, lo, err := decimalOf(src[length*i : length*(i+1)])
			if err != nil {
				return err
			}
			store128(dst, i, hi, lo)
		}
		return nil
	}
}

var errWideDecimal = errors.New("a decimal that its precision does not allow")

func decimalOf(b []byte) (hi int64, lo uint64, err error) {
	var sign byte
	if len(b) > 0 && b[0]&0x80 != 0 {
		sign = 0xff
	}
	for len(b) > 16 {
		if b[0] != sign {
			return 0, 0, errWideDecimal
		}
		b = b[1:]
	}
	var wide [16]byte
	for i := range 16 - len(b) {
		wide[i] = sign
	}
	copy(wide[16-len(b):], b)
	hi, lo = int64(binary.BigEndian.Uint64(wide[:])), binary.BigEndian.Uint64(wide[8:])
	if (hi < 0) != (sign != 0) {
		return 0, 0, errWideDecimal
	}
	return hi, lo, nil
}

// appendDecimal is one stored byte-array decimal as 16 bytes.
func appendDecimal(dst, value []byte) ([]byte, error) {
	hi, lo, err := decimalOf(value)
	dst = binary.LittleEndian.AppendUint64(dst, lo)
	return binary.LittleEndian.AppendUint64(dst, uint64(hi)), err
}

func appendBytes(dst, value []byte) ([]byte, error) { return append(dst, value...), nil }

// appendNumeric is one stored decimal of more than 38 digits in Postgres's binary form.
func appendNumeric(scale int) func(dst, value []byte) ([]byte, error) {
	return func(dst, value []byte) ([]byte, error) {
		return pgtypes.NumericFromBig(bigOf(value), scale).AppendBinary(dst), nil
	}
}
