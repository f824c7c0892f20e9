package plan

import (
	"math"

	t "github.com/sqlgateway/gateway/translate"
)

// Guesses where a source gave no statistics; the fractions are Postgres's own
// defaults (selfuncs.h).
const (
	defaultRows        = 1000.0
	defaultDistinct    = 200.0
	equalityFraction   = 0.005
	inequalityFraction = 1.0 / 3
	matchFraction      = 0.02 // LIKE and regular expressions
	nullFraction       = 0.005
	otherFraction      = 0.25
	setFunctionRows    = 100.0
)

// estimates remembers what was guessed of the relations of one statement.
type estimates struct {
	rows  map[t.Rel]float64
	facts map[t.ColumnID]columnFact
}

// columnFact is what is known of a base column: its statistics and its table.
type columnFact struct {
	facts  *t.ColumnFacts
	rows   float64 // of its table
	unique bool
}

// learn notes the columns of all scans in r, and those that pass on under another
// ID.
func (s *estimates) learn(r t.Rel) {
	if s.facts == nil {
		s.facts = map[t.ColumnID]columnFact{}
	}
	for _, in := range r.Inputs() {
		s.learn(in)
	}
	switch x := r.(type) {
	case *t.With:
		for _, c := range x.CTEs {
			for _, d := range []t.Rel{c.Rel, c.Base, c.Step} {
				if d != nil {
					s.learn(d)
				}
			}
		}
	case *t.Scan:
		for i, c := range x.Cols {
			s.facts[c.ID] = columnFact{
				facts: x.Table.Columns[x.Attrs[i]].Facts, rows: tableRows(x.Table), unique: scanUnique(x, t.ColumnSetOf(c.ID)),
			}
		}
	case *t.Project:
		for _, it := range x.Items {
			if ref, ok := it.Expr.(*t.ColRef); ok {
				if f, ok := s.facts[ref.ID]; ok {
					s.facts[it.Col.ID] = f
				}
			}
		}
	}
}

func tableRows(table *t.Table) float64 {
	if table.Rows < 0 {
		return defaultRows
	}
	return math.Max(table.Rows, 1)
}

// of is the estimated number of rows of r.
func (s *estimates) of(r t.Rel) float64 {
	if n, ok := s.rows[r]; ok {
		return n
	}
	n := s.compute(r)
	if s.rows == nil {
		s.rows = map[t.Rel]float64{}
	}
	s.rows[r] = n
	return n
}

func (s *estimates) compute(r t.Rel) float64 {
	switch x := r.(type) {
	case *t.Scan:
		return tableRows(x.Table)
	case *t.Values:
		return float64(len(x.Rows))
	case *t.FuncScan:
		return setFunctionRows
	case *t.Filter:
		return atLeastOne(s.of(x.Input) * s.all(x.Cond))
	case *t.ProjectSet:
		return s.of(x.Input) * setFunctionRows / 10
	case *t.Join:
		return s.join(x)
	case *t.Aggregate:
		return s.groups(x.Input, x.Groups) * math.Max(1, float64(len(x.Sets)))
	case *t.Dedup:
		return s.groups(x.Input, x.On)
	case *t.Limit:
		return s.limit(x)
	case *t.SetOp:
		return s.setOp(x)
	case *t.With:
		return s.of(x.Body)
	case *t.CTERef:
		if x.CTE.Rel != nil {
			return s.of(x.CTE.Rel)
		}
		return defaultRows
	}
	if in := r.Inputs(); len(in) > 0 {
		return s.of(in[0])
	}
	return defaultRows
}

// base is the rows of r before its conditions.
func (s *estimates) base(r t.Rel) float64 {
	switch x := r.(type) {
	case *t.Filter:
		return s.base(x.Input)
	case *t.Project:
		return s.base(x.Input)
	}
	return s.of(r)
}

func atLeastOne(n float64) float64 { return math.Max(1, n) }

func (s *estimates) join(x *t.Join) float64 {
	l, r := s.of(x.Left), s.of(x.Right)
	both := atLeastOne(l * r * s.joinFraction(conjuncts(x.On, nil)))
	switch x.Kind {
	case t.LeftJoin:
		return math.Max(both, l)
	case t.RightJoin:
		return math.Max(both, r)
	case t.FullJoin:
		return math.Max(both, l+r)
	case t.SemiJoin:
		return atLeastOne(math.Min(l, both) * 0.5)
	case t.AntiJoin, t.AntiNullAwareJoin:
		return atLeastOne(l * 0.5)
	}
	return both
}

func (s *estimates) joinFraction(on []t.Expr) float64 {
	f := 1.0
	for _, c := range on {
		f *= s.edge(c)
	}
	return f
}

// edge is the fraction of pairs of rows that a join condition keeps: of the values on
// the side with more of them, each meets those of the other with the same chance,
// whatever was filtered before.
func (s *estimates) edge(c t.Expr) float64 {
	eq, ok := isEquality(c)
	if !ok {
		return s.one(c)
	}
	return 1 / math.Max(1, math.Max(s.distinct(eq.Args[0]), s.distinct(eq.Args[1])))
}

