package translate

type (
	// InsertStmt is INSERT. Source is nil for DEFAULT VALUES.
	InsertStmt struct {
		At
		With       *WithClause
		Relation   *RangeVar
		Columns    []*ResTarget
		Source     *SelectStmt
		Override   Override
		OnConflict *OnConflictClause
		Returning  []*ResTarget
	}

	// OnConflictClause is ON CONFLICT.
	OnConflictClause struct {
		At
		Infer     *InferClause // nil when no target was given
		DoNothing bool
		Sets      []*ResTarget
		Where     Node
	}

	// InferClause is the target of ON CONFLICT.
	InferClause struct {
		At
		Elems      []*IndexElem
		Where      Node
		Constraint string
	}

	// UpdateStmt is UPDATE.
	UpdateStmt struct {
		At
		With      *WithClause
		Relation  *RangeVar
		Sets      []*ResTarget
		From      []Node
		Where     Node
		Returning []*ResTarget
	}

	// DeleteStmt is DELETE.
	DeleteStmt struct {
		At
		With      *WithClause
		Relation  *RangeVar
		Using     []Node
		Where     Node
		Returning []*ResTarget
	}

	// MergeStmt is MERGE.
	MergeStmt struct {
		At
		With     *WithClause
		Relation *RangeVar
		Source   Node
		On       Node
		Whens    []*MergeWhen
	}

	// MergeWhen is one WHEN of MERGE.
	MergeWhen struct {
		At
		Matched  bool
		Cond     Node
		Action   MergeAction
		Override Override
		Columns  []*ResTarget // INSERT: the columns; UPDATE: the SET items
		Values   []Node
	}
)

// Override is OVERRIDING of INSERT.
type Override uint8

// The kinds of OVERRIDING.
const (
	OverrideNone Override = iota
	OverrideUser
	OverrideSystem
)

// MergeAction is what a MergeWhen does.
type MergeAction uint8

// The actions.
const (
	MergeNothing MergeAction = iota
	MergeInsert
	MergeUpdate
	MergeDelete
)
