package translate

import "github.com/sqlgateway/gateway/internal/pgtypes"

// Statement is a bound statement.
type Statement interface{ isStatement() }

type (
	// Query is a SELECT, VALUES or TABLE, or what a writing statement returns.
	Query struct {
		Rel    Rel
		Output []OutputColumn
	}

	// Insert is INSERT. Source puts out the values for Target columns Attrs, already
	// cast to the columns' types (assignment casts).
	Insert struct {
		Target     *Table
		Alias      string
		Attrs      []int
		Source     Rel
		SourceCols []ColumnID // parallel to Attrs
		// Defaults marks values the source gives as DEFAULT: for VALUES rows with DEFAULT,
		// the cell is a DefaultValue expression.
		OnConflict *OnConflict
		Returning  *Returning
		Override   Override
	}

	// Update is UPDATE. Input joins the target's scan with FROM and filters; it puts
	// out the target's columns (TargetCols, parallel to the table's columns) and all
	// that the assignments read.
	Update struct {
		Target     *Table
		Alias      string
		Input      Rel
		TargetScan *Scan
		Sets       []Assignment
		Returning  *Returning
		// Where is the whole condition and From the extra relations, kept for rendering
		// the statement as a whole; Input is made from the same parts.
		Where Expr
		From  Rel // nil without FROM
	}

	// Delete is DELETE, laid out like Update.
	Delete struct {
		Target     *Table
		Alias      string
		Input      Rel
		TargetScan *Scan
		Returning  *Returning
		Where      Expr
		Using      Rel
	}

	// Utility is a statement that is not planned; Node is the raw tree. Sub holds the
	// bound inner statement of those that have one (EXPLAIN, CREATE TABLE AS, COPY of
	// a query, DECLARE CURSOR, PREPARE).
	Utility struct {
		Node Node
		Sub  Statement
	}
)

// DefaultValue is DEFAULT as a value of INSERT or UPDATE.
type DefaultValue struct{ Typed }

// Assignment is one SET item: the column's index and its new value, already cast.
type Assignment struct {
	Attr  int
	Value Expr
}

// OnConflict is the clause of INSERT.
type OnConflict struct {
	Columns    []int  // the inference columns
	Constraint string // or the constraint's name
	Where      Expr   // of the index inference
	DoNothing  bool
	Sets       []Assignment
	SetWhere   Expr
	// Excluded are the columns of the pseudo-relation excluded, Existing those of the
	// target row, both parallel to the table's columns.
	Excluded, Existing []Column
}

// Returning is the RETURNING list over the target's columns.
type Returning struct {
	// Target are the columns of the affected row, parallel to the table's columns.
	Target []Column
	Items  []ProjectItem
	Output []OutputColumn
}

// OutputColumn is one column of a statement's result.
type OutputColumn struct {
	Name     string
	ID       ColumnID
	Type     pgtypes.Type
	Coll     uint32
	TableOID uint32 // for RowDescription: the table column it plainly is, or 0
	Attr     int16
}

func (*Query) isStatement()   {}
func (*Insert) isStatement()  {}
func (*Update) isStatement()  {}
func (*Delete) isStatement()  {}
func (*Utility) isStatement() {}
