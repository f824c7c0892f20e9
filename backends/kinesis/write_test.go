package kinesis

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/arrowtest"
	"github.com/sqlgateway/gateway/internal/batch"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// written are rows of an i and a text.
type written struct {
	n, next int
	text    func(i int) string
}

func (w *written) Fill(_ context.Context, b *batch.Builder) (bool, error) {
	for room := true; room && w.next < w.n; w.next++ {
		b.Columns[0].Int64(int64(w.next))
		b.Columns[1].String(w.text(w.next))
		room = b.EndRow()
	}
	return w.next < w.n, nil
}

func (*written) Close() {}

// insert writes n rows into i and the named column.
func insert(t testing.TB, b *Backend, stream, column string, n int, text func(i int) string) (backends.WriteResult, error) {
	t.Helper()
	target := backends.WriteTarget{
		Table:   backends.TableName{Schema: everything, Name: stream},
		Columns: []backends.Column{{Name: "i", Type: pgtypes.Of(pgtypes.OIDInt8)}, {Name: column, Type: pgtypes.Of(pgtypes.OIDText)}},
	}
	rows := batch.NewReader(t.Context(), backends.SchemaOf(target.Columns), arrowtest.Allocator(t), 0, &written{n: n, text: text})
	defer rows.Release()
	return b.Write(t.Context(), target, rows, backends.WriteMode{Kind: backends.Append})
}

// TestWrite writes keys, and through a service that refuses some records.
func TestWrite(t *testing.T) {
	service := newFake(t)
	service.create("orders", 4)
	service.refuse = func(n int) bool { return n < 2500 && n%3 == 0 }
	options := numbered("orders")
	options.PartitionKeyColumn = "s"
	b := opened(t, configOf(service.URL, options))
	result, err := insert(t, b, "orders", "s", 1200, func(i int) string { return fmt.Sprintf("key %d", i%5) })
	if err != nil || result.Inserted != 1200 {
		t.Fatalf("%+v, %v", result, err)
	}
	rows, err := readAll(t, b, tableOf(t, b, "orders", "i", "s", "_partition_key"))
	seen := map[string]bool{}
	for _, row := range rows {
		seen[row[0]] = true
		if row[1] != row[2] {
			t.Fatalf("the key of %v is not its column", row)
		}
	}
	if err != nil || len(rows) != 1200 || len(seen) != 1200 {
		t.Errorf("%d rows, %d of them different, %v", len(rows), len(seen), err)
	}
	if calls := service.count("PutRecords"); calls < 4 {
		t.Errorf("%d calls", calls)
	}
	before := service.count("DescribeStreamSummary")
	for range 3 {
		if _, err := insert(t, b, "orders", "s", 1, func(int) string { return "one" }); err != nil {
			t.Fatal(err)
		}
	}
	if n := service.count("DescribeStreamSummary") - before; n != 0 {
		t.Errorf("%d questions for what the stream allows", n)
	}
}

// TestWriteKeys writes the key itself, or leaves it to chance.
func TestWriteKeys(t *testing.T) {
	service := newFake(t)
	s := service.create("orders", 8)
	b := opened(t, configOf(service.URL, numbered("orders")))
	if _, err := insert(t, b, "orders", "_partition_key", 3, func(int) string { return "one" }); err != nil {
		t.Fatal(err)
	}
	f := tableOf(t, b, "orders", "i", "_partition_key")
	wantRows(t, b, f, []string{"0", "one"}, []string{"1", "one"}, []string{"2", "one"})
	if _, err := insert(t, b, "orders", "s", 500, func(int) string { return "" }); err != nil {
		t.Fatal(err)
	}
	for _, shard := range s.shards {
		if len(shard.records) == 0 {
			t.Errorf("shard %s got nothing", shard.id)
		}
	}
}

// TestWriteRefused writes what no stream takes.
func TestWriteRefused(t *testing.T) {
	service := newFake(t)
	service.create("orders", 1)
	b := opened(t, configOf(service.URL, numbered("orders")))
	for _, c := range []struct {
		stream, column string
		text           string
		code, in       string
	}{
		{"orders", "s", strings.Repeat("x", 1<<20), pgerr.ProgramLimitExceeded, "1048576"},
		{"orders", "_partition_key", strings.Repeat("x", 257), pgerr.StringDataRightTruncation, "257 characters"},
		{"orders", "_partition_key", "", pgerr.StringDataRightTruncation, "0 characters"},
		{"orders", "_shard", "", "428C9", "_shard"},
		{"nobody", "payload", "", pgerr.UndefinedTable, "nobody"},
	} {
		_, err := insert(t, b, c.stream, c.column, 1, func(int) string { return c.text })
		if c.stream == "nobody" && pgerr.Code(err) == pgerr.UndefinedColumn {
			continue // the columns are looked at first
		}
		if pgerr.Code(err) != c.code || !strings.Contains(err.Error(), c.in) {
			t.Errorf("%s.%s: %v, want %s", c.stream, c.column, err, c.code)
		}
	}
	// A fault amid the rows says what is there already.
	service.fault = func(op string, call int) (int, string) {
		return 400, only(op == "PutRecords" && call > 1, "AccessDeniedException")
	}
	_, err := insert(t, b, "orders", "s", 1000, func(int) string { return "" })
	if e := pgerr.From(err); e == nil || e.Code != pgerr.InsufficientPrivilege || !strings.Contains(e.Detail, "500 records were written") {
		t.Errorf("%v", err)
	}
}
