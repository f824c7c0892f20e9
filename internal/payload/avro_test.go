package payload

import (
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/twmb/avro"
	"github.com/twmb/franz-go/pkg/sr"
	"github.com/twmb/franz-go/pkg/sr/srfake"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/registry"
)

const allAvro = `{"type":"record","name":"All","namespace":"n","fields":[
	{"name":"b","type":"boolean"},{"name":"i","type":"int"},{"name":"l","type":"long"},{"name":"f","type":"float"},
	{"name":"d","type":"double"},{"name":"s","type":"string"},{"name":"y","type":"bytes"},
	{"name":"x","type":{"type":"fixed","name":"F2","size":2}},{"name":"e","type":{"type":"enum","name":"E","symbols":["A","B"]}},
	{"name":"n","type":["null","long"]},
	{"name":"dec","type":{"type":"bytes","logicalType":"decimal","precision":20,"scale":2}},
	{"name":"day","type":{"type":"int","logicalType":"date"}},
	{"name":"tm","type":{"type":"int","logicalType":"time-millis"}},{"name":"tu","type":{"type":"long","logicalType":"time-micros"}},
	{"name":"sm","type":{"type":"long","logicalType":"timestamp-millis"}},{"name":"su","type":{"type":"long","logicalType":"timestamp-micros"}},
	{"name":"lm","type":{"type":"long","logicalType":"local-timestamp-millis"}},
	{"name":"u","type":{"type":"string","logicalType":"uuid"}},{"name":"iv","type":{"type":"fixed","name":"D","size":12,"logicalType":"duration"}},
	{"name":"r","type":{"type":"record","name":"R","fields":[{"name":"v","type":["null","string"]},{"name":"next","type":["null","R"]},
		{"name":"at","type":{"type":"long","logicalType":"timestamp-micros"}},{"name":"amount","type":{"type":"bytes","logicalType":"decimal","precision":4,"scale":1}}]}},
	{"name":"a","type":{"type":"array","items":"string"}},{"name":"m","type":{"type":"map","values":"double"}},
	{"name":"o","type":["null","string","long"]},{"name":"last","type":"string","default":"dflt"}]}`

func allRow(i int) map[string]any {
	at := time.Date(2024, 5, 6, 7, 8, 9, 123456000, time.UTC)
	row := map[string]any{
		"b": true, "i": int32(-5), "l": int64(1) << 40, "f": float32(1.5), "d": 0.1, "s": "zoë", "y": []byte{0, 255}, "x": []byte{1, 2}, "e": "B",
		"n": nil, "dec": big.NewRat(-123456789012345, 100), "day": at, "tm": time.Duration(3661001) * time.Millisecond, "tu": 5 * time.Microsecond,
		"sm": at.Truncate(time.Millisecond), "su": at, "lm": at.Truncate(time.Millisecond), "u": "01234567-89ab-cdef-0123-456789abcdef",
		"iv": avro.Duration{Months: 1, Days: 2, Milliseconds: 3000},
		"r":  map[string]any{"v": "inner", "next": map[string]any{"v": nil, "next": nil, "at": at, "amount": big.NewRat(1, 2)}, "at": at, "amount": big.NewRat(-1, 2)},
		"a":  []any{"p", "q\""}, "m": map[string]any{"k": 2.5}, "o": int64(7), "last": "end",
	}
	if i > 0 {
		row["n"], row["o"] = int64(i), nil
	}
	return row
}

func encoded(t testing.TB, schema string, id int, rows ...any) (out [][]byte) {
	s := avro.MustParse(schema)
	for _, row := range rows {
		var prefix []byte
		if id > 0 {
			prefix = registry.AppendConfluent(nil, id)
		}
		b, err := s.AppendEncode(prefix, row)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, b)
	}
	return out
}

