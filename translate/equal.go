package translate

import (
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"reflect"
)

// Equal says that two expressions are the same tree, positions and display names
// aside. Sub-queries are equal only if they are the same relation.
func Equal(a, b Expr) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	if a == b {
		return true
	}
	if a.Type() != b.Type() || a.Collation() != b.Collation() || !sameNode(a, b) {
		return false
	}
	left, right := children(a), children(b)
	if len(left) != len(right) {
		return false
	}
	for i := range left {
		if !Equal(left[i], right[i]) {
			return false
		}
	}
	return true
}

// children lists the expressions directly below e.
func children(e Expr) []Expr {
	var list []Expr
	EachChild(e, func(c Expr) { list = append(list, c) })
	return list
}

// sameNode compares what two nodes hold beside type, collation and children.
func sameNode(a, b Expr) bool {
	if reflect.TypeOf(a) != reflect.TypeOf(b) {
		return false
	}
	switch a := a.(type) {
	case *Const:
		return reflect.DeepEqual(a.Value, b.(*Const).Value)
	case *Subquery:
		b := b.(*Subquery)
		return a.Rel == b.Rel && a.Kind == b.Kind && a.Name == b.Name && reflect.DeepEqual(a.Columns, b.Columns)
	case *AggCall:
		return own(a) == own(b) && sameKeys(a.OrderBy, b.(*AggCall).OrderBy)
	case *Subscript:
		// Omitted bounds leave no child, so their places count.
		b := b.(*Subscript)
		return a.Slice == b.Slice && samePlaces(a.Lower, b.Lower) && samePlaces(a.Upper, b.Upper)
	case *Grouping:
		return reflect.DeepEqual(a.Columns, b.(*Grouping).Columns)
	default:
		return own(a) == own(b)
	}
}

func sameKeys(a, b []SortKey) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Descending != b[i].Descending || a[i].NullsFirst != b[i].NullsFirst || a[i].Op != b[i].Op {
			return false
		}
	}
	return true
}

func samePlaces(a, b []Expr) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if (a[i] == nil) != (b[i] == nil) {
			return false
		}
	}
	return true
}

// ownKey is what a node says of itself in a few comparable words.
type ownKey struct {
	op, proc uint32
	number   int
	flags    [4]bool
	extra    string
}

// own gives a node's key. Nodes that it does not name hold nothing of their own.
func own(e Expr) ownKey {
	switch n := e.(type) {
	case *Param:
		return ownKey{number: n.Number}
	case *ExecParam:
		return ownKey{number: n.Slot}
	case *ColRef:
		return ownKey{number: int(n.ID)}
	case *OpExpr:
		return ownKey{op: n.Op, proc: n.Proc}
	case *FuncExpr:
		return ownKey{proc: n.Proc, flags: [4]bool{n.ReturnsSet, n.Variadic}}
	case *Cast:
		return ownKey{proc: n.Proc, number: int(n.Method), flags: [4]bool{n.Explicit}}
	case *BoolExpr:
		return ownKey{number: int(n.Kind)}
	case *NullTest:
		return ownKey{flags: [4]bool{n.Not}}
	case *BoolTest:
		return ownKey{number: int(n.Kind)}
	case *Distinct:
		return ownKey{op: n.Op, proc: n.Proc, flags: [4]bool{n.Not}}
	case *NullIf:
		return ownKey{op: n.Op, proc: n.Proc}
	case *ScalarArrayOp:
		return ownKey{op: n.Op, proc: n.Proc, flags: [4]bool{n.All}}
	case *Case:
		return ownKey{number: len(n.Whens), flags: [4]bool{n.Arg != nil}}
	case *MinMax:
		return ownKey{flags: [4]bool{n.Greatest}}
	case *ArrayExpr:
		return ownKey{op: n.ElementType, flags: [4]bool{n.Nested}}
	case *FieldSelect:
		return ownKey{number: n.Field}
	case *RowCompare:
		return ownKey{number: len(n.Left), extra: fmt.Sprint(n.Name, n.Ops)}
	case *AggCall:
		return ownKey{proc: n.Proc, number: n.Direct<<16 | len(n.Args), flags: [4]bool{n.Star, n.Distinct, n.Filter != nil}}
	case *WindowCall:
		return ownKey{proc: n.Proc, number: len(n.Args), flags: [4]bool{n.Star, n.Filter != nil}}
	}
	return ownKey{}
}

var hashSeed = maphash.MakeSeed()

// Hash is a hash that equal expressions share, for the life of the process.
func Hash(e Expr) uint64 {
	var h maphash.Hash
	h.SetSeed(hashSeed)
	hashInto(&h, e)
	return h.Sum64()
}

func hashInto(h *maphash.Hash, e Expr) {
	if e == nil {
		_ = h.WriteByte(0)
		return
	}
	_, _ = h.WriteString(reflect.TypeOf(e).Elem().Name())
	k := own(e)
	hashNumbers(h, uint64(e.Type().OID), uint64(k.op), uint64(k.proc), uint64(k.number))
	if c, ok := e.(*Const); ok {
		_, _ = fmt.Fprint(h, c.Value)
	}
	EachChild(e, func(c Expr) { hashInto(h, c) })
}

func hashNumbers(h *maphash.Hash, numbers ...uint64) {
	var b [8]byte
	for _, n := range numbers {
		binary.LittleEndian.PutUint64(b[:], n)
		_, _ = h.Write(b[:])
	}
}
