package parquetfile

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// filterColumns have each layout of values, with and without NULLs; the last text
// column has too many values for a dictionary, so that pages of both kinds follow
// each other.
func filterColumns() []backends.Column {
	money := pgtypes.Type{OID: pgtypes.OIDNumeric, Typmod: pgtypes.MakeNumericTypmod(15, 2)}
	var columns []backends.Column
	for i, typ := range []pgtypes.Type{
		pgtypes.Of(pgtypes.OIDInt8), pgtypes.Of(pgtypes.OIDInt4), pgtypes.Of(pgtypes.OIDInt2), pgtypes.Of(pgtypes.OIDDate),
		pgtypes.Of(pgtypes.OIDTimestamp), money, pgtypes.Of(pgtypes.OIDText), pgtypes.Of(pgtypes.OIDFloat8), pgtypes.Of(pgtypes.OIDBool),
		pgtypes.Of(pgtypes.OIDBytea), pgtypes.Of(pgtypes.OIDUUID), pgtypes.Of(pgtypes.OIDText),
	} {
		columns = append(columns, backends.Column{Name: fmt.Sprint("c", i), Type: typ})
	}
	return columns
}

func filterValue(r *rand.Rand, column int) any {
	n := r.IntN(200)
	switch column {
	case 0:
		return int64(n - 100)
	case 1, 2, 3:
		return int32(n)
	case 4:
		return int64(n) * 1e9
	case 5:
		return pgtypes.NewNumeric(int64(n*50-3000), 2)
	case 6:
		return fmt.Sprintf("text %d", n%30)
	case 7:
		return float64(n) / 4
	case 8:
		return n%2 == 0
	case 9:
		return []byte{byte(n), 0, 1}
	case 10:
		return [16]byte{byte(n)}
	default:
		return fmt.Sprintf("a rather long text that few rows share, number %d", r.IntN(1<<40))
	}
}

// filterFile is a file and its rows.
func filterFile(t *testing.T, r *rand.Rand, n int) ([]byte, [][]any) {
	t.Helper()
	columns := filterColumns()
	b := array.NewRecordBuilder(memory.DefaultAllocator, backends.SchemaOf(columns))
	rows := make([][]any, n)
	for i := range rows {
		row := make([]any, len(columns))
		for c := range columns {
			// Runs of NULLs, longer ones than a block of codes among them.
			if c%2 == 1 && (r.IntN(10) == 0 || i/1500%5 == c%5) {
				row[c] = nil
			} else {
				row[c] = filterValue(r, c)
			}
			if err := pgtypes.AppendToBuilder(b.Field(c), columns[c].Type, row[c]); err != nil {
				t.Fatal(err)
			}
		}
		rows[i] = row
	}
	batch := b.NewRecordBatch()
	defer batch.Release()
	var out bytes.Buffer
	w, err := NewWriter(&out, columns, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(batch); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), rows
}

func randomPredicate(r *rand.Rand) backends.Predicate {
	column := []int{0, 0, 1, 2, 3, 4, 5, 6, 6, 11, 7, 8}[r.IntN(12)]
	p := backends.Predicate{Column: column, Op: backends.PredicateOp(r.IntN(int(backends.Among) + 1))}
	switch p.Op {
	case backends.IsNull, backends.IsNotNull:
	case backends.Among:
		p.Column = r.IntN(2) * 3
		low, high := int64(-90+r.IntN(100)), int64(20+r.IntN(60))
		p.Set = backends.NewIntSet(8, low, high)
		for x := low; x <= high; x += 1 + int64(r.IntN(20)) {
			p.Set.Add(x)
		}
		p.Values = []any{low, high}
		if p.Column == 3 {
			p.Values = []any{int32(low), int32(high)}
		}
	case backends.In:
		for range 1 + r.IntN(12) {
			p.Values = append(p.Values, filterValue(r, column))
		}
	default:
		p.Values = []any{filterValue(r, column)}
	}
	return p
}

