package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

var tpchTables = []string{"customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier"}

// tpch runs the 22 queries over the same Parquet files in the gateway and in DuckDB,
// compares answers, and CPU time.
func tpch(ctx context.Context, o *options) error {
	if o.tpchData == "" {
		fmt.Println("tpch: SKIPPED: set BENCH_TPCH_DATA (a folder of TABLE.parquet, SF1)")
		return nil
	}
	queries, err := readQueries(o.tpchQueries, o.only)
	if err != nil {
		return err
	}
	if len(queries) == 0 {
		return fmt.Errorf("no queries in %s", o.tpchQueries)
	}
	for _, threads := range o.threads {
		if err := tpchThreads(ctx, o, queries, threads); err != nil {
			return err
		}
	}
	return nil
}

type namedQuery struct{ name, sql string }

func readQueries(folder, only string) ([]namedQuery, error) {
	files, err := filepath.Glob(filepath.Join(folder, "q*.sql"))
	if err != nil {
		return nil, err
	}
	sort.Strings(files)
	var queries []namedQuery
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".sql")
		if only != "" && !slices.Contains(strings.Split(only, ","), name) {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		queries = append(queries, namedQuery{name, strings.TrimRight(strings.TrimSpace(string(text)), ";")})
	}
	return queries, nil
}

func tpchThreads(ctx context.Context, o *options, queries []namedQuery, threads int) error {
	g, err := startGateway(o.program, o.folder, tpchConfig(o.tpchData, threads), threads)
	if err != nil {
		return err
	}
	defer func() { _ = g.stop() }()
	conn, err := pgx.Connect(ctx, "postgres://bench@"+g.address+"/bench?default_query_exec_mode=simple_protocol&sslmode=disable")
	if err != nil {
		return fmt.Errorf("connecting to the gateway: %w", err)
	}
	defer conn.Close(ctx)
	d, err := startDuck(o.tpchData, threads)
	if err != nil {
		return err
	}
	defer d.stop()
	fmt.Printf("\nTPC-H, CPU seconds, %d thread(s); DuckDB %s\n%-5s %8s %8s %6s  %s\n", threads, d.version, "query", "gateway", "duckdb", "ratio", "answer")
	var ratios []float64
	worst, worstName := 0.0, ""
	for _, q := range queries {
		theirs, err := d.ask(q.sql, o.runs)
		if err != nil {
			return err
		}
		ours, rows, err := askGateway(ctx, conn, g, q.sql, o.runs)
		if err != nil {
			fmt.Printf("%-5s gateway: %v\n", q.name, err)
			if ctx.Err() != nil || conn.IsClosed() {
				return err
			}
			continue
		}
		answer := "equal"
		if fault := differ(rows, theirs.Rows); theirs.Error != "" {
			answer = "duckdb: " + theirs.Error
		} else if fault != "" {
			answer = "DIFFERS: " + fault
		}
		ratio := ours / median(theirs.CPU)
		ratios = append(ratios, ratio)
		if ratio > worst {
			worst, worstName = ratio, q.name
		}
		fmt.Printf("%-5s %8.3f %8.3f %6.2f  %s\n", q.name, ours, median(theirs.CPU), ratio, answer)
	}
	o.table.add(fmt.Sprintf("TPC-H SF1 CPU, gateway / DuckDB, geometric mean of %d, %d thread(s)", len(ratios), threads), geometricMean(ratios), 3, atMost)
	o.table.note(fmt.Sprintf("  worst: %s at %.2f", worstName, worst))
	return nil
}

func tpchConfig(folder string, threads int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "listen: 127.0.0.1:0\ndatabase: bench\nauth: {method: trust}\nworkers: %d\nservers:\n  files: {kind: object_store, url: \"file://%s\"}\ntables:\n", threads, folder)
	for _, t := range tpchTables {
		fmt.Fprintf(&b, "  public.%s: {server: files, path: \"%s.parquet\"}\n", t, t)
	}
	return b.String()
}

