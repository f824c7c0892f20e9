package delta

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/backends/objectstore/parquetfile"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

const benchRows = 1_000_000

// benchTable has a million rows in ten files; GATEWAY_BENCH_DELTA keeps it there, for
// other readers to be measured with.
func benchTable(b *testing.B) (*Backend, []backends.Column) {
	b.Helper()
	columns := []backends.Column{
		{Name: "id", Type: pgtypes.Of(pgtypes.OIDInt8)},
		{Name: "v", Type: pgtypes.Of(pgtypes.OIDFloat8)},
		{Name: "money", Type: pgtypes.Type{OID: pgtypes.OIDNumeric, Typmod: pgtypes.MakeNumericTypmod(12, 2)}},
		{Name: "day", Type: pgtypes.Of(pgtypes.OIDDate)},
		{Name: "s", Type: pgtypes.Of(pgtypes.OIDText)},
		{Name: "kind", Type: pgtypes.Of(pgtypes.OIDText)},
	}
	root := os.Getenv("GATEWAY_BENCH_DELTA")
	if root == "" {
		root = b.TempDir()
	}
	backend := Open(&Config{URL: root}, backends.Env{})
	b.Cleanup(func() { _ = backend.Close() })
	if _, err := os.Stat(filepath.Join(root, "bench")); err == nil {
		return backend, columns
	}
	makeDelta(b, backend, "bench", columns)
	for part := range 10 {
		err := appendRows(b, backend, "bench", columns, part*benchRows/10, (part+1)*benchRows/10, func(row, column int) (string, bool) {
			return []string{
				fmt.Sprint(row), fmt.Sprint(float64(row) / 3), fmt.Sprintf("%d.%02d", row%100000, row%100),
				fmt.Sprintf("20%02d-01-%02d", row%30, row%28+1), fmt.Sprintf("text %d of many", row), fmt.Sprintf("kind %d", row%10),
			}[column], true
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	return backend, columns
}

// BenchmarkRead reads the table whole.
func BenchmarkRead(b *testing.B) {
	backend, columns := benchTable(b)
	f := backends.Fragment{Scan: &backends.ScanFragment{Table: backends.TableName{Name: "bench"}, Limit: -1}, Output: columns}
	for i := range columns {
		f.Scan.Columns = append(f.Scan.Columns, i)
	}
	b.ResetTimer()
	for range b.N {
		r, err := backend.Read(b.Context(), f)
		if err != nil {
			b.Fatal(err)
		}
		rows := int64(0)
		for r.Next() {
			rows += r.RecordBatch().NumRows()
		}
		r.Release()
		if rows != benchRows || r.Err() != nil {
			b.Fatal(rows, r.Err())
		}
	}
	b.ReportMetric(float64(benchRows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkParquet reads the same files by themselves.
func BenchmarkParquet(b *testing.B) {
	backend, _ := benchTable(b)
	names, err := filepath.Glob(filepath.Join(backend.config.URL, "bench", "*.parquet"))
	if err != nil || len(names) != 10 {
		b.Fatal(names, err)
	}
	b.ResetTimer()
	for range b.N {
		for _, name := range names {
			readParquet(b, backend, name)
		}
	}
	b.ReportMetric(float64(benchRows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func readParquet(b *testing.B, backend *Backend, name string) {
	b.Helper()
	src, err := os.Open(name)
	if err != nil {
		b.Fatal(err)
	}
	defer src.Close()
	info, _ := src.Stat()
	file, err := parquetfile.ReadFooter(src, info.Size(), parquetfile.Options{})
	if err != nil {
		b.Fatal(err)
	}
	for g := range file.RowGroups() {
		group, err := file.Open(src, g, []int{0, 1, 2, 3, 4, 5}, backend.alloc)
		if err != nil {
			b.Fatal(err)
		}
		for {
			data, n, err := group.Next(defaultBatch)
			if err != nil {
				b.Fatal(err)
			}
			for _, d := range data {
				d.Release()
			}
			if n == 0 {
				break
			}
		}
		_ = group.Close()
	}
}

// BenchmarkAppend writes a batch of a hundred thousand rows and commits it.
func BenchmarkAppend(b *testing.B) {
	backend, columns := benchTable(b)
	name := "appended_" + newID()
	makeDelta(b, backend, name, columns)
	batch := textBatch(b, columns, 100_000, func(row, column int) (string, bool) {
		return []string{fmt.Sprint(row), "1.5", "2.50", "2026-01-01", fmt.Sprintf("text %d", row), "kind"}[column], true
	})
	defer batch.Release()
	b.ResetTimer()
	for range b.N {
		if err := writeBatch(b.Context(), backend, backends.TableName{Name: name}, columns, backends.Append, batch); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(100_000*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
