package plan

import (
	"math"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	t "github.com/sqlgateway/gateway/translate"
)

func errUnknownRel(r t.Rel) error { return pgerr.Internal("the planner does not know %T", r) }

// source makes the read of a remote part.
func (p *planner) source(c part) Node {
	rt := p.remote(c.server)
	scan, isScan := c.remote.(*t.Scan)
	if isScan && (c.server == "" || rt.dialect == nil) {
		return p.scanNode(c, scan)
	}
	remote := narrowed(c.remote, c.need)
	n := &Source{
		Info:   Info{Rows: p.est.of(remote), Notes: c.notes},
		Server: c.server, Kind: rt.kind, remote: remote,
	}
	p.describeTables(n, remote)
	out, err := rt.render(remote)
	if err != nil {
		return p.unpushed(c, err)
	}
	n.fill(out)
	p.addFallback(n)
	return n
}

// narrowed is r without the columns that only conditions inside it read.
func narrowed(r t.Rel, need t.ColumnSet) t.Rel {
	cols := r.Columns()
	var items []t.ProjectItem
	for _, c := range cols {
		if need.Has(c.ID) {
			items = append(items, t.ProjectItem{Col: c, Expr: c.Ref()})
		}
	}
	if len(items) == len(cols) || len(items) == 0 {
		return r
	}
	if s, ok := r.(*t.Scan); ok {
		return pruneScan(s, need)
	}
	return &t.Project{Input: r, Items: items}
}

// addFallback lets the executor answer a query here that failed at its source by a
// guard, to raise the error that Postgres would.
func (p *planner) addFallback(n *Source) {
	if !n.Guarded {
		return
	}
	env, remote, slots := p.env, n.remote, p.slots
	env.Pushdown = PushOff
	n.Fallback = func() (*Plan, error) {
		local := newPlanner(env)
		local.slots = slots
		local.est.learn(remote)
		plan := &Plan{Root: local.lowerAll(remote), Slots: local.slots}
		return plan, local.err
	}
}

func (p *planner) describeTables(n *Source, r t.Rel) {
	eachRel(r, func(r t.Rel) {
		if s, ok := r.(*t.Scan); ok {
			n.Handle = s.Table.Source
			n.Tables = append(n.Tables, qualified(s.Table))
		}
	})
}

func qualified(table *t.Table) string {
	if table.Schema == "" {
		return table.Name
	}
	return table.Schema + "." + table.Name
}

func outputOf(cols []t.Column) []backends.Column {
	out := make([]backends.Column, len(cols))
	for i, c := range cols {
		out[i] = backends.Column{Name: c.Name, Type: c.Type}
	}
	return out
}

// scanNode reads a table of a source without SQL.
func (p *planner) scanNode(c part, x *t.Scan) *Source {
	n := &Source{
		Info:   Info{Cols: x.Cols, Rows: p.est.of(x), Notes: c.notes},
		Server: c.server, Kind: p.domain(c.server).Kind, Handle: x.Table.Source, Tables: []string{qualified(x.Table)}, remote: x,
	}
	n.Fragment = backends.Fragment{
		Scan:   &backends.ScanFragment{Table: x.Table.Remote, Columns: x.Attrs, Limit: -1},
		Output: outputOf(x.Cols),
	}
	return n
}

// scanSource reads a table with the simple ones of conds as predicates. All of
// conds are kept above: predicates only skip data.
func (p *planner) scanSource(c part, conds []t.Expr) Node {
	scan, ok := c.remote.(*t.Scan)
	if !ok || p.domain(c.server).Dialect != nil && p.env.Pushdown == t.PushOff {
		return p.source(c)
	}
	n := p.scanNode(c, scan)
	if p.env.Pushdown == t.PushOff || !p.domain(c.server).Predicates {
		return n
	}
	for _, cond := range conds {
		pred, args, ok := scanPredicate(scan, cond)
		if !ok {
			continue
		}
		for _, a := range args {
			a.Index = len(n.Fragment.Scan.Predicates)
			n.Args = append(n.Args, a)
		}
		n.Fragment.Scan.Predicates = append(n.Fragment.Scan.Predicates, pred)
	}
	return n
}

// limitedScan tells a scan without predicates how many rows are needed at most.
func (p *planner) limitedScan(c part, x *t.Limit) Node {
	scan, ok := c.remote.(*t.Scan)
	if !ok || p.domain(c.server).Dialect != nil {
		return p.source(c)
	}
	n := p.scanNode(c, scan)
	count, ok1 := constInt(x.Count)
	offset, ok2 := int64(0), true
	if x.Offset != nil {
		offset, ok2 = constInt(x.Offset)
	}
	if ok1 && ok2 && p.env.Pushdown != t.PushOff && p.domain(c.server).Limits && !x.WithTies && count < math.MaxInt64-offset {
		n.Fragment.Scan.Limit = count + offset
	}
	return n
}

func constInt(e t.Expr) (int64, bool) {
	if cast, ok := e.(*t.Cast); ok {
		e = cast.Arg
	}
	c, ok := e.(*t.Const)
	if !ok {
		return 0, false
	}
	switch n := c.Value.(type) {
	case int64:
		return n, n >= 0
	case int32:
		return int64(n), n >= 0
	}
	return 0, false
}

