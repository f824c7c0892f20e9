package translate

import "github.com/sqlgateway/gateway/internal/pgtypes"

// Table is a relation of the catalog as the binder and the planner see it. It is
// immutable and may be shared.
type Table struct {
	OID     uint32
	Schema  string // the schema clients see
	Name    string
	Kind    RelationKind
	Columns []TableColumn
	// Keys are unique keys as indexes into Columns; the primary key, if any, is first
	// and PrimaryKey is true.
	Keys       [][]int
	PrimaryKey bool
	// Server is the catalog's name of the server that holds the table; tables with the
	// same Server are one domain. "" for relations that the gateway itself serves.
	Server string
	// Remote is the table's name at its server.
	Remote RemoteName
	// Rows is the estimated number of rows, -1 if unknown.
	Rows float64
	// Source is what the catalog put there for the executor; opaque here.
	Source any
}

// RemoteName is a table's name at its source.
type RemoteName struct{ Schema, Name string }

// RelationKind is pg_class.relkind.
type RelationKind byte

// The kinds of relations.
const (
	OrdinaryTable RelationKind = 'r'
	View          RelationKind = 'v'
	ForeignTable  RelationKind = 'f'
)

// TableColumn is one column of a Table.
type TableColumn struct {
	Name      string
	Remote    string // its name at the source; "" means Name
	Type      pgtypes.Type
	Collation uint32
	NotNull   bool
	Default   string // the default's SQL text, as the source shows it; "" for none
	Generated bool   // identity or generated: INSERT may leave it out
	// Hidden columns are not part of *, and the catalogs do not list them: stream positions
	// and the like.
	Hidden bool
	// System columns are hidden ones that together identify a row of a source without SQL,
	// as ctid does. They come last.
	System bool
	// Facts a dialect rule may need; nil when the source gave none.
	Facts *ColumnFacts
}

// ColumnFacts is what a source knows of a column beyond its Postgres type. Rules
// of dialects ask for them by name in their conditions.
type ColumnFacts struct {
	NativeType string // "varchar(10)", as the source spells it
	Collation  string // the source's collation, "utf8mb4_general_ci"
	Charset    string
	// Sequence is the sequence that the column owns, qualified and quoted; "" for none.
	Sequence string
	// Verified says that every stored value is known to have the declared class, so
	// comparisons inside the source can be trusted (SQLite's dynamic types).
	Verified bool
	// Distinct is the estimated number of distinct values, 0 if unknown.
	Distinct float64
	// Min and Max bound the values where the source keeps such statistics; nil if not.
	Min, Max pgtypes.Datum
	// NullFraction is the share of NULLs, -1 if unknown.
	NullFraction float64
	// Width is the average width in bytes, 0 if unknown.
	Width float64
}

// ColumnIndex finds a column by name, or gives -1.
func (t *Table) ColumnIndex(name string) int {
	for i := range t.Columns {
		if t.Columns[i].Name == name {
			return i
		}
	}
	return -1
}

// SystemColumns are the columns that identify a row where no key does, as indexes; nil
// for none.
func (t *Table) SystemColumns() []int {
	var found []int
	for i := range t.Columns {
		if t.Columns[i].System {
			found = append(found, i)
		}
	}
	return found
}

// RemoteColumn is the name of column i at the source.
func (t *Table) RemoteColumn(i int) string {
	if c := &t.Columns[i]; c.Remote != "" {
		return c.Remote
	}
	return t.Columns[i].Name
}
