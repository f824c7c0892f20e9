package bind

import (
	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// between expands BETWEEN as the grammar's rule says, binding its operands once
// for each use.
func (s *scope) between(n *translate.AExpr) (translate.Expr, error) {
	bounds := n.Right.(*translate.List).Items
	op := func(name string, right translate.Node) translate.Node {
		return &translate.AExpr{At: n.At, Kind: translate.AExprOp, Name: []string{name}, Left: n.Left, Right: right}
	}
	join := func(kind translate.BoolKind, args ...translate.Node) translate.Node {
		return &translate.BoolNode{At: n.At, Kind: kind, Args: args}
	}
	in := func(low, high translate.Node) translate.Node {
		return join(translate.And, op(">=", low), op("<=", high))
	}
	out := func(low, high translate.Node) translate.Node { return join(translate.Or, op("<", low), op(">", high)) }
	low, high := bounds[0], bounds[1]
	switch n.Kind {
	case translate.AExprBetween:
		return s.expr(in(low, high))
	case translate.AExprNotBetween:
		return s.expr(out(low, high))
	case translate.AExprBetweenSym:
		return s.expr(join(translate.Or, in(low, high), in(high, low)))
	default:
		return s.expr(join(translate.And, out(low, high), out(high, low)))
	}
}

// in is transformAExprIn: constants go into one array, the rest is an OR of
// comparisons.
func (s *scope) in(n *translate.AExpr) (translate.Expr, error) {
	not := n.Name[len(n.Name)-1] == "<>"
	left, err := s.expr(n.Left)
	if err != nil {
		return nil, err
	}
	items := n.Right.(*translate.List).Items
	right := make([]translate.Expr, len(items))
	var plain, others []translate.Expr
	rows := false
	for i, item := range items {
		if right[i], err = s.expr(item); err != nil {
			return nil, err
		}
		if containsColumn(right[i]) {
			others = append(others, right[i])
		} else {
			plain = append(plain, right[i])
		}
		_, isRow := right[i].(*translate.RowExpr)
		rows = rows || isRow
	}
	var result translate.Expr
	if len(plain) > 1 && !rows {
		if result, err = s.inArray(n, not, left, plain); err != nil {
			return nil, err
		}
	}
	if result == nil {
		others = right
	}
	return s.inChain(n, not, left, others, result)
}

// containsColumn says whether e refers to a column of this level or above.
func containsColumn(e translate.Expr) bool {
	found := false
	translate.WalkExpr(e, func(e translate.Expr) bool {
		switch e.(type) {
		case *translate.ColRef, *translate.Subquery:
			found = true
		}
		return !found
	})
	return found
}

// inArray makes x = ANY (ARRAY[...]) when the values have a common type.
func (s *scope) inArray(n *translate.AExpr, not bool, left translate.Expr, values []translate.Expr) (translate.Expr, error) {
	c := chooser{}
	for _, e := range append([]translate.Expr{left}, values...) {
		if !c.add(e.Type().OID) {
			return nil, nil
		}
	}
	common := c.result()
	if !commonFits(append([]translate.Expr{left}, values...), common) {
		return nil, nil
	}
	array := arrayOf(common)
	if array == 0 || common == pgtypes.OIDRecord {
		return nil, nil
	}
	list := &translate.ArrayExpr{Typed: typed(array, 0), ElementType: common}
	for _, v := range values {
		e, err := s.b.toCommon(v, common, "IN")
		if err != nil {
			return nil, err
		}
		list.Elements = append(list.Elements, e)
	}
	list.Pos = exprPos(values[0])
	return s.b.scalarArrayOperator(n.Name, not, left, list, n.Pos)
}

func commonFits(exprs []translate.Expr, common uint32) bool {
	for _, e := range exprs {
		if !canCoerceOne(e.Type().OID, common, implicit) {
			return false
		}
	}
	return true
}

func (s *scope) inChain(n *translate.AExpr, not bool, left translate.Expr, values []translate.Expr, result translate.Expr) (translate.Expr, error) {
	var args []translate.Expr
	if result != nil {
		args = append(args, result)
	}
	for _, v := range values {
		var cmp translate.Expr
		var err error
		leftRow, ok := left.(*translate.RowExpr)
		rightRow, ok2 := v.(*translate.RowExpr)
		if ok && ok2 {
			cmp, err = s.b.rowComparison(n.Name, append([]translate.Expr(nil), leftRow.Fields...), rightRow.Fields, n.Pos)
		} else {
			cmp, err = s.b.operator(n.Name, left, v, n.Pos)
		}
		if err != nil {
			return nil, err
		}
		if cmp, err = s.b.toBoolean(cmp, "IN"); err != nil {
			return nil, err
		}
		args = append(args, cmp)
	}
	if len(args) == 1 {
		return args[0], nil
	}
	kind := translate.Or
	if not {
		kind = translate.And
	}
	return &translate.BoolExpr{Typed: typed(pgtypes.OIDBool, n.Pos), Kind: kind, Args: args}, nil
}

// distinctFrom is transformAExprDistinct.
func (s *scope) distinctFrom(n *translate.AExpr) (translate.Expr, error) {
	not := n.Kind == translate.AExprNotDistinct
	if isNullConstant(n.Right) {
		return s.nullTest(n.Left, not, n.Pos)
	}
	if isNullConstant(n.Left) {
		return s.nullTest(n.Right, not, n.Pos)
	}
	left, err := s.expr(n.Left)
	if err != nil {
		return nil, err
	}
	right, err := s.expr(n.Right)
	if err != nil {
		return nil, err
	}
	leftRow, ok := left.(*translate.RowExpr)
	rightRow, ok2 := right.(*translate.RowExpr)
	if ok && ok2 {
		return s.b.rowDistinct(leftRow, rightRow, not, n.Pos)
	}
	return s.b.distinct(n.Name, left, right, not, n.Pos)
}

func (s *scope) nullTest(arg translate.Node, isNull bool, pos int) (translate.Expr, error) {
	e, err := s.expr(arg)
	if err != nil {
		return nil, err
	}
	return &translate.NullTest{Typed: typed(pgtypes.OIDBool, pos), Arg: e, Not: !isNull}, nil
}

func (b *binder) distinct(names []string, left, right translate.Expr, not bool, pos int) (translate.Expr, error) {
	e, err := b.operator(names, left, right, pos)
	if err != nil {
		return nil, err
	}
	op := e.(*translate.OpExpr)
	if op.Typ.OID != pgtypes.OIDBool {
		return nil, b.errorAt(pos, pgerr.DatatypeMismatch, "IS DISTINCT FROM requires = operator to yield boolean")
	}
	return &translate.Distinct{Typed: op.Typed, Op: op.Op, Proc: op.Proc, Left: op.Args[0], Right: op.Args[1], Not: not}, nil
}

func (b *binder) rowDistinct(left, right *translate.RowExpr, not bool, pos int) (translate.Expr, error) {
	if len(left.Fields) != len(right.Fields) {
		return nil, b.errorAt(pos, pgerr.SyntaxError, "unequal number of entries in row expressions")
	}
	kind := translate.Or
	if not {
		kind = translate.And
	}
	out := &translate.BoolExpr{Typed: typed(pgtypes.OIDBool, pos), Kind: kind}
	for i := range left.Fields {
		e, err := b.distinct([]string{"="}, left.Fields[i], right.Fields[i], not, pos)
		if err != nil {
			return nil, err
		}
		out.Args = append(out.Args, e)
	}
	switch len(out.Args) {
	case 0:
		return &translate.Const{Typed: typed(pgtypes.OIDBool, pos), Value: not}, nil
	case 1:
		return out.Args[0], nil
	}
	return out, nil
}

func (s *scope) nullIf(n *translate.AExpr) (translate.Expr, error) {
	left, err := s.expr(n.Left)
	if err != nil {
		return nil, err
	}
	right, err := s.expr(n.Right)
	if err != nil {
		return nil, err
	}
	e, err := s.b.operator(n.Name, left, right, n.Pos)
	if err != nil {
		return nil, err
	}
	op := e.(*translate.OpExpr)
	if op.Typ.OID != pgtypes.OIDBool {
		return nil, s.b.errorAt(n.Pos, pgerr.DatatypeMismatch, "NULLIF requires = operator to yield boolean")
	}
	// The result is the left operand as the operator takes it.
	t := translate.Typed{Typ: op.Args[0].Type(), Coll: op.Args[0].Collation(), Pos: n.Pos}
	return &translate.NullIf{Typed: t, Op: op.Op, Proc: op.Proc, Left: op.Args[0], Right: op.Args[1]}, nil
}

// rowComparison is make_row_comparison_op.
func (b *binder) rowComparison(names []string, left, right []translate.Expr, pos int) (translate.Expr, error) {
	if len(left) != len(right) {
		return nil, b.errorAt(pos, pgerr.SyntaxError, "unequal number of entries in row expressions")
	}
	if len(left) == 0 {
		return nil, b.errorAt(pos, pgerr.FeatureNotSupported, "cannot compare rows of zero length")
	}
	ops := make([]*translate.OpExpr, len(left))
	for i := range left {
		e, err := b.operator(names, left[i], right[i], pos)
		if err != nil {
			return nil, err
		}
		ops[i] = e.(*translate.OpExpr)
		if ops[i].Typ.OID != pgtypes.OIDBool {
			return nil, b.errorAt(pos, pgerr.DatatypeMismatch, "row comparison operator must yield type boolean, not type %s", typeText(ops[i].Typ.OID))
		}
	}
	if len(ops) == 1 {
		return ops[0], nil
	}
	switch strategy := rowStrategy(ops); strategy {
	case 3, 6:
		kind := translate.And
		if strategy == 6 {
			kind = translate.Or
		}
		out := &translate.BoolExpr{Typed: typed(pgtypes.OIDBool, pos), Kind: kind}
		for _, op := range ops {
			out.Args = append(out.Args, op)
		}
		return out, nil
	case 0:
		return nil, b.errorAt(pos, pgerr.FeatureNotSupported, "could not determine interpretation of row comparison operator %s", names[len(names)-1]).
			WithHint("Row comparison operators must be associated with btree operator families.")
	default:
		out := &translate.RowCompare{Typed: typed(pgtypes.OIDBool, pos), Name: [...]string{1: "<", 2: "<=", 4: ">=", 5: ">"}[strategy]}
		for _, op := range ops {
			out.Ops, out.Procs = append(out.Ops, op.Op), append(out.Procs, op.Proc)
			out.Left, out.Right = append(out.Left, op.Args[0]), append(out.Right, op.Args[1])
		}
		return out, nil
	}
}

// rowStrategy is the btree strategy that all operators share: 6 is <>, 0 none.
func rowStrategy(ops []*translate.OpExpr) int {
	common := map[int]bool{}
	for i, op := range ops {
		found := map[int]bool{}
		for _, m := range pgbuiltin.FamilyMembers(op.Op) {
			if m.Method == pgbuiltin.BtreeAM {
				found[m.Strategy] = true
			}
		}
		if o := pgbuiltin.OperatorByOID(op.Op); o != nil && o.Negator != 0 {
			for _, m := range pgbuiltin.FamilyMembers(o.Negator) {
				if m.Method == pgbuiltin.BtreeAM && m.Strategy == 3 {
					found[6] = true
				}
			}
		}
		if i == 0 {
			common = found
			continue
		}
		for k := range common {
			if !found[k] {
				delete(common, k)
			}
		}
	}
	for k := 1; k <= 6; k++ {
		if common[k] {
			return k
		}
	}
	return 0
}
