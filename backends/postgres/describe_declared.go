package postgres

import "context"

// declared asks for what only the catalog's readers want to know: the sequences that
// columns own, the size of indexes, and definitions with fewer parentheses.
func (d *described) declared(ctx context.Context, c *conn) error {
	const query = `SELECT k.conrelid, 'check', k.conname, pg_catalog.pg_get_constraintdef(k.oid, true), ''
		FROM pg_catalog.pg_constraint k WHERE k.conrelid = ANY ($1::text::oid[]) AND k.contype = 'c'
		UNION ALL SELECT a.attrelid, 'column', a.attnum::text, pg_catalog.pg_get_serial_sequence(a.attrelid::regclass::text, a.attname), ''
		FROM pg_catalog.pg_attribute a WHERE a.attrelid = ANY ($1::text::oid[]) AND a.attnum > 0 AND NOT a.attisdropped AND (a.atthasdef OR a.attidentity <> '')
		UNION ALL SELECT i.indrelid, 'index', x.relname, substring(pg_catalog.pg_get_indexdef(x.oid, 0, true) FROM ' USING (.*)$'), x.relpages::text
		FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid WHERE i.indrelid = ANY ($1::text::oid[])
		UNION ALL SELECT v.oid, 'view', '', pg_catalog.pg_get_viewdef(v.oid, true), ''
		FROM pg_catalog.pg_class v WHERE v.oid = ANY ($1::text::oid[]) AND v.relkind IN ('v','m')
		ORDER BY 1, 2, 3`
	return c.each(ctx, query, d.ofTables(), func(cells []*string) error {
		if r := d.byOID[text(cells[0])]; r != nil {
			r.declare(text(cells[1]), text(cells[2]), text(cells[3]), number(cells[4]))
		}
		return nil
	})
}

// declare keeps one row of what declared asks for.
func (r *relation) declare(what, name, definition string, pages int64) {
	switch what {
	case "check":
		for i := range r.Checks {
			if r.Checks[i].Name == name {
				r.Checks[i].Pretty = definition
			}
		}
	case "column":
		if at, ok := r.attnums[name]; ok {
			r.Columns[at].Facts.Sequence = definition
		}
	case "index":
		for i := range r.Indexes {
			if r.Indexes[i].Name == name {
				r.Indexes[i].Pretty, r.Indexes[i].Pages = definition, pages
			}
		}
	case "view":
		r.Pretty = definition
	}
}
