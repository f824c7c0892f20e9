package plan

import (
	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	t "github.com/sqlgateway/gateway/translate"
)

// isVolatile says that e must be computed exactly as often as the statement says.
func isVolatile(e t.Expr) bool { return t.VolatilityOf(e) == t.Volatile }

// relVolatile says that running r twice, or not at all, could be seen.
func relVolatile(r t.Rel) bool {
	found := false
	eachRel(r, func(r t.Rel) {
		if _, ok := r.(*t.Lock); ok {
			found = true
		}
		if f, ok := r.(*t.FuncScan); ok {
			for _, fn := range f.Funcs {
				found = found || fn.Call.Volatility == t.Volatile
			}
		}
		t.EachExpr(r, func(e t.Expr) { found = found || isVolatile(e) })
	})
	return found
}

// returnsSet says that e has a set-returning function in it.
func returnsSet(e t.Expr) bool {
	return t.Any(e, func(e t.Expr) bool {
		f, ok := e.(*t.FuncExpr)
		return ok && f.ReturnsSet
	})
}

// mayRaise says that computing e for a row can be an error. Such an expression is
// never shown rows that Postgres would not show it. Parts that read no column do
// not count: they raise for every row or for none.
func mayRaise(e t.Expr) bool {
	found := false
	t.WalkExpr(e, func(e t.Expr) bool {
		if found || t.IsConstant(e) && !t.HasSubquery(e) {
			return false
		}
		found = raises(e)
		return !found
	})
	return found
}

// raises says whether e itself, its arguments apart, may raise.
func raises(e t.Expr) bool {
	switch x := e.(type) {
	case *t.OpExpr:
		return opMayRaise(x)
	case *t.FuncExpr:
		return !totalFunctions[x.Name]
	case *t.Cast:
		return castMayRaise(x)
	case *t.ScalarArrayOp:
		return !totalOperators[x.Name]
	case *t.Subscript:
		return x.Slice
	case *t.Subquery:
		return x.Kind == t.ScalarSubquery
	}
	return false
}

// totalOperators never raise, whatever their operands. LIKE does so only for a
// pattern that ends in the escape character.
var totalOperators = map[string]bool{
	"=": true, "<>": true, "<": true, "<=": true, ">": true, ">=": true,
	"||": true, "&": true, "|": true, "#": true, "&&": true, "@>": true, "<@": true,
}

// totalFunctions never raise.
var totalFunctions = map[string]bool{
	"lower": true, "upper": true, "length": true, "char_length": true, "character_length": true,
	"octet_length": true, "btrim": true, "ltrim": true, "rtrim": true, "strpos": true, "position": true,
	"concat": true, "concat_ws": true, "starts_with": true, "left": true, "right": true, "reverse": true,
	"replace": true, "extract": true, "date_part": true, "sign": true, "floor": true, "ceil": true,
	"ceiling": true, "md5": true, "now": true, "array_length": true, "cardinality": true,
}

func opMayRaise(x *t.OpExpr) bool {
	if totalOperators[x.Name] {
		return false
	}
	switch x.Name {
	case "~~", "!~~", "~~*", "!~~*":
		c, ok := x.Args[len(x.Args)-1].(*t.Const)
		if !ok {
			return true
		}
		s, ok := c.Value.(string)
		return ok && len(s) > 0 && s[len(s)-1] == '\\'
	case "+", "-", "*":
		// Only a numeric of more than 131072 digits overflows.
		return x.Typ.OID != pgtypes.OIDNumeric
	}
	return true
}

// wideningCasts gives, for a type, the rank among numbers: a cast to a higher one
// never raises.
var wideningCasts = map[uint32]int{
	pgtypes.OIDInt2: 1, pgtypes.OIDInt4: 2, pgtypes.OIDInt8: 3, pgtypes.OIDNumeric: 4,
}

