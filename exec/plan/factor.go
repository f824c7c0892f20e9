package plan

import t "github.com/sqlgateway/gateway/translate"

// factorOr takes out of an OR the conjuncts that all its branches have:
//
//	(a AND b) OR (a AND c)   becomes   a AND (b OR c)
//
// so that TPC-H Q19 finds its join key. For conditions of a filter only: NULL and
// FALSE come out alike.
func (p *planner) factorOr(e t.Expr) []t.Expr {
	or, ok := e.(*t.BoolExpr)
	if !ok || or.Kind != t.Or {
		return conjuncts(e, nil)
	}
	branches := make([][]t.Expr, len(or.Args))
	for i, a := range or.Args {
		branches[i] = conjuncts(a, nil)
	}
	var common []t.Expr
	for _, c := range branches[0] {
		if !isVolatile(c) && !t.HasSubquery(c) && inAll(c, branches[1:]) {
			common = append(common, c)
		}
	}
	if len(common) == 0 {
		return []t.Expr{e}
	}
	p.note("factorOr", "conditions common to all branches of OR were taken out")
	rest := make([]t.Expr, 0, len(branches))
	for _, b := range branches {
		left := without(b, common)
		if len(left) == 0 {
			return common // a OR (a AND b) is a
		}
		rest = append(rest, all(left))
	}
	return append(common, &t.BoolExpr{Typed: or.Typed, Kind: t.Or, Args: rest})
}

func inAll(c t.Expr, branches [][]t.Expr) bool {
	for _, b := range branches {
		if !contains(b, c) {
			return false
		}
	}
	return true
}

func contains(list []t.Expr, e t.Expr) bool {
	for _, l := range list {
		if t.Equal(l, e) {
			return true
		}
	}
	return false
}

func without(list, drop []t.Expr) []t.Expr {
	var out []t.Expr
	for _, e := range list {
		if !contains(drop, e) {
			out = append(out, e)
		}
	}
	return out
}
