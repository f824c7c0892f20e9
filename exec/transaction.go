package exec

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/catalog"
	"github.com/sqlgateway/gateway/internal/pgerr"
)

// transactionState is where a session's transaction stands.
type transactionState uint8

const (
	noTransaction transactionState = iota
	// implicitTransaction spans the statements of one simple query with several, or
	// those between two Syncs.
	implicitTransaction
	explicitTransaction
	failedTransaction
)

// finishTimeout bounds COMMIT and ROLLBACK at a source, which run even when the
// statement was cancelled.
const finishTimeout = 30 * time.Second

// transaction is a session's transaction over the sources it has touched. A source
// takes part from the first statement that needs it; at most one may be written,
// since nothing could make two commits one.
type transaction struct {
	session *Session
	state   transactionState
	began   time.Time
	options backends.TxOptions
	parts   []*participant
	writer  *catalog.Server
	saves   []string // open savepoints, as the client named them
	// defined is the server where the transaction has defined tables, and definitions is
	// a new number with each: what was compiled before does not hold after.
	defined     *catalog.Server
	definitions uint64
	// inside is the catalog as this transaction sees it, made for a snapshot and a
	// number of definitions.
	inside insideView
}

// participant is a source's side of the transaction: a relay connection of a
// Postgres server, or a Tx, or both over one connection.
type participant struct {
	server *catalog.Server
	tx     backends.Tx
	relay  backends.RelayConn
	wrote  bool
}

func (t *transaction) status() byte {
	switch t.state {
	case explicitTransaction:
		return 'T'
	case failedTransaction:
		return 'E'
	default:
		return 'I'
	}
}

func (t *transaction) inBlock() bool {
	return t.state == explicitTransaction || t.state == failedTransaction
}

// open says whether statements share a transaction now.
func (t *transaction) open() bool { return t.state != noTransaction }

// begin starts a transaction. An implicit one becomes explicit.
func (t *transaction) begin(state transactionState, options backends.TxOptions) {
	if t.state == noTransaction {
		t.began = time.Now()
		t.session.values.Begin()
	}
	t.state, t.options = state, options
}

// now is the transaction's time, which now() gives.
func (t *transaction) now() time.Time {
	if t.state != noTransaction {
		return t.began
	}
	return t.session.statementTime
}

// fail marks the transaction as failed after an error, and lets go of an implicit
// one. The sources are rolled back at once: they hold locks.
func (t *transaction) fail() {
	switch t.state {
	case implicitTransaction:
		_ = t.rollback()
	case explicitTransaction:
		t.state = failedTransaction
		if len(t.saves) == 0 {
			t.rollbackParts()
		}
	}
}

// part finds or makes the participant of a server.
func (t *transaction) part(server *catalog.Server) *participant {
	for _, p := range t.parts {
		if p.server == server {
			return p
		}
	}
	p := &participant{server: server}
	server.Use() // though a reload may take it away meanwhile
	t.parts = append(t.parts, p)
	return p
}

// leave lets go of the participants, which have ended.
func (t *transaction) leave() {
	for _, p := range t.parts {
		p.server.Unuse()
	}
	t.parts = nil
}

// joined is the participant of a server, nil if it takes no part yet.
func (t *transaction) joined(server *catalog.Server) *participant {
	for _, p := range t.parts {
		if p.server == server && (p.tx != nil || p.relay != nil) {
			return p
		}
	}
	return nil
}

// readsInside says whether a read of server must run inside the transaction: to see
// its own writes, or for an isolation level above read committed.
func (t *transaction) readsInside(server *catalog.Server) bool {
	if t.state == noTransaction {
		return false
	}
	p := t.joined(server)
	return p != nil && p.wrote || t.isolated(server)
}

// isolated says whether all reads of server belong inside the transaction.
func (t *transaction) isolated(server *catalog.Server) bool {
	if t.options.Isolation == "" || t.options.Isolation == "read committed" || t.options.Isolation == "read uncommitted" {
		return false
	}
	_, ok := server.Backend.(backends.Transactor)
	return ok
}

// written lists the servers that the transaction has written to so far.
func (t *transaction) written() map[*catalog.Server]bool {
	var servers map[*catalog.Server]bool
	for _, p := range t.parts {
		if p.wrote {
			if servers == nil {
				servers = map[*catalog.Server]bool{}
			}
			servers[p.server] = true
		}
	}
	return servers
}

