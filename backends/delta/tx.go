package delta

import (
	"context"
	"slices"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
)

// tx is a transaction: data files that are written, and the one commit that makes
// them part of a table at its end. The log has no commit over several tables, so it
// changes one.
type tx struct {
	b       *Backend
	ended   bool
	pending *pending
	saves   []savepoint
	// uploaded are the keys of data files; those that no commit names are deleted.
	uploaded []string
	// seen are the versions of tables that anybody read first since the transaction
	// began, by path: its statement's reads run outside of it. The backend's lock guards it.
	seen map[string]int64
	// first are the versions that are read under an isolation level above read committed,
	// by path; nil below.
	first map[string]*snapshot
}

type savepoint struct {
	name    string
	pending *pending
}

// pending is what a transaction will change. It is not changed itself: statements
// replace it, so that savepoints keep theirs.
type pending struct {
	place   *place
	base    *snapshot // nil for a table that the transaction makes
	created *definition
	emptied bool            // the files of base go
	removed map[string]bool // files of base that go, by their keys
	adds    []addFile
	dropped bool
	// operation is what the commit calls itself.
	operation string
}

// definition makes a table.
type definition struct {
	protocol protocol
	metadata metadata
}

// Begin implements backends.Transactor.
func (b *Backend) Begin(_ context.Context, options backends.TxOptions) (backends.Tx, error) {
	t := &tx{b: b, seen: map[string]int64{}}
	if options.Isolation == "repeatable read" || options.Isolation == "serializable" {
		t.first = map[string]*snapshot{}
	}
	b.mu.Lock()
	b.open[t] = struct{}{}
	b.mu.Unlock()
	return t, nil
}

// Write implements backends.Writer.
func (b *Backend) Write(ctx context.Context, target backends.WriteTarget, rows array.RecordReader, mode backends.WriteMode) (backends.WriteResult, error) {
	return backends.WriteAlone(ctx, b, target, rows, mode)
}

// saw notes a version that was read while the transaction is open.
func (t *tx) saw(s *snapshot) {
	if _, known := t.seen[s.place.path]; !known {
		t.seen[s.place.path] = s.version
	}
}

// firstSeen is the version of a table that was read first.
func (t *tx) firstSeen(s *snapshot) int64 {
	t.b.mu.Lock()
	defer t.b.mu.Unlock()
	if v, known := t.seen[s.place.path]; known {
		return v
	}
	return s.version
}

func (t *tx) live() error {
	if t.ended {
		return pgerr.New(pgerr.NoActiveSQLTransaction, "the transaction at the source has ended")
	}
	return nil
}

// view is the table as the transaction has changed it, nil if it has not.
func (t *tx) view(ctx context.Context, name backends.TableName) (*snapshot, error) {
	if t.pending == nil {
		return nil, nil
	}
	at, err := t.b.placeOf(ctx, name)
	if err != nil || at.path != t.pending.place.path || at.fixed {
		return nil, err
	}
	if t.pending.dropped {
		return nil, t.b.noTable(at)
	}
	return t.pending.snapshot()
}

// snapshot is the table with the changes.
func (p *pending) snapshot() (*snapshot, error) {
	state, version := newReplay(false), int64(0)
	if p.base != nil {
		state, version = p.base.state.clone(), p.base.version
	}
	if p.created != nil {
		state.protocol, state.metadata = &p.created.protocol, &p.created.metadata
	}
	if p.emptied {
		state.files, state.places, state.gone = nil, map[string]int{}, 0
	}
	for i := range p.baseFiles() {
		if f := &p.base.files[i]; p.removed[fileKey(f.Path, f.Vector)] {
			state.remove(&removeFile{Path: f.Path, Vector: f.Vector})
		}
	}
	for i := range p.adds {
		state.add(&p.adds[i])
	}
	return newSnapshot(p.place, version, state, object{})
}

// Read implements backends.Tx.
func (t *tx) Read(ctx context.Context, f backends.Fragment) (array.RecordReader, error) {
	if err := t.live(); err != nil {
		return nil, err
	}
	if f.Scan == nil {
		return nil, pgerr.Internal("a Delta table was sent a query")
	}
	s, err := t.view(ctx, f.Scan.Table)
	if err != nil {
		return nil, err
	}
	if s == nil && t.first != nil {
		s, err = t.repeated(ctx, f.Scan.Table)
	}
	switch {
	case err != nil:
		return nil, err
	case s == nil:
		return t.b.Read(ctx, f)
	}
	return t.b.readAll(ctx, f, s, false)
}

// repeated is the version of a table that the transaction read first, nil if another
// than the newest is wanted.
func (t *tx) repeated(ctx context.Context, name backends.TableName) (*snapshot, error) {
	at, err := t.b.placeOf(ctx, name)
	if err != nil || !at.asOf.newest() {
		return nil, err
	}
	if known := t.first[at.path]; known != nil {
		return known, nil
	}
	s, err := t.b.newest(ctx, at)
	if err == nil {
		t.first[at.path] = s
	}
	return s, err
}

// Describe implements backends.Describer.
func (t *tx) Describe(ctx context.Context, name backends.TableName) (*backends.Table, error) {
	if err := t.live(); err != nil {
		return nil, err
	}
	s, err := t.view(ctx, name)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return t.b.Describe(ctx, name)
	}
	return s.describe(name), nil
}

// Execute implements backends.Tx.
func (*tx) Execute(context.Context, backends.QueryFragment) (int64, error) {
	return 0, pgerr.Unsupported("a %s source has no SQL of its own", backends.KindDelta)
}

