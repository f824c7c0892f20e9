package catalog

import (
	"context"
	"iter"

	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// TableFunction is a function in FROM that the gateway serves itself, such as
// gateway.describe. Its arguments are constants.
type TableFunction struct {
	Schema, Name string
	Params       []translate.FunctionParam
	Columns      []translate.TableColumn
	// Rows is Virtual.Rows for one call; args are parallel to Params, nil for one that
	// was left out or is NULL.
	Rows func(ctx context.Context, env *VirtualEnv, args []pgtypes.Datum) iter.Seq2[[]pgtypes.Datum, error]
}

// TableFunction finds a function by its name; nil for none.
func (s *Snapshot) TableFunction(schema, name string) *translate.TableFunction {
	for _, f := range s.catalog.options.TableFunctions {
		if f.Schema == schema && f.Name == name {
			return f.bound()
		}
	}
	return nil
}

// bound is the function as the binder calls it: each call is a relation.
func (f *TableFunction) bound() *translate.TableFunction {
	return &translate.TableFunction{Params: f.Params, Table: func(args []pgtypes.Datum) *translate.Table {
		call := &Virtual{Schema: f.Schema, Name: f.Name, View: true, Columns: f.Columns}
		call.Rows = func(ctx context.Context, env *VirtualEnv) iter.Seq2[[]pgtypes.Datum, error] {
			return f.Rows(ctx, env, args)
		}
		return call.Table()
	}}
}
