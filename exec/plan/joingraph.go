package plan

import (
	t "github.com/sqlgateway/gateway/translate"
)

// joinGraph is a nest of inner joins taken apart: what is joined, and on what.
type joinGraph struct {
	leaves  []t.Rel
	columns []t.ColumnSet // of each leaf
	edges   []joinEdge
	classes []joinClass
	// subst holds the projections that were taken out between the joins.
	subst map[t.ColumnID]t.Expr
}

// joinEdge is a condition over two leaves or more.
type joinEdge struct {
	cond   t.Expr
	leaves uint64
}

// joinClass is a set of columns, one of a leaf, that are all equal; any one
// equality across a join implies the others.
type joinClass struct {
	members []*t.ColRef
	leaf    []int
	proto   *t.OpExpr // whose operator compares two members
}

// takeApart flattens the inner joins at the top of r.
func (p *planner) takeApart(r t.Rel) *joinGraph {
	g := &joinGraph{subst: map[t.ColumnID]t.Expr{}}
	var conds []t.Expr
	p.gather(g, r, &conds)
	for i := range conds {
		conds[i] = t.Substitute(conds[i], g.subst)
	}
	g.columns = make([]t.ColumnSet, len(g.leaves))
	for i, l := range g.leaves {
		g.columns[i] = t.ColumnsOf(l)
	}
	g.addConditions(conds)
	return g
}

func (p *planner) gather(g *joinGraph, r t.Rel, conds *[]t.Expr) {
	switch x := r.(type) {
	case *t.Join:
		if x.Kind == t.InnerJoin && !x.Lateral {
			p.gather(g, x.Left, conds)
			p.gather(g, x.Right, conds)
			*conds = append(*conds, conjuncts(x.On, nil)...)
			return
		}
	case *t.Filter:
		if isInnerNest(x.Input) && !isVolatile(x.Cond) {
			p.gather(g, x.Input, conds)
			*conds = append(*conds, conjuncts(x.Cond, nil)...)
			return
		}
	case *t.Project:
		if isInnerNest(x.Input) && !relItemsVolatile(x.Items) {
			p.gather(g, x.Input, conds)
			for _, it := range x.Items {
				if ref, ok := it.Expr.(*t.ColRef); ok && ref.ID == it.Col.ID {
					continue
				}
				g.subst[it.Col.ID] = t.Substitute(it.Expr, g.subst)
			}
			return
		}
	}
	g.leaves = append(g.leaves, p.orderJoins(r))
}

// isInnerNest says that r is an inner join, under filters and projections.
func isInnerNest(r t.Rel) bool {
	switch x := r.(type) {
	case *t.Join:
		return x.Kind == t.InnerJoin && !x.Lateral
	case *t.Filter:
		return isInnerNest(x.Input)
	case *t.Project:
		return isInnerNest(x.Input) && !relItemsVolatile(x.Items)
	}
	return false
}

func (g *joinGraph) leafSet(e t.Expr) uint64 {
	refs := t.ColumnsIn(e)
	var s uint64
	for i, cols := range g.columns {
		if refs.Intersects(cols) {
			s |= 1 << i
		}
	}
	return s
}

func (g *joinGraph) leafOf(id t.ColumnID) int {
	for i, cols := range g.columns {
		if cols.Has(id) {
			return i
		}
	}
	return -1
}

// addConditions sorts conditions into classes, edges and filters of one leaf.
func (g *joinGraph) addConditions(conds []t.Expr) {
	var plain []t.Expr
	var equalities []t.Expr
	for _, c := range conds {
		if len(equalColumns([]t.Expr{c})) > 0 {
			equalities = append(equalities, c)
		} else {
			plain = append(plain, c)
		}
	}
	for _, class := range equalColumns(equalities) {
		g.addClass(class, equalities)
	}
	for _, c := range plain {
		s := g.leafSet(c)
		if s&(s-1) == 0 && s != 0 {
			g.filterLeaf(leafIndex(s), c)
			continue
		}
		g.edges = append(g.edges, joinEdge{cond: c, leaves: s})
	}
}

// addClass keeps one member a leaf; the others of that leaf become a filter there.
func (g *joinGraph) addClass(class []*t.ColRef, equalities []t.Expr) {
	jc := joinClass{proto: protoFor(class, equalities)}
	first := map[int]*t.ColRef{}
	for _, ref := range class {
		leaf := g.leafOf(ref.ID)
		if leaf < 0 {
			continue
		}
		if f, ok := first[leaf]; ok {
			g.filterLeaf(leaf, equate(jc.proto, f, ref))
			continue
		}
		first[leaf] = ref
		jc.members = append(jc.members, ref)
		jc.leaf = append(jc.leaf, leaf)
	}
	if len(jc.members) > 1 {
		g.classes = append(g.classes, jc)
	}
}

func protoFor(class []*t.ColRef, equalities []t.Expr) *t.OpExpr {
	for _, e := range equalities {
		eq := e.(*t.OpExpr)
		for _, ref := range class {
			if eq.Args[0].(*t.ColRef).ID == ref.ID {
				return eq
			}
		}
	}
	return nil
}

func equate(proto *t.OpExpr, a, b t.Expr) t.Expr {
	n := *proto
	n.Args = []t.Expr{a, b}
	return &n
}

func (g *joinGraph) filterLeaf(i int, c t.Expr) {
	g.leaves[i] = filtered(g.leaves[i], []t.Expr{c})
}

func leafIndex(s uint64) int {
	i := 0
	for s > 1 {
		s >>= 1
		i++
	}
	return i
}

// across lists the conditions that a join of a and b must check: one equality a
// class, and every other condition that now has all its columns.
func (g *joinGraph) across(a, b uint64) []t.Expr {
	var conds []t.Expr
	for i := range g.classes {
		if c := g.classes[i].across(a, b); c != nil {
			conds = append(conds, c)
		}
	}
	for _, e := range g.edges {
		if e.leaves&^(a|b) == 0 && e.leaves&a != 0 && e.leaves&b != 0 {
			conds = append(conds, e.cond)
		}
	}
	return conds
}

// connected says that a condition joins a and b.
func (g *joinGraph) connected(a, b uint64) bool {
	for i := range g.classes {
		inA, inB := false, false
		for _, leaf := range g.classes[i].leaf {
			inA = inA || a&(1<<leaf) != 0
			inB = inB || b&(1<<leaf) != 0
		}
		if inA && inB {
			return true
		}
	}
	for _, e := range g.edges {
		if e.leaves&^(a|b) == 0 && e.leaves&a != 0 && e.leaves&b != 0 {
			return true
		}
	}
	return false
}

func (c *joinClass) across(a, b uint64) t.Expr {
	var left, right *t.ColRef
	for i, leaf := range c.leaf {
		switch {
		case a&(1<<leaf) != 0 && left == nil:
			left = c.members[i]
		case b&(1<<leaf) != 0 && right == nil:
			right = c.members[i]
		}
	}
	if left == nil || right == nil {
		return nil
	}
	return equate(c.proto, left, right)
}
