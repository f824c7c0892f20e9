package eval

import (
	"encoding/binary"

	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// newMinMax is min or max. Like Postgres's *_larger and *_smaller, of equal values
// it keeps the later one, but of char(n) the earlier.
func newMinMax(typ pgtypes.Type, largest bool) Aggregate {
	sign := -1
	if largest {
		sign = 1
	}
	switch form := vector.FormOf(typ.OID); form {
	case vector.FormInt32, vector.FormInt64:
		return newIntAgg(form, func(s *intState, x int64) error {
			if !s.seen || (x > s.value) == largest {
				s.seen, s.value = true, x
			}
			return nil
		})
	case vector.FormFloat64:
		return newFloatMinMax(sign)
	case vector.FormInterval, vector.FormTimeTZ:
		return newDatumMinMax(typ, sign)
	}
	return newBytesMinMax(typ, sign)
}

func newFloatMinMax(sign int) Aggregate {
	join := func(s *floatSum, x float64) error {
		if !s.seen || vector.CompareFloat(s.sum, x)*sign <= 0 {
			s.seen, s.sum = true, x
		}
		return nil
	}
	return &foldAgg[floatSum]{
		states: states[floatSum]{combine: func(into, from *floatSum) error {
			if !from.seen {
				return nil
			}
			return join(into, from.sum)
		}},
		form:   vector.FormFloat64,
		update: func(s *floatSum, v *vector.Vector, i int) error { return join(s, v.F64[i]) },
		final: func(s *floatSum, dst *vector.Vector, row int) (bool, error) {
			dst.F64[row] = s.sum
			return s.seen, nil
		},
	}
}

// spanState is an interval or a timetz.
type spanState struct {
	seen     bool
	interval pgtypes.Interval
	timeTZ   pgtypes.TimeTZ
}

func newDatumMinMax(typ pgtypes.Type, sign int) Aggregate {
	form := vector.FormOf(typ.OID)
	order := func(a, b *spanState) int {
		if form == vector.FormInterval {
			return vector.IntervalSpan(a.interval).Cmp(vector.IntervalSpan(b.interval))
		}
		return vector.CompareTimeTZ(a.timeTZ, b.timeTZ)
	}
	join := func(into, from *spanState) error {
		if from.seen && (!into.seen || order(into, from)*sign <= 0) {
			*into = *from
		}
		return nil
	}
	return &foldAgg[spanState]{
		states: states[spanState]{combine: join}, form: form,
		update: func(s *spanState, v *vector.Vector, i int) error {
			x := spanState{seen: true}
			if form == vector.FormInterval {
				x.interval = v.Interval[i]
			} else {
				x.timeTZ = v.TimeTZ[i]
			}
			return join(s, &x)
		},
		final: func(s *spanState, dst *vector.Vector, row int) (bool, error) {
			if form == vector.FormInterval {
				dst.Interval[row] = s.interval
			} else {
				dst.TimeTZ[row] = s.timeTZ
			}
			return s.seen, nil
		},
	}
}

// bytesState is a value of a FormString type, or a numeric in binary form.
type bytesState struct {
	seen  bool
	value []byte
}

func encodeBytesState(dst []byte, s *bytesState) []byte {
	if !s.seen {
		return append(dst, 0)
	}
	dst = binary.AppendUvarint(append(dst, 1), uint64(len(s.value)))
	return append(dst, s.value...)
}

func decodeBytesState(b []byte) (bytesState, []byte) {
	if b[0] == 0 {
		return bytesState{}, b[1:]
	}
	n, used := binary.Uvarint(b[1:])
	b = b[1+used:]
	return bytesState{true, append([]byte{}, b[:n]...)}, b[n:]
}

func newBytesMinMax(typ pgtypes.Type, sign int) Aggregate {
	numeric := typ.OID == pgtypes.OIDNumeric
	limit := 0
	if typ.OID == pgtypes.OIDBpchar {
		limit = -1
	}
	a := &foldAgg[bytesState]{form: vector.FormString}
	join := func(s *bytesState, b []byte) {
		c := 0
		if s.seen {
			if numeric {
				c = vector.CompareNumeric(s.value, b)
			} else {
				c = vector.CompareBytes(typ.OID, s.value, b)
			}
		}
		if !s.seen || c*sign <= limit {
			a.held += int64(len(b)) - int64(len(s.value))
			s.seen, s.value = true, append(s.value[:0], b...)
		}
	}
	a.states = states[bytesState]{
		combine: func(into, from *bytesState) error {
			if from.seen {
				join(into, from.value)
			}
			return nil
		},
		encode: encodeBytesState, decode: decodeBytesState,
	}
	if numeric {
		a.form = vector.FormNumeric
	}
	a.update = func(s *bytesState, v *vector.Vector, i int) error {
		var buf [40]byte
		join(s, valueBytes(buf[:0], v, i))
		return nil
	}
	a.final = func(s *bytesState, dst *vector.Vector, row int) (bool, error) {
		dst.Type = typ
		if s.seen {
			dst.Str[row] = dst.AppendBytes(s.value)
		}
		return s.seen, nil
	}
	return a
}

// valueBytes are the bytes of a string, or of a numeric in binary form.
func valueBytes(buf []byte, v *vector.Vector, i int) []byte {
	switch v.Form {
	case vector.FormDecimal:
		return vector.AppendNumeric(buf, vector.Int128Of(v.I64[i]), v.Scale)
	case vector.FormDecimal2:
		return vector.AppendNumeric(buf, v.I128[i], v.Scale)
	}
	return v.Bytes(i)
}
