// Package session is the vocabulary that the protocol (wire) and the engine
// (exec) share: what a session can be asked and how results are handed over. It
// holds no behaviour; wire calls it, exec implements it, cmd/gateway joins them.
package session

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// Startup is what a client said of itself, after authentication.
type Startup struct {
	User       string
	Database   string
	Parameters map[string]string // all startup parameters, user and database included
	RemoteAddr string
	ProcessID  uint32 // the backend PID the client was given; unique among live sessions
}

// Handler opens sessions. It is safe for concurrent use.
type Handler interface {
	// Open starts a session. An error is sent to the client as FATAL.
	Open(ctx context.Context, startup Startup) (Session, error)
}

// Session is one client's. Its methods are called by one goroutine at a time,
// except Cancel. The context given to each call ends when the client is gone or
// the server stops; a session keeps none of them.
//
// An error leaves the session usable. In the extended protocol wire then skips
// to Sync by itself.
type Session interface {
	// Parameters are the settings reported at start-up (ParameterStatus), in order.
	Parameters() [][2]string
	// Query runs the text of a simple Query message, calling out for each of its
	// statements in turn. At its first error it stops and returns it.
	Query(ctx context.Context, text string, out Out) error
	// Parse makes a prepared statement; "" is the unnamed one. paramTypes may be
	// shorter than the number of parameters, and 0 means unspecified.
	Parse(ctx context.Context, name, text string, paramTypes []uint32) error
	// Bind makes a portal. params holds nil for NULL; its bytes may be kept.
	Bind(ctx context.Context, portal, statement string, paramFormats []int16, params [][]byte, resultFormats []int16) error
	// DescribeStatement gives parameter types and result fields; fields is nil for
	// a statement that returns no rows.
	DescribeStatement(ctx context.Context, name string) (params []uint32, fields []Field, err error)
	// DescribePortal gives the result fields with the formats of Bind; nil for none.
	DescribePortal(ctx context.Context, name string) ([]Field, error)
	// Execute runs a portal until its end or until maxRows rows (0: no limit). It
	// does not call out.Fields. suspended means that rows remain.
	Execute(ctx context.Context, portal string, maxRows int, out Out) (suspended bool, err error)
	CloseStatement(ctx context.Context, name string) error
	ClosePortal(ctx context.Context, name string) error
	// Sync ends an implicit transaction; failed says that an error was sent since
	// the last Sync. A commit that fails is the error.
	Sync(ctx context.Context, failed bool) error
	// Fail marks an open transaction as failed: wire found an error itself, such as a
	// malformed message.
	Fail()
	// TransactionStatus is 'I', 'T' or 'E', as ReadyForQuery carries it.
	TransactionStatus() byte
	// Cancel stops what is running, if anything is, at its source too. It may be
	// called from any goroutine at any time, also after Close.
	Cancel()
	// Close ends the session and rolls back what is open.
	Close()
}

// Express is an optional ability of a Session: it begins statements that it can have
// answered without thinking, and goes on when their answer has come. All calls but
// Finish are made by the event loop, where nothing may wait.
type Express interface {
	Session
	// StartQuery begins the text of a simple Query message.
	StartQuery(text string, notify *Notify) Progress
	// StartExecute begins a prepared statement, as Bind of the unnamed portal, Execute
	// without a limit and Sync do. params are not kept. fields are those of the portal.
	StartExecute(statement string, paramFormats []int16, params [][]byte, resultFormats []int16, notify *Notify) (fields []Field, progress Progress)
	// Answer passes the answer of what was started on, if it is there.
	Answer(out Out) Progress
	// Interrupted says that the statement that runs was cancelled.
	Interrupted() bool
	// Suspend stops notifications, so that a goroutine can call Finish.
	Suspend()
	// Finish waits for the answer of what was started.
	Finish(ctx context.Context, out Out) error
}

// Notify is what a session calls about a statement that it has started.
type Notify struct {
	// Arrived is called by the event loop when Answer may have something to pass on.
	Arrived func()
	// Interrupt may be called from anywhere; the caller of Answer then looks whether it
	// was Interrupted.
	Interrupt func()
}

// Progress is how far a statement of Express has come.
type Progress uint8

// The kinds of Progress.
const (
	// Declined: nothing was done; the other methods are to be used.
	Declined Progress = iota
	// Waiting: notify tells of more.
	Waiting
	// Answered: all of it was passed on.
	Answered
	// Stuck: it goes on only with Suspend and Finish.
	Stuck
)

// Field describes one result column, as RowDescription does.
type Field struct {
	Name     string
	TableOID uint32
	Column   int16 // attribute number in that table, or 0
	Type     pgtypes.Type
	TypeSize int16
	Format   int16 // 0 text, 1 binary
}

// Out takes what a statement gives. Wire implements it; it applies back-pressure
// by blocking. An error means that the client is gone: stop and return it.
type Out interface {
	// Fields opens a row set (simple protocol only; Describe does it otherwise).
	Fields(fields []Field) error
	// Batch sends rows. Its columns match fields in number, order and Arrow form
	// (pgtypes.ArrowType); format of each column is its Field's. The batch may be
	// retained beyond the call, up to the end of the statement.
	Batch(fields []Field, batch arrow.RecordBatch, style pgtypes.Style) error
	// Raw sends bytes that are whole, ready-made backend messages ('D' messages, or
	// 'T' as well), already in the client's formats. They are not kept.
	Raw(messages []byte) error
	// Complete ends a statement with its command tag.
	Complete(tag string) error
	// Empty answers an empty query string.
	Empty() error
	// Notice sends a NoticeResponse.
	Notice(notice *pgerr.Error) error
	// ParameterStatus reports a changed setting.
	ParameterStatus(name, value string) error
	// SyncFollows says that the client's next message is known to be a Sync, so that
	// the running Execute is the last of its implicit transaction.
	SyncFollows() bool
	// CopyIn asks the client for COPY data and gives the chunks as a reader; format
	// as in CopyInResponse with columns columns.
	CopyIn(binary bool, columns int) (CopyReader, error)
	// CopyOut begins COPY TO STDOUT; each Write is one CopyData message.
	CopyOut(binary bool, columns int) (CopyWriter, error)
}

// CopyReader yields CopyData payloads until io.EOF (CopyDone). CopyFail is an
// error with SQLSTATE 57014.
type CopyReader interface {
	Next() ([]byte, error) // valid until the next call
}

// CopyWriter sends CopyData payloads; Close sends CopyDone.
type CopyWriter interface {
	Write(p []byte) (int, error)
	Close() error
}
