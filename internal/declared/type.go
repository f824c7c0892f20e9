package declared

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// typeNames are the spellings of the grammar that are not names of pg_type.
var typeNames = map[string]string{
	"boolean": "bool", "smallint": "int2", "integer": "int4", "int": "int4", "bigint": "int8", "real": "float4",
	"double precision": "float8", "float": "float8", "decimal": "numeric", "character varying": "varchar",
	"timestamp without time zone": "timestamp", "timestamp with time zone": "timestamptz",
	"time without time zone": "time", "char": "bpchar", "character": "bpchar",
}

// declarable are the types that columns may be declared with.
var declarable = map[uint32]bool{
	pgtypes.OIDBool: true, pgtypes.OIDInt2: true, pgtypes.OIDInt4: true, pgtypes.OIDInt8: true,
	pgtypes.OIDFloat4: true, pgtypes.OIDFloat8: true, pgtypes.OIDNumeric: true, pgtypes.OIDText: true,
	pgtypes.OIDVarchar: true, pgtypes.OIDBytea: true, pgtypes.OIDDate: true, pgtypes.OIDTime: true,
	pgtypes.OIDTimestamp: true, pgtypes.OIDTimestamptz: true, pgtypes.OIDInterval: true, pgtypes.OIDUUID: true,
	pgtypes.OIDJSON: true, pgtypes.OIDJSONB: true,
}

// Type reads a declared type, as in numeric(12,2) and timestamp(3) with time zone.
func Type(text string) (pgtypes.Type, error) {
	name, rest, modified := strings.Cut(strings.ToLower(strings.TrimSpace(text)), "(")
	modifier, behind, closed := strings.Cut(rest, ")")
	name = strings.TrimSpace(strings.TrimSpace(name) + " " + strings.TrimSpace(behind))
	if canonical, ok := typeNames[name]; ok {
		name = canonical
	}
	found := pgbuiltin.TypeByName("pg_catalog", name)
	if found == nil || !declarable[found.OID] || modified && !closed {
		return pgtypes.Type{}, fmt.Errorf("type %q can not be declared here", text)
	}
	t := pgtypes.Of(found.OID)
	if !modified {
		return t, nil
	}
	var numbers []int
	for _, part := range strings.Split(modifier, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil {
			return t, fmt.Errorf("type %q: the modifier must be numbers", text)
		}
		numbers = append(numbers, n)
	}
	switch {
	case t.OID == pgtypes.OIDNumeric && len(numbers) <= 2 && numbers[0] >= 1 && numbers[0] <= 1000:
		t.Typmod = pgtypes.MakeNumericTypmod(numbers[0], append(numbers, 0)[1])
	case t.OID == pgtypes.OIDVarchar && len(numbers) == 1 && numbers[0] >= 1 && numbers[0] <= 10485760:
		t.Typmod = int32(numbers[0]) + 4
	case isTime(t.OID) && len(numbers) == 1 && numbers[0] >= 0 && numbers[0] <= 6:
		t.Typmod = int32(numbers[0])
	default:
		return t, fmt.Errorf("type %q: this modifier is not for this type", text)
	}
	return t, nil
}

func isTime(oid uint32) bool {
	return oid == pgtypes.OIDTime || oid == pgtypes.OIDTimestamp || oid == pgtypes.OIDTimestamptz
}

// TypeOrArray is Type that also reads arrays, as in text[].
func TypeOrArray(text string) (pgtypes.Type, error) {
	element, array := strings.CutSuffix(strings.TrimSpace(text), "[]")
	t, err := Type(element)
	if err != nil || !array {
		return t, err
	}
	oid, ok := pgtypes.ArrayType(t.OID)
	if !ok {
		return pgtypes.Type{}, fmt.Errorf("type %q can not be declared here", text)
	}
	return pgtypes.Type{OID: oid, Typmod: t.Typmod}, nil
}

// TypeName spells a type for messages.
func TypeName(t pgtypes.Type) string {
	if found := pgbuiltin.TypeByOID(t.OID); found != nil {
		return found.Name
	}
	return strconv.Itoa(int(t.OID))
}
