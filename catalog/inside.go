package catalog

import (
	"context"
	"maps"

	"github.com/sqlgateway/gateway/backends"
)

// Inside is a server as a transaction sees it that has defined tables there, which
// nobody else sees before it commits, and which its locks may keep others from asking
// about: the transaction itself tells what there is.
type Inside struct {
	Server   *Server
	Describe func(context.Context, backends.TableName) (*backends.Table, error)
	// ListSchema and DescribeSchema are those of backends.SchemaLister and
	// SchemaDescriber; nil where the transaction has them not.
	ListSchema     func(ctx context.Context, schema string) ([]*backends.Table, error)
	DescribeSchema func(ctx context.Context, schema string, visit func(*backends.Table) error) error
}

// Inside is the snapshot as the transaction sees it. It lives no longer than s, and
// knows nothing yet of the server's tables.
func (s *Snapshot) Inside(in *Inside) *Snapshot {
	d := &Snapshot{
		Version: s.Version, catalog: s.catalog, definition: s.definition, servers: s.servers,
		schemas: maps.Clone(s.schemas), names: s.names, born: s.born,
	}
	s.mu.Lock()
	d.oids = maps.Clone(s.oids)
	s.mu.Unlock()
	for name, sc := range s.schemas {
		if seen := sc.asSeen(in); seen != nil {
			d.schemas[name] = seen
		}
	}
	return d
}

// asSeen is the schema with in's server replaced; nil if it has nothing of that server.
func (sc *schema) asSeen(in *Inside) *schema {
	touched := sc.mount != nil && sc.server == in.Server
	fixed := make(map[string]*Entry, len(sc.fixed))
	for name, e := range sc.fixed {
		if e.server == in.Server && e.Virtual == nil {
			touched = true
			e = &Entry{OID: e.OID, Schema: e.Schema, Name: e.Name, remote: e.remote, server: e.server, keys: e.keys, inside: in}
		}
		fixed[name] = e
	}
	if !touched {
		return nil
	}
	seen := &schema{name: sc.name, oid: sc.oid, mount: sc.mount, server: sc.server, fixed: fixed, direct: map[string]*Entry{}}
	if sc.server == in.Server {
		seen.inside = in
	}
	return seen
}
