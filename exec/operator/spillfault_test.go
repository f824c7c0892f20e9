package operator

import "github.com/sqlgateway/gateway/internal/pgerr"

// pgDetail is what an error says beside its message.
func pgDetail(err error) string {
	if e := pgerr.From(err); e != nil {
		return e.Detail
	}
	return ""
}
