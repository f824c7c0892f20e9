package exec

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/translate"
)

// fillsNull says that the target would put a value of its own where an INSERT may
// give NULL for a column that can not be NULL: SQLite's integer keys and MySQL's
// auto-increment do. Postgres refuses, so such an INSERT is computed here.
func (w *write) fillsNull(b *translate.Insert) bool {
	for i, attr := range b.Attrs {
		if c := &w.table.Columns[attr]; c.NotNull && c.Generated && mayBeNull(b, i) {
			return true
		}
	}
	return false
}

// mayBeNull says whether the i-th given column may hold a NULL.
func mayBeNull(b *translate.Insert, i int) bool {
	for at, c := range b.Source.Columns() {
		if c.ID != b.SourceCols[i] {
			continue
		}
		values, ok := b.Source.(*translate.Values)
		if !ok {
			return !c.NotNull
		}
		for _, row := range values.Rows {
			switch e := row[at].(type) {
			case *translate.Const:
				if e.Value == nil {
					return true
				}
			case *translate.DefaultValue:
			default:
				return true
			}
		}
		return false
	}
	return true
}

// native says that the target is Postgres itself, which checks as it should.
func (w *write) native(ctx context.Context) bool {
	dialect, err := w.server.Backend.Dialect(ctx)
	return err == nil && dialect != nil && dialect.Native
}

// refuseNull makes rows fail at the first NULL for a column that fillsNull speaks of.
func (w *write) refuseNull(b *translate.Insert, r *rows) {
	if !w.fillsNull(b) {
		return
	}
	r.check = func(batch arrow.RecordBatch) error {
		for i, attr := range b.Attrs {
			c := &w.table.Columns[attr]
			if c.NotNull && c.Generated && batch.Column(i).NullN() > 0 {
				e := pgerr.New(pgerr.NotNullViolation, "null value in column %q of relation %q violates not-null constraint", c.Name, w.table.Name)
				e.Schema, e.Table, e.Column = w.table.Schema, w.table.Name, c.Name
				return e
			}
		}
		return nil
	}
}
