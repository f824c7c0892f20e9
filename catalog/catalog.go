package catalog

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/sqlgateway/gateway/backends"
)

// Options are what a Catalog needs besides its Definition.
type Options struct {
	Kinds []backends.KindSpec
	Env   backends.Env
	// Virtuals are the relations that the gateway serves itself.
	Virtuals []*Virtual
	// TableFunctions are those that the gateway serves itself.
	TableFunctions []*TableFunction
	// MetadataTimeout bounds one question to a source; 0 means 10 s.
	MetadataTimeout time.Duration
	// MetadataAge is how long metadata of a source is believed; 0 means 1 minute.
	MetadataAge time.Duration
}

// Catalog holds the current Snapshot and the servers behind it.
type Catalog struct {
	options Options

	mu      sync.Mutex
	current *Snapshot
	version uint64
	closed  bool
}

// New opens every server of the definition, which connects to none.
func New(definition *Definition, options Options) (*Catalog, error) {
	if options.MetadataTimeout == 0 {
		options.MetadataTimeout = 10 * time.Second
	}
	if options.MetadataAge == 0 {
		options.MetadataAge = time.Minute
	}
	c := &Catalog{options: options}
	if err := c.Reload(definition); err != nil {
		return nil, err
	}
	return c, nil
}

// Reload replaces the snapshot. On an error the old one stays. Servers whose config
// is unchanged keep their connections; the others close when the last statement
// that uses them ends.
func (c *Catalog) Reload(definition *Definition) error {
	if faults := definition.Validate(); len(faults) > 0 {
		return &backends.ConfigError{Faults: faults}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	servers, opened, err := c.openServers(definition)
	if err != nil {
		for _, s := range opened {
			_ = s.Backend.Close()
		}
		return err
	}
	c.replace(newSnapshot(c, definition, servers))
	return nil
}

// Refresh forgets what is known of the remote tables, as after DDL, or when
// metadata has come of age.
func (c *Catalog) Refresh() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if old := c.current; old != nil {
		c.replace(newSnapshot(c, old.definition, old.servers))
	}
}

// replace makes s current; c.mu is held.
func (c *Catalog) replace(s *Snapshot) {
	c.version++
	s.Version = c.version
	s.references = 1
	old := c.current
	c.current = s
	if old != nil {
		c.release(old)
	}
}

// Acquire gives the current snapshot, to be given back with Release. A snapshot
// whose metadata has come of age is replaced first.
func (c *Catalog) Acquire() *Snapshot {
	c.mu.Lock()
	defer c.mu.Unlock()
	if old := c.current; time.Since(old.born) > c.options.MetadataAge && !c.closed {
		c.replace(newSnapshot(c, old.definition, old.servers))
	}
	c.current.references++
	return c.current
}

// Release gives a snapshot back.
func (c *Catalog) Release(s *Snapshot) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.release(s)
}

// release drops one reference; c.mu is held.
func (c *Catalog) release(s *Snapshot) {
	s.references--
	if s.references > 0 {
		return
	}
	c.closeUnused(s)
}

// closeUnused closes the servers of a dead snapshot that no live one has. Live
// snapshots older than the current one share their servers with a newer one or keep
// their own reference through users.
func (c *Catalog) closeUnused(s *Snapshot) {
	for _, server := range s.servers {
		server.Unuse()
	}
}

// Close closes all servers, also those in use.
func (c *Catalog) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil
	}
	c.closed = true
	var errs []error
	for _, server := range c.current.servers {
		errs = append(errs, server.Backend.Close())
	}
	return errors.Join(errs...)
}

// openServers makes the servers of a definition, reusing those of the current
// snapshot; opened are the new ones.
func (c *Catalog) openServers(definition *Definition) (servers map[string]*Server, opened []*Server, err error) {
	servers = make(map[string]*Server, len(definition.Servers))
	for name, cfg := range definition.Servers {
		canonical, err := backends.MarshalConfig(cfg)
		if err != nil {
			return nil, opened, err
		}
		if c.current != nil {
			if old := c.current.servers[name]; old != nil && old.canonical == string(canonical) {
				servers[name] = old
				continue
			}
		}
		backend, err := backends.Open(cfg, c.options.Kinds, c.options.Env)
		if err != nil {
			return nil, opened, fmt.Errorf("servers.%s: %w", name, err)
		}
		servers[name] = &Server{Name: name, Backend: backend, canonical: string(canonical)}
		opened = append(opened, servers[name])
	}
	return servers, opened, nil
}
