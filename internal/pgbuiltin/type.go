package pgbuiltin

// OIDs of the namespaces.
const (
	NamespacePgCatalog uint32 = 11
)

// Type is a row of pg_type.
type Type struct {
	OID       uint32
	Name      string
	Namespace uint32
	Len       int16
	Kind      byte // typtype: b, c, d, e, p, r, m
	Category  byte
	Preferred bool
	RelID     uint32
	// Subscript is the handler of subscripting, 0 if the type has none.
	Subscript uint32
	Element   uint32
	Array     uint32
	Input     uint32
	Output    uint32
	TypmodIn  uint32
	TypmodOut uint32
	BaseType  uint32 // of a domain
	Typmod    int32  // of a domain
	Collation uint32
	ByValue   bool
	Align     byte // typalign: c, s, i, d
	Storage   byte // typstorage: p, e, m, x
}

// IsTrueArray says that t is what T[] makes, as against a fixed-length vector.
func (t *Type) IsTrueArray() bool { return t.Element != 0 && t.Subscript == subscriptArray }

const subscriptArray = 6179 // array_subscript_handler

var types = table("pg_type", []string{
	"oid", "typname", "typnamespace", "typlen", "typtype", "typcategory", "typispreferred", "typrelid",
	"typsubscript", "typelem", "typarray", "typinput", "typoutput", "typmodin", "typmodout", "typbasetype",
	"typtypmod", "typcollation", "typbyval", "typalign", "typstorage",
}, func(c []string) Type {
	return Type{
		OID: parseOID(c[0]), Name: unescape(c[1]), Namespace: parseOID(c[2]), Len: int16(parseInt(c[3])),
		Kind: parseByte(c[4]), Category: parseByte(c[5]), Preferred: parseBool(c[6]), RelID: parseOID(c[7]),
		Subscript: parseOID(c[8]), Element: parseOID(c[9]), Array: parseOID(c[10]), Input: parseOID(c[11]),
		Output: parseOID(c[12]), TypmodIn: parseOID(c[13]), TypmodOut: parseOID(c[14]), BaseType: parseOID(c[15]),
		Typmod: int32(parseInt(c[16])), Collation: parseOID(c[17]),
		ByValue: parseBool(c[18]), Align: parseByte(c[19]), Storage: parseByte(c[20]),
	}
})

type schemaName struct {
	namespace uint32
	name      string
}

var (
	typesByOID  = index(types, func(t *Type) uint32 { return t.OID })
	typesByName = index(types, func(t *Type) schemaName { return schemaName{t.Namespace, t.Name} })
)

// Types are all rows of pg_type.
func Types() []Type { return types() }

// TypeByOID finds a type, or gives nil.
func TypeByOID(oid uint32) *Type { return typesByOID()[oid] }

// TypeByName finds a type of a schema, or gives nil; schema "" is pg_catalog.
func TypeByName(schema, name string) *Type {
	namespace := NamespacePgCatalog
	if schema != "" {
		n := NamespaceByName(schema)
		if n == nil {
			return nil
		}
		namespace = n.OID
	}
	return typesByName()[schemaName{namespace, name}]
}

// Namespace is a row of pg_namespace.
type Namespace struct {
	OID  uint32
	Name string
}

var namespaces = table("pg_namespace", []string{"oid", "nspname"}, func(c []string) Namespace {
	return Namespace{OID: parseOID(c[0]), Name: unescape(c[1])}
})

// NamespaceByName finds a schema, or gives nil.
func NamespaceByName(name string) *Namespace {
	all := namespaces()
	for i := range all {
		if all[i].Name == name {
			return &all[i]
		}
	}
	return nil
}

// NamespaceByOID finds a schema, or gives nil.
func NamespaceByOID(oid uint32) *Namespace {
	all := namespaces()
	for i := range all {
		if all[i].OID == oid {
			return &all[i]
		}
	}
	return nil
}

// Range is a row of pg_range.
type Range struct {
	Type, Subtype, Multirange, Collation, SubtypeOpclass uint32
}

var ranges = table("pg_range", []string{"rngtypid", "rngsubtype", "rngmultitypid", "rngcollation", "rngsubopc"}, func(c []string) Range {
	return Range{parseOID(c[0]), parseOID(c[1]), parseOID(c[2]), parseOID(c[3]), parseOID(c[4])}
})

var (
	rangesByType       = index(ranges, func(r *Range) uint32 { return r.Type })
	rangesByMultirange = index(ranges, func(r *Range) uint32 { return r.Multirange })
)

// RangeOf finds the row of a range type, or gives nil.
func RangeOf(rangeType uint32) *Range { return rangesByType()[rangeType] }

// RangeOfMultirange finds the row of a multirange type, or gives nil.
func RangeOfMultirange(multirange uint32) *Range { return rangesByMultirange()[multirange] }

// Ranges are all rows of pg_range.
func Ranges() []Range { return ranges() }
