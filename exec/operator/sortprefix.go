package operator

import (
	"encoding/binary"
	"math"

	"github.com/sqlgateway/gateway/exec/vector"
)

// sortPrefixes fills in the entries' prefixes from a key column without NULLs
// among them. whole says that equal prefixes mean equal keys.
func sortPrefixes(entries []sortEntry, key *vector.Vector, descending bool) (whole bool) {
	whole = true
	switch key.Form {
	case vector.FormBool:
		for i := range entries {
			if key.Bool[entries[i].row] {
				entries[i].prefix = 1
			} else {
				entries[i].prefix = 0
			}
		}
	case vector.FormInt32:
		for i := range entries {
			entries[i].prefix = uint64(int64(key.I32[entries[i].row])) ^ 1<<63
		}
	case vector.FormInt64, vector.FormDecimal: // a column's decimals have one scale
		for i := range entries {
			entries[i].prefix = uint64(key.I64[entries[i].row]) ^ 1<<63
		}
	case vector.FormFloat64:
		for i := range entries {
			entries[i].prefix = floatOrder(key.F64[entries[i].row])
		}
	case vector.FormDecimal2:
		whole = decimalPrefixes(entries, key)
	case vector.FormString:
		whole = textPrefixes(entries, key)
	default:
		whole = keyPrefixes(entries, key)
	}
	if descending {
		for i := range entries {
			entries[i].prefix = ^entries[i].prefix
		}
	}
	return whole
}

// floatOrder maps floats to integers of the same order: -0 is 0, NaN the largest.
func floatOrder(f float64) uint64 {
	if f != f {
		return math.MaxUint64
	}
	u := math.Float64bits(f + 0)
	if u>>63 != 0 {
		return ^u
	}
	return u | 1<<63
}

// decimalPrefixes uses the low half where the high half only extends its sign.
func decimalPrefixes(entries []sortEntry, key *vector.Vector) bool {
	small := true
	for i := range entries {
		_, fits := key.I128[entries[i].row].Int64()
		small = small && fits
	}
	for i := range entries {
		x := key.I128[entries[i].row]
		if small {
			entries[i].prefix = x.Lo ^ 1<<63
		} else {
			entries[i].prefix = uint64(x.Hi) ^ 1<<63
		}
	}
	return small
}

// textPrefixes takes the first eight bytes; types that do not sort by their bytes
// get none.
func textPrefixes(entries []sortEntry, key *vector.Vector) bool {
	if keyClassOf(key.Type.OID) == keyBpchar || !vector.SortKeyable(key.Type.OID) {
		for i := range entries {
			entries[i].prefix = 0
		}
		return false
	}
	short := true
	heap := key.Heap
	for i := range entries {
		v := key.Str[entries[i].row]
		if v.Len >= 8 {
			entries[i].prefix = binary.BigEndian.Uint64(heap[v.Off:])
			short = false
			continue
		}
		entries[i].prefix = shortPrefix(heap, v)
		// A zero byte at the end looks like none; only bytea and uuid have them.
		if v.Len > 0 && heap[v.Off+v.Len-1] == 0 {
			short = false
		}
	}
	return short
}

func shortPrefix(heap []byte, v vector.View) uint64 {
	if int(v.Off)+8 <= len(heap) {
		raw := binary.BigEndian.Uint64(heap[v.Off:])
		return raw &^ (math.MaxUint64 >> (8 * v.Len))
	}
	var buf [8]byte
	copy(buf[:], heap[v.Off:v.Off+v.Len])
	return binary.BigEndian.Uint64(buf[:])
}

// keyPrefixes takes the first eight bytes of the type's sort keys.
func keyPrefixes(entries []sortEntry, key *vector.Vector) bool {
	var buf []byte
	for i := range entries {
		buf = vector.AppendSortKey(buf[:0], key, int(entries[i].row), false, false)
		value := buf[1:] // without the NULL byte
		for len(value) < 8 {
			value = append(value, 0)
		}
		entries[i].prefix = binary.BigEndian.Uint64(value)
	}
	return false
}
