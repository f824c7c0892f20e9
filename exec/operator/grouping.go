package operator

import (
	"context"
	"unsafe"

	"github.com/sqlgateway/gateway/exec/eval"
	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/translate"
)

// grouping is the groups of one grouping set and the states of their aggregates.
type grouping struct {
	op      *aggregateOp
	sc      *scope
	set     []int // of op.groups
	columns []translate.Column
	table   *keyTable
	keys    *rows // of each group
	groups  int
	states  []*aggState
	counted int64 // bytes that are accounted for

	batch  keyBatch
	vecs   []*vector.Vector
	dense  []int32
	fresh  []int32
	picked []int32
	byRow  []uint32
}

// aggState is one aggregate over a grouping's groups.
type aggState struct {
	agg       eval.Aggregate
	collected *collected // nil unless the call wants DISTINCT or ORDER BY
}

func newGrouping(o *aggregateOp, sc *scope, set []int) (*grouping, error) {
	g := &grouping{op: o, sc: sc, set: set}
	for _, i := range set {
		g.columns = append(g.columns, o.groupC[i])
	}
	return g, g.reset()
}

// reset makes g empty. A grouping without columns has its one group from the start.
func (g *grouping) reset() error {
	classes := make([]keyClass, len(g.columns))
	for i, c := range g.columns {
		classes[i] = keyClassOf(c.Type.OID)
	}
	g.table, g.keys, g.states, g.groups = newGroupTable(classes), newRows(g.columns), nil, 0
	context := g.sc.query.env.Eval.Fork()
	for _, spec := range g.op.aggs {
		agg, err := eval.NewAggregate(spec.call, context)
		if err != nil {
			return err
		}
		s := &aggState{agg: agg}
		if spec.collect {
			s.collected = newCollected(spec)
		}
		g.states = append(g.states, s)
	}
	if len(g.set) == 0 {
		g.groups = 1
		g.resize()
	}
	return nil
}

func (g *grouping) resize() {
	for _, s := range g.states {
		s.agg.Resize(g.groups)
	}
}

// size is the memory held, in bytes.
func (g *grouping) size() int64 {
	size := g.table.size() + g.keys.size()
	for _, s := range g.states {
		size += s.agg.MemorySize()
		if s.collected != nil {
			size += s.collected.size()
		}
	}
	return size
}

// add folds a batch of the input into the groups.
func (g *grouping) add(b *vector.Batch, runs []aggRun) error {
	var byRow []uint32
	if len(g.set) > 0 {
		g.vecs = g.vecs[:0]
		for _, i := range g.set {
			g.vecs = append(g.vecs, b.Cols[g.op.groups[i]])
		}
		byRow = g.find(g.vecs, b.Sel, b.Rows)
	}
	for i, s := range g.states {
		run := &runs[i]
		if run.batch.Count() == 0 {
			continue
		}
		if err := s.update(byRow, run.values, run.batch.Sel, b.Rows); err != nil {
			return err
		}
	}
	return nil
}

// find gives the group of each row that exists, by row, making new ones.
func (g *grouping) find(keys []*vector.Vector, sel []int32, n int) []uint32 {
	g.batch.loadKeys(g.table, keys, sel, n)
	g.dense = resizeInts(g.dense, g.batch.n)
	g.fresh = g.table.insert(&g.batch, g.dense, g.fresh)
	if len(g.fresh) > 0 {
		rows := g.fresh
		if sel != nil {
			g.picked = g.picked[:0]
			for _, j := range g.fresh {
				g.picked = append(g.picked, sel[j])
			}
			rows = g.picked
		}
		g.keys.append(keys, rows, n)
		g.groups = g.table.groups
		g.resize()
	}
	if sel == nil {
		return asUint32(g.dense)
	}
	if cap(g.byRow) < n {
		g.byRow = make([]uint32, max(n, vector.Size))
	}
	byRow := g.byRow[:n]
	for j, r := range sel {
		byRow[r] = uint32(g.dense[j])
	}
	return byRow
}

// asUint32 is the same memory: group numbers are never negative here.
func asUint32(s []int32) []uint32 {
	return unsafe.Slice((*uint32)(unsafe.Pointer(unsafe.SliceData(s))), len(s))
}

func (s *aggState) update(byRow []uint32, values []*vector.Vector, sel []int32, n int) error {
	if s.collected != nil {
		s.collected.add(byRow, values, sel, n)
		return nil
	}
	return s.agg.Update(byRow, values, sel, n)
}

// merge folds other's groups into g.
func (g *grouping) merge(other *grouping) error {
	var mapping []uint32
	if len(g.set) > 0 {
		mapping = make([]uint32, 0, other.groups)
		sel := make([]int32, 0, vector.Size)
		for from := 0; from < other.groups; from += vector.Size {
			sel = sel[:0]
			for r := from; r < min(from+vector.Size, other.groups); r++ {
				sel = append(sel, int32(r))
			}
			byRow := g.find(other.keys.cols, sel, other.groups)
			mapping = append(mapping, byRow[from:from+len(sel)]...)
		}
	}
	for i, s := range g.states {
		if s.collected != nil {
			s.collected.merge(other.states[i].collected, mapping)
			continue
		}
		if err := s.agg.Merge(other.states[i].agg, mapping); err != nil {
			return err
		}
	}
	return nil
}

// complete gives the collected rows to their aggregates.
func (g *grouping) complete(ctx context.Context) error {
	for _, s := range g.states {
		if s.collected == nil {
			continue
		}
		if err := s.collected.feed(ctx, s.agg); err != nil {
			return err
		}
		s.collected = nil
	}
	return nil
}
