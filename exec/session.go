package exec

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"time"

	"github.com/sqlgateway/gateway/catalog"
	"github.com/sqlgateway/gateway/exec/setting"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/session"
	"github.com/sqlgateway/gateway/translate"
)

// Session is one client's state. See session.Session for who may call what.
type Session struct {
	engine  *Engine
	startup session.Startup
	values  *setting.Values
	random  *rand.Rand
	started time.Time

	statements map[string]*prepared // protocol-level and SQL PREPARE share the names
	portals    map[string]*portal
	cursors    map[string]*cursor
	tx         transaction
	// definitionCount numbers the definitions of all transactions.
	definitionCount uint64
	// connection is held by who uses what the transaction has open at a source, which
	// serves one at a time: several workers may.
	connection sync.Mutex

	statementTime time.Time // of the running statement
	relayKey      []byte    // reused by the relay's cache look-up
	relayLiterals []translate.Literal

	express         express
	expressSettings expressSettings

	// What other goroutines look at.
	mu      sync.Mutex
	cancel  context.CancelCauseFunc // of the running statement; nil when idle
	closed  bool
	running string // text of the running or last statement
	changed time.Time
	state   string
	notices []*pgerr.Error // not yet sent
}

// Parameters implements session.Session.
func (s *Session) Parameters() [][2]string { return s.values.Report() }

// TransactionStatus implements session.Session.
func (s *Session) TransactionStatus() byte { return s.tx.status() }

var (
	errUserCancel = errors.New("canceling statement due to user request")
	errTimeout    = errors.New("canceling statement due to statement timeout")
)

// Cancel implements session.Session.
func (s *Session) Cancel() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cancel != nil {
		s.cancel(errUserCancel)
	} else if s.express.interrupt != nil {
		s.express.interrupted = true
		s.express.interrupt()
	}
}

// Close implements session.Session.
func (s *Session) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	for name := range s.portals {
		s.dropPortal(name)
	}
	s.closeCursors(true)
	s.tx.abandon()
	s.engine.forget(s)
}

// enter begins the work on a message: cancellable, and under statement_timeout.
// leave must be called with the outcome, which it returns in a client's terms.
func (s *Session) enter(ctx context.Context, text string) (running context.Context, leave func(error) error) {
	running, cancel := context.WithCancelCause(ctx)
	now := time.Now()
	s.statementTime = now
	s.mu.Lock()
	s.cancel, s.running, s.state, s.changed = cancel, text, "active", now
	s.mu.Unlock()
	var timer *time.Timer
	if limit := s.values.Milliseconds("statement_timeout"); limit > 0 {
		timer = time.AfterFunc(limit, func() { cancel(errTimeout) })
	}
	return running, func(err error) error {
		if timer != nil {
			timer.Stop()
		}
		return s.leave(running, cancel, err)
	}
}

// leave ends the work on a message, and gives its outcome in a client's terms.
func (s *Session) leave(running context.Context, cancel context.CancelCauseFunc, err error) error {
	err = statementError(running, err)
	s.mu.Lock()
	s.cancel, s.state, s.changed = nil, s.idleState(), time.Now()
	s.mu.Unlock()
	cancel(nil)
	return err
}

// guard turns a panic, a bug of ours, into the statement's error: the session and
// the process go on. It is deferred around each call from the protocol.
func (s *Session) guard(err *error) {
	r := recover()
	if r == nil {
		return
	}
	s.engine.config.Logger.Error("panic in a statement", "panic", r, "stack", string(debug.Stack()))
	*err = s.failing(pgerr.Internal("internal error in the gateway"))
}

// statementError puts a cancellation in Postgres's words.
func statementError(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil {
		return err
	}
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, errTimeout):
		return pgerr.New(pgerr.QueryCanceled, "canceling statement due to statement timeout")
	case errors.Is(cause, errUserCancel):
		return pgerr.New(pgerr.QueryCanceled, "canceling statement due to user request")
	}
	return err
}

func (s *Session) idleState() string {
	switch s.tx.status() {
	case 'T':
		return "idle in transaction"
	case 'E':
		return "idle in transaction (aborted)"
	default:
		return "idle"
	}
}

func (s *Session) info() catalog.SessionInfo {
	s.mu.Lock()
	defer s.mu.Unlock()
	return catalog.SessionInfo{
		PID: s.startup.ProcessID, User: s.startup.User, Database: s.startup.Database,
		Application: s.startup.Parameters["application_name"], State: s.state, ClientAddr: s.startup.RemoteAddr, Query: s.running,
		BackendStart: s.started.UnixMicro(), StateChange: s.changed.UnixMicro(),
	}
}

// style, search path and the rest of what names and literals depend on.
func (s *Session) searchPath(snapshot *catalog.Snapshot) []string {
	path := make([]string, 0, 4)
	hasCatalog := false
	for _, name := range s.values.SearchPath() {
		if name == "$user" {
			name = s.startup.User
		}
		hasCatalog = hasCatalog || name == "pg_catalog"
		if snapshot.SchemaOID(name) != 0 {
			path = append(path, name)
		}
	}
	if !hasCatalog {
		path = append([]string{"pg_catalog"}, path...)
	}
	return path
}

// namespace is a snapshot seen through the session's search_path: a bind.Catalog.
type namespace struct {
	*catalog.Snapshot
	path []string
}

// HasSchema implements bind.Catalog.
func (n namespace) HasSchema(_ context.Context, schema string) bool { return n.SchemaOID(schema) != 0 }

// SearchPath implements bind.Catalog.
func (n namespace) SearchPath() []string { return n.path }

func (s *Session) namespace(snapshot *catalog.Snapshot) namespace {
	return namespace{Snapshot: s.tx.seen(snapshot), path: s.searchPath(snapshot)}
}