// claim makes server the transaction's one writer, or says why not. command is what
// wants to write, by its name in messages.
func (t *transaction) claim(server *catalog.Server, command string) error {
	values := t.session.values
	if t.options.ReadOnly || values.Bool("transaction_read_only") || t.state == noTransaction && values.Bool("default_transaction_read_only") {
		return pgerr.New(pgerr.ReadOnlySQLTransaction, "cannot execute %s in a read-only transaction", command)
	}
	if t.state == noTransaction {
		return nil
	}
	if t.writer != nil && t.writer != server {
		return pgerr.Unsupported("this transaction has already written to server %q and can not write to server %q too", t.writer.Name, server.Name).
			WithDetail("Two servers can not commit as one.").
			WithHint("Commit first, or write to each server in a transaction of its own.")
	}
	t.writer = server
	return nil
}

// transactionOn gives the Tx of a server, beginning it if need be.
func (t *transaction) transactionOn(ctx context.Context, server *catalog.Server) (*participant, error) {
	p := t.part(server)
	if p.tx != nil {
		return p, nil
	}
	if p.relay != nil {
		over, ok := server.Backend.(backends.RelayTransactor)
		if !ok {
			return nil, pgerr.Internal("server %q can not read inside a relayed transaction", server.Name)
		}
		tx, err := over.TransactionOver(p.relay)
		if err != nil {
			return nil, err
		}
		p.tx = tx
		return p, nil
	}
	if _, relays := server.Backend.(backends.RelayTransactor); relays {
		// Relayed statements of the same transaction need the connection too.
		if _, err := t.relayOn(ctx, server); err != nil {
			return nil, err
		}
		return t.transactionOn(ctx, server)
	}
	able, ok := server.Backend.(backends.Transactor)
	if !ok {
		return nil, pgerr.Unsupported("server %q of kind %s has no transactions", server.Name, server.Backend.Kind()).
			WithHint("Run the statement outside a transaction block.")
	}
	tx, err := able.Begin(context.WithoutCancel(ctx), t.options)
	if err != nil {
		return nil, fmt.Errorf("beginning a transaction on server %s: %w", server.Name, err)
	}
	p.tx = tx
	for i := range t.saves {
		if err := tx.Savepoint(ctx, savepointName(i)); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// savepointName is the name of the i-th open savepoint at the sources: clients may
// use one name twice, and any characters.
func savepointName(i int) string { return fmt.Sprintf("gateway_%d", i+1) }

// savepoint opens one.
func (t *transaction) savepoint(ctx context.Context, name string) error {
	for _, p := range t.parts {
		if err := p.savepoint(ctx, savepointName(len(t.saves))); err != nil {
			return err
		}
	}
	t.saves = append(t.saves, name)
	t.session.values.Begin()
	return nil
}

// findSavepoint is the index of the innermost savepoint of that name.
func (t *transaction) findSavepoint(name string) (int, error) {
	for i := len(t.saves) - 1; i >= 0; i-- {
		if t.saves[i] == name {
			return i, nil
		}
	}
	return 0, pgerr.New(pgerr.SavepointException, "savepoint %q does not exist", name)
}

// release forgets a savepoint and those inside it.
func (t *transaction) release(ctx context.Context, name string) error {
	at, err := t.findSavepoint(name)
	if err != nil {
		return err
	}
	for _, p := range t.parts {
		if err := p.releaseSavepoint(ctx, savepointName(at)); err != nil {
			return err
		}
	}
	for range len(t.saves) - at {
		t.session.values.Commit()
	}
	t.saves = t.saves[:at]
	return nil
}

// rollbackTo goes back to a savepoint, which stays open, and mends a failed
// transaction. It names the settings that changed back.
func (t *transaction) rollbackTo(ctx context.Context, name string) ([]string, error) {
	at, err := t.findSavepoint(name)
	if err != nil {
		return nil, err
	}
	for _, p := range t.parts {
		if err := p.rollbackTo(ctx, savepointName(at)); err != nil {
			return nil, err
		}
	}
	var changed []string
	for range len(t.saves) - at {
		changed = append(changed, t.session.values.Rollback()...)
	}
	t.session.values.Begin()
	t.saves = t.saves[:at+1]
	t.state = explicitTransaction
	if t.defined != nil {
		t.defines(t.defined) // what was defined since the savepoint is gone
	}
	return changed, nil
}

// commit ends the transaction. A failed one is rolled back; committed says which.
func (t *transaction) commit() (committed bool, changed []string, err error) {
	if t.state == failedTransaction {
		return false, t.rollback(), nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), finishTimeout)
	defer cancel()
	// Readers first: they can not fail the outcome. The one writer last.
	for _, p := range t.parts {
		if p.server != t.writer {
			p.end(ctx, false)
		}
	}
	for _, p := range t.parts {
		if p.server == t.writer && err == nil {
			err = p.end(ctx, true)
		}
	}
	if err != nil {
		return false, t.rollback(), err
	}
	for range t.saves {
		t.session.values.Commit()
	}
	changed = t.session.values.Commit()
	defined := t.defined != nil
	t.forget()
	if defined {
		t.session.engine.config.Catalog.Refresh()
	}
	return true, changed, nil
}

// defines notes that tables of server are not what the catalog says. Outside of a
// transaction the catalog asks anew at once, otherwise after COMMIT.
func (t *transaction) defines(server *catalog.Server) {
	if t.state == noTransaction {
		t.session.engine.config.Catalog.Refresh()
		return
	}
	t.defined = server
	t.session.definitionCount++
	t.definitions = t.session.definitionCount
}

// describer gives the tables of server as the transaction has defined them; nil if it
// has defined none there.
func (t *transaction) describer(server *catalog.Server) backends.Describer {
	if t.defined == nil || t.defined != server || t.joined(server) == nil {
		return nil
	}
	p, err := t.transactionOn(context.Background(), server) // over the connection there is
	if err != nil {
		return nil
	}
	describer, _ := p.tx.(backends.Describer)
	return describer
}

// rollback ends the transaction without a trace and names the settings that
// changed back.
func (t *transaction) rollback() (changed []string) {
	t.rollbackParts()
	for t.session.values.InTransaction() {
		changed = append(changed, t.session.values.Rollback()...)
	}
	slices.Sort(changed)
	t.forget()
	return slices.Compact(changed)
}

func (t *transaction) rollbackParts() {
	if len(t.parts) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), finishTimeout)
	defer cancel()
	for _, p := range t.parts {
		_ = p.end(ctx, false)
	}
	t.leave()
}

