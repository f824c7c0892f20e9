package vector

import (
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// decodeNested reads an array or a record from its binary form.
func decodeNested(oid uint32, b []byte) pgtypes.Datum {
	d, err := pgtypes.ParseBinary(pgtypes.Of(oid), b)
	if err != nil {
		panic("a vector of arrays or records holds malformed bytes: " + err.Error())
	}
	return d
}

// appendNested writes an array or a record in its binary form.
func appendNested(dst []byte, oid uint32, value pgtypes.Datum) []byte {
	out, err := pgtypes.AppendBinary(dst, pgtypes.Of(oid), value)
	if err != nil {
		panic("an array or record has no binary form: " + err.Error())
	}
	return out
}

// decodeAny reads a value whose order is not that of its bytes.
func decodeAny(oid uint32, b []byte) pgtypes.Datum {
	if nested(oid) {
		return decodeNested(oid, b)
	}
	return string(b)
}
