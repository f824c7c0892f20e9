package bind

import (
	"sync"

	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

type operatorQuery struct {
	name        string
	left, right uint32
}

// operatorChoice is a resolved operator; op is nil when none was found, and
// several says that there was more than one.
type operatorChoice struct {
	op      *pgbuiltin.Operator
	several bool
}

// operatorChoices remembers resolutions: they depend on pgbuiltin alone.
var operatorChoices sync.Map // operatorQuery -> operatorChoice

// chooseOperator is oper and left_oper: left 0 means a prefix operator.
func chooseOperator(name string, left, right uint32) operatorChoice {
	q := operatorQuery{name, left, right}
	if c, ok := operatorChoices.Load(q); ok {
		return c.(operatorChoice)
	}
	c := resolveOperator(name, left, right)
	operatorChoices.Store(q, c)
	return c
}

func resolveOperator(name string, left, right uint32) operatorChoice {
	if left != 0 {
		if op := exactOperator(name, left, right); op != nil {
			return operatorChoice{op: op}
		}
	} else if op := pgbuiltin.OperatorExact(name, 0, right); op != nil {
		return operatorChoice{op: op}
	}
	actual := []uint32{right}
	if left != 0 {
		actual = []uint32{left, right}
		// An unknown side is first taken to be like the other.
		if left == pgtypes.OIDUnknown {
			actual[0] = left
		}
	}
	var all []candidate
	for _, op := range pgbuiltin.Operators(name) {
		if (op.Left == 0) != (left == 0) {
			continue
		}
		args := []uint32{op.Right}
		if left != 0 {
			args = []uint32{op.Left, op.Right}
		}
		all = append(all, candidate{oid: op.OID, args: args})
	}
	matching := matchArgs(actual, all)
	switch len(matching) {
	case 0:
		return operatorChoice{}
	case 1:
		return operatorChoice{op: pgbuiltin.OperatorByOID(matching[0].oid)}
	}
	if best := selectCandidate(actual, matching); best != nil {
		return operatorChoice{op: pgbuiltin.OperatorByOID(best.oid)}
	}
	return operatorChoice{several: true}
}

// exactOperator is binary_oper_exact.
func exactOperator(name string, left, right uint32) *pgbuiltin.Operator {
	wasUnknown := false
	if left == pgtypes.OIDUnknown && right != 0 && right != pgtypes.OIDUnknown {
		left, wasUnknown = right, true
	} else if right == pgtypes.OIDUnknown && left != pgtypes.OIDUnknown {
		right, wasUnknown = left, true
	}
	if op := pgbuiltin.OperatorExact(name, left, right); op != nil {
		return op
	}
	if wasUnknown {
		if base := baseType(left); base != left {
			return pgbuiltin.OperatorExact(name, base, base)
		}
	}
	return nil
}

// findOperator resolves an operator or raises 42883 or 42725.
func (b *binder) findOperator(names []string, left, right uint32, pos int) (*pgbuiltin.Operator, error) {
	name := names[len(names)-1]
	if len(names) > 1 && names[len(names)-2] != "pg_catalog" {
		if err := b.schemaExists(names[len(names)-2], pos); err != nil {
			return nil, err
		}
		return nil, b.noOperator(dotted(names), left, right, false, pos)
	}
	c := chooseOperator(name, left, right)
	if c.op == nil {
		return nil, b.noOperator(dotted(names), left, right, c.several, pos)
	}
	return c.op, nil
}

// noOperator is op_error.
func (b *binder) noOperator(name string, left, right uint32, several bool, pos int) error {
	text := operatorText(name, left, right)
	if several {
		return b.errorAt(pos, pgerr.AmbiguousFunction, "operator is not unique: %s", text).
			WithHint("Could not choose a best candidate operator. You might need to add explicit type casts.")
	}
	hint := "No operator matches the given name and argument types. You might need to add explicit type casts."
	if left == 0 {
		hint = "No operator matches the given name and argument type. You might need to add an explicit type cast."
	}
	return b.errorAt(pos, pgerr.UndefinedFunction, "operator does not exist: %s", text).WithHint("%s", hint)
}

func (b *binder) schemaExists(schema string, pos int) error {
	if pgbuiltin.NamespaceByName(schema) != nil || b.catalog.HasSchema(b.ctx, schema) {
		return nil
	}
	return b.errorAt(pos, pgerr.InvalidSchemaName, "schema \"%s\" does not exist", schema)
}

// operator is make_op. left is nil for prefix operators.
func (b *binder) operator(names []string, left, right translate.Expr, pos int) (translate.Expr, error) {
	name := names[len(names)-1]
	if right == nil {
		return nil, b.errorAt(pos, pgerr.UndefinedFunction, "postfix operators are not supported")
	}
	leftType := uint32(0)
	if left != nil {
		leftType = left.Type().OID
	}
	op, err := b.findOperator(names, leftType, right.Type().OID, pos)
	if err != nil {
		return nil, err
	}
	args, declared := []translate.Expr{right}, []uint32{op.Right}
	if left != nil {
		args, declared = []translate.Expr{left, right}, []uint32{op.Left, op.Right}
	}
	result, err := b.coerceArgs(args, declared, op.Result, pos)
	if err != nil {
		return nil, err
	}
	e := &translate.OpExpr{Typed: typed(result, pos), Op: op.OID, Proc: op.Proc, Name: name, Args: args}
	e.Coll = resultCollation(result, args)
	return e, nil
}

// coerceArgs makes the arguments what a candidate declares (make_fn_arguments)
// and gives its actual result type.
func (b *binder) coerceArgs(args []translate.Expr, declared []uint32, result uint32, pos int) (uint32, error) {
	actual := make([]uint32, len(args))
	for i, a := range args {
		actual[i] = a.Type().OID
	}
	declared, result, err := enforceGenerics(actual, declared, result, false)
	if err != nil {
		return 0, err
	}
	for i := range args {
		if actual[i] == declared[i] {
			continue
		}
		if args[i], err = b.coerce(args[i], pgtypes.Of(declared[i]), implicit, 0); err != nil {
			return 0, err
		}
	}
	return result, nil
}

// scalarArrayOperator is make_scalar_array_op.
func (b *binder) scalarArrayOperator(names []string, all bool, left, right translate.Expr, pos int) (translate.Expr, error) {
	elementType := uint32(pgtypes.OIDUnknown)
	if t := right.Type().OID; t != pgtypes.OIDUnknown {
		if elementType = elementOf(t); elementType == 0 {
			return nil, b.errorAt(pos, pgerr.WrongObjectType, "op ANY/ALL (array) requires array on right side")
		}
	}
	op, err := b.findOperator(names, left.Type().OID, elementType, pos)
	if err != nil {
		return nil, err
	}
	declared, result, err := enforceGenerics([]uint32{left.Type().OID, elementType}, []uint32{op.Left, op.Right}, op.Result, false)
	if err != nil {
		return nil, err
	}
	if result != pgtypes.OIDBool {
		return nil, b.errorAt(pos, pgerr.WrongObjectType, "op ANY/ALL (array) requires operator to yield boolean")
	}
	if left, err = b.coerce(left, pgtypes.Of(declared[0]), implicit, 0); err != nil {
		return nil, err
	}
	array := declared[1]
	if !isPolymorphic(declared[1]) {
		if array = arrayOf(declared[1]); array == 0 {
			return nil, b.errorAt(pos, pgerr.UndefinedObject, "could not find array type for data type %s", typeText(declared[1]))
		}
	}
	if right, err = b.coerce(right, pgtypes.Of(array), implicit, 0); err != nil {
		return nil, err
	}
	return &translate.ScalarArrayOp{
		Typed: typed(pgtypes.OIDBool, pos), Op: op.OID, Proc: op.Proc, Name: names[len(names)-1], All: all, Left: left, Right: right,
	}, nil
}
