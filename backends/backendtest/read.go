package backendtest

import (
	"context"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/arrowtest"
	"github.com/sqlgateway/gateway/internal/batch"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// cell is a value as text; null for NULL.
type cell struct {
	text string
	null bool
}

// reading is what both a Backend and a Tx do.
type reading interface {
	Read(ctx context.Context, f backends.Fragment) (array.RecordReader, error)
}

// read reads a whole fragment, checking every batch.
func read(t testing.TB, b reading, f backends.Fragment) ([][]cell, error) {
	t.Helper()
	r, err := b.Read(context.Background(), f)
	if err != nil {
		return nil, err
	}
	defer r.Release()
	if !r.Schema().Equal(f.Schema()) {
		t.Errorf("the reader's schema is %s, the fragment's %s", r.Schema(), f.Schema())
	}
	var rows [][]cell
	for r.Next() {
		record := r.RecordBatch()
		if err := arrowtest.CheckBatch(r.Schema(), record); err != nil {
			t.Fatal(err)
		}
		for i := range int(record.NumRows()) {
			row := make([]cell, len(f.Output))
			for c, column := range f.Output {
				v, err := batch.Value(column.Type, record.Column(c), i)
				if err != nil {
					t.Fatal(err)
				}
				if row[c].null = v == nil; v != nil {
					row[c].text = pgtypes.Text(column.Type, v, pgtypes.DefaultStyle())
				}
			}
			rows = append(rows, row)
		}
	}
	return rows, r.Err()
}

// mustRead is read for fragments that must not fail.
func mustRead(t testing.TB, b reading, f backends.Fragment) [][]cell {
	t.Helper()
	rows, err := read(t, b, f)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// texts is the first column.
func texts(rows [][]cell) []string {
	out := make([]string, len(rows))
	for i, row := range rows {
		if out[i] = row[0].text; row[0].null {
			out[i] = "NULL"
		}
	}
	return out
}
