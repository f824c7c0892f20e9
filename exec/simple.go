package exec

import (
	"context"

	"github.com/sqlgateway/gateway/internal/session"
	"github.com/sqlgateway/gateway/translate"
)

// Query implements session.Session.
func (s *Session) Query(ctx context.Context, text string, out session.Out) (err error) {
	defer s.guard(&err)
	s.dropPortal("")
	delete(s.statements, "")
	ctx, leave := s.enter(ctx, text)
	return s.failing(leave(s.query(ctx, text, out)))
}

func (s *Session) query(ctx context.Context, text string, out session.Out) error {
	if handled, err := s.relaySimple(ctx, text, out); handled {
		return err
	}
	list, err := translate.Parse(text)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return out.Empty()
	}
	for i, raw := range list {
		if err := s.simpleStatement(ctx, raw, text, len(list) > 1, out); err != nil {
			return err
		}
		if i == len(list)-1 && s.tx.state == implicitTransaction {
			if _, _, err := s.tx.commit(); err != nil {
				return err
			}
		}
	}
	return nil
}

// simpleStatement runs one statement of a simple query. Several statements of one
// text share an implicit transaction (manual 55.2.2.1).
func (s *Session) simpleStatement(ctx context.Context, raw *translate.RawStatement, text string, several bool, out session.Out) error {
	if err := s.allowed(raw.Node); err != nil {
		return err
	}
	if several && s.tx.state == noTransaction && !isTransactionControl(raw.Node) {
		s.tx.begin(implicitTransaction, s.transactionDefaults())
	}
	st := &prepared{text: raw.Text, source: text, node: raw.Node}
	snapshot := s.engine.config.Catalog.Acquire()
	c, err := s.compile(ctx, st, snapshot)
	s.engine.config.Catalog.Release(snapshot)
	if err != nil {
		return err
	}
	p := &portal{statement: st, compiled: c, fields: c.fields, alone: !several}
	defer p.close()
	if err := checkFormats(st, len(c.params), nil, nil); err != nil {
		return noParameter(c)
	}
	if c.fields != nil && !sendsOwnFields(raw.Node) {
		return s.runWithFields(ctx, p, out)
	}
	_, err = s.runPortal(ctx, p, 0, out)
	return err
}

// runWithFields sends the row description with the first thing that follows it, so
// that a statement that fails at once sends only its error, as Postgres does.
func (s *Session) runWithFields(ctx context.Context, p *portal, out session.Out) error {
	if query, ok := p.compiled.bound.(*translate.Query); ok && p.compiled.relay == nil {
		var err error
		if p.rows, err = s.openQuery(ctx, p, query); err != nil {
			return err
		}
	}
	if err := out.Fields(p.fields); err != nil {
		return err
	}
	_, err := s.runPortal(ctx, p, 0, out)
	return err
}
