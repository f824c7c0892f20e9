package payload

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/sqlgateway/gateway/internal/arrowtest"
	"github.com/sqlgateway/gateway/internal/batch"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/internal/registry"
)

// messages is a batch.Source over messages.
type messages struct {
	decoder *Decoder
	list    [][]byte
	columns []*batch.Column
}

func (m *messages) Fill(ctx context.Context, b *batch.Builder) (bool, error) {
	if m.columns == nil {
		for i := range b.Columns {
			m.columns = append(m.columns, &b.Columns[i])
		}
	}
	for i, message := range m.list {
		row, err := m.decoder.Decode(ctx, message, m.columns)
		if err != nil {
			return false, err
		}
		if row && !b.EndRow() {
			m.list = m.list[i+1:]
			return true, nil
		}
	}
	return false, nil
}

func (m *messages) Close() {}

func names(fields []Field) (list []string) {
	for _, f := range fields {
		list = append(list, f.Name)
	}
	return list
}

// reader decodes messages; no names are all fields.
func reader(t testing.TB, c *Codec, list [][]byte, wanted ...string) (*batch.Reader, []Field, *Decoder) {
	t.Helper()
	fields, err := c.Fields(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(wanted) == 0 {
		wanted = names(fields)
	}
	d, err := c.Decoder(t.Context(), wanted)
	if err != nil {
		t.Fatal(err)
	}
	if fields, err = find(fields, wanted); err != nil {
		t.Fatal(err)
	}
	list2 := make([]arrow.Field, len(fields))
	for i, f := range fields {
		list2[i] = pgtypes.ArrowField(f.Name, f.Type)
	}
	schema := arrow.NewSchema(list2, nil)
	return batch.NewReader(t.Context(), schema, arrowtest.Allocator(t), 0, &messages{decoder: d, list: list}), fields, d
}

// rows is the rows as text, columns parted by a bar.
func rows(t testing.TB, c *Codec, list [][]byte, wanted ...string) (string, *Decoder, error) {
	t.Helper()
	r, fields, d := reader(t, c, list, wanted...)
	defer r.Release()
	var out strings.Builder
	for r.Next() {
		record := r.RecordBatch()
		if err := arrowtest.CheckBatch(r.Schema(), record); err != nil {
			t.Fatal(err)
		}
		for row := range int(record.NumRows()) {
			for i, f := range fields {
				if i > 0 {
					out.WriteByte('|')
				}
				v, err := batch.Value(f.Type, record.Column(i), row)
				if err != nil {
					t.Fatal(err)
				}
				if v == nil {
					out.WriteByte('~')
				} else {
					out.WriteString(pgtypes.Text(f.Type, v, pgtypes.DefaultStyle()))
				}
			}
			out.WriteByte('\n')
		}
	}
	return out.String(), d, r.Err()
}

func texts(list ...string) (out [][]byte) {
	for _, s := range list {
		out = append(out, []byte(s))
	}
	return out
}

// column reads a declaration: name type [path] [epoch=unit] [not null].
func column(text string) Column {
	c := Column{}
	text, c.NotNull = strings.CutSuffix(text, " not null")
	text, c.Epoch, _ = strings.Cut(text, " epoch=")
	text, c.Path, _ = strings.Cut(text, " at ")
	c.Name, c.Type, _ = strings.Cut(text, " ")
	return c
}

func columns(list ...string) (out []Column) {
	for _, text := range list {
		out = append(out, column(text))
	}
	return out
}

func TestJSON(t *testing.T) {
	for _, c := range []struct {
		name     string
		options  Options
		messages []string
		want     string // rows, or an error's start
	}{
		{"none declared", Options{}, []string{` {"b":1, "a":[1,2]} `, `3`, `null`}, "{\"a\": [1, 2], \"b\": 1}\n3\n~\n"},
		{
			"declared",
			Options{Columns: columns("a int4", "b text", "c jsonb", "d bool")},
			[]string{`{"a":1,"b":"x\u00fc","c":{"y":[null]},"d":true}`, `{"d":false,"c":"s","b":2.50,"a":"7","z":0}`, `{}`},
			"1|xü|{\"y\": [null]}|t\n7|2.50|\"s\"|f\n~|~|~|~\n",
		},
		{
			"paths",
			Options{Columns: columns("a int4 at x.y", "b text at /x/w~1v", "c jsonb at x", "d json at $")},
			[]string{`{"x":{"y":1,"w/v":"t"}}`, `{"x":3}`},
			"1|t|{\"y\": 1, \"w/v\": \"t\"}|{\"x\":{\"y\":1,\"w/v\":\"t\"}}\n~|~|3|{\"x\":3}\n",
		},
		{"twice", Options{Columns: columns("a int4")}, []string{`{"a":1,"a":2}`}, "2\n"},
		{
			"epoch",
			Options{Columns: columns("a timestamptz epoch=ms", "b date epoch=days", "c timestamp epoch=us", "d time epoch=s")},
			[]string{`{"a":1700000000123,"b":1,"c":-1,"d":3661}`, `{"a":"2024-05-06T00:00:00Z","b":"2024-05-06","c":1.7e15}`},
			"2023-11-14 22:13:20.123+00|1970-01-02|1969-12-31 23:59:59.999999|01:01:01\n2024-05-06 00:00:00+00|2024-05-06|2023-11-14 22:13:20|~\n",
		},
		{
			"arrays",
			Options{Columns: columns("a int4[]", "b text[]", "c jsonb[]")},
			[]string{`{"a":[[1,2],[3,null]],"b":["x\"y","{}",""," "],"c":[{"k":[1]},[2]]}`, `{"a":[],"b":"{u,v}"}`},
			"{{1,2},{3,NULL}}|{\"x\\\"y\",\"{}\",\"\",\" \"}|{\"{\\\"k\\\": [1]}\",[2]}\n{}|{u,v}|~\n",
		},
		{"a framed message", Options{Columns: columns("a int4")}, []string{"\x00\x00\x00\x00\x07{\"a\":1}"}, "1\n"},
		{"syntax", Options{Columns: columns("a int4")}, []string{`{"a":1`}, "22P02 invalid input syntax for type json"},
		{"no object", Options{Columns: columns("a int4")}, []string{`[1]`}, "22P02 the JSON value is not an object"},
		{"value", Options{Columns: columns("a int4")}, []string{`{"a":"x"}`}, "22P02 column \"a\": invalid input syntax for type integer: \"x\""},
		{"bare word", Options{Columns: columns("a text")}, []string{`{"a":nul}`}, "22P02 column \"a\": invalid input syntax for type json"},
		{"number", Options{Columns: columns("a bool")}, []string{`{"a":1}`}, "22P02 column \"a\": invalid input syntax for type boolean: \"1\""},
		{"too long", Options{Columns: columns("a varchar(2)")}, []string{`{"a":"abc"}`}, "22001 column \"a\": value too long for type character varying(2)"},
		{"not null", Options{Columns: columns("a int4 not null")}, []string{`{}`}, "23502 null value in column \"a\" violates not-null constraint"},
		{"out of range", Options{Columns: columns("a timestamptz epoch=s")}, []string{`{"a":9223372036854}`}, "22008 column \"a\": timestamp out of range"},
		{"nulled", Options{OnError: Null, Columns: columns("a int4", "b int4")}, []string{`{"a":1,"b":"x"}`, `{"a":1,"b":2}`, `x`}, "~|~\n1|2\n~|~\n"},
		{"skipped", Options{OnError: Skip, Columns: columns("a int4", "b int4")}, []string{`{"a":1,"b":"x"}`, `{"a":1,"b":2}`, `x`}, "1|2\n"},
		{"debezium", Options{Envelope: Debezium, Columns: columns("id int8", "v text")}, []string{
			`{"schema":{},"payload":{"op":"c","ts_ms":2,"source":{"ts_ms":1000},"before":null,"after":{"id":1,"v":"a"}}}`,
			`{"op":"d","ts_ms":2000,"before":{"id":1,"v":"a"},"after":null}`,
		}, "1|a|c|1970-01-01 00:00:01+00|~|{\"v\": \"a\", \"id\": 1}\n1|a|d|1970-01-01 00:00:02+00|{\"v\": \"a\", \"id\": 1}|~\n"},
		{"no debezium", Options{Envelope: Debezium}, []string{`{"id":1}`}, "XX001 the message is no Debezium event"},
		{"text", Options{PayloadFormat: Text, Columns: columns("a numeric(5,1)")}, []string{"12.34"}, "12.3\n"},
		{"raw", Options{PayloadFormat: "raw_bytes"}, []string{"\x00\xff", ""}, "\\x00ff\n\\x\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if list := c.options.Validate(""); len(list) > 0 {
				t.Fatal(list)
			}
			got, _, err := rows(t, New(c.options, nil, ""), texts(c.messages...))
			if err != nil {
				if got = pgerr.Code(err) + " " + pgerr.From(err).Message; strings.HasPrefix(got, c.want) {
					return
				}
			}
			if got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

// TestPolicyOfProjections checks that which columns are wanted does not change which
// messages are rows.
func TestPolicyOfProjections(t *testing.T) {
	list := texts(`{"a":1,"b":"x"}`, `{"a":1,"b":2}`, `{`)
	for _, wanted := range [][]string{{"a"}, {"b"}, {"b", "a"}} {
		got, d, err := rows(t, New(Options{OnError: Skip, Columns: columns("a int4", "b int4")}, nil, ""), list, wanted...)
		if err != nil || strings.Count(got, "\n") != 1 || d.Skipped != 2 {
			t.Errorf("%v: %q, %d skipped, %v", wanted, got, d.Skipped, err)
		}
	}
	d, err := New(Options{OnError: Skip, Columns: columns("a int4")}, nil, "").Decoder(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []bool{true, true, false} {
		if row, err := d.Decode(t.Context(), list[i], nil); row != want || err != nil {
			t.Errorf("message %d is a row: %v, %v", i, row, err)
		}
	}
}

func TestValidate(t *testing.T) {
	for _, c := range []struct {
		options Options
		want    string
	}{
		{Options{PayloadFormat: "xml"}, "t.payload_format"},
		{Options{OnError: "ignore"}, "t.on_error"},
		{Options{PayloadFormat: Avro, AvroSchema: "{"}, "t.avro_schema"},
		{Options{AvroSchema: `"string"`}, "t.avro_schema"},
		{Options{PayloadFormat: Protobuf, ProtobufSchema: "message"}, "t.protobuf_schema"},
		{Options{Columns: columns("a int4", "a int4")}, "t.columns[1].name"},
		{Options{Columns: columns("_a int4")}, "t.columns[0].name"},
		{Options{Columns: columns("a money")}, "t.columns[0].type"},
		{Options{Columns: columns("a int4 at x..y")}, "t.columns[0].path"},
		{Options{Columns: columns("a int4 epoch=ms")}, "t.columns[0].epoch"},
		{Options{PayloadFormat: Raw, Columns: columns("a text")}, "t.columns[0].type"},
	} {
		got := c.options.Validate("t.")
		if len(got) != 1 || got[0].Path != c.want {
			t.Errorf("%+v: %v", c.options, got)
		}
	}
}

// TestStraight holds what is written without a Datum against what is written with one.
func TestStraight(t *testing.T) {
	c := New(Options{Columns: columns("a int8", "b int4", "c int2", "d bool", "e float8", "f text", "g jsonb", "h timestamp", "i timestamptz", "j varchar(9)")}, nil, "")
	r, fields, _ := reader(t, c, texts(
		`{"a":-9223372036854775808,"b":-1,"c":32767,"d":false,"e":1e300,"f":"q\"\u00fc\n","g":{"x":[1]},"h":"0001-01-01","i":"9999-12-31 23:59:59.999999Z","j":"v"}`,
		`{"e":"NaN","h":"0001-12-31 BC","i":"infinity","d":true}`, `{"e":0.1,"h":"10000-01-01","i":"1970-01-01 00:00:00.1+00"}`))
	defer r.Release()
	for r.Next() {
		for row := range int(r.RecordBatch().NumRows()) {
			for i, f := range fields {
				a := r.RecordBatch().Column(i)
				if a.IsNull(row) {
					continue
				}
				v, err := batch.Value(f.Type, a, row)
				if err != nil {
					t.Fatal(err)
				}
				want, err := appendJSONValue(nil, &Field{}, f.Type, v)
				if got, ok := appendStraight(nil, f.Type, a, row); err != nil || ok && string(got) != string(want) {
					t.Errorf("%s: %s, want %s, %v", f.Name, got, want, err)
				}
			}
		}
	}
	if r.Err() != nil {
		t.Fatal(r.Err())
	}
}

// rewritten writes decoded rows again and reads that.
func rewritten(t testing.TB, from, into *Codec, list [][]byte) string {
	t.Helper()
	r, fields, _ := reader(t, from, list)
	defer r.Release()
	var sources []Source
	for i, f := range fields {
		sources = append(sources, Source{Name: f.Name, Type: f.Type, At: i})
	}
	e, err := into.Encoder(t.Context(), sources)
	if err != nil {
		t.Fatal(err)
	}
	var out [][]byte
	for r.Next() {
		for row := range int(r.RecordBatch().NumRows()) {
			message, _, err := e.Append(nil, r.RecordBatch(), row)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, message)
		}
	}
	if r.Err() != nil {
		t.Fatal(r.Err())
	}
	got, _, err := rows(t, into, out)
	if err != nil {
		t.Fatalf("%v; wrote %q", err, out)
	}
	return got
}

func TestJSONRoundTrip(t *testing.T) {
	c := New(Options{Columns: columns("a int4", "b text at x.y", "c numeric", "d timestamptz", "e timestamp epoch=ms", "f bytea", "g text[]",
		"h jsonb", "i float8", "j bool", "k uuid", "l interval", "m int4[]", "n date")}, nil, "")
	message := texts(`{"a":-1,"x":{"y":"q\"\n"},"c":1.50,"d":"2024-05-06T07:08:09.5+02","e":1500,"f":"\\x00ff","g":["a",null,"NULL"],
		"h":{"z":[1,{"y":null}]},"i":"NaN","j":true,"k":"01234567-89ab-cdef-0123-456789abcdef","l":"1 day 02:00:00","m":[[1,2],[3,4]],"n":"infinity"}`, `{"c":"Infinity"}`)
	want, _, err := rows(t, c, message)
	if err != nil {
		t.Fatal(err)
	}
	if got := rewritten(t, c, c, message); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func FuzzJSON(f *testing.F) {
	f.Add([]byte(`{"a":1,"b":{"c":"x"},"d":[1,2],"e":1700000000000}`))
	f.Add([]byte(`{"payload":{"op":"c","after":{"a":"\u0000"}}}`))
	f.Add([]byte("{\"a\":\"\xff\"}"))
	all := columns("a text", "b text at b.c", "d int4[]", "e timestamptz epoch=ms", "f jsonb at $", "g numeric(5,2) at a")
	f.Fuzz(func(t *testing.T, message []byte) {
		for _, options := range []Options{{Columns: all}, {Columns: all, Envelope: Debezium}, {Columns: all, OnError: Null}, {}} {
			got, _, err := rows(t, New(options, nil, ""), [][]byte{message})
			if options.OnError == Null && (err != nil || got == "") {
				t.Fatalf("%q, %v", got, err)
			}
		}
	})
}

func BenchmarkJSON(b *testing.B) {
	var list [][]byte
	bytes := 0
	for i := range 10000 {
		list = append(list, fmt.Appendf(nil, `{"id":%d,"customer":"customer %d","amount":%d.25,"at":"2024-05-06T07:08:09.5Z","tags":["a","b"],"ok":true}`, i, i%97, i))
		bytes += len(list[i])
	}
	c := New(Options{Columns: columns("id int8", "customer text", "amount float8", "at timestamptz", "ok bool")}, nil, "")
	benchmark(b, c, list, bytes)
}

func benchmark(b *testing.B, c *Codec, list [][]byte, bytes int) {
	b.SetBytes(int64(bytes))
	b.ReportAllocs()
	for b.Loop() {
		r, _, _ := reader(b, c, list)
		n := int64(0)
		for r.Next() {
			n += r.RecordBatch().NumRows()
		}
		if r.Err() != nil || n != int64(len(list)) {
			b.Fatal(n, r.Err())
		}
		r.Release()
	}
	b.ReportMetric(float64(b.N)*float64(len(list))/b.Elapsed().Seconds(), "rows/s")
}

// schemas is a registry client over a fake.
func schemas(t testing.TB, url string) *registry.Client {
	c := registry.New(func(context.Context) (registry.Settings, error) { return registry.Settings{URLs: []string{url}}, nil })
	t.Cleanup(c.Close)
	return c
}
