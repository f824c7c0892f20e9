package exec

import (
	"context"
	"encoding/binary"
	"time"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/catalog"
	"github.com/sqlgateway/gateway/internal/session"
	"github.com/sqlgateway/gateway/translate"
)

// express is the statement that the event loop has started for a session.
type express struct {
	conn     backends.ExpressConn
	snapshot *catalog.Snapshot // held until the statement is over
	pinned   bool              // conn is the transaction's
	// statement and sent are what an error is put in the client's terms with.
	statement prepared
	sent      string
	kind      string // for metrics
	start     time.Time
	sink      relaySink

	// These are guarded by Session.mu.
	interrupt   func() // nil when nothing runs, or a goroutine has taken over
	interrupted bool
}

// expressSettings are what the loop needs of a session's settings, read once for each
// change of them.
type expressSettings struct {
	version    uint64
	known      bool
	possible   bool
	readOnly   bool
	label      string
	searchPath string
}

func (s *Session) settingsForExpress() *expressSettings {
	e := &s.expressSettings
	if !e.known || e.version != s.values.Version {
		*e = expressSettings{
			version: s.values.Version, known: true,
			possible:   s.relayOn() && s.values.Milliseconds("statement_timeout") <= 0,
			readOnly:   s.values.Bool("transaction_read_only") || s.values.Bool("default_transaction_read_only"),
			label:      s.relayLabel(),
			searchPath: s.values.String("search_path"),
		}
	}
	return e
}

// mayExpress says whether the session is in a state in which the loop can start
// statements for it.
func (s *Session) mayExpress(settings *expressSettings) bool {
	return settings.possible && len(s.portals) == 0 && s.tx.defined == nil &&
		(s.tx.state == noTransaction || s.tx.state == explicitTransaction)
}

// StartQuery implements session.Express.
func (s *Session) StartQuery(text string, notify *session.Notify) session.Progress {
	settings := s.settingsForExpress()
	if !s.mayExpress(settings) {
		return session.Declined
	}
	snapshot := s.engine.config.Catalog.Acquire()
	r, literals := s.knownRelay(text, settings, snapshot)
	if r == nil || !s.mayWrite(r, settings) {
		s.engine.config.Catalog.Release(snapshot)
		return session.Declined
	}
	conn, pinned := s.expressConn(r, settings, "", nil)
	if conn == nil {
		s.engine.config.Catalog.Release(snapshot)
		return session.Declined
	}
	s.engine.config.Observer.PlanCache(true)
	delete(s.statements, "")
	e := &s.express
	e.conn, e.pinned, e.snapshot, e.kind = conn, pinned, snapshot, "relay"
	e.statement = prepared{text: text, source: text}
	e.sent = r.text(text, literals)
	e.sink.describe = true
	s.enterExpress(text, notify)
	if !conn.BeginSimple(e.sent, notify.Arrived) {
		return session.Stuck
	}
	return session.Waiting
}

// StartExecute implements session.Express.
func (s *Session) StartExecute(statement string, paramFormats []int16, params [][]byte, resultFormats []int16, notify *session.Notify) ([]session.Field, session.Progress) {
	settings := s.settingsForExpress()
	st := s.statements[statement]
	if st == nil || st.compiled == nil || st.compiled.relay == nil || !s.mayExpress(settings) {
		return nil, session.Declined
	}
	r := st.compiled.relay
	// A statement that could have been a Query is sent as one, elsewhere.
	if len(params) == 0 && statement == "" && st.compiled.fields == nil || !s.mayWrite(r, settings) {
		return nil, session.Declined
	}
	if checkFormats(st, len(st.compiled.params), paramFormats, params) != nil {
		return nil, session.Declined
	}
	fields, err := withFormats(st.compiled.fields, resultFormats)
	if err != nil {
		return nil, session.Declined
	}
	snapshot := s.engine.config.Catalog.Acquire()
	var conn backends.ExpressConn
	var pinned bool
	if st.compiled.fresh(s, snapshot) {
		conn, pinned = s.expressConn(r, settings, r.pieces[0], st.declared)
	}
	if conn == nil {
		s.engine.config.Catalog.Release(snapshot)
		return nil, session.Declined
	}
	e := &s.express
	e.conn, e.pinned, e.snapshot = conn, pinned, snapshot
	e.kind = (&portal{statement: st}).kind()
	e.statement, e.sent = *st, r.pieces[0]
	e.sink.describe = false
	s.enterExpress(st.text, notify)
	if !conn.BeginExecute(r.pieces[0], st.declared, paramFormats, params, resultFormats, notify.Arrived) {
		return fields, session.Stuck
	}
	return fields, session.Waiting
}

