package answers

import (
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	_ "github.com/go-sql-driver/mysql" // the driver
	_ "modernc.org/sqlite"             // the driver
)

// loadMySQL makes the database and fills it.
func loadMySQL(ctx context.Context, dsn, name string, tables []*Placed) error {
	db, err := sql.Open("mysql", dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	for _, statement := range []string{
		"set names utf8mb4", "set time_zone = '+00:00'", "set sql_mode = 'NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES'",
		"drop database if exists " + name, "create database " + name + " character set utf8mb4", "use " + name,
	} {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return fill(ctx, conn, tables, quoteBack, mysqlLiteral)
}

// loadSQLite makes the file and fills it.
func loadSQLite(ctx context.Context, file string, tables []*Placed) error {
	db, err := sql.Open("sqlite", file)
	if err != nil {
		return err
	}
	defer db.Close()
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return fill(ctx, conn, tables, quoteDouble, sqliteLiteral)
}

func fill(ctx context.Context, conn *sql.Conn, tables []*Placed, quote func(string) string, literal func(typ string, v string) string) error {
	for _, t := range tables {
		name := quote(remoteName(t.Table))
		if _, err := conn.ExecContext(ctx, t.DDL(name, quote, func(c PlacedColumn) string { return c.Native })); err != nil {
			return fmt.Errorf("making %s: %w", t.Name, err)
		}
		for start := 0; start < len(t.Rows); start += 500 {
			rows := t.Rows[start:min(start+500, len(t.Rows))]
			if _, err := conn.ExecContext(ctx, "insert into "+name+" values "+t.values(rows, literal)); err != nil {
				return fmt.Errorf("filling %s: %w", t.Name, err)
			}
		}
	}
	return nil
}

// values writes rows as lists of literals.
func (p *Placed) values(rows [][]*string, literal func(typ string, v string) string) string {
	var b strings.Builder
	for i, row := range rows {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('(')
		for j, v := range p.Row(row) {
			if j > 0 {
				b.WriteByte(',')
			}
			if v == nil {
				b.WriteString("null")
			} else {
				b.WriteString(literal(p.Table.Columns[p.Columns[j].Source].Type, *v))
			}
		}
		b.WriteByte(')')
	}
	return b.String()
}

func quoted(v string) string { return "'" + strings.ReplaceAll(v, "'", "''") + "'" }

// plain is a literal that the SQL sources write alike.
func plain(typ, v string) (literal string, ok bool) {
	switch typ {
	case "smallint", "integer", "bigint":
		return v, true
	case "real", "double precision":
		if _, err := strconv.ParseFloat(v, 64); err == nil {
			if !strings.ContainsAny(v, "e.") {
				v += ".0"
			}
			return v, true
		}
	case "boolean":
		if v == "t" {
			return "1", true
		}
		return "0", true
	case "bytea":
		if _, err := hex.DecodeString(v[2:]); err == nil {
			return "x'" + v[2:] + "'", true
		}
	}
	return "", false
}

func mysqlLiteral(typ, v string) string {
	if literal, ok := plain(typ, v); ok {
		return literal
	}
	if strings.HasSuffix(typ, "with time zone") {
		v = strings.TrimSuffix(v, "+00")
	}
	return quoted(v)
}

func sqliteLiteral(typ, v string) string {
	if literal, ok := plain(typ, v); ok {
		return literal
	}
	return quoted(v)
}

// mysqlDSN is the server's DSN with another database.
func mysqlDSN(dsn, name string) string {
	if i := strings.LastIndexByte(dsn, '/'); i >= 0 {
		_, options, found := strings.Cut(dsn[i+1:], "?")
		if found {
			name += "?" + options
		}
		return dsn[:i+1] + name
	}
	return dsn + "/" + name
}

func dropMySQL(ctx context.Context, dsn, name string) error {
	db, err := sql.Open("mysql", dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, "drop database if exists "+name)
	return err
}
