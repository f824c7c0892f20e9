package bind

import (
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// caseExpr is transformCaseExpr.
func (s *scope) caseExpr(n *translate.CaseNode) (translate.Expr, error) {
	out := &translate.Case{Typed: translate.Typed{Pos: n.Pos}}
	var test *translate.CaseTest
	if n.Arg != nil {
		arg, err := s.expr(n.Arg)
		if err != nil {
			return nil, err
		}
		// The test value needs a type before the WHENs are looked at.
		if arg.Type().OID == pgtypes.OIDUnknown {
			if arg, err = s.b.coerce(arg, pgtypes.Of(pgtypes.OIDText), implicit, 0); err != nil {
				return nil, err
			}
		}
		out.Arg = arg
		test = &translate.CaseTest{Typed: translate.Typed{Typ: arg.Type(), Coll: arg.Collation()}}
	}
	var results []translate.Expr
	for _, w := range n.Whens {
		cond, err := s.caseCondition(w, test)
		if err != nil {
			return nil, err
		}
		result, err := s.expr(w.Result)
		if err != nil {
			return nil, err
		}
		out.Whens = append(out.Whens, translate.When{Cond: cond})
		results = append(results, result)
	}
	elseNode := n.Else
	if elseNode == nil {
		elseNode = &translate.AConst{}
	}
	other, err := s.expr(elseNode)
	if err != nil {
		return nil, err
	}
	// ELSE is considered first, so that CASE WHEN ... THEN 1 ELSE 2.0 END errs there.
	all := append([]translate.Expr{other}, results...)
	if out.Typ.OID, err = s.b.unify(all, "CASE"); err != nil {
		return nil, err
	}
	out.Else = all[0]
	for i := range out.Whens {
		out.Whens[i].Result = all[i+1]
	}
	out.Typ.Typmod = commonTypmod(all, out.Typ.OID)
	out.Coll = resultCollation(out.Typ.OID, all)
	return out, s.noSet(out, "CASE")
}

func (s *scope) caseCondition(w *translate.CaseWhenNode, test *translate.CaseTest) (translate.Expr, error) {
	cond, err := s.expr(w.Cond)
	if err != nil {
		return nil, err
	}
	if test != nil {
		if cond, err = s.b.operator([]string{"="}, test, cond, w.Pos); err != nil {
			return nil, err
		}
	}
	return s.b.toBoolean(cond, "CASE/WHEN")
}

// noSet refuses set-returning functions where lazy evaluation makes them
// meaningless.
func (s *scope) noSet(e translate.Expr, construct string) error {
	var call *translate.FuncExpr
	translate.WalkExpr(e, func(e translate.Expr) bool {
		if f, ok := e.(*translate.FuncExpr); ok && f.ReturnsSet {
			call = f
		}
		return call == nil
	})
	if call == nil {
		return nil
	}
	return s.b.errorAt(exprPos(call), pgerr.FeatureNotSupported, "set-returning functions are not allowed in %s", construct).
		WithHint("You might be able to move the set-returning function into a LATERAL FROM item.")
}

func (s *scope) coalesce(n *translate.CoalesceNode) (translate.Expr, error) {
	args, typ, err := s.unified(n.Args, "COALESCE")
	if err != nil {
		return nil, err
	}
	out := &translate.Coalesce{Typed: typed(typ, n.Pos), Args: args}
	out.Typ.Typmod = commonTypmod(args, typ)
	out.Coll = resultCollation(typ, args)
	return out, s.noSet(out, "COALESCE")
}

func (s *scope) minMax(n *translate.MinMaxNode) (translate.Expr, error) {
	name := "LEAST"
	if n.Greatest {
		name = "GREATEST"
	}
	args, typ, err := s.unified(n.Args, name)
	if err != nil {
		return nil, err
	}
	if less, _, _ := sortOperators(typ); less == 0 {
		return nil, s.b.errorAt(n.Pos, pgerr.UndefinedFunction, "could not identify a comparison function for type %s", typeText(typ))
	}
	out := &translate.MinMax{Typed: typed(typ, n.Pos), Greatest: n.Greatest, Args: args}
	out.Typ.Typmod = commonTypmod(args, typ)
	out.Coll = resultCollation(typ, args)
	return out, nil
}

func (s *scope) unified(nodes []translate.Node, what string) ([]translate.Expr, uint32, error) {
	args, err := s.exprs(nodes)
	if err != nil {
		return nil, 0, err
	}
	typ, err := s.b.unify(args, what)
	return args, typ, err
}
