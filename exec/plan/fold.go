package plan

import (
	t "github.com/sqlgateway/gateway/translate"
)

// simplifyExpr folds constants and flattens AND and OR. It goes in the order in
// which Postgres does, so that the error of a constant that cannot be computed is
// raised in the same cases: not behind a false AND, nor in a branch of CASE that
// is known not to be taken.
func (p *planner) simplifyExpr(e t.Expr) t.Expr {
	if e == nil || p.err != nil {
		return e
	}
	switch x := e.(type) {
	case *t.Const, *t.Param, *t.ExecParam, *t.ColRef, *t.CaseTest, *t.DefaultValue, *t.Grouping:
		return e
	case *t.BoolExpr:
		return p.simplifyBool(x)
	case *t.Case:
		return p.simplifyCase(x)
	case *t.Coalesce:
		return p.simplifyCoalesce(x)
	case *t.Subquery:
		n := t.MapChildren(x, p.simplifyExpr).(*t.Subquery)
		if in := p.simplifyRel(n.Rel); in != n.Rel {
			c := *n
			c.Rel = in
			n = &c
		}
		return n
	case *t.AggCall, *t.WindowCall:
		return t.MapChildren(e, p.simplifyExpr)
	}
	return compareDates(p.foldNode(t.MapChildren(e, p.simplifyExpr)))
}

// foldNode computes e if all that it needs is constant.
func (p *planner) foldNode(e t.Expr) t.Expr {
	if p.env.Fold == nil || p.err != nil || !foldable(e) {
		return e
	}
	n, err := p.env.Fold(e)
	if err != nil {
		p.err = err
		return e
	}
	return n
}

func foldable(e t.Expr) bool {
	switch x := e.(type) {
	case *t.FuncExpr:
		if x.ReturnsSet {
			return false
		}
	case *t.ArrayExpr, *t.RowExpr:
		// A list of constants stays a list: sources and IN take it as it is.
		return false
	case *t.ScalarArrayOp:
		if _, ok := x.Left.(*t.Const); !ok {
			return false
		}
		return constantList(x.Right)
	}
	if t.VolatilityOf(e) != t.Immutable {
		return false
	}
	constant := true
	t.EachChild(e, func(c t.Expr) {
		_, ok := c.(*t.Const)
		constant = constant && ok
	})
	return constant
}

func constantList(e t.Expr) bool {
	a, ok := e.(*t.ArrayExpr)
	if !ok {
		_, c := e.(*t.Const)
		return c
	}
	for _, el := range a.Elements {
		if _, ok := el.(*t.Const); !ok {
			return false
		}
	}
	return true
}

func (p *planner) simplifyBool(x *t.BoolExpr) t.Expr {
	if x.Kind == t.Not {
		return p.simplifyNot(x)
	}
	// stop ends the list: FALSE for AND, TRUE for OR.
	stop := x.Kind == t.Or
	var args []t.Expr
	null := false
	for _, a := range flattenBool(x.Kind, x.Args, nil) {
		a = p.simplifyExpr(a)
		if c, ok := a.(*t.Const); ok {
			switch c.Value {
			case nil:
				null = true
			case stop:
				return c
			}
			continue
		}
		args = flattenBool(x.Kind, []t.Expr{a}, args)
	}
	if null {
		args = append(args, &t.Const{Typed: boolType})
	}
	switch len(args) {
	case 0:
		return &t.Const{Typed: boolType, Value: !stop}
	case 1:
		return args[0]
	}
	return &t.BoolExpr{Typed: x.Typed, Kind: x.Kind, Args: args}
}

// flattenBool appends args, with nested nodes of the same kind opened.
func flattenBool(kind t.BoolKind, args, to []t.Expr) []t.Expr {
	for _, a := range args {
		if b, ok := a.(*t.BoolExpr); ok && b.Kind == kind {
			to = flattenBool(kind, b.Args, to)
		} else {
			to = append(to, a)
		}
	}
	return to
}

// simplifyNot pushes NOT down to where it disappears.
func (p *planner) simplifyNot(x *t.BoolExpr) t.Expr {
	switch a := p.simplifyExpr(x.Args[0]).(type) {
	case *t.Const:
		if a.Value == nil {
			return a
		}
		return &t.Const{Typed: boolType, Value: a.Value != true}
	case *t.NullTest:
		if _, row := a.Arg.(*t.RowExpr); !row && !isComposite(a.Arg) {
			return &t.NullTest{Typed: a.Typed, Arg: a.Arg, Not: !a.Not}
		}
		return not(a)
	case *t.BoolTest:
		return &t.BoolTest{Typed: a.Typed, Arg: a.Arg, Kind: a.Kind ^ 1}
	case *t.BoolExpr:
		if a.Kind == t.Not {
			return a.Args[0]
		}
		args := make([]t.Expr, len(a.Args))
		for i, arg := range a.Args {
			args[i] = p.simplifyNot(&t.BoolExpr{Typed: boolType, Kind: t.Not, Args: []t.Expr{arg}})
		}
		return &t.BoolExpr{Typed: boolType, Kind: a.Kind ^ 1, Args: args}
	case *t.OpExpr:
		return negateOp(a)
	case *t.ScalarArrayOp:
		return negateArrayOp(a)
	default:
		return not(a)
	}
}

func (p *planner) simplifyCase(x *t.Case) t.Expr {
	n := &t.Case{Typed: x.Typed}
	if x.Arg != nil {
		n.Arg = p.simplifyExpr(x.Arg)
	}
	for _, w := range x.Whens {
		cond := p.simplifyExpr(w.Cond)
		if isFalseOrNull(cond) {
			continue
		}
		result := p.simplifyExpr(w.Result)
		if isTrueConst(cond) {
			if len(n.Whens) == 0 {
				return result
			}
			n.Else = result
			return n
		}
		n.Whens = append(n.Whens, t.When{Cond: cond, Result: result})
	}
	n.Else = p.simplifyExpr(x.Else)
	if len(n.Whens) == 0 {
		return n.Else
	}
	return n
}

func (p *planner) simplifyCoalesce(x *t.Coalesce) t.Expr {
	n := &t.Coalesce{Typed: x.Typed}
	for _, a := range x.Args {
		a = p.simplifyExpr(a)
		c, ok := a.(*t.Const)
		if ok && c.Value == nil {
			continue
		}
		n.Args = append(n.Args, a)
		if ok {
			break
		}
	}
	switch len(n.Args) {
	case 0:
		return &t.Const{Typed: x.Typed}
	case 1:
		return n.Args[0]
	}
	return n
}
