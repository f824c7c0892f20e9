package pgcatalog

import (
	"context"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/catalog"
)

// check is a CHECK constraint of a relation.
type check struct {
	backends.Check
	oid        uint32
	attributes []int
}

func checksOf(env *catalog.VirtualEnv, d described) []check {
	if d.Source == nil {
		return nil
	}
	list := make([]check, len(d.Source.Checks))
	for i, c := range d.Source.Checks {
		attributes, _ := attributesOf(d, c.Columns)
		list[i] = check{Check: c, oid: env.Snapshot.Own(d.Entry, "constraint", c.Name), attributes: attributes}
	}
	return list
}

// fillConstraint fills pg_constraint with keys and checks.
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
		for _, c := range checksOf(env, d) {
			if !yield(record{
				"oid": int64(c.oid), "conname": c.Name, "connamespace": int64(env.Snapshot.SchemaOID(d.Schema)),
				"contype": "c", "convalidated": true, "conrelid": int64(d.OID), "conislocal": true,
				"confupdtype": " ", "confdeltype": " ", "confmatchtype": " ", "conkey": numbersOf(c.attributes), "conbin": c.Definition,
			}) {
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
	text := "UNIQUE (" + i.columns(d) + ")"
	if i.primary {
		text = "PRIMARY KEY (" + i.columns(d) + ")"
	}
	if included := i.parts[len(i.attributes):]; len(included) > 0 {
		var attributes []int
		for _, p := range included {
			attributes = append(attributes, p.attribute)
		}
		text += " INCLUDE (" + columnList(d, attributes) + ")"
	}
	return text
}
