package sqlite

import (
	"strconv"
	"strings"

	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// Declared are declarations of columns that stand for one Postgres type, beyond what
// SQLite's own names say. They are chosen by the affinity that SQLite reads out of
// them: text, so that no digit of a numeric is lost and the json 1.10 does not become
// a real, or one that leaves the type's text as it is.
var Declared = map[string]uint32{
	"INT2": pgtypes.OIDInt2, "INT4": pgtypes.OIDInt4, "FLOAT4": pgtypes.OIDFloat4, "OID": pgtypes.OIDOid,
	"VARCHAR": pgtypes.OIDVarchar, "BPCHAR": pgtypes.OIDBpchar, "NAME_TEXT": pgtypes.OIDName, "NUMERIC_TEXT": pgtypes.OIDNumeric,
	"JSON_TEXT": pgtypes.OIDJSON, "JSONB_TEXT": pgtypes.OIDJSONB,
	"TIME": pgtypes.OIDTime, "TIMETZ": pgtypes.OIDTimetz, "TIMESTAMP": pgtypes.OIDTimestamp, "TIMESTAMPTZ": pgtypes.OIDTimestamptz,
	"_BOOL": pgtypes.OIDBoolArray, "_BYTEA": pgtypes.OIDByteaArray, "_INT2": pgtypes.OIDInt2Array, "_INT4": pgtypes.OIDInt4Array,
	"_INT8": pgtypes.OIDInt8Array, "_FLOAT4": pgtypes.OIDFloat4Array, "_FLOAT8": pgtypes.OIDFloat8Array, "_NUMERIC": pgtypes.OIDNumericArray,
	"_TEXT": pgtypes.OIDTextArray, "_VARCHAR": pgtypes.OIDVarcharArray, "_BPCHAR": pgtypes.OIDBpcharArray, "_NAME": pgtypes.OIDNameArray,
	"_DATE": pgtypes.OIDDateArray, "_TIME": pgtypes.OIDTimeArray, "_TIMETZ": pgtypes.OIDTimetzArray,
	"_TIMESTAMP": pgtypes.OIDTimestampArray, "_TIMESTAMPTZ": pgtypes.OIDTimestamptzArray, "_INTERVAL": pgtypes.OIDIntervalArray,
	"_UUID": pgtypes.OIDUUIDArray, "_JSON": pgtypes.OIDJSONArray, "_JSONB": pgtypes.OIDJSONBArray, "_OID": pgtypes.OIDOidArray,
}

// plainNames are the types that SQLite's common names already stand for.
var plainNames = map[uint32]string{
	pgtypes.OIDBool: "BOOLEAN", pgtypes.OIDInt8: "BIGINT", pgtypes.OIDFloat8: "DOUBLE PRECISION", pgtypes.OIDText: "TEXT",
	pgtypes.OIDBytea: "BLOB", pgtypes.OIDDate: "DATE", pgtypes.OIDInterval: "INTERVAL", pgtypes.OIDUUID: "UUID",
}

var declaredNames = func() map[uint32]string {
	names := make(map[uint32]string, len(Declared)+len(plainNames))
	for name, oid := range Declared {
		names[oid] = name
	}
	for oid, name := range plainNames {
		names[oid] = name
	}
	return names
}()

// exactDigits is the number of decimal digits that NUMERIC affinity, a double, keeps.
const exactDigits = 15

// columnType declares a column so that it is read back as the same type.
func columnType(t pgtypes.Type) string {
	name, ok := declaredNames[t.OID]
	switch {
	case !ok:
		return ""
	case t.Typmod < 0:
		return name
	}
	switch t.OID {
	case pgtypes.OIDNumeric:
		precision, scale, limited := pgtypes.NumericTypmod(t.Typmod)
		if !limited || scale < 0 || scale > precision {
			return ""
		}
		if precision <= exactDigits {
			name = "NUMERIC"
		}
		return name + "(" + strconv.Itoa(precision) + "," + strconv.Itoa(scale) + ")"
	case pgtypes.OIDVarchar, pgtypes.OIDBpchar:
		return name + "(" + strconv.Itoa(int(t.Typmod)-4) + ")"
	case pgtypes.OIDTime, pgtypes.OIDTimetz, pgtypes.OIDTimestamp, pgtypes.OIDTimestamptz:
		return name + "(" + strconv.Itoa(int(t.Typmod)) + ")"
	}
	return "" // an array or interval with a modifier
}

// keyType is how a column that numbers its rows is declared: SQLite knows one way, and
// it is always 64 bits wide.
func keyType(pgtypes.Type) string { return "INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT" }

// currentTime is the default of a column that takes the time of its insertion.
func currentTime(t pgtypes.Type) string {
	switch t.OID {
	case pgtypes.OIDDate:
		return "(date('now'))"
	case pgtypes.OIDTimestamp:
		return "(strftime('%Y-%m-%d %H:%M:%f','now') || '000')"
	case pgtypes.OIDTimestamptz:
		return "(strftime('%Y-%m-%d %H:%M:%f','now') || '000+00')"
	}
	return ""
}

// value writes a constant as a default, in the form in which values are stored.
func value(t pgtypes.Type, v pgtypes.Datum) string {
	switch v := v.(type) {
	case nil:
		return "NULL"
	case bool:
		if v {
			return "1"
		}
		return "0"
	case []byte:
		return "X'" + strings.TrimPrefix(pgtypes.Text(pgtypes.Of(pgtypes.OIDBytea), v, pgtypes.DefaultStyle()), `\x`) + "'"
	}
	text := pgtypes.Text(t, v, pgtypes.DefaultStyle())
	switch t.OID {
	case pgtypes.OIDInt2, pgtypes.OIDInt4, pgtypes.OIDInt8, pgtypes.OIDOid:
		return text
	}
	// Affinity makes a number of a quoted one where the column holds numbers.
	return string(quoted(nil, text))
}
