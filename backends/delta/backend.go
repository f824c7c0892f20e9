package delta

import (
	"context"
	"path"
	"strings"
	"sync"

	"github.com/RoaringBitmap/roaring/v2/roaring64"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/maypok86/otter/v2"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/backends/objectstore/parquetfile"
	"github.com/sqlgateway/gateway/internal/bucket"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/translate"
)

// Backend reads and writes Delta tables of a store.
type Backend struct {
	config Config
	store  *store
	alloc  memory.Allocator
	env    backends.Env
	// known keeps footers, deletion vectors and old versions of tables, none of which change.
	known *otter.Cache[string, any]

	mu      sync.Mutex
	recents map[string]*snapshot // the newest that was seen of each table
	open    map[*tx]struct{}     // transactions that note which versions are read
}

var (
	_ backends.Backend      = (*Backend)(nil)
	_ backends.Partitioner  = (*Backend)(nil)
	_ backends.Statistician = (*Backend)(nil)
	_ backends.Writer       = (*Backend)(nil)
	_ backends.Transactor   = (*Backend)(nil)
)

// knownBytes bounds what is kept.
const knownBytes = 256 << 20

// Open makes a backend and touches no file.
func Open(config *Config, env backends.Env) *Backend {
	env = env.WithDefaults()
	alloc := env.Allocator
	if alloc == memory.DefaultAllocator {
		alloc = new(parquetfile.Pool)
	}
	return &Backend{
		config: *config, env: env, alloc: alloc,
		store: &store{bucket.Open(config.URL, config.Location, env)},
		known: otter.Must(&otter.Options[string, any]{
			MaximumWeight: knownBytes,
			Weigher:       func(_ string, v any) uint32 { return weight(v) },
		}),
		recents: map[string]*snapshot{}, open: map[*tx]struct{}{},
	}
}

func weight(v any) uint32 {
	const each = 1024
	switch v := v.(type) {
	case *parquetfile.File:
		return uint32(v.Footprint()) + each
	case *snapshot:
		return uint32(min(len(v.files), 1<<20))*each + each
	case *roaring64.Bitmap:
		return uint32(v.GetSizeInBytes()) + each
	}
	return each
}

// Kind implements backends.Backend.
func (b *Backend) Kind() backends.Kind { return backends.KindDelta }

// Config implements backends.Backend.
func (b *Backend) Config() backends.Config { c := b.config; return &c }

// Dialect implements backends.Backend: files take no queries.
func (b *Backend) Dialect(context.Context) (*translate.Dialect, error) { return nil, nil }

// ConnectionInfo implements backends.Backend.
func (b *Backend) ConnectionInfo() backends.ConnectionInfo {
	return backends.ConnectionInfo{Kind: backends.KindDelta, Address: b.store.Address(), Product: "Delta Lake"}
}

// Ping implements backends.Backend: the store opens and can be listed.
func (b *Backend) Ping(ctx context.Context) error {
	opened, err := b.store.Bucket(ctx)
	if err != nil {
		return err
	}
	ok, err := opened.IsAccessible(ctx)
	if err != nil {
		return b.store.Error("listing", "", err)
	}
	if !ok {
		return pgerr.New(pgerr.FdwUnableToEstablishConnection, "%s can not be listed", b.store.Address())
	}
	return nil
}

// Schemas implements backends.Backend: the top folder, ".", and those in it that
// hold tables.
func (b *Backend) Schemas(ctx context.Context) ([]string, error) {
	found := []string{"."}
	folders, err := b.store.folders(ctx, "")
	if err != nil {
		return nil, err
	}
	for _, f := range folders {
		if hidden(f) {
			continue
		}
		if is, err := b.isTable(ctx, f+"/"); err != nil || is {
			if err != nil {
				return nil, err
			}
			continue
		}
		tables, err := b.tables(ctx, f+"/", 1)
		if err != nil {
			return nil, err
		}
		if len(tables) > 0 {
			found = append(found, f)
		}
	}
	return found, nil
}

// hidden says whether a folder belongs to a tool.
func hidden(name string) bool { return name == "" || name[0] == '_' || name[0] == '.' }

func (b *Backend) isTable(ctx context.Context, folder string) (bool, error) {
	return b.store.holds(ctx, folder+logFolder)
}

// Tables implements backends.Backend: the folders that have a log.
func (b *Backend) Tables(ctx context.Context, schema string) ([]backends.TableName, error) {
	folder := ""
	if schema != "" && schema != "." {
		at, err := b.placeOf(ctx, backends.TableName{Name: schema})
		if err != nil {
			return nil, err
		}
		folder = at.folder
	}
	found, err := b.tables(ctx, folder, -1)
	if err != nil {
		return nil, err
	}
	names := make([]backends.TableName, len(found))
	for i, name := range found {
		names[i] = backends.TableName{Schema: schema, Name: name}
	}
	return names, nil
}

// tables lists at most most tables of a folder. If the root is a table itself, it is
// the only one, under its own name.
func (b *Backend) tables(ctx context.Context, folder string, most int) ([]string, error) {
	if folder == "" {
		if is, err := b.isTable(ctx, ""); err != nil || is {
			return []string{b.rootName()}, err
		}
	}
	folders, err := b.store.folders(ctx, folder)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, name := range folders {
		if len(names) == most {
			break
		}
		if hidden(name) || strings.Contains(name, "=") {
			continue
		}
		is, err := b.isTable(ctx, folder+name+"/")
		if err != nil {
			return nil, err
		}
		if is {
			names = append(names, name)
		}
	}
	return names, nil
}

// rootName is the name of a table that is the root itself.
func (b *Backend) rootName() string {
	name := path.Base(strings.TrimSuffix(b.store.Address(), "/"))
	if name == "." || name == "/" || name == "" {
		return "table"
	}
	return name
}

// resolve finds the version of a table that is wanted; old says that it was asked for.
func (b *Backend) resolve(ctx context.Context, name backends.TableName) (s *snapshot, old bool, err error) {
	at, err := b.placeOf(ctx, name)
	if err != nil {
		return nil, false, err
	}
	s, err = b.snapshot(ctx, at)
	return s, !at.asOf.newest(), err
}

// Describe implements backends.Backend.
func (b *Backend) Describe(ctx context.Context, name backends.TableName) (*backends.Table, error) {
	s, _, err := b.resolve(ctx, name)
	if err != nil {
		return nil, err
	}
	return s.describe(name), nil
}

// Statistics implements backends.Statistician: the log has counts, bounds and shares
// of NULL already.
func (b *Backend) Statistics(ctx context.Context, name backends.TableName) (*backends.Table, error) {
	return b.Describe(ctx, name)
}

// Read implements backends.Backend.
func (b *Backend) Read(ctx context.Context, f backends.Fragment) (array.RecordReader, error) {
	if f.Scan == nil {
		return nil, pgerr.Internal("a Delta table was sent a query")
	}
	if f.Partition != nil {
		return b.readPart(ctx, f)
	}
	s, old, err := b.resolve(ctx, f.Scan.Table)
	if err != nil {
		return nil, err
	}
	return b.readAll(ctx, f, s, old)
}

func (b *Backend) readAll(ctx context.Context, f backends.Fragment, s *snapshot, old bool) (array.RecordReader, error) {
	units, skipped := s.units(f.Scan.Predicates)
	return newReader(ctx, b, f, s, old, units, skipped)
}

// Close implements backends.Backend.
func (b *Backend) Close() error {
	b.known.InvalidateAll()
	return b.store.Close()
}