// change gives what is pending for a table, to be changed and put back. Only one
// table can be.
func (t *tx) change(ctx context.Context, name backends.TableName) (*pending, error) {
	at, err := t.b.placeOf(ctx, name)
	if err != nil {
		return nil, err
	}
	if at.fixed {
		return nil, pgerr.Unsupported("Delta table %q can not be changed: it is read as of an older version", name.Name)
	}
	at.asOf = asOf{} // the session's setting is for what it reads
	if t.pending != nil && t.pending.place.path != at.path {
		return nil, pgerr.Unsupported("this transaction has already changed Delta table %q and can not change %q too", t.pending.place.path, at.path).
			WithDetail("Each Delta table has a log of its own, and two can not commit as one.").
			WithHint("Commit first.")
	}
	if t.pending != nil {
		if t.pending.dropped {
			return nil, t.b.noTable(at)
		}
		p := *t.pending
		p.adds = slices.Clip(p.adds)
		return &p, nil
	}
	base, err := t.b.newest(ctx, at)
	if err != nil {
		return nil, err
	}
	return &pending{place: at, base: base}, nil
}

// Write implements backends.Tx.
func (t *tx) Write(ctx context.Context, target backends.WriteTarget, rows array.RecordReader, mode backends.WriteMode) (result backends.WriteResult, err error) {
	if err := t.live(); err != nil {
		return result, err
	}
	if mode.Kind != backends.Append && mode.Kind != backends.Truncate {
		return result, pgerr.Unsupported("write mode %s is not supported on a %s source", mode.Kind, backends.KindDelta)
	}
	p, err := t.change(ctx, target.Table)
	if err != nil {
		return result, err
	}
	s, err := p.snapshot()
	if err != nil {
		return result, err
	}
	if err := s.writable(); err != nil {
		return result, err
	}
	if mode.Kind == backends.Truncate {
		if err := t.truncates(p, s); err != nil {
			return result, err
		}
		for i := range s.files {
			result.Deleted += max(s.rows(i), 0)
		}
		p.emptied, p.adds = true, nil
	}
	adds, n, err := t.writeFiles(ctx, s, target, rows)
	if err != nil {
		return backends.WriteResult{}, err
	}
	p.adds = append(p.adds, adds...)
	p.operation = "WRITE"
	t.pending = p
	result.Inserted = n
	return result, nil
}

// truncates says whether the rows of a table may go. What replaces them was computed
// from what was read, which must be the version that is replaced.
func (t *tx) truncates(p *pending, s *snapshot) error {
	if s.appendOnly() && len(s.files) > 0 {
		return pgerr.New(pgerr.ObjectNotInPrerequisiteState, "Delta table %q only takes new rows", p.place.path).
			WithDetail("It has the property delta.appendOnly.")
	}
	if p.base != nil && t.firstSeen(p.base) != p.base.version {
		return errSerialization(p.place)
	}
	return nil
}

func errSerialization(at *place) error {
	return pgerr.New(pgerr.SerializationFailure, "could not serialize access due to concurrent update").
		WithDetail("Delta table %q was changed by another commit.", at.path).WithHint("Run the transaction again.")
}

// Savepoint implements backends.Tx.
func (t *tx) Savepoint(_ context.Context, name string) error {
	if err := t.live(); err != nil {
		return err
	}
	t.saves = append(t.saves, savepoint{name, t.pending})
	return nil
}

// RollbackTo implements backends.Tx.
func (t *tx) RollbackTo(_ context.Context, name string) error {
	i, err := t.savepoint(name)
	if err == nil {
		t.pending, t.saves = t.saves[i].pending, t.saves[:i+1]
	}
	return err
}

// Release implements backends.Tx.
func (t *tx) Release(_ context.Context, name string) error {
	i, err := t.savepoint(name)
	if err == nil {
		t.saves = t.saves[:i]
	}
	return err
}

// savepoint finds the newest of a name.
func (t *tx) savepoint(name string) (int, error) {
	for i := len(t.saves) - 1; i >= 0; i-- {
		if t.saves[i].name == name {
			return i, nil
		}
	}
	return 0, pgerr.New(pgerr.SavepointException, "savepoint \"%s\" does not exist", name)
}

// Commit implements backends.Tx.
func (t *tx) Commit(ctx context.Context) error {
	if err := t.live(); err != nil {
		return err
	}
	p := t.pending
	var err error
	switch {
	case p == nil:
	case p.dropped:
		err = t.b.dropTable(ctx, p.place)
	default:
		err = t.b.commit(ctx, p)
	}
	if err == nil && p != nil {
		t.uploaded = slices.DeleteFunc(t.uploaded, func(key string) bool {
			return slices.ContainsFunc(p.adds, func(a addFile) bool {
				k, _ := t.b.store.dataKey(p.place.folder, a.Path)
				return k == key
			})
		})
	}
	t.end()
	return err
}

// Rollback implements backends.Tx.
func (t *tx) Rollback(context.Context) error {
	t.end()
	return nil
}

// end deletes the files that are in no commit, as far as that can be done.
func (t *tx) end() {
	if t.ended {
		return
	}
	t.ended, t.pending, t.saves = true, nil, nil
	t.b.mu.Lock()
	delete(t.b.open, t)
	t.b.mu.Unlock()
	if len(t.uploaded) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), cleanupTimeout)
	defer cancel()
	if err := t.b.store.remove(ctx, t.uploaded...); err != nil {
		t.b.env.Logger.WarnContext(ctx, "data files of a transaction that was rolled back are left over", "error", err)
	}
}

const cleanupTimeout = 20 * time.Second
