package eval

import (
	"bytes"
	"encoding/binary"

	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// textAgg is an aggregate that writes one text: string_agg, json_agg and their kin.
type textAgg struct {
	states[bytesState]
	call call
	// start is what a result begins with; add appends a row's piece to it.
	start string
	add   func(c *call, dst []byte, first bool, args []*vector.Vector, row int) ([]byte, error)
	end   string
	// skip says that rows with a NULL first argument do not count.
	skip bool
	// separator joins texts when states are merged; nil where a piece of text carries
	// its own (see string_agg).
	separator string
	// mergeSeparator is what states are joined with; "" means separator.
	mergeSeparator string
}

func newTextAgg(a *textAgg) Aggregate {
	a.states = states[bytesState]{encode: encodeBytesState, decode: decodeBytesState, combine: func(into, from *bytesState) error {
		if !from.seen {
			return nil
		}
		if !into.seen {
			*into = *from
			return nil
		}
		more := from.value[len(a.start):]
		separator := firstOf(a.mergeSeparator, a.separator)
		if bytes.HasPrefix(more, []byte("null")) {
			separator = a.separator
		}
		into.value = append(append(into.value, separator...), more...)
		return nil
	}}
	return a
}

// Update implements Aggregate.
func (a *textAgg) Update(groups []uint32, args []*vector.Vector, sel []int32, n int) error {
	return eachRow(sel, n, func(row int) error {
		if a.skip && args[0].IsNull(row) {
			return nil
		}
		s := &a.groups[0]
		if groups != nil {
			s = &a.groups[groups[row]]
		}
		first, before := !s.seen, len(s.value)
		if first {
			s.seen, s.value = true, append(s.value[:0], a.start...)
		} else {
			s.value = append(s.value, a.separator...)
		}
		var err error
		if s.value, err = a.add(&a.call, s.value, first, args, row); err != nil {
			return err
		}
		grown := int64(len(s.value) - before)
		a.held += grown
		if len(s.value) > 1<<30-1 {
			return pgerr.New(pgerr.ProgramLimitExceeded, "out of memory").
				WithDetail("Cannot enlarge string buffer containing %d bytes by %d more bytes.", before, grown)
		}
		return nil
	})
}

// Final implements Aggregate.
func (a *textAgg) Final(dst *vector.Vector, from, n int) error {
	return finish(dst, vector.FormString, n, func(row int) (bool, error) {
		dst.Type = a.call.result
		s := &a.groups[from+row]
		if s.seen {
			dst.Str[row] = dst.AppendBytes(s.value)
			dst.Heap = append(dst.Heap, a.end...)
			dst.Str[row].Len += uint32(len(a.end))
		}
		return s.seen, nil
	})
}

// stringAgg is string_agg over text or bytea. A state begins with the length of
// its first delimiter, as that is dropped only where the whole result begins.
type stringAgg struct{ states[stringState] }

type stringState struct {
	seen  bool
	lead  int // length of the delimiter that value begins with
	value []byte
}

func newStringAgg() Aggregate {
	return &stringAgg{states[stringState]{
		combine: func(into, from *stringState) error {
			if !into.seen {
				*into = *from
			} else {
				into.value = append(into.value, from.value...)
			}
			return nil
		},
		encode: func(dst []byte, s *stringState) []byte {
			dst = binary.AppendUvarint(dst, uint64(s.lead))
			return encodeBytesState(dst, &bytesState{s.seen, s.value})
		},
		decode: func(b []byte) (stringState, []byte) {
			lead, n := binary.Uvarint(b)
			s, rest := decodeBytesState(b[n:])
			return stringState{s.seen, int(lead), s.value}, rest
		},
	}}
}

// Update implements Aggregate.
func (a *stringAgg) Update(groups []uint32, args []*vector.Vector, sel []int32, n int) error {
	return eachValue(groups, args[0], sel, n, func(g uint32, row int) error {
		s := &a.groups[g]
		var delimiter []byte
		if !args[1].IsNull(row) {
			delimiter = args[1].Bytes(row)
		}
		if !s.seen {
			s.seen, s.lead = true, len(delimiter)
		}
		value := args[0].Bytes(row)
		s.value = append(append(s.value, delimiter...), value...)
		a.held += int64(len(delimiter) + len(value))
		return nil
	})
}

// Final implements Aggregate.
func (a *stringAgg) Final(dst *vector.Vector, from, n int) error {
	return finish(dst, vector.FormString, n, func(row int) (bool, error) {
		s := &a.groups[from+row]
		if s.seen {
			dst.Str[row] = dst.AppendBytes(s.value[s.lead:])
		}
		return s.seen, nil
	})
}

// arrayState holds the elements of one group.
type arrayState struct {
	seen     bool
	elements []pgtypes.Datum
}

// collectAgg gathers a group's values, for array_agg and the ordered-set
// aggregates.
type collectAgg struct {
	states[arrayState]
	element pgtypes.Type
	result  pgtypes.Type
	column  int  // which argument is collected
	nulls   bool // whether NULLs are too
	final   func(a *collectAgg, s *arrayState) (pgtypes.Datum, error)
	direct  pgtypes.Datum // the direct argument, the same in every row
}

func newCollect(a *collectAgg) Aggregate {
	array, _ := pgtypes.ArrayType(a.element.OID)
	a.states = states[arrayState]{
		combine: func(into, from *arrayState) error {
			into.seen = into.seen || from.seen
			into.elements = append(into.elements, from.elements...)
			return nil
		},
		encode: func(dst []byte, s *arrayState) []byte { return encodeElements(dst, a.element, array, s) },
		decode: func(b []byte) (arrayState, []byte) { return decodeElements(b, a.element) },
	}
	return a
}

func encodeElements(dst []byte, t pgtypes.Type, _ uint32, s *arrayState) []byte {
	if !s.seen {
		return append(dst, 0)
	}
	dst = binary.AppendUvarint(append(dst, 1), uint64(len(s.elements)))
	for _, e := range s.elements {
		if e == nil {
			dst = append(dst, 0)
			continue
		}
		b, err := pgtypes.AppendBinary(nil, t, e)
		if err != nil {
			panic("a collected value has no binary form: " + err.Error())
		}
		dst = binary.AppendUvarint(append(dst, 1), uint64(len(b)))
		dst = append(dst, b...)
	}
	return dst
}

func decodeElements(b []byte, t pgtypes.Type) (arrayState, []byte) {
	if b[0] == 0 {
		return arrayState{}, b[1:]
	}
	count, used := binary.Uvarint(b[1:])
	b = b[1+used:]
	s := arrayState{seen: true}
	for range count {
		if b[0] == 0 {
			s.elements, b = append(s.elements, nil), b[1:]
			continue
		}
		n, used := binary.Uvarint(b[1:])
		b = b[1+used:]
		d, err := pgtypes.ParseBinary(t, b[:n])
		if err != nil {
			panic("a spilled value is malformed: " + err.Error())
		}
		s.elements, b = append(s.elements, d), b[n:]
	}
	return s, b
}

// datumSize is about what a Datum holds in memory.
const datumSize = 40

// Update implements Aggregate.
func (a *collectAgg) Update(groups []uint32, args []*vector.Vector, sel []int32, n int) error {
	v := args[a.column]
	return eachRow(sel, n, func(row int) error {
		if a.column == 1 {
			a.direct = vector.Get(args[0], row)
		}
		if !a.nulls && v.IsNull(row) {
			return nil
		}
		s := &a.groups[0]
		if groups != nil {
			s = &a.groups[groups[row]]
		}
		s.seen = true
		s.elements = append(s.elements, vector.Get(v, row))
		a.held += datumSize
		return nil
	})
}

// Final implements Aggregate.
func (a *collectAgg) Final(dst *vector.Vector, from, n int) error {
	form := vector.FormOf(a.result.OID)
	if form == vector.FormDecimal {
		form = vector.FormNumeric
	}
	dst.Type = a.result
	return finish(dst, form, n, func(row int) (bool, error) {
		s := &a.groups[from+row]
		if !s.seen {
			return false, nil
		}
		d, err := a.final(a, s)
		if err != nil || d == nil {
			return false, err
		}
		vector.Set(dst, row, d)
		return true, nil
	})
}

func finalArray(a *collectAgg, s *arrayState) (pgtypes.Datum, error) {
	element, _ := pgtypes.ElementType(a.result.OID)
	if _, nested := pgtypes.ElementType(a.element.OID); nested {
		return accumulateArrays(element, s.elements)
	}
	return pgtypes.NewArray(element, append([]pgtypes.Datum(nil), s.elements...)), nil
}

// accumulateArrays is array_agg over arrays, whose complaints differ from those of
// ARRAY[...].
func accumulateArrays(element uint32, parts []pgtypes.Datum) (pgtypes.Datum, error) {
	for _, p := range parts {
		if p == nil {
			return nil, pgerr.New(pgerr.NullValueNotAllowed, "cannot accumulate null arrays")
		}
		a := p.(pgtypes.Array)
		if len(a.Elements) == 0 {
			return nil, pgerr.New(pgerr.ArraySubscriptError, "cannot accumulate empty arrays")
		}
		first := parts[0].(pgtypes.Array)
		if !sameLengths(first.Dims, a.Dims) {
			return nil, pgerr.New(pgerr.ArraySubscriptError, "cannot accumulate arrays of different dimensionality")
		}
	}
	return nestArrays(element, parts)
}
