package delta

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/translate"
)

// snapshot is a table at one version. It is immutable and may be shared.
type snapshot struct {
	place    *place
	version  int64
	protocol protocol
	metadata metadata
	fields   []field
	columns  []translate.TableColumn // parallel to fields
	// partitioned are the columns that the table is partitioned by, as indexes of fields.
	partitioned []int
	files       []addFile
	stats       []atomic.Pointer[fileStats] // parallel to files, read at first need
	state       *replay
	last        object // the newest commit's file
}

// newSnapshot checks the state and reads the definition.
func newSnapshot(at *place, version int64, state *replay, last object) (*snapshot, error) {
	if state.protocol == nil || state.metadata == nil {
		return nil, pgerr.New(pgerr.FdwError, "the log of Delta table %q has no protocol or no metadata at version %d", at.path, version)
	}
	if err := state.protocol.readable(); err != nil {
		return nil, err
	}
	s := &snapshot{place: at, version: version, protocol: *state.protocol, metadata: *state.metadata, state: state, last: last}
	if p := s.metadata.Format.Provider; p != "" && p != "parquet" {
		return nil, pgerr.Unsupported("Delta tables of %s files are not supported", p)
	}
	if mode := s.mapping(); mode != "none" && mode != "name" && mode != "id" {
		return nil, pgerr.Unsupported("column mapping mode %q is not supported", mode)
	}
	var err error
	if s.fields, err = parseSchema(s.metadata.Schema); err != nil {
		return nil, err
	}
	if s.columns, err = tableColumns(s.fields); err != nil {
		return nil, err
	}
	for _, name := range s.metadata.PartitionColumns {
		i := slices.IndexFunc(s.fields, func(f field) bool { return f.name == name })
		if i < 0 {
			return nil, pgerr.New(pgerr.FdwError, "the Delta table is partitioned by column %q, which it does not have", name)
		}
		s.partitioned = append(s.partitioned, i)
	}
	for i := range state.files {
		if state.files[i].Path != "" {
			s.files = append(s.files, state.files[i])
		}
	}
	s.stats = make([]atomic.Pointer[fileStats], len(s.files))
	return s, nil
}

// partition says whether a column is one that the table is partitioned by.
func (s *snapshot) partition(column int) bool { return slices.Contains(s.partitioned, column) }

// pin is what a statement keeps of a table: the version that it saw first.
type pin struct {
	backend *Backend
	path    string
}

// snapshot gives a table as a name wants it. All scans of a statement see one version.
func (b *Backend) snapshot(ctx context.Context, at *place) (*snapshot, error) {
	if at.asOf.newest() {
		return backends.Pinned(ctx, pin{b, at.path}, func() (*snapshot, error) { return b.newest(ctx, at) })
	}
	files, err := b.store.listLog(ctx, at.folder)
	if err != nil {
		return nil, err
	}
	if files.newest() < 0 {
		return nil, b.noTable(at)
	}
	version := int64(0)
	if at.asOf.version != nil {
		version = *at.asOf.version
	} else if version, err = b.versionAt(ctx, files, *at.asOf.moment); err != nil {
		return nil, err
	}
	return b.versionOf(ctx, at, files, version)
}

func (b *Backend) noTable(at *place) error {
	return pgerr.New(pgerr.UndefinedTable, "relation %q does not exist", at.name.Name).
		WithDetail("There is no Delta log in %s/%s%s.", b.store.Address(), at.folder, logFolder)
}

// versionOf loads a version, or remembers it. A version does not change, unless the
// table is made anew: the commit's file then has another time.
func (b *Backend) versionOf(ctx context.Context, at *place, files *logFiles, version int64) (*snapshot, error) {
	segment, err := files.segment(version)
	if err != nil {
		return nil, err
	}
	key := versionKey(at.path, segment.version, segment.last.ModTime.String())
	if known, ok := b.known.GetIfPresent(key); ok {
		return known.(*snapshot), nil
	}
	s, err := b.load(ctx, at, segment)
	if err == nil {
		b.known.Set(key, s)
	}
	return s, err
}

func versionKey(path string, version int64, stamp string) string {
	return fmt.Sprintf("version|%s|%d|%s", path, version, stamp)
}