// holdsFor applies a predicate by Postgres's comparison.
func holdsFor(p backends.Predicate, oid uint32, v any) bool {
	switch p.Op {
	case backends.IsNull:
		return v == nil
	case backends.IsNotNull:
		return v != nil
	}
	if v == nil {
		return false
	}
	if p.Op == backends.Among {
		if x, ok := v.(int32); ok {
			return p.Set.Has(int64(x))
		}
		return p.Set.Has(v.(int64))
	}
	for _, value := range p.Values {
		if compares(p.Op, pgtypes.Compare(oid, v, value)) {
			return true
		}
	}
	return false
}

func compares(op backends.PredicateOp, order int) bool {
	switch op {
	case backends.Equal, backends.In:
		return order == 0
	case backends.NotEqual:
		return order != 0
	case backends.Less:
		return order < 0
	case backends.LessOrEqual:
		return order <= 0
	case backends.Greater:
		return order > 0
	default:
		return order >= 0
	}
}

// TestFilter reads with random predicates: every row for which they hold comes, in
// order and whole, and what comes besides are rows of the file.
func TestFilter(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 1))
	data, rows := filterFile(t, r, 30_000)
	columns := filterColumns()
	src := bytes.NewReader(data)
	f, err := ReadFooter(src, int64(len(data)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	shown := make([][]string, len(rows))
	for i, row := range rows {
		for c, v := range row {
			shown[i] = append(shown[i], show(t, columns[c].Type, v))
		}
	}
	fewer := 0
	for trial := range 40 {
		var predicates []backends.Predicate
		for range 1 + r.IntN(3) {
			predicates = append(predicates, randomPredicate(r))
		}
		read := r.Perm(len(columns))[:1+r.IntN(len(columns))]
		got := filteredRows(t, f, src, read, predicates, 1+r.IntN(9000))
		var want int
		at := 0
		for i, row := range rows {
			holds := true
			for _, p := range predicates {
				holds = holds && holdsFor(p, columns[p.Column].Type.OID, row[p.Column])
			}
			line := ""
			for _, c := range read {
				line += shown[i][c]
			}
			same := at < len(got) && got[at] == line
			if holds && !same {
				t.Fatalf("trial %d, %+v, columns %v: row %d, %s, is missing", trial, predicates, read, i, line)
			}
			if same {
				at++
			}
			if holds {
				want++
			}
		}
		if at != len(got) {
			t.Fatalf("trial %d, %+v, columns %v: row %s is not of the file, or not in order", trial, predicates, read, got[at])
		}
		if len(got) < len(rows) {
			fewer++
		}
	}
	if fewer < 20 {
		t.Errorf("only %d of 40 reads dropped rows", fewer)
	}
}

func show(t *testing.T, typ pgtypes.Type, v any) string {
	t.Helper()
	if v == nil {
		return "|~"
	}
	if typ.OID == pgtypes.OIDText {
		return "|" + v.(string)
	}
	return fmt.Sprintf("|%v", v)
}

func filteredRows(t *testing.T, f *File, src *bytes.Reader, read []int, predicates []backends.Predicate, most int) (lines []string) {
	t.Helper()
	checked := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer checked.AssertSize(t, 0)
	filters := f.Filters(predicates, func(c int) int { return c }, func(c int) uint32 { return f.Columns[c].Type.OID })
	for g := range f.RowGroups() {
		group, err := f.Open(src, g, read, checked)
		if err != nil {
			t.Fatal(err)
		}
		group.Filter(filters)
		for {
			data, n, err := group.Next(most)
			if err != nil {
				t.Fatal(err)
			}
			if n == 0 {
				break
			}
			lines = append(lines, batchLines(t, f, data, read, n)...)
		}
		if err := group.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return lines
}

func batchLines(t *testing.T, f *File, data []arrow.ArrayData, read []int, n int) []string {
	t.Helper()
	lines := make([]string, n)
	for i, d := range data {
		a := array.MakeFromData(d)
		typ := f.Columns[read[i]].Type
		for row := range n {
			v, err := pgtypes.DatumFromArrow(a, row, typ)
			if err != nil {
				t.Fatal(err)
			}
			lines[row] += show(t, typ, v)
		}
		a.Release()
		d.Release()
	}
	return lines
}
