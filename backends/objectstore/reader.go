package objectstore

import (
	"context"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/sqlgateway/gateway/backends"
)

// unitReader reads one unit in batches of the table's columns that a scan wants.
type unitReader interface {
	// next gives no columns at the end. The caller releases them.
	next(most int) (columns []arrow.Array, rows int, err error)
	close() error
}

// reader is a scan: the units one after the other. One goroutine uses it.
type reader struct {
	refs    atomic.Int64
	ctx     context.Context
	backend *Backend
	scan    *backends.ScanFragment
	output  []backends.Column
	table   *table
	units   []unit
	most    int   // rows a batch
	left    int64 // rows until the limit, -1 for none

	schema  *arrow.Schema
	current unitReader
	batch   arrow.RecordBatch
	err     error
	metrics backends.ReadMetrics
}

var (
	_ array.RecordReader = (*reader)(nil)
	_ backends.Metered   = (*reader)(nil)
)

// defaultBatch is the number of rows of a batch: its columns fit the L2 cache, and
// what a batch costs by itself is not seen any more (8,192 to 65,536 measure alike).
const defaultBatch = 16384

func newReader(ctx context.Context, b *Backend, f backends.Fragment, p *plan) (*reader, error) {
	r := &reader{
		ctx: ctx, backend: b, scan: f.Scan, output: f.Output, table: p.table, units: p.units,
		most: defaultBatch, left: -1, schema: f.Schema(),
	}
	r.refs.Store(1)
	if f.BatchRows > 0 {
		r.most = f.BatchRows
	}
	if f.Scan.Limit >= 0 && len(f.Scan.Predicates) == 0 {
		r.left = f.Scan.Limit
	}
	r.metrics.FilesSkipped, r.metrics.RowGroupsSkipped, r.metrics.BytesSkipped = p.skipped.Files, p.skipped.RowGroups, p.skipped.Bytes
	return r, nil
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
		columns, rows, err := r.current.next(most)
		if err != nil {
			r.err = err
			break
		}
		if rows == 0 && columns == nil {
			r.err = r.finishUnit()
			continue
		}
		r.emit(columns, rows)
		return true
	}
	return false
}

// advance opens the next unit; false is the end.
func (r *reader) advance() bool {
	if len(r.units) == 0 {
		return false
	}
	u := r.units[0]
	r.units = r.units[1:]
	if r.table.format == Parquet {
		r.current, r.err = r.openParquet(u)
	} else {
		r.current, r.err = r.openText(u)
	}
	return true
}

func (r *reader) finishUnit() error {
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
	if err := r.finishUnit(); err != nil && r.err == nil {
		r.err = err
	}
	r.units = nil
}

// Metrics implements backends.Metered.
func (r *reader) Metrics() backends.ReadMetrics { return r.metrics }
