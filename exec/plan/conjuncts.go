package plan

import (
	"github.com/sqlgateway/gateway/internal/pgtypes"
	t "github.com/sqlgateway/gateway/translate"
)

var boolType = t.Typed{Typ: pgtypes.Type{OID: pgtypes.OIDBool, Typmod: -1}}

// conjuncts appends the conditions that AND joins in e, in order.
func conjuncts(e t.Expr, to []t.Expr) []t.Expr {
	switch x := e.(type) {
	case nil:
		return to
	case *t.BoolExpr:
		if x.Kind == t.And {
			for _, a := range x.Args {
				to = conjuncts(a, to)
			}
			return to
		}
	case *t.Const:
		if x.Value == true {
			return to
		}
	}
	return append(to, e)
}

// all joins conditions with AND; nil for none.
func all(conds []t.Expr) t.Expr {
	switch len(conds) {
	case 0:
		return nil
	case 1:
		return conds[0]
	}
	return &t.BoolExpr{Typed: boolType, Kind: t.And, Args: conds}
}

// filtered puts conditions over r, merged into a Filter that is there already.
func filtered(r t.Rel, conds []t.Expr) t.Rel {
	if len(conds) == 0 {
		return r
	}
	if f, ok := r.(*t.Filter); ok {
		conds = append(conjuncts(f.Cond, nil), conds...)
		r = f.Input
	}
	return &t.Filter{Input: r, Cond: all(dropEqual(conds))}
}

// dropEqual removes conditions that repeat an earlier one.
func dropEqual(conds []t.Expr) []t.Expr {
	if len(conds) < 2 {
		return conds
	}
	out := conds[:0:0]
	for _, c := range conds {
		seen := false
		for _, o := range out {
			seen = seen || t.Equal(o, c)
		}
		if !seen || isVolatile(c) {
			out = append(out, c)
		}
	}
	return out
}

func isTrueConst(e t.Expr) bool {
	c, ok := e.(*t.Const)
	return ok && c.Value == true
}

// isFalseOrNull says that a condition never holds.
func isFalseOrNull(e t.Expr) bool {
	c, ok := e.(*t.Const)
	return ok && (c.Value == nil || c.Value == false)
}

func falseConst() t.Expr { return &t.Const{Typed: boolType, Value: false} }

func trueConst() t.Expr { return &t.Const{Typed: boolType, Value: true} }

func not(e t.Expr) t.Expr { return &t.BoolExpr{Typed: boolType, Kind: t.Not, Args: []t.Expr{e}} }

// isEquality says that e is a plain "=" of two values.
func isEquality(e t.Expr) (*t.OpExpr, bool) {
	o, ok := e.(*t.OpExpr)
	return o, ok && o.Name == "=" && len(o.Args) == 2
}
