package pgcatalog

import (
	"context"

	"github.com/sqlgateway/gateway/catalog"
	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// fillAttribute fills pg_attribute: columns of relations and of indexes.
func fillAttribute(ctx context.Context, env *catalog.VirtualEnv, yield func(record) bool) error {
	return eachDescribed(ctx, env, func(d described) bool {
		for i := range d.Table.Columns {
			if !yield(attribute(int64(d.OID), i+1, &d.Table.Columns[i])) {
				return false
			}
		}
		for _, index := range indexesOf(env, d) {
			for i, at := range index.attributes {
				c := d.Table.Columns[at]
				c.NotNull, c.Default = false, ""
				if !yield(attribute(int64(index.oid), i+1, &c)) {
					return false
				}
			}
		}
		return true
	})
}

func attribute(relation int64, number int, c *translate.TableColumn) record {
	r := record{
		"attrelid": relation, "attname": c.Name, "atttypid": int64(c.Type.OID), "atttypmod": c.Type.Typmod,
		"attnum": int32(number), "attnotnull": c.NotNull, "atthasdef": c.Default != "", "attcollation": int64(c.Collation),
		"attstattarget": int32(-1), "attcacheoff": int32(-1), "attislocal": true, "attstorage": "p", "attalign": "i",
		"attidentity": "", "attgenerated": "", "attcompression": "",
	}
	if t := pgbuiltin.TypeByOID(c.Type.OID); t != nil {
		r["attlen"] = int32(t.Len)
		r["attbyval"] = t.Len > 0 && t.Len <= 8
		if t.Len < 0 {
			r["attstorage"] = "x"
		}
	}
	if _, array := pgtypes.ElementType(c.Type.OID); array {
		r["attndims"] = int32(1)
	}
	return r
}

// fillAttrdef fills pg_attrdef: defaults as their sources write them.
func fillAttrdef(ctx context.Context, env *catalog.VirtualEnv, yield func(record) bool) error {
	return eachDescribed(ctx, env, func(d described) bool {
		for i := range d.Table.Columns {
			c := &d.Table.Columns[i]
			if c.Default == "" {
				continue
			}
			oid := int64(env.Snapshot.ObjectOID("default", d.Schema+"."+d.Name+"."+c.Name))
			if !yield(record{"oid": oid, "adrelid": int64(d.OID), "adnum": int32(i + 1), "adbin": c.Default}) {
				return false
			}
		}
		return true
	})
}
