package gatewayschema

import (
	"context"
	"iter"
	"time"

	"github.com/sqlgateway/gateway/catalog"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

var serverColumns = []translate.TableColumn{
	column("name", pgtypes.OIDText), column("kind", pgtypes.OIDText), column("address", pgtypes.OIDText),
	column("database", pgtypes.OIDText), column("user", pgtypes.OIDText), column("product", pgtypes.OIDText),
	column("unreachable_since", pgtypes.OIDTimestamptz), column("error", pgtypes.OIDText),
}

// servers lists the configured sources. It asks none of them: what is shown is what
// earlier contacts told.
func servers(_ context.Context, env *catalog.VirtualEnv) iter.Seq2[[]pgtypes.Datum, error] {
	return func(yield func([]pgtypes.Datum, error) bool) {
		for _, s := range env.Snapshot.Servers() {
			info := s.Backend.ConnectionInfo()
			row := []pgtypes.Datum{
				s.Name, string(info.Kind), optional(info.Address), optional(info.Database), optional(info.User), optional(info.Product), nil, nil,
			}
			if since, cause := s.Failing(); !since.IsZero() {
				row[6] = since.UnixMicro()
				row[7] = cause.Error()
			}
			if !yield(row, nil) {
				return
			}
		}
	}
}

var pingColumns = []translate.TableColumn{
	column("ok", pgtypes.OIDBool), column("latency_ms", pgtypes.OIDFloat8), column("detail", pgtypes.OIDText),
}

// ping asks a source whether it is there, now.
func ping(ctx context.Context, env *catalog.VirtualEnv, args []pgtypes.Datum) iter.Seq2[[]pgtypes.Datum, error] {
	server, err := serverNamed(env, args[0])
	if err != nil {
		return failed(err)
	}
	return func(yield func([]pgtypes.Datum, error) bool) {
		limited, stop := deadline(ctx, env)
		defer stop()
		start := time.Now()
		err := server.Checked(server.Backend.Ping(limited))
		if ctx.Err() != nil {
			yield(nil, ctx.Err())
			return
		}
		row := []pgtypes.Datum{err == nil, float64(time.Since(start).Microseconds()) / 1000, optional(server.Backend.ConnectionInfo().Product)}
		if err != nil {
			row[2] = err.Error()
		}
		yield(row, nil)
	}
}
