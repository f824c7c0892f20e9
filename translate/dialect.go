package translate

import (
	"strconv"
	"sync"

	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// Dialect is how a source's SQL differs from Postgres's: flags for the shape of
// statements and rules, keyed by resolved signature, for expressions. It is made
// for one backend, after its product and version are known, and is then immutable.
//
// Whatever a dialect does not claim stays in the gateway.
type Dialect struct {
	Name    string // "postgres", "mysql", "sqlite"
	Product string // "PostgreSQL", "MariaDB", "MySQL", "SQLite"
	Version Version

	// Quote is the quotation mark of identifiers; it is doubled inside.
	Quote byte
	// Placeholders is how parameters are written.
	Placeholders Placeholders
	// Schemas says that tables are qualified by a schema.
	Schemas bool

	// NullsSmallest says that NULL sorts before all values; Postgres's sorts after.
	NullsSmallest bool
	// NullsClause says that ORDER BY takes NULLS FIRST and NULLS LAST.
	NullsClause bool
	// NoLimit is what LIMIT needs to be when there is only an OFFSET; "" for none.
	NoLimit string
	// SetOpAll says that INTERSECT ALL and EXCEPT ALL exist, SetOps that INTERSECT and
	// EXCEPT do.
	SetOps, SetOpAll bool
	// NestedSelect says that the arms of a set operation may stand in parentheses.
	NestedSelect bool
	FullJoin     bool
	RightJoin    bool
	Lateral      bool
	// OuterInDerived says that a derived table in a sub-query may read the columns of
	// the queries around that.
	OuterInDerived bool
	DistinctOn     bool
	WithTies       bool
	Windows        bool
	GroupingSets   bool
	Locking        bool
	SetReturning   bool // functions in FROM and in the select list
	ValuesTable    bool // (VALUES ...) AS v(a, b)
	// FilterClause says that aggregates take FILTER (WHERE ...).
	FilterClause bool
	// ScalarQueryChecked says that a scalar sub-query of several rows is an error.
	ScalarQueryChecked bool
	// RowValues says that (a, b) < (c, d) works as in Postgres.
	RowValues bool

	// Writing statements. TargetAlias says that the changed table may have an alias,
	// SequentialSet that SET assigns from left to right, DefaultValues that DEFAULT may
	// stand as a value, EnforcesLength that a value too long for a column is an error.
	TargetAlias, SequentialSet, DefaultValues, EnforcesLength bool
	UpdateFrom, OnConflict                                    bool
	ReturningInsert, ReturningUpdate, ReturningDelete         bool

	// Raise is an expression that fails when it is evaluated, for guards in CASE; ""
	// for none.
	Raise string
	// TextCollation, if not "", is the collation under which text compares by code
	// point. Comparisons and keys of text name it unless the column has it already.
	TextCollation string
	// ByteOrdered says whether text of a source's collation compares by code point.
	ByteOrdered func(collation string) bool

	// Literal appends a value as a typed literal; false where the dialect has none that
	// is exact.
	Literal func(dst []byte, t pgtypes.Type, v pgtypes.Datum) ([]byte, bool)
	// Param is the template of a parameter of a type, usually {0}; "" where a value
	// might not reach the source exactly. nil means {0} for all.
	Param func(t pgtypes.Type) string
	// NotDistinct is the template of IS NOT DISTINCT FROM.
	NotDistinct string
	// TypeName is how CAST names a type; "" where it has no equal. Only dialects with
	// Native set need it.
	TypeName func(t pgtypes.Type) string
	// ColumnType is how a column of a new table is declared; "" for types that the
	// source can not hold exactly. Native dialects need none.
	ColumnType func(t pgtypes.Type) string
	// KeyType declares the whole of a primary key column that numbers its rows (serial
	// and identity), CurrentTime is the default that gives the time of the insertion ("" for
	// types without one), and Value writes a constant as a default. Native dialects need
	// none of them.
	KeyType     func(t pgtypes.Type) string
	CurrentTime func(t pgtypes.Type) string
	Value       func(t pgtypes.Type, v pgtypes.Datum) string
	// CommitsOnDDL says that a definition commits the transaction it stands in.
	CommitsOnDDL bool
	// Comparable says whether values of a type, as the source stores them, compare,
	// group and order as in Postgres. It is asked for columns (c may be nil for computed
	// values) before any rule is.
	Comparable func(t pgtypes.Type, c *TableColumn) (ok bool, reason string)

	// Native says that the source is Postgres: expressions without a rule are rendered
	// as they are when they are immutable built-ins.
	Native bool
	// Rules are the claims on expressions.
	Rules []Rule

	compiled sync.Once
	byOp     map[uint32][]*Rule
	byProc   map[uint32][]*Rule
	byCast   map[castSignature][]*Rule
	faults   []string
}

// Placeholders is how a dialect writes parameters.
type Placeholders uint8

// The forms: ? in order of appearance, or $1.
const (
	QuestionMarks Placeholders = iota
	DollarNumbers
)

// Version is a product's version: 10.11 is {10, 11}.
type Version struct{ Major, Minor int }

// AtLeast compares versions.
func (v Version) AtLeast(major, minor int) bool {
	return v.Major > major || v.Major == major && v.Minor >= minor
}

// PushMode is the setting gateway.pushdown.
type PushMode uint8

// The modes: nothing but columns; rules whose proof is algebraic or exhaustive;
// all rules.
const (
	PushOff PushMode = iota
	PushSafe
	PushOn
)

// AppendIdentifier quotes a name.
func (d *Dialect) AppendIdentifier(dst []byte, name string) []byte {
	dst = append(dst, d.Quote)
	for i := range len(name) {
		if name[i] == d.Quote {
			dst = append(dst, d.Quote)
		}
		dst = append(dst, name[i])
	}
	return append(dst, d.Quote)
}

// Identifier is AppendIdentifier as a string.
func (d *Dialect) Identifier(name string) string {
	return string(d.AppendIdentifier(make([]byte, 0, len(name)+2), name))
}

// TableName is a table's quoted and qualified name at the source.
func (d *Dialect) TableName(name RemoteName) string {
	if !d.Schemas || name.Schema == "" {
		return d.Identifier(name.Name)
	}
	return d.Identifier(name.Schema) + "." + d.Identifier(name.Name)
}

// PlaceholderAt writes the n-th parameter of a statement, 1-based.
func (d *Dialect) PlaceholderAt(n int) string {
	if d.Placeholders == DollarNumbers {
		return "$" + strconv.Itoa(n)
	}
	return "?"
}
