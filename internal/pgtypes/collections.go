package pgtypes

// ArrayDim is one dimension of an array: how many elements, and the subscript of
// the first.
type ArrayDim struct{ Length, Lower int32 }

// Array is a value of an array type. Elements are in row-major order; an empty
// array has no dimensions.
type Array struct {
	ElementType uint32
	Dims        []ArrayDim
	Elements    []Datum
}

// NewArray is a one-dimensional array with subscripts from 1.
func NewArray(elementType uint32, elements []Datum) Array {
	a := Array{ElementType: elementType, Elements: elements}
	if len(elements) > 0 {
		a.Dims = []ArrayDim{{Length: int32(len(elements)), Lower: 1}}
	}
	return a
}

// HasNull says whether an element is NULL.
func (a Array) HasNull() bool {
	for _, e := range a.Elements {
		if e == nil {
			return true
		}
	}
	return false
}

// Record is a row value.
type Record struct {
	Types  []uint32
	Fields []Datum
	// Names are those of the fields where they are known: neither the text nor the
	// binary form has them. Without, they are f1, f2 and so on.
	Names []string
}
