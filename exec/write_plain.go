package exec

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// plain says that the target has no SQL, so that no statement can change one row.
func (w *write) plain(ctx context.Context) (bool, error) {
	dialect, err := w.server.Backend.Dialect(ctx)
	return dialect == nil, w.server.Checked(err)
}

// rewrite replaces a whole table of a source without SQL: the rows whose keys are
// among old go, those of fresh come. Its constraints are checked once, over all.
func (w *write) rewrite(ctx context.Context, key []int, old, fresh [][]pgtypes.Datum) error {
	if len(old) == 0 {
		return nil
	}
	if system := w.table.SystemColumns(); system != nil {
		return w.replace(ctx, system, old, fresh)
	}
	gone := make(map[string]bool, len(old))
	for _, row := range old {
		gone[w.keyText(key, row)] = true
	}
	target := w.wholeRow()
	builder := array.NewRecordBuilder(memory.DefaultAllocator, backends.SchemaOf(target.Columns))
	defer builder.Release()
	add := func(row []pgtypes.Datum) error {
		for i, c := range target.Columns {
			if err := pgtypes.AppendToBuilder(builder.Field(i), c.Type, row[i]); err != nil {
				return err
			}
		}
		return nil
	}
	if err := w.eachRow(ctx, func(row []pgtypes.Datum) error {
		if gone[w.keyText(key, row)] {
			return nil
		}
		return add(row)
	}); err != nil {
		return err
	}
	for _, row := range fresh {
		if err := add(row); err != nil {
			return err
		}
	}
	batch := builder.NewRecordBatch()
	defer batch.Release()
	reader, err := array.NewRecordReader(batch.Schema(), []arrow.RecordBatch{batch})
	if err != nil {
		return err
	}
	defer reader.Release()
	_, err = w.put(ctx, target, reader, backends.WriteMode{Kind: backends.Truncate})
	return err
}

// replace takes rows away by the table's system columns and adds others.
func (w *write) replace(ctx context.Context, system []int, old, fresh [][]pgtypes.Datum) error {
	part, err := w.session.tx.transactionOn(ctx, w.server)
	if err != nil {
		return w.server.Checked(err)
	}
	replacer, ok := part.tx.(backends.Replacer)
	if !ok {
		return pgerr.Unsupported("rows of server %q of kind %s can not be changed", w.server.Name, w.server.Backend.Kind())
	}
	gone := make([][]pgtypes.Datum, len(old))
	for i, row := range old {
		for _, at := range system {
			gone[i] = append(gone[i], row[at])
		}
	}
	target := w.wholeRow()
	builder := array.NewRecordBuilder(memory.DefaultAllocator, backends.SchemaOf(target.Columns))
	defer builder.Release()
	for _, row := range fresh {
		for i, c := range target.Columns {
			if err := pgtypes.AppendToBuilder(builder.Field(i), c.Type, row[i]); err != nil {
				return err
			}
		}
	}
	batch := builder.NewRecordBatch()
	defer batch.Release()
	reader, err := array.NewRecordReader(batch.Schema(), []arrow.RecordBatch{batch})
	if err != nil {
		return err
	}
	defer reader.Release()
	part.wrote = true
	return w.checked(replacer.Replace(ctx, target, gone, reader))
}

// eachRow visits all rows of the target, as the transaction sees them.
func (w *write) eachRow(ctx context.Context, visit func([]pgtypes.Datum) error) error {
	scan := &translate.Scan{Table: w.table}
	query := &translate.Query{Rel: scan}
	for i := range w.table.Columns {
		c := &w.table.Columns[i]
		id := translate.ColumnID(i + 1) //nolint:gosec // a table has few columns
		scan.Attrs = append(scan.Attrs, i)
		scan.Cols = append(scan.Cols, translate.Column{ID: id, Name: c.Name, Type: c.Type, Coll: c.Collation, NotNull: c.NotNull})
		query.Output = append(query.Output, translate.OutputColumn{Name: c.Name, ID: id, Type: c.Type, Coll: c.Collation})
	}
	rows, err := w.open(ctx, query)
	if err != nil {
		return err
	}
	defer rows.close()
	for {
		batch, err := rows.next(ctx)
		if err != nil || batch == nil {
			return err
		}
		for r := range int(batch.NumRows()) {
			row := make([]pgtypes.Datum, len(scan.Cols))
			for i, c := range scan.Cols {
				if row[i], err = pgtypes.DatumFromArrow(batch.Column(i), r, c.Type); err != nil {
					batch.Release()
					return err
				}
			}
			if err := visit(row); err != nil {
				batch.Release()
				return err
			}
		}
		batch.Release()
	}
}
