package bind

import (
	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// aggregate makes the node of an aggregate call, gives it to the level that it
// belongs to and returns a reference to its column there.
func (c *call) aggregate() (translate.Expr, error) {
	n := c.n
	if len(n.Args) == 0 && !n.Star && !n.WithinGroup {
		return nil, c.errorAt(pgerr.WrongObjectType, "%s(*) must be used to call a parameterless aggregate function", c.name)
	}
	if len(c.shape.names) > 0 {
		return nil, c.errorAt(pgerr.FeatureNotSupported, "aggregates cannot use named arguments")
	}
	agg := &translate.AggCall{
		Typed: typed(c.result, n.Pos), Proc: c.proc.OID, Name: c.proc.Name, Args: c.args, Star: n.Star,
		Distinct: n.Distinct, Filter: c.filter,
	}
	agg.Coll = resultCollation(c.result, c.args)
	if err := c.aggregateOrder(agg); err != nil {
		return nil, err
	}
	owner, err := c.s.aggregateLevel(agg)
	if err != nil {
		return nil, err
	}
	if err := owner.aggregateAllowed(n.Pos); err != nil {
		return nil, err
	}
	return owner.addAggregate(agg), nil
}

// aggregateOrder binds ORDER BY and checks DISTINCT (transformAggregateCall).
func (c *call) aggregateOrder(agg *translate.AggCall) error {
	s, n := c.s, c.n
	if n.WithinGroup {
		agg.Direct = c.direct
		ordered := c.args[min(c.direct, len(c.args)):]
		if len(ordered) != len(n.OrderBy) {
			// Variadic ordering columns were gathered; none of the built-in ordered-set
			// aggregates declares such, hypothetical ones take "any".
			return pgerr.Internal("ordered-set aggregate %s has %d ordering columns", c.name, len(ordered))
		}
		for i, key := range n.OrderBy {
			k, err := s.sortKey(key, ordered[i])
			if err != nil {
				return err
			}
			agg.OrderBy = append(agg.OrderBy, k)
		}
		return nil
	}
	for _, key := range n.OrderBy {
		e, err := s.exprIn(kindOrderBy, key.Expr)
		if err != nil {
			return err
		}
		e = matchArg(e, c.args)
		k, err := s.sortKey(key, e)
		if err != nil {
			return err
		}
		if n.Distinct && !among(k.Expr, c.args) {
			return s.b.errorAt(translate.Leftmost(key.Expr), pgerr.InvalidColumnReference,
				"in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list")
		}
		if !repeated(k, agg.OrderBy) {
			agg.OrderBy = append(agg.OrderBy, k)
		}
	}
	if n.Distinct {
		for _, a := range c.args {
			if _, err := s.b.equalityFor(a.Type().OID, exprPos(a)); err != nil {
				return err
			}
		}
	}
	return nil
}

// matchArg gives the argument that an ORDER BY expression repeats, as coerced.
func matchArg(e translate.Expr, args []translate.Expr) translate.Expr {
	for _, a := range args {
		if translate.Equal(a, e) {
			return a
		}
		if c, ok := a.(*translate.Cast); ok && !c.Explicit && translate.Equal(c.Arg, e) {
			if c.Method == translate.CastBinary {
				return a
			}
		}
	}
	return e
}

func among(e translate.Expr, list []translate.Expr) bool {
	for _, a := range list {
		if translate.Equal(a, e) {
			return true
		}
	}
	return false
}

func repeated(k translate.SortKey, keys []translate.SortKey) bool {
	for _, o := range keys {
		if translate.Equal(o.Expr, k.Expr) {
			return true
		}
	}
	return false
}

// aggregateLevel is check_agg_arguments: the innermost level whose columns the
// arguments read, this one if they read none.
func (s *scope) aggregateLevel(agg *translate.AggCall) (*scope, error) {
	owner := s.deepestLevel(agg)
	var err error
	translate.WalkDeep(agg, func(e translate.Expr) bool {
		c, ok := e.(*translate.ColRef)
		if !ok || err != nil {
			return err == nil
		}
		switch info := s.b.info(c.ID); {
		case info.scope != owner:
		case info.kind == aggregateColumn:
			err = s.b.errorAt(info.pos, pgerr.GroupingError, "aggregate function calls cannot be nested")
		case info.kind == windowColumn:
			err = s.b.errorAt(info.pos, pgerr.GroupingError, "aggregate function calls cannot contain window function calls")
		}
		return err == nil
	})
	if err != nil {
		return nil, err
	}
	for _, a := range agg.Args {
		if call := firstSet(a); call != nil {
			return nil, s.b.errorAt(exprPos(call), pgerr.FeatureNotSupported, "aggregate function calls cannot contain set-returning function calls").
				WithHint("You might be able to move the set-returning function into a LATERAL FROM item.")
		}
	}
	return owner, nil
}

// deepestLevel is the innermost of the levels that e reads, s or above.
func (s *scope) deepestLevel(e translate.Expr) *scope {
	var owner *scope
	translate.WalkDeep(e, func(e translate.Expr) bool {
		if c, ok := e.(*translate.ColRef); ok {
			level := s.b.info(c.ID).scope
			if level != nil && level.depth <= s.depth && level.encloses(s) && (owner == nil || level.depth > owner.depth) {
				owner = level
			}
		}
		return true
	})
	if owner == nil {
		return s
	}
	return owner
}

func (s *scope) encloses(inner *scope) bool {
	for ; inner != nil; inner = inner.parent {
		if inner == s {
			return true
		}
	}
	return false
}

func firstSet(e translate.Expr) *translate.FuncExpr {
	var call *translate.FuncExpr
	translate.WalkExpr(e, func(e translate.Expr) bool {
		if f, ok := e.(*translate.FuncExpr); ok && f.ReturnsSet && call == nil {
			call = f
		}
		return call == nil
	})
	return call
}

// aggregateAllowed is check_agglevels_and_constraints, for the level that owns
// the aggregate and the clause being bound there.
func (s *scope) aggregateAllowed(pos int) error {
	where := ""
	switch s.kind {
	case kindTarget, kindHaving, kindOrderBy, kindDistinctOn, kindPartition, kindWindowOrder, kindOther, kindInsertTarget:
		return nil
	case kindJoinOn:
		where = "JOIN conditions"
	case kindFromSubselect:
		where = "FROM clause of their own query level"
	case kindFromFunction:
		where = "functions in FROM"
	case kindFrameRange, kindFrameRows, kindFrameGroups:
		where = kindNames[s.kind]
	default:
		where = kindNames[s.kind]
	}
	return s.b.errorAt(pos, pgerr.GroupingError, "aggregate functions are not allowed in %s", where)
}

// addAggregate puts an aggregate among those of the level, once for equal ones.
func (s *scope) addAggregate(agg *translate.AggCall) translate.Expr {
	s.hasAggs = true
	for _, item := range s.aggs {
		if translate.Equal(item.Call, agg) && translate.VolatilityOf(agg) != translate.Volatile {
			ref := item.Col.Ref()
			ref.Pos = agg.Pos
			return ref
		}
	}
	id := s.b.newColumn(columnInfo{scope: s, kind: aggregateColumn, name: agg.Name, pos: agg.Pos})
	col := translate.Column{ID: id, Name: agg.Name, Type: agg.Typ, Coll: agg.Coll, NotNull: agg.Name == "count"}
	s.aggs = append(s.aggs, translate.AggItem{Col: col, Call: agg})
	ref := col.Ref()
	ref.Pos = agg.Pos
	return ref
}

// equalityFor finds the equality that grouping of a type uses, or raises 42883.
func (b *binder) equalityFor(typ uint32, pos int) (uint32, error) {
	_, equal, _ := sortOperators(typ)
	if equal == 0 {
		equal = pgbuiltin.HashEquality(typ)
	}
	if equal == 0 || elementWithout(typ) {
		return 0, b.errorAt(pos, pgerr.UndefinedFunction, "could not identify an equality operator for type %s", typeText(typ))
	}
	return equal, nil
}

// sortOperators are those of a type, none for arrays of types without them.
func sortOperators(typ uint32) (less, equal, greater uint32) {
	if elementWithout(typ) {
		return 0, 0, 0
	}
	return pgbuiltin.SortOperators(typ)
}

func elementWithout(typ uint32) bool {
	element := elementOf(typ)
	if element == 0 || element == pgtypes.OIDRecord {
		return false
	}
	less, _, _ := pgbuiltin.SortOperators(element)
	return less == 0
}
