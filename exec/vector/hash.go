package vector

import (
	"bytes"
	"encoding/binary"
	"math"

	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// nullHash is the hash of NULL.
const nullHash = 0x9E3779B97F4A7C15

// Hash writes the hash of each row that exists to out[row]. Equal values of one
// family hash equally whatever their type, form and scale: the integers, the
// floats, the numerics, the text types. NULL has a hash of its own. The hash is the
// same in every process.
func Hash(v *Vector, sel []int32, n int, out []uint64) {
	hashInto(v, sel, n, out, false)
}

// HashCombine mixes the hash of each row that exists into out[row].
func HashCombine(v *Vector, sel []int32, n int, out []uint64) {
	hashInto(v, sel, n, out, true)
}

func hashInto(v *Vector, sel []int32, n int, out []uint64, combine bool) {
	switch {
	case v.Const:
		h := hashOne(v, 0)
		fillHash(func(int) uint64 { return h }, sel, n, out, combine)
	case v.Codes != nil:
		dict := make([]uint64, v.Dict.Len())
		plain := *v.Dict
		plain.Type = v.Type
		hashInto(&plain, nil, len(dict), dict, false)
		fillHash(func(r int) uint64 {
			if v.Null != nil && v.Null[r] {
				return nullHash
			}
			return dict[v.Codes[r]]
		}, sel, n, out, combine)
	case v.Form == FormInt32:
		fillInts(v.I32, v.Null, sel, n, out, combine)
	case v.Form == FormInt64:
		fillInts(v.I64, v.Null, sel, n, out, combine)
	case v.Form == FormString && bytewise(v.Type.OID):
		fillStrings(v, sel, n, out, combine)
	default:
		fillHash(func(r int) uint64 { return hashOne(v, r) }, sel, n, out, combine)
	}
}

// bytewise tells the types whose equality is that of their bytes.
func bytewise(oid uint32) bool {
	if oid == pgtypes.OIDBpchar || oid == pgtypes.OIDJSONB || oid == pgtypes.OIDRecord {
		return false
	}
	_, array := pgtypes.ElementType(oid)
	return !array
}

func fillHash(h func(row int) uint64, sel []int32, n int, out []uint64, combine bool) {
	Each(nil, sel, n, func(r int) {
		if combine {
			out[r] = mixHash(out[r], h(r))
		} else {
			out[r] = h(r)
		}
	})
}

func fillInts[T int32 | int64](values []T, null []bool, sel []int32, n int, out []uint64, combine bool) {
	if sel == nil && null == nil {
		if combine {
			for i, x := range values[:n] {
				out[i] = mixHash(out[i], hash64(uint64(int64(x))))
			}
			return
		}
		for i, x := range values[:n] {
			out[i] = hash64(uint64(int64(x)))
		}
		return
	}
	one := func(r int32) {
		h := uint64(nullHash)
		if null == nil || !null[r] {
			h = hash64(uint64(int64(values[r])))
		}
		if combine {
			h = mixHash(out[r], h)
		}
		out[r] = h
	}
	if sel != nil {
		for _, r := range sel {
			one(r)
		}
		return
	}
	for r := range n {
		one(int32(r))
	}
}

func fillStrings(v *Vector, sel []int32, n int, out []uint64, combine bool) {
	one := func(r int32) {
		h := uint64(nullHash)
		if v.Null == nil || !v.Null[r] {
			s := v.Str[r]
			h = HashBytes(v.Heap[s.Off : s.Off+s.Len])
		}
		if combine {
			h = mixHash(out[r], h)
		}
		out[r] = h
	}
	if sel != nil {
		for _, r := range sel {
			one(r)
		}
		return
	}
	for r := range n {
		one(int32(r))
	}
}

func mixHash(a, b uint64) uint64 { return hash64(a*0xff51afd7ed558ccd ^ b) }

// hash64 is the finaliser of splitmix64: every input bit reaches every output bit.
func hash64(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// HashBytes hashes b, eight bytes a step.
func HashBytes(b []byte) uint64 {
	h := uint64(len(b)) * 0x9E3779B97F4A7C15
	for len(b) >= 8 {
		h = (h ^ binary.LittleEndian.Uint64(b)) * 0xff51afd7ed558ccd
		h ^= h >> 32
		b = b[8:]
	}
	if len(b) > 0 {
		var tail [8]byte
		copy(tail[:], b)
		h = (h ^ binary.LittleEndian.Uint64(tail[:])) * 0xff51afd7ed558ccd
	}
	return hash64(h)
}

// hashOne hashes one row by its type.
func hashOne(v *Vector, row int) uint64 {
	if v.IsNull(row) {
		return nullHash
	}
	p, i := v.At(row)
	switch p.Form {
	case FormBool:
		if p.Bool[i] {
			return hash64(1)
		}
		return hash64(0)
	case FormInt32:
		return hash64(uint64(int64(p.I32[i])))
	case FormInt64:
		return hash64(uint64(p.I64[i]))
	case FormFloat64:
		return hashFloat(p.F64[i])
	case FormDecimal:
		return hashDecimal(Int128Of(p.I64[i]), p.Scale)
	case FormDecimal2:
		return hashDecimal(p.I128[i], p.Scale)
	case FormNumeric:
		return hashNumeric(p.Bytes(i))
	case FormInterval:
		span := IntervalSpan(p.Interval[i])
		return mixHash(uint64(span.Hi), span.Lo)
	case FormTimeTZ:
		t := p.TimeTZ[i]
		return mixHash(hash64(uint64(t.Micros)), uint64(int64(t.ZoneWest)))
	}
	return hashString(v.Type.OID, p.Bytes(i))
}

func hashString(oid uint32, b []byte) uint64 {
	switch {
	case oid == pgtypes.OIDBpchar:
		return HashBytes(bytes.TrimRight(b, " "))
	case bytewise(oid):
		return HashBytes(b)
	}
	return hashNested(oid, b)
}

func hashFloat(f float64) uint64 {
	switch {
	case f == 0:
		return hash64(0)
	case f != f:
		return hash64(math.Float64bits(math.NaN()))
	}
	return hash64(math.Float64bits(f))
}

// hashDecimal hashes x/10^scale by its shortest form.
func hashDecimal(x Int128, scale int32) uint64 {
	u := x.abs()
	if u.zero() {
		return hash64(0)
	}
	for scale > -64 {
		q, r := u.div(10)
		if r != 0 {
			break
		}
		u = q
		scale--
	}
	h := mixHash(u.lo, u.hi<<1|uint64(x.Hi)>>63)
	return mixHash(h, uint64(int64(scale)))
}

func hashNumeric(b []byte) uint64 {
	if kind := NumericKindOf(b); kind != NumericFinite {
		return hash64(0xABCDEF00 + uint64(kind))
	}
	digits, weight, sign, _ := numericHeader(b)
	u, exponent, ok := accumulate(digits, weight)
	if ok {
		return hashDecimal(u.signed(sign == numericNegative), int32(-exponent))
	}
	return hashLongNumeric(digits, weight, sign)
}

// hashLongNumeric serves values of more than 127 bits of digits; when only their
// trailing zeros made them so, they must still hash as the short form does.
func hashLongNumeric(digits []byte, weight int, sign uint16) uint64 {
	last := binary.BigEndian.Uint16(digits[len(digits)-2:])
	drop := uint64(1)
	zeros := int32(0)
	for last != 0 && uint64(last)%(drop*10) == 0 {
		drop *= 10
		zeros++
	}
	u, _, ok := accumulate(digits[:len(digits)-2], 0)
	if ok {
		u, ok = u.mulAdd(10000/drop, uint64(last)/drop)
	}
	exponent := 4*(weight-len(digits)/2+1) + int(zeros)
	if ok {
		return hashDecimal(u.signed(sign == numericNegative), int32(-exponent))
	}
	h := HashBytes(digits)
	return mixHash(h, uint64(int64(weight))<<16|uint64(sign))
}

// IntervalSpan is the length by which intervals compare: months of 30 days, days
// of 24 hours, in microseconds.
func IntervalSpan(i pgtypes.Interval) Int128 {
	days := int64(i.Months)*30 + int64(i.Days)
	return MulInt64(days, 86_400_000_000).Add(Int128Of(i.Micros))
}
