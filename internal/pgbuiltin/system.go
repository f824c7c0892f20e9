package pgbuiltin

import "sync"

// SystemRelation is the shape of a relation of pg_catalog or information_schema.
type SystemRelation struct {
	Schema, Name string
	OID          uint32
	Kind         byte // r or v
	RowType      uint32
	Columns      []SystemColumn
}

// SystemColumn is one of its columns. A domain is given as its base type.
type SystemColumn struct {
	Name      string
	Type      uint32
	Typmod    int32
	NotNull   bool
	Collation uint32
}

type systemColumnRow struct {
	schema, relation string
	oid, rowType     uint32
	kind             byte
	column           SystemColumn
}

var systemColumns = table("system_columns", []string{
	"schema", "relation", "oid", "kind", "reltype", "name", "type", "typmod", "notnull", "collation",
}, func(c []string) systemColumnRow {
	return systemColumnRow{
		schema: unescape(c[0]), relation: unescape(c[1]), oid: parseOID(c[2]), kind: parseByte(c[3]), rowType: parseOID(c[4]),
		column: SystemColumn{
			Name: unescape(c[5]), Type: parseOID(c[6]), Typmod: int32(parseInt(c[7])), NotNull: parseBool(c[8]), Collation: parseOID(c[9]),
		},
	}
})

// SystemRelations are all relations of pg_catalog and information_schema.
var SystemRelations = sync.OnceValue(func() []SystemRelation {
	var list []SystemRelation
	for _, row := range systemColumns() {
		if n := len(list); n == 0 || list[n-1].OID != row.oid {
			list = append(list, SystemRelation{Schema: row.schema, Name: row.relation, OID: row.oid, Kind: row.kind, RowType: row.rowType})
		}
		last := &list[len(list)-1]
		last.Columns = append(last.Columns, row.column)
	}
	return list
})
