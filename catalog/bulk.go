package catalog

import (
	"context"
	"sync"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/translate"
)

// describeWorkers is how many tables are asked for at the same time, and how many may
// be wanted of a schema before all of it is asked for at once: eight take the time of
// one.
const describeWorkers = 8

// list asks the server what the schema holds.
func (sc *schema) list(ctx context.Context, s *Snapshot) (map[string]*Entry, error) {
	tables, err := sc.summaries(ctx)
	sc.server.note(err)
	if err != nil {
		return nil, sc.server.refusal(err)
	}
	listing := make(map[string]*Entry, len(tables))
	for _, t := range tables {
		entry := sc.entryOf(s, t.Name)
		entry.summary.CompareAndSwap(nil, t)
		listing[t.Name.Name] = entry
	}
	return listing, nil
}

func (sc *schema) summaries(ctx context.Context) ([]*backends.Table, error) {
	if sc.inside != nil && sc.inside.ListSchema != nil {
		return sc.inside.ListSchema(ctx, sc.mount.Remote)
	}
	if lister, ok := sc.server.Backend.(backends.SchemaLister); ok {
		return lister.ListSchema(ctx, sc.mount.Remote)
	}
	names, err := sc.server.Backend.Tables(ctx, sc.mount.Remote)
	tables := make([]*backends.Table, len(names))
	for i, name := range names {
		tables[i] = &backends.Table{Name: name, Rows: -1, Bytes: -1}
	}
	return tables, err
}

// refusal is what a statement gets for an error of the server's.
func (s *Server) refusal(err error) error {
	if isAnswer(err) {
		return err
	}
	return s.unreachable(err)
}

// Summary is what the server's listing told of a relation: kind, estimates, comment.
// It is nil for relations that no listing has met; its Kind is zero where the listing
// does not say.
func (e *Entry) Summary() *backends.Table { return e.summary.Load() }

// Kind is the relation's kind as far as it is known without asking: zero if it is not.
func (e *Entry) Kind() translate.RelationKind {
	if e.Virtual != nil {
		return e.Virtual.kind()
	}
	if described, ok := e.table.peek(); ok {
		return described.Table.Kind
	}
	if summary := e.Summary(); summary != nil {
		return summary.Kind
	}
	return 0
}

// DescribeAll describes relations, whole schemas at once where many are wanted and the
// server can. found and failed are parallel to entries.
func (s *Snapshot) DescribeAll(ctx context.Context, entries []*Entry) (found []*Described, failed []error) {
	s.describeSchemas(ctx, entries)
	found, failed = make([]*Described, len(entries)), make([]error, len(entries))
	var workers sync.WaitGroup
	next := make(chan int)
	for range describeWorkers {
		workers.Go(func() {
			for i := range next {
				found[i], failed[i] = s.Describe(ctx, entries[i])
			}
		})
	}
	for i, entry := range entries {
		if known, ok := entry.table.peek(); ok {
			found[i] = known
			continue
		}
		if entry.Virtual != nil {
			found[i], failed[i] = s.Describe(ctx, entry)
			continue
		}
		next <- i
	}
	close(next)
	workers.Wait()
	return found, failed
}

// describeSchemas loads the schemas of which many relations are wanted and unknown. An
// error is not told here: each relation is then asked for, and says it.
func (s *Snapshot) describeSchemas(ctx context.Context, entries []*Entry) {
	wanted := map[string]int{}
	for _, entry := range entries {
		if _, known := entry.table.peek(); !known && entry.Virtual == nil {
			wanted[entry.Schema]++
		}
	}
	var all sync.WaitGroup
	for name, n := range wanted {
		sc := s.schemas[name]
		if n <= describeWorkers || sc.mount == nil {
			continue
		}
		if describe := sc.describer(); describe != nil {
			all.Go(func() {
				_, _ = sc.whole.get(ctx, s.catalog.options.MetadataTimeout, func(ctx context.Context) (struct{}, error) {
					return struct{}{}, sc.describe(ctx, s, describe)
				})
			})
		}
	}
	all.Wait()
}

// schemaDescriber is backends.SchemaDescriber's one method.
type schemaDescriber func(ctx context.Context, schema string, visit func(*backends.Table) error) error

// describer is who describes the whole schema at once; nil if nobody does.
func (sc *schema) describer() schemaDescriber {
	if sc.inside != nil {
		return sc.inside.DescribeSchema
	}
	if describer, ok := sc.server.Backend.(backends.SchemaDescriber); ok {
		return describer.DescribeSchema
	}
	return nil
}

// describe fills the entries of a schema. When the server can not be reached they all
// have that answer: asking for each would only repeat it.
func (sc *schema) describe(ctx context.Context, s *Snapshot, describe schemaDescriber) error {
	err := describe(ctx, sc.mount.Remote, func(source *backends.Table) error {
		entry := sc.entryOf(s, source.Name)
		table, err := entry.tableOf(source)
		if err == nil {
			entry.table.put(&Described{Table: table, Source: source}, nil)
		}
		return ctx.Err()
	})
	sc.server.note(err)
	if err == nil || isAnswer(err) {
		return err
	}
	err = sc.server.unreachable(err)
	sc.mu.Lock()
	defer sc.mu.Unlock()
	for _, entry := range sc.direct {
		entry.table.put(nil, err)
	}
	return err
}
