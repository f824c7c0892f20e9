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
