package exec

import (
	"context"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/internal/session"
	"github.com/sqlgateway/gateway/translate"
)

// portal is a bound statement, possibly half read.
type portal struct {
	name      string
	statement *prepared
	compiled  *compiled
	formats   []int16 // of the parameters, as Bind gave them
	raw       [][]byte
	params    []pgtypes.Datum // decoded; nil for a relayed statement until needed
	results   []int16
	fields    []session.Field
	rows      *rows // nil before the first Execute and after the last row
	finished  bool
	// alone says that nothing can follow in the same implicit transaction.
	alone bool
}

// Parse implements session.Session.
func (s *Session) Parse(ctx context.Context, name, text string, paramTypes []uint32) (err error) {
	defer s.guard(&err)
	ctx, leave := s.enter(ctx, text)
	return s.failing(leave(s.parse(ctx, name, text, paramTypes)))
}

// Fail implements session.Session.
func (s *Session) Fail() { s.tx.fail() }

// failing marks the transaction when err is not nil, and returns err.
func (s *Session) failing(err error) error {
	if err != nil {
		s.tx.fail()
	}
	return err
}

func (s *Session) parse(ctx context.Context, name, text string, paramTypes []uint32) error {
	if name != "" {
		if _, taken := s.statements[name]; taken {
			return pgerr.New(pgerr.DuplicatePreparedStatement, "prepared statement %q already exists", name)
		}
	} else {
		delete(s.statements, "") // gone even if the new one has an error
	}
	st := &prepared{name: name, text: text, source: text, declared: append([]uint32(nil), paramTypes...)}
	if reused, err := s.parseRelayed(ctx, st); err != nil || reused {
		if err == nil {
			s.statements[name] = st
		}
		return err
	}
	list, err := translate.Parse(text)
	if err != nil {
		return err
	}
	if len(list) > 1 {
		return pgerr.New(pgerr.SyntaxError, "cannot insert multiple commands into a prepared statement")
	}
	if len(list) == 1 {
		st.node, st.text = list[0].Node, list[0].Text
	}
	if err := s.allowed(st.node); err != nil {
		return err
	}
	if st.node != nil {
		snapshot := s.engine.config.Catalog.Acquire()
		defer s.engine.config.Catalog.Release(snapshot)
		if _, err := s.compile(ctx, st, snapshot); err != nil {
			return err
		}
	}
	s.statements[name] = st
	return nil
}

// allowed refuses everything but the end of a failed transaction.
func (s *Session) allowed(node translate.Node) error {
	if s.tx.state != failedTransaction || node == nil {
		return nil
	}
	if t, ok := node.(*translate.TransactionStmt); ok {
		switch t.Kind {
		case translate.TransactionCommit, translate.TransactionRollback, translate.TransactionRollbackTo:
			return nil
		}
	}
	return errFailedTransaction()
}

func errFailedTransaction() error {
	return pgerr.New(pgerr.InFailedSQLTransaction, "current transaction is aborted, commands ignored until end of transaction block")
}

func (s *Session) statement(name string) (*prepared, error) {
	st := s.statements[name]
	if st == nil && name == "" {
		return nil, pgerr.New(pgerr.InvalidSQLStatementName, "unnamed prepared statement does not exist")
	}
	if st == nil {
		return nil, pgerr.New(pgerr.InvalidSQLStatementName, "prepared statement %q does not exist", name)
	}
	return st, nil
}

// Bind implements session.Session.
func (s *Session) Bind(ctx context.Context, name, statement string, formats []int16, values [][]byte, results []int16) (err error) {
	defer s.guard(&err)
	return s.failing(s.bind(ctx, name, statement, formats, values, results))
}

func (s *Session) bind(ctx context.Context, name, statement string, formats []int16, values [][]byte, results []int16) error {
	st, err := s.statement(statement)
	if err != nil {
		return err
	}
	if err := s.allowed(st.node); err != nil {
		return err
	}
	if s.tx.state == failedTransaction && st.node == nil && st.compiled != nil {
		return errFailedTransaction()
	}
	if _, taken := s.portals[name]; taken {
		if name != "" {
			return pgerr.New(pgerr.DuplicateCursor, "cursor %q already exists", name)
		}
		s.dropPortal(name)
	}
	p := &portal{name: name, statement: st, formats: formats, raw: values, results: results}
	if st.node != nil || st.compiled != nil {
		if err := s.bindPortal(ctx, p); err != nil {
			return err
		}
	} else if err := checkFormats(st, 0, formats, values); err != nil {
		return err
	}
	s.portals[name] = p
	return nil
}

