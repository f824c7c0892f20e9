package gatewayschema

import (
	"context"
	"iter"
	"strings"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/catalog"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

var historyParams = []translate.FunctionParam{serverParam, {Name: "table", Type: pgtypes.Of(pgtypes.OIDText)}}

var historyColumns = []translate.TableColumn{
	column("version", pgtypes.OIDInt8), column("committed", pgtypes.OIDTimestamptz), column("operation", pgtypes.OIDText),
	column("parameters", pgtypes.OIDJSONB), column("metrics", pgtypes.OIDJSONB), column("user_name", pgtypes.OIDText),
	column("engine", pgtypes.OIDText), column("read_version", pgtypes.OIDInt8), column("blind_append", pgtypes.OIDBool),
}

// history gives the versions of a table that its source still knows, newest first.
func history(ctx context.Context, env *catalog.VirtualEnv, args []pgtypes.Datum) iter.Seq2[[]pgtypes.Datum, error] {
	server, err := serverNamed(env, args[0])
	if err != nil {
		return failed(err)
	}
	name, ok := args[1].(string)
	if !ok {
		return failed(pgerr.New(pgerr.NullValueNotAllowed, "the table's name may not be null"))
	}
	historian, ok := server.Backend.(backends.Historian)
	if !ok {
		return failed(pgerr.Unsupported("server %q of kind %s keeps no history of its tables", server.Name, server.Backend.Kind()))
	}
	return func(yield func([]pgtypes.Datum, error) bool) {
		limited, stop := deadline(ctx, env)
		defer stop()
		versions, err := historyOf(limited, historian, name)
		if err != nil {
			yield(nil, server.Checked(err))
			return
		}
		for i := range versions {
			if !yield(versionRow(&versions[i]), nil) {
				return
			}
		}
	}
}

// historyOf finds the table by a path or by schema.table.
func historyOf(ctx context.Context, historian backends.Historian, name string) ([]backends.TableVersion, error) {
	versions, err := historian.History(ctx, backends.TableName{Name: name})
	if schema, rest, ok := strings.Cut(name, "."); ok && pgerr.Code(err) == pgerr.UndefinedTable {
		qualified, second := historian.History(ctx, backends.TableName{Schema: schema, Name: rest})
		if pgerr.Code(second) != pgerr.UndefinedTable {
			return qualified, second
		}
	}
	return versions, err
}

func versionRow(v *backends.TableVersion) []pgtypes.Datum {
	row := []pgtypes.Datum{
		v.Version, v.Committed.UnixMicro(), optional(v.Operation), object(v.Parameters), object(v.Metrics),
		optional(v.User), optional(v.Engine), nil, nil,
	}
	if v.ReadVersion != nil {
		row[7] = *v.ReadVersion
	}
	if v.BlindAppend != nil {
		row[8] = *v.BlindAppend
	}
	return row
}

// object is a text of JSON as jsonb, NULL if it is none.
func object(text string) pgtypes.Datum {
	canonical, err := pgtypes.CanonicalJSONB(text)
	if err != nil {
		return nil
	}
	return canonical
}
