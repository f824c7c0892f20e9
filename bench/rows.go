package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// wideRow is one row of ten columns for a number i, in the SQL that PostgreSQL and
// DuckDB share.
const wideRow = `i AS id, (i * 7919 %% 1000003)::bigint AS k, (i %% 1000)::integer AS n, i / 7.0::double precision AS f,
	md5(i::text) AS t, 'item number ' || i AS name, timestamp '2020-01-01' + %s AS at,
	(i %% 1000000 / 100.0)::numeric(12,2) AS amount, i %% 3 = 0 AS flag, date '2020-01-01' + (i %% 1000)::integer AS day`

// bulkRows reads a table of ten columns whole: from PostgreSQL direct and through the
// relay, then the same rows out of a Parquet file.
func bulkRows(ctx context.Context, o *options) error {
	if !installed("rows", "python3") {
		return nil
	}
	return withDatabase(ctx, o, func(own *url.URL) error {
		create := fmt.Sprintf("CREATE UNLOGGED TABLE wide AS SELECT "+wideRow+" FROM generate_series(1, %d::bigint) AS i", "make_interval(secs => i)", o.rows)
		if err := statements(ctx, own.String(), create, "VACUUM ANALYZE wide"); err != nil {
			return err
		}
		if err := writeParquet(o); err != nil {
			return err
		}
		config := relayConfig(own)
		config = strings.Replace(config, "schemas:", fmt.Sprintf("  files: {kind: object_store, url: %q}\nschemas:", "file://"+o.folder), 1) +
			"tables:\n  lake.wide: {server: files, path: wide.parquet}\n"
		g, err := startGateway(o.program, o.folder, config, 2)
		if err != nil {
			return err
		}
		defer func() { _ = g.stop() }()
		return compareRows(ctx, o, own, g)
	})
}

// writeParquet has DuckDB write the rows, so that no reader meets its own writer.
func writeParquet(o *options) error {
	sql := fmt.Sprintf("copy (select "+wideRow+" from range(1, %d) as r(i)) to '%s' (format parquet)",
		"to_seconds(i)", o.rows+1, filepath.Join(o.folder, "wide.parquet"))
	cmd := exec.Command("python3", "-c", "import duckdb, sys; duckdb.sql(sys.argv[1])", sql)
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("writing Parquet with DuckDB: %w", err)
	}
	return nil
}

func compareRows(ctx context.Context, o *options, own *url.URL, g *gateway) error {
	gateway := *own
	gateway.Host = g.address
	if _, _, err := readAll(ctx, gateway.String(), fmt.Sprintf("SELECT * FROM public.wide LIMIT %d", o.rows/10)); err != nil {
		return err
	}
	small, err := peakMemory(g.pid())
	if err != nil {
		return err
	}
	var direct, relayed, parquet []float64
	for range 3 {
		for _, read := range []struct {
			url, sql string
			rates    *[]float64
		}{
			{own.String(), "SELECT * FROM public.wide", &direct},
			{gateway.String(), "SELECT * FROM public.wide", &relayed},
		} {
			if err := addRate(ctx, o, read.url, read.sql, read.rates); err != nil {
				return err
			}
		}
	}
	whole, err := peakMemory(g.pid())
	if err != nil {
		return err
	}
	for range 3 {
		if err := addRate(ctx, o, gateway.String(), "SELECT * FROM lake.wide", &parquet); err != nil {
			return err
		}
	}
	fmt.Printf("\n%d rows of 10 columns to a client, thousands a second: PostgreSQL %.0f, the relay %.0f, Parquet %.0f\n",
		o.rows, median(direct)/1e3, median(relayed)/1e3, median(parquet)/1e3)
	o.table.add("rows/s, PostgreSQL through the relay / direct", median(relayed)/median(direct), 0.9, atLeast)
	o.table.note(fmt.Sprintf("  gateway memory at its peak: %d MiB after a tenth of the rows, %d MiB after three times all", small>>20, whole>>20))
	o.table.add("rows/s, Parquet through the gateway / PostgreSQL direct", median(parquet)/median(direct), 3, atLeast)
	return nil
}

func addRate(ctx context.Context, o *options, url, sql string, rates *[]float64) error {
	rows, elapsed, err := readAll(ctx, url, sql)
	if err != nil {
		return err
	}
	if rows != o.rows {
		return fmt.Errorf("%s gave %d rows, not %d", sql, rows, o.rows)
	}
	*rates = append(*rates, float64(rows)/elapsed.Seconds())
	return nil
}

// readAll counts the rows of a statement. It looks at nothing but message headers, so
// that the client costs as little as one can.
func readAll(ctx context.Context, url, sql string) (rows int, elapsed time.Duration, err error) {
	connected, err := pgconn.Connect(ctx, url)
	if err != nil {
		return 0, 0, err
	}
	conn, err := connected.Hijack()
	if err != nil {
		return 0, 0, err
	}
	defer conn.Conn.Close()
	query, err := (&pgproto3.Query{String: sql}).Encode(nil)
	if err != nil {
		return 0, 0, err
	}
	start := time.Now()
	if _, err := conn.Conn.Write(query); err != nil {
		return 0, 0, err
	}
	in := bufio.NewReaderSize(conn.Conn, 1<<18)
	for {
		header, err := in.Peek(5)
		if err != nil {
			return 0, 0, fmt.Errorf("reading rows: %w", err)
		}
		kind, length := header[0], int(binary.BigEndian.Uint32(header[1:]))+1
		if kind == 'E' {
			text := make([]byte, length)
			_, err := io.ReadFull(in, text)
			return 0, 0, errors.Join(fmt.Errorf("%s failed: %q", sql, text[5:]), err)
		}
		if _, err := in.Discard(length); err != nil {
			return 0, 0, fmt.Errorf("reading rows: %w", err)
		}
		switch kind {
		case 'D':
			rows++
		case 'Z':
			return rows, time.Since(start), nil
		}
	}
}