// knownRelay is relayLookup for texts whose shape was met before.
func (s *Session) knownRelay(text string, settings *expressSettings, snapshot *catalog.Snapshot) (*relayed, []translate.Literal) {
	key := binary.BigEndian.AppendUint64(s.relayKey[:0], snapshot.Version)
	key = append(append(key, settings.searchPath...), 0)
	key, literals, ok := translate.AppendNormalised(key, s.relayLiterals[:0], text)
	s.relayKey, s.relayLiterals = key, literals
	if !ok {
		return nil, nil
	}
	r, _ := s.engine.relays.get(key)
	return r, literals
}

// mayWrite leaves what claim has to say about writing to it.
func (s *Session) mayWrite(r *relayed, settings *expressSettings) bool {
	return !r.writes || !settings.readOnly && !s.tx.options.ReadOnly && (s.tx.state == noTransaction || s.tx.writer == r.server)
}

// expressConn is a connection to run r on at once: the transaction's or a pooled one.
func (s *Session) expressConn(r *relayed, settings *expressSettings, sql string, types []uint32) (conn backends.ExpressConn, pinned bool) {
	if s.tx.state == noTransaction {
		relayer, ok := r.server.Backend.(backends.ExpressRelayer)
		if !ok {
			return nil, false
		}
		return relayer.TryRelay(settings.label, sql, types), false
	}
	p := s.tx.joined(r.server)
	if p == nil || p.relay == nil || p.tx != nil || r.writes && !p.wrote {
		return nil, false
	}
	conn, ok := p.relay.(backends.ExpressConn)
	if !ok || conn.Label() != settings.label || sql != "" && !conn.Prepared(sql, types) {
		return nil, false
	}
	return conn, true
}

// enterExpress is enter for what the loop starts.
func (s *Session) enterExpress(text string, notify *session.Notify) {
	now := time.Now()
	s.statementTime, s.express.start = now, now
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running, s.state, s.changed = text, "active", now
	s.express.interrupt, s.express.interrupted = notify.Interrupt, false
}

// Answer implements session.Express.
func (s *Session) Answer(out session.Out) session.Progress {
	e := &s.express
	e.sink.out = out
	whole, stuck := e.conn.Answer(&e.sink)
	switch {
	case stuck:
		return session.Stuck
	case !whole:
		return session.Waiting
	}
	now := time.Now()
	s.endExpress(now, nil)
	s.mu.Lock()
	e.interrupt, s.state, s.changed = nil, s.idleState(), now
	s.mu.Unlock()
	return session.Answered
}

// endExpress gives back what the statement held.
func (s *Session) endExpress(now time.Time, err error) {
	e := &s.express
	s.engine.config.Observer.Statement(e.kind, now.Sub(e.start), err)
	if !e.pinned {
		e.conn.Release()
	}
	s.engine.config.Catalog.Release(e.snapshot)
	e.conn, e.snapshot, e.sink.out = nil, nil, nil
}

// Interrupted implements session.Express.
func (s *Session) Interrupted() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.express.interrupted
}

// Suspend implements session.Express.
func (s *Session) Suspend() { s.express.conn.Suspend() }

// Finish implements session.Express.
func (s *Session) Finish(ctx context.Context, out session.Out) (err error) {
	defer s.guard(&err)
	e := &s.express
	running, cancel := context.WithCancelCause(ctx)
	s.mu.Lock()
	s.cancel, e.interrupt = cancel, nil
	if e.interrupted {
		cancel(errUserCancel)
	}
	s.mu.Unlock()
	e.sink.out = out
	err = e.conn.Finish(running, &e.sink)
	s.endExpress(time.Now(), err)
	if err != nil {
		err = s.relayError(running, &e.statement, e.sent, err)
	}
	return s.failing(s.leave(running, cancel, err))
}
