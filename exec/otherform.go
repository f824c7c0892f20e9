package exec

import "github.com/sqlgateway/gateway/internal/pgtypes"

// otherForm says of which types the session's settings write values otherwise than
// the connections to sources do, which have the defaults: a source must not turn
// them into text then. Other types' forms never are a source's to write: what depends
// on DateStyle, IntervalStyle or TimeZone is not immutable. It is nil for none.
func otherForm(style pgtypes.Style) func(oid uint32) bool {
	floats, bytes := style.ExtraFloatDigits < 1, style.ByteaEscape
	if !floats && !bytes {
		return nil
	}
	return func(oid uint32) bool {
		switch oid {
		case pgtypes.OIDFloat4, pgtypes.OIDFloat8:
			return floats
		case pgtypes.OIDBytea:
			return bytes
		}
		return false
	}
}
