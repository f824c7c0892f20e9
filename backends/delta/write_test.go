package delta

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// writtenColumns are of the types that Delta has.
func writtenColumns() []backends.Column {
	numeric := func(p, s int) pgtypes.Type {
		return pgtypes.Type{OID: pgtypes.OIDNumeric, Typmod: pgtypes.MakeNumericTypmod(p, s)}
	}
	return []backends.Column{
		{Name: "id", Type: pgtypes.Of(pgtypes.OIDInt8)},
		{Name: "small", Type: pgtypes.Of(pgtypes.OIDInt2)},
		{Name: "int", Type: pgtypes.Of(pgtypes.OIDInt4)},
		{Name: "real", Type: pgtypes.Of(pgtypes.OIDFloat4)},
		{Name: "double", Type: pgtypes.Of(pgtypes.OIDFloat8)},
		{Name: "flag", Type: pgtypes.Of(pgtypes.OIDBool)},
		{Name: "text", Type: pgtypes.Of(pgtypes.OIDText)},
		{Name: "bytes", Type: pgtypes.Of(pgtypes.OIDBytea)},
		{Name: "date", Type: pgtypes.Of(pgtypes.OIDDate)},
		{Name: "stamp", Type: pgtypes.Of(pgtypes.OIDTimestamptz)},
		{Name: "wall", Type: pgtypes.Of(pgtypes.OIDTimestamp)},
		{Name: "money", Type: numeric(12, 2)},
		{Name: "wide", Type: numeric(38, 10)},
		{Name: "p", Type: pgtypes.Of(pgtypes.OIDText)},
	}
}

// writtenValue is the text of a value of those columns.
func writtenValue(row, column int) (string, bool) {
	if column > 0 && (row+column)%7 == 0 {
		return "", false
	}
	i := strconv.Itoa
	return []string{
		i(row), i(row%100 - 50), i(row * 1000003), fmt.Sprint(float32(row) / 3), fmt.Sprint(-float64(row) / 7), strconv.FormatBool(row%2 == 0),
		strings.Repeat("täxt "+i(row)+" ", row%9), fmt.Sprintf("\\x%02xff00", row%256), fmt.Sprintf("19%02d-02-%02d", row%100, row%28+1),
		fmt.Sprintf("2024-02-%02d 23:59:59.%06d+00", row%28+1, row), fmt.Sprintf("1901-01-01 00:00:00.%06d", row*7),
		fmt.Sprintf("%d.%02d", row*row-99, row%100), fmt.Sprintf("1%024d.%010d", row, row),
		[]string{"plain", "a/b c=d%", "ü:?*'\"", "x"}[row%4],
	}[column], true
}

func makeDelta(t testing.TB, b *Backend, name string, columns []backends.Column) {
	t.Helper()
	inTx(t, b, func(tx backends.Tx) error {
		table := backends.Table{Name: backends.TableName{Name: name}}
		for _, c := range columns {
			table.Columns = append(table.Columns, translate.TableColumn{Name: c.Name, Type: c.Type, NotNull: c.Name == "id"})
		}
		return tx.(backends.Definer).CreateTable(t.Context(), table)
	})
}

func appendRows(t testing.TB, b *Backend, name string, columns []backends.Column, from, to int, value func(row, column int) (string, bool)) error {
	t.Helper()
	batch := textBatch(t, columns, to-from, func(row, column int) (string, bool) { return value(from+row, column) })
	defer batch.Release()
	return writeBatch(context.Background(), b, backends.TableName{Name: name}, columns, backends.Append, batch)
}

