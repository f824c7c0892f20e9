package operator

import (
	"context"

	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// finish merges the workers' groups and gives them out.
func (o *aggregateOp) finish(ctx context.Context, sc *scope, workers []*aggWorker) ([]stream, error) {
	first := workers[0]
	for i := range first.sets {
		if err := first.collect(ctx, sc, i, workers[1:]); err != nil {
			return nil, err
		}
	}
	for _, w := range workers[1:] {
		w.close()
	}
	return []stream{&aggStream{op: o, worker: first}}, nil
}

// collect brings the other workers' groups of a set into w's: on disk if any of
// them is there, in partitions if any has them.
func (w *aggWorker) collect(ctx context.Context, sc *scope, i int, others []*aggWorker) error {
	spilled, parted := w.spill[i] != nil, w.parted[i] != nil
	for _, o := range others {
		spilled = spilled || o.spill[i] != nil
		parted = parted || o.parted[i] != nil
	}
	all := append([]*aggWorker{w}, others...)
	switch {
	case spilled:
		for _, o := range all {
			if err := o.flushAll(i); err != nil {
				return err
			}
			if o != w {
				w.adopt(i, o)
			}
		}
		return nil
	case parted:
		return w.mergeParted(ctx, sc, i, all)
	}
	for k, o := range others {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := w.sets[i].merge(o.sets[i]); err != nil {
			return err
		}
		if err := w.reserve(i, w.sets[i]); err != nil {
			return err
		}
		if w.spill[i] != nil {
			return w.collect(ctx, sc, i, others[k+1:])
		}
	}
	return nil
}

// flushAll moves all of a set to disk.
func (w *aggWorker) flushAll(i int) error {
	if p := w.parted[i]; p != nil {
		return w.flushParted(i, p)
	}
	return w.flush(i, w.sets[i])
}

// mergeParted merges partition by partition.
func (w *aggWorker) mergeParted(ctx context.Context, sc *scope, i int, all []*aggWorker) error {
	err := sc.parallel(ctx, len(all), func(ctx context.Context, k int) error {
		if err := all[k].partition(i); err != nil {
			return err
		}
		return all[k].parted[i].settle(ctx)
	})
	if err != nil {
		return err
	}
	for _, o := range all[1:] {
		if err := w.parted[i].merge(ctx, sc, o.parted[i]); err != nil {
			return err
		}
	}
	return w.measure(i, w.parted[i])
}

// adopt takes over the other worker's spilled groups of a set.
func (w *aggWorker) adopt(i int, other *aggWorker) {
	if w.spill[i] == nil {
		w.spill[i] = other.spill[i]
	} else {
		w.spill[i].more = append(w.spill[i].more, other.spill[i])
	}
	other.spill[i] = nil
}

// aggStream gives the groups of one set after the other, spilled ones part by
// part.
type aggStream struct {
	op     *aggregateOp
	worker *aggWorker
	set    int
	group  *grouping
	at     int
	parts  *aggParts
	queue  []*aggPart // of a partitioned set
	out    vector.Batch
	cols   []*vector.Vector
	index  []int32
}

func (s *aggStream) next(ctx context.Context) (*vector.Batch, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if s.group != nil {
			if b, err := s.emit(); b != nil || err != nil {
				return b, err
			}
			s.group = nil
		}
		if len(s.queue) > 0 {
			s.begin(s.queue[0].group)
			s.queue = s.queue[1:]
			continue
		}
		if s.parts != nil {
			g, err := s.parts.next(ctx)
			if err != nil {
				return nil, err
			}
			if g == nil {
				s.parts = nil
				continue
			}
			s.begin(g)
			continue
		}
		if s.set == len(s.worker.sets) {
			return nil, nil
		}
		if err := s.nextSet(ctx); err != nil {
			return nil, err
		}
	}
}

func (s *aggStream) nextSet(ctx context.Context) error {
	i := s.set
	s.set++
	if spill := s.worker.spill[i]; spill != nil {
		s.parts = newAggParts(s.worker, s.worker.sets[i], spill)
		return nil
	}
	if p := s.worker.parted[i]; p != nil {
		s.queue = p.parts[:]
		return nil
	}
	g := s.worker.sets[i]
	if err := g.complete(ctx); err != nil {
		return err
	}
	s.begin(g)
	return nil
}

func (s *aggStream) begin(g *grouping) { s.group, s.at = g, 0 }

// emit gives the next groups.
func (s *aggStream) emit() (*vector.Batch, error) {
	g := s.group
	n := min(g.groups-s.at, vector.Size)
	if n <= 0 {
		return nil, nil
	}
	if s.cols == nil {
		s.cols = newVectors(len(s.op.cols))
	}
	s.index = s.index[:0]
	for i := range n {
		s.index = append(s.index, int32(s.at+i))
	}
	s.out = vector.Batch{Rows: n, Cols: s.out.Cols[:0]}
	for i, from := range s.op.out {
		dst := s.cols[i]
		if err := s.column(dst, i, from, n); err != nil {
			return nil, err
		}
		s.out.Cols = append(s.out.Cols, dst)
	}
	s.at += n
	return &s.out, nil
}

func (s *aggStream) column(dst *vector.Vector, i int, from aggOut, n int) error {
	g := s.group
	switch {
	case from.agg >= 0:
		if err := g.states[from.agg].agg.Final(dst, s.at, n); err != nil {
			return err
		}
		dst.Type = s.op.cols[i].Type
	case from.group >= 0:
		for k, member := range g.set {
			if member == from.group {
				vector.Gather(dst, g.keys.cols[k], s.index)
				return nil
			}
		}
		*dst = *vector.NewConst(s.op.cols[i].Type, nil)
	default:
		*dst = *vector.NewConst(s.op.cols[i].Type, integerDatum(s.groupingID(), pgtypes.Of(s.op.cols[i].Type.OID)))
	}
	return nil
}

// groupingID has a bit for each group column that is not in the set, the last
// column's the lowest.
func (s *aggStream) groupingID() int64 {
	var id int64
	for i := range s.op.groups {
		id <<= 1
		in := false
		for _, member := range s.group.set {
			in = in || member == i
		}
		if !in {
			id |= 1
		}
	}
	return id
}

func (s *aggStream) close() { s.worker.close() }
