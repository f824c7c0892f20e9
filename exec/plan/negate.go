package plan

import (
	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	t "github.com/sqlgateway/gateway/translate"
)

// negateOp is NOT of a comparison: its negator where Postgres knows one.
func negateOp(x *t.OpExpr) t.Expr {
	op := negator(x.Op)
	if op == nil {
		return not(x)
	}
	return &t.OpExpr{Typed: x.Typed, Op: op.OID, Proc: op.Proc, Name: op.Name, Args: x.Args}
}

// negateArrayOp turns NOT (x = ANY (...)) into x <> ALL (...), and the reverse.
func negateArrayOp(x *t.ScalarArrayOp) t.Expr {
	op := negator(x.Op)
	if op == nil {
		return not(x)
	}
	return &t.ScalarArrayOp{
		Typed: x.Typed, Op: op.OID, Proc: op.Proc, Name: op.Name, All: !x.All, Left: x.Left, Right: x.Right,
	}
}

func negator(oid uint32) *pgbuiltin.Operator {
	if op := pgbuiltin.OperatorByOID(oid); op != nil && op.Negator != 0 {
		return pgbuiltin.OperatorByOID(op.Negator)
	}
	return nil
}

// commuted swaps the sides of a comparison, or gives nil when Postgres has no
// operator for that.
func commuted(x *t.OpExpr) *t.OpExpr {
	op := pgbuiltin.OperatorByOID(x.Op)
	if op == nil || op.Commutator == 0 || len(x.Args) != 2 {
		return nil
	}
	c := pgbuiltin.OperatorByOID(op.Commutator)
	if c == nil {
		return nil
	}
	return &t.OpExpr{Typed: x.Typed, Op: c.OID, Proc: c.Proc, Name: c.Name, Args: []t.Expr{x.Args[1], x.Args[0]}}
}

// isComposite says that e is a row, whose NULL test looks into its fields.
func isComposite(e t.Expr) bool {
	typ := pgbuiltin.TypeByOID(e.Type().OID)
	return typ == nil || typ.Kind == 'c' || typ.Kind == 'p'
}

// call makes a binary operator of exactly these argument types.
func call(name string, left, right t.Expr) t.Expr {
	op := pgbuiltin.OperatorExact(name, left.Type().OID, right.Type().OID)
	if op == nil {
		return nil
	}
	typed := t.Typed{}
	typed.Typ.OID, typed.Typ.Typmod = op.Result, -1
	return &t.OpExpr{Typed: typed, Op: op.OID, Proc: op.Proc, Name: name, Args: []t.Expr{left, right}}
}

func operatorProc(oid uint32) uint32 {
	if op := pgbuiltin.OperatorByOID(oid); op != nil {
		return op.Proc
	}
	return 0
}

// arrayType is the type of arrays of an element type.
func arrayType(element uint32) pgtypes.Type {
	if typ := pgbuiltin.TypeByOID(element); typ != nil {
		return pgtypes.Of(typ.Array)
	}
	return pgtypes.Of(pgtypes.OIDAnyArray)
}
