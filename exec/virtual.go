package exec

import (
	"context"
	"iter"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/catalog"
	"github.com/sqlgateway/gateway/exec/plan"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// virtualBatch is the number of rows of a batch of the gateway's own relations.
const virtualBatch = 1024

// openVirtual reads a relation of the gateway's own.
func (o *sources) openVirtual(ctx context.Context, src *plan.Source, f backends.Fragment) (array.RecordReader, error) {
	relation, ok := src.Handle.(*catalog.Virtual)
	if !ok || f.Scan == nil {
		return nil, pgerr.Internal("a source without a server is not a relation of the gateway")
	}
	env := o.session.virtualEnv(o.snapshot)
	env.Only = valuesOf(relation, f.Scan.Predicates)
	env.Read = map[string]bool{}
	for _, column := range f.Scan.Columns {
		env.Read[relation.Columns[column].Name] = true
	}
	next, stop := iter.Pull2(relation.Rows(ctx, env))
	return &virtualReader{schema: f.Schema(), output: f.Output, columns: f.Scan.Columns, next: next, stop: stop}, nil
}

// valuesOf collects the predicates that name a column's values.
func valuesOf(relation *catalog.Virtual, predicates []backends.Predicate) map[string][]pgtypes.Datum {
	only := map[string][]pgtypes.Datum{}
	for _, p := range predicates {
		if p.Op == backends.Equal || p.Op == backends.In {
			only[relation.Columns[p.Column].Name] = p.Values
		}
	}
	return only
}

func (s *Session) virtualEnv(snapshot *catalog.Snapshot) *catalog.VirtualEnv {
	return &catalog.VirtualEnv{
		Snapshot: s.tx.seen(snapshot), User: s.startup.User, Database: s.startup.Database, PID: s.startup.ProcessID,
		Settings: s.settingRows, Prepared: s.preparedRows, Sessions: s.engine.sessionInfos,
		SearchPath: s.searchPath(snapshot), Warn: s.warn,
	}
}

// virtualReader makes Arrow batches of a relation's rows.
type virtualReader struct {
	schema  *arrow.Schema
	output  []backends.Column
	columns []int
	next    func() ([]pgtypes.Datum, error, bool)
	stop    func()
	batch   arrow.RecordBatch
	err     error
	done    bool
}

// Schema implements array.RecordReader.
func (r *virtualReader) Schema() *arrow.Schema { return r.schema }

// RecordBatch implements array.RecordReader.
func (r *virtualReader) RecordBatch() arrow.RecordBatch { return r.batch }

// Record implements array.RecordReader.
func (r *virtualReader) Record() arrow.RecordBatch { return r.batch }

// Err implements array.RecordReader.
func (r *virtualReader) Err() error { return r.err }

// Retain implements array.RecordReader; a statement has one owner for it.
func (r *virtualReader) Retain() {}

// Release implements array.RecordReader.
func (r *virtualReader) Release() {
	r.drop()
	r.done = true
	r.stop()
}

func (r *virtualReader) drop() {
	if r.batch != nil {
		r.batch.Release()
		r.batch = nil
	}
}

// Next implements array.RecordReader.
func (r *virtualReader) Next() bool {
	r.drop()
	if r.done {
		return false
	}
	builder := array.NewRecordBuilder(memory.DefaultAllocator, r.schema)
	defer builder.Release()
	n := 0
	for n < virtualBatch {
		row, err, ok := r.next()
		if !ok || err != nil {
			r.err, r.done = err, true
			break
		}
		if r.err = r.append(builder, row); r.err != nil {
			r.done = true
			return false
		}
		n++
	}
	if n == 0 || r.err != nil {
		return false
	}
	// Without columns the builder could not know how many rows there are.
	if len(r.columns) == 0 {
		r.batch = array.NewRecordBatch(r.schema, nil, int64(n))
	} else {
		r.batch = builder.NewRecordBatch()
	}
	return true
}

func (r *virtualReader) append(builder *array.RecordBuilder, row []pgtypes.Datum) error {
	for i, column := range r.columns {
		if err := pgtypes.AppendToBuilder(builder.Field(i), r.output[i].Type, row[column]); err != nil {
			return err
		}
	}
	return nil
}