func TestAvro(t *testing.T) {
	c := New(Options{PayloadFormat: Avro, AvroSchema: allAvro}, nil, "")
	list := encoded(t, allAvro, 0, allRow(0), allRow(1))
	got, _, err := rows(t, c, list)
	if err != nil {
		t.Fatal(err)
	}
	inner := `{"v": "inner", "at": "2024-05-06T07:08:09.123456+00:00", "next": {"v": null, "at": "2024-05-06T07:08:09.123456+00:00", "next": null, "amount": 0.5}, "amount": -0.5}`
	common := `t|-5|1099511627776|1.5|0.1|zoë|\x00ff|\x0102|B|%s|-1234567890123.45|2024-05-06|01:01:01.001|00:00:00.000005|2024-05-06 07:08:09.123+00|` +
		`2024-05-06 07:08:09.123456+00|2024-05-06 07:08:09.123|01234567-89ab-cdef-0123-456789abcdef|1 mon 2 days 00:00:03|` + inner +
		`|["p", "q\""]|{"k": 2.5}|%s|end` + "\n"
	if want := fmt.Sprintf(common, "~", "7") + fmt.Sprintf(common, "1", "~"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if again := rewritten(t, c, c, list); again != got {
		t.Errorf("written and read again\n%s\nwant\n%s", again, got)
	}
	if part, _, err := rows(t, c, list, "last", "b", "n"); err != nil || part != "end|t|~\nend|t|1\n" {
		t.Errorf("a projection: %q, %v", part, err)
	}
}

func TestAvroDeclared(t *testing.T) {
	c := New(Options{PayloadFormat: Avro, AvroSchema: allAvro, Columns: columns("v text at r.v", "deep numeric at r.next.amount", "i text", "l int4[] at a",
		"e jsonb", "raw int8 at su", "whole json at $", "dec numeric(20,1)", "none text", "list text[] at a")}, nil, "")
	list := encoded(t, allAvro, 0, allRow(0))
	got, _, err := rows(t, c, list, "v", "deep", "i", "e", "raw", "dec", "none", "list")
	if err != nil || got != "inner|0.5|-5|\"B\"|1714979289123456|-1234567890123.5|~|{p,\"q\\\"\"}\n" {
		t.Errorf("%q, %v", got, err)
	}
	if whole, _, err := rows(t, c, list, "whole"); err != nil || !strings.HasPrefix(whole, `{"b":true,"i":-5,"l":1099511627776`) {
		t.Errorf("%q, %v", whole, err)
	}
	if _, _, err := rows(t, c, list, "l"); pgerr.Code(err) != pgerr.InvalidTextRepresentation || pgerr.From(err).Column != "l" {
		t.Errorf("%v", err)
	}
}

func TestAvroFaults(t *testing.T) {
	list := encoded(t, allAvro, 0, allRow(0))
	c := New(Options{PayloadFormat: Avro, AvroSchema: allAvro}, nil, "")
	for n := range list[0] {
		if _, _, err := rows(t, c, [][]byte{list[0][:n]}); pgerr.Code(err) != pgerr.DataCorrupted {
			t.Errorf("cut at %d bytes: %v", n, err)
		}
	}
	if _, _, err := rows(t, c, [][]byte{append(list[0], 0)}); pgerr.Code(err) != pgerr.DataCorrupted {
		t.Errorf("bytes behind the end: %v", err)
	}
	nanos := `{"type":"long","logicalType":"timestamp-nanos"}`
	n := New(Options{PayloadFormat: Avro, AvroSchema: nanos}, nil, "")
	if got, _, err := rows(t, n, encoded(t, nanos, 0, int64(1500000))); err != nil || got != "1970-01-01 00:00:00.0015+00\n" {
		t.Errorf("%q, %v", got, err)
	}
	if _, _, err := rows(t, n, encoded(t, nanos, 0, int64(1))); pgerr.Code(err) != pgerr.DatetimeFieldOverflow {
		t.Errorf("%v", err)
	}
	text := New(Options{PayloadFormat: Avro, AvroSchema: nanos, Columns: columns("t text at $")}, nil, "")
	if got, _, err := rows(t, text, encoded(t, nanos, 0, int64(1500000001))); err != nil || got != "1970-01-01T00:00:01.500000001+00:00\n" {
		t.Errorf("%q, %v", got, err)
	}
	endless := `{"type":"array","items":"null"}`
	if _, _, err := rows(t, New(Options{PayloadFormat: Avro, AvroSchema: endless}, nil, ""), [][]byte{{0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}}); pgerr.Code(err) != pgerr.DataCorrupted {
		t.Errorf("%v", err)
	}
}

func TestAvroEvolution(t *testing.T) {
	fake := srfake.New()
	t.Cleanup(fake.Close)
	first := `{"type":"record","name":"O","fields":[{"name":"id","type":"int"},{"name":"old","type":"string"},{"name":"gone","type":"double"}]}`
	second := `{"type":"record","name":"O","fields":[{"name":"extra","type":"string","default":"none"},{"name":"new","aliases":["old"],"type":"string"},
		{"name":"id","type":"long"},{"name":"when","type":["null",{"type":"int","logicalType":"date"}],"default":null}]}`
	fake.SeedSchema("t-value", 1, 11, sr.Schema{Schema: first})
	fake.SeedSchema("t-value", 2, 12, sr.Schema{Schema: second})
	c := New(Options{PayloadFormat: Avro}, schemas(t, fake.URL()), "t-value")
	list := append(encoded(t, first, 11, map[string]any{"id": int32(1), "old": "o", "gone": 1.0}),
		encoded(t, second, 12, map[string]any{"extra": "x", "new": "n", "id": int64(2), "when": int32(1)})...)
	list = append(list, list[0])
	got, _, err := rows(t, c, list)
	if want := "none|o|1|~\nx|n|2|1970-01-02\nnone|o|1|~\n"; got != want || err != nil {
		t.Errorf("got\n%s%v\nwant\n%s", got, err, want)
	}
	declared := New(Options{PayloadFormat: Avro, Columns: columns("id int8", "gone float8", "new text")}, schemas(t, fake.URL()), "t-value")
	got, _, err = rows(t, declared, list)
	if want := "1|1|~\n2|~|n\n1|1|~\n"; got != want || err != nil {
		t.Errorf("got\n%s%v\nwant\n%s", got, err, want)
	}
	if again := rewritten(t, c, c, list); again != "none|o|1|~\nx|n|2|1970-01-02\nnone|o|1|~\n" {
		t.Errorf("%s", again)
	}
	if _, _, err := rows(t, c, [][]byte{registry.AppendConfluent(nil, 99)}); !strings.Contains(fmt.Sprint(err), "has no schema 99") {
		t.Error(err)
	}
	if _, _, err := rows(t, c, texts("{}")); pgerr.Code(err) != pgerr.DataCorrupted {
		t.Error(err)
	}
	fake.Close()
	skipping := New(Options{PayloadFormat: Avro, OnError: Skip, Columns: columns("id int8")}, schemas(t, fake.URL()), "t-value")
	if _, _, err := rows(t, skipping, list); pgerr.Code(err) != pgerr.FdwUnableToEstablishConnection {
		t.Errorf("an outage is not to be skipped: %v", err)
	}
}

func TestAvroDebezium(t *testing.T) {
	value := `{"type":"record","name":"Value","fields":[{"name":"id","type":"int"},{"name":"v","type":["null","string"]}]}`
	schema := `{"type":"record","name":"Envelope","fields":[{"name":"before","type":["null",` + value + `]},{"name":"after","type":["null","Value"]},
		{"name":"source","type":{"type":"record","name":"Source","fields":[{"name":"ts_ms","type":"long"}]}},{"name":"op","type":"string"},{"name":"ts_ms","type":["null","long"]}]}`
	source := map[string]any{"ts_ms": int64(1000)}
	list := encoded(t, schema, 0,
		map[string]any{"before": nil, "after": map[string]any{"id": int32(1), "v": "a"}, "source": source, "op": "c", "ts_ms": nil},
		map[string]any{"before": map[string]any{"id": int32(1), "v": "a"}, "after": nil, "source": source, "op": "d", "ts_ms": int64(5)},
		map[string]any{"before": nil, "after": nil, "source": source, "op": "t", "ts_ms": int64(5)})
	got, _, err := rows(t, New(Options{PayloadFormat: Avro, Envelope: Debezium, AvroSchema: schema}, nil, ""), list)
	want := "1|a|c|1970-01-01 00:00:01+00|~|{\"v\": \"a\", \"id\": 1}\n1|a|d|1970-01-01 00:00:01+00|{\"v\": \"a\", \"id\": 1}|~\n~|~|t|1970-01-01 00:00:01+00|~|~\n"
	if err != nil || got != want {
		t.Errorf("got\n%s%v\nwant\n%s", got, err, want)
	}
}

func TestAvroGlue(t *testing.T) {
	schema := `{"type":"record","name":"G","fields":[{"name":"a","type":"int"}]}`
	message := registry.AppendGlue(nil, [16]byte{1})
	message = append(message, encoded(t, schema, 0, map[string]any{"a": int32(3)})[0]...)
	got, _, err := rows(t, New(Options{PayloadFormat: Avro, Framing: FramingGlue, AvroSchema: schema}, nil, ""), [][]byte{message})
	if err != nil || got != "3\n" {
		t.Errorf("%q, %v", got, err)
	}
}

func FuzzAvro(f *testing.F) {
	for _, message := range encoded(f, allAvro, 0, allRow(0), allRow(1)) {
		f.Add(message)
	}
	c := New(Options{PayloadFormat: Avro, AvroSchema: allAvro}, nil, "")
	lax := New(Options{PayloadFormat: Avro, AvroSchema: allAvro, OnError: Null}, nil, "")
	schema := avro.MustParse(allAvro)
	f.Fuzz(func(t *testing.T, message []byte) {
		got, _, err := rows(t, c, [][]byte{message})
		if err == nil {
			// What is read here, the library reads too.
			var v any
			if _, other := schema.Decode(message, &v); other != nil {
				t.Fatalf("read as %s, the library says %v", got, other)
			}
		}
		if _, _, err := rows(t, lax, [][]byte{message}); err != nil {
			t.Fatal(err)
		}
	})
}

func BenchmarkAvro(b *testing.B) {
	schema := `{"type":"record","name":"O","fields":[{"name":"id","type":"long"},{"name":"customer","type":"string"},{"name":"amount","type":"double"},
		{"name":"at","type":{"type":"long","logicalType":"timestamp-micros"}},{"name":"tags","type":{"type":"array","items":"string"}},{"name":"ok","type":"boolean"}]}`
	var list [][]byte
	bytes := 0
	for i := range 10000 {
		list = append(list, encoded(b, schema, 0, map[string]any{"id": int64(i), "customer": "customer", "amount": 1.25, "at": int64(i) * 1e9, "tags": []any{"a", "b"}, "ok": true})...)
		bytes += len(list[i])
	}
	benchmark(b, New(Options{PayloadFormat: Avro, AvroSchema: schema, Columns: columns("id int8", "customer text", "amount float8", "at timestamptz", "ok bool")}, nil, ""), list, bytes)
}
