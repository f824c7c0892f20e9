package objectstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/declared"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// folder makes a store of files with the given contents.
func folder(t *testing.T, files map[string]string, configure func(*Config)) *Backend {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		p := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	config := &Config{URL: "file://" + filepath.ToSlash(root)}
	if configure != nil {
		configure(config)
	}
	if faults := config.Validate(); len(faults) > 0 {
		t.Fatal(faults)
	}
	checked := memory.NewCheckedAllocator(memory.NewGoAllocator())
	b := Open(config, backends.Env{Allocator: checked})
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		checked.AssertSize(t, 0)
	})
	return b
}

// fragment scans all columns of a table.
func fragment(t *testing.T, b *Backend, name string) backends.Fragment {
	t.Helper()
	d, err := b.Describe(context.Background(), backends.TableName{Name: name})
	if err != nil {
		t.Fatal(err)
	}
	f := backends.Fragment{Scan: &backends.ScanFragment{Table: d.Name, Limit: -1}}
	for i, c := range d.Columns {
		f.Scan.Columns = append(f.Scan.Columns, i)
		f.Output = append(f.Output, backends.Column{Name: c.Name, Type: c.Type})
	}
	return f
}

// lines reads a fragment as one text a row; NULL is \N.
func lines(b *Backend, f backends.Fragment) (rows []string, metrics backends.ReadMetrics, err error) {
	r, err := b.Read(context.Background(), f)
	if err != nil {
		return nil, metrics, err
	}
	defer r.Release()
	for r.Next() {
		batch := r.RecordBatch()
		for row := range int(batch.NumRows()) {
			var values []string
			for i, a := range batch.Columns() {
				v, err := pgtypes.DatumFromArrow(a, row, f.Output[i].Type)
				if err != nil {
					return rows, metrics, err
				}
				if v == nil {
					values = append(values, `\N`)
				} else {
					values = append(values, pgtypes.Text(f.Output[i].Type, v, pgtypes.DefaultStyle()))
				}
			}
			rows = append(rows, strings.Join(values, "|"))
		}
	}
	return rows, r.(backends.Metered).Metrics(), r.Err()
}

func header(f backends.Fragment) string {
	var out []string
	for _, c := range f.Output {
		out = append(out, c.Name+" "+declared.TypeName(c.Type))
	}
	return strings.Join(out, ", ")
}

