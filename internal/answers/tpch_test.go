package answers

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// tpchPlacements spread the eight tables over four sources, in two ways.
func tpchPlacements() []Placement {
	return []Placement{
		{Name: "tpch_spread", Kinds: []string{"postgres"}, Default: "postgres", Tables: map[string]string{
			"lineitem": "parquet", "part": "mysql", "partsupp": "mysql", "supplier": "sqlite", "nation": "sqlite", "region": "sqlite",
		}},
		{Name: "tpch_turned", Kinds: []string{"parquet"}, Default: "postgres", Modes: []string{"on"}, Tables: map[string]string{
			"lineitem": "postgres", "supplier": "postgres", "customer": "mysql", "nation": "mysql", "part": "sqlite", "region": "sqlite",
		}},
	}
}

// TestTPCH runs queries of TPC-H's kind, and TPC-H's own where they are at hand (they
// are not ours to publish), at scale factor 0.01.
func TestTPCH(t *testing.T) {
	service(t)
	folder := tpchData(t)
	tables, err := ReadTables(filepath.Join(testdata, "tables", "tpch"))
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		if err := table.readTPCH(folder); err != nil {
			t.Fatal(err)
		}
	}
	run(t, "tpch", tables, append(scripts(t, filepath.Join(testdata, "sql"), true), tpchQueries(t)...), tpchPlacements())
}

// tpchData makes the tables' files.
func tpchData(t *testing.T) string {
	t.Helper()
	program, err := exec.LookPath("tpchgen-cli")
	if err != nil {
		if os.Getenv("GATEWAY_CI") != "" {
			t.Fatal("tpchgen-cli is not installed: run .ci/services up")
		}
		t.Skip("tpchgen-cli is not installed: pip install tpchgen-cli")
	}
	folder := t.TempDir()
	for _, format := range []string{"tbl", "parquet"} {
		out, err := exec.CommandContext(context.Background(), program, format, "-s", "0.01", "-o", folder).CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	return folder
}

// tpchQueries are TPC-H's 22, from the folder of *.sql files that GATEWAY_TPCH_QUERIES
// names, or from a corpus.
func tpchQueries(t *testing.T) []*Script {
	t.Helper()
	folder := os.Getenv("GATEWAY_TPCH_QUERIES")
	if folder == "" && os.Getenv("GATEWAY_CORPORA") != "" {
		folder = filepath.Join(os.Getenv("GATEWAY_CORPORA"), "benchmarks", "tpch", "queries")
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.sql"))
	if err != nil {
		t.Fatal(err)
	}
	if folder == "" || len(files) == 0 {
		t.Log("TPC-H's own queries are left out: neither GATEWAY_TPCH_QUERIES nor GATEWAY_CORPORA names a folder with them")
		return nil
	}
	s := &Script{Name: "tpch_own"}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		// Ties at a limit aside, each query's order is total.
		s.Statements = append(s.Statements, &Statement{Name: filepath.Base(file), SQL: strings.TrimSuffix(strings.TrimSpace(string(text)), ";"), Ordered: true})
	}
	return []*Script{s}
}
