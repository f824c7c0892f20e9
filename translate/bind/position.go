package bind

import "github.com/sqlgateway/gateway/translate"

// returnsSet says whether a set-returning function occurs in e at its own level.
func returnsSet(e translate.Expr) bool {
	found := false
	var visit func(translate.Expr)
	visit = func(e translate.Expr) {
		if f, ok := e.(*translate.FuncExpr); ok && f.ReturnsSet {
			found = true
		}
		if !found {
			translate.EachChild(e, visit)
		}
	}
	visit(e)
	return found
}

// exprPos is exprLocation: the leftmost position in e.
func exprPos(e translate.Expr) int {
	switch n := e.(type) {
	case nil:
		return 0
	case *translate.OpExpr:
		return leftmost(n.Pos, n.Args)
	case *translate.ScalarArrayOp:
		return leftmost(n.Pos, []translate.Expr{n.Left})
	case *translate.Distinct:
		return leftmost(n.Pos, []translate.Expr{n.Left})
	case *translate.NullIf:
		return n.Pos
	case *translate.FuncExpr:
		return leftmost(n.Pos, n.Args)
	case *translate.BoolExpr:
		return leftmost(n.Pos, n.Args)
	case *translate.Cast:
		return leftmost(n.Pos, []translate.Expr{n.Arg})
	case *translate.NullTest:
		return leftmost(n.Pos, []translate.Expr{n.Arg})
	case *translate.BoolTest:
		return leftmost(n.Pos, []translate.Expr{n.Arg})
	case *translate.Collate:
		return exprPos(n.Arg)
	case *translate.FieldSelect:
		return exprPos(n.Arg)
	case *translate.Subscript:
		return exprPos(n.Arg)
	case *translate.RowCompare:
		return leftmost(n.Pos, n.Left)
	case *translate.Subquery:
		return leftmost(n.Pos, n.Left)
	default:
		return nodePos(e)
	}
}

func leftmost(pos int, args []translate.Expr) int {
	for _, a := range args {
		if p := exprPos(a); p != 0 && (pos == 0 || p < pos) {
			pos = p
		}
	}
	return pos
}

// nodePos is the node's own position.
func nodePos(e translate.Expr) int {
	switch n := e.(type) {
	case *translate.Const:
		return n.Pos
	case *translate.Param:
		return n.Pos
	case *translate.ColRef:
		return n.Pos
	case *translate.Case:
		return n.Pos
	case *translate.Coalesce:
		return n.Pos
	case *translate.MinMax:
		return n.Pos
	case *translate.ArrayExpr:
		return n.Pos
	case *translate.RowExpr:
		return n.Pos
	case *translate.Grouping:
		return n.Pos
	case *translate.AggCall:
		return n.Pos
	case *translate.WindowCall:
		return n.Pos
	case *translate.DefaultValue:
		return n.Pos
	default:
		return 0
	}
}
