package translate

type (
	// TransactionStmt is BEGIN and its kin.
	TransactionStmt struct {
		At
		Kind      TransactionKind
		Savepoint string
		GID       string // of the two-phase commands
		Chain     bool
		Options   []*DefElem // transaction_isolation, transaction_read_only, transaction_deferrable
	}

	// VariableSetStmt is SET and RESET. SET TRANSACTION and SET SESSION CHARACTERISTICS
	// have Kind SetMulti, Name "TRANSACTION" or "SESSION CHARACTERISTICS", and Options.
	// SET TIME ZONE sets "timezone".
	VariableSetStmt struct {
		At
		Kind    VariableSetKind
		Name    string
		Args    []Node // *AConst, or *TypeCast for an interval
		Options []*DefElem
		Local   bool
	}

	// VariableShowStmt is SHOW; Name is "all" for SHOW ALL.
	VariableShowStmt struct {
		At
		Name string
	}

	// PrepareStmt is PREPARE.
	PrepareStmt struct {
		At
		Name     string
		ArgTypes []*TypeName
		Query    Node
	}

	// ExecuteStmt is EXECUTE.
	ExecuteStmt struct {
		At
		Name string
		Args []Node
	}

	// DeallocateStmt is DEALLOCATE; Name is "" for ALL.
	DeallocateStmt struct {
		At
		Name string
	}

	// ExplainStmt is EXPLAIN. ANALYZE and VERBOSE without parentheses are options too.
	ExplainStmt struct {
		At
		Query   Node
		Options []*DefElem
	}

	// CopyStmt is COPY. Exactly one of Relation and Query is set. Filename is "" for
	// STDIN and STDOUT.
	CopyStmt struct {
		At
		Relation *RangeVar
		Query    Node
		Columns  []string
		From     bool
		Program  bool
		Filename string
		Options  []*DefElem
		Where    Node
	}

	// DeclareCursorStmt is DECLARE.
	DeclareCursorStmt struct {
		At
		Name                                              string
		Binary, Scroll, NoScroll, Hold, Insensitive, Asen bool
		Query                                             Node
	}

	// FetchStmt is FETCH, or MOVE. Count is math.MaxInt64 for ALL.
	FetchStmt struct {
		At
		Direction FetchDirection
		Count     int64
		Cursor    string
		Move      bool
	}

	// ClosePortalStmt is CLOSE; Cursor is "" for ALL.
	ClosePortalStmt struct {
		At
		Cursor string
	}

	// ListenStmt is LISTEN.
	ListenStmt struct {
		At
		Channel string
	}

	// UnlistenStmt is UNLISTEN; Channel is "" for *.
	UnlistenStmt struct {
		At
		Channel string
	}

	// NotifyStmt is NOTIFY.
	NotifyStmt struct {
		At
		Channel, Payload string
	}

	// DiscardStmt is DISCARD: "ALL", "PLANS", "SEQUENCES" or "TEMP".
	DiscardStmt struct {
		At
		Target string
	}

	// LockStmt is LOCK TABLE. Mode is Postgres's lock mode number, 1 to 8.
	LockStmt struct {
		At
		Relations []*RangeVar
		Mode      int
		NoWait    bool
	}

	// VacuumStmt is VACUUM, or ANALYZE.
	VacuumStmt struct {
		At
		Analyze   bool // the command is ANALYZE
		Options   []*DefElem
		Relations []VacuumRelation
	}

	// VacuumRelation is a table of VACUUM with its columns.
	VacuumRelation struct {
		Relation *RangeVar
		Columns  []string
	}

	// CallStmt is CALL.
	CallStmt struct {
		At
		Call *FuncCall
	}

	// DoStmt is DO. Language is "" when not given.
	DoStmt struct {
		At
		Body, Language string
	}

	// CheckPointStmt is CHECKPOINT.
	CheckPointStmt struct{ At }

	// ConstraintsSetStmt is SET CONSTRAINTS; no Constraints means ALL.
	ConstraintsSetStmt struct {
		At
		Constraints []*RangeVar
		Deferred    bool
	}

	// DefElem is name = value of an option list.
	DefElem struct {
		At
		Namespace string
		Name      string
		// Value is nil when only the name was written; a *AConst, *TypeName, *ColumnRef (a
		// bare word list), *List, *Star (for "*") or an expression.
		Value Node
		// Action is ADD, SET, DROP or "" in ALTER ... OPTIONS.
		Action string
	}

	// Unsupported is a statement that the grammar knows and the gateway does not. Kind
	// is its command as Postgres names it in a command tag: "CREATE FUNCTION".
	Unsupported struct {
		At
		Kind string
	}
)

// TransactionKind is the command of a TransactionStmt.
type TransactionKind uint8

// The commands. START TRANSACTION differs from BEGIN by its tag alone.
const (
	TransactionBegin TransactionKind = iota
	TransactionStart
	TransactionCommit
	TransactionRollback
	TransactionSavepoint
	TransactionRelease
	TransactionRollbackTo
	TransactionPrepare
	TransactionCommitPrepared
	TransactionRollbackPrepared
)

// VariableSetKind is the form of a VariableSetStmt.
type VariableSetKind uint8

// The forms.
const (
	SetValue VariableSetKind = iota
	SetDefault
	SetFromCurrent
	SetMulti
	ResetOne
	ResetAll
)

// FetchDirection is where FETCH goes.
type FetchDirection uint8

// The directions.
const (
	FetchForward FetchDirection = iota
	FetchBackward
	FetchAbsolute
	FetchRelative
)
