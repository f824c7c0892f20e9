package delta

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/backends/objectstore/parquetfile"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// oraclePackages are delta-rs, from PyPI, and what writes its rows as Parquet.
var oraclePackages = []string{"deltalake==1.6.6", "pyarrow==26.0.1"}

// oracleOnce installs delta-rs once for all tests.
var oracleOnce = sync.OnceValues(func() (string, error) {
	if python := os.Getenv("GATEWAY_TEST_DELTA_PYTHON"); python != "" {
		return python, nil
	}
	folder := filepath.Join(os.TempDir(), "gateway-delta-rs-1.6.6")
	python := filepath.Join(folder, "bin", "python")
	if _, err := os.Stat(filepath.Join(folder, "ready")); err == nil {
		return python, nil
	}
	for _, command := range [][]string{
		{"python3", "-m", "venv", folder},
		append([]string{python, "-m", "pip", "-q", "install"}, oraclePackages...),
	} {
		if out, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
			return "", fmt.Errorf("%s: %w: %s", strings.Join(command, " "), err, out)
		}
	}
	return python, os.WriteFile(filepath.Join(folder, "ready"), nil, 0o644)
})

// oracle runs testdata/oracle.py.
func oracle(t *testing.T, arguments ...string) {
	t.Helper()
	python, err := oracleOnce()
	if err != nil {
		if os.Getenv("GATEWAY_CI") != "" {
			t.Fatal(err)
		}
		t.Skip("delta-rs can not be installed: ", err)
	}
	var out bytes.Buffer
	command := exec.CommandContext(t.Context(), python, append([]string{"testdata/oracle.py"}, arguments...)...)
	command.Stdout, command.Stderr = &out, &out
	if err := command.Run(); err != nil {
		t.Fatalf("oracle.py %s: %v\n%s", strings.Join(arguments, " "), err, out.String())
	}
	if out.Len() > 0 {
		t.Log(out.String())
	}
}

// checkedBackend opens a folder of tables with an allocator that finds leaks.
func checkedBackend(t testing.TB, config Config) *Backend {
	t.Helper()
	checked := memory.NewCheckedAllocator(memory.NewGoAllocator())
	b := Open(&config, backends.Env{Allocator: checked})
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		checked.AssertSize(t, 0)
	})
	return b
}

// manyRows is how many rows of all columns are compared as text in good time; of
// tables with more only the first columns are.
const manyRows = 100_000

// tableRows reads a table as sorted lines of "column=text", columns by name.
func tableRows(ctx context.Context, b backends.Backend, name string) ([]string, error) {
	d, err := b.Describe(ctx, backends.TableName{Name: name})
	if err != nil {
		return nil, err
	}
	f := backends.Fragment{Scan: &backends.ScanFragment{Table: d.Name, Limit: -1}}
	for i, c := range d.Columns {
		if d.Rows > manyRows && i >= 2 || c.System {
			break
		}
		f.Scan.Columns = append(f.Scan.Columns, i)
		f.Output = append(f.Output, backends.Column{Name: c.Name, Type: c.Type})
	}
	return fragmentRows(ctx, b, f)
}

func fragmentRows(ctx context.Context, b backends.Backend, f backends.Fragment) ([]string, error) {
	r, err := b.Read(ctx, f)
	if err != nil {
		return nil, err
	}
	defer r.Release()
	var rows []string
	for r.Next() {
		batch := r.RecordBatch()
		for row := range int(batch.NumRows()) {
			cells := make([]string, len(f.Output))
			for i, c := range f.Output {
				v, err := pgtypes.DatumFromArrow(batch.Column(i), row, c.Type)
				if err != nil {
					return nil, err
				}
				cells[i] = cell(c.Name, c.Type, v)
			}
			rows = append(rows, line(cells))
		}
	}
	sort.Strings(rows)
	return rows, r.Err()
}

func cell(name string, t pgtypes.Type, v pgtypes.Datum) string {
	if v == nil {
		return name + " is null"
	}
	return name + "=" + pgtypes.Text(t, v, pgtypes.DefaultStyle())
}

func line(cells []string) string {
	sort.Strings(cells)
	return strings.Join(cells, " | ")
}

