// Package gatewayschema is the schema "gateway": what the gateway says of itself and
// its sources, as relations and as functions in FROM.
//
// It holds no state and changes nothing; pg_catalog and information_schema are next
// door, in pgcatalog.
package gatewayschema

import (
	"context"
	"iter"

	"github.com/sqlgateway/gateway/catalog"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// Schema is the schema's name.
const Schema = "gateway"

// Relations are the views, for catalog.Options. Their OIDs are of the range that
// initdb leaves free.
func Relations() []*catalog.Virtual {
	return []*catalog.Virtual{
		{Schema: Schema, Name: "servers", OID: 16301, View: true, Columns: serverColumns, Rows: servers},
	}
}

// Functions are the functions in FROM, for catalog.Options.
func Functions() []*catalog.TableFunction {
	return []*catalog.TableFunction{
		{Schema: Schema, Name: "delta_history", Params: historyParams, Columns: historyColumns, Rows: history},
		{Schema: Schema, Name: "describe", Params: describeParams, Columns: describeColumns, Rows: describe},
		{Schema: Schema, Name: "ping", Params: []translate.FunctionParam{serverParam}, Columns: pingColumns, Rows: ping},
		{Schema: Schema, Name: "remote_tables", Params: tablesParams, Columns: tablesColumns, Rows: remoteTables},
	}
}

var serverParam = translate.FunctionParam{Name: "server", Type: pgtypes.Of(pgtypes.OIDText)}

func column(name string, oid uint32) translate.TableColumn {
	return translate.TableColumn{Name: name, Type: pgtypes.Of(oid)}
}

// optional is a text, or NULL for none.
func optional(text string) pgtypes.Datum {
	if text == "" {
		return nil
	}
	return text
}

// serverNamed finds the server that a function was given.
func serverNamed(env *catalog.VirtualEnv, arg pgtypes.Datum) (*catalog.Server, error) {
	name, ok := arg.(string)
	if !ok {
		return nil, pgerr.New(pgerr.NullValueNotAllowed, "the server's name may not be null")
	}
	server := env.Snapshot.Server(name)
	if server == nil {
		return nil, pgerr.New(pgerr.UndefinedObject, "server %q does not exist", name).
			WithHint("SELECT name FROM gateway.servers lists them.")
	}
	return server, nil
}

// failed is a sequence that ends in an error at once.
func failed(err error) iter.Seq2[[]pgtypes.Datum, error] {
	return func(yield func([]pgtypes.Datum, error) bool) { yield(nil, err) }
}

// deadline bounds a question to a source as the catalog's own are.
func deadline(ctx context.Context, env *catalog.VirtualEnv) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, env.Snapshot.MetadataTimeout())
}
