package kinesis

import (
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/payload"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// tableOf is a fragment of columns of a table by their names.
func tableOf(t testing.TB, b *Backend, name string, names ...string) backends.Fragment {
	t.Helper()
	table, err := b.Describe(t.Context(), backends.TableName{Schema: everything, Name: name})
	if err != nil {
		t.Fatal(err)
	}
	f := backends.Fragment{Scan: &backends.ScanFragment{Table: table.Name, Limit: -1}}
	for _, want := range names {
		i := slices.IndexFunc(table.Columns, func(c translate.TableColumn) bool { return c.Name == want })
		if i < 0 {
			t.Fatalf("no column %s", want)
		}
		f.Scan.Columns = append(f.Scan.Columns, i)
		f.Output = append(f.Output, backends.Column{Name: want, Type: table.Columns[i].Type})
	}
	return f
}

// where adds a condition on one of the fragment's columns.
func where(f backends.Fragment, column string, op backends.PredicateOp, values ...pgtypes.Datum) backends.Fragment {
	scan := *f.Scan
	for i, c := range f.Output {
		if c.Name == column {
			scan.Predicates = append(slices.Clone(scan.Predicates), backends.Predicate{Column: scan.Columns[i], Op: op, Values: values})
		}
	}
	f.Scan = &scan
	return f
}

// readAll gives the rows in Postgres's text, and whatever error ends them.
func readAll(t testing.TB, b *Backend, f backends.Fragment) (rows [][]string, err error) {
	t.Helper()
	r, err := b.Read(t.Context(), f)
	if err != nil {
		return nil, err
	}
	defer r.Release()
	return drain(t, r, f)
}

func drain(t testing.TB, r array.RecordReader, f backends.Fragment) (rows [][]string, err error) {
	for r.Next() {
		record := r.RecordBatch()
		for row := range int(record.NumRows()) {
			var texts []string
			for i, c := range f.Output {
				text := "NULL"
				if !record.Column(i).IsNull(row) {
					v, err := pgtypes.DatumFromArrow(record.Column(i), row, c.Type)
					if err != nil {
						t.Fatal(err)
					}
					text = string(pgtypes.AppendText(nil, c.Type, v, pgtypes.DefaultStyle()))
				}
				texts = append(texts, text)
			}
			rows = append(rows, texts)
		}
	}
	return rows, r.Err()
}

func wantRows(t testing.TB, b *Backend, f backends.Fragment, want ...[]string) {
	t.Helper()
	rows, err := readAll(t, b, f)
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(rows, slices.Compare)
	if !reflect.DeepEqual(rows, want) {
		t.Errorf("rows %.20q, want %.20q", rows, want)
	}
}

func numbered(name string) StreamOptions {
	return StreamOptions{Name: name, Options: payload.Options{Columns: numberColumns}}
}

// TestResharding reads a stream whose shards were split and merged, and closed ones to
// their ends: every record once, and the records of a key in their order.
func TestResharding(t *testing.T) {
	service := newFake(t)
	s := service.create("orders", 2)
	n := 0
	add := func() {
		for range 300 {
			n++
			service.put(s, fmt.Sprintf("key %d", n%40), fmt.Sprintf(`{"i":%d}`, n), time.Now().Add(-time.Minute))
		}
	}
	add()
	service.split(s, 0)
	add()
	service.merge(s, 2, 3)
	add()
	service.split(s, 1)
	add()
	config := configOf(service.URL, numbered("orders"))
	config.BatchConfig.MaxRecords = 17
	b := opened(t, config)
	f := tableOf(t, b, "orders", "i", "_shard", "_partition_key")
	rows, err := readAll(t, b, f)
	if err != nil || len(rows) != n {
		t.Fatalf("%d rows of %d, %v", len(rows), n, err)
	}
	last := map[string]int{}
	shards := map[string]bool{}
	for _, row := range rows {
		var i int
		_, _ = fmt.Sscan(row[0], &i)
		if i <= last[row[2]] {
			t.Fatalf("row %d of %s behind row %d", i, row[2], last[row[2]])
		}
		last[row[2]], shards[row[1]] = i, true
	}
	if len(shards) != len(s.shards) {
		t.Errorf("rows of %d shards of %d", len(shards), len(s.shards))
	}
	parts, err := b.Partitions(t.Context(), f, 3)
	if err != nil || len(parts.Parts) != 3 {
		t.Fatalf("%+v, %v", parts, err)
	}
	total := 0
	for i := range parts.Parts {
		part := f
		part.Partition = &parts.Parts[i]
		rows, err := readAll(t, b, part)
		if err != nil {
			t.Fatal(err)
		}
		total += len(rows)
	}
	if total != n {
		t.Errorf("the parts have %d rows of %d", total, n)
	}
}

// TestSnapshot reads a stream while it grows: the end is where it was at the beginning.
func TestSnapshot(t *testing.T) {
	service := newFake(t)
	s := service.create("growing", 1)
	for i := range 100 {
		service.put(s, "k", fmt.Sprintf(`{"i":%d}`, i), time.Now())
	}
	late := time.Now().Add(time.Hour)
	service.before = func() {
		for range 200 { // faster than it is read
			service.put(s, "k", `{"i":-1}`, late)
		}
	}
	config := configOf(service.URL, numbered("growing"))
	config.BatchConfig.MaxRecords = 10
	b := opened(t, config)
	rows, err := readAll(t, b, tableOf(t, b, "growing", "i"))
	if err != nil || len(rows) != 100 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}

// TestPredicates checks that conditions on a record's own become choices of shards and
// iterators, and lose no row.
func TestPredicates(t *testing.T) {
	service := newFake(t)
	s := service.create("orders", 4)
	noon := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	var sequences []string
	home := ""
	for i := range 1000 {
		shard := service.put(s, "one key", fmt.Sprintf(`{"i":%d}`, i), noon.Add(time.Duration(i)*time.Minute))
		home = shard.id
		sequences = append(sequences, sequence(s.next))
	}
	b := opened(t, configOf(service.URL, numbered("orders")))
	f := tableOf(t, b, "orders", "i", "_shard", "_sequence", "_event_ts")
	numeric := func(text string) pgtypes.Datum {
		n, err := pgtypes.ParseNumeric(text)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	at := func(minute int) pgtypes.Datum { return noon.Add(time.Duration(minute) * time.Minute).UnixMicro() }
	for _, c := range []struct {
		name      string
		f         backends.Fragment
		rows      int
		shards    int
		iterators string
	}{
		{"none", f, 1000, 4, "TRIM_HORIZON"},
		{"shard", where(f, "_shard", backends.Equal, home), 1000, 1, "TRIM_HORIZON"},
		{"another shard", where(f, "_shard", backends.NotEqual, home), 0, 3, "TRIM_HORIZON"},
		{"from a time", where(f, "_event_ts", backends.GreaterOrEqual, at(990)), 11, 4, "AT_TIMESTAMP"},
		{"to a time", where(f, "_event_ts", backends.Less, at(5)), 7, 4, "TRIM_HORIZON"},
		{"resumed", where(f, "_sequence", backends.Greater, numeric(sequences[989])), 11, 4, "AT_SEQUENCE_NUMBER"},
		{"one record", where(f, "_sequence", backends.Equal, numeric(sequences[500])), 500, 4, "AT_SEQUENCE_NUMBER"},
		{"a number of nobody", where(f, "_sequence", backends.Less, numeric("1")), 0, 0, "TRIM_HORIZON"},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := service.count(c.iterators)
			r, err := b.Read(t.Context(), c.f)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Release()
			rows, err := drain(t, r, c.f)
			if err != nil || len(rows) != c.rows {
				t.Errorf("%d rows, want %d; %v", len(rows), c.rows, err)
			}
			if m := r.(backends.Metered).Metrics(); int(m.Files) != c.shards || int(m.Files+m.FilesSkipped) != 4 {
				t.Errorf("%d shards, %d skipped; want %d", m.Files, m.FilesSkipped, c.shards)
			}
			if n := service.count(c.iterators) - before; n != c.shards {
				t.Errorf("%d iterators of type %s", n, c.iterators)
			}
		})
	}
	limited := f
	scan := *f.Scan
	scan.Limit = 3
	limited.Scan = &scan
	if rows, err := readAll(t, b, limited); err != nil || len(rows) != 3 {
		t.Errorf("a limit of 3: %d rows, %v", len(rows), err)
	}
}

