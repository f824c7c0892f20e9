package eval

import (
	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// arrayNode is ARRAY[...].
type arrayNode struct {
	typ     pgtypes.Type
	element uint32
	nested  bool
	args    []node
	out     vector.Vector
}

func (c *compiler) compileArray(e *translate.ArrayExpr) (node, error) {
	args, err := c.compileAll(e.Elements)
	return &arrayNode{typ: e.Typ, element: e.ElementType, nested: e.Nested, args: args}, err
}

func (a *arrayNode) eval(st *state, sel []int32, n int) (*vector.Vector, error) {
	values, constant, err := evalAll(st, a.args, sel, n)
	if err != nil {
		return nil, err
	}
	if constant {
		sel, n = nil, 1
	}
	a.out.Alloc(vector.FormString, n)
	a.out.Type, a.out.Const = a.typ, constant
	return &a.out, eachRow(sel, n, func(row int) error {
		elements := make([]pgtypes.Datum, len(values))
		for k, v := range values {
			elements[k] = vector.Get(v, row)
		}
		array := pgtypes.NewArray(a.element, elements)
		if a.nested {
			var err error
			if array, err = nestArrays(a.element, elements); err != nil {
				return err
			}
		}
		vector.Set(&a.out, row, array)
		return nil
	})
}

func evalAll(st *state, nodes []node, sel []int32, n int) (values []*vector.Vector, constant bool, err error) {
	values, constant = make([]*vector.Vector, len(nodes)), true
	for i, node := range nodes {
		if values[i], err = node.eval(st, sel, n); err != nil {
			return nil, false, err
		}
		constant = constant && values[i].Const
	}
	return values, constant, nil
}

// nestArrays makes an array of one more dimension.
func nestArrays(element uint32, parts []pgtypes.Datum) (pgtypes.Array, error) {
	out := pgtypes.Array{ElementType: element}
	first, empty := true, 0
	var inner []pgtypes.ArrayDim
	for _, p := range parts {
		a, ok := p.(pgtypes.Array)
		if !ok || len(a.Elements) == 0 {
			empty++
			continue
		}
		if first {
			inner, first = a.Dims, false
		} else if !sameLengths(inner, a.Dims) {
			return out, errArrayDimensions()
		}
		out.Elements = append(out.Elements, a.Elements...)
	}
	if first {
		return out, nil
	}
	if empty > 0 {
		return out, errArrayDimensions()
	}
	out.Dims = append([]pgtypes.ArrayDim{{Length: int32(len(parts)), Lower: 1}}, inner...)
	return out, nil
}

func sameLengths(a, b []pgtypes.ArrayDim) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func errArrayDimensions() error {
	return pgerr.New(pgerr.ArraySubscriptError, "multidimensional arrays must have array expressions with matching dimensions")
}

// rowNode is ROW(...).
type rowNode struct {
	typ    pgtypes.Type
	types  []uint32
	fields []node
	out    vector.Vector
}

func (c *compiler) compileRow(e *translate.RowExpr) (node, error) {
	fields, err := c.compileAll(e.Fields)
	types := make([]uint32, len(e.Fields))
	for i, f := range e.Fields {
		types[i] = f.Type().OID
	}
	return &rowNode{typ: e.Typ, types: types, fields: fields}, err
}

func (r *rowNode) eval(st *state, sel []int32, n int) (*vector.Vector, error) {
	values, constant, err := evalAll(st, r.fields, sel, n)
	if err != nil {
		return nil, err
	}
	if constant {
		sel, n = nil, 1
	}
	r.out.Alloc(vector.FormString, n)
	r.out.Type, r.out.Const = r.typ, constant
	vector.Each(nil, sel, n, func(row int) {
		record := pgtypes.Record{Types: r.types, Fields: make([]pgtypes.Datum, len(values))}
		for k, v := range values {
			record.Fields[k] = vector.Get(v, row)
		}
		vector.Set(&r.out, row, record)
	})
	return &r.out, nil
}

// compileField is (record).field.
func (c *compiler) compileField(e *translate.FieldSelect) (node, error) {
	arg, err := c.compile(e.Arg)
	if err != nil {
		return nil, err
	}
	b := fn(func(_ *call, args []pgtypes.Datum) (pgtypes.Datum, error) {
		record := args[0].(pgtypes.Record)
		if e.Field >= len(record.Fields) {
			return nil, nil
		}
		return record.Fields[e.Field], nil
	})
	return callOf(b, 0, e.Name, []node{arg}, []pgtypes.Type{e.Arg.Type()}, e.Typ), nil
}

// compileSubscript is a[i] or a[l:u].
func (c *compiler) compileSubscript(e *translate.Subscript) (node, error) {
	exprs := []translate.Expr{e.Arg}
	var bounds []bool // whether each bound is given: lower, upper, lower, ...
	add := func(x translate.Expr) {
		bounds = append(bounds, x != nil)
		if x != nil {
			exprs = append(exprs, x)
		}
	}
	for i, upper := range e.Upper {
		if e.Slice {
			if i < len(e.Lower) {
				add(e.Lower[i])
			} else {
				add(nil)
			}
		}
		add(upper)
	}
	nodes, err := c.compileAll(exprs)
	if err != nil {
		return nil, err
	}
	types := make([]pgtypes.Type, len(exprs))
	for i, x := range exprs {
		types[i] = x.Type()
	}
	b := fn(func(_ *call, args []pgtypes.Datum) (pgtypes.Datum, error) {
		array, isArray := args[0].(pgtypes.Array)
		if !isArray {
			return nil, pgerr.Unsupported("subscripting type %s is not supported", pgtypes.FormatType(types[0]))
		}
		if e.Slice {
			return sliceArray(array, bounds, args[1:]), nil
		}
		return elementAt(array, args[1:]), nil
	})
	if types[0].OID == pgtypes.OIDJSONB {
		b = jsonbSubscript()
	}
	return callOf(b, 0, "[]", nodes, types, e.Typ), nil
}

func elementAt(a pgtypes.Array, subscripts []pgtypes.Datum) pgtypes.Datum {
	if len(subscripts) != len(a.Dims) {
		return nil
	}
	offset := 0
	for i, dim := range a.Dims {
		at := subscripts[i].(int32) - dim.Lower
		if at < 0 || at >= dim.Length {
			return nil
		}
		offset = offset*int(dim.Length) + int(at)
	}
	return a.Elements[offset]
}

// sliceArray cuts a[l:u]; bounds says which are given, missing dimensions are whole
// and the result counts from 1.
func sliceArray(a pgtypes.Array, bounds []bool, args []pgtypes.Datum) pgtypes.Array {
	out := pgtypes.Array{ElementType: a.ElementType}
	if len(bounds)/2 > len(a.Dims) {
		return out
	}
	from, to := make([]int32, len(a.Dims)), make([]int32, len(a.Dims))
	for i, dim := range a.Dims {
		from[i], to[i] = dim.Lower, dim.Lower+dim.Length-1
		for side, bound := range []*int32{&from[i], &to[i]} {
			if 2*i+side < len(bounds) && bounds[2*i+side] {
				x := args[0].(int32)
				args = args[1:]
				if side == 0 {
					*bound = max(*bound, x)
				} else {
					*bound = min(*bound, x)
				}
			}
		}
		if from[i] > to[i] {
			return out
		}
	}
	for i := range a.Dims {
		out.Dims = append(out.Dims, pgtypes.ArrayDim{Length: to[i] - from[i] + 1, Lower: 1})
	}
	cutSlice(&out, a, from, to, 0, 0)
	return out
}

func cutSlice(out *pgtypes.Array, a pgtypes.Array, from, to []int32, dim, offset int) {
	if dim == len(a.Dims) {
		out.Elements = append(out.Elements, a.Elements[offset])
		return
	}
	for i := from[dim]; i <= to[dim]; i++ {
		cutSlice(out, a, from, to, dim+1, offset*int(a.Dims[dim].Length)+int(i-a.Dims[dim].Lower))
	}
}
