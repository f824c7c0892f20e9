package kafka

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/batch"
	"github.com/sqlgateway/gateway/internal/payload"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// where is a predicate on a column by name.
type where struct {
	column string
	op     backends.PredicateOp
	values []pgtypes.Datum
}

// fragment reads named columns.
func fragment(t testing.TB, b *Backend, topic string, columns []string, conditions ...where) backends.Fragment {
	t.Helper()
	table, err := b.Describe(t.Context(), backends.TableName{Schema: everything, Name: topic})
	if err != nil {
		t.Fatal(err)
	}
	find := func(name string) int {
		i := slices.IndexFunc(table.Columns, func(c columnOf) bool { return c.Name == name })
		if i < 0 {
			t.Fatalf("no column %q among %v", name, table.Columns)
		}
		return i
	}
	f := backends.Fragment{Scan: &backends.ScanFragment{Table: table.Name, Limit: -1}}
	for _, name := range columns {
		i := find(name)
		f.Scan.Columns = append(f.Scan.Columns, i)
		f.Output = append(f.Output, backends.Column{Name: name, Type: table.Columns[i].Type})
	}
	for _, c := range conditions {
		f.Scan.Predicates = append(f.Scan.Predicates, backends.Predicate{Column: find(c.column), Op: c.op, Values: c.values})
	}
	return f
}

// scan runs a fragment; rows are texts, sorted.
func scan(ctx context.Context, b *Backend, f backends.Fragment) (rows []string, metrics backends.ReadMetrics, err error) {
	r, err := b.Read(ctx, f)
	if err != nil {
		return nil, metrics, err
	}
	defer r.Release()
	for r.Next() {
		record := r.RecordBatch()
		for row := range int(record.NumRows()) {
			var texts []string
			for i, c := range f.Output {
				v, err := batch.Value(c.Type, record.Column(i), row)
				if err != nil {
					return nil, metrics, err
				}
				if text := "~"; v == nil {
					texts = append(texts, text)
				} else {
					texts = append(texts, pgtypes.Text(c.Type, v, pgtypes.DefaultStyle()))
				}
			}
			rows = append(rows, strings.Join(texts, "|"))
		}
	}
	slices.Sort(rows)
	return rows, r.(backends.Metered).Metrics(), r.Err()
}

