package sqlite

import (
	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// bindArgs binds the parameters of a query.
func (s *stmt) bindArgs(args []backends.Arg) error {
	for i, arg := range args {
		if err := s.bind(i+1, stored(arg.Type, arg.Value)); err != nil {
			return err
		}
	}
	return nil
}

// stored is how a value of a Postgres type stands in SQLite: booleans as 0 and 1,
// dates, times and all that SQLite has no class for as the text of ISO style.
func stored(t pgtypes.Type, v pgtypes.Datum) any {
	switch v := v.(type) {
	case nil:
		return nil
	case bool:
		if v {
			return int64(1)
		}
		return int64(0)
	case int32:
		if t.OID != pgtypes.OIDDate {
			return int64(v)
		}
	case int64:
		switch t.OID {
		case pgtypes.OIDTime, pgtypes.OIDTimestamp, pgtypes.OIDTimestamptz:
		default:
			return v
		}
	case float64:
		return v
	case string:
		return v
	case []byte:
		if t.OID == pgtypes.OIDBytea {
			return v
		}
	case pgtypes.Numeric:
		return storedNumeric(v)
	}
	return pgtypes.Text(t, v, pgtypes.DefaultStyle())
}

// storedNumeric is an integer or a double when that is exact, the text otherwise.
func storedNumeric(n pgtypes.Numeric) any {
	if !n.IsFinite() {
		return n.String()
	}
	trimmed := n.TrimScale()
	coefficient, scale, small := trimmed.Small()
	if small && scale == 0 {
		return coefficient
	}
	if small && coefficient > -1e15 && coefficient < 1e15 {
		if f, err := trimmed.Float64(); err == nil {
			return f
		}
	}
	return n.String()
}

// typeName is a type's name in messages.
func typeName(t pgtypes.Type) string {
	names := map[uint32]string{
		pgtypes.OIDDate: "date", pgtypes.OIDTime: "time", pgtypes.OIDTimetz: "time with time zone",
		pgtypes.OIDTimestamp: "timestamp", pgtypes.OIDTimestamptz: "timestamp with time zone",
		pgtypes.OIDInterval: "interval", pgtypes.OIDUUID: "uuid", pgtypes.OIDJSON: "json", pgtypes.OIDJSONB: "jsonb",
		pgtypes.OIDBpchar: "character", pgtypes.OIDName: "name", pgtypes.OIDXML: "xml",
	}
	if name, ok := names[t.OID]; ok {
		return name
	}
	return "text"
}

// lossyNumeric refuses to write a numeric that the column's NUMERIC affinity would
// round to a double.
func lossyNumeric(column string, v any) error {
	if _, text := v.(string); !text {
		return nil
	}
	return pgerr.New(pgerr.NumericValueOutOfRange, "numeric value \"%s\" does not fit column \"%s\"", v, column).
		WithDetail("SQLite would keep it as a double, with 15 digits.").
		WithHint("Declare the column TEXT to keep every digit.")
}
