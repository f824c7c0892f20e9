package catalog

import (
	"context"
	"errors"
	"hash/fnv"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/translate"
)

// Snapshot is a view of the namespace that does not change while a statement looks
// at it. It is safe for concurrent use. Tables that it gives have a *Handle (or a
// *Virtual) as their Source.
type Snapshot struct {
	Version    uint64
	catalog    *Catalog
	definition *Definition
	servers    map[string]*Server
	schemas    map[string]*schema
	names      []string // of schemas, sorted; the gateway's own included
	born       time.Time
	references int // guarded by catalog.mu

	mu   sync.Mutex
	oids map[uint32]string // taken OIDs

	relations relations
}

// Handle is how the executor reaches a table: translate.Table.Source.
type Handle struct {
	Server *Server
	Remote backends.TableName
}

// Entry is a relation's name in a schema, before it is described.
type Entry struct {
	OID     uint32
	Schema  string
	Name    string
	Virtual *Virtual // for the gateway's own
	remote  backends.TableName
	server  *Server
	keys    []string
	inside  *Inside // who tells of it, if not its server's backend
	table   lazy[*Described]
	// summary is what the listing told; it is made once, with the entry's first listing.
	summary atomic.Pointer[backends.Table]
}

// Described is a relation with all that its source told.
type Described struct {
	Table *translate.Table
	// Source is the source's description; nil for virtual relations.
	Source *backends.Table
}

// schema is one schema: its mapped tables and, if mounted, what its server lists.
type schema struct {
	name    string
	oid     uint32
	mount   *Mount
	server  *Server
	inside  *Inside // who tells of the mount, if not the server's backend
	fixed   map[string]*Entry
	listing lazy[map[string]*Entry]
	whole   lazy[struct{}] // loaded when all of the server's tables were described at once

	mu     sync.Mutex
	direct map[string]*Entry // found by name before the listing was loaded
}

func newSnapshot(c *Catalog, definition *Definition, servers map[string]*Server) *Snapshot {
	s := &Snapshot{
		catalog: c, definition: definition, servers: servers,
		schemas: map[string]*schema{}, born: time.Now(), oids: map[uint32]string{},
	}
	for _, server := range servers {
		server.Use()
	}
	for _, v := range c.options.Virtuals {
		entry := &Entry{OID: v.OID, Schema: v.Schema, Name: v.Name, Virtual: v}
		s.oids[v.OID] = v.Schema + "." + v.Name
		s.schema(v.Schema).fixed[v.Name] = entry
	}
	for name, mount := range definition.Schemas {
		sc := s.schema(name)
		sc.mount, sc.server = &mount, servers[mount.Server]
	}
	for _, name := range sortedKeys(definition.Tables) {
		mapping := definition.Tables[name]
		schemaName, table, _ := strings.Cut(name, ".")
		s.schema(schemaName).fixed[table] = &Entry{
			OID: s.oid("table", name), Schema: schemaName, Name: table,
			server: servers[mapping.Server], remote: mapping.Remote, keys: mapping.Keys,
		}
	}
	s.mountPublic()
	s.names = sortedKeys(s.schemas)
	return s
}

// mountPublic gives the schema public to the default server, unless it is mounted
// from elsewhere: tables made without naming a schema have to be found again. Tables
// that are mapped there one by one hide the server's own of the same name.
func (s *Snapshot) mountPublic() {
	public := s.schema("public")
	server := s.DefaultServer()
	if server == nil || public.mount != nil {
		return
	}
	public.server = server
	public.mount = &Mount{Server: server.Name, Remote: defaultSchema(server.Backend)}
}

// defaultSchema is where a source puts tables that name no schema.
func defaultSchema(b backends.Backend) string {
	switch b.Kind() {
	case backends.KindSQLite, backends.KindDuckDB:
		return "main"
	case backends.KindPostgres:
		return "public"
	default:
		return b.ConnectionInfo().Database
	}
}

