package catalog

import (
	"context"
	"sync"
)

// relations finds the relations of a snapshot by OID, and those that own another
// object, such as an index. Functions like pg_table_is_visible and pg_get_indexdef
// ask it once a row, so a look-up must not visit all tables.
type relations struct {
	mu       sync.RWMutex
	byOID    map[uint32]*Entry
	complete bool // every schema is in byOID
	owners   map[uint32]*Entry
}

// RelationByOID finds a relation among all that the schemas list; nil if there is
// none. Schemas whose server does not answer have none.
func (s *Snapshot) RelationByOID(ctx context.Context, oid uint32) (*Entry, error) {
	r := &s.relations
	r.mu.RLock()
	entry, complete := r.byOID[oid], r.complete
	r.mu.RUnlock()
	if entry != nil || complete {
		return entry, nil
	}
	all := map[uint32]*Entry{}
	complete = true
	for _, name := range s.names {
		entries, err := s.Entries(ctx, name)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		complete = complete && err == nil
		for _, e := range entries {
			all[e.OID] = e
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.byOID, r.complete = all, complete
	return all[oid], nil
}

// Own derives the OID of something that belongs to a relation, such as an index, from
// its class and name, and remembers whose it is.
func (s *Snapshot) Own(owner *Entry, class, name string) uint32 {
	oid := s.oid(class, owner.Schema+"."+owner.Name+"."+name)
	r := &s.relations
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.owners == nil {
		r.owners = map[uint32]*Entry{}
	}
	r.owners[oid] = owner
	return oid
}

// OwnerOf is the relation whose object Own gave the OID to; nil if it gave it to none.
func (s *Snapshot) OwnerOf(oid uint32) *Entry {
	r := &s.relations
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.owners[oid]
}

// Has says whether a schema lists a relation of that name.
func (s *Snapshot) Has(ctx context.Context, schemaName, name string) (bool, error) {
	sc := s.schemas[schemaName]
	if sc == nil {
		return false, nil
	}
	if sc.fixed[name] != nil {
		return true, nil
	}
	if sc.mount == nil {
		return false, nil
	}
	if _, loaded := sc.listing.peek(); !loaded {
		if _, err := s.Entries(ctx, schemaName); err != nil {
			return false, err
		}
	}
	listing, _ := sc.listing.peek()
	return listing[name] != nil, nil
}
