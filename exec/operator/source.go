package operator

import (
	"context"
	"fmt"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/exec/plan"
	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/translate"
)

// smallSource is the estimate below which a source is read by one worker: finding
// out its partitions would cost more.
const smallSource = 20_000

// sourceOp reads a fragment.
type sourceOp struct {
	node  *plan.Source
	cols  []translate.Column
	index []int // of cols in the fragment's output
	args  []*exprs
	stats *Stats
}

func (o *sourceOp) columns() []translate.Column { return o.cols }

func (o *sourceOp) open(ctx context.Context, sc *scope, want int) ([]stream, error) {
	fragment, empty, err := o.fragment(ctx, sc)
	if err != nil {
		return nil, err
	}
	if empty {
		return []stream{emptyStream{}}, nil
	}
	parts := []*backends.Partition{nil}
	if want > 1 && (o.node.Rows < 0 || o.node.Rows >= smallSource) {
		list, err := sc.query.env.Sources.Partitions(ctx, o.node, fragment, want)
		if err != nil {
			return nil, err
		}
		if len(list) > 1 {
			parts = parts[:0]
			for i := range list {
				parts = append(parts, &list[i])
			}
		}
	}
	queue := &partQueue{parts: parts}
	streams := make([]stream, min(max(want, 1), len(parts)))
	for i := range streams {
		s := newSourceStream(o, sc, fragment, queue)
		s.whole = len(parts) == 1
		streams[i] = s
	}
	return streams, nil
}

// fragment is the node's with run-time values and dynamic filters in it. empty
// says that no row can pass.
func (o *sourceOp) fragment(ctx context.Context, sc *scope) (f backends.Fragment, empty bool, err error) {
	f = o.node.Fragment
	if f, empty, err = o.restrict(f, sc.filters); empty || err != nil {
		return f, empty, err
	}
	if len(o.args) == 0 {
		return f, false, nil
	}
	if f.Query != nil {
		q := *f.Query
		q.Args = append([]backends.Arg(nil), q.Args...)
		f.Query = &q
	} else {
		f.Scan = copyScan(f.Scan)
	}
	for i, arg := range o.node.Args {
		value, err := o.args[i].constant(ctx, sc)
		if err != nil {
			return f, false, err
		}
		if f.Query != nil {
			f.Query.Args[arg.Index].Value = value
		} else {
			f.Scan.Predicates[arg.Index].Values[arg.Value] = value
		}
	}
	return f, false, nil
}

func copyScan(s *backends.ScanFragment) *backends.ScanFragment {
	c := *s
	c.Predicates = make([]backends.Predicate, len(s.Predicates))
	for i, p := range s.Predicates {
		p.Values = append([]any(nil), p.Values...)
		c.Predicates[i] = p
	}
	return &c
}

// restrict adds the dynamic filters that joins above have filled.
func (o *sourceOp) restrict(f backends.Fragment, board *filterBoard) (backends.Fragment, bool, error) {
	rendered := false
	for _, filter := range o.node.Filters {
		v, ok := board.get(filter)
		if !ok {
			continue
		}
		if v.none {
			return f, true, nil
		}
		if f.Scan != nil {
			scan := copyScan(f.Scan)
			scan.Predicates = append(scan.Predicates, v.predicates(filter.Attr)...)
			scan.Limit = -1
			f.Scan = scan
			continue
		}
		// A rendered filter makes a whole new text, so only one can be used.
		if filter.Rendered == nil || v.list == nil || rendered {
			continue
		}
		query, err := filter.Rendered.Build(v.list)
		if err != nil {
			return f, false, fmt.Errorf("adding a join's keys to the query for %s: %w", o.node.Server, err)
		}
		f.Query, rendered = &query, true
	}
	return f, false, nil
}

func (v filterValues) predicates(attr int) []backends.Predicate {
	if v.list != nil {
		return []backends.Predicate{{Column: attr, Op: backends.In, Values: v.list}}
	}
	return []backends.Predicate{{Column: attr, Op: backends.Among, Values: []any{v.low, v.high}, Set: v.set}}
}

// partQueue hands out the parts of a source to its streams.
type partQueue struct {
	mu    sync.Mutex
	parts []*backends.Partition
}

