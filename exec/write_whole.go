package exec

import (
	"context"
	"strings"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/exec/eval"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/session"
	"github.com/sqlgateway/gateway/translate"
)

// whole renders a statement that its target's server can carry out alone, exactly as
// Postgres would; nil if it can not, or if anything it reads is elsewhere.
func (w *write) whole(ctx context.Context) (*translate.Rendered, error) {
	mode := renderMode(w.session.values.String("gateway.pushdown"))
	if mode == translate.PushOff || !reads(w.portal.compiled.bound, w.server.Name) {
		return nil, nil
	}
	dialect, err := w.server.Backend.Dialect(ctx)
	if err != nil {
		return nil, w.server.Checked(err)
	}
	if dialect == nil {
		return nil, nil
	}
	if b, ok := w.portal.compiled.bound.(*translate.Insert); ok && !dialect.Native && w.fillsNull(b) {
		return nil, nil
	}
	renderer := translate.NewRenderer(dialect, mode)
	renderer.OtherForm = otherForm(w.session.values.Style())
	rendered, err := renderer.RenderStatement(w.portal.compiled.bound)
	if err != nil || rendered.Claim.Mode != translate.Exact {
		return nil, nil //nolint:nilerr // refused: the rows are computed here
	}
	return rendered, nil
}

func renderMode(pushdown string) translate.PushMode {
	switch pushdown {
	case "off":
		return translate.PushOff
	case "safe":
		return translate.PushSafe
	default:
		return translate.PushOn
	}
}

// reads says whether all that a writing statement reads is on one server.
func reads(s translate.Statement, server string) bool {
	only := true
	var rel func(translate.Rel)
	expr := func(e translate.Expr) {
		if e == nil {
			return
		}
		translate.WalkExpr(e, func(e translate.Expr) bool {
			if sub, ok := e.(*translate.Subquery); ok {
				rel(sub.Rel)
			}
			return true
		})
	}
	rel = func(r translate.Rel) {
		if r == nil {
			return
		}
		translate.WalkRel(r, func(n translate.Rel) bool {
			switch n := n.(type) {
			case *translate.Scan:
				only = only && n.Table.Server == server
			case *translate.CTERef:
				only = false // its definition is not looked at
			}
			translate.EachExpr(n, expr)
			return true
		})
	}
	list := func(items []translate.Assignment, returning *translate.Returning) {
		for _, a := range items {
			expr(a.Value)
		}
		if returning != nil {
			for _, item := range returning.Items {
				expr(item.Expr)
			}
		}
	}
	switch s := s.(type) {
	case *translate.Insert:
		rel(s.Source)
		list(nil, s.Returning)
		if s.OnConflict != nil {
			expr(s.OnConflict.Where)
			expr(s.OnConflict.SetWhere)
			list(s.OnConflict.Sets, nil)
		}
	case *translate.Update:
		rel(s.Input)
		list(s.Sets, s.Returning)
	case *translate.Delete:
		rel(s.Input)
		list(nil, s.Returning)
	default:
		return false
	}
	return only
}

// pushed runs a rendered statement. refused says that the server would not take it,
// or failed on purpose where Postgres has an error of its own: the rows are then to be
// computed here, which raises that error.
func (w *write) pushed(ctx context.Context, r *translate.Rendered) (done *written, refused bool, err error) {
	query, err := w.fragment(ctx, r.SQL, r.Args)
	if err != nil {
		return nil, false, err
	}
	if r.Output != nil {
		done, err = w.readPushed(ctx, query, r.Output)
	} else {
		var n int64
		if n, err = w.execute(ctx, query); err == nil {
			done = &written{count: n}
		}
	}
	if err == nil {
		return done, false, nil
	}
	native := w.server.Backend.Kind() == backends.KindPostgres
	switch pgerr.Code(err) {
	case pgerr.UniqueViolation, pgerr.NotNullViolation, pgerr.CheckViolation, pgerr.ForeignKeyViolation, pgerr.QueryCanceled:
		return nil, false, w.checked(err)
	case pgerr.FdwError, pgerr.SyntaxError, pgerr.UndefinedFunction:
		return nil, !native, w.checked(err)
	}
	// An error of data is raised again in Postgres's words.
	data := strings.HasPrefix(pgerr.Code(err), "22") || strings.HasPrefix(pgerr.Code(err), "21")
	return nil, (r.Guarded || data) && !native, w.checked(err)
}

// execute runs a statement without rows, in the session's transaction if there is one.
func (w *write) execute(ctx context.Context, query backends.QueryFragment) (int64, error) {
	if !w.session.tx.open() {
		return w.server.Backend.(backends.Executor).Execute(ctx, query)
	}
	part, err := w.session.tx.transactionOn(ctx, w.server)
	if err != nil {
		return 0, err
	}
	part.wrote = true
	return part.tx.Execute(ctx, query)
}

// fragment gives a text its arguments' values.
func (w *write) fragment(ctx context.Context, sql string, args []translate.Expr) (backends.QueryFragment, error) {
	query := backends.QueryFragment{SQL: sql}
	evalContext := w.session.evalContext(ctx, w.snapshot, w.portal.params)
	for _, e := range args {
		value, err := eval.Value(e, evalContext)
		if err != nil {
			return query, err
		}
		query.Args = append(query.Args, backends.Arg{Type: e.Type(), Value: value})
	}
	return query, nil
}

// readPushed runs a statement with RETURNING. All rows are taken in before the first
// is sent: an error half way leaves nothing.
func (w *write) readPushed(ctx context.Context, query backends.QueryFragment, output []translate.Column) (*written, error) {
	part, err := w.session.tx.transactionOn(ctx, w.server)
	if err != nil {
		return nil, err
	}
	part.wrote = true
	fragment := backends.Fragment{Query: &query}
	for _, c := range output {
		fragment.Output = append(fragment.Output, backends.Column{Name: c.Name, Type: c.Type})
	}
	reader, err := part.tx.Read(ctx, fragment)
	if err != nil {
		return nil, err
	}
	defer reader.Release()
	done := &written{}
	for reader.Next() {
		batch := reader.RecordBatch()
		batch.Retain()
		done.returning = append(done.returning, batch)
		done.count += batch.NumRows()
	}
	if err := reader.Err(); err != nil {
		done.release()
		return nil, err
	}
	return done, nil
}

// runWhole tries to run the statement at its server alone; handled says that it did,
// or failed there for good.
func (s *Session) runWhole(ctx context.Context, w *write, p *portal, out session.Out) (handled bool, err error) {
	rendered, err := w.whole(ctx)
	if err != nil || rendered == nil {
		return err != nil, err
	}
	_, executes := w.server.Backend.(backends.Executor)
	var done *written
	refused := false
	run := func() (err error) {
		done, refused, err = w.pushed(ctx, rendered)
		return err
	}
	if s.tx.state != noTransaction || rendered.Output == nil && executes {
		err = run()
	} else {
		err = s.inTransaction(w.server, run)
	}
	if refused {
		return false, nil
	}
	if err != nil {
		return true, err
	}
	return true, s.sendWritten(w, done, p, out)
}