// askGateway is the median CPU time of runs, and the rows as text.
func askGateway(ctx context.Context, conn *pgx.Conn, g *gateway, sql string, runs int) (float64, [][]*string, error) {
	var used []float64
	var rows [][]*string
	for range runs {
		before, err := cpuOf(g.pid())
		if err != nil {
			return 0, nil, err
		}
		limit, cancel := context.WithTimeout(ctx, 2*time.Minute)
		rows = nil
		reader := conn.PgConn().Exec(limit, sql)
		for reader.NextResult() {
			result := reader.ResultReader()
			for result.NextRow() {
				rows = append(rows, texts(result.Values()))
			}
		}
		err = reader.Close()
		cancel()
		if err != nil {
			return 0, nil, err
		}
		after, err := cpuOf(g.pid())
		if err != nil {
			return 0, nil, err
		}
		used = append(used, (after - before).Seconds())
	}
	return median(used), rows, nil
}

func texts(values [][]byte) []*string {
	row := make([]*string, len(values))
	for i, v := range values {
		if v != nil {
			s := string(v)
			row[i] = &s
		}
	}
	return row
}

// differ says how two answers differ. Numbers are equal when they are as numbers:
// DuckDB's averages and quotients are floats, ours exact.
func differ(ours, theirs [][]*string) string {
	if len(ours) != len(theirs) {
		return fmt.Sprintf("%d rows, DuckDB %d", len(ours), len(theirs))
	}
	for i := range ours {
		for j := range ours[i] {
			if !sameValue(ours[i][j], theirs[i][j]) {
				return fmt.Sprintf("row %d column %d: %s, DuckDB %s", i+1, j+1, shown(ours[i][j]), shown(theirs[i][j]))
			}
		}
	}
	return ""
}

func sameValue(a, b *string) bool {
	if a == nil || b == nil {
		return a == b
	}
	if *a == *b {
		return true
	}
	x, err1 := strconv.ParseFloat(*a, 64)
	y, err2 := strconv.ParseFloat(*b, 64)
	return err1 == nil && err2 == nil && math.Abs(x-y) <= 1e-9*max(1, math.Abs(x))
}

func shown(v *string) string {
	if v == nil {
		return "NULL"
	}
	return *v
}

// duck is DuckDB in a process of its own.
type duck struct {
	cmd     *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
	version string
}

type duckAnswer struct {
	CPU, Wall []float64
	Rows      [][]*string
	Error     string
	Version   string
}

func startDuck(folder string, threads int) (*duck, error) {
	cmd := exec.Command("python3", "bench/rival_duckdb.py")
	cmd.Stderr = os.Stderr
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2, cmd.Start()); err != nil {
		return nil, fmt.Errorf("starting DuckDB: %w", err)
	}
	d := &duck{cmd: cmd, in: in, out: bufio.NewReaderSize(out, 1<<20)}
	answer, err := d.exchange(map[string]any{"folder": folder, "tables": tpchTables, "threads": threads})
	if err != nil {
		return nil, err
	}
	d.version = answer.Version
	return d, nil
}

func (d *duck) ask(sql string, runs int) (*duckAnswer, error) {
	return d.exchange(map[string]any{"sql": sql, "runs": runs})
}

func (d *duck) exchange(request map[string]any) (*duckAnswer, error) {
	text, err := json.Marshal(request)
	if err != nil {
		return nil, err
	}
	if _, err := d.in.Write(append(text, '\n')); err != nil {
		return nil, fmt.Errorf("asking DuckDB: %w", err)
	}
	line, err := d.out.ReadBytes('\n')
	if err != nil {
		return nil, fmt.Errorf("reading DuckDB's answer: %w", err)
	}
	answer := &duckAnswer{}
	return answer, json.Unmarshal(line, answer)
}

func (d *duck) stop() {
	_ = d.in.Close()
	_ = d.cmd.Wait()
}
