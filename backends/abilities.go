package backends

import (
	"context"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// Executor runs a statement that returns no rows, outside any transaction.
type Executor interface {
	Execute(ctx context.Context, q QueryFragment) (affected int64, err error)
}

// Writer takes rows in bulk, in a transaction of its own: all or none.
type Writer interface {
	Write(ctx context.Context, target WriteTarget, rows array.RecordReader, mode WriteMode) (WriteResult, error)
}

// WriteTarget is the table and the columns that rows hold, in order.
type WriteTarget struct {
	Table   TableName
	Columns []Column // Name is the source's column name
}

// WriteMode is how rows meet what is there.
type WriteMode struct {
	Kind WriteKind
	Keys []string // for merge and SCD2
}

// WriteKind is the kind of a WriteMode.
type WriteKind string

// The write modes.
const (
	Append   WriteKind = "append"
	Truncate WriteKind = "truncate"
	Merge    WriteKind = "merge"
	SCD2     WriteKind = "scd2"
)

// WriteResult counts what was done.
type WriteResult struct {
	Inserted, Updated, Deleted, Unchanged int64
}

// Transactor has transactions.
type Transactor interface {
	// Begin pins a connection until the Tx ends.
	Begin(ctx context.Context, options TxOptions) (Tx, error)
}

// TxOptions are those of BEGIN.
type TxOptions struct {
	Isolation string // "", "read committed", "repeatable read", "serializable"
	ReadOnly  bool
}

// Tx is a transaction on one connection. It is used by one goroutine at a time,
// and one reader may be open at a time.
type Tx interface {
	Read(ctx context.Context, f Fragment) (array.RecordReader, error)
	Execute(ctx context.Context, q QueryFragment) (affected int64, err error)
	Write(ctx context.Context, target WriteTarget, rows array.RecordReader, mode WriteMode) (WriteResult, error)
	// Savepoint, RollbackTo and Release name savepoints; the name is a plain identifier.
	Savepoint(ctx context.Context, name string) error
	RollbackTo(ctx context.Context, name string) error
	Release(ctx context.Context, name string) error
	Commit(ctx context.Context) error
	// Rollback is safe after Commit and after an error, and frees the connection.
	Rollback(ctx context.Context) error
}

// Describer is an optional ability of a Tx: tables as the transaction sees them, with
// what it has defined itself.
type Describer interface {
	Describe(ctx context.Context, name TableName) (*Table, error)
}

// SchemaLister lists a schema with what psql's \dt shows.
type SchemaLister interface {
	// ListSchema gives, in one round trip, the tables that Tables lists with their Kind,
	// estimates and Comment, as far as they cost nothing more; Columns are empty.
	ListSchema(ctx context.Context, schema string) ([]*Table, error)
}

// SchemaDescriber describes a whole schema at once. The catalog asks it when many
// tables are wanted, as information_schema.columns does.
type SchemaDescriber interface {
	// DescribeSchema visits the tables that Tables lists, each once and by name, as
	// Describe gives them; the number of round trips does not depend on how many there
	// are. Tables dropped meanwhile are left out; an error, of visit too, ends it, and
	// callers may then ask for one table at a time. Tables are the visitor's to keep.
	DescribeSchema(ctx context.Context, schema string, visit func(*Table) error) error
}

// Definer is an optional ability of a Tx of a source without SQL: it makes and drops
// tables. A table that is there already is 42P07.
type Definer interface {
	CreateTable(ctx context.Context, table Table) error
	DropTable(ctx context.Context, name TableName) error
}

// Replacer is an optional ability of a Tx of a source without SQL whose tables have
// system columns: it takes single rows away.
type Replacer interface {
	// Replace takes the rows away that have these values of the system columns, and adds
	// fresh, as one change. Gone are rows of what was read since the transaction began; if
	// another's commit came between, the outcome is 40001.
	Replace(ctx context.Context, target WriteTarget, gone [][]pgtypes.Datum, fresh array.RecordReader) error
}

// Partitioner can read a fragment in parts.
type Partitioner interface {
	// Partitions lists at most want parts, or one for a fragment that can not be cut.
	// Each may be set as Fragment.Partition; together they are the whole, without
	// overlap. They serialise, and are valid in any process that has the same Config.
	Partitions(ctx context.Context, f Fragment, want int) (KeyPartitioning, error)
}

// KeyPartitioning says how a read is cut.
type KeyPartitioning struct {
	Kind    PartitioningKind `json:"kind"`
	Columns []string         `json:"columns,omitempty"` // for hash and range
	Parts   []Partition      `json:"parts"`
}

// PartitioningKind is the kind of a KeyPartitioning.
type PartitioningKind string

// The kinds: no cut; the source's own parts (files, row groups, Kafka partitions);
// hash of columns; ranges of a column.
const (
	PartitionNone   PartitioningKind = "none"
	PartitionSource PartitioningKind = "source"
	PartitionHash   PartitioningKind = "hash"
	PartitionRange  PartitioningKind = "range"
)

// Partition is one part. Token is the backend's own, and text.
type Partition struct {
	Token string  `json:"token"`
	Rows  float64 `json:"rows,omitempty"`  // estimate
	Bytes int64   `json:"bytes,omitempty"` // estimate
}

// Declarer is an optional ability of backends whose config can say what the columns of
// a table are, where they would be inferred from data.
type Declarer interface {
	// Declare gives the entry for the list "tables" of the config that fixes the
	// columns of a described table as they are now.
	Declare(table *Table) any
}

// Statistician gives better estimates than Describe, possibly at some cost.
type Statistician interface {
	// Statistics estimates rows and fills ColumnFacts of the named columns.
	Statistics(ctx context.Context, name TableName) (*Table, error)
}

// Historian keeps old versions of its tables; AsOf reads one.
type Historian interface {
	// History lists the versions of a table that are still known, newest first.
	History(ctx context.Context, name TableName) ([]TableVersion, error)
}

// TableVersion is one version of a table, by the change that made it.
type TableVersion struct {
	Version   int64
	Committed time.Time
	Operation string
	// Parameters and Metrics are JSON objects, "" for none.
	Parameters, Metrics string
	User, Engine        string
	ReadVersion         *int64 // what the change was computed from
	BlindAppend         *bool  // it only added rows, without reading any
}

// Metered readers say what they moved; EXPLAIN ANALYZE and the metrics read it.
// The numbers may grow until the reader is released.
type Metered interface {
	Metrics() ReadMetrics
}

// ReadMetrics is what a read cost.
type ReadMetrics struct {
	Rows  int64
	Bytes int64 // bytes read from the source, before decoding where known
	// Files and row groups opened and skipped, for file sources.
	Files, FilesSkipped         int64
	RowGroups, RowGroupsSkipped int64
	// BytesSkipped are the stored bytes that were ruled out without being read.
	BytesSkipped int64
	// Undecoded are the messages that did not decode, where the table asks for no error:
	// they are left out, or NULL.
	Undecoded int64
}

// Relayer hands out raw connections of the Postgres protocol.
type Relayer interface {
	// Relay gives an idle server connection for the caller alone. It is returned with
	// Release, or destroyed with Close.
	Relay(ctx context.Context) (RelayConn, error)
}

// RelayConn is one server connection spoken to in raw protocol messages. One
// goroutine uses it, but Cancel, which any may call.
type RelayConn interface {
	// ParameterStatus is a setting as the server reported it.
	ParameterStatus(name string) string
	// Simple sends a Query message and passes the answers on; see RelaySink.
	Simple(ctx context.Context, sql string, sink RelaySink) error
	// Prepare makes a statement on the server under a name of its own (a second call
	// with equal arguments on this connection is free) and describes it.
	Prepare(ctx context.Context, sql string, paramTypes []uint32) (*RelayStatement, error)
	// Execute runs a prepared statement: Bind, Execute (all rows) and Sync in one write.
	Execute(ctx context.Context, st *RelayStatement, paramFormats []int16, params [][]byte, resultFormats []int16, sink RelaySink) error
	// TransactionStatus is the last ReadyForQuery's.
	TransactionStatus() byte
	// Label is what SetLabel last put there, "" on a new connection: the caller's note of
	// the settings that it has applied. It survives Release.
	Label() string
	SetLabel(label string)
	// Cancel asks the server to stop what runs.
	Cancel(ctx context.Context)
	// Release returns a connection that is idle ('I') to its pool, and destroys it otherwise.
	Release()
	Close()
}

// RelayTransactor reads and writes as a Tx over a relay connection that is inside a
// transaction, so that relayed statements and others see the same rows.
type RelayTransactor interface {
	// TransactionOver gives a Tx over conn, which stays the caller's: neither Commit nor
	// Rollback of this Tx is called.
	TransactionOver(conn RelayConn) (Tx, error)
}

// RelaySink takes the server's answers. Bytes are not kept.
type RelaySink interface {
	// RowDescription gets the body of a 'T' message, length word excluded.
	RowDescription(body []byte) error
	// Rows gets whole 'D' messages, type byte and length included.
	Rows(messages []byte) error
	// Complete gets the command tag.
	Complete(tag string) error
	// Notice gets a notice of the server.
	Notice(body []byte) error
}

// RelayStatement is a prepared statement of one RelayConn.
type RelayStatement struct {
	Name       string
	ParamTypes []uint32
	// RowDescription is the body of the 'T' message, nil for a statement without rows.
	RowDescription []byte
}