func (q *partQueue) take() (*backends.Partition, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.parts) == 0 {
		return nil, false
	}
	p := q.parts[0]
	q.parts = q.parts[1:]
	return p, true
}

type sourceStream struct {
	op       *sourceOp
	sc       *scope
	fragment backends.Fragment
	queue    *partQueue
	reader   array.RecordReader
	record   arrow.RecordBatch // the reader's; valid until its next
	at       int               // rows of record already given
	batch    vector.Batch
	vectors  []*vector.Vector
	// whole says that the source is read in one part; begun that a row came from it.
	whole, begun bool
	fallback     *fallbackStream
}

func newSourceStream(o *sourceOp, sc *scope, f backends.Fragment, queue *partQueue) *sourceStream {
	s := &sourceStream{op: o, sc: sc, fragment: f, queue: queue}
	s.vectors = make([]*vector.Vector, len(o.cols))
	for i, c := range o.cols {
		s.vectors[i] = vector.New(c.Type)
	}
	return s
}

func (s *sourceStream) next(ctx context.Context) (*vector.Batch, error) {
	if s.fallback != nil {
		return s.fallback.next(ctx)
	}
	b, err := s.read(ctx)
	if err == nil || !s.whole || !canFallBack(ctx, s.op.node, err) {
		s.begun = s.begun || b != nil
		return b, err
	}
	if s.begun {
		return nil, exactError(ctx, s.op, s.sc, err)
	}
	if s.fallback, err = newFallback(ctx, s.op, s.sc); err != nil {
		return nil, err
	}
	return s.fallback.next(ctx)
}

// read gives the next rows of the source itself.
func (s *sourceStream) read(ctx context.Context) (*vector.Batch, error) {
	for {
		if s.record != nil && s.at < int(s.record.NumRows()) {
			return s.slice()
		}
		s.record = nil
		if s.reader == nil {
			if ok, err := s.openPart(ctx); !ok || err != nil {
				return nil, err
			}
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if s.reader.Next() {
			s.record, s.at = s.reader.RecordBatch(), 0
			continue
		}
		err := s.reader.Err()
		s.release()
		if err != nil {
			return nil, err
		}
	}
}

func (s *sourceStream) openPart(ctx context.Context) (bool, error) {
	part, ok := s.queue.take()
	if !ok {
		return false, nil
	}
	f := s.fragment
	f.Partition = part
	reader, err := s.sc.query.env.Sources.OpenSource(ctx, s.op.node, f)
	if err != nil {
		return false, err
	}
	s.reader = reader
	return true, nil
}

// slice gives the next rows of the record as vectors over its memory.
func (s *sourceStream) slice() (*vector.Batch, error) {
	n := min(int(s.record.NumRows())-s.at, vector.Size)
	for i, c := range s.op.cols {
		arr := s.record.Column(s.op.index[i])
		if err := vector.FromArrow(s.vectors[i], arr, c.Type, s.at, n); err != nil {
			return nil, fmt.Errorf("reading column %q from %s: %w", c.Name, s.op.node.Server, err)
		}
	}
	s.at += n
	s.batch = vector.Batch{Rows: n, Cols: append(s.batch.Cols[:0], s.vectors...)}
	return &s.batch, nil
}

func (s *sourceStream) release() {
	if s.reader == nil {
		return
	}
	if m, ok := s.reader.(backends.Metered); ok && s.op.stats != nil {
		s.op.stats.addRead(m.Metrics())
	}
	s.reader.Release()
	s.reader, s.record = nil, nil
}

func (s *sourceStream) close() {
	s.release()
	if s.fallback != nil {
		s.fallback.close()
		s.fallback = nil
	}
}

func (s *Stats) addRead(m backends.ReadMetrics) {
	s.SourceRows.Add(m.Rows)
	s.SourceBytes.Add(m.Bytes)
	s.Files.Add(m.Files)
	s.FilesSkip.Add(m.FilesSkipped)
	s.RowGroups.Add(m.RowGroups)
	s.RowGroupsSk.Add(m.RowGroupsSkipped)
	s.BytesSkip.Add(m.BytesSkipped)
	s.Undecoded.Add(m.Undecoded)
}
