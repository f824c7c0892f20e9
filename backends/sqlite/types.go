package sqlite

import (
	"strconv"
	"strings"

	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// declaredType maps a column's declared type to Postgres's. It follows SQLite's
// affinity rule, the order of its tests included, but looks closer where Postgres
// has a type of its own for what the declaration says.
func declaredType(declared string) pgtypes.Type {
	name, args := splitDeclared(declared)
	has := func(part string) bool { return strings.Contains(name, part) }
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
	if len(args) == 1 && args[0] > 0 && args[0] <= 10485760 && strings.Contains(name, "CHAR") {
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
