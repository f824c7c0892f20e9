package mem

import (
	"context"
	"slices"
	"sync"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/batch"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/translate"
)

// Backend is a set of tables in memory.
type Backend struct {
	cfg *Config
	env backends.Env

	mu     sync.Mutex
	state  tables
	closed bool
}

var (
	_ backends.Backend    = (*Backend)(nil)
	_ backends.Writer     = (*Backend)(nil)
	_ backends.Transactor = (*Backend)(nil)
)

// Open makes the backend with the config's tables.
func Open(cfg *Config, env backends.Env) (*Backend, error) {
	b := &Backend{cfg: cfg, env: env.WithDefaults(), state: tables{}}
	for _, tableConfig := range cfg.Tables {
		t, rows, err := build(tableConfig)
		if err != nil {
			return nil, err
		}
		if err := b.AddTable(t, rows); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// AddTable adds a table, or replaces the one of its name. The rows are kept.
func (b *Backend) AddTable(t backends.Table, rows []Row) error {
	if t.Name.Schema == "" {
		t.Name.Schema = mainSchema
	}
	if t.Kind == 0 {
		t.Kind = translate.OrdinaryTable
	}
	t.Bytes = -1
	added, err := (&table{Table: t}).replaced(rows)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.state = b.state.with(added)
	return nil
}

// current is the published state.
func (b *Backend) current() (tables, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil, pgerr.New(pgerr.ConnectionException, "the backend is closed")
	}
	return b.state, nil
}

// Kind implements backends.Backend.
func (*Backend) Kind() backends.Kind { return backends.KindMem }

// Config implements backends.Backend.
func (b *Backend) Config() backends.Config { return b.cfg }

// Dialect implements backends.Backend: there is no SQL.
func (*Backend) Dialect(context.Context) (*translate.Dialect, error) { return nil, nil }

// ConnectionInfo implements backends.Backend.
func (*Backend) ConnectionInfo() backends.ConnectionInfo {
	return backends.ConnectionInfo{Kind: backends.KindMem, Address: "memory", Product: "memory"}
}

// Ping implements backends.Backend.
func (b *Backend) Ping(ctx context.Context) error {
	if _, err := b.current(); err != nil {
		return err
	}
	return ctx.Err()
}

// Schemas implements backends.Backend.
func (b *Backend) Schemas(context.Context) ([]string, error) {
	state, err := b.current()
	if err != nil {
		return nil, err
	}
	var schemas []string
	for name := range state {
		schemas = append(schemas, name.Schema)
	}
	slices.Sort(schemas)
	return slices.Compact(schemas), nil
}

// Tables implements backends.Backend.
func (b *Backend) Tables(_ context.Context, schema string) ([]backends.TableName, error) {
	state, err := b.current()
	if err != nil {
		return nil, err
	}
	var names []backends.TableName
	for name := range state {
		if name.Schema == schema {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b backends.TableName) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return names, nil
}

// Describe implements backends.Backend.
func (b *Backend) Describe(_ context.Context, name backends.TableName) (*backends.Table, error) {
	state, err := b.current()
	if err != nil {
		return nil, err
	}
	t, err := state.find(name)
	if err != nil {
		return nil, err
	}
	described := t.Table
	return &described, nil
}

// Read implements backends.Backend.
func (b *Backend) Read(ctx context.Context, f backends.Fragment) (array.RecordReader, error) {
	state, err := b.current()
	if err != nil {
		return nil, err
	}
	return b.read(ctx, state, f)
}

func (b *Backend) read(ctx context.Context, state tables, f backends.Fragment) (array.RecordReader, error) {
	if f.Scan == nil {
		return nil, pgerr.Internal("a %s source reads scans, not queries", backends.KindMem)
	}
	t, err := state.find(f.Scan.Table)
	if err != nil {
		return nil, err
	}
	source := &scan{t: t, f: f, left: f.Scan.Limit}
	return batch.NewReader(ctx, f.Schema(), b.env.Allocator, f.BatchRows, source), nil
}

// Close implements backends.Backend.
func (b *Backend) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed, b.state = true, nil
	return nil
}
