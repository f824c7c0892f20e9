package wire

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sqlgateway/gateway/internal/eventloop"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/session"
)

// Config is what a Server is made of.
type Config struct {
	Handler       session.Handler
	Authenticator Authenticator
	// TLS, if set, is offered to clients that ask. With RequireTLS others are refused.
	TLS        *tls.Config
	RequireTLS bool
	// MaxConnections refuses further clients with 53300; 0 means 1000.
	MaxConnections int
	// Loop, if set, watches the clients' sockets: the one that watches the sources' too. It
	// is the caller's to close, after Shutdown.
	Loop *eventloop.Loop
	// MaxMessageBytes bounds one message of an authenticated client; 0 means 256 MiB.
	MaxMessageBytes int
	// StartupTimeout bounds start-up and authentication; 0 means 30 s.
	StartupTimeout time.Duration
	Logger         *slog.Logger
	Observer       Observer // nil for none
}

// Observer is told of connections; metrics implement it.
type Observer interface {
	ConnectionOpened()
	ConnectionClosed()
	ErrorSent(sqlstate string)
}

// Server accepts clients.
type Server struct {
	config Config

	mu       sync.Mutex
	all      map[*conn]struct{}
	conns    map[uint32]*conn // those authenticated, by process ID
	nextPID  uint32
	draining atomic.Bool
	done     sync.WaitGroup
}

// New makes a server; it listens to nothing yet.
func New(config Config) *Server {
	if config.MaxConnections == 0 {
		config.MaxConnections = 1000
	}
	if config.MaxMessageBytes == 0 {
		config.MaxMessageBytes = 256 << 20
	}
	if config.StartupTimeout == 0 {
		config.StartupTimeout = 30 * time.Second
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	if config.Observer == nil {
		config.Observer = noObserver{}
	}
	return &Server{config: config, all: map[*conn]struct{}{}, conns: map[uint32]*conn{}, nextPID: 1000}
}

// Serve accepts clients until the listener is closed, and closes it when ctx ends.
// It returns nil after Shutdown or the end of ctx.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	stop := context.AfterFunc(ctx, func() { listener.Close() })
	defer stop()
	var delay time.Duration
	for {
		netConn, err := listener.Accept()
		if err != nil {
			if s.draining.Load() || ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
				return nil
			}
			// Out of file descriptors and the like: keep the clients we have and try again.
			delay = min(max(2*delay, 5*time.Millisecond), time.Second)
			s.config.Logger.WarnContext(ctx, "accepting a connection", "error", err)
			select {
			case <-time.After(delay):
				continue
			case <-ctx.Done():
				return nil
			}
		}
		delay = 0
		s.admit(ctx, netConn)
	}
}

// admit serves a connection in a goroutine of its own. Clients that do not finish
// start-up must not pile up: as in Postgres there may be as many of them as sessions.
func (s *Server) admit(ctx context.Context, netConn net.Conn) {
	ctx, cancel := context.WithCancel(ctx)
	c := newConn(s, netConn, cancel)
	_ = c.raw.SetDeadline(time.Now().Add(s.config.StartupTimeout))
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining.Load() || len(s.all) >= 2*s.config.MaxConnections+1 {
		cancel()
		s.turnAway(c.raw)
		return
	}
	s.all[c] = struct{}{}
	s.done.Go(func() { s.serveConn(ctx, c) })
}

// turnAway tells a client that has not said anything yet why it can not come in. The
// answer fits into the socket's buffer, so that nobody waits.
func (s *Server) turnAway(netConn net.Conn) {
	defer netConn.Close()
	e := errNoRoom()
	if s.draining.Load() {
		e = errShuttingDown()
	}
	response := errorFields(e, "FATAL")
	if message, err := response.Encode(nil); err == nil {
		_ = netConn.SetDeadline(time.Now().Add(time.Second))
		_, _ = netConn.Write(message)
	}
}

func errNoRoom() *pgerr.Error {
	return pgerr.New(pgerr.TooManyConnections, "sorry, too many clients already")
}

func errShuttingDown() *pgerr.Error {
	return pgerr.New(pgerr.CannotConnectNow, "the database system is shutting down")
}

// Shutdown stops taking clients, ends idle sessions, and waits for running
// statements. When ctx ends first, these are cancelled and their clients cut off.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	s.draining.Store(true) // under the lock: after this nobody is admitted
	s.mu.Unlock()
	s.each((*conn).drain)
	finished := make(chan struct{})
	go func() {
		s.done.Wait()
		close(finished)
	}()
	select {
	case <-finished:
		return nil
	case <-ctx.Done():
		s.each((*conn).kill)
		<-finished
		return ctx.Err()
	}
}

func (s *Server) each(do func(*conn)) {
	s.mu.Lock()
	conns := make([]*conn, 0, len(s.all))
	for c := range s.all {
		conns = append(conns, c)
	}
	s.mu.Unlock()
	for _, c := range conns {
		do(c)
	}
}

// register gives c its process ID, or refuses it.
func (s *Server) register(c *conn) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining.Load() {
		return errShuttingDown()
	}
	if len(s.conns) >= s.config.MaxConnections {
		return errNoRoom()
	}
	for {
		s.nextPID++
		if s.nextPID > 1<<30 {
			s.nextPID = 1000
		}
		if _, taken := s.conns[s.nextPID]; !taken {
			break
		}
	}
	c.pid = s.nextPID
	s.conns[c.pid] = c
	return nil
}

func (s *Server) unregister(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.all, c)
	if s.conns[c.pid] == c {
		delete(s.conns, c.pid)
	}
}

// Draining says that Shutdown has begun.
func (s *Server) Draining() bool { return s.draining.Load() }

// Connections is the number of registered clients.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}

func (s *Server) serveConn(ctx context.Context, c *conn) {
	defer c.cancel()
	s.config.Observer.ConnectionOpened()
	defer s.config.Observer.ConnectionClosed()
	defer c.guard(ctx)
	defer c.close()
	defer c.guard(ctx)
	if err := c.serve(ctx); err != nil && !isGone(err) {
		s.config.Logger.DebugContext(ctx, "connection ended", "remote_addr", c.raw.RemoteAddr().String(), "error", err)
	}
}

type noObserver struct{}

func (noObserver) ConnectionOpened() {}
func (noObserver) ConnectionClosed() {}
func (noObserver) ErrorSent(string)  {}
