package pgcatalog

import (
	"context"
	"slices"
	"strings"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/catalog"
	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// foreignKey is a reference between two relations that clients see.
type foreignKey struct {
	oid        uint32
	name       string
	attributes []int // indexes into the table's columns
	target     described
	references []int // indexes into the target's columns
	unique     *index
	onUpdate   byte
	onDelete   byte
}

// foreignKeysOf lists a relation's references to relations that clients see: one to
// a table that is not mounted could not be followed.
func foreignKeysOf(ctx context.Context, env *catalog.VirtualEnv, d described) []foreignKey {
	if d.Source == nil {
		return nil
	}
	var list []foreignKey
	for _, key := range d.Source.ForeignKeys {
		target, ok := targetOf(ctx, env, d, key.Target)
		if !ok {
			continue
		}
		f := foreignKey{name: key.Name, target: target, onUpdate: action(key.OnUpdate), onDelete: action(key.OnDelete)}
		if f.attributes, ok = attributesOf(d, key.Columns); !ok {
			continue
		}
		if f.references, ok = attributesOf(target, key.References); !ok {
			continue
		}
		if len(key.References) == 0 && target.Table.PrimaryKey {
			f.references = target.Table.Keys[0]
		}
		if len(f.references) != len(f.attributes) {
			continue
		}
		f.oid = env.Snapshot.Own(d.Entry, "constraint", f.name)
		f.unique = uniqueOn(env, target, f.references)
		list = append(list, f)
	}
	return list
}

func action(letter byte) byte {
	if letter == 0 {
		return 'a'
	}
	return letter
}

// targetOf finds a table of the same server, in the schema that mounts it; the schema
// of the referring table comes first.
func targetOf(ctx context.Context, env *catalog.VirtualEnv, d described, name backends.TableName) (described, bool) {
	for _, schema := range append([]string{d.Schema}, env.Snapshot.SchemaNames()...) {
		server, mount := env.Snapshot.MountOf(schema)
		if server == nil || server != d.ServerOf() || mount.Remote != name.Schema {
			continue
		}
		entry, err := env.Snapshot.Entry(ctx, schema, name.Name)
		if err != nil || entry == nil {
			continue
		}
		table, err := env.Snapshot.Describe(ctx, entry)
		return described{entry, table}, err == nil
	}
	return described{}, false
}

func uniqueOn(env *catalog.VirtualEnv, d described, columns []int) *index {
	wanted := slices.Sorted(slices.Values(columns))
	for _, i := range indexesOf(env, d) {
		if i.unique && slices.Equal(slices.Sorted(slices.Values(i.attributes)), wanted) {
			return &i
		}
	}
	return nil
}

// record is the key's row of pg_constraint.
func (f foreignKey) record(env *catalog.VirtualEnv, d described) record {
	r := record{
		"oid": int64(f.oid), "conname": f.name, "connamespace": int64(env.Snapshot.SchemaOID(d.Schema)), "contype": "f",
		"convalidated": true, "conrelid": int64(d.OID), "confrelid": int64(f.target.OID), "conislocal": true, "connoinherit": true,
		"confupdtype": string(f.onUpdate), "confdeltype": string(f.onDelete), "confmatchtype": "s",
		"conkey": numbersOf(f.attributes), "confkey": numbersOf(f.references),
	}
	if f.unique != nil {
		r["conindid"] = int64(f.unique.oid)
	}
	var crossed, target, own []pgtypes.Datum
	for i, at := range f.attributes {
		here, there := d.Table.Columns[at].Type.OID, f.target.Table.Columns[f.references[i]].Type.OID
		crossed = append(crossed, equality(there, here))
		target, own = append(target, equality(there, there)), append(own, equality(here, here))
	}
	r["conpfeqop"], r["conppeqop"], r["conffeqop"] = arrayOf(pgtypes.OIDOid, crossed), arrayOf(pgtypes.OIDOid, target), arrayOf(pgtypes.OIDOid, own)
	return r
}

// equality is the operator = of two types, or of texts where they have none.
func equality(left, right uint32) pgtypes.Datum {
	text := int64(0)
	for _, o := range pgbuiltin.Operators("=") {
		if o.Left == left && o.Right == right {
			return int64(o.OID)
		}
		if o.Left == pgtypes.OIDText && o.Right == pgtypes.OIDText {
			text = int64(o.OID)
		}
	}
	return text
}

func numbersOf(attributes []int) pgtypes.Array {
	numbers := make([]pgtypes.Datum, len(attributes))
	for i, at := range attributes {
		numbers[i] = int32(at + 1)
	}
	return arrayOf(pgtypes.OIDInt2, numbers)
}

// definition is what pg_get_constraintdef gives; the target is qualified when its bare
// name would not find it.
func (f foreignKey) definition(ctx context.Context, env *catalog.VirtualEnv, d described) (string, error) {
	target, err := nameOf(ctx, env, f.target.Entry)
	if err != nil {
		return "", err
	}
	text := "FOREIGN KEY (" + columnList(d, f.attributes) + ") REFERENCES " + target + "(" + columnList(f.target, f.references) + ")"
	if f.onUpdate != 'a' {
		text += " ON UPDATE " + rule(f.onUpdate)
	}
	if f.onDelete != 'a' {
		text += " ON DELETE " + rule(f.onDelete)
	}
	return text, nil
}

func columnList(d described, attributes []int) string {
	names := make([]string, len(attributes))
	for i, at := range attributes {
		names[i] = quote(d.Table.Columns[at].Name)
	}
	return strings.Join(names, ", ")
}

// rule is a referential action in the standard's words.
func rule(letter byte) string {
	switch letter {
	case 'r':
		return "RESTRICT"
	case 'c':
		return "CASCADE"
	case 'n':
		return "SET NULL"
	case 'd':
		return "SET DEFAULT"
	default:
		return "NO ACTION"
	}
}

// eachForeignKey visits the references of all relations.
func eachForeignKey(ctx context.Context, env *catalog.VirtualEnv, visit func(described, foreignKey) bool) error {
	return eachDescribed(ctx, env, func(d described) bool {
		for _, f := range foreignKeysOf(ctx, env, d) {
			if !visit(d, f) {
				return false
			}
		}
		return true
	})
}

// fillReferential fills information_schema.referential_constraints.
func fillReferential(ctx context.Context, env *catalog.VirtualEnv, yield func(record) bool) error {
	return eachForeignKey(ctx, env, func(d described, f foreignKey) bool {
		r := record{
			"constraint_catalog": env.Database, "constraint_schema": d.Schema, "constraint_name": f.name,
			"match_option": "NONE", "update_rule": rule(f.onUpdate), "delete_rule": rule(f.onDelete),
		}
		if f.unique != nil {
			r["unique_constraint_catalog"], r["unique_constraint_schema"], r["unique_constraint_name"] = env.Database, f.target.Schema, f.unique.name
		}
		return yield(r)
	})
}
