package eval

import (
	"unsafe"

	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// access reads and writes values of one Go type in plain vectors.
type access[T any] struct {
	form vector.Form
	get  func(v *vector.Vector, i int) T
	set  func(v *vector.Vector, i int, x T)
}

// accessOf is the access of a Go type that Datums have. Strings that get gives
// share the vector's heap: valid for the call only.
func accessOf[T any]() access[T] {
	var zero T
	var a any
	switch any(zero).(type) {
	case bool:
		a = access[bool]{
			vector.FormBool,
			func(v *vector.Vector, i int) bool { return v.Bool[i] },
			func(v *vector.Vector, i int, x bool) { v.Bool[i] = x },
		}
	case int32:
		a = access[int32]{
			vector.FormInt32,
			func(v *vector.Vector, i int) int32 { return v.I32[i] },
			func(v *vector.Vector, i int, x int32) { v.I32[i] = x },
		}
	case int64:
		a = access[int64]{
			vector.FormInt64,
			func(v *vector.Vector, i int) int64 { return v.I64[i] },
			func(v *vector.Vector, i int, x int64) { v.I64[i] = x },
		}
	case float64:
		a = access[float64]{
			vector.FormFloat64,
			func(v *vector.Vector, i int) float64 { return v.F64[i] },
			func(v *vector.Vector, i int, x float64) { v.F64[i] = x },
		}
	case string:
		a = access[string]{
			vector.FormString, stringAt,
			func(v *vector.Vector, i int, x string) { v.Str[i] = v.AppendString(x) },
		}
	case []byte:
		a = access[[]byte]{
			vector.FormString,
			func(v *vector.Vector, i int) []byte { return v.Bytes(i) },
			func(v *vector.Vector, i int, x []byte) { v.Str[i] = v.AppendBytes(x) },
		}
	case pgtypes.Numeric:
		a = access[pgtypes.Numeric]{vector.FormNumeric, vector.NumericAt, setNumeric}
	case pgtypes.Interval:
		a = access[pgtypes.Interval]{
			vector.FormInterval,
			func(v *vector.Vector, i int) pgtypes.Interval { return v.Interval[i] },
			func(v *vector.Vector, i int, x pgtypes.Interval) { v.Interval[i] = x },
		}
	case pgtypes.TimeTZ:
		a = access[pgtypes.TimeTZ]{
			vector.FormTimeTZ,
			func(v *vector.Vector, i int) pgtypes.TimeTZ { return v.TimeTZ[i] },
			func(v *vector.Vector, i int, x pgtypes.TimeTZ) { v.TimeTZ[i] = x },
		}
	default:
		a = access[T]{
			vector.FormString,
			func(v *vector.Vector, i int) T { return vector.Get(v, i).(T) },
			func(v *vector.Vector, i int, x T) { vector.Set(v, i, x) },
		}
	}
	return a.(access[T])
}

func setNumeric(v *vector.Vector, i int, x pgtypes.Numeric) {
	off := len(v.Heap)
	v.Heap = x.AppendBinary(v.Heap)
	v.Str[i] = vector.View{Off: uint32(off), Len: uint32(len(v.Heap) - off)}
}

// stringAt is a row's text, sharing the heap.
func stringAt(v *vector.Vector, i int) string {
	s := v.Str[i]
	if s.Len == 0 {
		return ""
	}
	return unsafe.String(&v.Heap[s.Off], s.Len)
}
