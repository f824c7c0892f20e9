package answers

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// connect opens a session on a database of the server.
func connect(ctx context.Context, server, name string) (*pgconn.PgConn, error) {
	return pgconn.Connect(ctx, databaseURL(server, name))
}

func databaseURL(server, name string) string {
	u, err := url.Parse(server)
	if err != nil {
		return server
	}
	u.Path = "/" + name
	return u.String()
}

// execute runs statements that give nothing.
func execute(ctx context.Context, conn *pgconn.PgConn, sql string) error {
	if _, err := conn.Exec(ctx, sql).ReadAll(); err != nil {
		return fmt.Errorf("%.80s: %w", sql, err)
	}
	return nil
}

// createDatabase makes a database and fills it with tables in the types that declare
// gives.
func createDatabase(ctx context.Context, server, name string, tables []*Placed, declare func(PlacedColumn) string, named func(*Table) string) error {
	admin, err := pgconn.Connect(ctx, server)
	if err != nil {
		return err
	}
	defer admin.Close(ctx)
	for _, sql := range []string{
		"drop database if exists " + name + " with (force)",
		"create database " + name + " template template0 encoding 'UTF8' lc_collate 'C.UTF-8' lc_ctype 'C.UTF-8'",
	} {
		if err := execute(ctx, admin, sql); err != nil {
			return err
		}
	}
	conn, err := connect(ctx, server, name)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	for _, t := range tables {
		quoted := quoteDouble(named(t.Table))
		if err := execute(ctx, conn, t.DDL(quoted, quoteDouble, declare)); err != nil {
			return err
		}
		if _, err := conn.CopyFrom(ctx, strings.NewReader(t.copyText()), "copy "+quoted+" from stdin"); err != nil {
			return fmt.Errorf("filling %s: %w", t.Name, err)
		}
		if err := indexLarge(ctx, conn, t, quoted); err != nil {
			return err
		}
	}
	return execute(ctx, conn, "analyze")
}

// copyText is the rows as COPY reads them.
func (p *Placed) copyText() string {
	var b strings.Builder
	for _, row := range p.Rows {
		for i, v := range p.Row(row) {
			if i > 0 {
				b.WriteByte('\t')
			}
			if v == nil {
				b.WriteString(`\N`)
			} else {
				b.WriteString(copyEscaper.Replace(*v))
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// dropDatabase removes what createDatabase made.
func dropDatabase(ctx context.Context, server, name string) error {
	admin, err := pgconn.Connect(ctx, server)
	if err != nil {
		return err
	}
	defer admin.Close(ctx)
	return execute(ctx, admin, "drop database if exists "+name+" with (force)")
}

// generate runs the queries of tables that have one.
func generate(ctx context.Context, server string, tables []*Table) error {
	conn, err := pgconn.Connect(ctx, server)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	for _, t := range tables {
		if t.SQL == "" || t.Rows != nil {
			continue
		}
		results, err := conn.Exec(ctx, t.SQL).ReadAll()
		if err != nil {
			return fmt.Errorf("making %s: %w", t.Name, err)
		}
		for _, row := range results[0].Rows {
			values := make([]*string, len(row))
			for i, v := range row {
				if v != nil {
					text := string(v)
					values[i] = &text
				}
			}
			t.Rows = append(t.Rows, values)
		}
	}
	return nil
}

// indexLarge gives large tables indexes: correlated sub-queries would otherwise keep
// the oracle busy for minutes.
func indexLarge(ctx context.Context, conn *pgconn.PgConn, t *Placed, quoted string) error {
	if len(t.Rows) < 10000 {
		return nil
	}
	for _, c := range t.Columns {
		if c.Type == "bigint" && !c.Key {
			if err := execute(ctx, conn, "create index on "+quoted+" ("+quoteDouble(c.Name)+")"); err != nil {
				return err
			}
		}
	}
	return nil
}
