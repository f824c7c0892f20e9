package exec

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// kept are the rows that an INSERT wrote, for its RETURNING.
type kept struct {
	write     *write
	returning *translate.Returning
	attrs     []int
	rows      [][]pgtypes.Datum
	err       error
}

// keepForReturning makes reader's rows be kept when there is a RETURNING list. The
// target's own defaults are not known here, so every column has to be given.
func (w *write) keepForReturning(b *translate.Insert, reader *rowsReader) (*kept, error) {
	k := &kept{write: w, returning: b.Returning, attrs: b.Attrs}
	if b.Returning == nil {
		return k, nil
	}
	given := map[int]bool{}
	for _, attr := range b.Attrs {
		given[attr] = true
	}
	for i := range w.table.Columns {
		c := &w.table.Columns[i]
		if !given[i] && (c.Default != "" || c.Generated) {
			return nil, pgerr.Unsupported("RETURNING needs a value for column %q, which server %q would fill in itself", c.Name, w.server.Name)
		}
	}
	types := make([]pgtypes.Type, len(b.Attrs))
	for i, attr := range b.Attrs {
		types[i] = w.table.Columns[attr].Type
	}
	reader.tap = func(batch arrow.RecordBatch) { k.add(batch, types) }
	return k, nil
}

func (k *kept) add(batch arrow.RecordBatch, types []pgtypes.Type) {
	for row := range int(batch.NumRows()) {
		values := make([]pgtypes.Datum, len(types))
		for i, t := range types {
			v, err := pgtypes.DatumFromArrow(batch.Column(i), row, t)
			if err != nil && k.err == nil {
				k.err = err
			}
			values[i] = v
		}
		k.rows = append(k.rows, values)
	}
}

func (k *kept) release() { k.rows = nil }

// finish computes the RETURNING list.
func (k *kept) finish(ctx context.Context) ([]arrow.RecordBatch, error) {
	if k.err != nil {
		return nil, k.err
	}
	full := make([][]pgtypes.Datum, len(k.rows))
	for i, row := range k.rows {
		full[i] = make([]pgtypes.Datum, len(k.write.table.Columns))
		for j, attr := range k.attrs {
			full[i][attr] = row[j]
		}
	}
	return k.write.computeReturning(ctx, k.returning, full)
}

// computeReturning evaluates a RETURNING list over affected rows, which are given
// by all columns of the table.
func (w *write) computeReturning(ctx context.Context, r *translate.Returning, affected [][]pgtypes.Datum) ([]arrow.RecordBatch, error) {
	values := &translate.Values{Cols: r.Target}
	for _, row := range affected {
		exprs := make([]translate.Expr, len(row))
		for i, v := range row {
			exprs[i] = &translate.Const{Typed: translate.Typed{Typ: r.Target[i].Type, Coll: r.Target[i].Coll}, Value: v}
		}
		values.Rows = append(values.Rows, exprs)
	}
	rows, err := w.open(ctx, &translate.Query{Rel: &translate.Project{Input: values, Items: r.Items}, Output: r.Output})
	if err != nil {
		return nil, err
	}
	defer rows.close()
	var batches []arrow.RecordBatch
	for {
		batch, err := rows.next(ctx)
		if err != nil {
			(&written{returning: batches}).release()
			return nil, err
		}
		if batch == nil {
			return batches, nil
		}
		batches = append(batches, batch)
	}
}
