// Command generate writes the data files of package pgbuiltin from a running
// PostgreSQL 15, named by GATEWAY_TEST_POSTGRES:
//
//	go generate ./internal/pgbuiltin
//
// The server should be a fresh UTF8 cluster, initialised with --locale=C.UTF-8.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"
)

func main() {
	if err := run(context.Background(), "data"); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, folder string) error {
	url := os.Getenv("GATEWAY_TEST_POSTGRES")
	if url == "" {
		return errors.New("GATEWAY_TEST_POSTGRES is not set: it names the PostgreSQL 15 to read")
	}
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("connecting: %w", err)
	}
	defer func() { _ = conn.Close(ctx) }()
	// Casting reg* columns to text must not depend on the path.
	if _, err := conn.Exec(ctx, "set search_path = pg_catalog"); err != nil {
		return err
	}
	var version string
	if err := conn.QueryRow(ctx, "select split_part(current_setting('server_version'), ' ', 1)").Scan(&version); err != nil {
		return err
	}
	if !strings.HasPrefix(version, "15.") {
		return fmt.Errorf("the server is version %s, not 15", version)
	}
	if err := os.WriteFile(filepath.Join(folder, "version"), []byte(version+"\n"), 0o644); err != nil {
		return err
	}
	for _, r := range relations {
		if err := write(ctx, conn, folder, r); err != nil {
			return fmt.Errorf("writing %s: %w", r.name, err)
		}
	}
	if err := writeKeywords(ctx, conn, folder); err != nil {
		return fmt.Errorf("writing the key words: %w", err)
	}
	if err := writeSystemColumns(ctx, conn, folder); err != nil {
		return fmt.Errorf("writing the columns of system relations: %w", err)
	}
	return nil
}

// write stores one relation: a header of name:typeoid, then rows in COPY's text form.
func write(ctx context.Context, conn *pgx.Conn, folder string, r relation) error {
	columns, header, err := describe(ctx, conn, r)
	if err != nil {
		return err
	}
	query := "select " + strings.Join(columns, ", ") + " from " + r.name
	if r.where != "" {
		query += " where " + r.where
	}
	query += " order by " + r.order
	var rows bytes.Buffer
	rows.WriteString(strings.Join(header, "\t") + "\n")
	if _, err := conn.PgConn().CopyTo(ctx, &rows, "copy ("+query+") to stdout"); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, r.name+".tsv"), rows.Bytes(), 0o644)
}

// describe gives the select list and the header of a relation. References to
// procedures and their kin are stored as numbers.
func describe(ctx context.Context, conn *pgx.Conn, r relation) (columns, header []string, err error) {
	rows, err := conn.Query(ctx, `select attname::text, atttypid::int8, atttypid::regtype::text
		from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped
		order by attnum`, r.name)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var name, typeName string
		var oid int64
		if err := rows.Scan(&name, &oid, &typeName); err != nil {
			return nil, nil, err
		}
		expression := name
		switch {
		case r.replace[name] != "":
			expression = r.replace[name]
		case strings.HasPrefix(typeName, "reg"):
			expression = name + "::oid"
		}
		columns = append(columns, expression)
		header = append(header, fmt.Sprintf("%s:%d", name, oid))
	}
	return columns, header, rows.Err()
}
