package objectstore

import (
	"context"
	"errors"
	"io"
	"path"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/maypok86/otter/v2"
	"gocloud.dev/blob"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/backends/objectstore/parquetfile"
	"github.com/sqlgateway/gateway/internal/bucket"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/translate"
)

// Backend reads and adds files of a store.
type Backend struct {
	config Config
	store  *store
	alloc  memory.Allocator
	// known keeps footers and inferred columns by file version, so that opening one
	// part of many does not read a footer again.
	known *otter.Cache[string, any]
}

var (
	_ backends.Backend      = (*Backend)(nil)
	_ backends.Partitioner  = (*Backend)(nil)
	_ backends.Statistician = (*Backend)(nil)
	_ backends.Writer       = (*Backend)(nil)
)

// knownBytes bounds what is kept of files: the footers of some ten thousand.
const knownBytes = 64 << 20

// Open makes a backend and touches no file.
func Open(config *Config, env backends.Env) *Backend {
	env = env.WithDefaults()
	alloc := env.Allocator
	if alloc == memory.DefaultAllocator {
		alloc = new(parquetfile.Pool)
	}
	return &Backend{
		config: *config,
		store:  &store{bucket.Open(config.URL, config.Location, env)},
		alloc:  alloc,
		known: otter.Must(&otter.Options[string, any]{
			MaximumWeight: knownBytes,
			Weigher:       func(_ string, v any) uint32 { return weight(v) },
		}),
	}
}

func weight(v any) uint32 {
	if f, ok := v.(*parquetfile.File); ok {
		return uint32(f.Footprint()) + 1024
	}
	return 4096
}

// Kind implements backends.Backend.
func (b *Backend) Kind() backends.Kind { return backends.KindObjectStore }

// Config implements backends.Backend.
func (b *Backend) Config() backends.Config { c := b.config; return &c }

// Dialect implements backends.Backend: files take no queries.
func (b *Backend) Dialect(context.Context) (*translate.Dialect, error) { return nil, nil }

// ConnectionInfo implements backends.Backend.
func (b *Backend) ConnectionInfo() backends.ConnectionInfo {
	return backends.ConnectionInfo{Kind: backends.KindObjectStore, Address: b.store.Address(), Product: string(b.config.Format)}
}

// Ping implements backends.Backend: the store opens and can be listed.
func (b *Backend) Ping(ctx context.Context) error {
	opened, err := b.store.Bucket(ctx)
	if err != nil {
		return err
	}
	if _, err := opened.List(&blob.ListOptions{Delimiter: "/"}).Next(ctx); err != nil && !errors.Is(err, io.EOF) {
		return b.store.Error("listing", "", err)
	}
	return nil
}

// Schemas implements backends.Backend: the top folder, ".", and the folders in it.
func (b *Backend) Schemas(ctx context.Context) ([]string, error) { return b.store.folders(ctx) }

// Tables implements backends.Backend. Files are named without their extension;
// the configured tables of the folder come under their paths.
func (b *Backend) Tables(ctx context.Context, schema string) ([]backends.TableName, error) {
	folder := ""
	if schema != "" && schema != "." {
		p, err := tablePath(backends.TableName{Name: schema})
		if err != nil {
			return nil, err
		}
		folder = strings.TrimSuffix(p, "/") + "/"
	}
	found, err := b.store.tables(ctx, folder)
	if err != nil {
		return nil, err
	}
	names := make([]backends.TableName, len(found))
	for i, name := range found {
		names[i] = backends.TableName{Schema: schema, Name: name}
	}
	return names, nil
}

// Describe implements backends.Backend.
func (b *Backend) Describe(ctx context.Context, name backends.TableName) (*backends.Table, error) {
	t, err := b.table(ctx, name)
	if err != nil {
		return nil, err
	}
	d := &backends.Table{Name: name, Kind: translate.OrdinaryTable, Columns: t.columns, Rows: -1}
	for i := range t.files {
		d.Bytes += t.files[i].Size
	}
	if t.format != Parquet {
		d.Rows = t.sample.rows(d.Bytes)
		return d, nil
	}
	return d, b.describeParquet(ctx, t, d)
}

// Read implements backends.Backend.
func (b *Backend) Read(ctx context.Context, f backends.Fragment) (array.RecordReader, error) {
	if f.Scan == nil {
		return nil, pgerr.Internal("an object store was sent a query")
	}
	p, err := b.plan(ctx, &f)
	if err != nil {
		return nil, err
	}
	return newReader(ctx, b, f, p)
}

// Close implements backends.Backend.
func (b *Backend) Close() error {
	b.known.InvalidateAll()
	return b.store.Close()
}

// optionsFor gives the options of a table: its own, or the store's.
func (b *Backend) optionsFor(p string) (*FormatOptions, []ColumnOptions) {
	clean := path.Clean(p)
	for i := range b.config.Tables {
		if t := &b.config.Tables[i]; path.Clean(t.Path) == clean {
			return &t.FormatOptions, t.Columns
		}
	}
	return &b.config.FormatOptions, nil
}
