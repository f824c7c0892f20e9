package translate

import "github.com/sqlgateway/gateway/internal/pgtypes"

// Rel is a bound relational expression. The tree is relational algebra, not
// syntax: the binder has already put WHERE below GROUP BY below HAVING and so on.
//
// Rels are immutable once bound; rewrites make new nodes.
type Rel interface {
	// Columns are the columns this relation puts out, in order.
	Columns() []Column
	// Inputs are the relations directly below; sub-queries inside expressions are not
	// among them.
	Inputs() []Rel
	isRel()
}

// Column is one output column of a Rel.
type Column struct {
	ID   ColumnID
	Name string
	Type pgtypes.Type
	Coll uint32
	// NotNull is true where no row can hold NULL.
	NotNull bool
}

// Ref makes an expression that reads c.
func (c Column) Ref() *ColRef {
	return &ColRef{Typed: Typed{Typ: c.Type, Coll: c.Coll}, ID: c.ID, Name: c.Name}
}

type (
	// Scan reads a table. Cols and Attrs are parallel: the columns that the statement
	// uses, and their indexes in Table.Columns.
	Scan struct {
		Table *Table
		Alias string
		Cols  []Column
		Attrs []int
	}

	// Values is a list of rows. Row expressions may hold Params and outer columns.
	Values struct {
		Cols []Column
		Rows [][]Expr
	}

	// FuncScan is one or more functions in FROM (ROWS FROM). A function of composite
	// result gives several columns.
	FuncScan struct {
		Funcs []TableFunc
		// Ordinality, if not 0, is the last column's ID.
		Ordinality ColumnID
		Cols       []Column
		Alias      string
	}

	// Filter keeps the rows for which Cond is true.
	Filter struct {
		Input Rel
		Cond  Expr
	}

	// Project computes columns. It puts out exactly Items, so a column that only
	// passes through is an item whose Expr is a ColRef and whose ID is the same.
	Project struct {
		Input Rel
		Items []ProjectItem
	}

	// ProjectSet is Project with set-returning functions among its items: rows
	// multiply in lockstep, the shorter functions padded with NULL.
	ProjectSet struct {
		Input Rel
		Items []ProjectItem
	}

	// Join joins. Semi and Anti joins put out Left's columns only; the binder does not
	// make them, the planner does. With Lateral, Right may refer to Left's columns.
	Join struct {
		Kind        JoinKind
		Left, Right Rel
		On          Expr // nil for a cross join
		Lateral     bool
		// SingleRow, set by the planner only, on a left join that stands for a scalar
		// sub-query: a second matching row of Right is an error (21000).
		SingleRow bool
	}

	// Aggregate groups. It puts out the group columns, which pass through from Input
	// under their own IDs, then the aggregates. Without Groups and Sets there is
	// exactly one group.
	Aggregate struct {
		Input  Rel
		Groups []ColumnID
		// Sets are the grouping sets, as indexes into Groups; nil for a plain GROUP BY.
		// GroupingID is then the column that Grouping expressions read: bit i (from the
		// right, of the last group) set when Groups[i] is not in the row's set.
		Sets       [][]int
		GroupingID ColumnID
		Aggs       []AggItem
	}

	// Window computes window functions that share one PARTITION BY and ORDER BY.
	Window struct {
		Input     Rel
		Partition []ColumnID
		Order     []SortKey
		Calls     []WindowItem
	}

	// Dedup is DISTINCT or DISTINCT ON: one row for each value of On, the first in
	// Input's order. On of all columns is plain DISTINCT.
	Dedup struct {
		Input Rel
		On    []ColumnID
		// Ordered says that which row is kept matters (DISTINCT ON over ORDER BY).
		Ordered bool
	}

	// Sort orders. Its order is kept by Project, Filter and Limit above it.
	Sort struct {
		Input Rel
		Keys  []SortKey
	}

	// Limit takes Count rows after Offset. Both are bigint expressions without columns
	// or nil. WithTies needs a Sort directly below.
	Limit struct {
		Input         Rel
		Count, Offset Expr
		WithTies      bool
	}

	// SetOp is UNION, INTERSECT or EXCEPT. Left and right columns are matched by
	// position and already have equal types.
	SetOp struct {
		Kind        SetOpKind
		All         bool
		Left, Right Rel
		Cols        []Column
		LeftCols    []ColumnID
		RightCols   []ColumnID
	}

	// With defines common table expressions for Body. Each is run at most once, when
	// CTE.Inline is false; inlined ones were substituted by the binder or planner.
	With struct {
		CTEs []*CTE
		Body Rel
	}

	// CTERef reads a common table expression: Cols[i] is the definition's column i.
	CTERef struct {
		CTE   *CTE
		Alias string
		Cols  []Column
	}

	// Lock is FOR UPDATE and its kin over Input, for the sources that have it.
	Lock struct {
		Input    Rel
		Strength string   // "UPDATE", "NO KEY UPDATE", "SHARE", "KEY SHARE"
		Of       []string // aliases; empty for all
		Wait     string   // "", "NOWAIT", "SKIP LOCKED"
	}
)

