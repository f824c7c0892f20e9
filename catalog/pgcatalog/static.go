package pgcatalog

import (
	"context"
	"iter"
	"slices"
	"strings"
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
	return func(ctx context.Context, env *catalog.VirtualEnv) iter.Seq2[[]pgtypes.Datum, error] {
		return func(yield func([]pgtypes.Datum, error) bool) {
			all, err := rows()
			if err != nil {
				yield(nil, err)
				return
			}
			for _, row := range all {
				row = inNamespace(env, row, columns)
				if ctx.Err() != nil || !yield(row, nil) {
					return
				}
			}
		}
	}
}

// inNamespace gives a row of information_schema the OID that this schema has here.
func inNamespace(env *catalog.VirtualEnv, row []pgtypes.Datum, columns []translate.TableColumn) []pgtypes.Datum {
	for i := range columns {
		if strings.HasSuffix(columns[i].Name, "namespace") && row[i] == informationNamespace() {
			row = slices.Clone(row)
			row[i] = int64(env.Snapshot.SchemaOID("information_schema"))
		}
	}
	return row
}

// informationNamespace is the OID of information_schema in pgbuiltin's data: initdb
// gives it anew each time.
var informationNamespace = sync.OnceValue(func() pgtypes.Datum {
	for _, n := range namedRows("pg_namespace", "nspname", "") {
		if n.name == "information_schema" {
			return n.oid
		}
	}
	return nil
})

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
