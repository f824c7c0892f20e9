package bind

import (
	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// call is a function call being bound.
type call struct {
	s      *scope
	n      *translate.FuncCall
	name   string // as error texts spell it
	args   []translate.Expr
	actual []uint32
	shape  callShape
	filter translate.Expr
	proc   *pgbuiltin.Proc
	result uint32
	direct int // direct arguments of WITHIN GROUP
}

// functionCall is transformFuncCall and ParseFuncOrColumn.
func (s *scope) functionCall(n *translate.FuncCall) (translate.Expr, error) {
	c := &call{s: s, n: n, name: dotted(n.Name)}
	if err := c.bindArgs(); err != nil {
		return nil, err
	}
	if len(n.Name) > 1 {
		if err := s.b.schemaExists(n.Name[len(n.Name)-2], n.Pos); err != nil {
			return nil, err
		}
	}
	r := s.b.resolveProc(n.Name, c.shape, c.actual)
	if r.choice == nil {
		if r.coerce.OID != 0 {
			if err := c.notAggregate(); err != nil {
				return nil, err
			}
			return s.b.coerce(c.args[0], r.coerce, explicit, n.Pos)
		}
		return nil, c.notFound(r.several)
	}
	c.proc = r.choice.proc
	if pgbuiltin.ProcByOID(c.proc.OID) != c.proc {
		if s.b.procs == nil {
			s.b.procs = map[uint32]*pgbuiltin.Proc{}
		}
		s.b.procs[c.proc.OID] = c.proc
	}
	if err := c.checkKind(); err != nil {
		return nil, err
	}
	if err := c.finishArgs(r.choice); err != nil {
		return nil, err
	}
	switch {
	case n.Over != nil:
		return c.window()
	case c.proc.Kind == 'a':
		return c.aggregate()
	}
	return c.function()
}

func (c *call) bindArgs() error {
	s, n := c.s, c.n
	for _, arg := range n.Args {
		named, ok := arg.(*translate.NamedArg)
		if !ok && len(c.shape.names) > 0 {
			return s.b.errorAt(translate.Leftmost(arg), pgerr.SyntaxError, "positional argument cannot follow named argument")
		}
		if ok {
			for _, seen := range c.shape.names {
				if seen == named.Name {
					return s.b.errorAt(named.Pos, pgerr.SyntaxError, "argument name \"%s\" used more than once", named.Name)
				}
			}
			c.shape.names = append(c.shape.names, named.Name)
		}
		e, err := s.expr(arg)
		if err != nil {
			return err
		}
		c.args = append(c.args, e)
	}
	c.direct = len(c.args)
	if n.WithinGroup {
		for _, key := range n.OrderBy {
			e, err := s.exprIn(kindOrderBy, key.Expr)
			if err != nil {
				return err
			}
			c.args = append(c.args, e)
		}
	}
	if n.Filter != nil {
		e, err := s.exprIn(kindFilter, n.Filter)
		if err != nil {
			return err
		}
		if c.filter, err = s.b.toBoolean(e, "FILTER"); err != nil {
			return err
		}
	}
	if len(c.args) > 100 {
		return s.b.errorAt(n.Pos, pgerr.TooManyArguments, "cannot pass more than 100 arguments to a function")
	}
	for _, a := range c.args {
		c.actual = append(c.actual, a.Type().OID)
	}
	c.shape.nargs, c.shape.variadic = len(c.args), n.Variadic
	return nil
}

func (c *call) errorAt(code, format string, args ...any) *pgerr.Error {
	return c.s.b.errorAt(c.n.Pos, code, format, args...)
}

func (c *call) notFound(several bool) error {
	text := signature(c.name, c.shape.names, c.actual)
	switch {
	case several:
		return c.errorAt(pgerr.AmbiguousFunction, "function %s is not unique", text).
			WithHint("Could not choose a best candidate function. You might need to add explicit type casts.")
	case len(c.n.OrderBy) > 0 && !c.n.WithinGroup:
		return c.errorAt(pgerr.UndefinedFunction, "function %s does not exist", text).
			WithHint("No aggregate function matches the given name and argument types. Perhaps you misplaced ORDER BY; ORDER BY must appear after all regular arguments of the aggregate.")
	default:
		return c.errorAt(pgerr.UndefinedFunction, "function %s does not exist", text).
			WithHint("No function matches the given name and argument types. You might need to add explicit type casts.")
	}
}

// notAggregate refuses what only aggregates may have.
func (c *call) notAggregate() error {
	n := c.n
	reason := ""
	switch {
	case n.Star:
		return c.errorAt(pgerr.WrongObjectType, "%s(*) specified, but %s is not an aggregate function", c.name, c.name)
	case n.Distinct:
		reason = "DISTINCT"
	case n.WithinGroup:
		reason = "WITHIN GROUP"
	case len(n.OrderBy) > 0:
		reason = "ORDER BY"
	case n.Filter != nil:
		reason = "FILTER"
	case n.Over != nil:
		return c.errorAt(pgerr.WrongObjectType, "OVER specified, but %s is not a window function nor an aggregate function", c.name)
	default:
		return nil
	}
	return c.errorAt(pgerr.WrongObjectType, "%s specified, but %s is not an aggregate function", reason, c.name)
}

// checkKind checks the clauses of the call against what the function is.
func (c *call) checkKind() error {
	switch c.proc.Kind {
	case 'p':
		return c.errorAt(pgerr.WrongObjectType, "%s is a procedure", signature(c.name, c.shape.names, c.actual)).
			WithHint("To call a procedure, use CALL.")
	case 'a':
		return c.checkAggregateKind()
	case 'w':
		if c.n.Over == nil {
			return c.errorAt(pgerr.WrongObjectType, "window function %s requires an OVER clause", c.name)
		}
		if c.n.WithinGroup {
			return c.errorAt(pgerr.WrongObjectType, "window function %s cannot have WITHIN GROUP", c.name)
		}
		return nil
	}
	return c.notAggregate()
}

func (c *call) checkAggregateKind() error {
	agg := pgbuiltin.AggregateByProc(c.proc.OID)
	if agg == nil || agg.Kind == 'n' {
		if c.n.WithinGroup {
			return c.errorAt(pgerr.WrongObjectType, "%s is not an ordered-set aggregate, so it cannot have WITHIN GROUP", c.name)
		}
		return nil
	}
	if !c.n.WithinGroup {
		return c.errorAt(pgerr.WrongObjectType, "WITHIN GROUP is required for ordered-set aggregate %s", c.name)
	}
	if c.n.Over != nil {
		return c.errorAt(pgerr.FeatureNotSupported, "OVER is not supported for ordered-set aggregate %s", c.name)
	}
	text := signature(c.name, c.shape.names, c.actual)
	if c.proc.Variadic == 0 {
		if c.direct != agg.DirectArgs {
			return c.errorAt(pgerr.UndefinedFunction, "function %s does not exist", text).
				WithHint("There is an ordered-set aggregate %s, but it requires %s, not %d.", c.name, directArguments(agg.DirectArgs), c.direct)
		}
		return nil
	}
	if ordered := len(c.args) - c.direct; agg.Kind == 'h' && c.direct != ordered {
		return c.errorAt(pgerr.UndefinedFunction, "function %s does not exist", text).
			WithHint("To use the hypothetical-set aggregate %s, the number of hypothetical direct arguments (here %d) must match the number of ordering columns (here %d).",
				c.name, c.direct, ordered)
	}
	if agg.Kind == 'h' {
		return c.unifyHypothetical()
	}
	return nil
}

func directArguments(n int) string {
	if n == 1 {
		return "1 direct argument"
	}
	return string(rune('0'+n)) + " direct arguments"
}

// unifyHypothetical gives each direct argument the type of its ordering column.
func (c *call) unifyHypothetical() error {
	for i := range c.direct {
		pair := []translate.Expr{c.args[c.direct+i], c.args[i]}
		if _, err := c.s.b.unify(pair, "WITHIN GROUP"); err != nil {
			return err
		}
		c.args[c.direct+i], c.args[i] = pair[0], pair[1]
		c.actual[i], c.actual[c.direct+i] = pair[1].Type().OID, pair[0].Type().OID
	}
	return nil
}

// finishArgs coerces the arguments, gathers variadic ones and adds defaults.
func (c *call) finishArgs(choice *procCandidate) error {
	b := c.s.b
	declared, result, err := enforceGenerics(c.actual, choice.args, c.proc.Result, false)
	if err != nil {
		return at(err, 0)
	}
	c.result = result
	for i := range c.args {
		if c.actual[i] != declared[i] {
			if c.args[i], err = b.coerce(c.args[i], pgtypes.Of(declared[i]), implicit, 0); err != nil {
				return err
			}
		}
	}
	if choice.variadic > 0 && c.proc.Variadic != pgtypes.OIDAny {
		if err := c.gatherVariadic(choice.variadic, declared); err != nil {
			return err
		}
	}
	if c.n.Variadic && c.proc.Variadic == pgtypes.OIDAny && len(c.actual) > 0 {
		if last := c.actual[len(c.actual)-1]; elementOf(last) == 0 {
			return b.errorAt(exprPos(c.args[len(c.args)-1]), pgerr.DatatypeMismatch, "VARIADIC argument must be an array")
		}
	}
	return c.addDefaults(choice)
}

func (c *call) gatherVariadic(count int, declared []uint32) error {
	from := len(c.args) - count
	elements := append([]translate.Expr(nil), c.args[from:]...)
	element := declared[len(declared)-1]
	if isPolymorphic(element) {
		element = elements[0].Type().OID
	}
	array := arrayOf(element)
	if array == 0 {
		return c.s.b.errorAt(exprPos(elements[0]), pgerr.UndefinedObject, "could not find array type for data type %s", typeText(element))
	}
	list := &translate.ArrayExpr{Typed: typed(array, exprPos(elements[0])), Elements: elements, ElementType: element}
	list.Coll = resultCollation(array, elements)
	c.args = append(c.args[:from:from], list)
	return nil
}

// function makes the node of an ordinary call.
func (c *call) function() (translate.Expr, error) {
	e := &translate.FuncExpr{
		Typed: typed(c.result, c.n.Pos), Proc: c.proc.OID, Name: c.proc.Name, Args: c.args,
		ReturnsSet: c.proc.ReturnSet, Volatility: translate.Volatility(c.proc.Volatility),
		Variadic: c.n.Variadic && c.proc.Variadic == pgtypes.OIDAny,
	}
	e.Coll = resultCollation(c.result, c.args)
	if c.proc.ReturnSet {
		if err := c.s.checkSet(c.n.Pos); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// checkSet is check_srf_call_placement.
func (s *scope) checkSet(pos int) error {
	where := ""
	switch s.kind {
	case kindTarget, kindFromFunction, kindOrderBy, kindGroupBy, kindDistinctOn, kindInsertTarget, kindValuesSingle, kindOther:
		return nil
	case kindJoinOn:
		where = "JOIN conditions"
	case kindPartition, kindWindowOrder:
		where = "window definitions"
	case kindFrameRange, kindFrameRows, kindFrameGroups:
		where = "window definitions"
	default:
		where = kindNames[s.kind]
	}
	return s.b.errorAt(pos, pgerr.FeatureNotSupported, "set-returning functions are not allowed in %s", where)
}
