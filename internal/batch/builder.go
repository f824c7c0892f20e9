package batch

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// Builder fills batches of one schema.
type Builder struct {
	// Columns are parallel to the schema. Appending one value to each and then
	// calling EndRow makes a row.
	Columns []Column

	schema *arrow.Schema
	pool   *pool
	rows   int
	size   int // rows of the batch in work
	max    int // rows of the largest batch
	live   bool
}

// DefaultRows is the size of a batch when the caller has no wish: large enough to
// spread a batch's cost, small enough that a batch of wide rows stays in the caches.
const DefaultRows = 8192

// firstRows is the size of a reader's first batch: a point query should not pay for
// memory it does not fill, and the first row of a long result should not wait.
const firstRows = 128

// maxBytes ends a batch early when a column's variable data reaches it.
const maxBytes = 4 << 20

// NewBuilder makes a builder of batches of at most rows rows (0: DefaultRows), the
// first ones smaller.
func NewBuilder(schema *arrow.Schema, allocator memory.Allocator, rows int) *Builder {
	if rows <= 0 {
		rows = DefaultRows
	}
	b := &Builder{schema: schema, pool: newPool(allocator), max: rows, size: min(firstRows, rows)}
	b.Columns = make([]Column, schema.NumFields())
	for i := range b.Columns {
		t := schema.Field(i).Type
		form := FormOf(t)
		b.Columns[i] = Column{Form: form, Type: t, width: widths[form], pool: b.pool}
	}
	return b
}

// begin makes room for a batch unless there is one in work.
func (b *Builder) begin() {
	if b.live {
		return
	}
	for i := range b.Columns {
		b.Columns[i].start(b.size)
	}
	b.live, b.rows = true, 0
}

// EndRow ends a row and says whether there is room for another.
func (b *Builder) EndRow() bool {
	b.rows++
	return b.rows < b.size && !b.heavy()
}

// Rows is the number of rows in work.
func (b *Builder) Rows() int { return b.rows }

func (b *Builder) heavy() bool {
	for i := range b.Columns {
		if len(b.Columns[i].bytes) >= maxBytes {
			return true
		}
	}
	return false
}

// finish gives the batch in work, nil when it has no row.
func (b *Builder) finish() arrow.RecordBatch {
	if !b.live || b.rows == 0 {
		return nil
	}
	arrays := make([]arrow.Array, len(b.Columns))
	for i := range b.Columns {
		arrays[i] = b.Columns[i].finish()
	}
	record := array.NewRecordBatch(b.schema, arrays, int64(b.rows))
	for _, a := range arrays {
		a.Release()
	}
	b.live, b.rows = false, 0
	b.size = min(b.size*8, b.max)
	return record
}

// close frees all but what consumers retain.
func (b *Builder) close() {
	for i := range b.Columns {
		b.Columns[i].discard()
	}
	b.live = false
	b.pool.close()
}