var predicateOps = map[string]backends.PredicateOp{
	"=": backends.Equal, "<>": backends.NotEqual, "<": backends.Less, "<=": backends.LessOrEqual,
	">": backends.Greater, ">=": backends.GreaterOrEqual,
}

// scanPredicate states a condition in the form that scans take.
func scanPredicate(scan *t.Scan, cond t.Expr) (backends.Predicate, []SourceArg, bool) {
	switch x := cond.(type) {
	case *t.OpExpr:
		return comparePredicate(scan, x)
	case *t.ScalarArrayOp:
		return inPredicate(scan, x)
	case *t.NullTest:
		ref, ok := x.Arg.(*t.ColRef)
		attr := attrOf(scan, ref, ok)
		op := backends.IsNull
		if x.Not {
			op = backends.IsNotNull
		}
		return backends.Predicate{Column: attr, Op: op}, nil, attr >= 0
	}
	return backends.Predicate{}, nil, false
}

func comparePredicate(scan *t.Scan, x *t.OpExpr) (backends.Predicate, []SourceArg, bool) {
	none := backends.Predicate{}
	if len(x.Args) != 2 || !isComparison(x.Name) {
		return none, nil, false
	}
	if _, ok := x.Args[1].(*t.ColRef); ok {
		if x = commuted(x); x == nil {
			return none, nil, false
		}
	}
	ref, ok := x.Args[0].(*t.ColRef)
	attr := attrOf(scan, ref, ok)
	if attr < 0 || !byteOrder(ref.Coll) {
		return none, nil, false
	}
	value, arg, ok := predicateValue(x.Args[1], ref.Typ)
	if !ok {
		return none, nil, false
	}
	return backends.Predicate{Column: attr, Op: predicateOps[x.Name], Values: []pgtypes.Datum{value}}, arg, true
}

func inPredicate(scan *t.Scan, x *t.ScalarArrayOp) (backends.Predicate, []SourceArg, bool) {
	none := backends.Predicate{}
	ref, ok := x.Left.(*t.ColRef)
	attr := attrOf(scan, ref, ok)
	list, isList := x.Right.(*t.ArrayExpr)
	if attr < 0 || !isList || x.All || x.Name != "=" || !byteOrder(ref.Coll) {
		return none, nil, false
	}
	pred := backends.Predicate{Column: attr, Op: backends.In}
	var args []SourceArg
	for i, e := range list.Elements {
		if c, ok := e.(*t.Const); ok && c.Value == nil {
			continue // NULL is equal to nothing
		}
		v, arg, ok := predicateValue(e, ref.Typ)
		if !ok {
			return none, nil, false
		}
		for _, a := range arg {
			a.Value = i
			args = append(args, a)
		}
		pred.Values = append(pred.Values, v)
	}
	if len(args) > 0 && len(pred.Values) != len(list.Elements) {
		return none, nil, false
	}
	return pred, args, len(pred.Values) > 0
}

// byteOrder says that values of this collation compare as their bytes do.
func byteOrder(coll uint32) bool {
	switch coll {
	case pgtypes.CollationNone, pgtypes.CollationDefault, pgtypes.CollationC, pgtypes.CollationPOSIX:
		return true
	}
	return false
}

func attrOf(scan *t.Scan, ref *t.ColRef, ok bool) int {
	if !ok {
		return -1
	}
	for i, c := range scan.Cols {
		if c.ID == ref.ID {
			return scan.Attrs[i]
		}
	}
	return -1
}

// predicateValue gives a value in the column's own type, or the expression to
// compute it from at run time.
func predicateValue(e t.Expr, typ pgtypes.Type) (pgtypes.Datum, []SourceArg, bool) {
	switch x := e.(type) {
	case *t.Const:
		v, ok := convertDatum(x.Value, x.Typ.OID, typ.OID)
		return v, nil, ok && v != nil
	case *t.Param, *t.ExecParam:
		if sameKind(e.Type().OID, typ.OID) {
			return nil, []SourceArg{{Expr: e}}, true
		}
	}
	return nil, nil, false
}

// sameKind says that a value of one type is one of the other as it stands.
func sameKind(a, b uint32) bool {
	if a == b {
		return a != pgtypes.OIDBpchar
	}
	return a != pgtypes.OIDBpchar && b != pgtypes.OIDBpchar && isText(a) && isText(b)
}

// convertDatum changes an integer constant to the column's width, where it fits.
func convertDatum(v pgtypes.Datum, from, to uint32) (pgtypes.Datum, bool) {
	if sameKind(from, to) {
		return v, true
	}
	if hashFamily(from) != 1 || hashFamily(to) != 1 {
		return nil, false
	}
	var n int64
	switch x := v.(type) {
	case int32:
		n = int64(x)
	case int64:
		n = x
	default:
		return nil, false
	}
	switch to {
	case pgtypes.OIDInt8:
		return n, true
	case pgtypes.OIDInt4:
		return int32(n), n >= math.MinInt32 && n <= math.MaxInt32
	}
	return int32(n), n >= math.MinInt16 && n <= math.MaxInt16
}
