package bind

import (
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// expr is transformExprRecurse.
func (s *scope) expr(n translate.Node) (translate.Expr, error) {
	switch n := n.(type) {
	case *translate.ColumnRef:
		return s.columnRef(n)
	case *translate.AConst:
		return s.constant(n)
	case *translate.ParamRef:
		return s.b.param(n)
	case *translate.AExpr:
		return s.operatorExpr(n)
	case *translate.BoolNode:
		return s.boolean(n)
	case *translate.TypeCast:
		return s.typeCast(n)
	case *translate.CollateClause:
		return s.collate(n)
	case *translate.FuncCall:
		return s.functionCall(n)
	case *translate.Indirection:
		return s.indirection(n)
	case *translate.ArrayNode:
		return s.array(n, 0, 0, -1)
	case *translate.SubLink:
		return s.sublink(n)
	case *translate.CaseNode:
		return s.caseExpr(n)
	case *translate.CoalesceNode:
		return s.coalesce(n)
	case *translate.MinMaxNode:
		return s.minMax(n)
	case *translate.RowNode:
		return s.row(n)
	case *translate.NullTestNode:
		arg, err := s.expr(n.Arg)
		if err != nil {
			return nil, err
		}
		return &translate.NullTest{Typed: typed(pgtypes.OIDBool, n.Pos), Arg: arg, Not: n.Not}, nil
	case *translate.BoolTestNode:
		return s.booleanTest(n)
	case *translate.GroupingNode:
		return s.grouping(n)
	case *translate.SQLValueFunction:
		return s.valueFunction(n)
	case *translate.SetToDefault:
		return nil, s.b.errorAt(n.Pos, pgerr.SyntaxError, "DEFAULT is not allowed in this context")
	case *translate.CurrentOf:
		return nil, s.b.errorAt(n.Pos, pgerr.FeatureNotSupported, "WHERE CURRENT OF is not supported")
	case *translate.UnsupportedExpr:
		return nil, s.b.errorAt(n.Pos, pgerr.FeatureNotSupported, "%s is not supported", n.Kind)
	case *translate.NamedArg:
		return s.expr(n.Arg)
	case *translate.MultiAssign:
		return nil, s.b.errorAt(n.Pos, pgerr.SyntaxError, "multiple assignment is not allowed in this context")
	case nil:
		return nil, pgerr.Internal("an expression is missing")
	default:
		return nil, pgerr.Internal("unrecognized node type: %T", n)
	}
}

func (s *scope) exprs(nodes []translate.Node) ([]translate.Expr, error) {
	out := make([]translate.Expr, len(nodes))
	for i, n := range nodes {
		var err error
		if out[i], err = s.expr(n); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// constant is make_const.
func (s *scope) constant(n *translate.AConst) (translate.Expr, error) {
	switch n.Kind {
	case translate.ConstInteger:
		return &translate.Const{Typed: typed(pgtypes.OIDInt4, n.Pos), Value: n.Int}, nil
	case translate.ConstFloat:
		if v, err := pgtypes.ParseInt64(n.Text); err == nil {
			if v == int64(int32(v)) {
				return &translate.Const{Typed: typed(pgtypes.OIDInt4, n.Pos), Value: int32(v)}, nil
			}
			return &translate.Const{Typed: typed(pgtypes.OIDInt8, n.Pos), Value: v}, nil
		}
		v, err := s.b.parse(pgtypes.Of(pgtypes.OIDNumeric), n.Text)
		if err != nil {
			return nil, at(err, n.Pos)
		}
		return &translate.Const{Typed: typed(pgtypes.OIDNumeric, n.Pos), Value: v}, nil
	case translate.ConstBoolean:
		return &translate.Const{Typed: typed(pgtypes.OIDBool, n.Pos), Value: n.Bool}, nil
	case translate.ConstString:
		return &translate.Const{Typed: typed(pgtypes.OIDUnknown, n.Pos), Value: n.Text}, nil
	case translate.ConstBitString:
		v, err := s.b.parse(pgtypes.Of(pgtypes.OIDBit), n.Text)
		if err != nil {
			return nil, at(err, n.Pos)
		}
		return &translate.Const{Typed: typed(pgtypes.OIDBit, n.Pos), Value: v}, nil
	default:
		return &translate.Const{Typed: typed(pgtypes.OIDUnknown, n.Pos)}, nil
	}
}

// isNullConstant says whether a raw node is the word NULL.
func isNullConstant(n translate.Node) bool {
	c, ok := n.(*translate.AConst)
	return ok && c.Kind == translate.ConstNull
}

func (s *scope) operatorExpr(n *translate.AExpr) (translate.Expr, error) {
	switch n.Kind {
	case translate.AExprOpAny, translate.AExprOpAll:
		return s.anyAll(n)
	case translate.AExprDistinct, translate.AExprNotDistinct:
		return s.distinctFrom(n)
	case translate.AExprNullIf:
		return s.nullIf(n)
	case translate.AExprIn:
		return s.in(n)
	case translate.AExprBetween, translate.AExprNotBetween, translate.AExprBetweenSym, translate.AExprNotBetweenSym:
		return s.between(n)
	default:
		return s.plainOperator(n)
	}
}

// plainOperator is transformAExprOp: row comparisons are operators too.
func (s *scope) plainOperator(n *translate.AExpr) (translate.Expr, error) {
	leftRow, isLeftRow := n.Left.(*translate.RowNode)
	if sub, ok := n.Right.(*translate.SubLink); ok && isLeftRow && sub.Kind == translate.SubLinkExpr {
		return s.rowSublink(n, leftRow, sub)
	}
	if _, isRightRow := n.Right.(*translate.RowNode); isLeftRow && isRightRow {
		left, err := s.expr(n.Left)
		if err != nil {
			return nil, err
		}
		right, err := s.expr(n.Right)
		if err != nil {
			return nil, err
		}
		return s.b.rowComparison(n.Name, left.(*translate.RowExpr).Fields, right.(*translate.RowExpr).Fields, n.Pos)
	}
	var left translate.Expr
	var err error
	if n.Left != nil {
		if left, err = s.expr(n.Left); err != nil {
			return nil, err
		}
	}
	right, err := s.expr(n.Right)
	if err != nil {
		return nil, err
	}
	return s.b.operator(n.Name, left, right, n.Pos)
}

func (s *scope) anyAll(n *translate.AExpr) (translate.Expr, error) {
	left, err := s.expr(n.Left)
	if err != nil {
		return nil, err
	}
	right, err := s.expr(n.Right)
	if err != nil {
		return nil, err
	}
	return s.b.scalarArrayOperator(n.Name, n.Kind == translate.AExprOpAll, left, right, n.Pos)
}

func (s *scope) boolean(n *translate.BoolNode) (translate.Expr, error) {
	name := [...]string{translate.And: "AND", translate.Or: "OR", translate.Not: "NOT"}[n.Kind]
	out := &translate.BoolExpr{Typed: typed(pgtypes.OIDBool, n.Pos), Kind: n.Kind}
	for _, arg := range n.Args {
		e, err := s.expr(arg)
		if err != nil {
			return nil, err
		}
		if e, err = s.b.toBoolean(e, name); err != nil {
			return nil, err
		}
		out.Args = append(out.Args, e)
	}
	return out, nil
}

func (s *scope) booleanTest(n *translate.BoolTestNode) (translate.Expr, error) {
	names := [...]string{
		translate.IsTrue: "IS TRUE", translate.IsNotTrue: "IS NOT TRUE", translate.IsFalse: "IS FALSE",
		translate.IsNotFalse: "IS NOT FALSE", translate.IsUnknown: "IS UNKNOWN", translate.IsNotUnknown: "IS NOT UNKNOWN",
	}
	arg, err := s.expr(n.Arg)
	if err != nil {
		return nil, err
	}
	if arg, err = s.b.toBoolean(arg, names[n.Kind]); err != nil {
		return nil, err
	}
	return &translate.BoolTest{Typed: typed(pgtypes.OIDBool, n.Pos), Arg: arg, Kind: n.Kind}, nil
}

// typeCast is transformTypeCast.
func (s *scope) typeCast(n *translate.TypeCast) (translate.Expr, error) {
	target, err := s.b.typeName(n.TypeName)
	if err != nil {
		return nil, err
	}
	var arg translate.Expr
	if array, ok := n.Arg.(*translate.ArrayNode); ok {
		if base := baseTypeOf(target); elementOf(base.OID) != 0 {
			// The array takes its element type from the cast, so that ARRAY[] has one.
			if arg, err = s.array(array, base.OID, elementOf(base.OID), base.Typmod); err != nil {
				return nil, err
			}
		}
	}
	if arg == nil {
		if arg, err = s.expr(n.Arg); err != nil {
			return nil, err
		}
	}
	pos := n.Pos
	if pos == 0 {
		pos = n.TypeName.Pos
	}
	source := arg.Type().OID
	out, err := s.b.coerceTo(arg, target, explicit, pos)
	if err != nil {
		return nil, err
	}
	if out == nil {
		return nil, s.b.cannotCast(source, target.OID, pos)
	}
	return out, nil
}

func (b *binder) cannotCast(source, target uint32, pos int) error {
	return b.errorAt(pos, pgerr.CannotCoerce, "cannot cast type %s to %s", typeText(source), typeText(target))
}