// CTE is the definition of a common table expression. CTERefs point at it.
type CTE struct {
	Name string
	// Rel is the query; for a recursive one it is nil, and Base and Step are set.
	Rel  Rel
	Cols []Column // Rel's output columns that references map to
	// Materialized is MATERIALIZED or NOT MATERIALIZED, or unspecified.
	Materialized Materialization
	References   int

	Recursive bool
	UnionAll  bool
	Base      Rel // its columns match Cols by position
	Step      Rel // refers to the work table by a CTERef to this CTE
	BaseCols  []ColumnID
	StepCols  []ColumnID
}

// Materialization is the hint of a CTE.
type Materialization uint8

// The hints.
const (
	MaterializeDefault Materialization = iota
	MaterializeAlways
	MaterializeNever
)

// TableFunc is one function of a FuncScan.
type TableFunc struct {
	Call *FuncExpr
	// Names and types of the columns it gives; more than one for composite results.
	Cols []Column
}

// ProjectItem is one output of a Project.
type ProjectItem struct {
	Col  Column
	Expr Expr
}

// AggItem is one aggregate of an Aggregate.
type AggItem struct {
	Col  Column
	Call *AggCall
}

// WindowItem is one call of a Window.
type WindowItem struct {
	Col   Column
	Call  *WindowCall
	Frame Frame
}

// Frame is a window frame clause.
type Frame struct {
	Mode       FrameMode
	Start, End FrameBound
	Exclude    FrameExclusion
}

// FrameBound is one end of a Frame.
type FrameBound struct {
	Kind   FrameBoundKind
	Offset Expr // for OffsetPreceding and OffsetFollowing
}

// FrameMode is ROWS, RANGE or GROUPS.
type FrameMode uint8

// The modes; RANGE is the default.
const (
	FrameRange FrameMode = iota
	FrameRows
	FrameGroups
)

// FrameBoundKind is the kind of one end.
type FrameBoundKind uint8

// The kinds of frame bounds.
const (
	UnboundedPreceding FrameBoundKind = iota
	OffsetPreceding
	CurrentRow
	OffsetFollowing
	UnboundedFollowing
)

// FrameExclusion is EXCLUDE of a frame.
type FrameExclusion uint8

// The exclusions.
const (
	ExcludeNoOthers FrameExclusion = iota
	ExcludeCurrentRow
	ExcludeGroup
	ExcludeTies
)

// JoinKind is the kind of a Join.
type JoinKind uint8

// The kinds of joins. AntiNullAware is NOT IN: no row passes when the right side
// has a NULL, nor a left NULL when the right side has any row.
const (
	InnerJoin JoinKind = iota
	LeftJoin
	RightJoin
	FullJoin
	SemiJoin
	AntiJoin
	AntiNullAwareJoin
)

// SetOpKind is the kind of a SetOp.
type SetOpKind uint8

// The set operations.
const (
	Union SetOpKind = iota
	Intersect
	Except
)

func (*Scan) isRel()       {}
func (*Values) isRel()     {}
func (*FuncScan) isRel()   {}
func (*Filter) isRel()     {}
func (*Project) isRel()    {}
func (*ProjectSet) isRel() {}
func (*Join) isRel()       {}
func (*Aggregate) isRel()  {}
func (*Window) isRel()     {}
func (*Dedup) isRel()      {}
func (*Sort) isRel()       {}
func (*Limit) isRel()      {}
func (*SetOp) isRel()      {}
func (*With) isRel()       {}
func (*CTERef) isRel()     {}
func (*Lock) isRel()       {}

