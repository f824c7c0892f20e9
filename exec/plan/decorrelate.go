package plan

import (
	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	t "github.com/sqlgateway/gateway/translate"
)

// decorrelation pulls conditions on outer columns out of a relation, so that it
// can be joined instead of run for each outer row:
//
//	SELECT y FROM t WHERE t.k = o.k AND t.z > 1
//
// gives the relation SELECT y, k FROM t WHERE z > 1 and the condition k = o.k.
type decorrelation struct {
	p     *planner
	outer t.ColumnSet
	preds []t.Expr
	// lift allows projected expressions over outer columns; they are then put where
	// the column was read (lifted). It is not right under an outer join.
	lift   bool
	lifted map[t.ColumnID]t.Expr
	// first says that at most one row meets each outer row, because of LIMIT 1.
	first bool
}

func (d *decorrelation) free(e t.Expr) bool {
	return e != nil && t.ColumnsIn(e).Intersects(d.outer)
}

// rel gives the relation without its outer references, and whether there is one.
// It may have more columns than before.
func (d *decorrelation) rel(r t.Rel) (t.Rel, bool) {
	if !t.OuterColumns(r).Intersects(d.outer) {
		return r, true
	}
	switch x := r.(type) {
	case *t.Filter:
		return d.filter(x)
	case *t.Project:
		return d.project(x)
	case *t.Join:
		return d.join(x)
	case *t.Aggregate:
		return d.aggregate(x)
	case *t.Sort:
		for _, k := range x.Keys {
			if d.free(k.Expr) {
				return nil, false
			}
		}
		return d.rel(x.Input)
	case *t.Dedup:
		return d.dedup(x)
	case *t.Window:
		return d.window(x)
	case *t.Limit:
		return d.limit(x)
	}
	return nil, false
}

// limit numbers the rows that meet one outer row, and keeps the first ones:
//
//	SELECT y FROM t WHERE t.k = o.k ORDER BY z LIMIT 2
//
// gives the rows of t whose row_number() OVER (PARTITION BY k ORDER BY z) is at
// most 2.
func (d *decorrelation) limit(x *t.Limit) (t.Rel, bool) {
	count, ok := constInt(x.Count)
	if !ok || x.Offset != nil || x.WithTies || d.lift {
		return nil, false
	}
	in, keys := x.Input, []t.SortKey(nil)
	project, _ := in.(*t.Project)
	if project != nil {
		in = project.Input
	}
	if s, ok := in.(*t.Sort); ok {
		in, keys = s.Input, s.Keys
	}
	if project != nil && relItemsVolatile(project.Items) {
		return nil, false
	}
	for _, k := range keys {
		if d.free(k.Expr) {
			return nil, false
		}
	}
	from := len(d.preds)
	if project != nil {
		for _, it := range project.Items {
			if d.free(it.Expr) {
				return nil, false
			}
		}
	}
	in, ok = d.rel(in)
	if !ok {
		return nil, false
	}
	in, ids, ok := d.keys(in, from)
	if !ok || len(ids) == 0 {
		return nil, false
	}
	out := d.p.firstRows(in, ids, keys, count)
	if project != nil {
		var s t.ColumnSet
		for _, it := range project.Items {
			s.Add(it.Col.ID)
		}
		items := project.Items[:len(project.Items):len(project.Items)]
		for _, c := range out.Columns() {
			if !s.Has(c.ID) {
				items = append(items, t.ProjectItem{Col: c, Expr: c.Ref()})
			}
		}
		out = &t.Project{Input: out, Items: items}
	}
	d.first = count <= 1
	return out, true
}

// firstRows is the first count rows of each partition of r.
func (p *planner) firstRows(r t.Rel, partition []t.ColumnID, order []t.SortKey, count int64) t.Rel {
	typed := t.Typed{Typ: pgtypes.Of(pgtypes.OIDInt8)}
	number := p.newColumn("row_number", typed, true)
	w := &t.Window{Input: r, Partition: partition, Order: order, Calls: []t.WindowItem{{
		Col:   number,
		Call:  &t.WindowCall{Typed: typed, Proc: pgbuiltin.Procs("row_number")[0].OID, Name: "row_number"},
		Frame: t.Frame{Mode: t.FrameRange, Start: t.FrameBound{Kind: t.UnboundedPreceding}, End: t.FrameBound{Kind: t.CurrentRow}},
	}}}
	return &t.Filter{Input: w, Cond: call("<=", number.Ref(), int8Const(count))}
}

func (d *decorrelation) filter(x *t.Filter) (t.Rel, bool) {
	in, ok := d.rel(x.Input)
	if !ok {
		return nil, false
	}
	var keep []t.Expr
	for _, c := range conjuncts(x.Cond, nil) {
		switch {
		case !d.free(c):
			keep = append(keep, c)
		case isVolatile(c) || t.HasSubquery(c):
			return nil, false
		default:
			d.preds = append(d.preds, c)
		}
	}
	return filtered(in, keep), true
}

func (d *decorrelation) project(x *t.Project) (t.Rel, bool) {
	in, ok := d.rel(x.Input)
	if !ok {
		return nil, false
	}
	var items []t.ProjectItem
	for _, it := range x.Items {
		if !d.free(it.Expr) {
			items = append(items, it)
			continue
		}
		if !d.lift || isVolatile(it.Expr) || t.HasSubquery(it.Expr) {
			return nil, false
		}
		if d.lifted == nil {
			d.lifted = map[t.ColumnID]t.Expr{}
		}
		d.lifted[it.Col.ID] = it.Expr
	}
	have := t.ColumnSet{}
	for _, it := range items {
		have.Add(it.Col.ID)
	}
	need := t.ColumnSet{}
	for _, e := range d.preds {
		need.AddSet(t.ColumnsIn(e))
	}
	for _, e := range d.lifted {
		need.AddSet(t.ColumnsIn(e))
	}
	for _, c := range in.Columns() {
		if need.Has(c.ID) && !have.Has(c.ID) {
			items = append(items, t.ProjectItem{Col: c, Expr: c.Ref()})
		}
	}
	return &t.Project{Input: in, Items: items}, true
}

