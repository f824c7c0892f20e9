package mysql

import (
	sqldriver "database/sql/driver"
	"fmt"
	"math"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

func namedArgs(args []backends.Arg) ([]sqldriver.NamedValue, error) {
	named := make([]sqldriver.NamedValue, len(args))
	for i, arg := range args {
		v, err := stored(arg.Type, arg.Value)
		if err != nil {
			return nil, err
		}
		named[i] = sqldriver.NamedValue{Ordinal: i + 1, Value: v}
	}
	return named, nil
}

// stored is how a value of a Postgres type is sent: as an int64, float64, text or
// bytes. What the server's types can not hold is an error, never another value.
func stored(t pgtypes.Type, v pgtypes.Datum) (sqldriver.Value, error) {
	switch t.OID {
	case pgtypes.OIDDate:
		if days, ok := v.(int32); ok && (days == math.MinInt32 || days == math.MaxInt32) {
			return nil, unstorable(t, v)
		}
	case pgtypes.OIDTimestamp, pgtypes.OIDTimestamptz:
		if micros, ok := v.(int64); ok {
			// The server's zone is UTC; its texts have none.
			return storedTimestamp(micros)
		}
	case pgtypes.OIDTime:
	case pgtypes.OIDBit, pgtypes.OIDVarbit:
		if digits, ok := v.(string); ok {
			return storedBits(digits), nil
		}
	default:
		return storedPlain(t, v)
	}
	if v == nil {
		return nil, nil
	}
	return pgtypes.Text(t, v, pgtypes.DefaultStyle()), nil
}

func storedPlain(t pgtypes.Type, v pgtypes.Datum) (sqldriver.Value, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case bool:
		if v {
			return int64(1), nil
		}
		return int64(0), nil
	case int32:
		return int64(v), nil
	case int64:
		return v, nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, unstorable(t, v)
		}
		return v, nil
	case string:
		return v, nil
	case []byte:
		return v, nil
	case pgtypes.Numeric:
		if !v.IsFinite() {
			return nil, unstorable(t, v)
		}
		return v.String(), nil
	case pgtypes.Interval:
		return storedInterval(t, v)
	default:
		return pgtypes.Text(t, v, pgtypes.DefaultStyle()), nil
	}
}

func unstorable(t pgtypes.Type, v pgtypes.Datum) error {
	return pgerr.New(pgerr.NumericValueOutOfRange, "value \"%s\" of type %s can not be stored by MySQL",
		pgtypes.Text(t, v, pgtypes.DefaultStyle()), pgtypes.FormatType(t))
}

// maxTime is the largest TIME, 838:59:59, in microseconds.
const maxTime = (838*3600 + 59*60 + 59) * 1_000_000

// storedInterval is an interval as TIME. A day there is 24 hours; months have no
// length.
func storedInterval(t pgtypes.Type, v pgtypes.Interval) (sqldriver.Value, error) {
	micros := v.Micros + int64(v.Days)*86_400_000_000
	if v.Months != 0 || micros > maxTime || micros < -maxTime {
		return nil, unstorable(t, v)
	}
	sign := ""
	if micros < 0 {
		sign, micros = "-", -micros
	}
	seconds := micros / 1_000_000
	return fmt.Sprintf("%s%02d:%02d:%02d.%06d", sign, seconds/3600, seconds/60%60, seconds%60, micros%1_000_000), nil
}

func storedTimestamp(micros int64) (sqldriver.Value, error) {
	t := pgtypes.Of(pgtypes.OIDTimestamp)
	// Years 1 to 9999.
	if micros < -62_135_596_800_000_000 || micros >= 253_402_300_800_000_000 {
		return nil, unstorable(t, micros)
	}
	return pgtypes.Text(t, micros, pgtypes.DefaultStyle()), nil
}

// storedBits packs digits big-endian, padded in front.
func storedBits(digits string) []byte {
	out := make([]byte, (len(digits)+7)/8)
	for i := range digits {
		if at := len(out)*8 - len(digits) + i; digits[i] == '1' {
			out[at/8] |= 1 << (7 - at%8)
		}
	}
	return out
}
