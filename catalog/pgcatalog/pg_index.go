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
	attributes []int // indexes into the table's columns
	unique     bool
	primary    bool
	constraint bool   // made by a PRIMARY KEY or UNIQUE constraint
	using      string // the source's own words after USING, if it has them
}

// indexesOf lists a relation's indexes: those that its source told of, and its keys
// where it told of none.
func indexesOf(env *catalog.VirtualEnv, d described) []index {
	if d.Source == nil {
		return nil
	}
	var list []index
	for _, i := range d.Source.Indexes {
		attributes, ok := attributesOf(d, i.Columns)
		if ok {
			list = append(list, index{
				name: i.Name, attributes: attributes, unique: i.Unique, primary: i.Primary,
				constraint: i.Unique && !i.Bare, using: i.Using,
			})
		}
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
		list = append(list, index{name: name, attributes: key, unique: true, primary: primary, constraint: true})
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
			n := len(i.attributes)
			numbers, collations, classes, options := make([]pgtypes.Datum, n), make([]pgtypes.Datum, n), make([]pgtypes.Datum, n), make([]pgtypes.Datum, n)
			for j, at := range i.attributes {
				c := &d.Table.Columns[at]
				numbers[j], collations[j], classes[j], options[j] = int32(at+1), int64(c.Collation), int64(0), int32(0)
				if class := pgbuiltin.DefaultOpclass(403, c.Type.OID); class != nil {
					classes[j] = int64(class.OID)
				}
			}
			if !yield(record{
				"indexrelid": int64(i.oid), "indrelid": int64(d.OID), "indnatts": int32(n), "indnkeyatts": int32(n),
				"indisunique": i.unique, "indisprimary": i.primary, "indimmediate": true, "indisvalid": true,
				"indisready": true, "indislive": true, "indkey": vectorOf(pgtypes.OIDInt2, numbers),
				"indcollation": vectorOf(pgtypes.OIDOid, collations), "indclass": vectorOf(pgtypes.OIDOid, classes),
				"indoption": vectorOf(pgtypes.OIDInt2, options),
			}) {
				return false
			}
		}
		return true
	})
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
func (i index) definition(d described) string {
	unique := ""
	if i.unique {
		unique = "UNIQUE "
	}
	return "CREATE " + unique + "INDEX " + quote(i.name) + " ON " + quote(d.Schema) + "." + quote(d.Name) + " USING " + i.method(d)
}

func (i index) method(d described) string {
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
			if !yield(record{"schemaname": d.Schema, "tablename": d.Name, "indexname": i.name, "indexdef": i.definition(d)}) {
				return false
			}
		}
		return true
	})
}

// fillConstraint fills pg_constraint with primary, unique and foreign keys.
func fillConstraint(ctx context.Context, env *catalog.VirtualEnv, yield func(record) bool) error {
	return eachDescribed(ctx, env, func(d described) bool {
		for _, i := range indexesOf(env, d) {
			if !i.constraint {
				continue
			}
			kind := "u"
			if i.primary {
				kind = "p"
			}
			if !yield(record{
				"oid": int64(constraintOID(env, d, i)), "conname": i.name, "connamespace": int64(env.Snapshot.SchemaOID(d.Schema)),
				"contype": kind, "convalidated": true, "conrelid": int64(d.OID), "conindid": int64(i.oid), "conislocal": true,
				"connoinherit": true, "confupdtype": " ", "confdeltype": " ", "confmatchtype": " ",
				"conkey": numbersOf(i.attributes),
			}) {
				return false
			}
		}
		for _, f := range foreignKeysOf(ctx, env, d) {
			if !yield(f.record(env, d)) {
				return false
			}
		}
		return true
	})
}

func constraintOID(env *catalog.VirtualEnv, d described, i index) uint32 {
	return env.Snapshot.Own(d.Entry, "constraint", i.name)
}

// constraintDefinition is what pg_get_constraintdef gives.
func (i index) constraintDefinition(d described) string {
	if i.primary {
		return "PRIMARY KEY (" + i.columns(d) + ")"
	}
	return "UNIQUE (" + i.columns(d) + ")"
}
