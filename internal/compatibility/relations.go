package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/sqlgateway/gateway/catalog/pgcatalog"
)

// writeRelations lists the system relations that have no rows.
func writeRelations(page *bytes.Buffer) {
	page.WriteString("## System relations\n\nEvery relation of PostgreSQL's pg_catalog and information_schema is there, with its columns, their order and types. " +
		"These have no rows, as in a database that does not use the feature; of information_schema, domains are given as their base types. " +
		"What the others hold is compared with a real server in `catalog/pgcatalog`, whose test lists each column that differs, and why.\n\n")
	for _, schema := range []string{"pg_catalog", "information_schema"} {
		fmt.Fprintf(page, "- `%s`: %s\n", schema, strings.Join(pgcatalog.Empty(schema), ", "))
	}
	page.WriteByte('\n')
}