func mustScan(t testing.TB, b *Backend, topic string, columns []string, conditions ...where) []string {
	t.Helper()
	rows, _, err := scan(t.Context(), b, fragment(t, b, topic, columns, conditions...))
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func want(t testing.TB, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func message(topic string, partition int32, key, value string) *kgo.Record {
	m := &kgo.Record{Topic: topic, Partition: partition, Timestamp: time.UnixMilli(1_700_000_000_000)}
	if key != "" {
		m.Key = []byte(key)
	}
	if value != "" {
		m.Value = []byte(value)
	}
	return m
}

func TestHiddenColumns(t *testing.T) {
	fake := cluster(t)
	config := configOf(fake,
		TopicOptions{Name: "plain"},
		TopicOptions{
			Name: "keyed", KeyFormat: payload.JSON, KeyColumns: []payload.Column{{Name: "id", Type: "bigint"}},
			Options: payload.Options{Columns: []payload.Column{{Name: "v", Type: "text"}}},
		},
		TopicOptions{Name: "bytes", Topic: "plain", KeyFormat: "bytes", Tombstones: "skip", Options: payload.Options{PayloadFormat: payload.Raw}})
	create(t, config, "plain", 2, nil)
	create(t, config, "keyed", 1, nil)
	headed := message("plain", 0, "k", `{"a":1}`)
	headed.Headers = []kgo.RecordHeader{{Key: "b", Value: []byte("1")}, {Key: "a", Value: nil}, {Key: "b", Value: []byte{0xff}}}
	gone := message("plain", 1, "\xff", "")
	produce(t, config, headed, gone, message("keyed", 0, `{"id":7}`, `{"v":"x"}`), message("keyed", 0, "", `{"v":"y"}`), message("keyed", 0, `{"id":8}`, ""))
	b := opened(t, config)
	want(t, mustScan(t, b, "plain", []string{"payload", "_partition", "_offset", "_event_ts", "_key", "_headers"}),
		`{"a": 1}|0|0|2023-11-14 22:13:20+00|k|{"a": null, "b": ["1", "\\xff"]}`, `~|1|0|2023-11-14 22:13:20+00|\xff|{}`)
	want(t, mustScan(t, b, "keyed", []string{"id", "v", "_key"}), `7|x|{"id":7}`, `8|~|{"id":8}`, `~|y|~`)
	want(t, mustScan(t, b, "bytes", []string{"_key", "payload"}), `\x6b|\x7b2261223a317d`)
	names, err := b.Tables(t.Context(), "p*")
	if err != nil || len(names) != 0 {
		t.Errorf("%v, %v", names, err) // "plain" is called "bytes"
	}
	if names, err = b.Tables(t.Context(), everything); err != nil || len(names) != 2 {
		t.Errorf("%v, %v", names, err)
	}
	for _, name := range []backends.TableName{{Name: "topics/plain"}, {Schema: "p*", Name: "plain"}, {Schema: ".", Name: "plain"}} {
		if _, err := b.Describe(t.Context(), name); err != nil {
			t.Errorf("%v: %v", name, err)
		}
	}
	table, err := b.Statistics(t.Context(), backends.TableName{Name: "plain"})
	if err != nil || table.Rows != 2 {
		t.Errorf("%+v, %v", table, err)
	}
}

// columnOf is what Describe gives.
type columnOf = translate.TableColumn

func TestPredicates(t *testing.T) {
	fake := cluster(t)
	config := configOf(fake, TopicOptions{Name: "ordered", Topic: "times", TimestampsOrdered: true})
	create(t, config, "times", 4, nil)
	var list []*kgo.Record
	for p := range int32(3) { // the last partition stays empty
		for i := range int64(100) {
			m := message("times", p, "", fmt.Sprintf(`{"n":%d}`, i))
			m.Timestamp = time.UnixMilli(1_700_000_000_000 + i*1000)
			list = append(list, m)
		}
	}
	produce(t, config, list...)
	b := opened(t, config)
	at := func(seconds int64) pgtypes.Datum { return (1_700_000_000 + seconds) * 1_000_000 }
	for _, c := range []struct {
		table      string
		conditions []where
		rows       int
		files      int64
	}{
		{"times", nil, 300, 3},
		{"times", []where{{"_partition", backends.Equal, []pgtypes.Datum{int32(1)}}}, 100, 1},
		{"times", []where{{"_partition", backends.In, []pgtypes.Datum{int32(0), int32(2), int32(9)}}}, 200, 2},
		{"times", []where{{"_partition", backends.Greater, []pgtypes.Datum{int32(0)}}, {"_offset", backends.GreaterOrEqual, []pgtypes.Datum{int64(90)}}}, 20, 2},
		{"times", []where{{"_offset", backends.Equal, []pgtypes.Datum{int64(5)}}}, 3, 3},
		{"times", []where{{"_offset", backends.Less, []pgtypes.Datum{int64(0)}}}, 0, 0},
		{"times", []where{{"_offset", backends.In, []pgtypes.Datum{int64(5), int64(7)}}}, 9, 3},
		{"times", []where{{"_event_ts", backends.GreaterOrEqual, []pgtypes.Datum{at(95)}}}, 15, 3},
		{"times", []where{{"_event_ts", backends.Greater, []pgtypes.Datum{at(95)}}}, 12, 3},
		{"times", []where{{"_event_ts", backends.Less, []pgtypes.Datum{at(5)}}}, 300, 3}, // times could go back
		{"ordered", []where{{"_event_ts", backends.Less, []pgtypes.Datum{at(5)}}}, 15, 3},
		{"ordered", []where{{"_event_ts", backends.LessOrEqual, []pgtypes.Datum{at(5)}}}, 18, 3},
		{"ordered", []where{{"_event_ts", backends.Equal, []pgtypes.Datum{at(5)}}}, 3, 3},
		{"ordered", []where{{"_event_ts", backends.IsNull, nil}}, 300, 3},
		{"times", []where{{"_partition", backends.IsNull, nil}}, 0, 0},
	} {
		rows, metrics, err := scan(t.Context(), b, fragment(t, b, c.table, []string{"_partition", "_offset"}, c.conditions...))
		if err != nil || len(rows) != c.rows || metrics.Files != c.files || metrics.Files+metrics.FilesSkipped != 4 {
			t.Errorf("%s %v: %d rows, want %d; %+v, %v", c.table, c.conditions, len(rows), c.rows, metrics, err)
		}
	}
}

func TestStart(t *testing.T) {
	fake := cluster(t)
	config := configOf(fake)
	config.GroupID = "readers"
	for _, s := range []string{"latest", "committed", "1", "2023-11-14 22:13:22+00"} {
		config.Tables = append(config.Tables, TopicOptions{Name: "from " + s, Topic: "starts", Start: s})
	}
	create(t, config, "starts", 1, nil)
	for i := range int64(3) {
		m := message("starts", 0, "", fmt.Sprint(i))
		m.Timestamp = time.UnixMilli(1_700_000_000_000 + i*1000)
		produce(t, config, m)
	}
	b := opened(t, config)
	payloads := []string{"payload"}
	want(t, mustScan(t, b, "from latest", payloads))
	want(t, mustScan(t, b, "from committed", payloads), "0", "1", "2")
	want(t, mustScan(t, b, "from 1", payloads), "1", "2")
	want(t, mustScan(t, b, "from 2023-11-14 22:13:22+00", payloads), "2")
	var offsets kadm.Offsets
	offsets.AddOffset("starts", 0, 2, -1)
	if err := kadm.NewClient(client(t, config)).CommitAllOffsets(t.Context(), "readers", offsets); err != nil {
		t.Fatal(err)
	}
	want(t, mustScan(t, b, "from committed", payloads), "2")
}

func TestFaultyMessages(t *testing.T) {
	fake := cluster(t)
	declared := []payload.Column{{Name: "n", Type: "int"}}
	config := configOf(fake, TopicOptions{Name: "strict", Topic: "mixed", Options: payload.Options{Columns: declared}},
		TopicOptions{Name: "nulls", Topic: "mixed", Options: payload.Options{Columns: declared, OnError: payload.Null}},
		TopicOptions{
			Name: "skips", Topic: "mixed", Options: payload.Options{Columns: declared, OnError: payload.Skip},
			KeyColumns: []payload.Column{{Name: "k", Type: "int"}},
		})
	create(t, config, "mixed", 1, nil)
	produce(t, config, message("mixed", 0, "1", `{"n":1}`), message("mixed", 0, "2", `{"n":"x"}`), message("mixed", 0, "x", `{"n":3}`))
	b := opened(t, config)
	_, _, err := scan(t.Context(), b, fragment(t, b, "strict", []string{"n"}))
	e := pgerr.From(err)
	if e == nil || e.Code != pgerr.InvalidTextRepresentation || e.Message != `topic "mixed", partition 0, offset 1: column "n": invalid input syntax for type integer: "x"` ||
		e.Column != "n" || e.Hint == "" {
		t.Errorf("%+v", e)
	}
	want(t, mustScan(t, b, "nulls", []string{"_offset", "n"}), "0|1", "1|~", "2|3")
	want(t, mustScan(t, b, "skips", []string{"_offset", "n", "k"}), "0|1|1")
	want(t, mustScan(t, b, "skips", []string{"_offset"}), "0")
	if _, metrics, err := scan(t.Context(), b, fragment(t, b, "skips", []string{"n"})); err != nil || metrics.Undecoded != 2 || metrics.Rows != 1 {
		t.Errorf("%+v, %v", metrics, err)
	}
}

func TestTransactions(t *testing.T) {
	fake := cluster(t)
	config := configOf(fake)
	create(t, config, "tx", 1, nil)
	c := client(t, config, kgo.TransactionalID("tests"), kgo.DefaultProduceTopic("tx"))
	write := func(value string, end kgo.TransactionEndTry) {
		if err := c.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		if err := c.ProduceSync(t.Context(), kgo.StringRecord(value)).FirstErr(); err != nil {
			t.Fatal(err)
		}
		if err := c.EndTransaction(t.Context(), end); err != nil {
			t.Fatal(err)
		}
	}
	b := opened(t, config)
	offsets := []string{"_offset", "payload"}
	write("1", kgo.TryCommit)
	want(t, mustScan(t, b, "tx", offsets), "0|1")
	write("2", kgo.TryAbort) // the topic ends in aborted messages and a marker
	want(t, mustScan(t, b, "tx", offsets), "0|1")
	write("3", kgo.TryCommit)
	want(t, mustScan(t, b, "tx", offsets), "0|1", "4|3")
	if err := c.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	if err := c.ProduceSync(t.Context(), kgo.StringRecord("4")).FirstErr(); err != nil {
		t.Fatal(err)
	}
	produce(t, config, message("tx", 0, "", "5"))
	want(t, mustScan(t, b, "tx", offsets), "0|1", "4|3") // an open transaction hides what is behind it
	if err := c.EndTransaction(t.Context(), kgo.TryCommit); err != nil {
		t.Fatal(err)
	}
	want(t, mustScan(t, b, "tx", offsets), "0|1", "4|3", "6|4", "7|5")
}

func TestCompaction(t *testing.T) {
	fake := cluster(t)
	config := configOf(fake)
	compact, tiny := "compact", "1"
	create(t, config, "compacted", 1, map[string]*string{"cleanup.policy": &compact, "segment.bytes": &tiny, "min.cleanable.dirty.ratio": &[]string{"0"}[0]})
	for i := range 40 {
		m := message("compacted", 0, fmt.Sprint(i%3), fmt.Sprint(i))
		m.Timestamp = time.Now() // older ones would go by their age
		produce(t, config, m)
	}
	fake.Compact()
	b := opened(t, config)
	got := mustScan(t, b, "compacted", []string{"payload"})
	if len(got) >= 40 || !slices.Contains(got, "39") {
		t.Errorf("%v", got)
	}
	if err := fake.DeleteRecords("compacted", 0, 39); err != nil {
		t.Fatal(err)
	}
	want(t, mustScan(t, b, "compacted", []string{"payload"}), "39")
	if err := fake.DeleteRecords("compacted", 0, 40); err != nil {
		t.Fatal(err)
	}
	want(t, mustScan(t, b, "compacted", []string{"payload"}))
}

func TestPartitions(t *testing.T) {
	fake := cluster(t)
	config := configOf(fake)
	create(t, config, "parts", 3, nil)
	var list []*kgo.Record
	for i := range 90_000 {
		list = append(list, message("parts", int32(i%2), "", fmt.Sprint(i)))
	}
	produce(t, config, list...)
	b := opened(t, config)
	for _, n := range []int{1, 2, 3, 4, 16} {
		f := fragment(t, b, "parts", []string{"payload"})
		found, err := b.Partitions(t.Context(), f, n)
		if err != nil || len(found.Parts) > n || n == 4 && len(found.Parts) != 4 {
			t.Fatalf("%d parts of %d, %v", len(found.Parts), n, err)
		}
		produce(t, config, message("parts", 2, "", "-1")) // after the snapshot
		seen := map[string]int{}
		for i := range found.Parts {
			f.Partition = &found.Parts[i]
			rows, _, err := scan(t.Context(), b, f)
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range rows {
				seen[row]++
			}
		}
		delete(seen, "-1")
		for row, times := range seen {
			if times != 1 {
				t.Fatalf("row %s comes %d times", row, times)
			}
		}
		if len(seen) != 90_000 {
			t.Fatalf("%d rows in %d parts", len(seen), len(found.Parts))
		}
	}
	f := fragment(t, b, "parts", []string{"payload"})
	statement := backends.WithPins(t.Context())
	first, _, err := scan(statement, b, f)
	if err != nil {
		t.Fatal(err)
	}
	produce(t, config, message("parts", 2, "", "-2"))
	if again, _, err := scan(statement, b, f); err != nil || len(again) != len(first) {
		t.Errorf("two scans of a statement see %d and %d rows, %v", len(first), len(again), err)
	}
	f.Scan.Limit = 10
	if rows, _, err := scan(t.Context(), b, f); err != nil || len(rows) != 10 {
		t.Errorf("%d rows of 10, %v", len(rows), err)
	}
	config.BatchConfig = BatchConfig{MaxMessages: 100}
	bounded := opened(t, config)
	if rows, _, err := scan(t.Context(), bounded, fragment(t, bounded, "parts", []string{"payload"})); err != nil || len(rows) != 100 {
		t.Errorf("%d rows of 100, %v", len(rows), err)
	}
	config.BatchConfig = BatchConfig{MaxBytes: 50}
	small := opened(t, config)
	if rows, _, err := scan(t.Context(), small, fragment(t, small, "parts", []string{"payload"})); err != nil || len(rows) == 0 || len(rows) > 50 {
		t.Errorf("%d rows of 50 bytes, %v", len(rows), err)
	}
}
