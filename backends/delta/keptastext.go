package delta

import (
	"strconv"

	"github.com/sqlgateway/gateway/internal/declared"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// keptAsText says whether values of a type are kept as their text: what reads the
// table next must find the same type by its name.
func keptAsText(name string, t pgtypes.Type) bool {
	found, err := declared.Type(name)
	return err == nil && found == t
}

func itoa(n int) string { return strconv.Itoa(n) }