// parquetRows is tableRows of one Parquet file, which the oracle wrote.
func parquetRows(t *testing.T, name string) []string {
	t.Helper()
	src, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	info, _ := src.Stat()
	file, err := parquetfile.ReadFooter(src, info.Size(), parquetfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var columns []int
	total := int64(0)
	for g := range file.RowGroups() {
		total += file.Rows(g)
	}
	for i := range file.Columns {
		if total > manyRows && i >= 2 {
			break
		}
		columns = append(columns, i)
	}
	var rows []string
	for g := range file.RowGroups() {
		group, err := file.Open(src, g, columns, memory.NewGoAllocator())
		if err != nil {
			t.Fatal(err)
		}
		for {
			data, n, err := group.Next(1000)
			if err != nil {
				t.Fatal(err)
			}
			if n == 0 {
				break
			}
			for row := range n {
				cells := make([]string, len(columns))
				for i, d := range data {
					a := array.MakeFromData(d)
					v, err := pgtypes.DatumFromArrow(a, row, file.Columns[i].Type)
					if err != nil {
						t.Fatal(err)
					}
					cells[i] = cell(file.Columns[i].Name, file.Columns[i].Type, v)
					a.Release()
				}
				rows = append(rows, line(cells))
			}
			for _, d := range data {
				d.Release()
			}
		}
		if err := group.Close(); err != nil {
			t.Fatal(err)
		}
	}
	sort.Strings(rows)
	return rows
}

// differ says how two lists of rows differ, "" if they do not.
func differ(got, want []string) string {
	if len(got) != len(want) {
		return fmt.Sprintf("%d rows, and delta-rs has %d", len(got), len(want))
	}
	for i := range got {
		if got[i] != want[i] {
			return fmt.Sprintf("row %d is\n  %s\nand of delta-rs\n  %s", i, got[i], want[i])
		}
	}
	return ""
}

// TestTablesOfDeltaRS reads what delta-rs writes.
func TestTablesOfDeltaRS(t *testing.T) {
	root, expected := t.TempDir(), t.TempDir()
	oracle(t, "make", root)
	oracle(t, "dump", root, expected)
	compareAll(t, root, expected, nil)
}

// TestTablesOfOthers reads the tables of delta-rs's own tests, which Spark and others
// wrote, below the folder files of what GATEWAY_CORPORA names. Those of which only the
// log is there must name the file that is gone.
func TestTablesOfOthers(t *testing.T) {
	root := os.Getenv("GATEWAY_CORPORA")
	if root == "" {
		t.Skip("GATEWAY_CORPORA names no folder with tables of other writers")
	}
	root = filepath.Join(root, "files", "delta-rs-tables")
	expected := t.TempDir()
	oracle(t, "dump", root, expected)
	compareAll(t, root, expected, map[string]string{
		"latest_not_checkpointed":                 "is gone",
		"simple_table_features":                   "reader version 5",
		"table-with-domain-metadata":              "is gone",
		"with_checkpoint_no_last_checkpoint":      "is gone",
		"spark-shredded-variant-preview-delta":    `type "variant"`,
		"spark-variant-checkpoint":                `type "variant"`,
		"spark-variant-stable-feature-checkpoint": `type "variant"`,
	})
}

// compareAll reads every table of a folder; refused says which must be errors that hold
// a text.
func compareAll(t *testing.T, root, expected string, refused map[string]string) {
	b := checkedBackend(t, Config{URL: root})
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	equal, named := 0, 0
	for _, e := range entries {
		if _, err := os.Stat(filepath.Join(root, e.Name(), "_delta_log")); err != nil {
			continue
		}
		rows, err := tableRows(t.Context(), b, e.Name())
		if want, ok := refused[e.Name()]; ok {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want an error with %q", e.Name(), err, want)
			}
			named++
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", e.Name(), err)
			continue
		}
		if why, err := os.ReadFile(filepath.Join(expected, e.Name()+".error")); err == nil {
			t.Errorf("%s: delta-rs says %s", e.Name(), why)
			continue
		}
		if d := differ(rows, parquetRows(t, filepath.Join(expected, e.Name()+".parquet"))); d != "" {
			t.Errorf("%s: %s", e.Name(), d)
			continue
		}
		equal++
	}
	t.Logf("%d tables equal, %d refused by name", equal, named)
}
