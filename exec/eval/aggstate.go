package eval

import (
	"unsafe"

	"github.com/sqlgateway/gateway/exec/vector"
)

// states is the part that aggregates share: a state of type S for each group, whose
// zero value is that of a group without rows.
type states[S any] struct {
	groups  []S
	combine func(into, from *S) error
	// encode and decode are for states that hold pointers; nil means that the memory
	// of S is its encoding.
	encode func(dst []byte, s *S) []byte
	decode func(b []byte) (S, []byte)
	held   int64 // bytes that states hold elsewhere
}

func (s *states[S]) base() *states[S] { return s }

// Resize implements Aggregate.
func (s *states[S]) Resize(groups int) {
	if groups <= len(s.groups) {
		return
	}
	if groups <= cap(s.groups) {
		s.groups = s.groups[:groups]
		return
	}
	grown := make([]S, groups, max(groups, 2*cap(s.groups)))
	copy(grown, s.groups)
	s.groups = grown
}

// Merge implements Aggregate.
func (s *states[S]) Merge(other Aggregate, mapping []uint32) error {
	from := other.(interface{ base() *states[S] }).base()
	s.held += from.held
	for g := range from.groups {
		into := g
		if mapping != nil {
			into = int(mapping[g])
		}
		if err := s.combine(&s.groups[into], &from.groups[g]); err != nil {
			return err
		}
	}
	return nil
}

// AppendState implements Aggregate.
func (s *states[S]) AppendState(dst []byte, group int) ([]byte, error) {
	if s.encode != nil {
		return s.encode(dst, &s.groups[group]), nil
	}
	return append(dst, memoryOf(&s.groups[group])...), nil
}

// MergeState implements Aggregate.
func (s *states[S]) MergeState(group int, state []byte) ([]byte, error) {
	if s.decode != nil {
		from, rest := s.decode(state)
		s.held += int64(len(state) - len(rest))
		return rest, s.combine(&s.groups[group], &from)
	}
	var from S
	b := memoryOf(&from)
	copy(b, state)
	return state[len(b):], s.combine(&s.groups[group], &from)
}

func memoryOf[S any](s *S) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(s)), unsafe.Sizeof(*s)) //nolint:gosec // S has no pointers
}

// Reset implements Aggregate.
func (s *states[S]) Reset(group int) {
	var zero S
	s.groups[group] = zero
}

// MemorySize implements Aggregate.
func (s *states[S]) MemorySize() int64 {
	var zero S
	return int64(cap(s.groups))*int64(unsafe.Sizeof(zero)) + s.held
}

// eachValue calls f for each row whose value is not NULL, with its group.
func eachValue(groups []uint32, v *vector.Vector, sel []int32, n int, f func(group uint32, row int) error) error {
	return eachRow(sel, n, func(row int) error {
		if v.IsNull(row) {
			return nil
		}
		g := uint32(0)
		if groups != nil {
			g = groups[row]
		}
		return f(g, row)
	})
}

// foldAgg is an aggregate of one argument whose update and result are functions of
// one state and one value.
type foldAgg[S any] struct {
	states[S]
	form   vector.Form
	update func(s *S, v *vector.Vector, i int) error
	// final stores the result; false means NULL.
	final func(s *S, dst *vector.Vector, row int) (bool, error)
}

// Update implements Aggregate.
func (a *foldAgg[S]) Update(groups []uint32, args []*vector.Vector, sel []int32, n int) error {
	return eachValue(groups, args[0], sel, n, func(g uint32, row int) error {
		v, i := args[0].At(row)
		return a.update(&a.groups[g], v, i)
	})
}

// Final implements Aggregate.
func (a *foldAgg[S]) Final(dst *vector.Vector, from, n int) error {
	return finish(dst, a.form, n, func(row int) (bool, error) { return a.final(&a.groups[from+row], dst, row) })
}

// finish fills dst with n results.
func finish(dst *vector.Vector, form vector.Form, n int, f func(row int) (bool, error)) error {
	dst.Alloc(form, n)
	for row := range n {
		ok, err := f(row)
		if err != nil {
			return err
		}
		if !ok {
			dst.SetNull(row, n)
		}
	}
	return nil
}
