package payload

import (
	"context"
	"fmt"
	"strings"

	"github.com/twmb/avro"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/internal/registry"
)

// avroSchema is a parsed schema: the library's, which writes, and our tree, which reads
// straight into columns.
type avroSchema struct {
	id     int // in the registry, -1 for an inline one
	schema *avro.Schema
	root   *avroNode
}

// avroKind is what a value is on the wire.
type avroKind uint8

const (
	avroNull avroKind = iota
	avroBoolean
	avroInt
	avroLong
	avroFloat
	avroDouble
	avroBytes
	avroString
	avroFixed
	avroEnum
	avroRecord
	avroArray
	avroMap
	avroUnion
)

var avroKinds = map[string]avroKind{
	"null": avroNull, "boolean": avroBoolean, "int": avroInt, "long": avroLong, "float": avroFloat, "double": avroDouble,
	"bytes": avroBytes, "string": avroString, "fixed": avroFixed, "enum": avroEnum, "record": avroRecord, "error": avroRecord,
	"array": avroArray, "map": avroMap, "union": avroUnion,
}

// avroNode is one type of a schema. Recursive types point back at themselves.
type avroNode struct {
	kind     avroKind
	logical  string
	name     string
	scale    int
	digits   int // a decimal's precision
	size     int
	fields   []avroField
	items    *avroNode // of arrays and maps
	branches []*avroNode
	symbols  []string
}

type avroField struct {
	name     string
	aliases  []string
	node     *avroNode
	fallback []byte // the default's encoding; nil for none
}

func parseAvro(text string, references ...registry.Reference) (*avroSchema, error) {
	var cache avro.SchemaCache
	for _, r := range references {
		if _, err := cache.Parse(r.Text); err != nil {
			return nil, fmt.Errorf("parsing the schema %q: %w", r.Name, err)
		}
	}
	schema, err := cache.Parse(text)
	if err != nil {
		return nil, err
	}
	tree := schema.Root().ExpandReferences()
	b := avroBuilder{named: map[string]*avroNode{}}
	root, err := b.node(tree)
	if err != nil {
		return nil, err
	}
	return &avroSchema{id: -1, schema: schema, root: root}, nil
}

type avroBuilder struct{ named map[string]*avroNode }

func (b *avroBuilder) node(s *avro.SchemaNode) (*avroNode, error) {
	kind, known := avroKinds[s.Type]
	if !known {
		if n := b.named[s.Type]; n != nil {
			return n, nil
		}
		return nil, fmt.Errorf("type %q is not defined", s.Type)
	}
	n := &avroNode{kind: kind, logical: s.LogicalType, name: s.Name, scale: s.Scale, digits: s.Precision, size: s.Size, symbols: s.Symbols}
	if s.Name != "" {
		full := s.Name
		if s.Namespace != "" && !strings.Contains(full, ".") {
			full = s.Namespace + "." + full
		}
		b.named[full], b.named[s.Name] = n, n
	}
	n.normalise()
	var err error
	for i := range s.Fields {
		f := avroField{name: s.Fields[i].Name, aliases: s.Fields[i].Aliases}
		if f.node, err = b.node(&s.Fields[i].Type); err != nil {
			return nil, err
		}
		f.fallback = fallback(&s.Fields[i])
		n.fields = append(n.fields, f)
	}
	for _, inner := range []*avro.SchemaNode{s.Items, s.Values} {
		if inner != nil && (kind == avroArray || kind == avroMap) {
			if n.items, err = b.node(inner); err != nil {
				return nil, err
			}
		}
	}
	for i := range s.Branches {
		branch, err := b.node(&s.Branches[i])
		if err != nil {
			return nil, err
		}
		n.branches = append(n.branches, branch)
	}
	return n, nil
}

// normalise drops logical types that do not belong to their type, as the specification
// asks readers to.
func (n *avroNode) normalise() {
	fits := false
	switch n.logical {
	case "decimal":
		fits = (n.kind == avroBytes || n.kind == avroFixed) && n.digits > 0 && n.scale >= 0 && n.scale <= n.digits
	case "uuid":
		fits = n.kind == avroString || n.kind == avroFixed && n.size == 16
	case "date", "time-millis":
		fits = n.kind == avroInt
	case "time-micros", "timestamp-millis", "timestamp-micros", "timestamp-nanos",
		"local-timestamp-millis", "local-timestamp-micros", "local-timestamp-nanos":
		fits = n.kind == avroLong
	case "duration":
		fits = n.kind == avroFixed && n.size == 12
	}
	if !fits {
		n.logical = ""
	}
}

// fallback is a default's encoding, to be read like any value of the field's type.
func fallback(f *avro.SchemaField) []byte {
	if !f.HasDefault {
		return nil
	}
	schema, err := f.Type.Schema()
	if err != nil {
		return nil
	}
	encoded, err := schema.AppendEncode([]byte{}, f.Default)
	if err != nil {
		return nil
	}
	return encoded
}

// nullable takes a union of null and one other type apart.
func (n *avroNode) nullable() (inner *avroNode, null bool) {
	if n.kind != avroUnion {
		return n, n.kind == avroNull
	}
	for _, b := range n.branches {
		switch {
		case b.kind == avroNull:
			null = true
		case inner != nil:
			return n, true
		default:
			inner = b
		}
	}
	if inner == nil {
		return n, true
	}
	return inner, null
}

