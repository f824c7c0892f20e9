package delta

import (
	"maps"
	"slices"
)

// replay is the state of a table as the actions of its log make it, applied from the
// oldest to the newest.
type replay struct {
	protocol *protocol
	metadata *metadata
	files    []addFile // those that are gone have no path
	places   map[string]int
	gone     int
	txns     map[string]transactionID
	domains  map[string]domain
	// removed are the tombstones, which only checkpoints need; nil when they are not kept.
	removed map[string]removeFile
	// sidecar takes what a V2 checkpoint names; nil otherwise.
	sidecar func(*sidecar)
}

func newReplay(tombstones bool) *replay {
	r := &replay{places: map[string]int{}, txns: map[string]transactionID{}, domains: map[string]domain{}}
	if tombstones {
		r.removed = map[string]removeFile{}
	}
	return r
}

// clone makes a copy that can be applied to while the first is read.
func (r *replay) clone() *replay {
	c := *r
	c.files, c.places = slices.Clone(r.files), maps.Clone(r.places)
	c.txns, c.domains = maps.Clone(r.txns), maps.Clone(r.domains)
	c.removed = maps.Clone(r.removed)
	return &c
}

// apply applies actions. Within one commit the order does not matter: no file is both
// added and removed in the same form.
func (r *replay) apply(actions []action) {
	for i := range actions {
		r.applyOne(&actions[i])
	}
}

func (r *replay) applyOne(a *action) {
	switch {
	case a.Add != nil:
		r.add(a.Add)
	case a.Remove != nil:
		r.remove(a.Remove)
	case a.Metadata != nil:
		r.metadata = a.Metadata
	case a.Protocol != nil:
		r.protocol = a.Protocol
	case a.Txn != nil:
		r.txns[a.Txn.AppID] = *a.Txn
	case a.Sidecar != nil && r.sidecar != nil:
		r.sidecar(a.Sidecar)
	case a.Domain != nil && a.Domain.Removed:
		delete(r.domains, a.Domain.Domain)
	case a.Domain != nil:
		r.domains[a.Domain.Domain] = *a.Domain
	}
}

func (r *replay) add(a *addFile) {
	key := fileKey(a.Path, a.Vector)
	delete(r.removed, key)
	if at, known := r.places[key]; known {
		r.files[at] = *a // the same file with newer statistics
		return
	}
	r.places[key] = len(r.files)
	r.files = append(r.files, *a)
}

func (r *replay) remove(a *removeFile) {
	key := fileKey(a.Path, a.Vector)
	if r.removed != nil {
		r.removed[key] = *a
	}
	at, known := r.places[key]
	if !known {
		return
	}
	delete(r.places, key)
	r.files[at] = addFile{}
	if r.gone++; r.gone > 64 && r.gone > len(r.files)/2 {
		r.compact()
	}
}

// compact drops the places of files that are gone.
func (r *replay) compact() {
	kept := make([]addFile, 0, len(r.files)-r.gone)
	for i := range r.files {
		if r.files[i].Path != "" {
			r.places[fileKey(r.files[i].Path, r.files[i].Vector)] = len(kept)
			kept = append(kept, r.files[i])
		}
	}
	r.files, r.gone = kept, 0
}
