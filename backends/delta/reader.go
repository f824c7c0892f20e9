package delta

import (
	"context"
	"slices"
	"sync/atomic"

	"github.com/RoaringBitmap/roaring/v2/roaring64"
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
)

// reader is a scan: the units one after the other. One goroutine uses it.
type reader struct {
	refs     atomic.Int64
	ctx      context.Context //nolint:containedctx // lives as long as one read
	backend  *Backend
	snapshot *snapshot
	scan     *backends.ScanFragment
	output   []backends.Column
	columns  []int // of the snapshot, parallel to output; -1 for one that the version lacks
	units    []unit
	most     int   // rows a batch
	left     int64 // rows until the limit, -1 for none

	// without are rows that are left out of files, by their paths; nil for none.
	without map[string]*roaring64.Bitmap

	schema  *arrow.Schema
	current *fileReader
	batch   arrow.RecordBatch
	err     error
	metrics backends.ReadMetrics
}

var (
	_ array.RecordReader = (*reader)(nil)
	_ backends.Metered   = (*reader)(nil)
)

// defaultBatch is the number of rows of a batch, as for other Parquet files.
const defaultBatch = 16384

func newReader(ctx context.Context, b *Backend, f backends.Fragment, s *snapshot, old bool, units []unit, skipped counts) (*reader, error) {
	r := &reader{
		ctx: ctx, backend: b, snapshot: s, scan: f.Scan, output: f.Output, units: units,
		most: defaultBatch, left: -1, schema: f.Schema(),
	}
	r.refs.Store(1)
	if f.BatchRows > 0 {
		r.most = f.BatchRows
	}
	if f.Scan.Limit >= 0 && len(f.Scan.Predicates) == 0 {
		r.left = f.Scan.Limit
	}
	var err error
	if r.columns, err = s.wanted(f, old); err != nil {
		return nil, err
	}
	r.metrics.FilesSkipped, r.metrics.BytesSkipped = skipped.Files, skipped.Bytes
	return r, nil
}

// wanted finds a fragment's columns in this version, which may be another than the one
// that the fragment was planned with: by index if name and type agree, then by name.
// An old version lacks columns that were added since: they are NULL there.
func (s *snapshot) wanted(f backends.Fragment, old bool) ([]int, error) {
	columns := make([]int, len(f.Scan.Columns))
	for i, c := range f.Scan.Columns {
		want := f.Output[i]
		if c < len(s.columns) && s.columns[c].Name == want.Name {
			columns[i] = c
			continue
		}
		columns[i] = slices.IndexFunc(s.fields, func(f field) bool { return f.name == want.Name })
		if columns[i] >= 0 {
			continue
		}
		switch want.Name {
		case fileColumn:
			columns[i] = fileName
			continue
		case rowColumn:
			columns[i] = rowPlace
			continue
		}
		if columns[i] = lacking; old {
			continue
		}
		if c >= len(s.columns) || s.columns[c].Type != want.Type {
			return nil, pgerr.Unsupported("cached plan must not change result type").
				WithDetail("The Delta table %q has no column %q any more.", s.place.path, want.Name).WithHint("Run the statement again.")
		}
		columns[i] = c // the fragment has a name of its own for it
	}
	return columns, nil
}

// Next implements array.RecordReader.
func (r *reader) Next() bool {
	r.drop()
	for r.err == nil && r.left != 0 {
		if r.err = r.ctx.Err(); r.err != nil {
			break
		}
		if r.current == nil && !r.advance() {
			break
		}
		if r.err != nil {
			break
		}
		most := r.most
		if r.left >= 0 {
			most = int(min(int64(most), r.left))
		}
		columns, rows, more, err := r.current.next(most)
		if err != nil {
			r.err = err
			break
		}
		if !more {
			r.err = r.finishFile()
			continue
		}
		if rows == 0 {
			continue // all of them are deleted
		}
		r.emit(columns, rows)
		return true
	}
	return false
}

// advance opens the next file; false is the end.
func (r *reader) advance() bool {
	if len(r.units) == 0 {
		return false
	}
	u := r.units[0]
	r.units = r.units[1:]
	r.current, r.err = r.openFile(u)
	return true
}

func (r *reader) finishFile() error {
	if r.current == nil {
		return nil
	}
	err := r.current.close()
	r.current = nil
	return err
}

// emit makes the batch. Its schema is the reader's, but for text columns that come
// dictionary-encoded.
func (r *reader) emit(columns []arrow.Array, rows int) {
	schema := r.schema
	for i, c := range columns {
		if c.DataType().ID() == arrow.DICTIONARY {
			schema = codedSchema(schema, columns[i:], i)
			break
		}
	}
	r.batch = array.NewRecordBatch(schema, columns, int64(rows))
	for _, c := range columns {
		c.Release()
	}
	r.metrics.Rows += int64(rows)
	if r.left > 0 {
		r.left -= int64(rows)
	}
}

func codedSchema(schema *arrow.Schema, columns []arrow.Array, from int) *arrow.Schema {
	fields := append([]arrow.Field(nil), schema.Fields()...)
	for i, c := range columns {
		if c.DataType().ID() == arrow.DICTIONARY {
			fields[from+i].Type = c.DataType()
		}
	}
	return arrow.NewSchema(fields, nil)
}

func (r *reader) drop() {
	if r.batch != nil {
		r.batch.Release()
		r.batch = nil
	}
}

// RecordBatch implements array.RecordReader.
func (r *reader) RecordBatch() arrow.RecordBatch { return r.batch }

// Record implements array.RecordReader.
func (r *reader) Record() arrow.RecordBatch { return r.batch }

// Err implements array.RecordReader.
func (r *reader) Err() error { return r.err }

// Schema implements array.RecordReader. A batch's own may have dictionaries in the
// place of text.
func (r *reader) Schema() *arrow.Schema { return r.schema }

// Retain implements array.RecordReader.
func (r *reader) Retain() { r.refs.Add(1) }

// Release implements array.RecordReader.
func (r *reader) Release() {
	if r.refs.Add(-1) != 0 {
		return
	}
	r.drop()
	if err := r.finishFile(); err != nil && r.err == nil {
		r.err = err
	}
	r.units = nil
}

// Metrics implements backends.Metered.
func (r *reader) Metrics() backends.ReadMetrics { return r.metrics }
