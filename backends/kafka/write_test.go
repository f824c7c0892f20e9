package kafka

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/payload"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// errRows stands for a row that fails to come.
var errRows = []any{errors.New("the rows end here")}

// failingRows ends a reader with an error.
type failingRows struct {
	array.RecordReader
	err error
}

func (f *failingRows) Err() error { return f.err }

// write inserts rows of datums into named columns.
func write(t testing.TB, b *Backend, topic string, columns []string, rows ...[]any) (int64, error) {
	t.Helper()
	return writeInto(t, b, fragment(t, b, topic, columns), rows...)
}

// writeInto inserts rows into the columns of a fragment.
func writeInto(t testing.TB, b *Backend, f backends.Fragment, rows ...[]any) (int64, error) {
	t.Helper()
	record, failure := recordOf(t, f, rows)
	defer record.Release()
	return writeRecord(t, b, f, record, failure)
}

// recordOf is rows as a batch, up to the one that fails.
func recordOf(t testing.TB, f backends.Fragment, rows [][]any) (arrow.RecordBatch, error) {
	t.Helper()
	builder := array.NewRecordBuilder(memory.DefaultAllocator, f.Schema())
	defer builder.Release()
	for _, row := range rows {
		if err, ok := row[0].(error); ok {
			return builder.NewRecordBatch(), err
		}
		for i, v := range row {
			if v == nil {
				builder.Field(i).AppendNull()
			} else if err := pgtypes.AppendToBuilder(builder.Field(i), f.Output[i].Type, v); err != nil {
				t.Fatal(err)
			}
		}
	}
	return builder.NewRecordBatch(), nil
}

func writeRecord(t testing.TB, b *Backend, f backends.Fragment, record arrow.RecordBatch, failure error) (int64, error) {
	t.Helper()
	reader, err := array.NewRecordReader(f.Schema(), []arrow.RecordBatch{record})
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Release()
	target := backends.WriteTarget{Table: f.Scan.Table, Columns: f.Output}
	result, err := b.Write(t.Context(), target, &failingRows{reader, failure}, backends.WriteMode{Kind: backends.Append})
	return result.Inserted, err
}

func TestWrite(t *testing.T) {
	fake := cluster(t)
	columns := []payload.Column{{Name: "id", Type: "bigint", NotNull: true}, {Name: "v", Type: "text", Path: "inner.v"}}
	config := configOf(fake,
		TopicOptions{Name: "w", MessageKeyColumn: "id", Options: payload.Options{Columns: columns}},
		TopicOptions{Name: "k", Topic: "w2", KeyFormat: payload.JSON, KeyColumns: []payload.Column{{Name: "a", Type: "int"}, {Name: "b", Type: "text"}}},
		TopicOptions{Name: "raw", Topic: "w3", Options: payload.Options{PayloadFormat: payload.Raw}})
	for _, topic := range []string{"w", "w2", "w3"} {
		create(t, config, topic, 3, nil)
	}
	b := opened(t, config)
	if n, err := write(t, b, "w", []string{"id", "v"}, []any{int64(1), "x"}, []any{int64(2), nil}); err != nil || n != 2 {
		t.Fatal(n, err)
	}
	want(t, mustScan(t, b, "w", []string{"id", "v", "_key"}), "1|x|1", "2|~|2")
	at := time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC).UnixMicro()
	if _, err := write(t, b, "w", []string{"id", "_partition", "_key", "_headers", "_event_ts"},
		[]any{int64(3), int32(2), "own", `{"h": "1", "l": ["2", null]}`, at}); err != nil {
		t.Fatal(err)
	}
	got := mustScan(t, b, "w", []string{"id", "_partition", "_key", "_headers", "_event_ts"}, where{"_partition", backends.Equal, []pgtypes.Datum{int32(2)}})
	want(t, got[len(got)-1:], `3|2|own|{"h": "1", "l": ["2", null]}|2024-05-06 07:08:09+00`)
	if _, err := write(t, b, "k", []string{"a", "b", "payload"}, []any{int32(1), "y", `{"z": 1}`}, []any{int32(2), nil, nil}); err != nil {
		t.Fatal(err)
	}
	want(t, mustScan(t, b, "k", []string{"a", "b", "payload", "_key"}), `1|y|{"z": 1}|{"a":1,"b":"y"}`, `2|~|~|{"a":2,"b":null}`)
	if _, err := write(t, b, "raw", []string{"payload", "_key"}, []any{[]byte{0, 1}, `\xff`}); err != nil {
		t.Fatal(err)
	}
	want(t, mustScan(t, b, "raw", []string{"payload", "_key"}), `\x0001|\xff`)
	for _, c := range []struct {
		columns []string
		row     []any
		code    string
	}{
		{[]string{"id", "_offset"}, []any{int64(1), int64(7)}, "428C9"},
		{[]string{"id"}, []any{nil}, pgerr.NotNullViolation},
		{[]string{"v"}, []any{"x"}, pgerr.NotNullViolation},
		{[]string{"id", "_partition"}, []any{int64(1), nil}, pgerr.NotNullViolation},
		{[]string{"id", "_headers"}, []any{int64(1), `[]`}, pgerr.InvalidParameterValue},
	} {
		if _, err := write(t, b, "w", c.columns, c.row); pgerr.Code(err) != c.code {
			t.Errorf("%v %v: %v, want %s", c.columns, c.row, err, c.code)
		}
	}
	_, err := write(t, b, "w", []string{"id"}, []any{int64(9)}, errRows)
	if !errors.Is(err, errRows[0].(error)) {
		t.Errorf("%v", err)
	}
	if _, err := b.Write(t.Context(), backends.WriteTarget{Table: backends.TableName{Name: "none"}}, nil, backends.WriteMode{Kind: backends.Append}); pgerr.Code(err) != pgerr.UndefinedTable {
		t.Errorf("%v", err)
	}
}

