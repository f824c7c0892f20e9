package exec

import (
	"context"

	"github.com/sqlgateway/gateway/catalog"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/internal/session"
)

// catalogLookup serves the functions that ask the catalog: eval.Context.Lookup.
func (s *Session) catalogLookup(ctx context.Context, snapshot *catalog.Snapshot) func(string, []pgtypes.Datum) (pgtypes.Datum, bool, error) {
	env := s.virtualEnv(snapshot)
	return func(prosrc string, args []pgtypes.Datum) (pgtypes.Datum, bool, error) {
		function, ok := s.engine.config.Functions[prosrc]
		if !ok {
			return nil, false, nil
		}
		value, err := function(ctx, env, args)
		return value, true, err
	}
}

// regOutputs are the output functions of the types that name rows of the catalog.
var regOutputs = map[uint32]string{
	pgtypes.OIDRegproc: "regprocout", pgtypes.OIDRegprocedure: "regprocedureout", pgtypes.OIDRegoper: "regoperout",
	pgtypes.OIDRegoperator: "regoperatorout", pgtypes.OIDRegclass: "regclassout", pgtypes.OIDRegtype: "regtypeout",
	pgtypes.OIDRegrole: "regroleout", pgtypes.OIDRegnamespace: "regnamespaceout",
}

// regNames asks a snapshot for the names of reg* values.
type regNames struct {
	session  *Session
	ctx      context.Context //nolint:containedctx // lives for one call of send
	snapshot *catalog.Snapshot
	lookup   func(string, []pgtypes.Datum) (pgtypes.Datum, bool, error)
}

// RegName implements pgtypes.RegNames.
func (r *regNames) RegName(typ uint32, value int64) (string, bool) {
	if r.lookup == nil {
		r.lookup = r.session.catalogLookup(r.ctx, r.snapshot)
	}
	name, ok, err := r.lookup(regOutputs[typ], []pgtypes.Datum{value})
	text, isText := name.(string)
	return text, ok && isText && err == nil
}

// resultStyle is how a result is shown to the client: reg* values by their names.
func (s *Session) resultStyle(ctx context.Context, fields []session.Field, snapshot *catalog.Snapshot) pgtypes.Style {
	style := s.values.Style()
	for _, f := range fields {
		if namesCatalog(f.Type.OID) && snapshot != nil {
			style.Names = &regNames{session: s, ctx: ctx, snapshot: snapshot}
			return style
		}
	}
	return style
}

// namesCatalog says whether values of a type may show names of the catalog.
func namesCatalog(oid uint32) bool {
	if element, ok := pgtypes.ElementType(oid); ok {
		oid = element
	}
	return regOutputs[oid] != "" || oid == pgtypes.OIDRecord
}

// warn keeps a notice until the statement's next message to the client; any of its
// goroutines may call it.
func (s *Session) warn(notice *pgerr.Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	const most = 20
	if len(s.notices) < most {
		s.notices = append(s.notices, notice)
	}
}

// sendNotices sends what warn has kept.
func (s *Session) sendNotices(out session.Out) error {
	s.mu.Lock()
	notices := s.notices
	s.notices = nil
	s.mu.Unlock()
	for _, n := range notices {
		if err := out.Notice(n); err != nil {
			return err
		}
	}
	return nil
}
