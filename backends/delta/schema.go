package delta

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/sqlgateway/gateway/internal/declared"
	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// dataType is a type of a table's schema.
type dataType struct {
	name string // the type's own word: "long", "decimal(10,2)", "struct", "array", "map"

	fields     []field   // of a struct
	key, value *dataType // of a map; value also of an array
}

// field is a column, or a part of a struct.
type field struct {
	name     string
	typ      dataType
	nullable bool
	metadata map[string]json.RawMessage
}

// Keys of a field's metadata.
const (
	metaPhysicalName = "delta.columnMapping.physicalName"
	metaFieldID      = "delta.columnMapping.id"
	metaInvariants   = "delta.invariants"
	metaGenerated    = "delta.generationExpression"
	metaIdentity     = "delta.identity.start"
	metaDefault      = "CURRENT_DEFAULT"
	metaComment      = "comment"
	// metaType is the Postgres type of a column that Delta has no type for: its values
	// are the type's text.
	metaType = "gateway.type"
)

// UnmarshalJSON implements json.Unmarshaler.
func (t *dataType) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		return json.Unmarshal(data, &t.name)
	}
	var nested struct {
		Type    string
		Fields  []field
		Element *dataType `json:"elementType"`
		Key     *dataType `json:"keyType"`
		Value   *dataType `json:"valueType"`
	}
	if err := json.Unmarshal(data, &nested); err != nil {
		return err
	}
	t.name, t.fields, t.key, t.value = nested.Type, nested.Fields, nested.Key, nested.Value
	switch {
	case t.name == "array" && nested.Element != nil:
		t.value = nested.Element
	case t.name == "struct", t.name == "map" && t.key != nil && t.value != nil:
	default:
		return fmt.Errorf("a type %q that is not whole", nested.Type)
	}
	return nil
}

// UnmarshalJSON implements json.Unmarshaler.
func (f *field) UnmarshalJSON(data []byte) error {
	plain := struct {
		Name     *string
		Type     *dataType
		Nullable bool
		Metadata map[string]json.RawMessage
	}{Nullable: true}
	if err := json.Unmarshal(data, &plain); err != nil {
		return err
	}
	if plain.Name == nil || plain.Type == nil {
		return fmt.Errorf("a field without a name or a type")
	}
	f.name, f.typ, f.nullable, f.metadata = *plain.Name, *plain.Type, plain.Nullable, plain.Metadata
	return nil
}

// text is a text of the field's metadata, "" if there is none.
func (f *field) text(key string) string {
	var s string
	_ = json.Unmarshal(f.metadata[key], &s) // not a text: none
	return s
}

// id is the field's id of column mapping, -1 for none.
func (f *field) id() int32 {
	n := int32(-1)
	_ = json.Unmarshal(f.metadata[metaFieldID], &n)
	return n
}

// physical is the field's name in data files.
func (f *field) physical(mapped bool) string {
	if mapped {
		if name := f.text(metaPhysicalName); name != "" {
			return name
		}
	}
	return f.name
}

// parseSchema reads a table's schemaString.
func parseSchema(text string) ([]field, error) {
	var root dataType
	if err := json.Unmarshal([]byte(text), &root); err != nil || root.name != "struct" {
		return nil, pgerr.New(pgerr.FdwError, "the table's schema can not be read: %v", err)
	}
	return root.fields, nil
}

// simpleTypes are Delta's types without parameters.
var simpleTypes = map[string]uint32{
	"string": pgtypes.OIDText, "long": pgtypes.OIDInt8, "integer": pgtypes.OIDInt4, "short": pgtypes.OIDInt2,
	"byte": pgtypes.OIDInt2, "float": pgtypes.OIDFloat4, "double": pgtypes.OIDFloat8, "boolean": pgtypes.OIDBool,
	"binary": pgtypes.OIDBytea, "date": pgtypes.OIDDate, "timestamp": pgtypes.OIDTimestamptz,
	"timestamp_ntz": pgtypes.OIDTimestamp,
}

