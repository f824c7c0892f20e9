package eval

import (
	"slices"

	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// hashListFrom is the length from which an IN list is a hash set; below it a
// comparison for each item is faster.
const hashListFrom = 9

// compileArrayOp makes x op ANY (array): IN over constants by a hash set, other
// lists item by item, arrays that are values element by element.
func (c *compiler) compileArrayOp(e *translate.ScalarArrayOp) (node, error) {
	left, err := c.compile(e.Left)
	if err != nil {
		return nil, err
	}
	elementType := pgtypes.OIDText
	if t, ok := pgtypes.ElementType(e.Right.Type().OID); ok {
		elementType = t
	}
	types := []pgtypes.Type{e.Left.Type(), pgtypes.Of(elementType)}
	if set := hashListOf(e, left); set != nil {
		return set, nil
	}
	n := &arrayOpNode{left: left, all: e.All}
	if list, ok := e.Right.(*translate.ArrayExpr); ok && !list.Nested {
		if n.items, err = c.compileAll(list.Elements); err != nil {
			return nil, err
		}
		n.constant = len(n.items) > 0 && !slices.ContainsFunc(n.items, func(i node) bool { _, is := i.(*constNode); return !is })
	} else if n.array, err = c.compile(e.Right); err != nil {
		return nil, err
	}
	n.op, err = newCall(e.Proc, e.Name, make([]node, 2), types, pgtypes.Of(pgtypes.OIDBool))
	n.elementType = elementType
	return n, err
}

// arrayOpNode is x op ANY or ALL.
type arrayOpNode struct {
	left        node
	items       []node // the list, or
	array       node   // the value
	op          *callNode
	all         bool
	elementType uint32
	constant    bool // there are items, and they are constants
	entries     perEntry
	out         vector.Vector
	open        []int32
}

func (a *arrayOpNode) eval(st *state, sel []int32, n int) (*vector.Vector, error) {
	left, err := a.left.eval(st, sel, n)
	if err != nil {
		return nil, err
	}
	if a.array != nil {
		a.begin(n)
		return a.evalArray(st, left, sel, n)
	}
	if left.Codes != nil && a.constant && !a.op.nulls {
		ask := func(dict *vector.Vector, n int) (*vector.Vector, error) { return a.evalItems(st, dict, nil, n) }
		if is := a.entries.of(left, n, ask); is != nil {
			return is, nil
		}
	}
	return a.evalItems(st, left, sel, n)
}

func (a *arrayOpNode) begin(n int) {
	a.out.Alloc(vector.FormBool, n)
	a.out.Type = pgtypes.Of(pgtypes.OIDBool)
	for i := range a.out.Bool {
		a.out.Bool[i] = a.all
	}
}

func (a *arrayOpNode) evalItems(st *state, left *vector.Vector, sel []int32, n int) (*vector.Vector, error) {
	a.begin(n)
	for _, item := range a.items {
		if sel != nil && len(sel) == 0 {
			break
		}
		v, err := item.eval(st, sel, n)
		if err != nil {
			return nil, err
		}
		a.op.args[0], a.op.args[1] = left, v
		is, err := a.op.apply(st.ctx, sel, n)
		if err != nil {
			return nil, err
		}
		fold := boolNode{and: a.all, out: a.out, open: a.open}
		sel = fold.fold(is, sel, n, false)
		a.out, a.open = fold.out, fold.open
	}
	return &a.out, nil
}

func (a *arrayOpNode) evalArray(st *state, left *vector.Vector, sel []int32, n int) (*vector.Vector, error) {
	arrays, err := a.array.eval(st, sel, n)
	if err != nil {
		return nil, err
	}
	var elements, one vector.Vector
	var last []byte
	return &a.out, eachRow(sel, n, func(row int) error {
		if arrays.IsNull(row) {
			a.out.SetNull(row, n)
			return nil
		}
		if b := arrays.Bytes(row); last == nil || &b[0] != &last[0] {
			last = b
			fillElements(&elements, a.elementType, vector.Get(arrays, row).(pgtypes.Array).Elements)
		}
		count := elements.Len()
		if count == 0 {
			return nil
		}
		vector.Gather(&one, left, []int32{int32(row)})
		one.Const = true
		a.op.args[0], a.op.args[1] = &one, &elements
		is, err := a.op.apply(st.ctx, nil, count)
		if err == nil {
			a.foldRow(is, row, n, count)
		}
		return err
	})
}

func (a *arrayOpNode) foldRow(is *vector.Vector, row, n, count int) {
	for i := range count {
		if is.IsNull(i) {
			a.out.SetNull(row, n)
			continue
		}
		p, at := is.At(i)
		if p.Bool[at] != a.all {
			a.out.Bool[row] = !a.all
			if a.out.Null != nil {
				a.out.Null[row] = false
			}
			return
		}
	}
}

func fillElements(v *vector.Vector, oid uint32, elements []pgtypes.Datum) {
	*v = vector.Vector{Type: pgtypes.Of(oid), Form: vector.FormOf(oid)}
	for _, e := range elements {
		vector.AppendDatum(v, e)
	}
}

// hashListNode is x IN (constants), or NOT IN.
type hashListNode struct {
	left    node
	items   *vector.Vector
	slots   []int32 // open addressing: an index into items plus 1
	hasNull bool
	not     bool
	entries perEntry
	out     vector.Vector
	hashes  []uint64
}

func hashListOf(e *translate.ScalarArrayOp, left node) node {
	list, ok := e.Right.(*translate.ArrayExpr)
	if !ok || len(list.Elements) < hashListFrom || list.Nested ||
		!(e.Name == "=" && !e.All || e.Name == "<>" && e.All) || !hashAlike(e.Left.Type().OID, list.ElementType) {
		return nil
	}
	h := &hashListNode{left: left, not: e.All, items: vector.New(pgtypes.Of(list.ElementType))}
	for _, item := range list.Elements {
		k, ok := item.(*translate.Const)
		if !ok {
			return nil
		}
		if k.Value == nil {
			h.hasNull = true
			continue
		}
		vector.AppendDatum(h.items, k.Value)
	}
	h.build()
	return h
}

// hashAlike tells whether equal values of two types have one hash.
func hashAlike(a, b uint32) bool {
	integer := func(oid uint32) bool {
		return oid == pgtypes.OIDInt2 || oid == pgtypes.OIDInt4 || oid == pgtypes.OIDInt8
	}
	return a == b && vector.SortKeyable(a) || integer(a) && integer(b)
}

func (h *hashListNode) build() {
	n := h.items.Len()
	size := 16
	for size < 2*n {
		size *= 2
	}
	h.slots = make([]int32, size)
	hashes := make([]uint64, n)
	vector.Hash(h.items, nil, n, hashes)
	for i := range n {
		at := int(hashes[i]) & (size - 1)
		for h.slots[at] != 0 {
			at = (at + 1) & (size - 1)
		}
		h.slots[at] = int32(i + 1)
	}
}

func (h *hashListNode) eval(st *state, sel []int32, n int) (*vector.Vector, error) {
	v, err := h.left.eval(st, sel, n)
	if err != nil {
		return nil, err
	}
	if v.Codes != nil {
		ask := func(dict *vector.Vector, n int) (*vector.Vector, error) { return h.search(dict, nil, n), nil }
		if is := h.entries.of(v, n, ask); is != nil {
			return is, nil
		}
	}
	return h.search(v, sel, n), nil
}

func (h *hashListNode) search(v *vector.Vector, sel []int32, n int) *vector.Vector {
	h.out.Alloc(vector.FormBool, n)
	h.out.Type = pgtypes.Of(pgtypes.OIDBool)
	if cap(h.hashes) < n {
		h.hashes = make([]uint64, n)
	}
	vector.Hash(v, sel, n, h.hashes[:n])
	vector.Each(nil, sel, n, func(row int) {
		if v.IsNull(row) {
			h.out.SetNull(row, n)
			return
		}
		found := h.find(v, row)
		if !found && h.hasNull {
			h.out.SetNull(row, n)
		}
		h.out.Bool[row] = found != h.not
	})
	return &h.out
}

func (h *hashListNode) find(v *vector.Vector, row int) bool {
	mask := len(h.slots) - 1
	for at := int(h.hashes[row]) & mask; h.slots[at] != 0; at = (at + 1) & mask {
		if vector.CompareValues(v, row, h.items, int(h.slots[at]-1)) == 0 {
			return true
		}
	}
	return false
}
