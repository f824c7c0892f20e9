package eval

import (
	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/translate"
)

// Fold computes the immutable parts of an expression that have only constants
// below, and gives the expression with constants in their place. A part that
// raises an error, or that the gateway cannot compute, stays: its error, if it
// comes to that, is the running statement's.
func Fold(e translate.Expr, ctx *Context) (translate.Expr, error) {
	return translate.Rewrite(e, func(e translate.Expr) translate.Expr {
		if !foldable(e) {
			return e
		}
		value, err := Value(e, ctx)
		if err != nil {
			return e
		}
		return &translate.Const{Typed: translate.Typed{Typ: e.Type(), Coll: e.Collation()}, Value: value}
	}), nil
}

// foldable says that e itself is immutable and its arguments are constants.
func foldable(e translate.Expr) bool {
	switch e := e.(type) {
	case *translate.OpExpr:
		return immutable(e.Proc) && allConst(e.Args)
	case *translate.FuncExpr:
		return !e.ReturnsSet && e.Volatility == translate.Immutable && allConst(e.Args)
	case *translate.Cast:
		return isConst(e.Arg) && immutableCast(e)
	case *translate.BoolExpr:
		return allConst(e.Args)
	case *translate.NullTest:
		return isConst(e.Arg)
	case *translate.BoolTest:
		return isConst(e.Arg)
	case *translate.Coalesce:
		return allConst(e.Args)
	case *translate.MinMax:
		return allConst(e.Args)
	case *translate.Distinct:
		return immutable(e.Proc) && isConst(e.Left) && isConst(e.Right)
	case *translate.NullIf:
		return immutable(e.Proc) && isConst(e.Left) && isConst(e.Right)
	}
	return false
}

func allConst(exprs []translate.Expr) bool {
	for _, e := range exprs {
		if !isConst(e) {
			return false
		}
	}
	return true
}

func isConst(e translate.Expr) bool {
	_, ok := e.(*translate.Const)
	return ok
}

func immutable(proc uint32) bool {
	p := pgbuiltin.ProcByOID(proc)
	return p != nil && p.Volatility == 'i'
}

// immutableCast says that a cast does not depend on the session.
func immutableCast(e *translate.Cast) bool {
	switch e.Method {
	case translate.CastBinary, translate.CastTypmod:
		return true
	case translate.CastFunc:
		return immutable(e.Proc)
	case translate.CastIO:
		return sessionless(e.Arg.Type().OID) && sessionless(e.Typ.OID)
	}
	return false
}
