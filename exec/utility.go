package exec

import (
	"context"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/internal/session"
	"github.com/sqlgateway/gateway/translate"
)

// utilityFields are the result columns of a statement that is not planned.
func (s *Session) utilityFields(ctx context.Context, u *translate.Utility) ([]session.Field, error) {
	text := func(name string) []session.Field {
		return []session.Field{field(name, pgtypes.Of(pgtypes.OIDText))}
	}
	switch n := u.Node.(type) {
	case *translate.VariableShowStmt:
		return s.showFields(n)
	case *translate.ExplainStmt:
		if explainFormat(n) == "json" {
			return []session.Field{field("QUERY PLAN", pgtypes.Of(pgtypes.OIDJSON))}, nil
		}
		return text("QUERY PLAN"), nil
	case *translate.ExecuteStmt:
		return s.executeFields(ctx, n)
	case *translate.FetchStmt:
		if n.Move {
			return nil, nil
		}
		c, err := s.cursor(n.Cursor)
		if err != nil {
			return nil, err
		}
		return c.fields, nil
	}
	return nil, nil
}

// sendsOwnFields says that a statement's row description comes with its run: that
// of EXECUTE and FETCH is another statement's.
func sendsOwnFields(node translate.Node) bool {
	_, execute := node.(*translate.ExecuteStmt)
	return execute
}

// runUtility runs a statement that is not planned.
func (s *Session) runUtility(ctx context.Context, p *portal, u *translate.Utility, out session.Out) error {
	p.finished = true
	switch n := u.Node.(type) {
	case *translate.TransactionStmt:
		return s.runTransaction(ctx, n, out)
	case *translate.VariableSetStmt:
		return s.runSet(n, out)
	case *translate.VariableShowStmt:
		return s.runShow(n, p.fields, out)
	case *translate.PrepareStmt:
		return s.runPrepare(ctx, n, p, out)
	case *translate.ExecuteStmt:
		return s.runExecute(ctx, n, p, out)
	case *translate.DeallocateStmt:
		return s.runDeallocate(n, out)
	case *translate.ExplainStmt:
		return s.runExplain(ctx, n, u, p, out)
	case *translate.DeclareCursorStmt:
		return s.runDeclare(ctx, n, u, p, out)
	case *translate.FetchStmt:
		return s.runFetch(ctx, n, p, out)
	case *translate.ClosePortalStmt:
		return s.runCloseCursor(n, out)
	case *translate.DiscardStmt:
		return s.runDiscard(n, out)
	case *translate.CopyStmt:
		return s.runCopy(ctx, n, u, p, out)
	case *translate.UnlistenStmt:
		return out.Complete("UNLISTEN") // nothing is ever listened to
	case *translate.VacuumStmt:
		return s.runVacuum(ctx, n, out)
	case *translate.ConstraintsSetStmt:
		return out.Complete("SET CONSTRAINTS")
	case *translate.CheckPointStmt:
		return out.Complete("CHECKPOINT")
	case *translate.LockStmt:
		return s.runLock()
	case *translate.Unsupported:
		return pgerr.Unsupported("%s is not supported", n.Kind)
	}
	return s.runDDL(ctx, p, u, out)
}

// runTransaction runs BEGIN and its kin.
func (s *Session) runTransaction(ctx context.Context, n *translate.TransactionStmt, out session.Out) error {
	switch n.Kind {
	case translate.TransactionBegin, translate.TransactionStart:
		return s.runBegin(n, out)
	case translate.TransactionCommit:
		return s.runEnd(n, true, out)
	case translate.TransactionRollback:
		return s.runEnd(n, false, out)
	case translate.TransactionSavepoint, translate.TransactionRelease, translate.TransactionRollbackTo:
		return s.runSavepoint(ctx, n, out)
	default:
		return pgerr.Unsupported("two-phase commit is not supported")
	}
}

