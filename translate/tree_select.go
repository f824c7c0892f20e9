package translate

type (
	// SelectStmt is SELECT, VALUES, or a set operation over two of them. TABLE t is
	// SELECT * FROM t.
	SelectStmt struct {
		At
		With *WithClause

		// A set operation, when Op is not NoSetOp: only Op, All, Left, Right, With and
		// the clauses from OrderBy on are set.
		Op          SetOperation
		All         bool
		Left, Right *SelectStmt

		// VALUES, when not nil.
		Values [][]Node

		// SELECT. DistinctOn is nil for plain DISTINCT.
		Distinct   bool
		DistinctOn []Node
		Into       *IntoClause
		Targets    []*ResTarget
		From       []Node // *RangeVar, *RangeSubselect, *RangeFunction, *JoinNode, *RangeTableSample, *UnsupportedExpr
		Where      Node
		// GroupBy items are expressions, *GroupingSet, or *RowNode.
		GroupBy       []Node
		GroupDistinct bool
		Having        Node
		Windows       []*WindowDef

		OrderBy  []*SortBy
		Offset   Node
		Limit    Node // nil for none; LIMIT ALL and LIMIT NULL are a NULL AConst
		WithTies bool
		Locking  []*LockingClause
	}

	// WithClause is WITH.
	WithClause struct {
		At
		Recursive bool
		CTEs      []*CommonTableExpr
	}

	// CommonTableExpr is one item of WITH. Query is a *SelectStmt, *InsertStmt,
	// *UpdateStmt, *DeleteStmt or *MergeStmt.
	CommonTableExpr struct {
		At
		Name         string
		Columns      []string
		Materialized Materialization
		Query        Node
		Search       bool // SEARCH or CYCLE was given
		Cycle        bool
	}

	// ResTarget is an item of a select list or RETURNING (Name is the alias), a column
	// of INSERT (Name and Indirection), or an item of SET (also Value).
	ResTarget struct {
		At
		Name        string
		Indirection []Node
		Value       Node
	}

	// Alias is AS name (columns).
	Alias struct {
		Name    string
		Columns []string
	}

	// RangeVar names a relation.
	RangeVar struct {
		At
		Catalog, Schema, Name string
		// Only says that ONLY was written.
		Only  bool
		Alias *Alias
		// Persistence is 'p', 'u' (UNLOGGED) or 't' (TEMP), for CREATE.
		Persistence byte
	}

	// RangeSubselect is a sub-query in FROM.
	RangeSubselect struct {
		At
		Lateral bool
		Query   *SelectStmt
		Alias   *Alias
	}

	// RangeFunction is one function in FROM, or several (ROWS FROM).
	RangeFunction struct {
		At
		Lateral    bool
		Ordinality bool
		RowsFrom   bool
		Funcs      []RangeFunctionItem
		Alias      *Alias
		Columns    []*ColumnDef // the column definition list of a single function
	}

	// RangeFunctionItem is one call with its own column definition list.
	RangeFunctionItem struct {
		Call    Node // *FuncCall, or another expression that the grammar takes as one
		Columns []*ColumnDef
	}

	// RangeTableSample is relation TABLESAMPLE.
	RangeTableSample struct {
		At
		Relation   Node
		Method     []string
		Args       []Node
		Repeatable Node
	}

	// JoinNode is a join. A cross join is inner without On and Using.
	JoinNode struct {
		At
		Kind       JoinKind // InnerJoin, LeftJoin, RightJoin, FullJoin
		Natural    bool
		Left       Node
		Right      Node
		Using      []string
		UsingAlias *Alias
		On         Node
		Alias      *Alias
	}

	// SortBy is an item of ORDER BY.
	SortBy struct {
		At
		Expr  Node
		Dir   SortDirection
		Nulls NullsOrder
		Using []string // the operator of USING
	}

	// WindowDef is a window: of a WINDOW clause (Name), or of OVER. OVER name alone is
	// Name with nothing else in it and BareName set.
	WindowDef struct {
		At
		Name      string
		Base      string // the existing window that this one extends
		BareName  bool
		Partition []Node
		OrderBy   []*SortBy
		// HasFrame is false for the default frame.
		HasFrame   bool
		Mode       FrameMode
		StartKind  FrameBoundKind
		EndKind    FrameBoundKind
		Between    bool
		Start, End Node
		Exclude    FrameExclusion
	}

	// GroupingSet is an item of GROUP BY.
	GroupingSet struct {
		At
		Kind  GroupingSetKind
		Items []Node
	}

	// LockingClause is FOR UPDATE and its kin.
	LockingClause struct {
		At
		Strength string // "UPDATE", "NO KEY UPDATE", "SHARE", "KEY SHARE"
		Of       []*RangeVar
		Wait     string // "", "NOWAIT", "SKIP LOCKED"
	}

	// IntoClause is the target of SELECT INTO and CREATE TABLE AS.
	IntoClause struct {
		At
		Relation     *RangeVar
		Columns      []string
		AccessMethod string
		Options      []*DefElem
		OnCommit     OnCommit
		Tablespace   string
		NoData       bool
	}
)

// SetOperation is the operation of a SelectStmt.
type SetOperation uint8

// The operations.
const (
	NoSetOp SetOperation = iota
	SetUnion
	SetIntersect
	SetExcept
)

// SortDirection is ASC or DESC as written.
type SortDirection uint8

// The directions.
const (
	SortDefault SortDirection = iota
	SortAsc
	SortDesc
	SortUsing
)

// NullsOrder is NULLS FIRST or LAST as written.
type NullsOrder uint8

// The orders.
const (
	NullsDefault NullsOrder = iota
	NullsFirst
	NullsLast
)

// GroupingSetKind is the kind of a GroupingSet.
type GroupingSetKind uint8

// The kinds.
const (
	GroupingEmpty GroupingSetKind = iota
	GroupingSimple
	GroupingRollup
	GroupingCube
	GroupingSets
)

// OnCommit is what COMMIT does to a temporary table.
type OnCommit uint8

// The actions.
const (
	OnCommitDefault OnCommit = iota
	OnCommitPreserveRows
	OnCommitDeleteRows
	OnCommitDrop
)
