package answers

import (
	"context"
	"io"
	"path/filepath"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/backends/all"
	"github.com/sqlgateway/gateway/catalog"
	"github.com/sqlgateway/gateway/catalog/pgcatalog"
	"github.com/sqlgateway/gateway/exec"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	wiresession "github.com/sqlgateway/gateway/internal/session"
	"github.com/sqlgateway/gateway/translate"
)

// FuzzStatement runs any text over the tables of testdata, in memory: it may be right
// or wrong, but it is never a bug of ours (XX000 or a panic), and it obeys its cancel.
func FuzzStatement(f *testing.F) {
	for _, s := range fuzzScripts(f) {
		for _, st := range s.Statements {
			f.Add(st.SQL)
		}
	}
	engine := memEngine(f)
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 4000 {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		s, err := engine.Open(ctx, wiresession.Startup{User: "app", Database: database})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		began := time.Now()
		err = s.Query(ctx, text, discard{})
		if took := time.Since(began); took > 15*time.Second {
			t.Errorf("cancelled after a second, it ended after %s", took)
		}
		if pgerr.Code(err) == pgerr.InternalError {
			t.Errorf("%v", err)
		}
	})
}

func fuzzScripts(f *testing.F) []*Script {
	all, err := ReadScripts(filepath.Join(testdata, "sql"))
	if err != nil {
		f.Fatal(err)
	}
	return all
}

// memEngine has the tables in memory, those that need a server to be made empty.
func memEngine(f *testing.F) *exec.Engine {
	tables, err := ReadTables(filepath.Join(testdata, "tables"))
	if err != nil {
		f.Fatal(err)
	}
	types, err := ReadTypeMap(filepath.Join(testdata, "tables", "kinds.types"))
	if err != nil {
		f.Fatal(err)
	}
	placed := (&Placement{Kinds: []string{"mem"}}).place(tables, types)
	definition := &catalog.Definition{
		Database: database, DefaultServer: "mem",
		Servers: map[string]backends.Config{"mem": memConfig(placed)}, Tables: map[string]catalog.Mapping{},
	}
	for _, t := range placed {
		definition.Tables["public."+t.Name] = catalog.Mapping{
			Server: "mem", Remote: translate.RemoteName{Schema: "main", Name: remoteName(t.Table)}, Keys: t.Keys(),
		}
	}
	c, err := catalog.New(definition, catalog.Options{Kinds: all.Kinds(), Virtuals: pgcatalog.Relations()})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = c.Close() })
	return exec.New(exec.Config{
		Catalog: c, Functions: pgcatalog.Functions(), TempDir: f.TempDir(), MemoryLimit: 64 << 20,
		Defaults: map[string]string{"default_transaction_read_only": "on"},
	})
}

// discard is a client that reads all and keeps nothing.
type discard struct{}

func (discard) Fields([]wiresession.Field) error                                  { return nil }
func (discard) Batch([]wiresession.Field, arrow.RecordBatch, pgtypes.Style) error { return nil }
func (discard) Raw([]byte) error                                                  { return nil }
func (discard) Complete(string) error                                             { return nil }
func (discard) Empty() error                                                      { return nil }
func (discard) Notice(*pgerr.Error) error                                         { return nil }
func (discard) ParameterStatus(string, string) error                              { return nil }
func (discard) SyncFollows() bool                                                 { return false }
func (discard) CopyIn(bool, int) (wiresession.CopyReader, error)                  { return discard{}, nil }

func (discard) CopyOut(bool, int) (wiresession.CopyWriter, error) { return discard{}, nil }

func (discard) Next() ([]byte, error) { return nil, io.EOF }

func (discard) Write(p []byte) (int, error) { return len(p), nil }
func (discard) Close() error                { return nil }