// simple is the Postgres type of a type that is not nested; ok is false for others.
func (t *dataType) simple() (typ pgtypes.Type, ok bool) {
	if oid, ok := simpleTypes[t.name]; ok {
		return pgtypes.Of(oid), true
	}
	digits, isDecimal := strings.CutPrefix(t.name, "decimal")
	if !isDecimal {
		return typ, false
	}
	precision, scale := 10, 0 // decimal alone, as Spark reads it
	if digits != "" {
		p, s, cut := strings.Cut(strings.Trim(digits, "()"), ",")
		var err1, err2 error
		precision, err1 = strconv.Atoi(strings.TrimSpace(p))
		if cut {
			scale, err2 = strconv.Atoi(strings.TrimSpace(s))
		}
		if err1 != nil || err2 != nil || precision < 1 || precision > 38 || scale < 0 || scale > precision {
			return typ, false
		}
	}
	return pgtypes.Type{OID: pgtypes.OIDNumeric, Typmod: pgtypes.MakeNumericTypmod(precision, scale)}, true
}

// postgres is the type that a column shows as.
func (f *field) postgres() (pgtypes.Type, error) {
	if kept := f.text(metaType); kept != "" && f.typ.name == "string" {
		if t, err := declared.Type(kept); err == nil {
			return t, nil
		}
	}
	if t, ok := f.typ.simple(); ok {
		return t, nil
	}
	switch f.typ.name {
	case "array":
		if element, ok := f.typ.value.simple(); ok {
			if oid, ok := pgtypes.ArrayType(element.OID); ok {
				return pgtypes.Of(oid), nil
			}
		}
		return pgtypes.Of(pgtypes.OIDJSONB), f.typ.readable()
	case "struct", "map":
		return pgtypes.Of(pgtypes.OIDJSONB), f.typ.readable()
	}
	return pgtypes.Type{}, f.typ.readable()
}

// readable says whether all parts of a type are known here.
func (t *dataType) readable() error {
	if _, ok := t.simple(); ok {
		return nil
	}
	switch t.name {
	case "array":
		return t.value.readable()
	case "map":
		if err := t.key.readable(); err != nil {
			return err
		}
		return t.value.readable()
	case "struct":
		for i := range t.fields {
			if err := t.fields[i].typ.readable(); err != nil {
				return err
			}
		}
		return nil
	}
	return pgerr.Unsupported("Delta type %q is not supported", t.name)
}

// native is the type in Delta's words.
func (t *dataType) native() string {
	switch t.name {
	case "array":
		return "array<" + t.value.native() + ">"
	case "map":
		return "map<" + t.key.native() + "," + t.value.native() + ">"
	case "struct":
		parts := make([]string, len(t.fields))
		for i := range t.fields {
			parts[i] = t.fields[i].name + ":" + t.fields[i].typ.native()
		}
		return "struct<" + strings.Join(parts, ",") + ">"
	default:
		return t.name
	}
}

// nested says whether a column has parts.
func (t *dataType) nested() bool { return t.name == "array" || t.name == "map" || t.name == "struct" }

// hasStruct says whether names of fields occur in a column's values.
func (t *dataType) hasStruct() bool {
	switch t.name {
	case "struct":
		return true
	case "array":
		return t.value.hasStruct()
	case "map":
		return t.key.hasStruct() || t.value.hasStruct()
	}
	return false
}

// tableColumns are a schema's columns as Postgres's.
func tableColumns(fields []field) ([]translate.TableColumn, error) {
	columns := make([]translate.TableColumn, 0, len(fields))
	for i := range fields {
		f := &fields[i]
		t, err := f.postgres()
		if err != nil {
			return nil, columnError(f.name, err)
		}
		c := translate.TableColumn{
			Name: f.name, Type: t, NotNull: !f.nullable,
			Generated: f.metadata[metaGenerated] != nil || f.metadata[metaIdentity] != nil,
			Facts:     &translate.ColumnFacts{NativeType: f.typ.native(), Verified: true, NullFraction: -1},
		}
		if found := pgbuiltin.TypeByOID(t.OID); found != nil {
			c.Collation = found.Collation
		}
		columns = append(columns, c)
	}
	return columns, nil
}

func columnError(name string, err error) error {
	e := *pgerr.From(err)
	e.Message = fmt.Sprintf("column %q: %s", name, e.Message)
	e.Column = name
	return &e
}
