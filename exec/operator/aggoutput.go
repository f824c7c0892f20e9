package operator

import (
	"context"

	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// finish merges the workers' groups and gives them out.
func (o *aggregateOp) finish(ctx context.Context, sc *scope, workers []*aggWorker) ([]stream, error) {
	first := workers[0]
	for _, w := range workers[1:] {
		for i, g := range w.sets {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if w.spill[i] != nil {
				if err := w.flush(i, g); err != nil {
					return nil, err
				}
				first.adopt(i, w)
				continue
			}
			if err := first.sets[i].merge(g); err != nil {
				return nil, err
			}
			if err := first.reserve(i, first.sets[i]); err != nil {
				return nil, err
			}
		}
		w.close()
	}
	out := &aggStream{op: o, worker: first}
	for i, g := range first.sets {
		if first.spill[i] != nil {
			if err := first.flush(i, g); err != nil {
				return nil, err
			}
		}
	}
	return []stream{out}, nil
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
