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

	600: "point", 601: "lseg", 602: "path", 603: "box", 604: "polygon", 628: "line", 718: "circle",
	774: "macaddr8", 2970: "txid_snapshot", 3614: "tsvector", 3615: "tsquery", 3642: "gtsvector",
	3734: "regconfig", 3769: "regdictionary", 4072: "jsonpath", 4191: "regcollation", 5038: "pg_snapshot",
	5069: "xid8", 3904: "int4range", 3906: "numrange", 3908: "tsrange", 3910: "tstzrange",
	3912: "daterange", 3926: "int8range", 4451: "int4multirange", 4532: "nummultirange",
	4533: "tsmultirange", 4534: "tstzmultirange", 4535: "datemultirange", 4536: "int8multirange",
	2280: "language_handler", 3115: "fdw_handler", 325: "index_am_handler", 269: "table_am_handler",
	3310: "tsm_handler", 3838: "event_trigger", 32: "pg_ddl_command", 3361: "pg_ndistinct",
	3402: "pg_dependencies", 5017: "pg_mcv_list", 4537: "anymultirange",
	4538: "anycompatiblemultirange", 5080: "anycompatiblerange",
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

// FormatType is format_type(t.OID, t.Typmod). Error messages name types without
// modifiers, and say character for what is bpchar here: they use TypeName.
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
		if t.Typmod > 4 {
			return name + paren(t.Typmod-4)
		}
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