// abandon is for a session that ends.
func (t *transaction) abandon() {
	if t.state != noTransaction {
		t.rollback()
	}
}

func (t *transaction) forget() {
	s := t.session
	t.leave()
	*t = transaction{session: s}
	s.closePortals()
	s.closeCursors(false)
}

// control runs a transaction command on the participant's relay connection.
func (p *participant) control(ctx context.Context, command string) error {
	return p.relay.Simple(ctx, command, discardSink{})
}

func (p *participant) savepoint(ctx context.Context, name string) error {
	switch {
	case p.relay != nil:
		return p.control(ctx, "SAVEPOINT "+name)
	case p.tx != nil:
		return p.tx.Savepoint(ctx, name)
	}
	return nil
}

func (p *participant) releaseSavepoint(ctx context.Context, name string) error {
	switch {
	case p.relay != nil:
		return p.control(ctx, "RELEASE SAVEPOINT "+name)
	case p.tx != nil:
		return p.tx.Release(ctx, name)
	}
	return nil
}

func (p *participant) rollbackTo(ctx context.Context, name string) error {
	switch {
	case p.relay != nil:
		return p.control(ctx, "ROLLBACK TO SAVEPOINT "+name)
	case p.tx != nil:
		return p.tx.RollbackTo(ctx, name)
	}
	return nil
}

// end commits or rolls back, and frees the connection on every path.
func (p *participant) end(ctx context.Context, commit bool) error {
	defer func() { p.tx, p.relay = nil, nil }()
	switch {
	case p.relay != nil:
		defer p.relay.Release()
		if p.relay.TransactionStatus() == 'I' {
			return nil
		}
		if !commit {
			return p.control(ctx, "ROLLBACK")
		}
		failed := p.relay.TransactionStatus() == 'E'
		if err := p.control(ctx, "COMMIT"); err != nil {
			return err
		}
		if failed {
			return errors.New("the source had rolled the transaction back")
		}
		return nil
	case p.tx != nil && commit:
		err := p.tx.Commit(ctx)
		_ = p.tx.Rollback(ctx)
		return err
	case p.tx != nil:
		return p.tx.Rollback(ctx)
	}
	return nil
}

// discardSink is for commands without results.
type discardSink struct{}

func (discardSink) RowDescription([]byte) error { return nil }
func (discardSink) Rows([]byte) error           { return nil }
func (discardSink) Complete(string) error       { return nil }
func (discardSink) Notice([]byte) error         { return nil }
