package operator

import (
	"context"

	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// aggSpill is the groups of one set on disk, cut into partitions by their keys:
// each group with its aggregates' states in bytes, and the rows that aggregates
// collected with their group's keys.
type aggSpill struct {
	depth  int
	states [spillParts]*spillFile
	rows   []*[spillParts]*spillFile // by aggregate; nil for those that collect nothing
	split  partition
	more   []*aggSpill // of other workers
}

func newAggSpill(g *grouping, depth int) *aggSpill {
	s := &aggSpill{depth: depth}
	stats := g.op.stats
	cols := append([]translate.Column(nil), g.columns...)
	for _, spec := range g.op.aggs {
		if !spec.collect {
			cols = append(cols, translate.Column{Name: "state", Type: pgtypes.Of(pgtypes.OIDBytea)})
		}
	}
	for i := range s.states {
		s.states[i] = newSpillFile(g.sc, cols, stats)
	}
	for _, spec := range g.op.aggs {
		if !spec.collect {
			s.rows = append(s.rows, nil)
			continue
		}
		files := new([spillParts]*spillFile)
		for i := range files {
			files[i] = newSpillFile(g.sc, append(append([]translate.Column(nil), g.columns...), spec.collectColumns()[1:]...), stats)
		}
		s.rows = append(s.rows, files)
	}
	return s
}

func (s *aggSpill) close() {
	for i := range s.states {
		s.states[i].close()
		for _, files := range s.rows {
			if files != nil {
				files[i].close()
			}
		}
	}
	for _, m := range s.more {
		m.close()
	}
}

// flush moves a set's groups to disk.
func (w *aggWorker) flush(i int, g *grouping) error {
	if w.spill[i] == nil {
		w.spill[i] = newAggSpill(g, 0)
	}
	if err := w.spill[i].add(g); err != nil {
		return err
	}
	w.account.grow(-g.counted)
	g.counted = 0
	return g.reset()
}

// add writes all groups of g.
func (s *aggSpill) add(g *grouping) error {
	reader := rowsReader{rows: g.keys}
	for {
		from := reader.at
		b := reader.next(nil, g.groups)
		if b == nil {
			break
		}
		cols, err := g.stateColumns(b, from)
		if err != nil {
			return err
		}
		if err := addParts(&s.states, s.split.split(b.Cols, nil, b.Rows, s.depth), cols, b.Rows); err != nil {
			return err
		}
	}
	for i, state := range g.states {
		if state.collected == nil {
			continue
		}
		if err := s.addRows(s.rows[i], g, state.collected); err != nil {
			return err
		}
	}
	return nil
}

// stateColumns are the keys of some groups and their states as bytes.
func (g *grouping) stateColumns(b *vector.Batch, from int) ([]*vector.Vector, error) {
	cols := append([]*vector.Vector(nil), b.Cols...)
	for _, state := range g.states {
		if state.collected != nil {
			continue
		}
		v := vector.New(pgtypes.Of(pgtypes.OIDBytea))
		v.Alloc(vector.FormString, b.Rows)
		for r := range b.Rows {
			off := len(v.Heap)
			heap, err := state.agg.AppendState(v.Heap, from+r)
			if err != nil {
				return nil, err
			}
			v.Heap = heap
			v.Str[r] = vector.View{Off: uint32(off), Len: uint32(len(heap) - off)}
		}
		cols = append(cols, v)
	}
	return cols, nil
}

// addRows writes collected rows, each with the keys of its group.
func (s *aggSpill) addRows(files *[spillParts]*spillFile, g *grouping, c *collected) error {
	reader := rowsReader{rows: c.rows}
	keys := newVectors(len(g.columns))
	for {
		b := reader.next(nil, c.rows.n)
		if b == nil {
			return nil
		}
		for i, k := range keys {
			vector.Gather(k, g.keys.cols[i], b.Cols[0].I32)
		}
		cols := append(append([]*vector.Vector(nil), keys...), b.Cols[1:]...)
		if err := addParts(files, s.split.split(keys, nil, b.Rows, s.depth), cols, b.Rows); err != nil {
			return err
		}
	}
}

// aggParts loads the partitions of an aggSpill one after the other.
type aggParts struct {
	worker *aggWorker
	like   *grouping // of the same set
	spill  *aggSpill
	at     int
	group  *grouping // the partition given out last
	deeper *aggParts // a partition that did not fit, cut further
}

func newAggParts(w *aggWorker, like *grouping, s *aggSpill) *aggParts {
	return &aggParts{worker: w, like: like, spill: s}
}

// next gives the next partition's groups, nil at the end.
func (p *aggParts) next(ctx context.Context) (*grouping, error) {
	p.release()
	for {
		if p.deeper != nil {
			g, err := p.deeper.next(ctx)
			if g != nil || err != nil {
				return g, err
			}
			p.deeper = nil
		}
		if p.at == spillParts {
			return nil, nil
		}
		g, err := p.load(ctx, p.at)
		if err != nil {
			return nil, err
		}
		p.at++
		if g != nil && g.groups > 0 {
			p.group = g
			return g, g.complete(ctx)
		}
	}
}

func (p *aggParts) release() {
	if p.group != nil {
		p.worker.account.grow(-p.group.counted)
		p.group = nil
	}
}

// load reads partition i. If it does not fit, it is cut into deeper and nil comes
// back.
func (p *aggParts) load(ctx context.Context, i int) (*grouping, error) {
	l := &aggLoader{worker: p.worker, depth: p.spill.depth + 1}
	g, err := newGrouping(p.like.op, p.like.sc, p.like.set)
	if err != nil {
		return nil, err
	}
	l.group = g
	for _, s := range append([]*aggSpill{p.spill}, p.spill.more...) {
		if err := l.read(ctx, s, i); err != nil {
			l.abandon()
			return nil, err
		}
	}
	if l.spill == nil {
		return g, nil
	}
	if err := l.flush(); err != nil {
		l.abandon()
		return nil, err
	}
	p.spill.more = append(p.spill.more, l.spill) // closed with it
	p.deeper = newAggParts(p.worker, p.like, l.spill)
	return nil, nil
}

// aggLoader reads a partition back into groups.
type aggLoader struct {
	worker *aggWorker
	group  *grouping
	depth  int
	spill  *aggSpill // once the partition turned out too large
}

func (l *aggLoader) abandon() {
	l.worker.account.grow(-l.group.counted)
	if l.spill != nil {
		l.spill.close()
	}
}

func (l *aggLoader) read(ctx context.Context, s *aggSpill, i int) error {
	g := l.group
	width := len(g.columns)
	if s.depth >= l.depth {
		return nil // a deeper one that is kept here only to be closed
	}
	err := eachSpilled(ctx, s.states[i], func(b *vector.Batch) error {
		byRow := g.find(b.Cols[:width], b.Sel, b.Rows)
		if err := g.mergeStates(byRow, b.Cols[width:], b.Rows); err != nil {
			return err
		}
		return l.reserve()
	})
	if err != nil {
		return err
	}
	for k, files := range s.rows {
		if files == nil {
			continue
		}
		err := eachSpilled(ctx, files[i], func(b *vector.Batch) error {
			byRow := g.find(b.Cols[:width], b.Sel, b.Rows)
			g.states[k].collected.add(byRow, b.Cols[width:], b.Sel, b.Rows)
			return l.reserve()
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (g *grouping) mergeStates(byRow []uint32, states []*vector.Vector, n int) error {
	at := 0
	for _, state := range g.states {
		if state.collected != nil {
			continue
		}
		for r := range n {
			if _, err := state.agg.MergeState(int(byRow[r]), states[at].Bytes(r)); err != nil {
				return err
			}
		}
		at++
	}
	return nil
}

func (l *aggLoader) reserve() error {
	size := l.group.size()
	if l.worker.account.grow(size - l.group.counted) {
		l.group.counted = size
		return nil
	}
	if l.depth >= maxSpillDepth {
		return l.worker.account.need(size - l.group.counted)
	}
	return l.flush()
}

// flush moves what was loaded to a deeper spill.
func (l *aggLoader) flush() error {
	if l.spill == nil {
		l.spill = newAggSpill(l.group, l.depth)
	}
	if err := l.spill.add(l.group); err != nil {
		return err
	}
	l.worker.account.grow(-l.group.counted)
	l.group.counted = 0
	return l.group.reset()
}
