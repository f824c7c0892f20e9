package plan

import (
	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	t "github.com/sqlgateway/gateway/translate"
)

// local plans the relations that always run here.
func (p *planner) local(r t.Rel, need t.ColumnSet) Node {
	info := Info{Cols: r.Columns(), Rows: p.est.of(r)}
	switch x := r.(type) {
	case *t.Values:
		rows := make([][]t.Expr, len(x.Rows))
		for i, row := range x.Rows {
			rows[i] = make([]t.Expr, len(row))
			for j, e := range row {
				rows[i][j] = p.localExpr(e)
			}
		}
		return &Values{Info: info, RowExprs: rows}
	case *t.FuncScan:
		return &FunctionScan{Info: info, Funcs: x.Funcs, Ordinality: x.Ordinality}
	case *t.ProjectSet:
		items, _ := mapItems(x.Items, p.localExpr)
		return &ProjectSet{Info: info, Input: p.lower(x.Input, itemsNeed(x.Items)), Items: items}
	case *t.CTERef:
		return &CTEScan{Info: info, CTE: p.cteNode(x.CTE)}
	case *t.With:
		return p.withNode(x, info, need)
	}
	p.fail(errUnknownRel(r))
	return &Values{Info: info}
}

// localUnary plans an operator of one input over in.
func (p *planner) localUnary(r t.Rel, in Node) Node {
	info := Info{Cols: in.Columns(), Rows: p.est.of(r)}
	switch x := r.(type) {
	case *t.Sort:
		return &Sort{Info: info, Input: in, Keys: p.localKeys(x.Keys)}
	case *t.Dedup:
		return &Dedup{Info: info, Input: in, On: x.On, Ordered: x.Ordered}
	case *t.Window:
		info.Cols = append([]t.Column(nil), info.Cols...)
		for _, call := range x.Calls {
			info.Cols = append(info.Cols, call.Col)
		}
		return &Window{Info: info, Input: in, Partition: x.Partition, Order: p.localKeys(x.Order), Calls: x.Calls}
	case *t.Aggregate:
		info.Cols = x.Columns()
		p.aggregates = append(p.aggregates, x)
		return &Aggregate{Info: info, Input: in, Groups: x.Groups, Sets: x.Sets, GroupingID: x.GroupingID, Aggs: x.Aggs}
	case *t.Lock:
		p.fail(pgUnsupported("FOR " + x.Strength + " on a query that one server can not answer alone"))
		return in
	}
	p.fail(errUnknownRel(r))
	return in
}

func (p *planner) localKeys(keys []t.SortKey) []t.SortKey {
	out := append([]t.SortKey(nil), keys...)
	for i := range out {
		out[i].Expr = p.localExpr(out[i].Expr)
	}
	return out
}

// withNode plans the definitions before the body, so that reads find them.
func (p *planner) withNode(x *t.With, info Info, need t.ColumnSet) Node {
	n := &With{Info: info}
	for _, c := range x.CTEs {
		n.CTEs = append(n.CTEs, p.cteNode(c))
	}
	n.Body = p.lower(x.Body, need)
	n.Cols = n.Body.Columns()
	return n
}

// cteNode plans a definition at its first mention; a recursive step reads the node
// that is being made.
func (p *planner) cteNode(c *t.CTE) *CTE {
	if n, ok := p.cteNodes[c]; ok {
		return n
	}
	if p.cteNodes == nil {
		p.cteNodes = map[*t.CTE]*CTE{}
	}
	n := &CTE{Name: c.Name, Cols: c.Cols, PlanCols: columnIDs(c.Cols), BaseCols: c.BaseCols, StepCols: c.StepCols, UnionAll: c.UnionAll}
	p.cteNodes[c] = n
	if c.Rel != nil {
		n.Plan = p.lower(c.Rel, t.ColumnSetOf(columnIDs(c.Cols)...))
	}
	if c.Base != nil {
		n.Base, n.Step = p.lower(c.Base, t.ColumnSetOf(c.BaseCols...)), p.lower(c.Step, t.ColumnSetOf(c.StepCols...))
	}
	return n
}

