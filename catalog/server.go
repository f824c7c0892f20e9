package catalog

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
)

// Server is a source of the catalog. It outlives snapshots as long as its config
// does not change. It is safe for concurrent use.
type Server struct {
	Name    string
	Backend backends.Backend

	canonical string // the config's JSON, to tell whether it changed

	mu      sync.Mutex
	failing time.Time // since when every contact has failed; zero when it answers
	cause   error
	users   int // snapshots that have it, and transactions that it takes part in
}

// Use keeps the server open beyond the snapshot that gave it, which must still be
// held, until Unuse: a transaction outlives its statements' snapshots.
func (s *Server) Use() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.users++
}

// Unuse ends a Use. The last one closes a server that no snapshot has any more.
func (s *Server) Unuse() {
	s.mu.Lock()
	s.users--
	last := s.users == 0
	s.mu.Unlock()
	if last {
		// Closing waits for connections; nobody should wait for it.
		go func() { _ = s.Backend.Close() }()
	}
}

// Failing says since when the server has not answered, and why; zero when it does
// or was never asked.
func (s *Server) Failing() (since time.Time, cause error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failing, s.cause
}

// note records how a contact went.
func (s *Server) note(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err == nil || isAnswer(err):
		s.failing, s.cause = time.Time{}, nil
	case s.failing.IsZero():
		s.failing, s.cause = time.Now(), err
	default:
		s.cause = err
	}
}

// isAnswer says that an error came from a server that is alive.
func isAnswer(err error) bool {
	var e *pgerr.Error
	return errors.As(err, &e) && e.Code != pgerr.FdwUnableToEstablishConnection && e.Code[:2] != "08" && e.Code[:2] != "57" && e.Code[:2] != "58" && e.Code[:2] != "XX" && e.Code[:2] != "28"
}

// unreachable is what a statement gets that needs a server which does not answer.
func (s *Server) unreachable(err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	since, _ := s.Failing()
	e := pgerr.New(pgerr.ConnectionFailure, "server %q can not be reached: %s", s.Name, messageOf(err))
	if !since.IsZero() {
		e = e.WithDetail("It has not answered since %s.", since.UTC().Format(time.RFC3339))
	}
	return e.WithHint("Check the server and its configuration with: gateway check. Tables of other servers are not affected.")
}

func messageOf(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return "no answer in time"
	}
	var e *pgerr.Error
	if errors.As(err, &e) {
		return e.Message
	}
	return err.Error()
}

// Checked notes how a contact with the server went and gives the error that a
// client should see: the server's own, or that it can not be reached.
func (s *Server) Checked(err error) error {
	s.note(err)
	if err == nil || isAnswer(err) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	var e *pgerr.Error
	if errors.As(err, &e) && e.Code != pgerr.FdwUnableToEstablishConnection && e.Code[:2] != "08" && e.Code[:2] != "57" && e.Code[:2] != "28" {
		return err
	}
	return s.unreachable(err)
}
