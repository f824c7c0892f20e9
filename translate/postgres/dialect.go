// Package postgres is the SQL of PostgreSQL as a source: nearly everything is
// exact, since it is the product whose answers the gateway gives.
//
// It holds no connection and no type map; those are backends/postgres's.
//
// Assumed of a session: TimeZone UTC, DateStyle ISO, IntervalStyle postgres,
// extra_float_digits 1, bytea_output hex, search_path empty.
package postgres

import (
	"strconv"
	"strings"

	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// New is the dialect of a server of a version.
func New(version translate.Version) *translate.Dialect {
	return &translate.Dialect{
		Name: "postgres", Product: "PostgreSQL", Version: version,
		Quote: '"', Placeholders: translate.DollarNumbers, Schemas: true,
		NullsClause: true, SetOps: true, SetOpAll: true, NestedSelect: true, FullJoin: true, RightJoin: true, Lateral: true, OuterInDerived: true,
		DistinctOn: true, WithTies: version.AtLeast(13, 0), Windows: true, GroupingSets: true, Locking: true,
		SetReturning: true, ValuesTable: true, FilterClause: true, ScalarQueryChecked: true, RowValues: true,
		TargetAlias: true, DefaultValues: true, EnforcesLength: true, UpdateFrom: true, OnConflict: true,
		ReturningInsert: true, ReturningUpdate: true, ReturningDelete: true,
		TextCollation: `"C"`, ByteOrdered: byteOrdered,
		Literal: literal, TypeName: typeName, Comparable: comparable, Native: true,
	}
}

// byteOrdered names the collations that order by code point.
func byteOrdered(collation string) bool {
	switch strings.ToLower(collation) {
	case "c", "posix", "c.utf-8", "c.utf8", "ucs_basic":
		return true
	}
	return false
}

// literal writes a constant with its type, so that the source resolves operators as
// the gateway did.
func literal(dst []byte, t pgtypes.Type, v pgtypes.Datum) ([]byte, bool) {
	switch v := v.(type) {
	case bool:
		return strconv.AppendBool(dst, v), true
	case int32:
		if t.OID == pgtypes.OIDInt4 && v >= 0 {
			return strconv.AppendInt(dst, int64(v), 10), true
		}
	case pgtypes.Record:
		return nil, false
	}
	name := typeName(t)
	if name == "" {
		return nil, false
	}
	text := pgtypes.Text(t, v, pgtypes.DefaultStyle())
	dst = AppendString(dst, text)
	return append(append(dst, "::"...), name...), true
}

// AppendString quotes a string so that it reads the same whatever
// standard_conforming_strings is.
func AppendString(dst []byte, s string) []byte {
	if strings.IndexByte(s, '\\') >= 0 {
		dst = append(dst, 'E')
	}
	dst = append(dst, '\'')
	for i := range len(s) {
		if s[i] == '\'' || s[i] == '\\' {
			dst = append(dst, s[i])
		}
		dst = append(dst, s[i])
	}
	return append(dst, '\'')
}

// typeName spells a built-in type; others are not known to the source by the
// gateway's name.
func typeName(t pgtypes.Type) string {
	typ := pgbuiltin.TypeByOID(t.OID)
	if typ == nil || typ.Kind == 'p' || typ.Kind == 'c' {
		return ""
	}
	if element, ok := pgtypes.ElementType(t.OID); ok && typ.IsTrueArray() {
		name := typeName(pgtypes.Type{OID: element, Typmod: t.Typmod})
		if name == "" {
			return ""
		}
		return name + "[]"
	}
	name := typ.Name
	if t.OID == pgtypes.OIDInterval && t.Typmod >= 0 {
		return ""
	}
	if t.OID == pgtypes.OIDChar {
		name = `"char"`
	}
	return name + modifier(t)
}

func modifier(t pgtypes.Type) string {
	if t.Typmod < 0 {
		return ""
	}
	number := func(n int32) string { return "(" + strconv.Itoa(int(n)) + ")" }
	switch t.OID {
	case pgtypes.OIDVarchar, pgtypes.OIDBpchar:
		if t.Typmod < 4 {
			return ""
		}
		return number(t.Typmod - 4)
	case pgtypes.OIDNumeric:
		precision, scale, ok := pgtypes.NumericTypmod(t.Typmod)
		if !ok {
			return ""
		}
		return "(" + strconv.Itoa(precision) + "," + strconv.Itoa(scale) + ")"
	case pgtypes.OIDTimestamp, pgtypes.OIDTimestamptz, pgtypes.OIDTime, pgtypes.OIDTimetz, pgtypes.OIDBit, pgtypes.OIDVarbit:
		return number(t.Typmod)
	}
	return ""
}

// comparable asks that the source's column have the type that the gateway shows:
// an enum or a domain, shown as text, has operators of its own.
func comparable(t pgtypes.Type, c *translate.TableColumn) (bool, string) {
	if c == nil || c.Facts == nil || c.Facts.NativeType == "" {
		return true, ""
	}
	if nativeOID(c.Facts.NativeType) != t.OID {
		return false, "nativeType"
	}
	return true, ""
}

// spellings are format_type's names where they are not pg_type's.
var spellings = map[string]string{
	"boolean": "bool", "smallint": "int2", "integer": "int4", "bigint": "int8", "real": "float4", "double precision": "float8",
	"character varying": "varchar", "character": "bpchar", "\"char\"": "char", "timestamp without time zone": "timestamp",
	"timestamp with time zone": "timestamptz", "time without time zone": "time", "time with time zone": "timetz",
	"bit varying": "varbit", "decimal": "numeric", "int": "int4",
}

// nativeOID reads a type as format_type writes it; 0 for one that is not built in.
func nativeOID(name string) uint32 {
	array := strings.HasSuffix(name, "[]")
	name = strings.TrimSuffix(name, "[]")
	if open := strings.IndexByte(name, '('); open >= 0 {
		shut := strings.IndexByte(name, ')')
		if shut < open {
			return 0
		}
		name = name[:open] + name[shut+1:]
	}
	name = strings.TrimPrefix(strings.TrimSpace(name), "pg_catalog.")
	if plain, ok := spellings[name]; ok {
		name = plain
	}
	if fields, ok := strings.CutPrefix(name, "interval "); ok && fields != "" {
		name = "interval"
	}
	t := pgbuiltin.TypeByName("", name)
	switch {
	case t == nil:
		return 0
	case array:
		return t.Array
	}
	return t.OID
}