// joinNode plans a join that runs here, hashed where there is an equality.
func (p *planner) joinNode(x *t.Join, l, r part) Node {
	left, right := p.nodeOf(l), p.nodeOf(r)
	keys, rest := splitKeys(x)
	for i, c := range rest {
		rest[i] = p.localExpr(c)
	}
	info := Info{Cols: joinColumns(x.Kind, left, right), Rows: p.est.of(x)}
	if len(keys) == 0 || x.Kind == t.AntiNullAwareJoin && len(rest) > 0 {
		kind, on := x.Kind, all(rest)
		if kind == t.AntiNullAwareJoin {
			kind, on = t.AntiJoin, &t.BoolTest{Typed: boolType, Arg: x.On, Kind: t.IsNotFalse}
		}
		return &NestedLoop{Info: info, Kind: kind, Left: left, Right: right, On: on}
	}
	n := &HashJoin{Info: info, Kind: x.Kind, Left: left, Right: right, Keys: keys, Residual: all(rest), SingleRow: x.SingleRow}
	if x.Kind == t.LeftJoin && !x.SingleRow && p.est.of(x.Right) > 2*p.est.of(x.Left) {
		n.Kind, n.Left, n.Right = t.RightJoin, right, left
		n.Cols = joinColumns(n.Kind, right, left)
		for i, k := range n.Keys {
			n.Keys[i] = JoinKey{Left: k.Right, Right: k.Left, Op: commutator(k.Op), NullEqual: k.NullEqual}
		}
	}
	if (x.Kind == t.SemiJoin || x.Kind == t.AntiJoin) && p.est.of(x.Right) > 2*p.est.of(x.Left) {
		n.BuildLeft = true
	}
	p.dynamicFilters(n)
	return n
}

// joinColumns are the columns that a join of two nodes puts out.
func joinColumns(kind t.JoinKind, left, right Node) []t.Column {
	l := left.Columns()
	if kind >= t.SemiJoin {
		return l
	}
	r := right.Columns()
	cols := make([]t.Column, 0, len(l)+len(r))
	cols = append(append(cols, l...), r...)
	for i := range cols {
		if i < len(l) && (kind == t.RightJoin || kind == t.FullJoin) || i >= len(l) && (kind == t.LeftJoin || kind == t.FullJoin) {
			cols[i].NotNull = false
		}
	}
	return cols
}

func itemsNeed(items []t.ProjectItem) t.ColumnSet {
	var s t.ColumnSet
	for _, it := range items {
		s.AddSet(t.ColumnsIn(it.Expr))
	}
	return s
}

func commutator(op uint32) uint32 {
	if o := pgbuiltin.OperatorByOID(op); o != nil && o.Commutator != 0 {
		return o.Commutator
	}
	return op
}

// splitKeys separates the equalities that a hash join can use from the rest of ON.
func splitKeys(x *t.Join) (keys []JoinKey, rest []t.Expr) {
	left, right := t.ColumnsOf(x.Left), t.ColumnsOf(x.Right)
	for _, c := range conjuncts(x.On, nil) {
		k, ok := joinKey(c, left, right)
		if ok {
			keys = append(keys, k)
		} else {
			rest = append(rest, c)
		}
	}
	return keys, rest
}

func joinKey(c t.Expr, left, right t.ColumnSet) (JoinKey, bool) {
	var k JoinKey
	switch x := c.(type) {
	case *t.OpExpr:
		if len(x.Args) != 2 || x.Name != "=" {
			return k, false
		}
		k = JoinKey{Left: x.Args[0], Right: x.Args[1], Op: x.Op}
	case *t.Distinct:
		if !x.Not {
			return k, false
		}
		k = JoinKey{Left: x.Left, Right: x.Right, Op: x.Op, NullEqual: true}
	default:
		return k, false
	}
	if !hashable(k) || isVolatile(c) {
		return k, false
	}
	a, b := t.ColumnsIn(k.Left), t.ColumnsIn(k.Right)
	switch {
	case a.Intersects(left) && !a.Intersects(right) && b.Intersects(right) && !b.Intersects(left):
		return k, true
	case a.Intersects(right) && !a.Intersects(left) && b.Intersects(left) && !b.Intersects(right):
		k.Left, k.Right, k.Op = k.Right, k.Left, commutator(k.Op)
		return k, true
	}
	return k, false
}

