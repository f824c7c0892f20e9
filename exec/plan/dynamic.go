package plan

import (
	"slices"

	"github.com/sqlgateway/gateway/backends"
	t "github.com/sqlgateway/gateway/translate"
)

// maxFilterKeys is how many keys of a build side are sent to the other source as a
// list; more become a range.
const maxFilterKeys = 1000

// The most rows that a build side may be expected to have: of one with more, a list
// of so few keys for a query is not to be expected. A scan takes a set of any size,
// which costs a bit or two a key.
const (
	buildable     = 200_000
	buildableScan = 4_000_000
)

// dynamicFilters plans to send the keys of a small build side to the source that
// the probe side reads.
func (p *planner) dynamicFilters(n *HashJoin) {
	switch n.Kind {
	case t.InnerJoin, t.SemiJoin, t.RightJoin:
	default:
		if !n.BuildLeft {
			return // rows without a match come out too
		}
	}
	probe, build := n.Left, n.Right
	if n.BuildLeft {
		probe, build = build, probe
	}
	if p.env.Pushdown == t.PushOff || build.Estimate() > buildableScan || build.Estimate()*2 > probe.Estimate() {
		return
	}
	for i := range n.Keys {
		k := n.probeKey(i)
		ref, ok := k.Left.(*t.ColRef)
		if !ok || k.NullEqual || k.Left.Type().OID != k.Right.Type().OID || !byteOrder(k.Left.Collation()) {
			continue
		}
		src, id := probeSource(probe, ref.ID)
		if src == nil || src.Fragment.Scan == nil && build.Estimate() > buildable {
			continue
		}
		if f := p.filterFor(src, id, ref, k.Op); f != nil {
			f.Key = i
			p.filters++
			f.ID = p.filters
			src.Filters = append(src.Filters, f)
			n.Dynamic = append(n.Dynamic, f)
		}
	}
}

// probeKey is key i with the probe side's expression on the left.
func (n *HashJoin) probeKey(i int) JoinKey {
	k := n.Keys[i]
	if n.BuildLeft {
		k.Left, k.Right, k.Op = k.Right, k.Left, commutator(k.Op)
	}
	return k
}

// probeSource follows a column down to the source that gives it, through operators
// that a missing row can not make put out more.
func probeSource(n Node, id t.ColumnID) (*Source, t.ColumnID) {
	switch x := n.(type) {
	case *Source:
		for _, c := range x.Cols {
			if c.ID == id {
				return x, id
			}
		}
	case *Filter:
		return probeSource(x.Input, id)
	case *Project:
		for _, it := range x.Items {
			if ref, ok := it.Expr.(*t.ColRef); ok && it.Col.ID == id {
				return probeSource(x.Input, ref.ID)
			}
		}
	case *HashJoin:
		switch x.Kind {
		case t.InnerJoin, t.LeftJoin, t.SemiJoin, t.AntiJoin, t.AntiNullAwareJoin:
			return probeSource(x.Left, id)
		}
	case *Aggregate:
		// A group whose key nobody asks for need not be made. Without groups there is a
		// row even of nothing, and grouping sets put out rows without the key.
		if x.Sets == nil && slices.Contains(x.Groups, id) {
			return probeSource(x.Input, id)
		}
	}
	return nil, 0
}

func (p *planner) filterFor(src *Source, id t.ColumnID, ref *t.ColRef, op uint32) *DynamicFilter {
	f := &DynamicFilter{Column: id, MaxKeys: maxFilterKeys, Attr: -1}
	d := p.domain(src.Server)
	scan, isScan := src.remote.(*t.Scan)
	if src.Fragment.Scan != nil {
		if !isScan || !d.Predicates || src.Fragment.Scan.Limit >= 0 {
			return nil
		}
		f.Attr = attrOf(scan, &t.ColRef{ID: id}, true)
		return f
	}
	return p.renderedFilter(f, src, ref, op)
}

// renderedFilter restricts a query by column IN (values), if the source compares
// as Postgres does, or at least keeps all rows that Postgres would keep.
func (p *planner) renderedFilter(f *DynamicFilter, src *Source, ref *t.ColRef, op uint32) *DynamicFilter {
	rt := p.remote(src.Server)
	if rt.scanOnly() {
		return nil
	}
	col := &t.ColRef{Typed: ref.Typed, ID: f.Column, Name: ref.Name}
	if hasLimit(src.remote) {
		return nil
	}
	sample := keyList(col, op, []any{nil})
	if c, _ := rt.condition(sample); c.Mode == t.None {
		return nil
	}
	remote, mode, dialect := src.remote, p.env.Pushdown, rt.dialect
	f.Rendered = &RenderedFilter{Build: func(values []any) (backends.QueryFragment, error) {
		restricted := &t.Filter{Input: remote, Cond: keyList(col, op, values)}
		out, err := t.NewRenderer(dialect, mode, restricted).Render(restricted)
		if err != nil {
			return backends.QueryFragment{}, err
		}
		var n Source
		n.fill(out)
		return *n.Fragment.Query, nil
	}}
	return f
}

// hasLimit says that fewer rows below would change which rows come out.
func hasLimit(r t.Rel) bool {
	found := false
	eachRel(r, func(r t.Rel) {
		switch r.(type) {
		case *t.Limit, *t.Window:
			found = true
		}
	})
	return found
}

// keyList is column = ANY (values).
func keyList(col *t.ColRef, op uint32, values []any) t.Expr {
	elements := make([]t.Expr, len(values))
	for i, v := range values {
		elements[i] = &t.Const{Typed: col.Typed, Value: v}
	}
	array := arrayType(col.Typ.OID)
	list := &t.ArrayExpr{Typed: t.Typed{Typ: array, Coll: col.Coll}, Elements: elements, ElementType: col.Typ.OID}
	return &t.ScalarArrayOp{Typed: boolType, Op: op, Proc: operatorProc(op), Name: "=", Left: col, Right: list}
}
