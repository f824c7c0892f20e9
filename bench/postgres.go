package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/jackc/pgx/v5"
)

// benchDatabase is made for a run and dropped after it.
const benchDatabase = "gateway_bench"

// withDatabase runs item over a database of its own, whose URL it is given.
func withDatabase(ctx context.Context, o *options, item func(*url.URL) error) error {
	if o.postgres == "" {
		fmt.Println("SKIPPED: set GATEWAY_TEST_POSTGRES to the URL of a PostgreSQL whose user may create databases")
		return nil
	}
	server, err := url.Parse(o.postgres)
	if err != nil {
		return errors.New("GATEWAY_TEST_POSTGRES is not a URL")
	}
	if err := statements(ctx, o.postgres, "DROP DATABASE IF EXISTS "+benchDatabase+" WITH (FORCE)", "CREATE DATABASE "+benchDatabase); err != nil {
		return err
	}
	own := *server
	own.Path = "/" + benchDatabase
	return errors.Join(item(&own), statements(ctx, o.postgres, "DROP DATABASE "+benchDatabase+" WITH (FORCE)"))
}

func statements(ctx context.Context, url string, list ...string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("connecting to PostgreSQL: %w", err)
	}
	defer conn.Close(ctx)
	for _, sql := range list {
		if _, err := conn.PgConn().Exec(ctx, sql).ReadAll(); err != nil {
			return fmt.Errorf("preparing PostgreSQL: %w", err)
		}
	}
	return nil
}

// relayConfig serves one Postgres database under its own names.
func relayConfig(own *url.URL) string {
	return fmt.Sprintf("listen: 127.0.0.1:0\ndatabase: %s\nauth: {method: trust}\nservers:\n  pg: {kind: postgres, dsn: %q, max_connections: 100}\nschemas:\n  public: {server: pg, remote: public}\n", benchDatabase, own)
}
