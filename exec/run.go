package exec

import (
	"context"
	"strconv"
	"time"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/catalog"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/session"
	"github.com/sqlgateway/gateway/translate"
)

// runPortal runs a portal from its start or from where it was suspended.
func (s *Session) runPortal(ctx context.Context, p *portal, maxRows int, out session.Out) (suspended bool, err error) {
	start := time.Now()
	defer func() { s.engine.config.Observer.Statement(p.kind(), time.Since(start), err) }()
	if p.compiled.relay != nil {
		if maxRows == 0 && p.rows == nil {
			return false, s.runRelayed(ctx, p, out)
		}
		// A portal that is read in portions can not go through a connection that must
		// be free for the next statement: it runs as a query of the gateway's own.
		if err := s.unrelay(ctx, p); err != nil {
			return false, err
		}
	}
	switch bound := p.compiled.bound.(type) {
	case *translate.Query:
		return s.runQuery(ctx, p, bound, maxRows, out)
	case *translate.Utility:
		return false, s.runUtility(ctx, p, bound, out)
	default:
		p.finished = true
		return false, s.runWrite(ctx, p, out)
	}
}

// kind is the statement's command word, for metrics.
func (p *portal) kind() string {
	switch p.statement.node.(type) {
	case nil:
		return "relay"
	case *translate.SelectStmt:
		return "select"
	case *translate.InsertStmt:
		return "insert"
	case *translate.UpdateStmt:
		return "update"
	case *translate.DeleteStmt:
		return "delete"
	default:
		return "utility"
	}
}

// unrelay compiles a relayed portal for the gateway's own executor.
func (s *Session) unrelay(ctx context.Context, p *portal) error {
	st := *p.statement
	if st.node == nil {
		list, err := translate.Parse(st.source)
		if err != nil {
			return err
		}
		st.node = list[0].Node
	}
	snapshot := s.engine.config.Catalog.Acquire()
	defer s.engine.config.Catalog.Release(snapshot)
	c := &compiled{snapshot: snapshot.Version, settings: s.values.Version, definitions: s.tx.definitions}
	if err := s.bindInto(ctx, c, &st, snapshot); err != nil {
		return err
	}
	params, err := s.decodeParams(ctx, p.name, c.params, p.formats, p.raw, snapshot)
	if err != nil {
		return err
	}
	p.statement, p.compiled, p.params = &st, c, params
	p.fields, err = withFormats(c.fields, p.results)
	return err
}

// runRelayed runs a bound statement at its server.
func (s *Session) runRelayed(ctx context.Context, p *portal, out session.Out) error {
	p.finished = true
	r := p.compiled.relay
	if r.writes && s.tx.state == noTransaction && !out.SyncFollows() {
		// More of the same implicit transaction may follow.
		s.tx.begin(implicitTransaction, s.transactionDefaults())
	}
	conn, free, err := s.relayConn(ctx, r)
	if err != nil {
		return err
	}
	defer free()
	sink := &relaySink{out: out}
	if len(p.raw) == 0 && p.name == "" && p.statement.name == "" && p.formats == nil && p.results == nil && p.fields == nil {
		err = conn.Simple(ctx, r.pieces[0], sink)
	} else {
		err = executeRelayed(ctx, conn, p, sink)
	}
	if err != nil {
		return s.relayError(ctx, p.statement, r.pieces[0], err)
	}
	return nil
}

func executeRelayed(ctx context.Context, conn backends.RelayConn, p *portal, sink *relaySink) error {
	st, err := conn.Prepare(ctx, p.compiled.relay.pieces[0], p.statement.declared)
	if err != nil {
		return err
	}
	return conn.Execute(ctx, st, p.formats, p.raw, p.results, sink)
}

// runQuery runs a query, or goes on with it.
func (s *Session) runQuery(ctx context.Context, p *portal, query *translate.Query, maxRows int, out session.Out) (suspended bool, err error) {
	if p.rows == nil {
		if maxRows > 0 && s.tx.state == noTransaction {
			// The portal lives until the end of its transaction (manual 55.2.3).
			s.tx.begin(implicitTransaction, s.transactionDefaults())
		}
		if p.rows, err = s.openQuery(ctx, p, query); err != nil {
			return false, err
		}
	}
	sent, end, err := p.rows.send(ctx, out, p.fields, s.resultStyle(ctx, p.fields, p.rows.snapshot), maxRows)
	if err != nil {
		p.close()
		return false, err
	}
	if err := s.sendNotices(out); err != nil {
		return false, err
	}
	if !end {
		return true, nil
	}
	p.close()
	p.finished = true
	return false, out.Complete("SELECT " + strconv.FormatInt(sent, 10))
}

// transactionDefaults are the options of a transaction without any of its own.
func (s *Session) transactionDefaults() backends.TxOptions {
	o := backends.TxOptions{ReadOnly: s.values.Bool("default_transaction_read_only")}
	if level := s.values.String("default_transaction_isolation"); level != "read committed" {
		o.Isolation = level
	}
	return o
}

// noParameter is the error of $1 in a statement that can have none.
func noParameter(c *compiled) error {
	_ = c
	return pgerr.New(pgerr.UndefinedParameter, "there is no parameter $1")
}

// isTransactionControl says whether a statement begins or ends a transaction.
func isTransactionControl(node translate.Node) bool {
	_, ok := node.(*translate.TransactionStmt)
	return ok
}

// handleOf is the server and table behind a table of the catalog; an error for one
// of the gateway's own relations.
func handleOf(table *translate.Table) (*catalog.Handle, error) {
	if handle, ok := table.Source.(*catalog.Handle); ok {
		return handle, nil
	}
	return nil, pgerr.New(pgerr.InsufficientPrivilege, "permission denied: %q is a system catalog", table.Name)
}
