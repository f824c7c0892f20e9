package bind

import (
	"fmt"
	"strings"

	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// standardNames are the types that format_type spells as the standard does.
var standardNames = map[uint32]string{
	pgtypes.OIDBit: "bit", pgtypes.OIDBool: "boolean", pgtypes.OIDBpchar: "character", pgtypes.OIDFloat4: "real",
	pgtypes.OIDFloat8: "double precision", pgtypes.OIDInt2: "smallint", pgtypes.OIDInt4: "integer", pgtypes.OIDInt8: "bigint",
	pgtypes.OIDNumeric: "numeric", pgtypes.OIDInterval: "interval", pgtypes.OIDTime: "time without time zone",
	pgtypes.OIDTimetz: "time with time zone", pgtypes.OIDTimestamp: "timestamp without time zone",
	pgtypes.OIDTimestamptz: "timestamp with time zone", pgtypes.OIDVarbit: "bit varying", pgtypes.OIDVarchar: "character varying",
	pgtypes.OIDChar: `"char"`,
}

// typeText is format_type_be: a type as error texts name it.
func typeText(oid uint32) string {
	if name := standardNames[oid]; name != "" {
		return name
	}
	t := pgbuiltin.TypeByOID(oid)
	switch {
	case oid == 0:
		return "-"
	case t == nil:
		return "???"
	case t.IsTrueArray():
		return typeText(t.Element) + "[]"
	case t.Namespace != pgbuiltin.NamespacePgCatalog:
		if n := pgbuiltin.NamespaceByOID(t.Namespace); n != nil {
			return n.Name + "." + t.Name
		}
	}
	return t.Name
}

// signature is func_signature_string: name(type, type).
func signature(name string, argNames []string, args []uint32) string {
	texts := make([]string, len(args))
	positional := len(args) - len(argNames)
	for i, a := range args {
		texts[i] = typeText(a)
		if i >= positional {
			texts[i] = argNames[i-positional] + " => " + texts[i]
		}
	}
	return fmt.Sprintf("%s(%s)", name, strings.Join(texts, ", "))
}

// operatorText is op_signature_string: left op right.
func operatorText(name string, left, right uint32) string {
	if left == 0 {
		return name + " " + typeText(right)
	}
	return typeText(left) + " " + name + " " + typeText(right)
}

// typeModText is format_type_with_typemod, for the types whose modifiers error
// texts show.
func typeModText(t pgtypes.Type) string {
	name := typeText(t.OID)
	if t.Typmod < 0 {
		return name
	}
	switch t.OID {
	case pgtypes.OIDNumeric:
		if precision, scale, ok := pgtypes.NumericTypmod(t.Typmod); ok {
			return fmt.Sprintf("%s(%d,%d)", name, precision, scale)
		}
	case pgtypes.OIDVarchar, pgtypes.OIDBpchar:
		return fmt.Sprintf("%s(%d)", name, t.Typmod-4)
	case pgtypes.OIDBit, pgtypes.OIDVarbit:
		return fmt.Sprintf("%s(%d)", name, t.Typmod)
	case pgtypes.OIDTime, pgtypes.OIDTimetz, pgtypes.OIDTimestamp, pgtypes.OIDTimestamptz:
		if head, tail, ok := strings.Cut(name, " "); ok {
			return fmt.Sprintf("%s(%d) %s", head, t.Typmod, tail)
		}
	}
	return name
}
