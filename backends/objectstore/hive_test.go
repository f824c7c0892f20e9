package objectstore

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/bucket"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

func TestPartitionFolders(t *testing.T) {
	no := false
	for _, c := range []struct {
		name      string
		files     map[string]string
		configure func(*Config)
		header    string
		rows      string
		fails     string
	}{
		{
			name: "typed", header: "i int8, day date, n int8, code text, s text",
			files: map[string]string{
				"t/day=2024-01-01/n=1/code=01/s=a%20b%2Fc/x.csv":                                           "i\n1\n",
				"t/day=2024-01-02/n=__HIVE_DEFAULT_PARTITION__/code=10/s=__HIVE_DEFAULT_PARTITION__/x.csv": "i\n2\n",
			},
			rows: `1|2024-01-01|1|01|a b/c; 2|2024-01-02|\N|10|\N`,
		},
		{
			name: "json", header: "a text, y int8",
			files: map[string]string{"t/y=1/x.jsonl": `{"a":"p","y":7}`, "t/y=2/x.jsonl": `{"a":"q"}`},
			rows:  "p|1; q|2", // the folder tells, also where the file has the column
		},
		{
			name: "no header", header: "column1 int8, y int8",
			files:     map[string]string{"t/y=1/x.csv": "5\n"},
			configure: func(c *Config) { c.CSV.HasHeader = &no },
			rows:      "5|1",
		},
		{
			name: "declared", header: "y text, a int4",
			files: map[string]string{"t/y=01/x.csv": "5\n", "t/y=2/x.csv": "6\n"},
			configure: func(c *Config) {
				c.Tables = []TableOptions{{Path: "t", FormatOptions: FormatOptions{CSV: CSVOptions{HasHeader: &no}}, Columns: []ColumnOptions{{Name: "y", Type: "text"}, {Name: "a", Type: "integer"}}}}
			},
			rows: "01|5; 2|6",
		},
		{
			name: "off", header: "i int8",
			files:     map[string]string{"t/y=1/x.csv": "i\n5\n", "t/z.csv": "i\n6\n"},
			configure: func(c *Config) { c.HivePartitions = &no },
			rows:      "5; 6",
		},
		{
			name: "a file under none", header: "i int8",
			files: map[string]string{"t/y=1/x.csv": "i\n5\n", "t/z.csv": "i\n6\n"},
			rows:  "5; 6",
		},
		{
			name:  "mixed",
			files: map[string]string{"t/y=1/x.csv": "i\n5\n", "t/z=1/x.csv": "i\n6\n"},
			fails: `files "t/y=1/x.csv" and "t/z=1/x.csv" lie under different partition folders`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := folder(t, c.files, c.configure)
			if c.fails != "" {
				if _, err := b.Describe(t.Context(), backends.TableName{Name: "t"}); err == nil || !strings.Contains(err.Error(), c.fails) {
					t.Errorf("%v", err)
				}
				return
			}
			f := fragment(t, b, "t")
			rows, _, err := lines(b, f)
			if got := strings.Join(rows, "; "); err != nil || got != c.rows || header(f) != c.header {
				t.Errorf("%s: %s, %v", header(f), got, err)
			}
		})
	}
}

