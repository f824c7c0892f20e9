package translate

type (
	// CreateStmt is CREATE TABLE, or, with Server set, CREATE FOREIGN TABLE.
	CreateStmt struct {
		At
		Relation    *RangeVar
		Columns     []*ColumnDef
		Constraints []*Constraint
		Like        []*TableLike
		Inherits    []*RangeVar
		Options     []*DefElem
		OnCommit    OnCommit
		Tablespace  string
		Method      string
		IfNotExists bool
		// Partitioned says that PARTITION BY or PARTITION OF was given, Typed that OF type was.
		Partitioned, Typed bool

		Foreign        bool
		Server         string
		ForeignOptions []*DefElem
	}

	// TableLike is LIKE table in CREATE TABLE. Options are Postgres's bits of
	// TableLikeOption.
	TableLike struct {
		At
		Relation *RangeVar
		Options  uint32
	}

	// ColumnDef is a column of CREATE TABLE, ALTER TABLE ADD, or of a column definition
	// list in FROM.
	ColumnDef struct {
		At
		Name           string
		Type           *TypeName
		Collation      *CollateClause
		Constraints    []*Constraint
		ForeignOptions []*DefElem
		Default        Node // of ALTER COLUMN TYPE: the USING expression
		Storage        string
		Compression    string
	}

	// Constraint is one of a column or a table.
	Constraint struct {
		At
		Kind              ConstraintKind
		Name              string
		Expr              Node     // of DEFAULT, CHECK, GENERATED
		Keys              []string // of PRIMARY KEY and UNIQUE
		Including         []string
		Options           []*DefElem
		NullsNotDistinct  bool
		Deferrable        bool
		InitiallyDeferred bool
		NotValid          bool
		NoInherit         bool
		IndexName         string // USING INDEX
		Always            bool   // GENERATED ALWAYS, not BY DEFAULT
		// FOREIGN KEY
		References         *RangeVar
		Columns            []string
		ReferenceColumns   []string
		OnUpdate, OnDelete string // "NO ACTION", "RESTRICT", "CASCADE", "SET NULL", "SET DEFAULT"
		Match              string // "SIMPLE", "FULL", "PARTIAL"
		SetColumns         []string
	}

	// CreateTableAsStmt is CREATE TABLE AS and CREATE MATERIALIZED VIEW. Query may be an
	// *ExecuteStmt. SELECT INTO is a SelectStmt with Into.
	CreateTableAsStmt struct {
		At
		Into         *IntoClause
		Query        Node
		Materialized bool
		IfNotExists  bool
	}

	// ViewStmt is CREATE VIEW.
	ViewStmt struct {
		At
		View    *RangeVar
		Columns []string
		Query   *SelectStmt
		Replace bool
		Options []*DefElem
		Check   string // "", "LOCAL", "CASCADED"
	}

	// IndexStmt is CREATE INDEX.
	IndexStmt struct {
		At
		Name             string
		Relation         *RangeVar
		Method           string
		Tablespace       string
		Elems            []*IndexElem
		Including        []*IndexElem
		Options          []*DefElem
		Where            Node
		Unique           bool
		NullsNotDistinct bool
		Concurrently     bool
		IfNotExists      bool
	}

	// IndexElem is a column or expression of an index, or of ON CONFLICT.
	IndexElem struct {
		At
		Name      string
		Expr      Node
		Collation []string
		OpClass   []string
		Dir       SortDirection
		Nulls     NullsOrder
	}

	// CreateSchemaStmt is CREATE SCHEMA.
	CreateSchemaStmt struct {
		At
		Name          string
		Authorization *RoleSpec
		Elements      []Node
		IfNotExists   bool
	}

	// AlterTableStmt is ALTER TABLE, or of another Object ("TABLE", "VIEW", "INDEX",
	// "FOREIGN TABLE", ...).
	AlterTableStmt struct {
		At
		Object   string
		Relation *RangeVar
		Commands []*AlterTableCmd
		IfExists bool
	}

	// AlterTableCmd is one action of ALTER TABLE.
	AlterTableCmd struct {
		At
		Kind AlterTableKind
		// Name is the column or constraint; for AlterOther it says what was asked.
		Name       string
		Column     *ColumnDef  // ADD COLUMN, ALTER TYPE
		Expr       Node        // SET DEFAULT; nil is DROP DEFAULT
		Constraint *Constraint // ADD CONSTRAINT
		Options    []*DefElem
		Owner      *RoleSpec
		Cascade    bool
		IfExists   bool // also IF NOT EXISTS of ADD COLUMN
	}

	// RenameStmt is ALTER ... RENAME.
	RenameStmt struct {
		At
		Object   string // "TABLE", "COLUMN", "VIEW", "INDEX", "SCHEMA", "CONSTRAINT", "SERVER", ...
		Relation *RangeVar
		// ObjectName is what is renamed when it is no relation.
		ObjectName []string
		SubName    string // the column or constraint
		NewName    string
		IfExists   bool
		Cascade    bool
	}

	// AlterSchemaStmt is ALTER ... SET SCHEMA.
	AlterSchemaStmt struct {
		At
		Object    string
		Relation  *RangeVar
		NewSchema string
		IfExists  bool
	}

	// AlterOwnerStmt is ALTER ... OWNER TO of other objects than relations.
	AlterOwnerStmt struct {
		At
		Object     string
		ObjectName []string
		Owner      *RoleSpec
	}

	// DropStmt is DROP of any object that has a plain name. Names are qualified names.
	DropStmt struct {
		At
		Object       string // "TABLE", "VIEW", "INDEX", "SCHEMA", "SEQUENCE", "SERVER", "FOREIGN TABLE", ...
		Names        [][]string
		Cascade      bool
		IfExists     bool
		Concurrently bool
	}

	// TruncateStmt is TRUNCATE.
	TruncateStmt struct {
		At
		Relations       []*RangeVar
		RestartIdentity bool
		Cascade         bool
	}

	// CommentStmt is COMMENT ON; Text is "" and IsNull true for NULL.
	CommentStmt struct {
		At
		Object string
		Name   []string
		Text   string
		IsNull bool
	}

	// CreateServerStmt is CREATE SERVER.
	CreateServerStmt struct {
		At
		Name, Type, Version, Wrapper string
		Options                      []*DefElem
		IfNotExists                  bool
	}

	// AlterServerStmt is ALTER SERVER.
	AlterServerStmt struct {
		At
		Name       string
		Version    string
		HasVersion bool
		Options    []*DefElem
	}

	// CreateUserMappingStmt is CREATE USER MAPPING.
	CreateUserMappingStmt struct {
		At
		User        *RoleSpec
		Server      string
		Options     []*DefElem
		IfNotExists bool
	}

	// AlterUserMappingStmt is ALTER USER MAPPING.
	AlterUserMappingStmt struct {
		At
		User    *RoleSpec
		Server  string
		Options []*DefElem
	}

	// DropUserMappingStmt is DROP USER MAPPING.
	DropUserMappingStmt struct {
		At
		User     *RoleSpec
		Server   string
		IfExists bool
	}

	// CreateWrapperStmt is CREATE FOREIGN DATA WRAPPER.
	CreateWrapperStmt struct {
		At
		Name    string
		Options []*DefElem
	}

	// ImportForeignSchemaStmt is IMPORT FOREIGN SCHEMA. At most one of LimitTo and
	// Except is set.
	ImportForeignSchemaStmt struct {
		At
		Server, RemoteSchema, LocalSchema string
		LimitTo, Except                   []string
		Options                           []*DefElem
	}

	// GrantStmt is GRANT or REVOKE of privileges on objects, or, with Roles, of roles.
	GrantStmt struct {
		At
		Grant       bool
		Object      string
		Objects     [][]string
		Privileges  []string // none is ALL
		Roles       []string
		Grantees    []*RoleSpec
		GrantOption bool
		Cascade     bool
	}

	// RoleSpec names a role. Kind is "" for a plain name, else CURRENT_ROLE,
	// CURRENT_USER, SESSION_USER or PUBLIC.
	RoleSpec struct {
		At
		Kind string
		Name string
	}
)

// ConstraintKind is the kind of a Constraint.
type ConstraintKind uint8

// The kinds of constraints.
const (
	ConstraintNull ConstraintKind = iota
	ConstraintNotNull
	ConstraintDefault
	ConstraintIdentity
	ConstraintGenerated
	ConstraintCheck
	ConstraintPrimary
	ConstraintUnique
	ConstraintExclusion
	ConstraintForeign
)

// AlterTableKind is the kind of an AlterTableCmd.
type AlterTableKind uint8

// The actions that have a kind of their own; the others are AlterOther.
const (
	AlterOther AlterTableKind = iota
	AlterAddColumn
	AlterDropColumn
	AlterColumnDefault
	AlterSetNotNull
	AlterDropNotNull
	AlterColumnType
	AlterAddConstraint
	AlterDropConstraint
	AlterOwner
	AlterOptions       // OPTIONS (...) of a foreign table
	AlterColumnOptions // of a column of it
	AlterSetRelOptions
	AlterResetRelOptions
)
