package plan

import (
	"math/bits"

	t "github.com/sqlgateway/gateway/translate"
)

// maxExhaustive is the number of relations up to which all bushy join trees are
// compared (3^n pairs of sets: 59049 for 10); beyond, the cheapest pair is joined
// first.
const maxExhaustive = 9

// Cost of handling a row, relative to each other: moving one from a source,
// building a hash table of one, probing with one, and the source's own work.
const (
	moveCost   = 2.0
	buildCost  = 2.0
	probeCost  = 1.0
	remoteCost = 0.2
	crossCost  = 100.0 // for each pair that a join without condition makes
)

// orderJoins chooses the order of inner joins. The smaller side is on the right,
// where a hash join builds.
func (p *planner) orderJoins(r t.Rel) t.Rel {
	if w, ok := r.(*t.With); ok {
		for _, c := range w.CTEs {
			p.eachDefinition(c, p.orderJoins)
		}
	}
	if !isInnerNest(r) {
		return t.MapInputs(r, p.orderJoins)
	}
	g := p.takeApart(r)
	if len(g.leaves) < 2 || len(g.leaves) > 60 {
		return t.MapInputs(r, p.orderJoins)
	}
	o := &joinOrder{p: p, g: g, est: &p.est, best: map[uint64]*joinPlan{}}
	return o.build(r)
}

// joinOrder searches one graph.
type joinOrder struct {
	p    *planner
	g    *joinGraph
	est  *estimates
	best map[uint64]*joinPlan
}

// joinPlan is the best known way to join a set of leaves.
type joinPlan struct {
	set         uint64
	rows, cost  float64
	remoteWork  float64
	server      string // one server can do all of it; "" otherwise
	left, right *joinPlan
	conds       []t.Expr
}

func (o *joinOrder) build(r t.Rel) t.Rel {
	n := len(o.g.leaves)
	for i, l := range o.g.leaves {
		o.best[1<<i] = o.leaf(1<<i, l)
	}
	var top *joinPlan
	if n <= maxExhaustive {
		top = o.exhaustive(n)
	} else {
		top = o.greedy(n)
	}
	out := o.tree(top)
	out = o.residual(out)
	return projectLike(out, r, o.g.subst)
}

func (o *joinOrder) leaf(set uint64, l t.Rel) *joinPlan {
	rows := o.est.of(l)
	jp := &joinPlan{set: set, rows: rows, server: o.p.soleServer(l)}
	jp.remoteWork = rows * remoteCost
	jp.cost = jp.remoteWork + rows*moveCost
	return jp
}

// exhaustive compares all trees without cross products; parts that nothing joins
// are then put together smallest first.
func (o *joinOrder) exhaustive(n int) *joinPlan {
	whole := uint64(1)<<n - 1
	for set := uint64(3); set <= whole; set++ {
		if set&(set-1) == 0 {
			continue
		}
		low := set & -set
		for sub := (set - 1) & set; sub > 0; sub = (sub - 1) & set {
			if sub&low == 0 {
				continue // the other half of the pair
			}
			o.consider(o.best[sub], o.best[set&^sub])
		}
	}
	if top := o.best[whole]; top != nil {
		return top
	}
	return o.greedyOver(o.components(whole))
}

// components are the largest sets that were joined without cross products.
func (o *joinOrder) components(whole uint64) []*joinPlan {
	var parts []*joinPlan
	for left := whole; left != 0; {
		var pick *joinPlan
		for set, jp := range o.best {
			if set&^left == 0 && (pick == nil || bits.OnesCount64(set) > bits.OnesCount64(pick.set) ||
				bits.OnesCount64(set) == bits.OnesCount64(pick.set) && set < pick.set) {
				pick = jp
			}
		}
		parts = append(parts, pick)
		left &^= pick.set
	}
	return parts
}

func (o *joinOrder) greedy(n int) *joinPlan {
	parts := make([]*joinPlan, n)
	for i := range parts {
		parts[i] = o.best[1<<i]
	}
	return o.greedyOver(parts)
}

// greedyOver joins the pair whose result costs least, until one is left. Pairs
// that a condition joins go before those without.
func (o *joinOrder) greedyOver(parts []*joinPlan) *joinPlan {
	for len(parts) > 1 {
		var pick *joinPlan
		bi, bj := 0, 1
		for i := range parts {
			for j := i + 1; j < len(parts); j++ {
				jp := o.joined(parts[i], parts[j])
				if pick == nil || betterPair(jp, pick) {
					pick, bi, bj = jp, i, j
				}
			}
		}
		parts[bi] = pick
		parts = append(parts[:bj], parts[bj+1:]...)
	}
	return parts[0]
}

