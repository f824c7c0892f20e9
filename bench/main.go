// Command bench measures the gateway beside named rivals and prints ratios, each with
// how much of its limit it reaches. It is not a test: it judges nothing but answers.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
)

// options are the flags, and what the items share.
type options struct {
	folder, program       string
	tpchData, tpchQueries string
	only                  string
	postgres              string
	seconds, runs, rows   int
	threads               []int
	table                 *ratioTable
}

type item struct {
	name string
	run  func(context.Context, *options) error
}

var items = []item{{"relay", relay}, {"rows", bulkRows}, {"tpch", tpch}, {"planning", planning}}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run() error {
	o := &options{table: &ratioTable{}}
	var threads string
	flag.StringVar(&o.program, "gateway", "", "the gateway program to measure; built when empty")
	flag.StringVar(&o.tpchData, "tpch-data", os.Getenv("BENCH_TPCH_DATA"), "folder of TPC-H tables as TABLE.parquet")
	flag.StringVar(&o.tpchQueries, "tpch-queries", "testdata/tpch", "folder of the TPC-H queries as qNN.sql")
	flag.StringVar(&o.postgres, "postgres", os.Getenv("GATEWAY_TEST_POSTGRES"), "URL of a PostgreSQL whose user may create databases")
	flag.StringVar(&o.only, "queries", "", "comma-separated TPC-H queries to run, such as q01,q06")
	flag.StringVar(&threads, "threads", "1,2", "thread counts of the TPC-H item")
	flag.IntVar(&o.runs, "runs", 3, "runs of each TPC-H query; the median counts")
	flag.IntVar(&o.seconds, "seconds", 5, "length of each pgbench run")
	flag.IntVar(&o.rows, "rows", 5_000_000, "rows of the bulk reads")
	flag.Parse()
	for _, text := range strings.Split(threads, ",") {
		n, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("-threads: %w", err)
		}
		o.threads = append(o.threads, n)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	folder, err := os.MkdirTemp("", "gateway-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	o.folder = folder
	if o.program == "" {
		if o.program, err = buildGateway(folder); err != nil {
			return err
		}
	}
	for _, it := range items {
		if flag.NArg() > 0 && !slices.Contains(flag.Args(), it.name) {
			continue
		}
		if err := it.run(ctx, o); err != nil {
			return fmt.Errorf("%s: %w", it.name, err)
		}
	}
	o.table.print(os.Stdout)
	return nil
}
