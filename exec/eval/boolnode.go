package eval

import (
	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// boolNode is AND or OR. A later argument runs only for the rows that the earlier
// ones left open: those not yet false (AND) or true (OR).
type boolNode struct {
	args []node
	and  bool
	out  vector.Vector
	open []int32
}

func (c *compiler) compileBool(e *translate.BoolExpr) (node, error) {
	args, err := c.compileAll(e.Args)
	if err != nil {
		return nil, err
	}
	if e.Kind == translate.Not {
		return &notNode{arg: args[0]}, nil
	}
	return &boolNode{args: args, and: e.Kind == translate.And}, nil
}

func (b *boolNode) eval(st *state, sel []int32, n int) (*vector.Vector, error) {
	b.out.Alloc(vector.FormBool, n)
	b.out.Type = pgtypes.Of(pgtypes.OIDBool)
	for i := range b.out.Bool {
		b.out.Bool[i] = b.and
	}
	for k, arg := range b.args {
		if sel != nil && len(sel) == 0 {
			break
		}
		v, err := arg.eval(st, sel, n)
		if err != nil {
			return nil, err
		}
		sel = b.fold(v, sel, n, k == len(b.args)-1)
	}
	return &b.out, nil
}

// fold takes in one argument's values and gives the rows still open.
func (b *boolNode) fold(v *vector.Vector, sel []int32, n int, last bool) []int32 {
	if cap(b.open) < n {
		b.open = make([]int32, n)
	}
	open := b.open[:n]
	k := 0
	vector.Each(v, sel, n, func(row int) {
		open[k] = int32(row)
		if v.IsNull(row) {
			b.out.SetNull(row, n)
			k++
			return
		}
		p, i := v.At(row)
		if p.Bool[i] == b.and {
			k++
			return
		}
		b.out.Bool[row] = !b.and
		if b.out.Null != nil {
			b.out.Null[row] = false
		}
	})
	return open[:k]
}

// notNode is NOT.
type notNode struct {
	arg node
	out vector.Vector
}

func (b *notNode) eval(st *state, sel []int32, n int) (*vector.Vector, error) {
	v, err := b.arg.eval(st, sel, n)
	if err != nil {
		return nil, err
	}
	var flat vector.Vector
	if v.Codes != nil {
		vector.Flatten(&flat, v, n)
		v = &flat
	}
	if v.Const {
		n = 1
	}
	b.out.Alloc(vector.FormBool, n)
	b.out.Type, b.out.Const = v.Type, v.Const
	for i, x := range v.Bool[:n] {
		b.out.Bool[i] = !x
	}
	if v.Null != nil {
		copy(b.out.MakeNull(n), v.Null)
	}
	return &b.out, nil
}

// boolTestNode is IS [NOT] TRUE, FALSE, UNKNOWN.
type boolTestNode struct {
	arg  node
	kind translate.BoolTestKind
	out  vector.Vector
}

func (b *boolTestNode) eval(st *state, sel []int32, n int) (*vector.Vector, error) {
	v, err := b.arg.eval(st, sel, n)
	if err != nil {
		return nil, err
	}
	b.out.Alloc(vector.FormBool, n)
	b.out.Type = pgtypes.Of(pgtypes.OIDBool)
	vector.Each(v, sel, n, func(row int) {
		null, value := v.IsNull(row), false
		if !null {
			p, i := v.At(row)
			value = p.Bool[i]
		}
		b.out.Bool[row] = boolTest(b.kind, value, null)
	})
	return &b.out, nil
}

func boolTest(kind translate.BoolTestKind, value, null bool) bool {
	switch kind {
	case translate.IsTrue:
		return !null && value
	case translate.IsNotTrue:
		return null || !value
	case translate.IsFalse:
		return !null && !value
	case translate.IsNotFalse:
		return null || value
	case translate.IsUnknown:
		return null
	default:
		return !null
	}
}

// nullTestNode is IS [NOT] NULL.
type nullTestNode struct {
	arg node
	not bool
	row bool // a row value: all of its fields are tested
	out vector.Vector
}

func (c *compiler) compileNullTest(e *translate.NullTest) (node, error) {
	arg, err := c.compile(e.Arg)
	if err != nil {
		return nil, err
	}
	return &nullTestNode{arg: arg, not: e.Not, row: e.Arg.Type().OID == pgtypes.OIDRecord}, nil
}

func (t *nullTestNode) eval(st *state, sel []int32, n int) (*vector.Vector, error) {
	v, err := t.arg.eval(st, sel, n)
	if err != nil {
		return nil, err
	}
	t.out.Alloc(vector.FormBool, n)
	t.out.Type = pgtypes.Of(pgtypes.OIDBool)
	if v.Null == nil && !t.row {
		for i := range t.out.Bool {
			t.out.Bool[i] = t.not
		}
		return &t.out, nil
	}
	vector.Each(v, sel, n, func(row int) {
		if t.row && !v.IsNull(row) {
			t.out.Bool[row] = rowNullTest(vector.Get(v, row).(pgtypes.Record), t.not)
			return
		}
		t.out.Bool[row] = v.IsNull(row) != t.not
	})
	return &t.out, nil
}

// rowNullTest is true when every field is NULL, or with not, when none is.
func rowNullTest(r pgtypes.Record, not bool) bool {
	for _, f := range r.Fields {
		if (f == nil) == not {
			return false
		}
	}
	return true
}