// TestStart begins where the table says.
func TestStart(t *testing.T) {
	service := newFake(t)
	s := service.create("orders", 1)
	noon := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	for i := range 10 {
		service.put(s, "k", fmt.Sprintf(`{"i":%d}`, i), noon.Add(time.Duration(i)*time.Hour))
	}
	for start, want := range map[string]int{"": 10, "earliest": 10, "latest": 0, "2026-01-01 17:00:00+00": 5} {
		options := numbered("table")
		options.Stream, options.Start = "orders", start
		b := opened(t, configOf(service.URL, options))
		if rows, err := readAll(t, b, tableOf(t, b, "table", "i")); err != nil || len(rows) != want {
			t.Errorf("from %q: %d rows, %v; want %d", start, len(rows), err, want)
		}
	}
}

// TestServiceFaults makes the service fail.
func TestServiceFaults(t *testing.T) {
	const rows = 100
	for _, c := range []struct {
		name  string
		fault func(operation string, call int) (int, string)
		code  string // "" when the read is whole all the same
	}{
		{"throttled", func(op string, call int) (int, string) {
			return http.StatusBadRequest, only(op == "GetRecords" && call%4 != 0 && call < 8, "ProvisionedThroughputExceededException")
		}, ""},
		{"out of order for a while", func(op string, call int) (int, string) {
			return http.StatusInternalServerError, only(op == "GetRecords" && call == 3 || op == "ListShards" && call == 1, "InternalFailure")
		}, ""},
		{"iterators that expire", func(op string, call int) (int, string) {
			return http.StatusBadRequest, only(op == "GetRecords" && (call == 1 || call == 5), "ExpiredIteratorException")
		}, ""},
		{"an iterator that is always expired", func(op string, call int) (int, string) {
			return http.StatusBadRequest, only(op == "GetRecords" && call > 3, "ExpiredIteratorException")
		}, pgerr.FdwError},
		{"credentials that expire midway", func(op string, call int) (int, string) {
			return http.StatusBadRequest, only(op == "GetRecords" && call > 3, "ExpiredTokenException")
		}, pgerr.InvalidAuthorization},
		{"credentials that are wrong", func(string, int) (int, string) { return http.StatusBadRequest, "UnrecognizedClientException" }, pgerr.InvalidAuthorization},
		{"no right", func(op string, _ int) (int, string) {
			return http.StatusBadRequest, only(op == "GetRecords", "AccessDeniedException")
		}, pgerr.InsufficientPrivilege},
		{"a stream that goes midway", func(op string, call int) (int, string) {
			return http.StatusBadRequest, only(op == "GetRecords" && call > 3, "ResourceNotFoundException")
		}, pgerr.UndefinedTable},
		{"out of order", func(op string, call int) (int, string) {
			return http.StatusServiceUnavailable, only(op == "GetRecords" && call > 3, "ServiceUnavailable")
		}, pgerr.ConnectionFailure},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			service := newFake(t)
			s := service.create("orders", 1)
			for i := range rows {
				service.put(s, "k", fmt.Sprintf(`{"i":%d}`, i), time.Now())
			}
			config := configOf(service.URL, numbered("orders"))
			config.BatchConfig.MaxRecords = 10
			b := opened(t, config)
			service.fault = c.fault
			f := fragmentOf("orders")
			got, err := readAll(t, b, f)
			switch {
			case c.code == "" && (err != nil || len(got) != rows):
				t.Errorf("%d rows, %v", len(got), err)
			case c.code != "" && pgerr.Code(err) != c.code:
				t.Errorf("%v, want %s", err, c.code)
			}
			service.mu.Lock()
			service.fault = nil
			service.mu.Unlock()
			if got, err = readAll(t, b, f); err != nil || len(got) != rows {
				t.Errorf("afterwards: %d rows, %v", len(got), err)
			}
		})
	}
}

func only(when bool, name string) string {
	if when {
		return name
	}
	return ""
}

// TestCloseEndsReads closes a backend whose service does not answer.
func TestCloseEndsReads(t *testing.T) {
	service := newFake(t)
	service.create("orders", 3)
	var once sync.Once
	asked, free := make(chan struct{}), make(chan struct{})
	service.before = func() {
		once.Do(func() { close(asked) })
		<-free
	}
	defer close(free)
	b := opened(t, configOf(service.URL, numbered("orders")))
	r, err := b.Read(t.Context(), fragmentOf("orders"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	<-asked
	_ = b.Close()
	if r.Next() || pgerr.Code(r.Err()) != pgerr.ConnectionFailure {
		t.Errorf("a read across Close: %v", r.Err())
	}
}
