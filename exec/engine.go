package exec

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"sync"
	"time"

	"github.com/sqlgateway/gateway/catalog"
	"github.com/sqlgateway/gateway/exec/operator"
	"github.com/sqlgateway/gateway/exec/setting"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/session"
)

// Config is what an Engine is made of.
type Config struct {
	Catalog *catalog.Catalog
	// Functions are the built-in functions that ask the catalog, by pg_proc.prosrc.
	Functions map[string]catalog.Function
	// Defaults are settings that every session starts with.
	Defaults map[string]string
	// MemoryLimit bounds what all statements together hold, in bytes; 0 is half of
	// 4 GiB.
	MemoryLimit int64
	// TempDir takes spilled data; "" is the system's.
	TempDir string
	// Workers is the number of cores that statements share; 0 is all.
	Workers  int
	Logger   *slog.Logger
	Observer Observer
}

// Observer is told of statements; metrics implement it.
type Observer interface {
	Statement(kind string, elapsed time.Duration, err error)
	SourceRead(server string, rows, bytes int64)
	PlanCache(hit bool)
}

// Engine answers sessions. It is a session.Handler.
type Engine struct {
	config  Config
	budget  *operator.Budget
	cores   *operator.Cores
	workers int
	relays  relayCache

	mu       sync.Mutex
	sessions map[*Session]struct{}
}

// New makes an engine.
func New(config Config) *Engine {
	if config.MemoryLimit == 0 {
		config.MemoryLimit = 2 << 30
	}
	workers := config.Workers
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	if config.Observer == nil {
		config.Observer = noObserver{}
	}
	return &Engine{
		config: config, workers: workers,
		budget:   operator.NewBudget(config.MemoryLimit, "memory_limit", nil),
		cores:    operator.NewCores(workers),
		sessions: map[*Session]struct{}{},
	}
}

// MemoryUsed is what all statements hold now, in bytes.
func (e *Engine) MemoryUsed() int64 { return e.budget.Used() }

// Open implements session.Handler.
func (e *Engine) Open(ctx context.Context, startup session.Startup) (session.Session, error) {
	snapshot := e.config.Catalog.Acquire()
	database := snapshot.Database()
	e.config.Catalog.Release(snapshot)
	if startup.Database != database {
		return nil, pgerr.New(pgerr.InvalidCatalogName, "database %q does not exist", startup.Database).
			WithHint("This gateway serves the database %q.", database)
	}
	values, err := setting.New(e.config.Defaults, startup.Parameters, startup.User)
	if err != nil {
		return nil, err
	}
	s := &Session{
		engine: e, startup: startup, values: values,
		statements: map[string]*prepared{}, portals: map[string]*portal{}, cursors: map[string]*cursor{},
		random:  rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())), //nolint:gosec // random() is no secret
		started: time.Now(),
	}
	s.tx.session = s
	e.mu.Lock()
	e.sessions[s] = struct{}{}
	e.mu.Unlock()
	return s, nil
}

func (e *Engine) forget(s *Session) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.sessions, s)
}

// sessionInfos lists the live sessions, for pg_stat_activity.
func (e *Engine) sessionInfos() []catalog.SessionInfo {
	e.mu.Lock()
	live := make([]*Session, 0, len(e.sessions))
	for s := range e.sessions {
		live = append(live, s)
	}
	e.mu.Unlock()
	infos := make([]catalog.SessionInfo, 0, len(live))
	for _, s := range live {
		infos = append(infos, s.info())
	}
	return infos
}

type noObserver struct{}

func (noObserver) Statement(string, time.Duration, error) {}
func (noObserver) SourceRead(string, int64, int64)        {}
func (noObserver) PlanCache(bool)                         {}
