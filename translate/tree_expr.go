package translate

type (
	// ColumnRef is a possibly qualified name. Star says that it ends in ".*" (or is a
	// bare "*"), which is then not among Fields.
	ColumnRef struct {
		At
		Fields []string
		Star   bool
	}

	// AConst is a constant as written.
	AConst struct {
		At
		Kind ConstKind
		// Text is the digits of a number, the decoded contents of a string, or the bits of
		// a bit string with its leading b or x.
		Text string
		Int  int32 // for ConstInteger
		Bool bool  // for ConstBoolean
	}

	// ParamRef is $Number.
	ParamRef struct {
		At
		Number int
	}

	// AExpr is an operator with its operands, and the constructs that the grammar
	// makes of operators. Left is nil for prefix operators. For AExprIn and the BETWEEN
	// kinds Right is a *List.
	AExpr struct {
		At
		Kind AExprKind
		// Name is the operator, qualified in OPERATOR(schema.op). For AExprIn it is "=" or
		// "<>"; for LIKE, ILIKE and SIMILAR the operator that stands for it, such as "!~~".
		Name  []string
		Left  Node
		Right Node
	}

	// BoolNode is AND, OR (two or more arguments) or NOT.
	BoolNode struct {
		At
		Kind BoolKind
		Args []Node
	}

	// List is a parenthesised list that is no row: the right side of IN and BETWEEN.
	List struct {
		At
		Items []Node
	}

	// TypeCast is CAST(x AS t), x::t, or a typed literal.
	TypeCast struct {
		At
		Arg      Node
		TypeName *TypeName
	}

	// CollateClause is x COLLATE name.
	CollateClause struct {
		At
		Arg  Node // nil in a column definition
		Name []string
	}

	// FuncCall is a call. The grammar also turns EXTRACT, TRIM, OVERLAY and their like
	// into calls of pg_catalog functions; SQLSyntax is then true.
	FuncCall struct {
		At
		Name        []string
		Args        []Node // NamedArg for name => value
		OrderBy     []*SortBy
		Filter      Node
		Over        *WindowDef
		WithinGroup bool // OrderBy is that of WITHIN GROUP
		Star        bool
		Distinct    bool
		Variadic    bool // the last argument has VARIADIC
		SQLSyntax   bool
	}

	// NamedArg is name => value in a call.
	NamedArg struct {
		At
		Name string
		Arg  Node
	}

	// Indirection is (x).field, x[i], (x).* and chains of them.
	Indirection struct {
		At
		Arg   Node
		Items []Node // *Field, *Star, *Indices
	}

	// Field is .name in an Indirection.
	Field struct {
		At
		Name string
	}

	// Star is .* in an Indirection.
	Star struct{ At }

	// Indices is [i], or [l:u] when Slice; bounds left out are nil.
	Indices struct {
		At
		Slice        bool
		Lower, Upper Node
	}

	// ArrayNode is ARRAY[...].
	ArrayNode struct {
		At
		Elements []Node
	}

	// SubLink is a sub-query in an expression.
	SubLink struct {
		At
		Kind SubLinkKind
		Test Node // for Any and All: the left side, possibly a RowNode
		// Operator is the operator of Any and All; empty for IN, which is = ANY.
		Operator []string
		Query    *SelectStmt
	}

	// CaseNode is CASE.
	CaseNode struct {
		At
		Arg   Node
		Whens []*CaseWhenNode
		Else  Node
	}

	// CaseWhenNode is WHEN condition THEN result.
	CaseWhenNode struct {
		At
		Cond, Result Node
	}

	// CoalesceNode is COALESCE.
	CoalesceNode struct {
		At
		Args []Node
	}

	// MinMaxNode is GREATEST or LEAST.
	MinMaxNode struct {
		At
		Greatest bool
		Args     []Node
	}

	// RowNode is ROW(...) or, Implicit, (a, b).
	RowNode struct {
		At
		Args     []Node
		Implicit bool
	}

	// NullTestNode is IS [NOT] NULL.
	NullTestNode struct {
		At
		Arg Node
		Not bool
	}

	// BoolTestNode is IS [NOT] TRUE, FALSE or UNKNOWN.
	BoolTestNode struct {
		At
		Arg  Node
		Kind BoolTestKind
	}

	// GroupingNode is GROUPING(...).
	GroupingNode struct {
		At
		Args []Node
	}

	// SQLValueFunction is one of the functions without parentheses. Name is lower case:
	// current_date, current_time, current_timestamp, localtime, localtimestamp,
	// current_role, current_user, user, session_user, current_catalog, current_schema.
	SQLValueFunction struct {
		At
		Name      string
		Precision int32 // -1 when not given
	}

	// SetToDefault is DEFAULT as a value.
	SetToDefault struct{ At }

	// CurrentOf is WHERE CURRENT OF cursor.
	CurrentOf struct {
		At
		Cursor string
	}

	// MultiAssign is column Column (1-based) of Source in SET (a, b) = source.
	MultiAssign struct {
		At
		Source  Node
		Column  int
		Columns int
	}

	// TypeName is a type as written. The grammar has already turned the standard's
	// spellings into pg_catalog names (int -> pg_catalog.int4).
	TypeName struct {
		At
		Names  []string
		Mods   []Node // constants or column references, uninterpreted
		Setof  bool
		PctTyp bool // %TYPE
		// Bounds are the array dimensions as written, -1 for [].
		Bounds []int
	}

	// UnsupportedExpr is an expression that the grammar knows and the gateway does not.
	// Kind names it for people: "XMLELEMENT", "JSON_OBJECT()".
	UnsupportedExpr struct {
		At
		Kind string
	}
)

// ConstKind is the kind of an AConst.
type ConstKind uint8

// The kinds of constants. ConstInteger fits int4; other numbers are ConstFloat,
// which Postgres reads as int8 if it fits and numeric if not.
const (
	ConstNull ConstKind = iota
	ConstInteger
	ConstFloat
	ConstBoolean
	ConstString
	ConstBitString
)

// AExprKind is the kind of an AExpr.
type AExprKind uint8

// The kinds of AExpr.
const (
	AExprOp AExprKind = iota
	AExprOpAny
	AExprOpAll
	AExprDistinct
	AExprNotDistinct
	AExprNullIf
	AExprIn
	AExprLike
	AExprILike
	AExprSimilar
	AExprBetween
	AExprNotBetween
	AExprBetweenSym
	AExprNotBetweenSym
)

// SubLinkKind is how a SubLink is used.
type SubLinkKind uint8

// The kinds of SubLink.
const (
	SubLinkExists SubLinkKind = iota
	SubLinkAll
	SubLinkAny
	SubLinkExpr
	SubLinkArray
)