// TestWriteBig writes more than a producer buffers, in a transaction and not.
func TestWriteBig(t *testing.T) {
	fake := cluster(t)
	columns := []payload.Column{{Name: "id", Type: "bigint"}, {Name: "v", Type: "text"}}
	config := configOf(fake, TopicOptions{Name: "big", Options: payload.Options{Columns: columns}})
	config.DeliverySemantics.ExactlyOnce = &ExactlyOnce{TransactionalID: "big"}
	create(t, config, "big", 2, nil)
	b := opened(t, config)
	var rows [][]any
	for i := range 20_000 {
		rows = append(rows, []any{int64(i), strings.Repeat("x", 100+i%50)})
	}
	rows[10] = []any{int64(10), strings.Repeat("long ", 50_000)}
	n, err := write(t, b, "big", []string{"id", "v"}, rows...)
	if got := mustScan(t, b, "big", []string{"id"}); err != nil || n != 20_000 || len(got) != 20_000 {
		t.Errorf("%d written, %d read, %v", n, len(got), err)
	}
	rows[10] = []any{int64(10), strings.Repeat("too long ", 200_000)}
	_, err = write(t, b, "big", []string{"id", "v"}, rows...)
	if got := mustScan(t, b, "big", []string{"id"}); pgerr.Code(err) != pgerr.ProgramLimitExceeded || len(got) != 20_000 {
		t.Errorf("a message that is too large: %d rows, %v", len(got), err)
	}
}

func TestAvroTopic(t *testing.T) {
	fake := cluster(t)
	registry := newRegistry(t, "t-value", `{"type":"record","name":"O","fields":[{"name":"id","type":"long"},{"name":"at","type":{"type":"long","logicalType":"timestamp-millis"}},
		{"name":"note","type":["null","string"],"default":null}]}`)
	config := configOf(fake, TopicOptions{Name: "t", Options: payload.Options{PayloadFormat: payload.Avro}}, TopicOptions{Name: "u", Options: payload.Options{PayloadFormat: payload.Avro}})
	config.SchemaRegistryURL = registry.URL()
	create(t, config, "t", 1, nil)
	create(t, config, "u", 1, nil)
	b := opened(t, config)
	table, err := b.Describe(t.Context(), backends.TableName{Name: "t"})
	if err != nil || pgtypes.FormatType(table.Columns[1].Type) != "timestamp(3) with time zone" {
		t.Fatalf("%+v, %v", table, err)
	}
	if _, err := write(t, b, "t", []string{"id", "at"}, []any{int64(1), int64(1_700_000_000_123_000)}); err != nil {
		t.Fatal(err)
	}
	want(t, mustScan(t, b, "t", []string{"id", "at", "note"}), "1|2023-11-14 22:13:20.123+00|~")
	if entry := fmt.Sprintf("%+v", b.Declare(table)); !strings.Contains(entry, "{Name:at Type:timestamp(3) with time zone") {
		t.Error(entry)
	}
	if _, err := b.Describe(t.Context(), backends.TableName{Name: "u"}); pgerr.Code(err) != pgerr.FdwError || !strings.Contains(err.Error(), `no subject "u-value"`) {
		t.Error(err)
	}
	registry.Close()
	fresh := opened(t, config)
	if _, err := fresh.Describe(t.Context(), backends.TableName{Name: "t"}); pgerr.Code(err) != pgerr.FdwUnableToEstablishConnection {
		t.Errorf("an outage of the registry: %v", err)
	}
}
