package sqlite

import (
	"strconv"
	"strings"

	"github.com/sqlgateway/gateway/internal/pgtypes"
	sqlitedialect "github.com/sqlgateway/gateway/translate/sqlite"
)

// declaredType maps a column's declared type to Postgres's. It follows SQLite's
// affinity rule, the order of its tests included, but looks closer where Postgres
// has a type of its own for what the declaration says.
func declaredType(declared string) pgtypes.Type {
	name, args := splitDeclared(declared)
	has := func(part string) bool { return strings.Contains(name, part) }
	if oid, ok := sqlitedialect.Declared[name]; ok {
		return modifiedType(oid, args)
	}
	switch {
	case name == "":
		return pgtypes.Of(pgtypes.OIDText)
	case name == "INTERVAL":
		return pgtypes.Of(pgtypes.OIDInterval)
	case has("UNSIGNED") && has("BIG"):
		return pgtypes.Type{OID: pgtypes.OIDNumeric, Typmod: pgtypes.MakeNumericTypmod(20, 0)}
	case has("INT"):
		return pgtypes.Of(pgtypes.OIDInt8)
	case has("BOOL"):
		return pgtypes.Of(pgtypes.OIDBool)
	case name == "UUID":
		return pgtypes.Of(pgtypes.OIDUUID)
	case has("JSON"):
		return pgtypes.Of(pgtypes.OIDJSON)
	case has("CHAR") || has("CLOB") || has("TEXT"):
		return characterType(name, args)
	case has("BLOB") || name == "BYTEA":
		return pgtypes.Of(pgtypes.OIDBytea)
	case has("REAL") || has("FLOA") || has("DOUB"):
		return pgtypes.Of(pgtypes.OIDFloat8)
	case has("NUMERIC") || has("DEC"):
		return numericType(args)
	default:
		return timeType(name)
	}
}

// modifiedType is a type of the dialect's own declarations with its modifier.
func modifiedType(oid uint32, args []int) pgtypes.Type {
	switch oid {
	case pgtypes.OIDNumeric:
		return numericType(args)
	case pgtypes.OIDVarchar, pgtypes.OIDBpchar:
		if len(args) == 1 && args[0] > 0 && args[0] <= maxCharacters {
			return pgtypes.Type{OID: oid, Typmod: int32(args[0]) + 4}
		}
	case pgtypes.OIDTime, pgtypes.OIDTimetz, pgtypes.OIDTimestamp, pgtypes.OIDTimestamptz:
		if len(args) == 1 && args[0] >= 0 && args[0] <= 6 {
			return pgtypes.Type{OID: oid, Typmod: int32(args[0])}
		}
	}
	return pgtypes.Of(oid)
}

// maxCharacters is the longest length that Postgres allows.
const maxCharacters = 10485760

func timeType(name string) pgtypes.Type {
	zoned := strings.HasSuffix(name, "TZ") || strings.Contains(name, "WITH TIME ZONE")
	switch {
	case strings.HasPrefix(name, "TIMESTAMP") && zoned:
		return pgtypes.Of(pgtypes.OIDTimestamptz)
	case strings.HasPrefix(name, "TIMESTAMP"), name == "DATETIME":
		return pgtypes.Of(pgtypes.OIDTimestamp)
	case strings.HasPrefix(name, "TIME") && !zoned:
		return pgtypes.Of(pgtypes.OIDTime)
	case strings.HasPrefix(name, "TIME"):
		return pgtypes.Of(pgtypes.OIDTimetz)
	case name == "DATE":
		return pgtypes.Of(pgtypes.OIDDate)
	default:
		// NUMERIC affinity under a name of no meaning: any class may be there.
		return pgtypes.Of(pgtypes.OIDText)
	}
}

func characterType(name string, args []int) pgtypes.Type {
	if len(args) == 1 && args[0] > 0 && args[0] <= maxCharacters && strings.Contains(name, "CHAR") {
		return pgtypes.Type{OID: pgtypes.OIDVarchar, Typmod: int32(args[0]) + 4}
	}
	return pgtypes.Of(pgtypes.OIDText)
}

func numericType(args []int) pgtypes.Type {
	scale := 0
	if len(args) == 2 {
		scale = args[1]
	}
	if len(args) == 0 || args[0] < 1 || args[0] > 1000 || scale < 0 || scale > 1000 {
		return pgtypes.Of(pgtypes.OIDNumeric)
	}
	return pgtypes.Type{OID: pgtypes.OIDNumeric, Typmod: pgtypes.MakeNumericTypmod(args[0], scale)}
}

// splitDeclared cuts "Decimal(10, 2)" into DECIMAL and its arguments.
func splitDeclared(declared string) (name string, args []int) {
	name, rest, _ := strings.Cut(strings.ToUpper(declared), "(")
	inside, after, _ := strings.Cut(rest, ")")
	name = strings.Join(strings.Fields(name+" "+after), " ")
	for _, arg := range strings.Split(inside, ",") {
		if n, err := strconv.Atoi(strings.TrimSpace(arg)); err == nil {
			args = append(args, n)
		}
	}
	return name, args
}