func TestTextFiles(t *testing.T) {
	no := false
	for _, c := range []struct {
		name, file, content string
		configure           func(*Config)
		header              string
		rows                []string
	}{
		{
			"types", "a.csv", "i,n,d,t,z,b,code,s,empty\n1,1.50,2024-02-29,2024-02-29 10:11:12.5,2024-02-29T10:11:12+02,true,007,x,\n-2,3,,,,,,\"\",\n",
			nil, "i int8, n numeric, d date, t timestamp, z timestamptz, b bool, code text, s text, empty text",
			[]string{"1|1.50|2024-02-29|2024-02-29 10:11:12.5|2024-02-29 08:11:12+00|t|007|x|\\N", "-2|3|\\N|\\N|\\N|\\N|\\N||\\N"},
		},
		{
			"quotes", "a.csv", "\xef\xbb\xbfa,b\r\n\"x\"\"y\",\"two\r\nlines\"\r\n\r\n\"\",z\r\n",
			nil, "a text, b text",
			[]string{"x\"y|two\r\nlines", "|z"},
		},
		{
			"options", "a.csv", "#c\n1;'a\\'b';NA\n2;c;'NA'\n3\n",
			func(c *Config) {
				c.CSV = CSVOptions{HasHeader: &no, Delimiter: ";", Quote: "'", Escape: "\\", Comment: "#", NullRegex: "NA", TruncatedRowsOK: true}
			},
			"column1 int8, column2 text, column3 text",
			[]string{"1|a'b|\\N", "2|c|NA", "3|\\N|\\N"},
		},
		{
			"declared", "a.csv", "b,a\n1,2\n",
			func(c *Config) {
				c.Tables = []TableOptions{{Path: "a.csv", Columns: []ColumnOptions{{Name: "a", Type: "numeric(5,2)"}, {Name: "b", Type: "smallint"}}}}
			},
			"a numeric, b int2",
			[]string{"2.00|1"},
		},
		{
			"json", "a.jsonl", "{\"i\":1,\"n\":1.50,\"s\":\"x\\u00e9\",\"o\":{\"b\": [1, {}]},\"m\":1}\n\n{\"s\":null,\"t\":\"2024-02-29T10:00:00Z\",\"b\":false,\"i\":2,\"m\":\"x\",\"i\":3}\n",
			nil, "i int8, n numeric, s text, o jsonb, m jsonb, t timestamptz, b bool",
			[]string{`1|1.50|xé|{"b": [1, {}]}|1|\N|\N`, `3|\N|\N|\N|"x"|2024-02-29 10:00:00+00|f`},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := folder(t, map[string]string{c.file: c.content}, c.configure)
			f := fragment(t, b, c.file)
			if got := header(f); got != c.header {
				t.Errorf("columns %s\nwant    %s", got, c.header)
			}
			rows, _, err := lines(b, f)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := strings.Join(rows, "\n"), strings.Join(c.rows, "\n"); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestTextFaults(t *testing.T) {
	declared := func(c *Config) {
		for _, p := range []string{"a.csv", "a.jsonl"} {
			c.Tables = append(c.Tables, TableOptions{Path: p, Columns: []ColumnOptions{{Name: "a", Type: "int8"}, {Name: "b", Type: "text"}}})
		}
	}
	for _, c := range []struct{ file, content, code, message string }{
		{"a.csv", "a,b\n1,x\nzwei,\"y\n\"\n", "22P02", `file "a.csv": line 3, column "a": invalid input syntax for type bigint: "zwei"`},
		{"a.csv", "a,b\n1,x,y\n", badCopyFormat, `file "a.csv": line 2: extra data after last expected column`},
		{"a.csv", "a,b\n1\n", badCopyFormat, `file "a.csv": line 2: missing data for column 2 of 2`},
		{"a.csv", "a,b\n1,\"x\n", badCopyFormat, `file "a.csv": line 2: unterminated CSV quoted field`},
		{"a.csv", "a,b\n1,\xff\n", "22021", `file "a.csv": line 2, column "b": invalid byte sequence for encoding "UTF8"`},
		{"a.jsonl", "{\"a\":1}\n{\"a\":\n", "22P02", `file "a.jsonl": line 2: invalid input syntax for type json`},
		{"a.jsonl", "[{\"a\":1}]\n", "22P02", `file "a.jsonl": line 1: a JSON line that is not an object`},
		{"a.jsonl", "{\"a\":1}\n\n{\"a\":\"q\"}", "22P02", `file "a.jsonl": line 3, column "a": invalid input syntax for type bigint: "q"`},
		{"a.jsonl", "{\"a\":tru}", "22P02", `file "a.jsonl": line 1, column "a": invalid input syntax for type json`},
	} {
		b := folder(t, map[string]string{c.file: c.content}, declared)
		d, err := b.Describe(context.Background(), backends.TableName{Name: c.file})
		if err == nil {
			f := fragment(t, b, d.Name.Name)
			_, _, err = lines(b, f)
		}
		var e *pgerr.Error
		if !errors.As(err, &e) || e.Code != c.code || e.Message != c.message {
			t.Errorf("%q: got %v, want %s %s", c.content, err, c.code, c.message)
		}
	}
}

// numbers is a batch of one int8 column id and one text column.
func numbers(t *testing.T, from, to int) (columns []backends.Column, batch arrow.RecordBatch) {
	t.Helper()
	columns = []backends.Column{{Name: "id", Type: pgtypes.Of(pgtypes.OIDInt8)}, {Name: "word", Type: pgtypes.Of(pgtypes.OIDText)}}
	b := array.NewRecordBuilder(memory.NewGoAllocator(), backends.SchemaOf(columns))
	for i := from; i < to; i++ {
		b.Field(0).(*array.Int64Builder).Append(int64(i))
		if i%7 == 0 {
			b.Field(1).AppendNull()
		} else {
			b.Field(1).(*array.StringBuilder).Append(fmt.Sprintf("w%d", i%3))
		}
	}
	return columns, b.NewRecordBatch()
}

// parquetOf is a Parquet file of numbers.
func parquetOf(t *testing.T, from, to int) string {
	t.Helper()
	columns, batch := numbers(t, from, to)
	defer batch.Release()
	var out bytes.Buffer
	if err := WriteFile(context.Background(), &out, Parquet, columns, batch); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestManyFilesAreOneTable(t *testing.T) {
	b := folder(t, map[string]string{
		"orders/1.parquet": parquetOf(t, 0, 100), "orders/2.parquet": parquetOf(t, 100, 300), "orders/day=3/3.parquet": parquetOf(t, 300, 301),
		"orders/_SUCCESS": "", "people.csv": "a\n1\n", "people/x.txt": "", "clicks.jsonl": "{\"a\":1}", "s/t.parquet": parquetOf(t, 0, 1),
	}, nil)
	ctx := context.Background()
	names, err := b.Tables(ctx, ".")
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(names); got != "[{. clicks} {. orders} {. people} {. s}]" {
		t.Error(got)
	}
	schemas, err := b.Schemas(ctx)
	if err != nil || fmt.Sprint(schemas) != "[. orders people s]" {
		t.Error(schemas, err)
	}
	for name, want := range map[string]int{"orders": 301, "orders/": 301, "orders/*.parquet": 300, "orders/**/*.parquet": 301, "orders/[13].parquet": 100, "orders/{1,2}.parquet": 300, "orders/1": 100} {
		f := fragment(t, b, name)
		rows, _, err := lines(b, f)
		if err != nil || len(rows) != want {
			t.Errorf("%s: %d rows, want %d: %v", name, len(rows), want, err)
		}
	}
	for name, code := range map[string]string{"nothing": "42P01", "../etc": "42602", "s/*.csv": "42P01"} {
		_, err := b.Describe(ctx, backends.TableName{Name: name})
		if e := pgerr.From(err); err == nil || e.Code != code {
			t.Errorf("%s: %v, want %s", name, err, code)
		}
	}
}

func TestRowGroupsAreSkipped(t *testing.T) {
	b := folder(t, map[string]string{"t/1.parquet": parquetOf(t, 0, 100), "t/2.parquet": parquetOf(t, 100, 300)}, nil)
	predicate := func(op backends.PredicateOp, values ...pgtypes.Datum) backends.Predicate {
		return backends.Predicate{Column: 0, Op: op, Values: values}
	}
	for _, c := range []struct {
		predicate backends.Predicate
		skipped   int64
	}{
		{predicate(backends.Equal, int64(100)), 1},
		{predicate(backends.Equal, int64(300)), 2},
		{predicate(backends.NotEqual, int64(100)), 0},
		{predicate(backends.Less, int64(100)), 1},
		{predicate(backends.LessOrEqual, int64(100)), 0},
		{predicate(backends.Greater, int64(99)), 1},
		{predicate(backends.GreaterOrEqual, int64(99)), 0},
		{predicate(backends.In, int64(-1), int64(299)), 1},
		{predicate(backends.IsNull), 2},
		{predicate(backends.IsNotNull), 0},
		{backends.Predicate{Column: 1, Op: backends.IsNull}, 0},
		{backends.Predicate{Column: 1, Op: backends.Equal, Values: []pgtypes.Datum{"w9"}}, 2},
	} {
		f := fragment(t, b, "t")
		f.Scan.Predicates = []backends.Predicate{c.predicate}
		_, metrics, err := lines(b, f)
		if err != nil || metrics.RowGroupsSkipped != c.skipped || metrics.RowGroups != 2-c.skipped {
			t.Errorf("%v: %+v, want %d skipped: %v", c.predicate, metrics, c.skipped, err)
		}
	}
}

func TestPartsAreTheWhole(t *testing.T) {
	b := folder(t, map[string]string{"t/1.parquet": parquetOf(t, 0, 300000), "t/2.parquet": parquetOf(t, 300000, 300100)}, nil)
	f := fragment(t, b, "t")
	parts, err := b.Partitions(context.Background(), f, 4)
	if err != nil {
		t.Fatal(err)
	}
	if len(parts.Parts) < 2 || len(parts.Parts) > 4 {
		t.Errorf("%d parts", len(parts.Parts))
	}
	seen := map[string]bool{}
	for i := range parts.Parts {
		f.Partition = &parts.Parts[i]
		rows, _, err := lines(b, f)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			if seen[row] {
				t.Fatalf("%s twice", row)
			}
			seen[row] = true
		}
	}
	if len(seen) != 300100 {
		t.Errorf("%d rows", len(seen))
	}
	f.Partition = nil
	f.Scan.Limit = 10
	if rows, _, err := lines(b, f); err != nil || len(rows) != 10 {
		t.Errorf("%d rows under a limit: %v", len(rows), err)
	}
	d, err := b.Statistics(context.Background(), f.Scan.Table)
	if err != nil {
		t.Fatal(err)
	}
	if facts := d.Columns[0].Facts; d.Rows != 300100 || facts.Min != int64(0) || facts.Max != int64(300099) || facts.NullFraction != 0 {
		t.Errorf("rows %v, facts %+v", d.Rows, facts)
	}
}

func TestFilesThatDiffer(t *testing.T) {
	files := map[string]string{"t/1.csv": "a,b\n1,x\n", "t/2.csv": "b,a\ny,2\n", "t/3.csv": "a,c\n3,z\n"}
	b := folder(t, files, nil)
	_, _, err := lines(b, fragment(t, b, "t"))
	if e := pgerr.From(err); err == nil || e.Message != `file "t/3.csv": it has no column "b"` {
		t.Error(err)
	}
	b = folder(t, files, func(c *Config) { c.ByName = true })
	rows, _, err := lines(b, fragment(t, b, "t"))
	if err != nil || fmt.Sprint(rows) != `[1|x 2|y 3|\N]` {
		t.Error(rows, err)
	}
}

func TestWrite(t *testing.T) {
	for _, format := range []Format{Parquet, CSV, JSONLines} {
		for _, location := range []string{"", "mem://"} {
			b := folder(t, nil, func(c *Config) {
				c.Format = format
				if location != "" {
					c.URL = location
				}
			})
			ctx := context.Background()
			columns, batch := numbers(t, 0, 1000)
			defer batch.Release()
			target := backends.WriteTarget{Table: backends.TableName{Name: "t"}, Columns: columns}
			for i, mode := range []backends.WriteKind{backends.Append, backends.Append, backends.Truncate} {
				rows, err := array.NewRecordReader(batch.Schema(), []arrow.RecordBatch{batch})
				if err != nil {
					t.Fatal(err)
				}
				result, err := b.Write(ctx, target, rows, backends.WriteMode{Kind: mode})
				rows.Release()
				if err != nil || result.Inserted != 1000 {
					t.Fatal(result, err)
				}
				found, _, err := lines(b, fragment(t, b, "t"))
				if want := []int{1000, 2000, 1000}[i]; err != nil || len(found) != want || found[1] != "1|w1" || found[7] != `7|\N` {
					t.Fatalf("%s %s: %d rows after %s, want %d: %v", format, location, len(found), mode, want, err)
				}
			}
			empty, err := array.NewRecordReader(batch.Schema(), nil)
			if err != nil {
				t.Fatal(err)
			}
			target.Table.Name = "nothing"
			if _, err := b.Write(ctx, target, empty, backends.WriteMode{Kind: backends.Append}); err != nil {
				t.Fatal(err)
			}
			empty.Release()
			if _, err := b.Describe(ctx, target.Table); pgerr.From(err).Code != pgerr.UndefinedTable {
				t.Errorf("no rows made a file: %v", err)
			}
		}
	}
}

func TestConfig(t *testing.T) {
	kinds := []backends.KindSpec{Spec()}
	cfg, err := backends.ParseConfig([]byte(`{"kind":"object_store","location":{"local":{"root_dir":"lake"}},"format":"csv","csv":{"delimiter":";"},
		"tables":[{"path":"orders/","columns":[{"name":"id","type":"bigint"}]}]}`), kinds)
	if err != nil {
		t.Fatal(err)
	}
	text, err := backends.MarshalConfig(cfg)
	if err != nil {
		t.Fatal(err)
	}
	again, err := backends.ParseConfig(text, kinds)
	if err != nil {
		t.Fatal(err)
	}
	if repeated, _ := backends.MarshalConfig(again); !bytes.Equal(text, repeated) {
		t.Errorf("%s\n%s", text, repeated)
	}
	for text, want := range map[string]string{
		`{"kind":"object_store"}`:                 "url: is missing",
		`{"kind":"object_store","url":"ftp://b"}`: "no ftp:// stores in this build",
		`{"kind":"object_store","location":{"s3":{"bucket":"abc","secret_access_key":"x"}}}`: "location.s3.secret_key",
		`{"kind":"object_store","url":"x","format":"orc"}`:                                   "write them as parquet",
		`{"kind":"object_store","url":"x","csv":{"delimiter":"ab"}}`:                         "csv.delimiter: must be one ASCII character",
		`{"kind":"object_store","url":"x","csv":{"sep":"a"}}`:                                "csv.sep: unknown key",
		`{"kind":"object_store","url":"x","tables":[{"path":"p","colums":[]}]}`:              "tables[0].colums: unknown key",
		`{"kind":"object_store","url":"x","tables":[{"columns":[{"name":"a"}]}]}`:            "tables[0].path: is missing",
		`{"kind":"object_store","url":"x","write_options":{"parquet_compression":"lzo"}}`:    "unknown compression",
	} {
		if _, err := backends.ParseConfig([]byte(text), kinds); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}
