package exec

import (
	"context"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/catalog"
	"github.com/sqlgateway/gateway/exec/eval"
	"github.com/sqlgateway/gateway/exec/operator"
	"github.com/sqlgateway/gateway/exec/plan"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// openQuery plans a portal's query, if that was not done before, and starts it.
func (s *Session) openQuery(ctx context.Context, p *portal, query *translate.Query) (*rows, error) {
	snapshot := s.engine.config.Catalog.Acquire()
	release := func() { s.engine.config.Catalog.Release(snapshot) }
	planned := p.compiled.plan
	if planned == nil || p.compiled.snapshot != snapshot.Version {
		var err error
		if planned, err = s.plan(ctx, query, snapshot); err != nil {
			release()
			return nil, err
		}
		if p.compiled.snapshot == snapshot.Version {
			p.compiled.plan = planned
		}
	}
	r, err := s.start(ctx, planned, p.params, snapshot, nil)
	if err != nil {
		release()
		return nil, err
	}
	r.done = release
	return r, nil
}

// plan plans a query under the session's settings.
func (s *Session) plan(ctx context.Context, query *translate.Query, snapshot *catalog.Snapshot) (*plan.Plan, error) {
	env, failed := s.planEnv(ctx, snapshot)
	planned, err := plan.Build(query, env)
	if err == nil {
		err = failed()
	}
	if err != nil {
		return nil, err
	}
	return planned, nil
}

// planEnv is what planning depends on; failed gives the first error of a source
// that had to be asked for its dialect.
func (s *Session) planEnv(ctx context.Context, snapshot *catalog.Snapshot) (env plan.Env, failed func() error) {
	var first error
	evalContext := s.evalContext(ctx, snapshot, nil)
	env = plan.Env{
		Pushdown:  pushdown(s.values.String("gateway.pushdown")),
		OtherForm: otherForm(s.values.Style()),
		Domain: func(server string) plan.Domain {
			d, err := s.domain(ctx, snapshot.Server(server))
			if err != nil && first == nil {
				first = err
			}
			return d
		},
		Fold: func(e translate.Expr) (translate.Expr, error) { return foldConstant(e, evalContext) },
	}
	return env, func() error { return first }
}

// foldConstant computes a constant expression. What it raises is the statement's
// error, as in Postgres; what the gateway can not compute yet is left for the run to
// say, if it comes to that.
func foldConstant(e translate.Expr, ctx *eval.Context) (translate.Expr, error) {
	value, err := eval.Value(e, ctx)
	if code := pgerr.Code(err); code == pgerr.FeatureNotSupported || code == pgerr.InternalError {
		return e, nil
	}
	if err != nil {
		return nil, err
	}
	return &translate.Const{Typed: translate.Typed{Typ: e.Type(), Coll: e.Collation()}, Value: value}, nil
}

func pushdown(value string) plan.Pushdown {
	switch value {
	case "off":
		return plan.PushOff
	case "safe":
		return plan.PushSafe
	default:
		return plan.PushOn
	}
}

// domain describes a server to the planner.
func (s *Session) domain(ctx context.Context, server *catalog.Server) (plan.Domain, error) {
	if server == nil {
		// The gateway's own relations: which rows are wanted saves asking the sources.
		return plan.Domain{Predicates: true}, nil
	}
	dialect, err := server.Backend.Dialect(ctx)
	if err != nil {
		return plan.Domain{}, server.Checked(err)
	}
	return plan.Domain{
		Kind: string(server.Backend.Kind()), Dialect: dialect,
		Predicates: dialect == nil, Limits: dialect == nil,
	}, nil
}

// start runs a plan. The rows live until they are closed, beyond ctx's statement.
func (s *Session) start(ctx context.Context, planned *plan.Plan, params []pgtypes.Datum, snapshot *catalog.Snapshot, metrics *operator.Metrics) (*rows, error) {
	running, cancel := context.WithCancel(backends.WithPins(backends.WithAsOf(context.WithoutCancel(ctx), s.values.String("gateway.delta_as_of"))))
	stop := context.AfterFunc(ctx, cancel)
	defer stop()
	budget := operator.NewBudget(int64(s.values.Int("gateway.memory_limit"))<<10, "gateway.memory_limit", s.engine.budget)
	evalContext := s.evalContext(running, snapshot, params)
	result, err := operator.Run(running, planned, operator.Env{
		Sources: &sources{session: s, snapshot: snapshot, written: s.tx.written()},
		Eval:    *evalContext,
		Params:  params,
		Budget:  budget,
		TempDir: s.engine.config.TempDir,
		Workers: s.workers(),
		Cores:   s.engine.cores,
		Metrics: metrics,
	})
	if err != nil {
		cancel()
		return nil, err
	}
	return &rows{source: result, cancel: cancel, snapshot: snapshot}, nil
}

func (s *Session) workers() int {
	if n := s.values.Int("gateway.workers"); n > 0 {
		return n
	}
	return s.engine.workers
}

// evalContext is what expressions see of the session.
func (s *Session) evalContext(ctx context.Context, snapshot *catalog.Snapshot, params []pgtypes.Datum) *eval.Context {
	style := s.values.Style()
	style.Now = s.tx.now()
	style.Names = &regNames{session: s, ctx: ctx, snapshot: snapshot}
	return &eval.Context{
		Context:         ctx,
		Style:           style,
		TransactionTime: s.tx.now().UnixMicro(),
		StatementTime:   s.statementTime.UnixMicro(),
		User:            s.startup.User,
		SessionUser:     s.startup.User,
		Database:        s.startup.Database,
		SearchPath:      s.searchPath(snapshot),
		ProcessID:       int32(s.startup.ProcessID), //nolint:gosec // below 1<<30
		Setting: func(name string) (string, bool) {
			value, err := s.values.Show(name)
			return value, err == nil
		},
		SetSetting: func(name, value string, local bool) (string, error) {
			if err := s.values.Set(name, value, local); err != nil {
				return "", err
			}
			return s.values.Show(name)
		},
		Lookup: s.catalogLookup(ctx, snapshot),
		Params: params,
		Random: s.random,
	}
}

// readable says whether a fragment's server still is in the snapshot.
func readable(snapshot *catalog.Snapshot, name string) (*catalog.Server, error) {
	if server := snapshot.Server(name); server != nil {
		return server, nil
	}
	return nil, pgerr.New(pgerr.UndefinedObject, "server %q does not exist", name)
}

var _ backends.Metered = (*countingReader)(nil)
