package eval

import (
	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// callNode calls a builtin.
type callNode struct {
	builtin
	call
	argNodes []node
	args     []*vector.Vector
	flat     []vector.Vector
	out      vector.Vector
	nullOut  *vector.Vector // a constant NULL of the result type
	live     []int32        // the rows without NULL arguments

	// dict is the dictionary that dictOut was computed from.
	dict, dictOut *vector.Vector
}

func (c *compiler) compileCall(proc uint32, name string, args []translate.Expr, result pgtypes.Type) (*callNode, error) {
	nodes, err := c.compileAll(args)
	if err != nil {
		return nil, err
	}
	types := make([]pgtypes.Type, len(args))
	for i, a := range args {
		types[i] = a.Type()
	}
	return newCall(proc, name, nodes, types, result)
}

func newCall(proc uint32, name string, nodes []node, types []pgtypes.Type, result pgtypes.Type) (*callNode, error) {
	b, err := builtinOf(proc, name, types)
	if err != nil {
		return nil, err
	}
	return callOf(b, proc, name, nodes, types, result), nil
}

func callOf(b builtin, proc uint32, name string, nodes []node, types []pgtypes.Type, result pgtypes.Type) *callNode {
	n := &callNode{
		builtin: b, call: call{args: types, result: result, proc: proc, name: name},
		argNodes: nodes, flat: make([]vector.Vector, len(nodes)), nullOut: vector.NewConst(result, nil),
	}
	n.callNode()
	return n
}

func (n *callNode) callNode() { n.args = make([]*vector.Vector, len(n.argNodes)) }

func (n *callNode) eval(st *state, sel []int32, rows int) (*vector.Vector, error) {
	for i, a := range n.argNodes {
		v, err := a.eval(st, sel, rows)
		if err != nil {
			return nil, err
		}
		n.args[i] = v
	}
	return n.apply(st.ctx, sel, rows)
}

// apply calls the builtin on n.args.
func (n *callNode) apply(ctx *Context, sel []int32, rows int) (*vector.Vector, error) {
	n.ctx = ctx
	constant, coded := !n.volatile, -1
	for i, a := range n.args {
		if !a.Const {
			constant = false
			if a.Codes != nil && coded == -1 {
				coded = i
			} else {
				coded = -2
			}
			continue
		}
		if !n.nulls && a.IsNull(0) {
			return n.nullOut, nil
		}
	}
	if constant {
		return n.runConst()
	}
	if coded >= 0 && n.costly && !n.volatile && !n.nulls {
		if v := n.runDict(coded, sel, rows); v != nil {
			return v, nil
		}
	}
	n.flatten(rows)
	return n.runRows(sel, rows)
}

func (n *callNode) runConst() (*vector.Vector, error) {
	n.flatten(1)
	if err := n.run(&n.call, &n.out, n.args, nil, 1); err != nil {
		return nil, err
	}
	n.out.Type, n.out.Const = n.result, true
	return &n.out, nil
}

// flatten makes dictionary arguments plain.
func (n *callNode) flatten(rows int) {
	for i, a := range n.args {
		if a.Codes != nil {
			vector.Flatten(&n.flat[i], a, rows)
			n.args[i] = &n.flat[i]
		}
	}
}

func (n *callNode) runRows(sel []int32, rows int) (*vector.Vector, error) {
	live := sel
	if !n.total && !n.nulls {
		live = n.liveRows(sel, rows)
	}
	if live != nil && len(live) == 0 {
		n.out.Alloc(vector.FormOf(n.result.OID), rows)
	} else if err := n.run(&n.call, &n.out, n.args, live, rows); err != nil {
		return nil, err
	}
	n.out.Type = n.result
	if !n.nulls {
		mergeNulls(&n.out, n.args, rows)
	}
	return &n.out, nil
}

// liveRows are the rows of sel where no argument is NULL.
func (n *callNode) liveRows(sel []int32, rows int) []int32 {
	for _, a := range n.args {
		if a.Const || a.Null == nil {
			continue
		}
		if cap(n.live) < rows {
			n.live = make([]int32, rows)
		}
		out := n.live[:rows]
		k := 0
		if sel == nil {
			for i, null := range a.Null[:rows] {
				out[k] = int32(i)
				if !null {
					k++
				}
			}
		} else {
			for _, r := range sel {
				out[k] = r
				if !a.Null[r] {
					k++
				}
			}
		}
		sel = out[:k]
	}
	return sel
}

// mergeNulls makes rows NULL where an argument of a strict function is.
func mergeNulls(out *vector.Vector, args []*vector.Vector, rows int) {
	for _, a := range args {
		if a.Const || a.Null == nil {
			continue
		}
		if out.Null == nil {
			copy(out.MakeNull(rows), a.Null)
			continue
		}
		for i, null := range a.Null[:rows] {
			if null {
				out.Null[i] = true
			}
		}
	}
}

// runDict computes the function once for each entry of the only argument that
// varies. It gives nil when that is not worth it or when an entry, which no row
// need have, raises an error.
func (n *callNode) runDict(coded int, _ []int32, rows int) *vector.Vector {
	arg := n.args[coded]
	entries := arg.Dict.Len()
	if entries == 0 || n.dict != arg.Dict && entries > rows {
		return nil
	}
	if n.dict != arg.Dict {
		args := append([]*vector.Vector(nil), n.args...)
		args[coded] = arg.Dict
		out := &vector.Vector{}
		if err := n.run(&n.call, out, args, nil, entries); err != nil {
			return nil
		}
		out.Type = n.result
		n.dict, n.dictOut = arg.Dict, out
	}
	if others := len(n.args) - 1; others > 0 && !n.sameConstants(coded) {
		n.dict = nil
		return nil
	}
	if n.dictOut.Form == vector.FormBool {
		n.out.Alloc(vector.FormBool, rows)
		for i, c := range arg.Codes[:rows] {
			n.out.Bool[i] = n.dictOut.Bool[c]
		}
		return n.dictNulls(arg, rows)
	}
	n.out.Alloc(n.dictOut.Form, 0)
	n.out.Type, n.out.Scale = n.result, n.dictOut.Scale
	n.out.Codes, n.out.Dict = arg.Codes, n.dictOut
	if n.dictOut.Null != nil { // entries of a dictionary are never NULL
		var flat vector.Vector
		vector.Flatten(&flat, &n.out, rows)
		n.out = flat
		return n.dictNulls(arg, rows)
	}
	n.out.Null = arg.Null
	return &n.out
}

// dictNulls sets the NULLs of a result that was taken out of its dictionary.
func (n *callNode) dictNulls(arg *vector.Vector, rows int) *vector.Vector {
	n.out.Type = n.result
	if n.dictOut.Null == nil && arg.Null == nil {
		return &n.out
	}
	null := n.out.MakeNull(rows)
	for i, c := range arg.Codes[:rows] {
		null[i] = arg.Null != nil && arg.Null[i] || n.dictOut.Null != nil && n.dictOut.Null[c]
	}
	return &n.out
}

// sameConstants tells whether the other arguments are constants of the program,
// so that a result for a dictionary stays true from batch to batch.
func (n *callNode) sameConstants(coded int) bool {
	for i, a := range n.argNodes {
		if _, ok := a.(*constNode); i != coded && !ok {
			return false
		}
	}
	return true
}
