package vector

import (
	"bytes"

	"github.com/sqlgateway/gateway/internal/pgtypes"
)

func decodeNested(oid uint32, b []byte) pgtypes.Datum       { return append([]byte{}, b...) }
func appendNested(dst []byte, oid uint32, value any) []byte { return dst }
func hashNested(oid uint32, b []byte) uint64                { return HashBytes(b) }
func compareNested(oid uint32, a, b []byte) int             { return bytes.Compare(a, b) }
