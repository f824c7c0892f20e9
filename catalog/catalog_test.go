package catalog_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/catalog"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const fakeKind backends.Kind = "fake"

// fakeConfig makes a source whose tables and faults the test holds.
type fakeConfig struct {
	Name string `json:"name"`
	src  *fake
}

func (*fakeConfig) Kind() backends.Kind        { return fakeKind }
func (*fakeConfig) Validate() []backends.Fault { return nil }

// fake is a source that lists names and counts what it is asked.
type fake struct {
	backends.Backend
	names     []string
	down      atomic.Bool
	silent    atomic.Bool // answers nothing until the question is given up
	listed    atomic.Int64
	described atomic.Int64
	opened    atomic.Int64
	closed    atomic.Int64
}

func (*fake) Kind() backends.Kind { return fakeKind }

func (*fake) ConnectionInfo() backends.ConnectionInfo {
	return backends.ConnectionInfo{Kind: fakeKind, Database: "main"}
}

func (f *fake) Close() error {
	f.closed.Add(1)
	return nil
}

func (f *fake) answer(ctx context.Context) error {
	if f.silent.Load() {
		<-ctx.Done()
		return ctx.Err()
	}
	if f.down.Load() {
		return errors.New("connection refused")
	}
	return nil
}

func (f *fake) Tables(ctx context.Context, schema string) (list []backends.TableName, err error) {
	f.listed.Add(1)
	for _, name := range f.names {
		list = append(list, backends.TableName{Schema: schema, Name: name})
	}
	return list, f.answer(ctx)
}

func (f *fake) Describe(ctx context.Context, name backends.TableName) (*backends.Table, error) {
	f.described.Add(1)
	if err := f.answer(ctx); err != nil {
		return nil, err
	}
	if !slices.Contains(f.names, name.Name) {
		return nil, pgerr.New(pgerr.UndefinedTable, "relation %q does not exist", name.Name)
	}
	return &backends.Table{Name: name, Kind: translate.OrdinaryTable, Rows: -1, Bytes: -1, Columns: []translate.TableColumn{
		{Name: "id", Type: pgtypes.Of(pgtypes.OIDInt4)},
	}}, nil
}

func kinds() []backends.KindSpec {
	return []backends.KindSpec{{
		Kind: fakeKind, New: func() backends.Config { return &fakeConfig{} },
		Open: func(cfg backends.Config, _ backends.Env) (backends.Backend, error) {
			f := cfg.(*fakeConfig).src
			f.opened.Add(1)
			return f, nil
		},
	}}
}

func definition(sources map[string]*fake) *catalog.Definition {
	d := &catalog.Definition{Database: "shop", Servers: map[string]backends.Config{}, Schemas: map[string]catalog.Mount{}}
	for name, src := range sources {
		d.Servers[name] = &fakeConfig{Name: name, src: src}
		d.Schemas[name] = catalog.Mount{Server: name, Remote: "main"}
	}
	return d
}

