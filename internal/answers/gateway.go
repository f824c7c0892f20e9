package answers

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/backends/all"
	"github.com/sqlgateway/gateway/catalog"
	"github.com/sqlgateway/gateway/catalog/pgcatalog"
	"github.com/sqlgateway/gateway/exec"
	"github.com/sqlgateway/gateway/internal/eventloop"
	"github.com/sqlgateway/gateway/wire"
)

// Gateway is a gateway in this process, on a port of its own.
type Gateway struct {
	address string
	catalog *catalog.Catalog
	engine  *exec.Engine
	server  *wire.Server
	memory  *memory.CheckedAllocator // of what the sources read
	loop    *eventloop.Loop          // nil where there is none
	stop    context.CancelFunc
	served  chan error
}

// StartGateway serves a catalog on a loopback port.
func StartGateway(definition *catalog.Definition, folder string) (*Gateway, error) {
	g := &Gateway{served: make(chan error, 1), memory: memory.NewCheckedAllocator(memory.NewGoAllocator())}
	var err error
	if g.loop, err = eventloop.New(); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return nil, err
	}
	g.catalog, err = catalog.New(definition, catalog.Options{
		Kinds: all.Kinds(), Env: backends.Env{Folder: folder, Allocator: g.memory, Loop: g.loop}, Virtuals: pgcatalog.Relations(),
	})
	if err != nil {
		return nil, err
	}
	g.engine = exec.New(exec.Config{Catalog: g.catalog, Functions: pgcatalog.Functions(), TempDir: folder})
	g.server = wire.New(wire.Config{Handler: g.engine, Authenticator: trust{}, Loop: g.loop})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(err, g.catalog.Close())
	}
	g.address = listener.Addr().String()
	ctx, stop := context.WithCancel(context.Background())
	g.stop = stop
	go func() { g.served <- g.server.Serve(ctx, listener) }()
	return g, nil
}

// URL is where clients connect.
func (g *Gateway) URL() string {
	return "postgres://postgres@" + g.address + "/" + database + "?sslmode=disable"
}

// Close ends the sessions and the sources. Memory that was not given back is an error.
func (g *Gateway) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	err := g.server.Shutdown(ctx)
	g.stop()
	err = errors.Join(err, <-g.served, g.catalog.Close(), g.leaks())
	if g.loop != nil {
		g.loop.Close()
	}
	return err
}

// leaks says what is still held although nobody is served any more.
func (g *Gateway) leaks() error {
	if n := g.memory.CurrentAlloc(); n != 0 {
		return fmt.Errorf("%d bytes of Arrow memory leaked", n)
	}
	if n := g.engine.MemoryUsed(); n != 0 {
		return fmt.Errorf("%d bytes are still counted as used", n)
	}
	return nil
}

// trust lets everybody in.
type trust struct{}

func (trust) Method(string, string, string) (wire.AuthMethod, error) { return wire.AuthTrust, nil }
func (trust) Verifier(string) (v wire.Verifier, ok bool)             { return v, false }
