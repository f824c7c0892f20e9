package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"

	"github.com/jackc/pgx/v5"
)

// systemColumns lists the columns of every system relation, so that each can be
// served in its true shape, also those that the gateway has no rows for. A domain is
// given as its base type, as clients see it.
const systemColumns = `
select n.nspname, c.relname, c.oid::int8, c.relkind, c.reltype::int8, a.attname, a.attnum, case when t.typtype = 'd' then t.typbasetype else t.oid end::int8,
	case when t.typtype = 'd' then t.typtypmod else a.atttypmod end, a.attnotnull, a.attcollation::int8
from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
	join pg_type t on t.oid = a.atttypid
where n.nspname in ('pg_catalog', 'information_schema') and c.relkind in ('r', 'v') and a.attnum > 0 and not a.attisdropped
order by n.nspname desc, c.relname, a.attnum`

func writeSystemColumns(ctx context.Context, conn *pgx.Conn, folder string) error {
	var rows bytes.Buffer
	rows.WriteString("schema:19\trelation:19\toid:20\tkind:18\treltype:20\tname:19\tnumber:21\ttype:20\ttypmod:23\tnotnull:16\tcollation:20\n")
	if _, err := conn.PgConn().CopyTo(ctx, &rows, "copy ("+systemColumns+") to stdout"); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "system_columns.tsv"), rows.Bytes(), 0o644)
}
