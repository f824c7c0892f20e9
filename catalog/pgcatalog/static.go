package pgcatalog

import (
	"context"
	"iter"
	"sync"

	"github.com/sqlgateway/gateway/catalog"
	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// static serves a relation whose rows are the same in every database: those of
// Postgres's own types, functions and so on; empty where pgbuiltin has none. The
// rows are parsed once, when first asked for.
func static(name string, columns []translate.TableColumn) func(context.Context, *catalog.VirtualEnv) iter.Seq2[[]pgtypes.Datum, error] {
	rows := sync.OnceValues(func() ([][]pgtypes.Datum, error) { return parseStatic(name, columns) })
	return func(ctx context.Context, _ *catalog.VirtualEnv) iter.Seq2[[]pgtypes.Datum, error] {
		return func(yield func([]pgtypes.Datum, error) bool) {
			all, err := rows()
			if err != nil {
				yield(nil, err)
				return
			}
			for _, row := range all {
				if ctx.Err() != nil || !yield(row, nil) {
					return
				}
			}
		}
	}
}

func parseStatic(name string, columns []translate.TableColumn) ([][]pgtypes.Datum, error) {
	relation := pgbuiltin.Load(name)
	if relation == nil {
		return nil, nil
	}
	at := make([]int, len(columns))
	for i := range columns {
		at[i] = -1
		for j, c := range relation.Columns {
			if c.Name == columns[i].Name {
				at[i] = j
			}
		}
	}
	style := pgtypes.DefaultStyle()
	rows := make([][]pgtypes.Datum, len(relation.Rows))
	for i, fields := range relation.Rows {
		rows[i] = make([]pgtypes.Datum, len(columns))
		for k, j := range at {
			if j < 0 || fields[j].Null {
				continue
			}
			value, err := pgtypes.Parse(columns[k].Type, fields[j].Text, style)
			if err != nil {
				return nil, err
			}
			rows[i][k] = value
		}
	}
	return rows, nil
}