// wellKnownSchemas have fixed OIDs in every Postgres (pg_namespace.dat).
var wellKnownSchemas = map[string]uint32{"pg_catalog": 11, "pg_toast": 99, "public": 2200, "information_schema": 13000}

// schema finds or makes a schema; only newSnapshot calls it.
func (s *Snapshot) schema(name string) *schema {
	sc := s.schemas[name]
	if sc == nil {
		oid, ok := wellKnownSchemas[name]
		if !ok {
			oid = s.oid("schema", name)
		}
		sc = &schema{name: name, oid: oid, fixed: map[string]*Entry{}, direct: map[string]*Entry{}}
		s.schemas[name] = sc
	}
	return sc
}

// oid derives an OID from a name, so that it is the same in every snapshot and
// every process: clients keep OIDs between statements. Names that collide get the
// next free number, in the order in which they are met.
func (s *Snapshot) oid(class, name string) uint32 {
	const firstNormalOID = 16384
	h := fnv.New32a()
	_, _ = h.Write([]byte(class + " " + name))
	oid := h.Sum32()&0x3fffffff | 0x10000000
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.oids[oid] != "" && s.oids[oid] != class+" "+name || oid < firstNormalOID {
		oid++
	}
	s.oids[oid] = class + " " + name
	return oid
}

// ObjectOID derives the OID of something that belongs to a relation, such as an
// index, from its class and full name.
func (s *Snapshot) ObjectOID(class, name string) uint32 { return s.oid(class, name) }

// Database is the name of the one database.
func (s *Snapshot) Database() string { return s.definition.Database }

// MetadataTimeout bounds one question to a source about its tables.
func (s *Snapshot) MetadataTimeout() time.Duration { return s.catalog.options.MetadataTimeout }

// DefaultServer is where new tables go without a mapped schema; nil for nowhere.
func (s *Snapshot) DefaultServer() *Server { return s.servers[s.definition.DefaultServer] }

// Server finds a server by name; nil if there is none.
func (s *Snapshot) Server(name string) *Server { return s.servers[name] }

// Servers lists the servers by name.
func (s *Snapshot) Servers() []*Server {
	list := make([]*Server, 0, len(s.servers))
	for _, name := range sortedKeys(s.servers) {
		list = append(list, s.servers[name])
	}
	return list
}

// SchemaNames lists the schemas, sorted.
func (s *Snapshot) SchemaNames() []string { return s.names }

// SchemaOID is a schema's OID; 0 if there is no such schema.
func (s *Snapshot) SchemaOID(name string) uint32 {
	if sc := s.schemas[name]; sc != nil {
		return sc.oid
	}
	return 0
}

// MountOf says where a schema's tables live; nil if it is not a mounted one.
func (s *Snapshot) MountOf(name string) (*Server, *Mount) {
	if sc := s.schemas[name]; sc != nil && sc.mount != nil {
		return sc.server, sc.mount
	}
	return nil, nil
}