func betterPair(a, b *joinPlan) bool {
	if (len(a.conds) == 0) != (len(b.conds) == 0) {
		return len(a.conds) > 0
	}
	return a.cost < b.cost
}

func (o *joinOrder) consider(a, b *joinPlan) {
	if a == nil || b == nil || !o.g.connected(a.set, b.set) {
		return
	}
	rows := o.rows(a, b)
	cost := o.cost(a, b, rows)
	if have := o.best[a.set|b.set]; have == nil || cost < have.cost {
		o.best[a.set|b.set] = o.joined(a, b)
	}
}

// rows estimates a join: the pairs, times what each class and edge keeps.
func (o *joinOrder) rows(a, b *joinPlan) float64 {
	f, used := 1.0, t.ColumnSet{}
	for i := range o.g.classes {
		if c := o.g.classes[i].across(a.set, b.set); c != nil {
			f *= o.est.edge(c)
			used.AddSet(t.ColumnsIn(c))
		}
	}
	for _, e := range o.g.edges {
		if e.leaves&^(a.set|b.set) == 0 && e.leaves&a.set != 0 && e.leaves&b.set != 0 {
			f *= o.est.edge(e.cond)
			if _, ok := isEquality(e.cond); ok {
				used.AddSet(t.ColumnsIn(e.cond))
			}
		}
	}
	return atLeastOne(a.rows * b.rows * max(f, o.keyFraction(used)))
}

// keyFraction is the least fraction of pairs that a join over the columns used can
// keep when they cover a key of one leaf: each row of the other side meets one row
// of that leaf. Without it the columns of a composite key would each count.
func (o *joinOrder) keyFraction(used t.ColumnSet) float64 {
	f := 0.0
	for i, l := range o.g.leaves {
		if used.Intersects(o.g.columns[i]) && uniqueOn(l, used) {
			f = max(f, 1/o.est.base(l))
		}
	}
	return f
}

func (o *joinOrder) cost(a, b *joinPlan, rows float64) float64 {
	build, probe := b.rows, a.rows
	if build > probe {
		build, probe = probe, build
	}
	local := a.cost + b.cost + build*buildCost + probe*probeCost + rows
	if a.server != "" && a.server == b.server {
		return min(local, a.remoteWork+b.remoteWork+rows*(remoteCost+moveCost))
	}
	return local
}

func (o *joinOrder) joined(a, b *joinPlan) *joinPlan {
	if a.rows < b.rows {
		a, b = b, a
	}
	rows := o.rows(a, b)
	jp := &joinPlan{set: a.set | b.set, rows: rows, left: a, right: b, conds: o.g.across(a.set, b.set)}
	jp.cost = o.cost(a, b, rows)
	if len(jp.conds) == 0 {
		jp.cost += rows * crossCost
	}
	if a.server != "" && a.server == b.server {
		jp.server = a.server
		jp.remoteWork = a.remoteWork + b.remoteWork + rows*remoteCost
	}
	return jp
}

func (o *joinOrder) tree(jp *joinPlan) t.Rel {
	if jp.left == nil {
		return o.g.leaves[leafIndex(jp.set)]
	}
	return &t.Join{Kind: t.InnerJoin, Left: o.tree(jp.left), Right: o.tree(jp.right), On: all(jp.conds)}
}

// residual applies the conditions that read no leaf: those on parameters alone.
func (o *joinOrder) residual(r t.Rel) t.Rel {
	var conds []t.Expr
	for _, e := range o.g.edges {
		if e.leaves == 0 {
			conds = append(conds, e.cond)
		}
	}
	return filtered(r, conds)
}

// projectLike puts out the columns of like over r, those of subst computed.
func projectLike(r, like t.Rel, subst map[t.ColumnID]t.Expr) t.Rel {
	if len(subst) == 0 {
		return r
	}
	cols := like.Columns()
	items := make([]t.ProjectItem, len(cols))
	for i, c := range cols {
		e, ok := subst[c.ID]
		if !ok {
			e = c.Ref()
		}
		items[i] = t.ProjectItem{Col: c, Expr: e}
	}
	return &t.Project{Input: r, Items: items}
}