// typ is the Postgres type that holds every value.
func (n *avroNode) typ() pgtypes.Type {
	inner, _ := n.nullable()
	switch inner.logical {
	case "decimal":
		if inner.digits <= 1000 {
			return pgtypes.Type{OID: pgtypes.OIDNumeric, Typmod: pgtypes.MakeNumericTypmod(inner.digits, inner.scale)}
		}
		return pgtypes.Of(pgtypes.OIDNumeric)
	case "uuid":
		return pgtypes.Of(pgtypes.OIDUUID)
	case "date":
		return pgtypes.Of(pgtypes.OIDDate)
	case "time-micros":
		return pgtypes.Of(pgtypes.OIDTime)
	case "time-millis": // what is written to it is rounded as Postgres rounds
		return pgtypes.Type{OID: pgtypes.OIDTime, Typmod: 3}
	case "timestamp-micros", "timestamp-nanos":
		return pgtypes.Of(pgtypes.OIDTimestamptz)
	case "timestamp-millis":
		return pgtypes.Type{OID: pgtypes.OIDTimestamptz, Typmod: 3}
	case "local-timestamp-micros", "local-timestamp-nanos":
		return pgtypes.Of(pgtypes.OIDTimestamp)
	case "local-timestamp-millis":
		return pgtypes.Type{OID: pgtypes.OIDTimestamp, Typmod: 3}
	case "duration":
		return pgtypes.Of(pgtypes.OIDInterval)
	}
	switch inner.kind {
	case avroBoolean:
		return pgtypes.Of(pgtypes.OIDBool)
	case avroInt:
		return pgtypes.Of(pgtypes.OIDInt4)
	case avroLong:
		return pgtypes.Of(pgtypes.OIDInt8)
	case avroFloat:
		return pgtypes.Of(pgtypes.OIDFloat4)
	case avroDouble:
		return pgtypes.Of(pgtypes.OIDFloat8)
	case avroBytes, avroFixed:
		return pgtypes.Of(pgtypes.OIDBytea)
	case avroNull, avroString, avroEnum:
		return pgtypes.Of(pgtypes.OIDText)
	}
	return pgtypes.Of(pgtypes.OIDJSONB)
}

// native is a type for people, in Avro's words.
func (n *avroNode) native() string {
	inner, _ := n.nullable()
	name := ""
	for word, kind := range avroKinds {
		if kind == inner.kind && word != "error" {
			name = word
		}
	}
	switch {
	case inner.logical == "decimal":
		return fmt.Sprintf("decimal(%d,%d)", inner.digits, inner.scale)
	case inner.logical != "":
		return inner.logical
	}
	return name
}

// fields are the columns of a record, or the one of anything else.
func (s *avroSchema) fields(envelope Envelope, strict bool) []Field {
	root := s.root
	if envelope == Debezium {
		if row := root.change(); row != nil {
			root = row
		}
		strict = false // a deleted row need not be whole
	}
	if root.kind != avroRecord {
		_, null := root.nullable()
		return []Field{{Name: "payload", Type: root.typ(), NotNull: strict && !null, Native: root.native(), path: []string{}}}
	}
	fields := make([]Field, len(root.fields))
	for i := range root.fields {
		f := &root.fields[i]
		_, null := f.node.nullable()
		fields[i] = Field{Name: f.name, Type: f.node.typ(), NotNull: strict && !null, Native: f.node.native(), path: []string{f.name}}
	}
	return fields
}

// change is the row's record of a Debezium event; nil for another schema.
func (n *avroNode) change() *avroNode {
	if f := n.field("after"); f != nil {
		if row, _ := f.node.nullable(); row.kind == avroRecord {
			return row
		}
	}
	return nil
}

func (n *avroNode) field(name string) *avroField {
	for i := range n.fields {
		if n.fields[i].name == name {
			return &n.fields[i]
		}
	}
	return nil
}

// readerAvro is the schema that undeclared columns come from.
func (c *Codec) readerAvro(ctx context.Context) (*avroSchema, error) {
	if c.options.AvroSchema != "" {
		return c.inlineAvro()
	}
	if c.registry == nil {
		return nil, c.errNoSchema("avro_schema")
	}
	found, err := c.registry.Latest(ctx, c.subject)
	if err != nil {
		return nil, err
	}
	if found == nil {
		return nil, c.errNoSchema("avro_schema")
	}
	return c.parsed(found)
}

func (c *Codec) inlineAvro() (*avroSchema, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.avro[-1]; s != nil {
		return s, nil
	}
	s, err := parseAvro(c.options.AvroSchema)
	if err != nil {
		return nil, pgerr.New(pgerr.FdwError, "avro_schema: %v", err)
	}
	c.avro[-1] = s
	return s, nil
}

// avroByID is the schema that a message names.
func (c *Codec) avroByID(ctx context.Context, id int) (*avroSchema, error) {
	c.mu.Lock()
	s := c.avro[id]
	c.mu.Unlock()
	if s != nil {
		return s, nil
	}
	found, err := c.registry.ByID(ctx, id)
	if err != nil {
		return nil, err
	}
	return c.parsed(found)
}

func (c *Codec) parsed(found *registry.Schema) (*avroSchema, error) {
	if found.Type != registry.Avro {
		return nil, pgerr.New(pgerr.FdwError, "schema %d of the registry is of type %s, not AVRO", found.ID, found.Type)
	}
	s, err := parseAvro(found.Text, found.References...)
	if err != nil {
		return nil, pgerr.New(pgerr.FdwError, "schema %d of the registry: %v", found.ID, err)
	}
	s.id = found.ID
	c.mu.Lock()
	c.avro[found.ID] = s
	c.mu.Unlock()
	return s, nil
}
