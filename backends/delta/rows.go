package delta

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// run is consecutive rows of a batch.
type run struct{ from, to int }

// runs are the rows of the next batch that are not deleted; nil for all of them.
func (f *fileReader) runs(rows int) []run {
	if f.deleted == nil {
		return nil
	}
	first, end := uint64(f.row), uint64(f.row)+uint64(rows)
	it := f.deleted.Iterator()
	it.AdvanceIfNeeded(first)
	if !it.HasNext() || it.PeekNext() >= end {
		return nil
	}
	kept := []run{}
	from := 0
	for it.HasNext() && it.PeekNext() < end {
		at := int(it.Next() - first)
		if at > from {
			kept = append(kept, run{from, at})
		}
		from = at + 1
	}
	if from < rows {
		kept = append(kept, run{from, rows})
	}
	return kept
}

// pick makes arrays of some rows of arrays, and releases those.
func pick(arrays []arrow.Array, runs []run, alloc memory.Allocator) ([]arrow.Array, error) {
	out := make([]arrow.Array, len(arrays))
	for i, a := range arrays {
		picked, err := pickColumn(a, runs, alloc)
		if err != nil {
			release(out)
			return arrays, err
		}
		out[i] = picked
	}
	release(arrays)
	return out, nil
}

func pickColumn(a arrow.Array, runs []run, alloc memory.Allocator) (arrow.Array, error) {
	if len(runs) == 1 {
		return array.NewSlice(a, int64(runs[0].from), int64(runs[0].to)), nil
	}
	parts := make([]arrow.Array, len(runs))
	for i, r := range runs {
		parts[i] = array.NewSlice(a, int64(r.from), int64(r.to))
	}
	defer release(parts)
	return array.Concatenate(parts, alloc)
}

// constant is a column with one value in all rows of a file.
func (f *fileReader) constant(column int, typ pgtypes.Type) (arrow.Array, error) {
	return f.constantOf(column, typ, min(f.most, defaultBatch))
}

func (f *fileReader) constantOf(column int, typ pgtypes.Type, n int) (arrow.Array, error) {
	var v pgtypes.Datum
	if column == fileName {
		v = f.file.Path
	}
	if column >= 0 && f.snapshot.partition(column) {
		var err error
		if v, err = f.snapshot.partitionValue(&f.file, column); err != nil {
			return nil, err
		}
	}
	return repeat(v, typ, n, f.backend.alloc)
}

// repeat makes an array of n times a value.
func repeat(v pgtypes.Datum, typ pgtypes.Type, n int, alloc memory.Allocator) (arrow.Array, error) {
	builder := array.NewBuilder(alloc, pgtypes.ArrowType(typ))
	defer builder.Release()
	builder.Reserve(n)
	if v == nil {
		builder.AppendNulls(n)
		return builder.NewArray(), nil
	}
	for range n {
		if err := pgtypes.AppendToBuilder(builder, typ, v); err != nil {
			return nil, err
		}
	}
	return builder.NewArray(), nil
}

// repeated gives n rows of a constant column. All batches of a file share its memory.
func (f *fileReader) repeated(i, n int) (arrow.Array, error) {
	o := &f.outputs[i]
	if o.constant.Len() < n {
		column := f.reader.columns[i]
		old := o.constant
		grown, err := f.constantOf(column, f.reader.output[i].Type, n)
		if err != nil {
			return nil, err
		}
		old.Release()
		o.constant = grown
	}
	return array.NewSlice(o.constant, 0, int64(n)), nil
}

// positions are the places of rows in their file.
func positions(first int64, rows int, runs []run, alloc memory.Allocator) arrow.Array {
	builder := array.NewInt64Builder(alloc)
	defer builder.Release()
	if runs == nil {
		runs = []run{{0, rows}}
	}
	for _, r := range runs {
		for at := r.from; at < r.to; at++ {
			builder.Append(first + int64(at))
		}
	}
	return builder.NewArray()
}
