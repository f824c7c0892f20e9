package plan

import (
	"github.com/sqlgateway/gateway/internal/pgerr"
	t "github.com/sqlgateway/gateway/translate"
)

// unnestLateral removes LATERAL where the right side can be joined instead of run
// for each left row.
func (p *planner) unnestLateral(x *t.Join) t.Rel {
	if x.SingleRow {
		return x
	}
	left := t.ColumnsOf(x.Left)
	outer := t.OuterColumns(x.Right)
	if !outer.Intersects(left) {
		n := *x
		n.Lateral = false
		return &n
	}
	if f, ok := p.setFunction(x); ok {
		return f
	}
	if !outer.SubsetOf(left) || x.Kind != t.InnerJoin && x.Kind != t.LeftJoin {
		return x
	}
	if r, ok := p.lateralAggregate(x); ok {
		return r
	}
	d := decorrelation{p: p, outer: outer, lift: x.Kind == t.InnerJoin && !limitedRel(x.Right)}
	flat, ok := d.rel(x.Right)
	if !ok || relMayRaise(x.Right) {
		return x
	}
	p.note("decorrelate", "LATERAL became a join")
	on := append(conjuncts(x.On, nil), d.preds...)
	for i := range on {
		on[i] = t.Substitute(on[i], d.lifted)
	}
	n := t.Rel(&t.Join{Kind: x.Kind, Left: x.Left, Right: flat, On: all(on)})
	if len(d.lifted) > 0 {
		items := passThrough(n.Columns())
		for _, c := range x.Right.Columns() {
			if e, ok := d.lifted[c.ID]; ok {
				items = append(items, t.ProjectItem{Col: c, Expr: e})
			}
		}
		n = &t.Project{Input: n, Items: items}
	}
	return n
}

// limitedRel says that there is a LIMIT in r outside its sub-queries.
func limitedRel(r t.Rel) bool {
	found := false
	t.WalkRel(r, func(r t.Rel) bool {
		_, ok := r.(*t.Limit)
		found = found || ok
		return !found
	})
	return found
}

// lateralAggregate joins LATERAL (SELECT agg FROM ... WHERE k = o.k), which gives
// one row for each left row, as correlated scalar sub-queries are joined.
func (p *planner) lateralAggregate(x *t.Join) (t.Rel, bool) {
	if x.On != nil && !isTrueConst(x.On) {
		return nil, false
	}
	n := newInliner(p, x.Left)
	cols := x.Right.Columns()
	values, ok := n.scalarAggregate(x.Right, columnIDs(cols))
	if !ok {
		return nil, false
	}
	p.note("decorrelate", "a lateral aggregate became a grouped join")
	items := passThrough(x.Left.Columns())
	for i, c := range cols {
		c.NotNull = false
		items = append(items, t.ProjectItem{Col: c, Expr: values[i]})
	}
	return &t.Project{Input: n.input, Items: items}, true
}

// setFunction turns FROM t, f(t.x) into a projection with a set-returning
// function, which needs no run for each row.
func (p *planner) setFunction(x *t.Join) (t.Rel, bool) {
	f, ok := x.Right.(*t.FuncScan)
	if !ok || x.Kind != t.InnerJoin || f.Ordinality != 0 || len(f.Funcs) != 1 || len(f.Cols) != 1 {
		return nil, false
	}
	call := f.Funcs[0].Call
	if !call.ReturnsSet || call.Typ.OID != f.Cols[0].Type.OID {
		return nil, false
	}
	items := append(passThrough(x.Left.Columns()), t.ProjectItem{Col: f.Cols[0], Expr: call})
	return filtered(&t.ProjectSet{Input: x.Left, Items: items}, conjuncts(x.On, nil)), true
}

// fail keeps the first error of a Build.
func (p *planner) fail(err error) {
	if p.err == nil {
		p.err = err
	}
}

func pgUnsupported(what string) error {
	return pgerr.Unsupported("%s is not supported", what)
}
