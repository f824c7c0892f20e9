package objectstore

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// TestFilesOfOtherWriters reads every Parquet, CSV and JSON file below the folder
// files of what GATEWAY_CORPORA names, good and bad ones: each gives rows or an error that
// names the file, and nothing panics or leaks. With GATEWAY_DUMP, rows are also
// written there as CSV, for comparison with another reader.
func TestFilesOfOtherWriters(t *testing.T) {
	root := os.Getenv("GATEWAY_CORPORA")
	if root == "" {
		t.Skip("GATEWAY_CORPORA names no folder with files of other writers")
	}
	root = filepath.Join(root, "files")
	var read, refused int
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.Contains(path, "_delta_log") {
			return err
		}
		if format, _ := formatOf(path); format == "" {
			return nil
		}
		rel, _ := filepath.Rel(root, path)
		err = dump(t, filepath.Dir(path), filepath.Base(path), strings.ReplaceAll(rel, "/", "__"))
		if err == nil {
			read++
			return nil
		}
		refused++
		e := pgerr.From(err)
		t.Logf("%s: %s %s", rel, e.Code, e.Message)
		if e.Code == pgerr.InternalError {
			t.Errorf("%s: %v", rel, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d files read, %d refused", read, refused)
}

func dump(t *testing.T, folder, name, to string) error {
	checked := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer checked.AssertSize(t, 0)
	b := Open(&Config{URL: folder}, backends.Env{Allocator: checked})
	defer b.Close()
	ctx := context.Background()
	d, err := b.Statistics(ctx, backends.TableName{Name: name})
	if err != nil {
		return err
	}
	f := backends.Fragment{Scan: &backends.ScanFragment{Table: d.Name, Limit: -1}}
	for i, c := range d.Columns {
		f.Scan.Columns = append(f.Scan.Columns, i)
		f.Output = append(f.Output, backends.Column{Name: c.Name, Type: c.Type})
	}
	r, err := b.Read(ctx, f)
	if err != nil {
		return err
	}
	defer r.Release()
	var out fileWriter
	if dir := os.Getenv("GATEWAY_DUMP"); dir != "" {
		sink, err := os.Create(filepath.Join(dir, to+".csv"))
		if err != nil {
			return err
		}
		defer sink.Close()
		if out, err = newFileWriter(sink, CSV, f.Output, &WriteOptions{CSVNullValue: `\N`}); err != nil {
			return err
		}
		defer out.Close()
	}
	for r.Next() {
		batch := r.RecordBatch()
		for i, a := range batch.Columns() {
			for row := range a.Len() {
				_, err := pgtypes.DatumFromArrow(a, row, f.Output[i].Type)
				if err != nil {
					// A decimal wider than its declared precision (pandas_decimal.parquet).
					return fmt.Errorf("column %s: %w", f.Output[i].Name, err)
				}
			}
		}
		if out != nil {
			if err := out.Write(batch); err != nil {
				return err
			}
		}
	}
	return r.Err()
}