// distinct is the estimated number of distinct values of e.
func (s *estimates) distinct(e t.Expr) float64 {
	ref, ok := e.(*t.ColRef)
	if !ok {
		return defaultDistinct
	}
	f, ok := s.facts[ref.ID]
	switch {
	case !ok:
		return defaultDistinct
	case f.unique:
		return f.rows
	case f.facts != nil && f.facts.Distinct > 0:
		return f.facts.Distinct
	}
	return math.Min(f.rows, math.Max(defaultDistinct, f.rows/10))
}

func (s *estimates) groups(in t.Rel, cols []t.ColumnID) float64 {
	rows, n := s.of(in), 1.0
	for _, id := range cols {
		n *= s.distinct(&t.ColRef{ID: id})
		if n > rows {
			return rows
		}
	}
	return math.Min(rows, n)
}

func (s *estimates) limit(x *t.Limit) float64 {
	n := s.of(x.Input)
	if v, ok := constInt(x.Count); ok {
		return math.Min(n, float64(v))
	}
	return n
}

func (s *estimates) setOp(x *t.SetOp) float64 {
	l, r := s.of(x.Left), s.of(x.Right)
	switch x.Kind {
	case t.Union:
		return l + r
	case t.Intersect:
		return math.Min(l, r) / 2
	}
	return l
}

// all is the fraction of rows for which every conjunct of cond holds.
func (s *estimates) all(cond t.Expr) float64 {
	f := 1.0
	for _, c := range conjuncts(cond, nil) {
		f *= s.one(c)
	}
	return f
}

func (s *estimates) one(e t.Expr) float64 {
	switch x := e.(type) {
	case *t.Const:
		if x.Value == true {
			return 1
		}
		return 0
	case *t.BoolExpr:
		return s.bool(x)
	case *t.OpExpr:
		return s.operator(x)
	case *t.ScalarArrayOp:
		return s.list(x)
	case *t.NullTest:
		f := s.nulls(x.Arg)
		if x.Not {
			f = 1 - f
		}
		return f
	}
	return otherFraction
}

func (s *estimates) bool(x *t.BoolExpr) float64 {
	switch x.Kind {
	case t.And:
		return s.all(x)
	case t.Not:
		return 1 - s.one(x.Args[0])
	}
	f := 0.0
	for _, a := range x.Args {
		g := s.one(a)
		f += g - f*g
	}
	return f
}

func (s *estimates) nulls(e t.Expr) float64 {
	if ref, ok := e.(*t.ColRef); ok {
		if f := s.facts[ref.ID].facts; f != nil && f.NullFraction >= 0 {
			return f.NullFraction
		}
	}
	return nullFraction
}

func (s *estimates) operator(x *t.OpExpr) float64 {
	if len(x.Args) != 2 {
		return otherFraction
	}
	left, right := x.Args[0], x.Args[1]
	if isValue(left) {
		left, right = right, left
	}
	switch x.Name {
	case "=":
		return s.equal(left, right)
	case "<>":
		return 1 - s.equal(left, right)
	case "<", "<=", ">", ">=":
		return s.rangeFraction(x)
	case "~~", "~~*", "~", "~*":
		return matchFraction
	case "!~~", "!~~*", "!~", "!~*":
		return 1 - matchFraction
	}
	return otherFraction
}

func (s *estimates) equal(left, right t.Expr) float64 {
	if _, ok := left.(*t.ColRef); !ok {
		return equalityFraction
	}
	if _, ok := right.(*t.ColRef); ok {
		return 1 / math.Max(s.distinct(left), s.distinct(right))
	}
	return 1 / math.Max(1, s.distinct(left))
}

func (s *estimates) list(x *t.ScalarArrayOp) float64 {
	n := 10.0
	if a, ok := x.Right.(*t.ArrayExpr); ok {
		n = float64(len(a.Elements))
	}
	f := s.equal(x.Left, x.Right)
	if x.Name != "=" {
		f = inequalityFraction
	}
	f = math.Min(1, n*f)
	if x.All {
		return 1 - f
	}
	return f
}

// rangeFraction places a constant between a column's bounds, where both are
// numbers.
func (s *estimates) rangeFraction(x *t.OpExpr) float64 {
	ref, ok := x.Args[0].(*t.ColRef)
	value, isConst := x.Args[1].(*t.Const)
	below := x.Name == "<" || x.Name == "<="
	if !ok || !isConst {
		ref, ok = x.Args[1].(*t.ColRef)
		value, isConst = x.Args[0].(*t.Const)
		below = !below
	}
	if !ok || !isConst {
		return inequalityFraction
	}
	f := s.facts[ref.ID].facts
	if f == nil {
		return inequalityFraction
	}
	lo, ok1 := asFloat(f.Min)
	hi, ok2 := asFloat(f.Max)
	v, ok3 := asFloat(value.Value)
	if !ok1 || !ok2 || !ok3 || hi <= lo {
		return inequalityFraction
	}
	share := math.Min(1, math.Max(0, (v-lo)/(hi-lo)))
	if !below {
		share = 1 - share
	}
	return math.Max(share, 0.0001)
}

func asFloat(v any) (float64, bool) {
	switch x := v.(type) {
	case int32:
		return float64(x), true
	case int64:
		return float64(x), true
	case float64:
		return x, true
	}
	return 0, false
}
