package sqlite

import (
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/sqlgateway/gateway/internal/batch"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// Dates and timestamps are texts. The canonical ISO forms are read here; all else
// that Postgres reads goes through its input functions. Julian days and Unix times
// are numbers, and nothing says which: they are errors.

func decodeDate(s *stmt, value uintptr, class int32, c *batch.Column) error {
	if class == sqlite3.SQLITE_TEXT {
		if days, ok := pgtypes.ParseISODate(s.bytes(value)); ok {
			c.Int32(days)
			return nil
		}
	}
	return parseDate(s, value, class, c)
}

var parseDate = decodeParsed(pgtypes.Of(pgtypes.OIDDate))

func decodeTimestamp(t pgtypes.Type) decoder {
	parse := decodeParsed(t)
	rounds := t.Typmod >= 0 && t.Typmod < 6
	return func(s *stmt, value uintptr, class int32, c *batch.Column) error {
		if class == sqlite3.SQLITE_TEXT && !rounds {
			if micros, ok := pgtypes.ParseISOTimestamp(s.bytes(value)); ok {
				c.Int64(micros)
				return nil
			}
		}
		return parse(s, value, class, c)
	}
}
