package parquetfile

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// sampleFile has a column of each kind of page, with NULLs.
func sampleFile(t testing.TB, compression string) []byte {
	t.Helper()
	var columns []backends.Column
	for _, oid := range []uint32{
		pgtypes.OIDBool, pgtypes.OIDInt2, pgtypes.OIDInt8, pgtypes.OIDFloat8, pgtypes.OIDText, pgtypes.OIDBytea,
		pgtypes.OIDDate, pgtypes.OIDTimestamptz,
	} {
		columns = append(columns, backends.Column{Name: string(rune('a' + len(columns))), Type: pgtypes.Of(oid)})
	}
	values := []any{true, int32(7), int64(1 << 40), 1.5, "text", []byte("bytes"), int32(19000), int64(1e15)}
	b := array.NewRecordBuilder(memory.DefaultAllocator, backends.SchemaOf(columns))
	for row := range 300 {
		for i, v := range values {
			if (row+i)%5 == 0 {
				v = nil
			}
			if err := pgtypes.AppendToBuilder(b.Field(i), columns[i].Type, v); err != nil {
				t.Fatal(err)
			}
		}
	}
	batch := b.NewRecordBatch()
	defer batch.Release()
	var out bytes.Buffer
	w, err := NewWriter(&out, columns, compression)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(batch); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// readAll reads whatever it can; only a panic or a leak is wrong.
func readAll(t testing.TB, data []byte) (rows int) {
	t.Helper()
	readFiltered(t, data, []backends.Predicate{
		{Column: 1, Op: backends.GreaterOrEqual, Values: []any{int32(3)}}, {Column: 4, Op: backends.In, Values: []any{"text", "more"}},
	})
	return readFiltered(t, data, nil)
}

// readFiltered reads with predicates, which find their columns by luck.
func readFiltered(t testing.TB, data []byte, predicates []backends.Predicate) (rows int) {
	t.Helper()
	checked := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer checked.AssertSize(t, 0)
	src := bytes.NewReader(data)
	f, err := ReadFooter(src, int64(len(data)), Options{})
	if err != nil {
		return 0
	}
	columns := make([]int, 0, len(f.Columns))
	for i := range f.Columns {
		if f.Columns[i].Unreadable == "" {
			columns = append(columns, i)
		}
	}
	at := func(column int) int { return min(column, len(f.Columns)-1) }
	filters := f.Filters(predicates, at, func(column int) uint32 { return f.Columns[at(column)].Type.OID })
	for g := range f.RowGroups() {
		for _, c := range columns {
			f.Bounds(g, c)
		}
		f.Ranges(g, columns)
		r, err := f.Open(src, g, columns, checked)
		if err != nil {
			continue
		}
		r.Filter(filters)
		for {
			data, n, err := r.Next(100)
			for _, d := range data {
				a := array.MakeFromData(d)
				_ = a.String() // touches every value
				a.Release()
				d.Release()
			}
			if rows += n; n == 0 || err != nil || rows > 10000 {
				break
			}
		}
		_ = r.Close()
	}
	return rows
}

func TestDamagedFiles(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for _, compression := range []string{"snappy", "zstd", "gzip", "none"} {
		whole := sampleFile(t, compression)
		if n := readAll(t, whole); n != 300 {
			t.Fatalf("%s: %d rows", compression, n)
		}
		for n := 0; n < len(whole); n += 1 + len(whole)/64 {
			readAll(t, whole[:n])
		}
		for range 400 {
			damaged := bytes.Clone(whole)
			for range 1 + random.IntN(4) {
				damaged[random.IntN(len(damaged))] ^= byte(1 + random.IntN(255))
			}
			readAll(t, damaged)
		}
	}
}

func FuzzFile(f *testing.F) {
	f.Add(sampleFile(f, "none"))
	f.Add(sampleFile(f, "snappy"))
	if folder := os.Getenv("GATEWAY_CORPORA"); folder != "" {
		files, _ := filepath.Glob(folder + "/duckdb-parquet-testing/*.parquet")
		for _, name := range files {
			if data, err := os.ReadFile(name); err == nil && len(data) < 20000 {
				f.Add(data)
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) { readAll(t, data) })
}
