package answers

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// tpchPlacements are those of the other cases where each table lies in another kind,
// some where all lie in one, and two that spread the eight tables over four sources.
func tpchPlacements() []Placement {
	named := []string{"postgres_unrelayed", "mysql", "sqlite", "parquet", "mixed_1"}
	if os.Getenv("GATEWAY_ANSWERS_PLACEMENT") != "" {
		named = nil // all of them can be asked for
	}
	placements := slices.DeleteFunc(Placements(), func(p Placement) bool { return named != nil && !slices.Contains(named, p.Name) })
	return append(placements,
		Placement{Name: "tpch_spread", Kinds: []string{"postgres"}, Default: "postgres", Tables: map[string]string{
			"lineitem": "parquet", "part": "mysql", "partsupp": "mysql", "supplier": "sqlite", "nation": "sqlite", "region": "sqlite",
		}},
		Placement{Name: "tpch_turned", Kinds: []string{"parquet"}, Default: "postgres", Tables: map[string]string{
			"lineitem": "postgres", "supplier": "postgres", "customer": "mysql", "nation": "mysql", "part": "sqlite", "region": "sqlite",
		}},
	)
}

// TestTPCH runs TPC-H's 22 queries, whose answers are known, and others over its
// tables, at scale factor 0.01.
func TestTPCH(t *testing.T) {
	service(t)
	data := tpchData(t)
	tables, err := ReadTables(filepath.Join(testdata, "tables", "tpch"))
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		if err := table.readTPCH(data); err != nil {
			t.Fatal(err)
		}
	}
	folder := filepath.Join(testdata, "tpch")
	queries, err := ReadScripts(folder)
	if err != nil {
		t.Fatal(err)
	}
	if len(queries) != 22 {
		t.Fatalf("%d queries in %s", len(queries), folder)
	}
	if err := ReadKnown(folder, queries, *rewriting); err != nil {
		t.Fatal(err)
	}
	queries = slices.DeleteFunc(queries, func(s *Script) bool { return !chosen("SCRIPT", s.Name) })
	run(t, "tpch", tables, append(scripts(t, filepath.Join(testdata, "sql"), true), queries...), tpchPlacements())
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
