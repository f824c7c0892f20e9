package postgres

import (
	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// encodeArgs gives parameters in text form with their types: any type has one, and
// the session's style is the one they are written in.
func encodeArgs(args []backends.Arg) (types []uint32, params [][]byte) {
	style := pgtypes.DefaultStyle()
	for _, arg := range args {
		types = append(types, arg.Type.OID)
		if arg.Value == nil {
			params = append(params, nil)
			continue
		}
		params = append(params, pgtypes.AppendText(make([]byte, 0, 16), arg.Type, arg.Value, style))
	}
	return types, params
}
