package pgcatalog

import (
	"strings"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/translate"
)

// part is a column of an index.
type part struct {
	backends.IndexPart
	attribute int // index into the table's columns; -1 for an expression
}

// partsOf lists the columns of an index; false when the source tells of a column that
// the relation does not have.
func partsOf(d described, i backends.Index) ([]part, bool) {
	told := i.Parts
	if told == nil {
		for _, name := range i.Columns {
			told = append(told, backends.IndexPart{Column: name})
		}
	}
	parts := make([]part, len(told))
	for j, p := range told {
		parts[j] = part{IndexPart: p, attribute: -1}
		if p.Column == "" {
			continue
		}
		attributes, ok := attributesOf(d, []string{p.Column})
		if !ok {
			return nil, false
		}
		parts[j].attribute = attributes[0]
	}
	return parts, len(parts) > 0
}

// column is the part as a column of a relation.
func (p part) column(d described) translate.TableColumn {
	if p.attribute >= 0 {
		return d.Table.Columns[p.attribute]
	}
	c := translate.TableColumn{Name: p.Name, Type: p.Type}
	if t := pgbuiltin.TypeByOID(p.Type.OID); t != nil {
		c.Collation = t.Collation
	}
	return c
}

// text is the part as pg_get_indexdef shows it alone.
func (p part) text(d described) string {
	if p.attribute >= 0 {
		return quote(d.Table.Columns[p.attribute].Name)
	}
	return p.Expression
}

// accessMethods are the OIDs of pg_am by what a definition says after USING.
var accessMethods = map[string]int64{"btree": 403, "hash": 405, "gist": 783, "gin": 2742, "brin": 3580, "spgist": 4000}

func (i index) accessMethod() int64 {
	name, _, _ := strings.Cut(i.using, " ")
	if oid, ok := accessMethods[name]; ok {
		return oid
	}
	return accessMethods["btree"]
}