// TestPartitionsPruned reads one day of two hundred from a bucket, and counts what the
// bucket sends.
func TestPartitionsPruned(t *testing.T) {
	files := s3mem.New()
	if err := files.CreateBucket("lake"); err != nil {
		t.Fatal(err)
	}
	var sent atomic.Int64
	handler := gofakes3.New(files).Server()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler.ServeHTTP(&countingWriter{w, &sent}, r)
	}))
	t.Cleanup(server.Close)
	b := Open(&Config{Location: &bucket.Location{S3: &bucket.S3{
		Bucket: "lake", Endpoint: server.URL, Region: "us-east-1", AccessKey: backends.NewSecret("k"), SecretKey: backends.NewSecret("s"),
	}}}, backends.Env{})
	t.Cleanup(func() { _ = b.Close() })
	columns := []backends.Column{{Name: "i", Type: pgtypes.Of(pgtypes.OIDInt8)}}
	builder := array.NewRecordBuilder(memory.DefaultAllocator, backends.SchemaOf(columns))
	for i := range 5000 {
		builder.Field(0).(*array.Int64Builder).Append(int64(i) * 7919)
	}
	batch := builder.NewRecordBatch()
	var content bytes.Buffer
	if err := WriteFile(t.Context(), &content, Parquet, columns, batch); err != nil {
		t.Fatal(err)
	}
	for day := range 200 {
		w, err := b.store.NewWriter(t.Context(), fmt.Sprintf("t/day=%s/x.parquet", time.Date(2024, 1, 1+day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = w.Write(content.Bytes())
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	whole := int64(200 * content.Len())
	f := backends.Fragment{
		Output: append(columns, backends.Column{Name: "day", Type: pgtypes.Of(pgtypes.OIDDate)}),
		Scan:   &backends.ScanFragment{Table: backends.TableName{Name: "t"}, Columns: []int{0, 1}, Limit: -1},
	}
	day, err := pgtypes.Parse(pgtypes.Of(pgtypes.OIDDate), "2024-02-01", pgtypes.DefaultStyle())
	if err != nil {
		t.Fatal(err)
	}
	f.Scan.Predicates = []backends.Predicate{{Column: 1, Op: backends.Equal, Values: []pgtypes.Datum{day}}}
	sent.Store(0)
	hint, err := b.Partitions(context.Background(), f, 4)
	if err != nil || len(hint.Parts) != 1 {
		t.Fatalf("%d parts, %v", len(hint.Parts), err)
	}
	for _, partition := range []*backends.Partition{nil, &hint.Parts[0]} {
		f.Partition = partition
		rows, metrics, err := lines(b, f)
		if err != nil || len(rows) != 5000 || rows[1] != "7919|2024-02-01" {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		if metrics.Files != 1 || metrics.FilesSkipped != 199 || metrics.BytesSkipped != whole/200*199 || metrics.Bytes*50 > whole {
			t.Errorf("%+v of %d bytes", metrics, whole)
		}
	}
	alone := f
	alone.Partition, alone.Output = nil, f.Output[1:]
	alone.Scan = &backends.ScanFragment{Table: f.Scan.Table, Columns: []int{1}, Predicates: f.Scan.Predicates, Limit: -1}
	if rows, metrics, err := lines(b, alone); err != nil || len(rows) != 5000 || rows[0] != "2024-02-01" || metrics.Bytes != 0 {
		t.Errorf("the folder's column alone: %d rows, %+v, %v", len(rows), metrics, err)
	}
	// Three listings, two footers (the first file's for the columns) and the data twice.
	t.Logf("the bucket sent %d bytes for files of %d", sent.Load(), whole)
	if data := sent.Load() - 4*200*400; data*50 > 2*whole {
		t.Errorf("the bucket sent %d bytes for files of %d", sent.Load(), whole)
	}
}

type countingWriter struct {
	http.ResponseWriter
	sent *atomic.Int64
}

func (c *countingWriter) Write(p []byte) (int, error) {
	c.sent.Add(int64(len(p)))
	return c.ResponseWriter.Write(p)
}

func TestValueMayMatch(t *testing.T) {
	int8s := pgtypes.Of(pgtypes.OIDInt8)
	set := backends.NewIntSet(2, 1, 9)
	set.Add(1)
	set.Add(9)
	for _, c := range []struct {
		value pgtypes.Datum
		p     backends.Predicate
		want  bool
	}{
		{int64(5), backends.Predicate{Op: backends.Equal, Values: []pgtypes.Datum{int64(5)}}, true},
		{int64(5), backends.Predicate{Op: backends.NotEqual, Values: []pgtypes.Datum{int64(5)}}, false},
		{int64(5), backends.Predicate{Op: backends.Less, Values: []pgtypes.Datum{int64(5)}}, false},
		{int64(5), backends.Predicate{Op: backends.LessOrEqual, Values: []pgtypes.Datum{int64(5)}}, true},
		{int64(5), backends.Predicate{Op: backends.Greater, Values: []pgtypes.Datum{int64(4)}}, true},
		{int64(5), backends.Predicate{Op: backends.GreaterOrEqual, Values: []pgtypes.Datum{int64(6)}}, false},
		{int64(5), backends.Predicate{Op: backends.In, Values: []pgtypes.Datum{int64(4), int64(5)}}, true},
		{int64(5), backends.Predicate{Op: backends.In, Values: []pgtypes.Datum{int64(4)}}, false},
		{int64(5), backends.Predicate{Op: backends.Among, Set: set}, false},
		{int64(9), backends.Predicate{Op: backends.Among, Set: set}, true},
		{int64(5), backends.Predicate{Op: backends.IsNull}, false},
		{int64(5), backends.Predicate{Op: backends.IsNotNull}, true},
		{nil, backends.Predicate{Op: backends.IsNull}, true},
		{nil, backends.Predicate{Op: backends.IsNotNull}, false},
		{nil, backends.Predicate{Op: backends.Equal, Values: []pgtypes.Datum{int64(5)}}, false},
	} {
		if got := valueMayMatch(int8s, c.value, &c.p); got != c.want {
			t.Errorf("%v %v: %v", c.value, c.p, got)
		}
	}
}
