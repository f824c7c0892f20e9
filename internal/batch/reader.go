package batch

import (
	"context"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// Source fills batches for a Reader. It is used by one goroutine at a time.
type Source interface {
	// Fill appends rows until EndRow says false or the source ends, and returns more =
	// false at the end. Rows appended before an error are dropped. A row must be whole
	// before Fill returns without an error.
	Fill(ctx context.Context, b *Builder) (more bool, err error)
	// Close stops the work at the source. It is called once, at the end, after an
	// error, or when the reader is released before either.
	Close()
}

// Reader is an array.RecordReader over a Source.
type Reader struct {
	references atomic.Int64
	ctx        context.Context
	schema     *arrow.Schema
	source     Source
	builder    *Builder
	current    arrow.RecordBatch
	more       bool
	err        error
}

var _ array.RecordReader = (*Reader)(nil)

// NewReader makes a reader that owns source.
func NewReader(ctx context.Context, schema *arrow.Schema, allocator memory.Allocator, rows int, source Source) *Reader {
	r := &Reader{ctx: ctx, schema: schema, source: source, builder: NewBuilder(schema, allocator, rows), more: true}
	r.references.Store(1)
	return r
}

// Schema implements array.RecordReader.
func (r *Reader) Schema() *arrow.Schema { return r.schema }

// RecordBatch implements array.RecordReader.
func (r *Reader) RecordBatch() arrow.RecordBatch { return r.current }

// Record implements array.RecordReader.
func (r *Reader) Record() arrow.RecordBatch { return r.current }

// Err implements array.RecordReader.
func (r *Reader) Err() error { return r.err }

// Next implements array.RecordReader.
func (r *Reader) Next() bool {
	if r.current != nil {
		r.current.Release()
		r.current = nil
	}
	if !r.more {
		return false
	}
	if err := r.ctx.Err(); err != nil {
		r.stop(err)
		return false
	}
	r.builder.begin()
	more, err := r.source.Fill(r.ctx, r.builder)
	if err != nil {
		r.stop(err)
		return false
	}
	r.current = r.builder.finish()
	if !more {
		r.stop(nil)
	}
	// A source may give up a batch that has no row, to let ctx be looked at.
	return r.current != nil || r.more && r.Next()
}

func (r *Reader) stop(err error) {
	if !r.more {
		return
	}
	r.more, r.err = false, err
	r.source.Close()
	r.builder.close()
}

// Retain implements array.RecordReader.
func (r *Reader) Retain() { r.references.Add(1) }

// Release implements array.RecordReader.
func (r *Reader) Release() {
	if r.references.Add(-1) > 0 {
		return
	}
	r.stop(nil)
	if r.current != nil {
		r.current.Release()
		r.current = nil
	}
}

// Source is what fills the reader.
func (r *Reader) Source() Source { return r.source }