func (s *Session) runBegin(n *translate.TransactionStmt, out session.Out) error {
	tag := "BEGIN"
	if n.Kind == translate.TransactionStart {
		tag = "START TRANSACTION"
	}
	if s.tx.inBlock() {
		if err := out.Notice(pgerr.Notice("WARNING", pgerr.ActiveSQLTransaction, "there is already a transaction in progress")); err != nil {
			return err
		}
		return out.Complete(tag)
	}
	options := s.transactionDefaults()
	if s.tx.state == implicitTransaction {
		options = s.tx.options
	}
	if err := transactionOptions(&options, n.Options); err != nil {
		return err
	}
	s.tx.begin(explicitTransaction, options)
	s.showTransactionOptions(options)
	return out.Complete(tag)
}

// showTransactionOptions makes SHOW tell of them, until the transaction ends.
func (s *Session) showTransactionOptions(o pgTxOptions) {
	level := o.Isolation
	if level == "" {
		level = "read committed"
	}
	_ = s.values.Set("transaction_isolation", level, true)
	readOnly := "off"
	if o.ReadOnly {
		readOnly = "on"
	}
	_ = s.values.Set("transaction_read_only", readOnly, true)
}

// runEnd runs COMMIT and ROLLBACK.
func (s *Session) runEnd(n *translate.TransactionStmt, commit bool, out session.Out) error {
	options := s.tx.options
	if !s.tx.inBlock() {
		notice := pgerr.Notice("WARNING", pgerr.NoActiveSQLTransaction, "there is no transaction in progress")
		if err := out.Notice(notice); err != nil {
			return err
		}
	}
	tag, changed, err := "ROLLBACK", []string(nil), error(nil)
	if commit {
		var committed bool
		committed, changed, err = s.endTransaction(true)
		if committed {
			tag = "COMMIT"
		}
	} else {
		_, changed, err = s.endTransaction(false)
	}
	if err != nil {
		return err
	}
	if err := s.reportSettings(changed, out); err != nil {
		return err
	}
	if n.Chain {
		s.tx.begin(explicitTransaction, options)
	}
	return out.Complete(tag)
}

func (s *Session) endTransaction(commit bool) (committed bool, changed []string, err error) {
	switch {
	case s.tx.state == noTransaction:
		return commit, nil, nil
	case commit:
		return s.tx.commit()
	default:
		return false, s.tx.rollback(), nil
	}
}

func (s *Session) runSavepoint(ctx context.Context, n *translate.TransactionStmt, out session.Out) error {
	if !s.tx.inBlock() {
		name := map[translate.TransactionKind]string{
			translate.TransactionSavepoint: "SAVEPOINT", translate.TransactionRelease: "RELEASE SAVEPOINT", translate.TransactionRollbackTo: "ROLLBACK TO SAVEPOINT",
		}[n.Kind]
		return pgerr.New(pgerr.NoActiveSQLTransaction, "%s can only be used in transaction blocks", name)
	}
	switch n.Kind {
	case translate.TransactionSavepoint:
		if err := s.tx.savepoint(ctx, n.Savepoint); err != nil {
			return err
		}
		return out.Complete("SAVEPOINT")
	case translate.TransactionRelease:
		if err := s.tx.release(ctx, n.Savepoint); err != nil {
			return err
		}
		return out.Complete("RELEASE")
	default:
		changed, err := s.tx.rollbackTo(ctx, n.Savepoint)
		if err != nil {
			return err
		}
		if err := s.reportSettings(changed, out); err != nil {
			return err
		}
		return out.Complete("ROLLBACK")
	}
}

// runDiscard runs DISCARD.
func (s *Session) runDiscard(n *translate.DiscardStmt, out session.Out) error {
	if n.Target == "ALL" {
		if s.tx.inBlock() {
			return pgerr.New(pgerr.ActiveSQLTransaction, "DISCARD ALL cannot run inside a transaction block")
		}
		s.closePortals()
		s.closeCursors(true)
		clear(s.statements)
		if err := s.reportSettings(s.values.ResetAll(), out); err != nil {
			return err
		}
	}
	return out.Complete("DISCARD " + n.Target)
}
