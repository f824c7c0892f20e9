package translate

import (
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// ColumnID names one column of one relation of a bound statement. It is unique
// within the statement, also across sub-queries, and never 0; so a rewrite can
// move an expression without renumbering it.
type ColumnID int32

// Expr is a bound, typed expression: every name is resolved, every implicit cast
// is a Cast node, every operator and function is a row of pg_operator or pg_proc.
//
// Expressions are immutable once bound; rewrites make new nodes (see Rewrite).
type Expr interface {
	// Type is the result type with its modifier.
	Type() pgtypes.Type
	// Collation is the collation that a comparison of this value would use, or
	// pgtypes.CollationNone for types without one.
	Collation() uint32
	isExpr()
}

// Typed carries what every expression has. Nodes embed it.
type Typed struct {
	Typ  pgtypes.Type
	Coll uint32
	// Pos is the 1-based character position in the statement's text, 0 if unknown.
	Pos int
}

// Type implements Expr.
func (t *Typed) Type() pgtypes.Type { return t.Typ }

// Collation implements Expr.
func (t *Typed) Collation() uint32 { return t.Coll }

func (t *Typed) isExpr() {}

type (
	// Const is a typed constant. Value is nil for NULL.
	Const struct {
		Typed
		Value pgtypes.Datum
	}

	// Param is a parameter of the statement, $Number, 1-based.
	Param struct {
		Typed
		Number int
	}

	// ExecParam is a value that the executor fills in before this expression runs:
	// the result of an uncorrelated sub-query, or a column of an outer row. Only the
	// planner makes it.
	ExecParam struct {
		Typed
		Slot int
	}

	// ColRef is a column of a relation below, or, inside a correlated sub-query, of
	// an outer one.
	ColRef struct {
		Typed
		ID   ColumnID
		Name string // for people: EXPLAIN and error texts
	}

	// OpExpr is a unary or binary operator.
	OpExpr struct {
		Typed
		Op   uint32 // pg_operator
		Proc uint32 // pg_proc that implements it
		Name string // "+", "~~", ...
		Args []Expr // one (prefix) or two
	}

	// FuncExpr is a call of an ordinary or set-returning function.
	FuncExpr struct {
		Typed
		Proc       uint32 // pg_proc
		Name       string // proname
		Args       []Expr // defaults filled in; variadic arguments gathered into one ArrayExpr
		ReturnsSet bool
		Variadic   bool // the last argument of a VARIADIC "any" function was written VARIADIC array
		Volatility Volatility
	}

	// Cast converts a value. Implicit casts are nodes too.
	Cast struct {
		Typed
		Arg      Expr
		Method   CastMethod
		Proc     uint32 // for CastFunc: pg_proc; its extra typmod and explicit arguments are implied
		Explicit bool
	}

	// BoolExpr is AND or OR over two or more, NOT over one.
	BoolExpr struct {
		Typed
		Kind BoolKind
		Args []Expr
	}

	// NullTest is IS [NOT] NULL. Row arguments are tested field by field.
	NullTest struct {
		Typed
		Arg Expr
		Not bool
	}

	// BoolTest is IS [NOT] TRUE, FALSE or UNKNOWN.
	BoolTest struct {
		Typed
		Arg  Expr
		Kind BoolTestKind
	}

	// Distinct is IS [NOT] DISTINCT FROM. Op is the equality operator.
	Distinct struct {
		Typed
		Op, Proc    uint32
		Left, Right Expr
		Not         bool // IS NOT DISTINCT FROM
	}

	// NullIf is NULLIF(a, b), with the equality operator it uses.
	NullIf struct {
		Typed
		Op, Proc    uint32
		Left, Right Expr
	}

	// ScalarArrayOp is x op ANY (array) or x op ALL (array). x IN (list) is Any over
	// an ArrayExpr with op "="; NOT IN is All with "<>".
	ScalarArrayOp struct {
		Typed
		Op, Proc uint32
		Name     string
		All      bool
		Left     Expr
		Right    Expr // of an array type
	}

	// Case is CASE. With Arg set, each When.Cond compares a CaseTest with the value.
	Case struct {
		Typed
		Arg   Expr // nil for a searched CASE
		Whens []When
		Else  Expr // never nil; a NULL Const when the statement had none
	}

	// CaseTest stands for Case.Arg's value inside the conditions of that Case.
	CaseTest struct{ Typed }

	// Coalesce is COALESCE; its arguments have the result type.
	Coalesce struct {
		Typed
		Args []Expr
	}

	// MinMax is GREATEST or LEAST.
	MinMax struct {
		Typed
		Greatest bool
		Args     []Expr
	}

	// ArrayExpr is ARRAY[...], or the list of IN. Elements have ElementType, or are
	// themselves arrays when Nested.
	ArrayExpr struct {
		Typed
		Elements    []Expr
		ElementType uint32
		Nested      bool
	}

	// Subscript is a[i] or a[l:u] with further dimensions.
	Subscript struct {
		Typed
		Arg   Expr
		Slice bool
		Lower []Expr // slices only; nil elements where omitted
		Upper []Expr
	}

	// RowExpr is ROW(...).
	RowExpr struct {
		Typed
		Fields []Expr
		Names  []string
	}

	// FieldSelect is (composite).field, Field is 0-based.
	FieldSelect struct {
		Typed
		Arg   Expr
		Field int
		Name  string
	}

	// RowCompare is (a, b) < (c, d) and its kin for < <= > >=; = and <> are bound as
	// AND and OR of single comparisons.
	RowCompare struct {
		Typed
		Name        string   // "<", "<=", ">", ">="
		Ops         []uint32 // one operator a column
		Procs       []uint32
		Left, Right []Expr
	}

	// Collate is an explicit COLLATE.
	Collate struct {
		Typed
		Arg Expr
	}

	// Subquery is a sub-query used as an expression.
	Subquery struct {
		Typed
		Kind SubqueryKind
		// Rel and Columns are the query and its output columns; for Exists Columns may be empty.
		Rel     Rel
		Columns []ColumnID
		// For Any and All: the left-hand values and the operator for each of Columns.
		// Name is the operator's spelling; more than one column occurs only with = and <>.
		Left  []Expr
		Ops   []uint32
		Procs []uint32
		Name  string
	}

	// AggCall is an aggregate. It occurs only in Aggregate.Aggs (and, as the function
	// of a WindowCall, in Window.Calls).
	AggCall struct {
		Typed
		Proc     uint32 // pg_proc
		Name     string
		Args     []Expr // direct arguments of ordered-set aggregates come first
		Star     bool   // count(*)
		Distinct bool
		OrderBy  []SortKey // inside the call, or WITHIN GROUP
		Filter   Expr      // nil for none
		Direct   int       // how many of Args are direct arguments of WITHIN GROUP
	}

	// WindowCall is a window function or an aggregate over a window. It occurs only in
	// Window.Calls.
	WindowCall struct {
		Typed
		Proc   uint32
		Name   string
		Args   []Expr
		Star   bool
		Filter Expr
	}

	// Grouping is GROUPING(...); it occurs only above an Aggregate with grouping sets.
	Grouping struct {
		Typed
		Columns []ColumnID
	}

	// When is one branch of a Case.
	When struct{ Cond, Result Expr }

	// SortKey is one ORDER BY expression with the operator that orders it.
	SortKey struct {
		Expr       Expr
		Descending bool
		NullsFirst bool
		Op         uint32 // the ordering operator, "<" or ">" of the type; USING's when given
	}
)

// Volatility is pg_proc.provolatile.
type Volatility byte

// The volatilities.
const (
	Immutable Volatility = 'i'
	Stable    Volatility = 's'
	Volatile  Volatility = 'v'
)

// CastMethod is how a Cast is carried out (pg_cast.castmethod).
type CastMethod byte

// The methods of a cast.
const (
	CastBinary CastMethod = 'b' // same representation; only the type changes
	CastFunc   CastMethod = 'f' // by a function
	CastIO     CastMethod = 'i' // through the text form
	CastTypmod CastMethod = 'm' // same type, enforce the modifier (length coercion)
	CastArray  CastMethod = 'a' // element by element; Proc is the element's function, 0 for IO or binary
	CastRow    CastMethod = 'r' // record to composite
)

// BoolKind is AND, OR or NOT.
type BoolKind uint8

// The kinds of BoolExpr.
const (
	And BoolKind = iota
	Or
	Not
)

// BoolTestKind is what a BoolTest tests.
type BoolTestKind uint8

// The tests of BoolTest.
const (
	IsTrue BoolTestKind = iota
	IsNotTrue
	IsFalse
	IsNotFalse
	IsUnknown
	IsNotUnknown
)

// SubqueryKind is how a Subquery is used.
type SubqueryKind uint8

// The uses of a sub-query.
const (
	ScalarSubquery SubqueryKind = iota
	ExistsSubquery
	AnySubquery   // x op ANY (q); IN is = ANY
	AllSubquery   // x op ALL (q); NOT IN is <> ALL
	ArraySubquery // ARRAY(q)
)
