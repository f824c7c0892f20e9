package objectstore

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
)

// FuzzText reads any bytes as a CSV file and as one of JSON lines: rows, or an error
// about the file.
func FuzzText(f *testing.F) {
	for _, text := range []string{
		"a,b\n1,2.5\n", "a;b\n\"x\"\"y\n\",\n", "\xef\xbb\xbfa\n\xff\n", "a,a\n1\n1,2,3\n", "d,t\n2024-02-29,2024-02-29T12:00:00Z\n", "\"a\n",
		"{\"a\": 1, \"b\": [1, {\"c\": null}]}\n{\"a\": \"x\", \"b\": true}\n", "{\"a\": \"\\ud800\\u0000\"}\n", "{\"a\"", "[1]\n", "{\"\": {}}\r\n\r\n{}", "{\"a\": 1e999999}\n{\"a\": -0}\n",
	} {
		f.Add([]byte(text))
	}
	folder := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, name := range []string{"f.csv", "f.jsonl"} {
			if err := os.WriteFile(filepath.Join(folder, name), data, 0o600); err != nil {
				t.Fatal(err)
			}
			err := readText(t, folder, name)
			if pgerr.Code(err) == pgerr.InternalError {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func readText(t *testing.T, folder, name string) error {
	checked := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer checked.AssertSize(t, 0)
	b := Open(&Config{URL: folder}, backends.Env{Allocator: checked})
	defer b.Close()
	d, err := b.Describe(context.Background(), backends.TableName{Name: name})
	if err != nil {
		return err
	}
	f := backends.Fragment{Scan: &backends.ScanFragment{Table: d.Name, Limit: -1}}
	for i, c := range d.Columns {
		f.Scan.Columns = append(f.Scan.Columns, i)
		f.Output = append(f.Output, backends.Column{Name: c.Name, Type: c.Type})
	}
	reader, err := b.Read(context.Background(), f)
	if err != nil {
		return err
	}
	defer reader.Release()
	for reader.Next() {
		for _, c := range reader.RecordBatch().Columns() {
			_ = c.String()
		}
	}
	return reader.Err()
}