// Inputs of a leaf are none.
func (*Scan) Inputs() []Rel     { return nil }
func (*Values) Inputs() []Rel   { return nil }
func (*FuncScan) Inputs() []Rel { return nil }
func (*CTERef) Inputs() []Rel   { return nil }

// Inputs implements Rel.
func (r *Filter) Inputs() []Rel     { return []Rel{r.Input} }
func (r *Project) Inputs() []Rel    { return []Rel{r.Input} }
func (r *ProjectSet) Inputs() []Rel { return []Rel{r.Input} }
func (r *Join) Inputs() []Rel       { return []Rel{r.Left, r.Right} }
func (r *Aggregate) Inputs() []Rel  { return []Rel{r.Input} }
func (r *Window) Inputs() []Rel     { return []Rel{r.Input} }
func (r *Dedup) Inputs() []Rel      { return []Rel{r.Input} }
func (r *Sort) Inputs() []Rel       { return []Rel{r.Input} }
func (r *Limit) Inputs() []Rel      { return []Rel{r.Input} }
func (r *SetOp) Inputs() []Rel      { return []Rel{r.Left, r.Right} }
func (r *With) Inputs() []Rel       { return []Rel{r.Body} }
func (r *Lock) Inputs() []Rel       { return []Rel{r.Input} }

// Columns implements Rel.
func (r *Scan) Columns() []Column     { return r.Cols }
func (r *Values) Columns() []Column   { return r.Cols }
func (r *FuncScan) Columns() []Column { return r.Cols }
func (r *CTERef) Columns() []Column   { return r.Cols }
func (r *Filter) Columns() []Column   { return r.Input.Columns() }
func (r *Sort) Columns() []Column     { return r.Input.Columns() }
func (r *Limit) Columns() []Column    { return r.Input.Columns() }
func (r *Dedup) Columns() []Column    { return r.Input.Columns() }
func (r *Lock) Columns() []Column     { return r.Input.Columns() }
func (r *SetOp) Columns() []Column    { return r.Cols }
func (r *With) Columns() []Column     { return r.Body.Columns() }

// Columns implements Rel.
func (r *Project) Columns() []Column { return itemColumns(r.Items) }

// Columns implements Rel.
func (r *ProjectSet) Columns() []Column { return itemColumns(r.Items) }

func itemColumns(items []ProjectItem) []Column {
	cols := make([]Column, len(items))
	for i, item := range items {
		cols[i] = item.Col
	}
	return cols
}

// Columns implements Rel: the left side's, then the right's; a side that the join
// may fill with NULLs loses NotNull.
func (r *Join) Columns() []Column {
	left := r.Left.Columns()
	if r.Kind >= SemiJoin {
		return left
	}
	right := r.Right.Columns()
	cols := make([]Column, 0, len(left)+len(right))
	cols = append(append(cols, left...), right...)
	for i := range cols {
		nullable := i < len(left) && (r.Kind == RightJoin || r.Kind == FullJoin) ||
			i >= len(left) && (r.Kind == LeftJoin || r.Kind == FullJoin)
		cols[i].NotNull = cols[i].NotNull && !nullable
	}
	return cols
}

// Columns implements Rel.
func (r *Aggregate) Columns() []Column {
	byID := map[ColumnID]Column{}
	for _, c := range r.Input.Columns() {
		byID[c.ID] = c
	}
	cols := make([]Column, 0, len(r.Groups)+len(r.Aggs)+1)
	for _, id := range r.Groups {
		c := byID[id]
		c.NotNull = c.NotNull && r.Sets == nil
		cols = append(cols, c)
	}
	for _, a := range r.Aggs {
		cols = append(cols, a.Col)
	}
	if r.GroupingID != 0 {
		cols = append(cols, Column{ID: r.GroupingID, Name: "grouping", Type: pgtypes.Of(pgtypes.OIDInt8), NotNull: true})
	}
	return cols
}

// Columns implements Rel.
func (r *Window) Columns() []Column {
	cols := append([]Column(nil), r.Input.Columns()...)
	for _, c := range r.Calls {
		cols = append(cols, c.Col)
	}
	return cols
}