func (d *decorrelation) join(x *t.Join) (t.Rel, bool) {
	left, ok := d.rel(x.Left)
	if !ok {
		return nil, false
	}
	n := *x
	n.Left = left
	if x.Kind != t.InnerJoin {
		if d.free(x.On) || t.OuterColumns(x.Right).Intersects(d.outer) || x.Kind == t.FullJoin || x.Kind == t.RightJoin {
			return nil, false
		}
		return &n, true
	}
	if n.Right, ok = d.rel(x.Right); !ok {
		return nil, false
	}
	var keep []t.Expr
	for _, c := range conjuncts(x.On, nil) {
		if d.free(c) {
			d.preds = append(d.preds, c)
		} else {
			keep = append(keep, c)
		}
	}
	n.On = all(keep)
	return &n, true
}

// keys turns the conditions pulled out of in into equalities between a column of
// in and an outer value, adding a projection where the inner side is computed. A
// relation that groups may then group by these columns as well: each outer row
// meets one value of them.
func (d *decorrelation) keys(in t.Rel, from int) (t.Rel, []t.ColumnID, bool) {
	var ids []t.ColumnID
	var extra []t.ProjectItem
	for i := from; i < len(d.preds); i++ {
		inner, outer, ok := d.sides(d.preds[i])
		if !ok {
			return nil, nil, false
		}
		ref, isCol := inner.(*t.ColRef)
		if !isCol {
			c := d.p.newColumn("key", t.Typed{Typ: inner.Type(), Coll: inner.Collation()}, false)
			extra = append(extra, t.ProjectItem{Col: c, Expr: inner})
			ref = c.Ref()
		}
		eq := *d.preds[i].(*t.OpExpr)
		if d.free(eq.Args[0]) {
			eq.Args = []t.Expr{outer, ref}
		} else {
			eq.Args = []t.Expr{ref, outer}
		}
		d.preds[i] = &eq
		ids = appendID(ids, ref.ID)
	}
	if len(extra) > 0 {
		items := passThrough(in.Columns())
		in = &t.Project{Input: in, Items: append(items, extra...)}
	}
	return in, ids, true
}

// sides splits an equality into its inner and its outer side.
func (d *decorrelation) sides(e t.Expr) (inner, outer t.Expr, ok bool) {
	eq, ok := isEquality(e)
	if !ok || isVolatile(e) {
		return nil, nil, false
	}
	for i, a := range eq.Args {
		b := eq.Args[1-i]
		if t.ColumnsIn(a).SubsetOf(d.outer) && d.free(a) && !d.free(b) {
			return b, a, true
		}
	}
	return nil, nil, false
}

func appendID(ids []t.ColumnID, id t.ColumnID) []t.ColumnID {
	for _, have := range ids {
		if have == id {
			return ids
		}
	}
	return append(ids, id)
}

func passThrough(cols []t.Column) []t.ProjectItem {
	items := make([]t.ProjectItem, len(cols))
	for i, c := range cols {
		items[i] = t.ProjectItem{Col: c, Expr: c.Ref()}
	}
	return items
}

func (d *decorrelation) aggregate(x *t.Aggregate) (t.Rel, bool) {
	if len(x.Groups) == 0 || x.Sets != nil {
		return nil, false
	}
	return d.grouped(x)
}

// grouped adds the correlation's columns to the groups of x.
func (d *decorrelation) grouped(x *t.Aggregate) (t.Rel, bool) {
	for _, a := range x.Aggs {
		if d.free(a.Call) {
			return nil, false
		}
	}
	from := len(d.preds)
	in, ok := d.rel(x.Input)
	if !ok {
		return nil, false
	}
	in, ids, ok := d.keys(in, from)
	if !ok {
		return nil, false
	}
	n := *x
	n.Input = in
	n.Groups = append([]t.ColumnID(nil), x.Groups...)
	for _, id := range ids {
		n.Groups = appendID(n.Groups, id)
	}
	return &n, true
}

func (d *decorrelation) dedup(x *t.Dedup) (t.Rel, bool) {
	from := len(d.preds)
	in, ok := d.rel(x.Input)
	if !ok || x.Ordered {
		return nil, false
	}
	in, ids, ok := d.keys(in, from)
	if !ok {
		return nil, false
	}
	on := append([]t.ColumnID(nil), x.On...)
	for _, id := range ids {
		on = appendID(on, id)
	}
	return &t.Dedup{Input: in, On: on}, true
}

func (d *decorrelation) window(x *t.Window) (t.Rel, bool) {
	for _, c := range x.Calls {
		if d.free(c.Call) {
			return nil, false
		}
	}
	from := len(d.preds)
	in, ok := d.rel(x.Input)
	if !ok {
		return nil, false
	}
	in, ids, ok := d.keys(in, from)
	if !ok {
		return nil, false
	}
	n := *x
	n.Input = in
	n.Partition = append([]t.ColumnID(nil), x.Partition...)
	for _, id := range ids {
		n.Partition = appendID(n.Partition, id)
	}
	return &n, true
}