func (s *Session) bindPortal(ctx context.Context, p *portal) error {
	snapshot := s.engine.config.Catalog.Acquire()
	defer s.engine.config.Catalog.Release(snapshot)
	c, err := s.compile(ctx, p.statement, snapshot)
	if err != nil {
		return err
	}
	p.compiled = c
	if err := checkFormats(p.statement, len(c.params), p.formats, p.raw); err != nil {
		return err
	}
	if p.fields, err = withFormats(c.fields, p.results); err != nil {
		return err
	}
	if c.relay != nil {
		return nil
	}
	if p.params, err = s.decodeParams(ctx, p.name, c.params, p.formats, p.raw, snapshot); err != nil {
		return err
	}
	// Postgres plans in Bind too, so that this is where a constant's error shows.
	if query, ok := c.bound.(*translate.Query); ok && c.plan == nil && c.snapshot == snapshot.Version {
		c.plan, err = s.plan(ctx, query, snapshot)
	}
	return err
}

// DescribeStatement implements session.Session.
func (s *Session) DescribeStatement(ctx context.Context, name string) (params []uint32, fields []session.Field, err error) {
	defer s.guard(&err)
	st, err := s.statement(name)
	if err == nil && s.tx.state == failedTransaction {
		if err = s.allowed(st.node); err == nil && st.node == nil && st.compiled != nil {
			err = errFailedTransaction()
		}
	}
	if err != nil {
		return nil, nil, s.failing(err)
	}
	if st.node == nil && st.compiled == nil {
		return nil, nil, nil
	}
	snapshot := s.engine.config.Catalog.Acquire()
	defer s.engine.config.Catalog.Release(snapshot)
	c, err := s.compile(ctx, st, snapshot)
	if err != nil {
		return nil, nil, s.failing(err)
	}
	return c.params, c.fields, nil
}

// DescribePortal implements session.Session.
func (s *Session) DescribePortal(_ context.Context, name string) ([]session.Field, error) {
	if c := s.cursors[name]; c != nil && name != "" {
		return c.fields, nil // an SQL cursor is a portal too; psycopg asks for its columns
	}
	p, err := s.portal(name)
	if err != nil {
		return nil, s.failing(err)
	}
	return p.fields, nil
}

func (s *Session) portal(name string) (*portal, error) {
	if p := s.portals[name]; p != nil {
		return p, nil
	}
	return nil, pgerr.New(pgerr.InvalidCursorName, "portal %q does not exist", name)
}

// Execute implements session.Session.
func (s *Session) Execute(ctx context.Context, name string, maxRows int, out session.Out) (suspended bool, err error) {
	defer s.guard(&err)
	p, err := s.portal(name)
	if err != nil {
		return false, s.failing(err)
	}
	ctx, leave := s.enter(ctx, p.statement.text)
	suspended, err = s.execute(ctx, p, maxRows, out)
	return suspended, s.failing(leave(err))
}

func (s *Session) execute(ctx context.Context, p *portal, maxRows int, out session.Out) (suspended bool, err error) {
	switch {
	case p.statement.node == nil && p.compiled == nil:
		return false, out.Empty()
	case p.finished:
		return false, s.executeAgain(p, out)
	}
	if err := s.allowed(p.statement.node); err != nil {
		return false, err
	}
	if s.tx.state == failedTransaction && p.statement.node == nil {
		return false, errFailedTransaction()
	}
	return s.runPortal(ctx, p, maxRows, out)
}

// executeAgain runs a portal past its end: a query gives no more rows, anything
// else must not run twice.
func (s *Session) executeAgain(p *portal, out session.Out) error {
	if p.fields == nil {
		return pgerr.New(pgerr.ObjectNotInPrerequisiteState, "portal %q cannot be run", p.name)
	}
	return out.Complete("SELECT 0")
}

// CloseStatement implements session.Session.
func (s *Session) CloseStatement(_ context.Context, name string) error {
	delete(s.statements, name)
	return nil
}

// ClosePortal implements session.Session.
func (s *Session) ClosePortal(_ context.Context, name string) error {
	s.dropPortal(name)
	return nil
}

func (s *Session) dropPortal(name string) {
	if p := s.portals[name]; p != nil {
		p.close()
		delete(s.portals, name)
	}
}

func (s *Session) closePortals() {
	for name := range s.portals {
		s.dropPortal(name)
	}
}

func (p *portal) close() {
	if p.rows != nil {
		p.rows.close()
		p.rows = nil
	}
}

// Sync implements session.Session.
func (s *Session) Sync(_ context.Context, failed bool) error {
	if s.tx.state == implicitTransaction {
		if failed {
			s.tx.rollback()
			return nil
		}
		_, _, err := s.tx.commit()
		return err
	}
	if s.tx.state == noTransaction && len(s.portals) > 0 {
		s.closePortals()
	}
	return nil
}
