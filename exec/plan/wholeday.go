package plan

import (
	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	t "github.com/sqlgateway/gateway/translate"
)

const microsPerDay = 24 * 60 * 60 * 1_000_000

// compareDates compares a date with a midnight as with that day: date + interval is
// a timestamp, so every condition on a period compares with one, and a comparison of
// dates is what sources and statistics know. Postgres compares the two as if no date
// were too late for a timestamp, so the answer is the same.
func compareDates(e t.Expr) t.Expr {
	op, ok := e.(*t.OpExpr)
	if !ok || len(op.Args) != 2 {
		return e
	}
	left, right := asDay(op.Args[0]), asDay(op.Args[1])
	if left == nil || right == nil || left == op.Args[0] && right == op.Args[1] {
		return e
	}
	switch op.Name {
	case "<", "<=", "=", "<>", ">=", ">":
	default:
		return e
	}
	of := pgbuiltin.OperatorExact(op.Name, pgtypes.OIDDate, pgtypes.OIDDate)
	if of == nil || of.Result != op.Type().OID {
		return e
	}
	n := *op
	n.Op, n.Proc, n.Args = of.OID, of.Proc, []t.Expr{left, right}
	return &n
}

// asDay gives a date as it is and a constant midnight as its day; nil is neither.
func asDay(e t.Expr) t.Expr {
	switch e.Type().OID {
	case pgtypes.OIDDate:
		return e
	case pgtypes.OIDTimestamp:
		c, ok := e.(*t.Const)
		if !ok {
			return nil
		}
		// The infinities are no midnights.
		if micros, ok := c.Value.(int64); ok && micros%microsPerDay == 0 {
			return &t.Const{Typed: t.Typed{Typ: pgtypes.Of(pgtypes.OIDDate)}, Value: int32(micros / microsPerDay)}
		}
	}
	return nil
}