func open(t *testing.T, d *catalog.Definition, options catalog.Options) *catalog.Catalog {
	t.Helper()
	options.Kinds = kinds()
	c, err := catalog.New(d, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestDefinitionFaults(t *testing.T) {
	d := definition(map[string]*fake{"a": {}})
	d.DefaultServer = "nowhere"
	d.Schemas["pg_x"] = catalog.Mount{Server: "a"}
	d.Schemas["lost"] = catalog.Mount{Server: "b"}
	d.Tables = map[string]catalog.Mapping{"plain": {Server: "a"}, "gateway.t": {Server: "a"}}
	var found []string
	for _, f := range d.Validate() {
		found = append(found, f.Path)
	}
	want := []string{"default_server", "schemas.lost.server", "schemas.pg_x", "tables.gateway.t", "tables.plain"}
	if !slices.Equal(found, want) {
		t.Errorf("faults at %v, want %v", found, want)
	}
	if _, err := catalog.New(d, catalog.Options{Kinds: kinds()}); err == nil {
		t.Error("a faulty definition opens")
	}
}

// TestLazy asks nothing before it is needed, one table where one is named, and
// everything once.
func TestLazy(t *testing.T) {
	src := &fake{names: []string{"t", "T", "u"}}
	c := open(t, definition(map[string]*fake{"a": src}), catalog.Options{})
	s := c.Acquire()
	defer c.Release(s)
	if src.listed.Load()+src.described.Load() != 0 {
		t.Error("opening asks the source")
	}
	for range 3 {
		if table, err := s.Relation(t.Context(), "a", "t"); err != nil || table == nil {
			t.Fatal(table, err)
		}
	}
	if src.listed.Load() != 0 || src.described.Load() != 1 {
		t.Errorf("one table took %d listings, %d descriptions", src.listed.Load(), src.described.Load())
	}
	upper, _ := s.Entry(t.Context(), "a", "T")
	lower, _ := s.Entry(t.Context(), "a", "t")
	if upper == nil || lower == nil || upper.OID == lower.OID {
		t.Error("names that differ by case are one")
	}
	if table, err := s.Relation(t.Context(), "a", "none"); table != nil || err != nil {
		t.Error(table, err)
	}
	entries, err := s.Entries(t.Context(), "a")
	if err != nil || len(entries) != 3 {
		t.Error(len(entries), err)
	}
	if found, err := s.RelationByOID(t.Context(), lower.OID); err != nil || found == nil || found.Name != "t" {
		t.Error(found, err)
	}
	if src.listed.Load() != 1 {
		t.Errorf("%d listings", src.listed.Load())
	}
}

// TestDeadSource hides nothing of the others, and says since when it does not answer.
func TestDeadSource(t *testing.T) {
	dead, alive := &fake{}, &fake{names: []string{"t"}}
	dead.down.Store(true)
	c := open(t, definition(map[string]*fake{"dead": dead, "alive": alive}), catalog.Options{})
	s := c.Acquire()
	defer c.Release(s)
	_, err := s.Relation(t.Context(), "dead", "t")
	e := pgerr.From(err)
	if e.Code != pgerr.ConnectionFailure || !strings.Contains(e.Message, `"dead"`) || !strings.Contains(e.Detail, "since") {
		t.Errorf("%+v", e)
	}
	if since, cause := s.Server("dead").Failing(); since.IsZero() || cause == nil {
		t.Error("not noted as failing")
	}
	if table, err := s.Relation(t.Context(), "alive", "t"); err != nil || table == nil {
		t.Error(table, err)
	}
	dead.down.Store(false)
	time.Sleep(1100 * time.Millisecond) // a failure is believed for a second
	if _, err := s.Entries(t.Context(), "dead"); err != nil {
		t.Error(err)
	}
	if since, _ := s.Server("dead").Failing(); !since.IsZero() {
		t.Error("still failing after an answer")
	}
}

// TestDeadline ends questions to a source that says nothing.
func TestDeadline(t *testing.T) {
	src := &fake{names: []string{"t"}}
	src.silent.Store(true)
	c := open(t, definition(map[string]*fake{"a": src}), catalog.Options{MetadataTimeout: 50 * time.Millisecond})
	s := c.Acquire()
	defer c.Release(s)
	start := time.Now()
	if _, err := s.Relation(t.Context(), "a", "t"); pgerr.From(err).Code != pgerr.ConnectionFailure {
		t.Error(err)
	}
	if waited := time.Since(start); waited > 5*time.Second {
		t.Errorf("waited %s", waited)
	}
}

// TestReload keeps what did not change, closes what left when its last user ends,
// and keeps the old snapshot when the new definition is faulty.
func TestReload(t *testing.T) {
	kept, gone := &fake{names: []string{"t"}}, &fake{names: []string{"t"}}
	c := open(t, definition(map[string]*fake{"kept": kept, "gone": gone}), catalog.Options{})
	old := c.Acquire()
	entry, err := old.Entry(t.Context(), "kept", "t")
	if err != nil {
		t.Fatal(err)
	}
	faulty := definition(map[string]*fake{"kept": kept})
	faulty.DefaultServer = "nowhere"
	if err := c.Reload(faulty); err == nil {
		t.Error("a faulty definition is taken")
	}
	if now := c.Acquire(); now != old {
		t.Error("a faulty definition replaced the snapshot")
	} else {
		c.Release(now)
	}
	if err := c.Reload(definition(map[string]*fake{"kept": kept})); err != nil {
		t.Fatal(err)
	}
	now := c.Acquire()
	defer c.Release(now)
	if kept.opened.Load() != 1 || now.Server("kept").Backend != old.Server("kept").Backend {
		t.Error("a server that did not change was opened again")
	}
	if again, _ := now.Entry(t.Context(), "kept", "t"); again == nil || again.OID != entry.OID {
		t.Error("the OID changed")
	}
	if gone.closed.Load() != 0 {
		t.Error("closed while a statement uses it")
	}
	c.Release(old)
	for deadline := time.Now().Add(5 * time.Second); gone.closed.Load() == 0 && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	if gone.closed.Load() != 1 || kept.closed.Load() != 0 {
		t.Errorf("closed %d and %d times, want 1 and 0", gone.closed.Load(), kept.closed.Load())
	}
}

// TestAge forgets metadata that has come of age, and Refresh at once.
func TestAge(t *testing.T) {
	src := &fake{names: []string{"t"}}
	c := open(t, definition(map[string]*fake{"a": src}), catalog.Options{MetadataAge: 50 * time.Millisecond})
	look := func() {
		s := c.Acquire()
		defer c.Release(s)
		if _, err := s.Relation(t.Context(), "a", "t"); err != nil {
			t.Fatal(err)
		}
	}
	look()
	time.Sleep(80 * time.Millisecond)
	look()
	if n := src.described.Load(); n != 2 {
		t.Errorf("%d descriptions, want 2", n)
	}
	c.Refresh()
	look()
	if n := src.described.Load(); n != 3 {
		t.Errorf("%d descriptions, want 3", n)
	}
	if src.closed.Load() != 0 || src.opened.Load() != 1 {
		t.Error("a refresh touched the connection")
	}
}

// TestPublic is the default server's own schema, and goes to no other.
func TestPublic(t *testing.T) {
	src := &fake{names: []string{"t"}}
	d := definition(map[string]*fake{"a": src})
	d.DefaultServer = "a"
	c := open(t, d, catalog.Options{})
	s := c.Acquire()
	defer c.Release(s)
	if server, mount := s.MountOf("public"); server == nil || server.Name != "a" || mount.Remote != "main" {
		t.Error(server, mount)
	}
	if table, err := s.Relation(t.Context(), "public", "t"); err != nil || table == nil {
		t.Error(table, err)
	}
}
