package translate

import "github.com/sqlgateway/gateway/internal/pgbuiltin"

// VolatilityOf is the least stable volatility of anything in e, sub-queries
// included.
func VolatilityOf(e Expr) Volatility {
	worst := Immutable
	WalkDeep(e, func(n Expr) bool {
		worst = lessStable(worst, ownVolatility(n))
		return worst != Volatile
	})
	return worst
}

func lessStable(a, b Volatility) Volatility {
	switch {
	case a == Volatile || b == Volatile:
		return Volatile
	case a == Stable || b == Stable:
		return Stable
	}
	return Immutable
}

// ownVolatility is that of one node, its arguments left aside.
func ownVolatility(e Expr) Volatility {
	switch n := e.(type) {
	case *FuncExpr:
		if n.Volatility != 0 {
			return n.Volatility
		}
		return procVolatility(n.Proc)
	case *OpExpr:
		return procVolatility(n.Proc)
	case *Distinct:
		return procVolatility(n.Proc)
	case *NullIf:
		return procVolatility(n.Proc)
	case *ScalarArrayOp:
		return procVolatility(n.Proc)
	case *AggCall:
		return procVolatility(n.Proc)
	case *WindowCall:
		return procVolatility(n.Proc)
	case *RowCompare:
		return procsVolatility(n.Procs)
	case *Subquery:
		return procsVolatility(n.Procs)
	case *Cast:
		return castVolatility(n)
	}
	return Immutable
}

func procsVolatility(procs []uint32) Volatility {
	worst := Immutable
	for _, p := range procs {
		worst = lessStable(worst, procVolatility(p))
	}
	return worst
}

// procVolatility of a function that is no built-in is volatile: nothing is known
// of it.
func procVolatility(oid uint32) Volatility {
	if p := pgbuiltin.ProcByOID(oid); p != nil {
		return Volatility(p.Volatility)
	}
	return Volatile
}

// castVolatility of an I/O cast is that of the two functions it goes through:
// text to date is stable, since it depends on DateStyle.
func castVolatility(c *Cast) Volatility {
	source, target := c.Arg.Type().OID, c.Typ.OID
	switch c.Method {
	case CastFunc, CastTypmod:
		if c.Proc == 0 {
			return Immutable
		}
		return procVolatility(c.Proc)
	case CastArray:
		if c.Proc != 0 {
			return procVolatility(c.Proc)
		}
		if s, t := pgbuiltin.TypeByOID(source), pgbuiltin.TypeByOID(target); s != nil && t != nil {
			return ioVolatility(s.Element, t.Element)
		}
		return Stable
	case CastIO:
		return ioVolatility(source, target)
	}
	return Immutable
}

func ioVolatility(source, target uint32) Volatility {
	s, t := pgbuiltin.TypeByOID(source), pgbuiltin.TypeByOID(target)
	if s == nil || t == nil {
		return Stable
	}
	return lessStable(procVolatility(s.Output), procVolatility(t.Input))
}

// HasSubquery says whether e holds a sub-query.
func HasSubquery(e Expr) bool {
	return Any(e, func(n Expr) bool { _, ok := n.(*Subquery); return ok })
}

// EachParam calls f for the statement's parameters in e, sub-queries included.
func EachParam(e Expr, f func(*Param)) {
	WalkDeep(e, func(n Expr) bool {
		if p, ok := n.(*Param); ok {
			f(p)
		}
		return true
	})
}

// IsConstant says that e reads no column: its value is the same for all rows of
// one execution, if it is not volatile.
func IsConstant(e Expr) bool {
	return ColumnsIn(e).Empty()
}
