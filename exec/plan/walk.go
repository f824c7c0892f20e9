package plan

import t "github.com/sqlgateway/gateway/translate"

// eachRel calls f with r and every relation below it, definitions of common table
// expressions and relations of sub-queries included.
func eachRel(r t.Rel, f func(t.Rel)) {
	t.WalkRel(r, func(r t.Rel) bool {
		f(r)
		t.EachExpr(r, func(e t.Expr) {
			t.WalkExpr(e, func(e t.Expr) bool {
				if s, ok := e.(*t.Subquery); ok {
					eachRel(s.Rel, f)
				}
				return true
			})
		})
		return true
	})
}

// mapSubqueryRels replaces the relations of the sub-queries in e.
func mapSubqueryRels(e t.Expr, f func(t.Rel) t.Rel) t.Expr {
	return t.Rewrite(e, func(e t.Expr) t.Expr {
		if s, ok := e.(*t.Subquery); ok {
			if in := f(s.Rel); in != s.Rel {
				n := *s
				n.Rel = in
				return &n
			}
		}
		return e
	})
}
