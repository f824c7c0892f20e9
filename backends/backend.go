// Package backends says what a source of data must be: the Backend contract, the
// serialisable Config that makes one, and the optional abilities (writing,
// transactions, partitions, statistics, relay).
//
// It opens nothing itself and knows no kind; the kinds are folders below it, and
// backends/all lists them.
package backends

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// Backend is a live source. It is safe for concurrent use. Making one (Open)
// connects to nothing: pools and consumers start at first use.
type Backend interface {
	Kind() Kind
	// Config is what Open was given; it round-trips through JSON.
	Config() Config
	// Dialect renders queries for this source. It is nil for sources without SQL:
	// everything above a scan then runs in the gateway. It may connect, to learn the
	// product and its settings, and caches what it learnt.
	Dialect(ctx context.Context) (*translate.Dialect, error)
	// ConnectionInfo is for people: no secrets.
	ConnectionInfo() ConnectionInfo
	Ping(ctx context.Context) error
	// Schemas lists the remote schemas worth mounting.
	Schemas(ctx context.Context) ([]string, error)
	// Tables lists the tables of a remote schema.
	Tables(ctx context.Context, schema string) ([]TableName, error)
	// Describe gives a table's columns, keys and estimates. A table that is not there
	// is an error with SQLSTATE 42P01.
	Describe(ctx context.Context, name TableName) (*Table, error)
	// Read runs a fragment. The caller releases the reader, which stops the work at
	// the source; ctx also does. Batches come in the Arrow forms of
	// pgtypes.ArrowType for Fragment.Output, text columns possibly
	// dictionary-encoded, and hold any number of rows. A batch is valid until the next
	// call of Next, unless retained; a backend must not reuse a retained batch's memory.
	Read(ctx context.Context, f Fragment) (array.RecordReader, error)
	// Close frees everything. Reads in flight fail.
	Close() error
}

// TableName is a table's name at its source.
type TableName = translate.RemoteName

// Table is what Describe finds.
type Table struct {
	Name        TableName
	Kind        translate.RelationKind
	Columns     []translate.TableColumn
	Keys        [][]int // unique keys, as indexes into Columns; primary first
	PrimaryKey  bool
	Rows        float64 // estimate, -1 unknown
	Bytes       int64   // estimate of the stored size, -1 unknown
	Comment     string
	Indexes     []Index
	ForeignKeys []ForeignKey
	// ColumnComments are parallel to Columns; nil when there are none.
	ColumnComments []string
	// Origins are parallel to Columns: what fills a column that its writer leaves out;
	// nil when the source does not tell more than Generated does.
	Origins []ColumnOrigin
	Checks  []Check
	// Definition is a view's query, in the source's words; "" when it is not told. Pretty
	// has fewer parentheses.
	Definition, Pretty string
}

// ColumnOrigin says where a Generated column's values come from. The zero value is a
// column like any other.
type ColumnOrigin struct {
	// Identity is pg_attribute's letter: a always, d by default.
	Identity byte
	// Stored columns are computed from others; their Default is the expression.
	Stored bool
}

// Check is a CHECK constraint.
type Check struct {
	Name    string
	Columns []string
	// Definition is the constraint as Postgres shows it, CHECK (…). Pretty has fewer
	// parentheses.
	Definition, Pretty string
}

// ForeignKey is a reference to another table of the same source.
type ForeignKey struct {
	Name       string
	Columns    []string
	Target     TableName
	References []string // the target's columns
	// OnUpdate and OnDelete are pg_constraint's letters: a no action, r restrict,
	// c cascade, n set null, d set default. Zero is no action.
	OnUpdate, OnDelete byte
}

// Index is a secondary index, for psql's \d.
type Index struct {
	Name    string
	Columns []string
	Unique  bool
	Primary bool
	// Bare says that a unique index belongs to no constraint: CREATE UNIQUE INDEX.
	Bare bool
	// Parts are what the index is on, in order, where that is more than ascending Columns
	// of a btree; nil otherwise.
	Parts []IndexPart
	// KeyParts is how many of Parts are the key; the others are included.
	KeyParts int
	// Predicate is a partial index's condition in Postgres's words, "" for none.
	Predicate string
	// Using is what follows USING in a definition in Postgres's words, with orders,
	// expressions and the predicate; "" for a plain btree on Columns. Pretty has fewer
	// parentheses.
	Using, Pretty string
	Pages         int64 // its size in pages of 8 kB, 0 if unknown
}

// IndexPart is a column of an index, or an expression.
type IndexPart struct {
	Column     string // "" for an expression
	Expression string // in Postgres's words
	// Name and Type are those that Postgres gives to an expression's column.
	Name string
	Type pgtypes.Type
	// Option is pg_index.indoption: 1 descending, 2 NULLs first.
	Option int16
}

// ConnectionInfo is what EXPLAIN, the logs and gateway.servers show of a source.
type ConnectionInfo struct {
	Kind     Kind
	Address  string // host:port, file or URL without user information
	Database string
	User     string
	Product  string // as the server gives it, once known
}

// Fragment is one read. Exactly one of Query and Scan is set.
type Fragment struct {
	Query *QueryFragment
	Scan  *ScanFragment
	// Output are the columns that Read delivers, in order.
	Output []Column
	// Partition restricts the read to one part of Partitions' answer; nil is all.
	Partition *Partition
	// BatchRows is the preferred number of rows of a batch, 0 for the backend's choice.
	BatchRows int
}

// Column is one column of a fragment's output.
type Column struct {
	Name string
	Type pgtypes.Type
}

// QueryFragment is a query in the source's own dialect.
type QueryFragment struct {
	SQL string
	// Args are the values of the placeholders, in the dialect's own order.
	Args []Arg
}

// Arg is a parameter value with its Postgres type.
type Arg struct {
	Type  pgtypes.Type
	Value pgtypes.Datum
}

// ScanFragment reads a table without SQL. Predicates are a superset filter: a
// backend may use them to skip data, and the caller filters again. Limit, if not
// negative, says that no more rows than that are needed; it applies to the rows
// that pass Predicates only if the backend applies all of them exactly, so callers
// set it only when Predicates is empty.
type ScanFragment struct {
	Table      TableName
	Columns    []int // indexes into Describe's columns, parallel to Fragment.Output
	Predicates []Predicate
	Limit      int64
}

// Predicate is column op value, or column IN values; conjuncts of a filter.
type Predicate struct {
	Column int // index into Describe's columns
	Op     PredicateOp
	Values []pgtypes.Datum // of the column's type; one but for In; none for the null tests
	Set    *IntSet         // of Among, whose Values are its bounds; it stays in this process
}

// PredicateOp is the comparison of a Predicate.
type PredicateOp uint8

// The comparisons. All but IsNull are false for NULL.
const (
	Equal PredicateOp = iota
	NotEqual
	Less
	LessOrEqual
	Greater
	GreaterOrEqual
	In
	IsNull
	IsNotNull
	// Among is true for values in Set, which a column of integers, dates or timestamps
	// is asked about.
	Among
)

// Schema is Fragment's schema in Arrow form.
func (f *Fragment) Schema() *arrow.Schema { return SchemaOf(f.Output) }

// SchemaOf is the Arrow schema of columns in their canonical forms.
func SchemaOf(columns []Column) *arrow.Schema {
	fields := make([]arrow.Field, len(columns))
	for i, c := range columns {
		fields[i] = pgtypes.ArrowField(c.Name, c.Type)
	}
	return arrow.NewSchema(fields, nil)
}
