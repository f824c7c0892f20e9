package pgcatalog

import (
	"context"
	"strings"

	"github.com/sqlgateway/gateway/catalog"
	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// index is one index of a relation.
type index struct {
	oid        uint32
	name       string
	attributes []int // the key's, as indexes into the table's columns; -1 for an expression
	parts      []part
	predicate  string
	unique     bool
	primary    bool
	constraint bool   // made by a PRIMARY KEY or UNIQUE constraint
	using      string // the source's own words after USING, if it has them
	pretty     string // the same with fewer parentheses
	pages      int64
}

// indexesOf lists a relation's indexes: those that its source told of, and its keys
// where it told of none.
func indexesOf(env *catalog.VirtualEnv, d described) []index {
	if d.Source == nil {
		return nil
	}
	var list []index
	for _, i := range d.Source.Indexes {
		parts, ok := partsOf(d, i)
		if !ok {
			continue // an expression that the source does not tell
		}
		x := index{
			name: i.Name, parts: parts, unique: i.Unique, primary: i.Primary,
			constraint: i.Unique && !i.Bare, using: i.Using, predicate: i.Predicate, pretty: i.Pretty, pages: i.Pages,
		}
		keys := len(parts)
		if i.Parts != nil {
			keys = i.KeyParts
		}
		for _, p := range parts[:keys] {
			x.attributes = append(x.attributes, p.attribute)
		}
		list = append(list, x)
	}
	if len(d.Source.Indexes) == 0 {
		list = keyIndexes(d)
	}
	for i := range list {
		if list[i].primary && list[i].name == "PRIMARY" {
			list[i].name = d.Name + "_pkey" // MySQL calls all of them PRIMARY; here names are the schema's
		}
		list[i].oid = env.Snapshot.Own(d.Entry, "index", list[i].name)
	}
	return list
}

func keyIndexes(d described) []index {
	var list []index
	for i, key := range d.Source.Keys {
		primary := i == 0 && d.Source.PrimaryKey
		name := d.Name + "_pkey"
		if !primary {
			names := make([]string, len(key))
			for j, at := range key {
				names[j] = d.Table.Columns[at].Name
			}
			name = d.Name + "_" + strings.Join(names, "_") + "_key"
		}
		x := index{name: name, attributes: key, unique: true, primary: primary, constraint: true}
		for _, at := range key {
			x.parts = append(x.parts, part{attribute: at})
		}
		list = append(list, x)
	}
	return list
}

func attributesOf(d described, names []string) ([]int, bool) {
	attributes := make([]int, len(names))
	for i, name := range names {
		attributes[i] = -1
		for j := range d.Table.Columns {
			if d.Table.RemoteColumn(j) == name || d.Table.Columns[j].Name == name {
				attributes[i] = j
			}
		}
		if attributes[i] < 0 {
			return nil, false // an index on an expression
		}
	}
	return attributes, true
}

// fillIndex fills pg_index.
func fillIndex(ctx context.Context, env *catalog.VirtualEnv, yield func(record) bool) error {
	return eachDescribed(ctx, env, func(d described) bool {
		for _, i := range indexesOf(env, d) {
			if !yield(i.record(d)) {
				return false
			}
		}
		return true
	})
}

func (i index) record(d described) record {
	var numbers, collations, classes, options []pgtypes.Datum
	var expressions []string
	method := uint32(i.accessMethod()) //nolint:gosec // an oid
	for j, p := range i.parts {
		numbers = append(numbers, int32(p.attribute+1)) //nolint:gosec // columns
		if p.attribute < 0 {
			expressions = append(expressions, p.Expression)
		}
		if j >= len(i.attributes) {
			continue // included, not compared
		}
		c := p.column(d)
		class := i.opclass(j)
		if found := pgbuiltin.DefaultOpclass(method, c.Type.OID); found != nil && class == 0 {
			class = int64(found.OID)
		}
		collations, classes, options = append(collations, int64(c.Collation)), append(classes, class), append(options, int32(p.Option))
	}
	r := record{
		"indexrelid": int64(i.oid), "indrelid": int64(d.OID), "indnatts": int32(len(i.parts)), "indnkeyatts": int32(len(i.attributes)), //nolint:gosec // columns
		"indisunique": i.unique, "indisprimary": i.primary, "indimmediate": true, "indisvalid": true,
		"indisready": true, "indislive": true, "indkey": vectorOf(pgtypes.OIDInt2, numbers),
		"indcollation": vectorOf(pgtypes.OIDOid, collations), "indclass": vectorOf(pgtypes.OIDOid, classes),
		"indoption": vectorOf(pgtypes.OIDInt2, options),
	}
	if expressions != nil {
		r["indexprs"] = strings.Join(expressions, ", ")
	}
	if i.predicate != "" {
		r["indpred"] = i.predicate
	}
	return r
}

// vectorOf is an int2vector or oidvector: an array that counts from 0.
func vectorOf(element uint32, values []pgtypes.Datum) pgtypes.Array {
	return pgtypes.Array{ElementType: element, Dims: []pgtypes.ArrayDim{{Length: int32(len(values)), Lower: 0}}, Elements: values}
}

// arrayOf is an ordinary array of one dimension.
func arrayOf(element uint32, values []pgtypes.Datum) pgtypes.Array {
	a := pgtypes.Array{ElementType: element, Elements: values}
	if len(values) > 0 {
		a.Dims = []pgtypes.ArrayDim{{Length: int32(len(values)), Lower: 1}}
	}
	return a
}

// definition is what pg_get_indexdef gives.
func (i index) definition(d described, pretty bool) string {
	unique := ""
	if i.unique {
		unique = "UNIQUE "
	}
	return "CREATE " + unique + "INDEX " + quote(i.name) + " ON " + quote(d.Schema) + "." + quote(d.Name) + " USING " + i.method(d, pretty)
}

func (i index) method(d described, pretty bool) string {
	if pretty && i.pretty != "" {
		return i.pretty
	}
	if i.using != "" {
		return i.using
	}
	return "btree (" + i.columns(d) + ")"
}

func (i index) columns(d described) string {
	return columnList(d, i.attributes)
}

// fillIndexes fills the view pg_indexes.
func fillIndexes(ctx context.Context, env *catalog.VirtualEnv, yield func(record) bool) error {
	return eachDescribed(ctx, env, func(d described) bool {
		for _, i := range indexesOf(env, d) {
			if !yield(record{"schemaname": d.Schema, "tablename": d.Name, "indexname": i.name, "indexdef": i.definition(d, false)}) {
				return false
			}
		}
		return true
	})
}
