package main

import (
	"strings"

	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// families are the headings of the manual's chapter 9 that the page uses, in order.
var families = []string{
	"Mathematical (9.3)", "String and pattern matching (9.4, 9.7)", "Binary string (9.5)", "Bit string (9.6)",
	"Date and time (9.8, 9.9)", "Enum (9.10)", "Geometric (9.11)", "Network address (9.12)", "Text search (9.13)",
	"UUID (9.14)", "XML (9.15)", "JSON (9.16)", "Array (9.19)", "Range and multirange (9.20)",
	"Set-returning (9.25)", "System information and administration (9.26, 9.27)", "Other",
}

// byCategory maps pg_type.typcategory to a family.
var byCategory = map[byte]string{
	'N': "Mathematical (9.3)", 'S': "String and pattern matching (9.4, 9.7)", 'D': "Date and time (9.8, 9.9)",
	'T': "Date and time (9.8, 9.9)", 'V': "Bit string (9.6)", 'E': "Enum (9.10)", 'G': "Geometric (9.11)",
	'I': "Network address (9.12)", 'A': "Array (9.19)", 'R': "Range and multirange (9.20)",
}

// byType are the types whose category says too little.
var byType = map[string]string{
	"bytea": "Binary string (9.5)", "uuid": "UUID (9.14)", "xml": "XML (9.15)", "json": "JSON (9.16)", "jsonb": "JSON (9.16)",
	"jsonpath": "JSON (9.16)", "tsvector": "Text search (9.13)", "tsquery": "Text search (9.13)", "macaddr": "Network address (9.12)",
	"macaddr8": "Network address (9.12)", "anyarray": "Array (9.19)", "anycompatiblearray": "Array (9.19)",
	"anyrange": "Range and multirange (9.20)", "anymultirange": "Range and multirange (9.20)", "anyenum": "Enum (9.10)",
}

// system are the functions of sessions and catalogs, by the beginnings of names.
var system = []string{"pg_", "has_", "current_", "to_reg", "txid_", "version", "inet_", "session_user", "row_security", "set_config", "col_description", "obj_description", "shobj_description", "format_type"}

// familyOf puts a function or operator under a heading: by the first argument type
// that tells, else by the result.
func familyOf(name string, args []uint32, result uint32, set bool) string {
	for _, prefix := range system {
		if strings.HasPrefix(name, prefix) {
			return "System information and administration (9.26, 9.27)"
		}
	}
	if set && strings.HasPrefix(name, "generate_") {
		return "Set-returning (9.25)"
	}
	for _, oid := range append(append([]uint32{}, args...), result) {
		if family := familyOfType(oid); family != "" {
			return family
		}
	}
	return "Other"
}

func familyOfType(oid uint32) string {
	t := pgbuiltin.TypeByOID(oid)
	if t == nil {
		return ""
	}
	if family := byType[t.Name]; family != "" {
		return family
	}
	return byCategory[t.Category]
}

// typeName is a type's short SQL name.
func typeName(oid uint32) string { return pgtypes.FormatType(pgtypes.Of(oid)) }

func typeNames(oids []uint32) string {
	names := make([]string, len(oids))
	for i, oid := range oids {
		names[i] = typeName(oid)
	}
	return strings.Join(names, ", ")
}
