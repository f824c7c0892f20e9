package kinesis

import (
	"fmt"

	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// start is where the reading of a table begins.
type start struct {
	latest bool
	millis int64 // since 1970, 0 for the oldest record there is
}

// parseStart reads trim_horizon, latest, or a time.
func parseStart(text string) (start, error) {
	switch text {
	case "", "trim_horizon", "earliest", "TRIM_HORIZON":
		return start{}, nil
	case "latest", "LATEST":
		return start{latest: true}, nil
	}
	v, err := pgtypes.Parse(pgtypes.Of(pgtypes.OIDTimestamptz), text, pgtypes.DefaultStyle())
	if err != nil {
		return start{}, fmt.Errorf("unknown %q; there are trim_horizon, latest, and a time", text)
	}
	return start{millis: max(v.(int64)/1000, 0)}, nil
}