// load replays a segment.
func (b *Backend) load(ctx context.Context, at *place, from *segment) (*snapshot, error) {
	state, err := b.replaySegment(ctx, from, false)
	if err != nil {
		return nil, fmt.Errorf("reading the log of Delta table %q: %w", at.path, err)
	}
	return newSnapshot(at, from.version, state, from.last)
}

// replaySegment reads the commits first: what they ask of a reader is checked before
// anything else of the table is read.
func (b *Backend) replaySegment(ctx context.Context, from *segment, tombstones bool) (*replay, error) {
	commits := make([][]action, len(from.commits))
	var asked *protocol
	for i, o := range from.commits {
		data, _, found, err := b.store.get(ctx, o.Key)
		if err == nil && !found {
			err = pgerr.New(pgerr.FdwError, "commit %q is gone", o.Key).WithHint("Run the statement again.")
		}
		if err != nil {
			return nil, err
		}
		if commits[i], err = parseActions(o.Key, data); err != nil {
			return nil, err
		}
		for j := range commits[i] {
			if p := commits[i][j].Protocol; p != nil {
				asked = p
			}
		}
	}
	if asked != nil {
		if err := asked.readable(); err != nil {
			return nil, err
		}
	}
	state := newReplay(tombstones)
	if from.checkpoint != nil {
		if err := b.readCheckpoint(ctx, from.checkpoint, state, asked == nil); err != nil {
			return nil, err
		}
	}
	for _, actions := range commits {
		state.apply(actions)
	}
	return state, nil
}

// newest gives a table's newest version: the one that is known if nothing came after
// it, and otherwise that and the commits since. A commit is looked for by its name,
// so a table that did not change costs two requests however long its log is.
func (b *Backend) newest(ctx context.Context, at *place) (*snapshot, error) {
	b.mu.Lock()
	known := b.recents[at.path]
	b.mu.Unlock()
	var s *snapshot
	var err error
	if known != nil {
		s, err = b.follow(ctx, known)
	}
	if s == nil && err == nil {
		s, err = b.list(ctx, at)
	}
	if err != nil {
		return nil, err
	}
	b.remember(s)
	return s, nil
}

// remember keeps the newest snapshot, and tells open transactions which version was
// seen.
func (b *Backend) remember(s *snapshot) {
	b.known.Set(versionKey(s.place.path, s.version, s.last.ModTime.String()), s)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.recents[s.place.path] = s
	for t := range b.open {
		t.saw(s)
	}
}

// list loads the newest version from a listing.
func (b *Backend) list(ctx context.Context, at *place) (*snapshot, error) {
	files, err := b.store.listLog(ctx, at.folder)
	if err != nil {
		return nil, err
	}
	if files.newest() < 0 {
		b.mu.Lock()
		delete(b.recents, at.path)
		b.mu.Unlock()
		return nil, b.noTable(at)
	}
	return b.versionOf(ctx, at, files, -1)
}

// manyCommits is how far the log may have moved on before it is listed anew.
const manyCommits = 50

// follow brings a snapshot up to date, nil if the log has to be listed.
func (b *Backend) follow(ctx context.Context, s *snapshot) (*snapshot, error) {
	if s.last.Key == "" {
		return nil, nil // the commit is gone, only the checkpoint is left
	}
	now, found, err := b.store.stat(ctx, s.last.Key)
	if err != nil {
		return nil, err
	}
	if !found || now.Size != s.last.Size || !now.ModTime.Equal(s.last.ModTime) {
		return nil, nil // the log was cleaned up, or the table made anew
	}
	var state *replay
	version, last := s.version, s.last
	for range manyCommits {
		key := commitKey(s.place.folder, version+1)
		data, at, found, err := b.store.get(ctx, key)
		if err != nil {
			return nil, err
		}
		if !found {
			if state == nil {
				return s, nil
			}
			return newSnapshot(s.place, version, state, last)
		}
		actions, err := parseActions(key, data)
		if err != nil {
			return nil, err
		}
		if state == nil {
			state = s.state.clone()
		}
		state.apply(actions)
		version++
		last = object{Key: key, Size: int64(len(data)), ModTime: at}
	}
	return nil, nil
}
