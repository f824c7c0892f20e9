package pgcatalog

import (
	"context"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/catalog"
	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// fillAttribute fills pg_attribute: columns of relations and of indexes.
func fillAttribute(ctx context.Context, env *catalog.VirtualEnv, yield func(record) bool) error {
	return eachDescribed(ctx, env, func(d described) bool {
		for i := range d.Table.Columns {
			if d.Table.Columns[i].Hidden {
				continue
			}
			r := attribute(int64(d.OID), i+1, &d.Table.Columns[i])
			origin := originOf(d, i)
			if origin.Identity != 0 {
				r["attidentity"], r["atthasdef"] = string(origin.Identity), false
			}
			if origin.Stored {
				r["attgenerated"], r["atthasdef"] = "s", true
			}
			if !yield(r) {
				return false
			}
		}
		if relationKind(d.Entry) == "r" && d.Source != nil && !systemAttributes(int64(d.OID), yield) {
			return false
		}
		for _, s := range sequencesOf(env, d) {
			for i := range sequenceColumns {
				if !yield(attribute(int64(s.oid), i+1, &sequenceColumns[i])) {
					return false
				}
			}
		}
		for _, index := range indexesOf(env, d) {
			for i, part := range index.parts {
				c := part.column(d)
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
		"attstattarget": int32(-1), "attcacheoff": int32(-1), "attislocal": true,
		"attidentity": "", "attgenerated": "", "attcompression": "",
	}
	if t := pgbuiltin.TypeByOID(c.Type.OID); t != nil {
		r["attlen"] = int32(t.Len)
		r["attbyval"], r["attalign"], r["attstorage"] = t.ByValue, string(t.Align), string(t.Storage)
	}
	if arrayElement, array := pgtypes.ElementType(c.Type.OID); array {
		r["attndims"] = int32(1)
		if element := pgbuiltin.TypeByOID(arrayElement); element != nil && c.Collation == 0 {
			r["attcollation"] = int64(element.Collation)
		}
	}
	return r
}

// systemAttributes are the columns that every table of Postgres has. The gateway can
// not read them, but clients tell them by their negative numbers.
func systemAttributes(relation int64, yield func(record) bool) bool {
	for i, c := range []translate.TableColumn{
		{Name: "ctid", Type: pgtypes.Of(pgtypes.OIDTid)},
		{Name: "xmin", Type: pgtypes.Of(pgtypes.OIDXid)},
		{Name: "cmin", Type: pgtypes.Of(pgtypes.OIDCid)},
		{Name: "xmax", Type: pgtypes.Of(pgtypes.OIDXid)},
		{Name: "cmax", Type: pgtypes.Of(pgtypes.OIDCid)},
		{Name: "tableoid", Type: pgtypes.Of(pgtypes.OIDOid)},
	} {
		c.NotNull, c.Type.Typmod = true, -1
		r := attribute(relation, -i-1, &c)
		r["attstattarget"] = int32(0)
		if !yield(r) {
			return false
		}
	}
	return true
}

// fillAttrdef fills pg_attrdef: defaults as their sources write them.
func fillAttrdef(ctx context.Context, env *catalog.VirtualEnv, yield func(record) bool) error {
	return eachDescribed(ctx, env, func(d described) bool {
		for i := range d.Table.Columns {
			c := &d.Table.Columns[i]
			if c.Default == "" || originOf(d, i).Identity != 0 {
				continue
			}
			oid := int64(env.Snapshot.ObjectOID("default", d.Schema+"."+d.Name+"."+c.Name))
			if !yield(record{"oid": oid, "adrelid": int64(d.OID), "adnum": int32(i + 1), "adbin": shownDefault(env, c.Default)}) {
				return false
			}
		}
		return true
	})
}

// originOf says what fills a column that its writer leaves out, as far as the source
// tells.
func originOf(d described, column int) backends.ColumnOrigin {
	if d.Source == nil || column >= len(d.Source.Origins) {
		return backends.ColumnOrigin{}
	}
	return d.Source.Origins[column]
}
