package plan

import (
	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	t "github.com/sqlgateway/gateway/translate"
)

// derive finds conditions that follow from the equalities among conds:
//
//	a.x = b.y AND a.x > 5   gives   b.y > 5
//
// so that both sides can be restricted at their sources. The columns must have one
// type and one collation, so that equal values are alike to the condition, and
// the condition must compare one of them with values that no row changes. Rows
// with NULL in either column do not join, so nothing is lost.
func (p *planner) derive(conds []t.Expr) []t.Expr {
	classes := equalColumns(conds)
	if len(classes) == 0 {
		return nil
	}
	var out []t.Expr
	for _, c := range conds {
		ref, ok := singleColumnTest(c)
		if !ok {
			continue
		}
		for _, other := range classes.others(ref) {
			n := t.Substitute(c, map[t.ColumnID]t.Expr{ref.ID: other})
			if !contains(conds, n) && !contains(out, n) {
				out = append(out, n)
			}
		}
	}
	if len(out) > 0 {
		p.note("derive", "conditions on a join column were applied to its equal on the other side")
	}
	return out
}

// columnClasses are sets of columns that are equal in every row.
type columnClasses [][]*t.ColRef

// equalColumns gathers the classes that equalities of columns make.
func equalColumns(conds []t.Expr) columnClasses {
	var classes columnClasses
	for _, c := range conds {
		eq, ok := isEquality(c)
		if !ok {
			continue
		}
		a, ok1 := eq.Args[0].(*t.ColRef)
		b, ok2 := eq.Args[1].(*t.ColRef)
		if !ok1 || !ok2 || a.Typ.OID != b.Typ.OID || a.Coll != b.Coll || !sameWhenEqual(eq) {
			continue
		}
		classes = classes.join(a, b)
	}
	return classes
}

// sameWhenEqual says that no other operator of the type tells equal values apart:
// the operator is the type's own equality.
func sameWhenEqual(eq *t.OpExpr) bool {
	op := pgbuiltin.OperatorByOID(eq.Op)
	return op != nil && op.Left == op.Right && op.CanHash
}

func (c columnClasses) find(id t.ColumnID) int {
	for i, class := range c {
		for _, ref := range class {
			if ref.ID == id {
				return i
			}
		}
	}
	return -1
}

func (c columnClasses) join(a, b *t.ColRef) columnClasses {
	i, j := c.find(a.ID), c.find(b.ID)
	switch {
	case i < 0 && j < 0:
		return append(c, []*t.ColRef{a, b})
	case i < 0:
		c[j] = append(c[j], a)
	case j < 0:
		c[i] = append(c[i], b)
	case i != j:
		c[i] = append(c[i], c[j]...)
		return append(c[:j], c[j+1:]...)
	}
	return c
}

func (c columnClasses) others(ref *t.ColRef) []t.Expr {
	i := c.find(ref.ID)
	if i < 0 {
		return nil
	}
	var out []t.Expr
	for _, o := range c[i] {
		if o.ID != ref.ID {
			out = append(out, o)
		}
	}
	return out
}

// singleColumnTest recognises column op value, value op column and column IN
// (values), where values are constants and parameters.
func singleColumnTest(e t.Expr) (*t.ColRef, bool) {
	switch x := e.(type) {
	case *t.OpExpr:
		if len(x.Args) != 2 || !isComparison(x.Name) {
			return nil, false
		}
		if ref, ok := x.Args[0].(*t.ColRef); ok && isValue(x.Args[1]) {
			return ref, true
		}
		if ref, ok := x.Args[1].(*t.ColRef); ok && isValue(x.Args[0]) {
			return ref, true
		}
	case *t.ScalarArrayOp:
		ref, ok := x.Left.(*t.ColRef)
		if ok && isComparison(x.Name) && (isValue(x.Right) || constantList(x.Right)) {
			return ref, true
		}
	}
	return nil, false
}

func isComparison(name string) bool {
	switch name {
	case "=", "<>", "<", "<=", ">", ">=":
		return true
	}
	return false
}

// isValue says that e is one value for a whole run.
func isValue(e t.Expr) bool {
	switch e.(type) {
	case *t.Const, *t.Param, *t.ExecParam:
		return true
	}
	return false
}
