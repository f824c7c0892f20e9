package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/backends/all"
	"github.com/sqlgateway/gateway/catalog"
	"github.com/sqlgateway/gateway/catalog/gatewayschema"
	"github.com/sqlgateway/gateway/catalog/pgcatalog"
	"github.com/sqlgateway/gateway/exec"
	"github.com/sqlgateway/gateway/internal/eventloop"
	"github.com/sqlgateway/gateway/wire"
)

// shutdownTimeout is how long running statements may take to end.
const shutdownTimeout = 30 * time.Second

// gateway is the program's parts, joined.
type gateway struct {
	loaded  *loaded
	logger  *slog.Logger
	metrics *metrics
	catalog *catalog.Catalog
	engine  *exec.Engine
	server  *wire.Server
	loop    *eventloop.Loop // nil where there is none
	users   *users
	work    sync.WaitGroup // what run waits for besides the server
}

// newGateway joins the parts; it listens to nothing and connects to nothing yet.
func newGateway(l *loaded, logger *slog.Logger) (*gateway, error) {
	g := &gateway{loaded: l, logger: logger, users: &users{}}
	g.users.set(l)
	var err error
	if g.loop, err = eventloop.New(); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return nil, err
	}
	g.catalog, err = catalog.New(l.definition, catalog.Options{
		Kinds: all.Kinds(), Env: backends.Env{Logger: logger, Folder: l.folder, Loop: g.loop},
		Virtuals: append(pgcatalog.Relations(), gatewayschema.Relations()...), TableFunctions: gatewayschema.Functions(),
		MetadataTimeout: l.timeout, MetadataAge: l.age,
	})
	if err != nil {
		g.closeLoop()
		return nil, err
	}
	g.metrics = newMetrics()
	g.engine = exec.New(exec.Config{
		Catalog: g.catalog, Functions: pgcatalog.Functions(), Defaults: sessionDefaults(l), MemoryLimit: l.memoryLimit,
		TempDir: l.config.TempDir, Workers: l.config.Workers, Logger: logger, Observer: g.metrics,
	})
	encryption, err := serverTLS(l)
	if err != nil {
		defer g.closeLoop()
		return nil, errors.Join(err, g.catalog.Close())
	}
	g.server = wire.New(wire.Config{
		Handler: g.engine, Authenticator: g.users, TLS: encryption, RequireTLS: l.config.TLS.Required,
		MaxConnections: l.config.MaxConnections, Logger: logger, Observer: g.metrics,
		Loop: g.loop,
	})
	g.metrics.observe(g)
	return g, nil
}

// closeLoop ends the event loop, when nobody has a socket of it any more.
func (g *gateway) closeLoop() {
	if g.loop != nil {
		g.loop.Close()
	}
}

func sessionDefaults(l *loaded) map[string]string {
	defaults := make(map[string]string, len(l.config.Settings))
	for name, value := range l.config.Settings {
		defaults[name] = string(value)
	}
	return defaults
}

// serverTLS is nil without a certificate. The files are looked at for every
// handshake that comes after they changed.
func serverTLS(l *loaded) (*tls.Config, error) {
	if l.config.TLS.Certificate == "" {
		return nil, nil
	}
	certificates := &certificateFiles{certificate: l.path(l.config.TLS.Certificate), key: l.path(l.config.TLS.Key)}
	if _, err := certificates.get(nil); err != nil {
		return nil, fmt.Errorf("reading the TLS certificate: %w", err)
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: certificates.get}, nil
}

// run serves until ctx ends, then lets running statements end. ready is called once
// connections are accepted; what it starts must end with its context.
func (g *gateway) run(ctx context.Context, ready func(ctx context.Context, address string)) error {
	defer g.closeLoop()
	defer g.catalog.Close()
	listener, err := net.Listen("tcp", g.loaded.config.Listen)
	if err != nil {
		return fmt.Errorf("listening: %w", err)
	}
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	operations, err := g.serveOperations()
	if err != nil {
		listener.Close()
		return err
	}
	served := make(chan error, 1)
	go func() { served <- g.server.Serve(serving, listener) }()
	ready(ctx, listener.Addr().String())
	select {
	case err = <-served:
	case <-ctx.Done():
		g.logger.Info("shutting down: waiting for running statements")
		listener.Close()
		limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
		err = g.server.Shutdown(limit)
		cancel()
		<-served
	}
	operations()
	g.work.Wait()
	return err
}
