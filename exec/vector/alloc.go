package vector

import (
	"sync"

	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// New makes an empty vector of a type in that type's first form.
func New(t pgtypes.Type) *Vector { return &Vector{Type: t, Form: FormOf(t.OID)} }

// NewConst makes a constant vector of one value; nil is NULL.
func NewConst(t pgtypes.Type, value pgtypes.Datum) *Vector {
	v := New(t)
	SetConst(v, value)
	return v
}

// SetConst makes v a constant of its type; nil is NULL.
func SetConst(v *Vector, value pgtypes.Datum) {
	v.Alloc(FormOf(v.Type.OID), 1)
	if n, ok := value.(pgtypes.Numeric); ok {
		if _, scale, small := n.Small(); small {
			v.Scale = int32(scale) // so that it stays a scaled integer
		}
	}
	Set(v, 0, value)
	v.Const = true
}

// Alloc makes v a plain vector of n values of a form, none of them NULL, with an
// empty heap. It reuses v's own memory; the values are unspecified.
func (v *Vector) Alloc(form Form, n int) {
	v.disown()
	v.Form, v.Const, v.Null, v.Codes, v.Dict, v.Scale = form, false, nil, nil, nil, 0
	v.arrowDict, v.origin = nil, origin{}
	v.Heap = v.Heap[:0]
	v.resize(n)
	if form == FormString || form == FormNumeric {
		clear(v.Str) // old views point past the heap
	}
}

// disown lets go of slices that belong to someone else.
func (v *Vector) disown() {
	if v.borrowedValues {
		v.Bool, v.I32, v.I64, v.F64, v.I128, v.Str, v.Interval, v.TimeTZ = nil, nil, nil, nil, nil, nil, nil, nil
		v.nullBuffer = nil
		v.borrowedValues = false
	}
	if v.borrowedHeap {
		v.Heap = nil
		v.borrowedHeap = false
	}
}

// resize sets the length of the slice that Form names, keeping what is there.
func (v *Vector) resize(n int) {
	switch v.Form {
	case FormBool:
		v.Bool = resized(v.Bool, n)
	case FormInt32:
		v.I32 = resized(v.I32, n)
	case FormInt64, FormDecimal:
		v.I64 = resized(v.I64, n)
	case FormFloat64:
		v.F64 = resized(v.F64, n)
	case FormDecimal2:
		v.I128 = resized(v.I128, n)
	case FormNumeric, FormString:
		v.Str = resized(v.Str, n)
	case FormInterval:
		v.Interval = resized(v.Interval, n)
	case FormTimeTZ:
		v.TimeTZ = resized(v.TimeTZ, n)
	}
}

func resized[T any](s []T, n int) []T {
	if n <= cap(s) {
		return s[:n]
	}
	t := make([]T, n, max(n, 2*cap(s)))
	copy(t, s)
	return t
}

// MakeNull gives v a Null of n false entries, from v's own memory.
func (v *Vector) MakeNull(n int) []bool {
	v.nullBuffer = resized(v.nullBuffer[:0], n)
	clear(v.nullBuffer)
	v.Null = v.nullBuffer
	return v.Null
}

// SetNull marks row as NULL in a vector of n rows.
func (v *Vector) SetNull(row, n int) {
	if v.Null == nil {
		v.MakeNull(n)
	}
	v.Null[row] = true
}

// Borrow makes v a view of src: the values are shared, and v never writes to them.
// It is valid as long as src's are.
func (v *Vector) Borrow(src *Vector) {
	nulls := v.nullBuffer
	if v.borrowedValues {
		nulls = nil
	}
	*v = *src
	v.nullBuffer = nulls
	v.borrowedValues, v.borrowedHeap = true, true
}

// Len is the number of values that v holds: 1 if Const.
func (v *Vector) Len() int {
	if v.Codes != nil {
		return len(v.Codes)
	}
	switch v.Form {
	case FormBool:
		return len(v.Bool)
	case FormInt32:
		return len(v.I32)
	case FormInt64, FormDecimal:
		return len(v.I64)
	case FormFloat64:
		return len(v.F64)
	case FormDecimal2:
		return len(v.I128)
	case FormNumeric, FormString:
		return len(v.Str)
	case FormInterval:
		return len(v.Interval)
	case FormTimeTZ:
		return len(v.TimeTZ)
	}
	return 0
}

// MemorySize is the number of bytes that v's own slices hold.
func (v *Vector) MemorySize() int64 {
	size := cap(v.nullBuffer)
	if !v.borrowedValues {
		size += cap(v.Bool) + 4*cap(v.I32) + 8*cap(v.I64) + 8*cap(v.F64) + 16*cap(v.I128) + 8*cap(v.Str) +
			16*cap(v.Interval) + 16*cap(v.TimeTZ) + 4*cap(v.Codes)
	}
	if !v.borrowedHeap {
		size += cap(v.Heap)
	}
	return int64(size)
}

// IsNull tells whether a row is NULL.
func (v *Vector) IsNull(row int) bool {
	if v.Null == nil {
		return false
	}
	if v.Const {
		return v.Null[0]
	}
	return v.Null[row]
}

// At resolves Const and Codes: the plain vector and the index that hold row's value.
func (v *Vector) At(row int) (*Vector, int) {
	if v.Const {
		row = 0
	}
	if v.Codes != nil {
		return v.Dict, int(v.Codes[row])
	}
	return v, row
}

// Bytes are the bytes of a row of FormString or FormNumeric; they are not to be
// changed.
func (v *Vector) Bytes(row int) []byte {
	p, i := v.At(row)
	s := p.Str[i]
	return p.Heap[s.Off : s.Off+s.Len : s.Off+s.Len]
}

// AppendBytes adds b to the heap and gives the view of it.
func (v *Vector) AppendBytes(b []byte) View {
	off := len(v.Heap)
	v.Heap = append(v.Heap, b...)
	return View{Off: uint32(off), Len: uint32(len(b))}
}

// AppendString adds s to the heap and gives the view of it.
func (v *Vector) AppendString(s string) View {
	off := len(v.Heap)
	v.Heap = append(v.Heap, s...)
	return View{Off: uint32(off), Len: uint32(len(s))}
}

// pool holds vectors between uses; their slices hold no pointers.
var pool = sync.Pool{New: func() any { return new(Vector) }}

// Take gives a vector with memory from an earlier use, if there is one.
func Take(t pgtypes.Type) *Vector {
	v := pool.Get().(*Vector)
	v.Type = t
	v.Alloc(FormOf(t.OID), 0)
	return v
}

// Release gives v back for reuse. Nobody may hold it or its slices any more.
func Release(v *Vector) {
	if v != nil {
		v.disown()
		v.Dict, v.Codes, v.arrowDict, v.origin = nil, nil, nil, origin{}
		pool.Put(v)
	}
}