// Relation finds a table by its exact name. It is nil, nil if there is none, and an
// error if its server can not tell.
func (s *Snapshot) Relation(ctx context.Context, schemaName, name string) (*translate.Table, error) {
	entry, err := s.Entry(ctx, schemaName, name)
	if err != nil || entry == nil {
		return nil, err
	}
	described, err := s.Describe(ctx, entry)
	if pgerr.Code(err) == pgerr.UndefinedTable {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return described.Table, nil
}

// Entry finds a relation's entry by its exact name, without a listing where the
// server can be asked for one table.
func (s *Snapshot) Entry(ctx context.Context, schemaName, name string) (*Entry, error) {
	sc := s.schemas[schemaName]
	if sc == nil {
		return nil, nil
	}
	if entry := sc.fixed[name]; entry != nil {
		return entry, nil
	}
	if sc.mount == nil {
		return nil, nil
	}
	if listing, ok := sc.listing.peek(); ok {
		return listing[name], nil
	}
	entry := sc.lookup(s, name)
	_, err := s.Describe(ctx, entry)
	if pgerr.Code(err) == pgerr.UndefinedTable {
		return nil, nil
	}
	return entry, err
}

// lookup gives the entry of a name that may or may not exist.
func (sc *schema) lookup(s *Snapshot, name string) *Entry {
	return sc.entryOf(s, backends.TableName{Schema: sc.mount.Remote, Name: name})
}

func (sc *schema) entryOf(s *Snapshot, remote backends.TableName) *Entry {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	entry := sc.direct[remote.Name]
	if entry == nil {
		entry = &Entry{
			OID: s.oid("table", sc.name+"."+remote.Name), Schema: sc.name, Name: remote.Name, server: sc.server, remote: remote, inside: sc.inside,
		}
		sc.direct[remote.Name] = entry
	}
	return entry
}

// Entries lists the relations of a schema, sorted by name. For a server that can not
// be reached it gives the mapped tables and the error.
func (s *Snapshot) Entries(ctx context.Context, schemaName string) ([]*Entry, error) {
	sc := s.schemas[schemaName]
	if sc == nil {
		return nil, nil
	}
	entries := make([]*Entry, 0, len(sc.fixed))
	for _, entry := range sc.fixed {
		entries = append(entries, entry)
	}
	var err error
	if sc.mount != nil {
		var listing map[string]*Entry
		listing, err = sc.listing.get(ctx, s.catalog.options.MetadataTimeout, func(ctx context.Context) (map[string]*Entry, error) {
			return sc.list(ctx, s)
		})
		for name, entry := range listing {
			if sc.fixed[name] == nil {
				entries = append(entries, entry)
			}
		}
	}
	sort.Slice(entries, func(i, j int) bool { return entries[i].Name < entries[j].Name })
	return entries, err
}

// Describe gives a relation's columns and all else its source tells.
func (s *Snapshot) Describe(ctx context.Context, entry *Entry) (*Described, error) {
	return entry.table.get(ctx, s.catalog.options.MetadataTimeout, func(ctx context.Context) (*Described, error) {
		if entry.Virtual != nil {
			return &Described{Table: entry.Virtual.Table()}, nil
		}
		return entry.describe(ctx)
	})
}

func (e *Entry) describe(ctx context.Context) (*Described, error) {
	ask := e.server.Backend.Describe
	if e.inside != nil {
		ask = e.inside.Describe
	}
	source, err := ask(ctx, e.remote)
	if err == nil && source == nil {
		err = errors.New("no description came back")
	}
	e.server.note(err)
	if err != nil {
		if isAnswer(err) {
			return nil, err
		}
		return nil, e.server.unreachable(err)
	}
	table, err := e.tableOf(source)
	if err != nil {
		return nil, err
	}
	return &Described{Table: table, Source: source}, nil
}

// tableOf is the relation as clients see it.
func (e *Entry) tableOf(source *backends.Table) (*translate.Table, error) {
	table := &translate.Table{
		OID: e.OID, Schema: e.Schema, Name: e.Name, Kind: source.Kind, Columns: source.Columns,
		Keys: source.Keys, PrimaryKey: source.PrimaryKey,
		Server: e.server.Name, Remote: e.remote, Rows: source.Rows,
		Source: &Handle{Server: e.server, Remote: e.remote},
	}
	return table, e.declareKeys(table)
}

// declareKeys adds the keys that the configuration names. They are for merging; the
// planner must not take them for unique, for nobody checks them.
func (e *Entry) declareKeys(table *translate.Table) error {
	for _, name := range e.keys {
		if table.ColumnIndex(name) < 0 {
			return pgerr.New(pgerr.UndefinedColumn, "tables.%s.%s.keys: column %q does not exist", e.Schema, e.Name, name)
		}
	}
	return nil
}

// MergeKeys are the key columns that the configuration declares for a table.
func (e *Entry) MergeKeys() []string { return e.keys }

// ServerOf is the server that holds the relation; nil for the gateway's own.
func (e *Entry) ServerOf() *Server { return e.server }