// TestWrittenTables are read by delta-rs as here: plain and partitioned, over commits
// and checkpoints, and after rows of its own.
func TestWrittenTables(t *testing.T) {
	root, expected := t.TempDir(), t.TempDir()
	b := checkedBackend(t, Config{URL: root, CheckpointInterval: 4, Tables: []TableOptions{
		{Path: "by_text", PartitionColumns: []string{"p"}},
		{Path: "by_two", PartitionColumns: []string{"date", "flag"}},
		{Path: "by_numbers", PartitionColumns: []string{"money", "small"}},
		{Path: "by_times", PartitionColumns: []string{"stamp"}},
	}})
	columns := writtenColumns()
	for _, name := range []string{"plain", "by_text", "by_two", "by_numbers", "by_times", "emptied"} {
		makeDelta(t, b, name, columns)
		for i := range 9 {
			if err := appendRows(t, b, name, columns, i*20, i*20+20, writtenValue); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
	}
	batch := textBatch(t, columns, 5, writtenValue)
	defer batch.Release()
	if err := writeBatch(t.Context(), b, backends.TableName{Name: "emptied"}, columns, backends.Truncate, batch); err != nil {
		t.Fatal(err)
	}
	checkpoints, _ := filepath.Glob(filepath.Join(root, "plain", logFolder, "*.checkpoint.parquet"))
	if len(checkpoints) != 2 {
		t.Errorf("%d checkpoints after 9 commits, want 2", len(checkpoints))
	}
	for _, name := range []string{"plain", "by_text", "by_two"} {
		oracle(t, "append", filepath.Join(root, name))
	}
	oracle(t, "dump", root, expected)
	compareAll(t, root, expected, nil)
	rows, err := tableRows(t.Context(), b, "plain")
	if err != nil || len(rows) != 185 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
	// A backend that starts at a checkpoint must agree with one that followed the log.
	fresh := checkedBackend(t, Config{URL: root})
	again, err := tableRows(t.Context(), fresh, "plain")
	if err != nil || !slices.Equal(rows, again) {
		t.Errorf("read anew: %d rows, %v", len(again), err)
	}
}

// TestConcurrentWriters has eight writers race for every version, over two backends:
// no row is lost, none doubled.
func TestConcurrentWriters(t *testing.T) {
	root := t.TempDir()
	columns := []backends.Column{{Name: "id", Type: pgtypes.Of(pgtypes.OIDInt8)}}
	stores := []*Backend{checkedBackend(t, Config{URL: root}), checkedBackend(t, Config{URL: root})}
	var requests atomic.Int64
	t.Setenv("GATEWAY_SUITE_KEY", "AKIASUITE")
	for _, config := range []Config{{URL: root}, {Location: s3Location(t, &requests)}, {URL: "mem://"}} {
		if config.URL != root {
			stores = []*Backend{checkedBackend(t, config), checkedBackend(t, config)}
		}
		if config.URL == "mem://" {
			stores[1] = stores[0] // memory is the backend's own
		}
		makeDelta(t, stores[0], "raced", columns)
		const writers, commits = 8, 12
		var wait sync.WaitGroup
		for w := range writers {
			wait.Go(func() {
				for c := range commits {
					err := appendRows(t, stores[w%2], "raced", columns, 0, 3, func(row, _ int) (string, bool) {
						return strconv.Itoa((w*commits+c)*3 + row), true
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		wait.Wait()
		rows, err := tableRows(t.Context(), stores[0], "raced")
		if err != nil {
			t.Fatal(err)
		}
		if unique := slices.Compact(slices.Clone(rows)); len(rows) != writers*commits*3 || len(unique) != len(rows) {
			t.Errorf("%s: %d rows, %d of them different, want %d", config.URL, len(rows), len(unique), writers*commits*3)
		}
	}
}

// TestConflicts are between transactions that change what another changed.
func TestConflicts(t *testing.T) {
	columns := []backends.Column{{Name: "id", Type: pgtypes.Of(pgtypes.OIDInt8)}}
	one := func(row, _ int) (string, bool) { return strconv.Itoa(row), true }
	root := t.TempDir()
	a, b := checkedBackend(t, Config{URL: root}), checkedBackend(t, Config{URL: root})
	makeDelta(t, a, "t", columns)
	if err := appendRows(t, a, "t", columns, 0, 2, one); err != nil {
		t.Fatal(err)
	}
	name := backends.TableName{Name: "t"}
	batch := textBatch(t, columns, 1, one)
	defer batch.Release()
	replace := func(b *Backend) backends.Tx {
		tx, err := b.Begin(t.Context(), backends.TxOptions{})
		if err == nil {
			err = writeBatch(t.Context(), tx, name, columns, backends.Truncate, batch)
		}
		if err != nil {
			t.Fatal(err)
		}
		return tx
	}
	first, second := replace(a), replace(b)
	if err := first.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := second.Commit(t.Context()); pgerr.Code(err) != pgerr.SerializationFailure {
		t.Errorf("two that replace the same rows: %v", err)
	}
	// What was read before another's commit may not replace what that added.
	tx, err := a.Begin(t.Context(), backends.TxOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tableRows(t.Context(), a, "t"); err != nil {
		t.Fatal(err)
	}
	if err := appendRows(t, b, "t", columns, 5, 6, one); err != nil {
		t.Fatal(err)
	}
	if err := writeBatch(t.Context(), tx, name, columns, backends.Truncate, batch); pgerr.Code(err) != pgerr.SerializationFailure {
		t.Errorf("replacing rows that were read before a commit: %v", err)
	}
	_ = tx.Rollback(t.Context())
	// Rows that are added do not conflict.
	third := replace(a)
	if err := appendRows(t, b, "t", columns, 7, 9, one); err != nil {
		t.Fatal(err)
	}
	if err := third.Commit(t.Context()); err != nil {
		t.Error(err)
	}
	if rows, err := tableRows(t.Context(), b, "t"); err != nil || len(rows) != 3 {
		t.Errorf("%v, %v", rows, err)
	}
	files, _ := filepath.Glob(filepath.Join(root, "t", "*.parquet"))
	if left := len(files); left != 5 {
		t.Errorf("%d data files, want 5: those of transactions that failed are deleted", left)
	}
	makes := func(b *Backend) error {
		tx, err := b.Begin(t.Context(), backends.TxOptions{})
		if err == nil {
			err = tx.(backends.Definer).CreateTable(t.Context(), backends.Table{Name: backends.TableName{Name: "u"}, Columns: []translate.TableColumn{{Name: "id", Type: columns[0].Type}}})
		}
		if err != nil {
			return err
		}
		if b == a {
			makeDelta(t, stolen(a), "u", columns)
		}
		return tx.Commit(t.Context())
	}
	if err := makes(a); pgerr.Code(err) != pgerr.DuplicateTable {
		t.Errorf("a table that another made meanwhile: %v", err)
	}
}

// TestRepeatableRead reads the same rows twice although another adds some.
func TestRepeatableRead(t *testing.T) {
	columns := []backends.Column{{Name: "id", Type: pgtypes.Of(pgtypes.OIDInt8)}}
	root := t.TempDir()
	a := checkedBackend(t, Config{URL: root})
	f := backends.Fragment{Scan: &backends.ScanFragment{Table: backends.TableName{Name: "t"}, Columns: []int{0}, Limit: -1}, Output: columns}
	for isolation, want := range map[string]int{"repeatable read": 0, "": 1} {
		makeDelta(t, a, "u"+isolation, columns)
		tx, err := a.Begin(t.Context(), backends.TxOptions{Isolation: isolation})
		if err != nil {
			t.Fatal(err)
		}
		f.Scan.Table.Name = "u" + isolation
		for i := range 2 {
			r, err := tx.Read(t.Context(), f)
			if err != nil {
				t.Fatal(err)
			}
			rows := 0
			for r.Next() {
				rows += int(r.RecordBatch().NumRows())
			}
			r.Release()
			if rows != i*want {
				t.Errorf("isolation %q: read %d has %d rows", isolation, i+1, rows)
			}
			if err := appendRows(t, a, f.Scan.Table.Name, columns, i, i+1, func(row, _ int) (string, bool) { return strconv.Itoa(row), true }); err != nil {
				t.Fatal(err)
			}
		}
		_ = tx.Rollback(t.Context())
	}
}

// stolen is the backend as another process would open it.
func stolen(b *Backend) *Backend { return Open(&b.config, backends.Env{}) }

// TestRefusedWrites names what a table asks of its writers.
func TestRefusedWrites(t *testing.T) {
	columns := []backends.Column{{Name: "id", Type: pgtypes.Of(pgtypes.OIDInt8)}}
	for _, c := range []struct{ from, to, want string }{
		{`"minWriterVersion":2`, `"minWriterVersion":8`, "writer version 8"},
		{`"minWriterVersion":2`, `"minWriterVersion":7,"writerFeatures":["rowTracking","appendOnly"]`, "writer feature rowTracking"},
		{`"configuration":{}`, `"configuration":{"delta.constraints.positive":"id > 0"}`, "positive CHECK (id > 0)"},
		{`"minReaderVersion":1`, `"minReaderVersion":3,"readerFeatures":["timeTravelMachine"]`, "reader feature timeTravelMachine"},
		{`"minReaderVersion":1`, `"minReaderVersion":4`, "reader version 4"},
		{`\"metadata\":{}`, `\"metadata\":{\"delta.generationExpression\":\"1\"}`, "generated columns"},
		{`\"metadata\":{}`, `\"metadata\":{\"delta.invariants\":\"{}\"}`, "column invariants"},
		{`\"metadata\":{}`, `\"metadata\":{\"CURRENT_DEFAULT\":\"1\"}`, "column defaults"},
		{`"provider":"parquet"`, `"provider":"orc"`, "orc files"},
		{`\"type\":\"long\"`, `\"type\":\"variant\"`, `type "variant"`},
	} {
		root := t.TempDir()
		b := checkedBackend(t, Config{URL: root})
		makeDelta(t, b, "t", columns)
		name := filepath.Join(root, "t", logFolder, fmt.Sprintf("%020d.json", 0))
		data, err := os.ReadFile(name)
		if err != nil || !strings.Contains(string(data), c.from) {
			t.Fatalf("%v: %s", err, data)
		}
		if err := os.WriteFile(name, []byte(strings.Replace(string(data), c.from, c.to, 1)), 0o644); err != nil {
			t.Fatal(err)
		}
		err = appendRows(t, checkedBackend(t, Config{URL: root}), "t", columns, 0, 1, func(int, int) (string, bool) { return "1", true })
		if pgerr.Code(err) != pgerr.FeatureNotSupported || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.to, err, c.want)
		}
	}
	b := checkedBackend(t, Config{URL: t.TempDir(), PartitionColumns: []string{"p"}})
	columns = append(columns, backends.Column{Name: "p", Type: pgtypes.Of(pgtypes.OIDText)})
	makeDelta(t, b, "t", columns)
	for _, c := range []struct{ id, p, code string }{{"", "x", pgerr.NotNullViolation}, {"1", "", pgerr.FeatureNotSupported}} {
		err := appendRows(t, b, "t", columns, 0, 1, func(_, column int) (string, bool) {
			if column == 0 {
				return c.id, c.id != ""
			}
			return c.p, true
		})
		if pgerr.Code(err) != c.code {
			t.Errorf("id %q, p %q: %v", c.id, c.p, err)
		}
	}
}
