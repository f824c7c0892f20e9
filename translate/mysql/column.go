package mysql

import (
	"strconv"
	"strings"

	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// maxVarchar is the longest VARCHAR of four-byte characters that fits a row.
const maxVarchar = 16383

// columnType declares a column so that it is read back as the same type; "" where the
// server has none for it: its TIME is read as an interval, and MariaDB's JSON is text.
func columnType(d *translate.Dialect) func(pgtypes.Type) string {
	text := " CHARACTER SET utf8mb4 COLLATE " + d.TextCollation
	maria := d.Product == MariaDB
	return func(t pgtypes.Type) string {
		switch t.OID {
		case pgtypes.OIDBool:
			return "tinyint(1)"
		case pgtypes.OIDInt2:
			return "smallint"
		case pgtypes.OIDInt4:
			return "int"
		case pgtypes.OIDInt8:
			return "bigint"
		case pgtypes.OIDFloat4:
			return "float"
		case pgtypes.OIDFloat8:
			return "double"
		case pgtypes.OIDNumeric:
			return decimalType(t)
		case pgtypes.OIDText:
			return "longtext" + text
		case pgtypes.OIDVarchar, pgtypes.OIDBpchar:
			return characterType(t, text)
		case pgtypes.OIDBytea:
			return "longblob"
		case pgtypes.OIDDate:
			return "date"
		case pgtypes.OIDTimestamp:
			return "datetime(" + fraction(t) + ")"
		case pgtypes.OIDTimestamptz:
			// NULL keeps old servers from adding a default of their own.
			return "timestamp(" + fraction(t) + ") NULL"
		case pgtypes.OIDInterval:
			if t.Typmod < 0 {
				return "time(6)"
			}
		case pgtypes.OIDUUID:
			if maria && d.Version.AtLeast(10, 7) {
				return "uuid"
			}
		}
		return ""
	}
}

func fraction(t pgtypes.Type) string {
	if t.Typmod < 0 {
		return "6"
	}
	return strconv.Itoa(int(t.Typmod))
}

func decimalType(t pgtypes.Type) string {
	precision, scale, limited := pgtypes.NumericTypmod(t.Typmod)
	if !limited || precision > 65 || scale < 0 || scale > 30 || scale > precision {
		return ""
	}
	return "decimal(" + strconv.Itoa(precision) + "," + strconv.Itoa(scale) + ")"
}

func characterType(t pgtypes.Type, text string) string {
	length := int(t.Typmod) - 4
	switch {
	case t.OID == pgtypes.OIDBpchar && length > 0 && length <= 255:
		return "char(" + strconv.Itoa(length) + ")" + text
	case t.OID == pgtypes.OIDVarchar && length > 0 && length <= maxVarchar:
		return "varchar(" + strconv.Itoa(length) + ")" + text
	case t.OID == pgtypes.OIDVarchar && t.Typmod < 0:
		return "longtext" + text
	}
	return ""
}

// keyType is how a column that numbers its rows is declared.
func keyType(t pgtypes.Type) string {
	switch t.OID {
	case pgtypes.OIDInt2:
		return "smallint NOT NULL PRIMARY KEY AUTO_INCREMENT"
	case pgtypes.OIDInt4:
		return "int NOT NULL PRIMARY KEY AUTO_INCREMENT"
	default:
		return "bigint NOT NULL PRIMARY KEY AUTO_INCREMENT"
	}
}

// currentTime is the default of a column that takes the time of its insertion.
func currentTime(t pgtypes.Type) string {
	switch t.OID {
	case pgtypes.OIDDate:
		return "(current_date)"
	case pgtypes.OIDTimestamp, pgtypes.OIDTimestamptz:
		return "current_timestamp(" + fraction(t) + ")"
	}
	return ""
}

// value writes a constant as a default. The parentheses are for texts and blobs, which
// take a default only as an expression.
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
		return "(X'" + strings.TrimPrefix(pgtypes.Text(pgtypes.Of(pgtypes.OIDBytea), v, pgtypes.DefaultStyle()), `\x`) + "')"
	case int64:
		if t.OID == pgtypes.OIDTimestamptz {
			t = pgtypes.Of(pgtypes.OIDTimestamp) // the session's zone is UTC
		}
	}
	text := "'" + strings.ReplaceAll(pgtypes.Text(t, v, pgtypes.DefaultStyle()), "'", "''") + "'"
	if t.OID == pgtypes.OIDText || t.OID == pgtypes.OIDVarchar && t.Typmod < 0 {
		return "(" + text + ")"
	}
	return text
}