func castMayRaise(x *t.Cast) bool {
	from, to := x.Arg.Type(), x.Typ
	switch {
	case x.Method == t.CastBinary:
		return false
	case isText(to.OID) && (to.Typmod < 0 || x.Explicit):
		return false
	case from.OID == pgtypes.OIDDate && to.OID == pgtypes.OIDTimestamp:
		return true // out of range for far dates
	}
	a, b := wideningCasts[from.OID], wideningCasts[to.OID]
	if a > 0 && b > a && to.Typmod < 0 {
		return false
	}
	if to.OID == pgtypes.OIDFloat8 && a > 0 && a < 4 || from.OID == pgtypes.OIDFloat4 && to.OID == pgtypes.OIDFloat8 {
		return false
	}
	return true
}

func isText(oid uint32) bool {
	return oid == pgtypes.OIDText || oid == pgtypes.OIDVarchar || oid == pgtypes.OIDBpchar || oid == pgtypes.OIDName
}

// isStrict says that e itself (not its arguments) is NULL when one of its
// arguments is.
func isStrict(e t.Expr) bool {
	switch x := e.(type) {
	case *t.OpExpr:
		return procStrict(x.Proc)
	case *t.FuncExpr:
		return !x.ReturnsSet && procStrict(x.Proc)
	case *t.Cast:
		return x.Method != t.CastRow
	case *t.Collate:
		return true
	}
	return false
}

func procStrict(oid uint32) bool {
	proc := pgbuiltin.ProcByOID(oid)
	return proc != nil && proc.Strict
}

// nullIfNull is the columns whose NULL makes e NULL.
func nullIfNull(e t.Expr, s *t.ColumnSet) {
	switch x := e.(type) {
	case *t.ColRef:
		s.Add(x.ID)
	case *t.OpExpr, *t.FuncExpr, *t.Cast, *t.Collate:
		if isStrict(e) {
			t.EachChild(e, func(c t.Expr) { nullIfNull(c, s) })
		}
	case *t.ScalarArrayOp:
		nullIfNull(x.Left, s)
	case *t.BoolExpr:
		if x.Kind == t.Not {
			nullIfNull(x.Args[0], s)
		}
	}
}

// rejectsNull is the columns whose NULL keeps condition e from being true.
func rejectsNull(e t.Expr, s *t.ColumnSet) {
	switch x := e.(type) {
	case *t.NullTest:
		if x.Not {
			nullIfNull(x.Arg, s)
		}
	case *t.BoolTest:
		if x.Kind == t.IsTrue || x.Kind == t.IsFalse {
			nullIfNull(x.Arg, s)
		}
	case *t.BoolExpr:
		rejectsNullBool(x, s)
	default:
		nullIfNull(e, s)
	}
}

func rejectsNullBool(x *t.BoolExpr, s *t.ColumnSet) {
	switch x.Kind {
	case t.And:
		for _, a := range x.Args {
			rejectsNull(a, s)
		}
	case t.Or:
		var common t.ColumnSet
		for i, a := range x.Args {
			var one t.ColumnSet
			rejectsNull(a, &one)
			if i == 0 {
				common = one
			} else {
				common = common.Minus(common.Minus(one))
			}
		}
		s.AddSet(common)
	case t.Not:
		nullIfNull(x.Args[0], s)
	}
}

// neverNull says that e is not NULL in rows where the columns of notNull are not.
func neverNull(e t.Expr, notNull t.ColumnSet) bool {
	switch x := e.(type) {
	case *t.Const:
		return x.Value != nil
	case *t.ColRef:
		return notNull.Has(x.ID)
	case *t.Cast:
		return x.Method != t.CastRow && neverNull(x.Arg, notNull)
	case *t.NullTest, *t.BoolTest, *t.Distinct:
		return true
	case *t.Coalesce:
		for _, a := range x.Args {
			if neverNull(a, notNull) {
				return true
			}
		}
	case *t.OpExpr:
		if !isArithmeticOrComparison[x.Name] {
			return false
		}
		for _, a := range x.Args {
			if !neverNull(a, notNull) {
				return false
			}
		}
		return true
	}
	return false
}

var isArithmeticOrComparison = map[string]bool{
	"=": true, "<>": true, "<": true, "<=": true, ">": true, ">=": true,
	"+": true, "-": true, "*": true, "/": true, "%": true,
}

func notNullColumns(r t.Rel) t.ColumnSet {
	var s t.ColumnSet
	for _, c := range r.Columns() {
		if c.NotNull {
			s.Add(c.ID)
		}
	}
	return s
}
