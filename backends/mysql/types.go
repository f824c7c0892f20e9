package mysql

import (
	"strings"

	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// nativeType is a column's type as information_schema spells it.
type nativeType struct {
	name      string // "bigint"
	whole     string // "bigint(20) unsigned"
	length    int    // characters
	precision int
	scale     int
	fraction  int // digits of a second
}

func modified(oid uint32, typmod int) pgtypes.Type {
	return pgtypes.Type{OID: oid, Typmod: int32(typmod)}
}

// columnType is the smallest Postgres type that holds every value of the column.
func columnType(n nativeType, tinyBool bool) pgtypes.Type {
	unsigned := strings.Contains(n.whole, "unsigned")
	switch strings.ToLower(n.name) {
	case "tinyint":
		if tinyBool && strings.HasPrefix(n.whole, "tinyint(1)") {
			return pgtypes.Of(pgtypes.OIDBool)
		}
		return pgtypes.Of(pgtypes.OIDInt2)
	case "smallint":
		return wider(unsigned, pgtypes.OIDInt2, pgtypes.OIDInt4)
	case "mediumint":
		return pgtypes.Of(pgtypes.OIDInt4)
	case "int", "integer":
		return wider(unsigned, pgtypes.OIDInt4, pgtypes.OIDInt8)
	case "bigint":
		if unsigned {
			return modified(pgtypes.OIDNumeric, int(pgtypes.MakeNumericTypmod(20, 0)))
		}
		return pgtypes.Of(pgtypes.OIDInt8)
	case "decimal", "numeric":
		return modified(pgtypes.OIDNumeric, int(pgtypes.MakeNumericTypmod(n.precision, n.scale)))
	case "float":
		return pgtypes.Of(pgtypes.OIDFloat4)
	case "double", "real":
		return pgtypes.Of(pgtypes.OIDFloat8)
	case "bit":
		return modified(pgtypes.OIDBit, max(n.precision, 1))
	case "year":
		return pgtypes.Of(pgtypes.OIDInt2)
	case "char":
		return modified(pgtypes.OIDBpchar, n.length+4)
	case "varchar":
		return modified(pgtypes.OIDVarchar, n.length+4)
	default:
		return otherType(n)
	}
}

func otherType(n nativeType) pgtypes.Type {
	switch strings.ToLower(n.name) {
	case "date":
		return pgtypes.Of(pgtypes.OIDDate)
	case "datetime":
		return timestampType(pgtypes.OIDTimestamp, n.fraction)
	case "timestamp":
		return timestampType(pgtypes.OIDTimestamptz, n.fraction)
	case "time":
		return pgtypes.Of(pgtypes.OIDInterval)
	case "binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob",
		"geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon", "geometrycollection":
		return pgtypes.Of(pgtypes.OIDBytea)
	case "json":
		return pgtypes.Of(pgtypes.OIDJSON)
	case "uuid":
		return pgtypes.Of(pgtypes.OIDUUID)
	case "inet4", "inet6":
		return pgtypes.Of(pgtypes.OIDInet)
	default: // the texts, enum, set, and what later versions bring
		return pgtypes.Of(pgtypes.OIDText)
	}
}

func wider(unsigned bool, signed, larger uint32) pgtypes.Type {
	if unsigned {
		return pgtypes.Of(larger)
	}
	return pgtypes.Of(signed)
}

// timestampType leaves out a precision of 6, which is Postgres's own.
func timestampType(oid uint32, fraction int) pgtypes.Type {
	if fraction == 6 {
		return pgtypes.Of(oid)
	}
	return modified(oid, fraction)
}
