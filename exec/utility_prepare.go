package exec

import (
	"context"

	"github.com/sqlgateway/gateway/catalog"
	"github.com/sqlgateway/gateway/exec/eval"
	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/internal/session"
	"github.com/sqlgateway/gateway/translate"
	"github.com/sqlgateway/gateway/translate/bind"
)

// runPrepare runs PREPARE.
func (s *Session) runPrepare(ctx context.Context, n *translate.PrepareStmt, p *portal, out session.Out) error {
	if _, taken := s.statements[n.Name]; taken {
		return pgerr.New(pgerr.DuplicatePreparedStatement, "prepared statement %q already exists", n.Name)
	}
	declared, err := s.typeOIDs(ctx, n.ArgTypes)
	if err != nil {
		return err
	}
	// The relay looks at text, and the text here is PREPARE's: it is bound instead.
	st := &prepared{name: n.Name, text: p.statement.text, source: p.statement.source, node: n.Query, declared: declared, fromSQL: true}
	snapshot := s.engine.config.Catalog.Acquire()
	defer s.engine.config.Catalog.Release(snapshot)
	if err := s.compileBound(ctx, st, snapshot); err != nil {
		return err
	}
	s.statements[n.Name] = st
	return out.Complete("PREPARE")
}

// compileBound compiles without the relay.
func (s *Session) compileBound(ctx context.Context, st *prepared, snapshot *catalog.Snapshot) error {
	if st.compiled.fresh(s, snapshot) {
		return nil
	}
	c := &compiled{snapshot: snapshot.Version, settings: s.values.Version}
	if err := s.bindInto(ctx, c, st, snapshot); err != nil {
		return err
	}
	st.compiled = c
	return nil
}

func (s *Session) typeOIDs(_ context.Context, names []*translate.TypeName) ([]uint32, error) {
	oids := make([]uint32, len(names))
	for i, name := range names {
		t, err := bind.ResolveType(name)
		if err != nil {
			return nil, err
		}
		oids[i] = t.OID
	}
	return oids, nil
}

// executed is the statement that EXECUTE names.
func (s *Session) executed(name string) (*prepared, error) {
	st := s.statements[name]
	if st == nil {
		return nil, pgerr.New(pgerr.InvalidSQLStatementName, "prepared statement %q does not exist", name)
	}
	return st, nil
}

func (s *Session) executeFields(ctx context.Context, n *translate.ExecuteStmt) ([]session.Field, error) {
	st, err := s.executed(n.Name)
	if err != nil {
		return nil, err
	}
	snapshot := s.engine.config.Catalog.Acquire()
	defer s.engine.config.Catalog.Release(snapshot)
	if !st.fromSQL {
		c, err := s.compile(ctx, st, snapshot)
		if err != nil {
			return nil, err
		}
		return c.fields, nil
	}
	if err := s.compileBound(ctx, st, snapshot); err != nil {
		return nil, err
	}
	return st.compiled.fields, nil
}

// runExecute runs EXECUTE.
func (s *Session) runExecute(ctx context.Context, n *translate.ExecuteStmt, outer *portal, out session.Out) error {
	st, err := s.executed(n.Name)
	if err != nil {
		return err
	}
	if err := s.allowed(st.node); err != nil {
		return err
	}
	inner := &portal{statement: st}
	if inner.fields, err = s.executeFields(ctx, n); err != nil {
		return err
	}
	inner.compiled = st.compiled
	if inner.compiled.relay != nil {
		if err := s.unrelay(ctx, inner); err != nil {
			return err
		}
	}
	if inner.params, err = s.executeParams(ctx, n, st, inner.compiled.params); err != nil {
		return err
	}
	simple := outer.name == "" && outer.statement.name == "" && outer.results == nil && outer.raw == nil
	if simple && inner.fields != nil {
		if err := out.Fields(inner.fields); err != nil {
			return err
		}
	} else if inner.fields, err = withFormats(inner.fields, outer.results); err != nil {
		return err
	}
	defer inner.close()
	_, err = s.runPortal(ctx, inner, 0, out)
	return err
}

// executeParams computes the arguments of EXECUTE.
func (s *Session) executeParams(ctx context.Context, n *translate.ExecuteStmt, st *prepared, types []uint32) ([]pgtypes.Datum, error) {
	if len(n.Args) != len(types) {
		return nil, pgerr.New(pgerr.SyntaxError, "wrong number of parameters for prepared statement %q", st.name).
			WithDetail("Expected %d parameters but got %d.", len(types), len(n.Args))
	}
	snapshot := s.engine.config.Catalog.Acquire()
	defer s.engine.config.Catalog.Release(snapshot)
	style := s.values.Style()
	style.Now = s.tx.now()
	bound, _, err := bind.Bind(ctx, castList(n.Args, types), "", bind.Options{Catalog: s.namespace(snapshot), Style: style})
	if err != nil {
		return nil, err
	}
	params := make([]pgtypes.Datum, 0, len(types))
	query, ok := bound.(*translate.Query)
	if !ok {
		return nil, pgerr.Internal("arguments of EXECUTE are not a row")
	}
	project, ok := query.Rel.(*translate.Project)
	if !ok && len(types) > 0 {
		return nil, pgerr.Internal("arguments of EXECUTE are not a row")
	}
	for i := range types {
		value, err := eval.Value(project.Items[i].Expr, s.evalContext(ctx, snapshot, nil))
		if err != nil {
			return nil, err
		}
		params = append(params, value)
	}
	return params, nil
}

// castList is SELECT arg::type, ...
func castList(args []translate.Node, types []uint32) *translate.SelectStmt {
	list := &translate.SelectStmt{}
	for i, arg := range args {
		name := &translate.TypeName{Names: []string{"pg_catalog", pgbuiltin.TypeByOID(types[i]).Name}}
		list.Targets = append(list.Targets, &translate.ResTarget{Name: "arg", Value: &translate.TypeCast{Arg: arg, TypeName: name}})
	}
	return list
}

// runDeallocate runs DEALLOCATE.
func (s *Session) runDeallocate(n *translate.DeallocateStmt, out session.Out) error {
	if n.Name == "" {
		clear(s.statements)
		return out.Complete("DEALLOCATE ALL")
	}
	if _, err := s.executed(n.Name); err != nil {
		return err
	}
	delete(s.statements, n.Name)
	return out.Complete("DEALLOCATE")
}
