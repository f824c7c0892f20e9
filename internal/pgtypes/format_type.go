package pgtypes

import (
	"fmt"
	"strconv"
)

// typeNames are the names that format_type gives: the SQL standard's where it has one.
var typeNames = map[uint32]string{
	OIDBool: "boolean", OIDBytea: "bytea", OIDChar: `"char"`, OIDName: "name", OIDInt8: "bigint",
	OIDInt2: "smallint", OIDInt2Vector: "int2vector", OIDInt4: "integer", OIDRegproc: "regproc",
	OIDText: "text", OIDOid: "oid", OIDTid: "tid", OIDXid: "xid", OIDCid: "cid", OIDOidVector: "oidvector",
	OIDJSON: "json", OIDXML: "xml", OIDPgNodeTree: "pg_node_tree", OIDFloat4: "real",
	OIDFloat8: "double precision", OIDUnknown: "unknown", OIDMoney: "money", OIDMacaddr: "macaddr",
	OIDCIDR: "cidr", OIDInet: "inet", OIDAclitem: "aclitem", OIDBpchar: "character",
	OIDVarchar: "character varying", OIDDate: "date", OIDTime: "time without time zone",
	OIDTimestamp: "timestamp without time zone", OIDTimestamptz: "timestamp with time zone",
	OIDInterval: "interval", OIDTimetz: "time with time zone", OIDBit: "bit", OIDVarbit: "bit varying",
	OIDNumeric: "numeric", OIDRefcursor: "refcursor", OIDRegprocedure: "regprocedure",
	OIDRegoper: "regoper", OIDRegoperator: "regoperator", OIDRegclass: "regclass", OIDRegtype: "regtype",
	OIDRegrole: "regrole", OIDRegnamespace: "regnamespace", OIDRecord: "record", OIDCString: "cstring",
	OIDAny: `"any"`, OIDAnyArray: "anyarray", OIDVoid: "void", OIDTrigger: "trigger",
	OIDInternal: "internal", OIDAnyElement: "anyelement", OIDAnyNonArray: "anynonarray",
	OIDAnyEnum: "anyenum", OIDAnyRange: "anyrange", OIDAnyCompatible: "anycompatible",
	OIDAnyCompatibleArray: "anycompatiblearray", OIDAnyCompatibleNonArray: "anycompatiblenonarray",
	OIDUUID: "uuid", OIDJSONB: "jsonb", OIDPgLSN: "pg_lsn",
}

// TypeName is a built-in type's name without a modifier; "???" for an OID that is
// not built in.
func TypeName(oid uint32) string {
	if name, ok := typeNames[oid]; ok {
		return name
	}
	if element, ok := ElementType(oid); ok {
		return TypeName(element) + "[]"
	}
	if oid == 0 {
		return "-"
	}
	return "???"
}

// FormatType is format_type(t.OID, t.Typmod).
func FormatType(t Type) string {
	if element, ok := ElementType(t.OID); ok {
		return FormatType(Type{OID: element, Typmod: t.Typmod}) + "[]"
	}
	name := TypeName(t.OID)
	if t.Typmod < 0 {
		// character alone would mean character(1).
		if t.OID == OIDBpchar {
			return "bpchar"
		}
		if t.OID == OIDBit {
			return `"bit"`
		}
		return name
	}
	switch t.OID {
	case OIDBpchar, OIDVarchar:
		return name + paren(t.Typmod-4)
	case OIDBit, OIDVarbit:
		return name + paren(t.Typmod)
	case OIDNumeric:
		if precision, scale, ok := NumericTypmod(t.Typmod); ok {
			return fmt.Sprintf("numeric(%d,%d)", precision, scale)
		}
	case OIDTime, OIDTimestamp:
		return name[:4+5*b2i(t.OID == OIDTimestamp)] + paren(t.Typmod) + " without time zone"
	case OIDTimetz, OIDTimestamptz:
		return name[:4+5*b2i(t.OID == OIDTimestamptz)] + paren(t.Typmod) + " with time zone"
	case OIDInterval:
		return name + intervalModifier(t.Typmod)
	}
	return name
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func paren(n int32) string { return "(" + strconv.Itoa(int(n)) + ")" }

var intervalFields = map[int32]string{
	fieldYear: " year", fieldMonth: " month", fieldDay: " day", fieldHour: " hour",
	fieldMinute: " minute", fieldSecond: " second",
	fieldYear | fieldMonth:                           " year to month",
	fieldDay | fieldHour:                             " day to hour",
	fieldDay | fieldHour | fieldMinute:               " day to minute",
	fieldDay | fieldHour | fieldMinute | fieldSecond: " day to second",
	fieldHour | fieldMinute:                          " hour to minute",
	fieldHour | fieldMinute | fieldSecond:            " hour to second",
	fieldMinute | fieldSecond:                        " minute to second",
}

func intervalModifier(typmod int32) string {
	s := intervalFields[typmod>>16&0x7FFF]
	if precision := typmod & 0xFFFF; precision != intervalPrecision {
		s += paren(precision)
	}
	return s
}
