package vector

import (
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// hashNested hashes a value whose equality is not that of its bytes.
func hashNested(oid uint32, b []byte) uint64 {
	if oid == pgtypes.OIDJSONB {
		return hashJSONB(b)
	}
	return hashDatum(oid, decodeNested(oid, b))
}

func hashDatum(oid uint32, d pgtypes.Datum) uint64 {
	switch d := d.(type) {
	case nil:
		return nullHash
	case pgtypes.Array:
		h := uint64(len(d.Elements))
		for _, dim := range d.Dims {
			h = mixHash(h, uint64(dim.Length)<<32|uint64(uint32(dim.Lower)))
		}
		for _, e := range d.Elements {
			h = mixHash(h, hashDatum(d.ElementType, e))
		}
		return h
	case pgtypes.Record:
		h := uint64(len(d.Fields))
		for i, f := range d.Fields {
			h = mixHash(h, hashDatum(d.Types[i], f))
		}
		return h
	}
	return hashOne(NewConst(pgtypes.Of(oid), d), 0)
}

// hashJSONB hashes canonical jsonb text, numbers by value: 1.0 equals 1.00.
func hashJSONB(b []byte) uint64 {
	h := uint64(0)
	for i := 0; i < len(b); {
		start := i
		switch c := b[i]; {
		case c == '"':
			for i++; i < len(b) && b[i] != '"'; i++ {
				if b[i] == '\\' {
					i++
				}
			}
			i = min(i+1, len(b))
			h = mixHash(h, HashBytes(b[start:i]))
		case c == '-' || c >= '0' && c <= '9':
			for i++; i < len(b) && (b[i] == '.' || b[i] >= '0' && b[i] <= '9'); i++ {
			}
			n, err := pgtypes.ParseNumeric(string(b[start:i]))
			if err == nil {
				h = mixHash(h, hashNumeric(n.AppendBinary(nil)))
			}
		default:
			h = mixHash(h, uint64(c))
			i++
		}
	}
	return h
}
