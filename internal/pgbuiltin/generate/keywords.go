package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"

	"github.com/jackc/pgx/v5"
)

// writeKeywords stores the rows of pg_get_keywords, as a relation is stored.
func writeKeywords(ctx context.Context, conn *pgx.Conn, folder string) error {
	var rows bytes.Buffer
	rows.WriteString("word:25\tcatcode:18\tbarelabel:16\tcatdesc:25\tbaredesc:25\n")
	if _, err := conn.PgConn().CopyTo(ctx, &rows, "copy (select * from pg_get_keywords() order by word) to stdout"); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "pg_get_keywords.tsv"), rows.Bytes(), 0o644)
}