// hashable says that equal values of the two sides hash alike.
func hashable(k JoinKey) bool {
	op := pgbuiltin.OperatorByOID(k.Op)
	if op == nil || !op.CanHash {
		return false
	}
	a, b := k.Left.Type().OID, k.Right.Type().OID
	return a == b || hashFamily(a) != 0 && hashFamily(a) == hashFamily(b)
}

// hashFamily numbers the groups of types that hash alike.
func hashFamily(oid uint32) int {
	switch oid {
	case pgtypes.OIDInt2, pgtypes.OIDInt4, pgtypes.OIDInt8:
		return 1
	case pgtypes.OIDFloat4, pgtypes.OIDFloat8:
		return 2
	case pgtypes.OIDText, pgtypes.OIDVarchar, pgtypes.OIDName:
		return 3
	}
	return 0
}

// apply plans a lateral join: the right side runs for each left row, whose columns
// it reads through ExecParams.
func (p *planner) apply(x *t.Join, need t.ColumnSet) Node {
	outer := t.OuterColumns(x.Right)
	below := also(need, x.On)
	below.AddSet(outer)
	left := p.lower(x.Left, below)
	n := &Apply{
		Info: Info{Rows: p.est.of(x), Notes: []Note{{"apply", "the right side depends on each left row in a way that no join expresses"}}},
		Kind: x.Kind, Left: left, Scalar: x.SingleRow,
	}
	slots := map[t.ColumnID]t.Expr{}
	for _, c := range x.Left.Columns() {
		if outer.Has(c.ID) {
			slot := p.newSlot()
			slots[c.ID] = &t.ExecParam{Typed: t.Typed{Typ: c.Type, Coll: c.Coll}, Slot: slot}
			n.Params = append(n.Params, ApplyParam{Slot: slot, Column: c.ID})
		}
	}
	right := t.RewriteRel(x.Right, func(e t.Expr) t.Expr {
		if ref, ok := e.(*t.ColRef); ok {
			if to, ok := slots[ref.ID]; ok {
				return to
			}
		}
		return e
	})
	n.Right = p.lower(right, below)
	n.Cols = joinColumns(x.Kind, left, n.Right)
	if x.On != nil {
		n.On = p.localExpr(x.On)
	}
	return n
}

// localExpr readies an expression for the executor: GROUPING is computed from the
// bits of the grouping column.
func (p *planner) localExpr(e t.Expr) t.Expr {
	if len(p.aggregates) == 0 {
		return e
	}
	return t.Rewrite(e, func(e t.Expr) t.Expr {
		if g, ok := e.(*t.Grouping); ok {
			return p.groupingBits(g)
		}
		return e
	})
}

func (p *planner) groupingBits(g *t.Grouping) t.Expr {
	agg := p.aggregateOf(g)
	if agg == nil {
		return &t.Const{Typed: g.Typed, Value: int32(0)}
	}
	gid := &t.ColRef{Typed: t.Typed{Typ: pgtypes.Of(pgtypes.OIDInt8)}, ID: agg.GroupingID, Name: "grouping"}
	int4 := func(v int) t.Expr {
		return &t.Const{Typed: t.Typed{Typ: pgtypes.Of(pgtypes.OIDInt4)}, Value: int32(v)}
	}
	var sum t.Expr
	for i, id := range g.Columns {
		bit := call("&", call(">>", gid, int4(groupBit(agg, id))), int8Const(1))
		bit = call("<<", bit, int4(len(g.Columns)-1-i))
		if sum == nil {
			sum = bit
		} else {
			sum = call("|", sum, bit)
		}
	}
	cast := pgbuiltin.CastBetween(pgtypes.OIDInt8, pgtypes.OIDInt4)
	return &t.Cast{Typed: g.Typed, Arg: sum, Method: t.CastFunc, Proc: cast.Func}
}

func (p *planner) aggregateOf(g *t.Grouping) *t.Aggregate {
	for _, a := range p.aggregates {
		if a.GroupingID != 0 && t.ColumnSetOf(g.Columns...).SubsetOf(t.ColumnSetOf(a.Groups...)) {
			return a
		}
	}
	return nil
}

// groupBit is the bit of a group column, counted from the right.
func groupBit(a *t.Aggregate, id t.ColumnID) int {
	for i, g := range a.Groups {
		if g == id {
			return len(a.Groups) - 1 - i
		}
	}
	return 0
}
