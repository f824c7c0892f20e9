package pgcatalog

import (
	"context"
	"strings"

	"github.com/sqlgateway/gateway/catalog"
	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// grammarTypes are the names of types that the grammar knows beside pg_type's.
var grammarTypes = map[string]uint32{
	"int": pgtypes.OIDInt4, "integer": pgtypes.OIDInt4, "bigint": pgtypes.OIDInt8, "smallint": pgtypes.OIDInt2,
	"decimal": pgtypes.OIDNumeric, "dec": pgtypes.OIDNumeric, "real": pgtypes.OIDFloat4, "float": pgtypes.OIDFloat8,
	"double precision": pgtypes.OIDFloat8, "boolean": pgtypes.OIDBool, "char": pgtypes.OIDBpchar, "character": pgtypes.OIDBpchar,
	"character varying": pgtypes.OIDVarchar, "char varying": pgtypes.OIDVarchar, "nchar": pgtypes.OIDBpchar,
	"bit varying": pgtypes.OIDVarbit, "timestamp without time zone": pgtypes.OIDTimestamp, "timestamp with time zone": pgtypes.OIDTimestamptz,
	"time without time zone": pgtypes.OIDTime, "time with time zone": pgtypes.OIDTimetz,
}

// typeNamed finds a built-in type by a name as SQL writes it: nil for none.
func typeNamed(text string) *pgbuiltin.Type {
	text, array := strings.CutSuffix(strings.TrimSpace(text), "[]")
	if open, end := strings.IndexByte(text, '('), strings.IndexByte(text, ')'); open > 0 && end > open {
		text = strings.TrimSpace(text[:open]) + text[end+1:]
	}
	t := scalarNamed(text)
	if !array || t == nil {
		return t
	}
	return pgbuiltin.TypeByOID(t.Array)
}

func scalarNamed(text string) *pgbuiltin.Type {
	if oid, ok := grammarTypes[strings.Join(strings.Fields(strings.ToLower(text)), " ")]; ok {
		return pgbuiltin.TypeByOID(oid)
	}
	names := splitName(text)
	if len(names) > 1 && names[len(names)-2] != "pg_catalog" {
		return nil
	}
	return pgbuiltin.TypeByName("pg_catalog", names[len(names)-1])
}

// typeByName is the input of regtype.
func typeByName(ctx context.Context, env *catalog.VirtualEnv, args []pgtypes.Datum) (pgtypes.Datum, error) {
	text, _ := args[0].(string)
	if text == "-" {
		return int64(0), nil
	}
	if oid, err := pgtypes.Parse(pgtypes.Of(pgtypes.OIDOid), text, pgtypes.DefaultStyle()); err == nil {
		return oid, nil
	}
	oid, err := toType(ctx, env, args)
	if err == nil && oid == nil {
		err = pgerr.New(pgerr.UndefinedObject, "type \"%s\" does not exist", strings.Join(splitName(text), "."))
	}
	return oid, err
}

// toType is to_regtype: NULL for a name that no type has.
func toType(_ context.Context, _ *catalog.VirtualEnv, args []pgtypes.Datum) (pgtypes.Datum, error) {
	text, _ := args[0].(string)
	if t := typeNamed(text); t != nil {
		return int64(t.OID), nil
	}
	return nil, nil
}

func typeName(_ context.Context, _ *catalog.VirtualEnv, args []pgtypes.Datum) (pgtypes.Datum, error) {
	oid := number(args[0])
	if oid == 0 {
		return "-", nil
	}
	if pgbuiltin.TypeByOID(uint32(oid)) == nil { //nolint:gosec // an oid
		return pgtypes.NumericFromInt64(oid).String(), nil
	}
	return formatPlain(uint32(oid)), nil //nolint:gosec // an oid
}

// qualifiedType is the name of a type as format_type gives it: what is not on the path
// has its schema.
func qualifiedType(oid uint32, name string) string {
	if t := pgbuiltin.TypeByOID(oid); t != nil && t.Namespace != pgbuiltin.NamespacePgCatalog && !strings.Contains(name, ".") {
		return "information_schema." + name
	}
	return name
}

// formatType is format_type(oid, typmod), which is not strict: without a typmod it
// gives the standard's name of the type, with -1 one that makes the same type again.
func formatType(_ context.Context, _ *catalog.VirtualEnv, args []pgtypes.Datum) (pgtypes.Datum, error) {
	if args[0] == nil {
		return nil, nil
	}
	oid := uint32(number(args[0])) //nolint:gosec // an oid
	switch {
	case oid == 0:
		return "-", nil
	case pgbuiltin.TypeByOID(oid) == nil:
		return "???", nil
	}
	typmod, ok := args[1].(int32)
	if !ok {
		return formatPlain(oid), nil
	}
	return pgtypes.FormatType(pgtypes.Type{OID: oid, Typmod: typmod}), nil
}

// formatPlain is the name of a type of which no typmod is known.
func formatPlain(oid uint32) string {
	if element, ok := pgtypes.ElementType(oid); ok {
		return formatPlain(element) + "[]"
	}
	switch oid {
	case pgtypes.OIDBpchar:
		return "character"
	case pgtypes.OIDBit:
		return "bit"
	}
	return qualifiedType(oid, pgtypes.FormatType(pgtypes.Of(oid)))
}
