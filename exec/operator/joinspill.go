package operator

import (
	"context"
	"sync/atomic"

	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/translate"
)

const (
	// spillBits is how many bits of the keys' hash one round of partitioning uses: 32
	// partitions, so that a build side of 32 times the memory needs one round.
	spillBits  = 5
	spillParts = 1 << spillBits
	// maxSpillDepth stops cutting what can not be cut: one key with too many rows.
	maxSpillDepth = 6
)

// joinSpill is a hash join cut into partitions by its keys, on disk.
type joinSpill struct {
	op    *hashJoinOp
	sc    *scope
	depth int
	build [spillParts]*spillFile
	probe [spillParts]*spillFile
	parts partition
	nulls bool // some key of the build side is NULL, which NOT IN asks
}

func newJoinSpill(sc *scope, o *hashJoinOp, depth int) *joinSpill {
	s := &joinSpill{op: o, sc: sc, depth: depth}
	for i := range s.build {
		s.build[i] = newSpillFile(sc, o.buildColumns(), o.stats)
		s.probe[i] = newSpillFile(sc, o.left.columns(), o.stats)
	}
	return s
}

// partition sorts rows by bits of their keys' hash.
type partition struct {
	hashes []uint64
	lists  [spillParts][]int32
}

// split lists the rows of each partition. Rows with a NULL key hash alike.
func (p *partition) split(keys []*vector.Vector, sel []int32, n, depth int) *[spillParts][]int32 {
	if cap(p.hashes) < n {
		p.hashes = make([]uint64, n)
	}
	hashes := p.hashes[:n]
	for i, k := range keys {
		if i == 0 {
			vector.Hash(k, sel, n, hashes)
		} else {
			vector.HashCombine(k, sel, n, hashes)
		}
	}
	for i := range p.lists {
		p.lists[i] = p.lists[i][:0]
	}
	shift := 64 - spillBits*(depth+1)
	vector.Each(nil, sel, n, func(row int) {
		i := hashes[row] >> shift & (spillParts - 1)
		p.lists[i] = append(p.lists[i], int32(row))
	})
	return &p.lists
}

func (s *joinSpill) addBuild(cols []*vector.Vector, sel []int32, n int) error {
	keys := s.op.keyVectors(cols)
	if s.op.kind == translate.AntiNullAwareJoin && !s.nulls {
		s.nulls = anyNull(keys[0], sel, n)
	}
	return addParts(&s.build, s.parts.split(keys, sel, n, s.depth), cols, n)
}

func anyNull(v *vector.Vector, sel []int32, n int) bool {
	if v.Null == nil && !v.Const {
		return false
	}
	for _, r := range sel {
		if v.IsNull(int(r)) {
			return true
		}
	}
	for r := 0; sel == nil && r < n; r++ {
		if v.IsNull(r) {
			return true
		}
	}
	return false
}

func (s *joinSpill) addProbe(b *vector.Batch, keys []*vector.Vector) error {
	return addParts(&s.probe, s.parts.split(keys, b.Sel, b.Rows, s.depth), b.Cols, b.Rows)
}

func addParts(files *[spillParts]*spillFile, lists *[spillParts][]int32, cols []*vector.Vector, n int) error {
	for i, list := range lists {
		if len(list) == 0 {
			continue
		}
		if err := files[i].add(cols, list, n); err != nil {
			return err
		}
	}
	return nil
}

func (s *joinSpill) close() {
	for i := range s.build {
		s.build[i].close()
		s.probe[i].close()
	}
}

// probeSpilled partitions the left side as well, and joins part by part.
func (o *hashJoinOp) probeSpilled(ctx context.Context, sc *scope, want int, build *joinBuild) ([]stream, error) {
	streams, err := o.left.open(ctx, sc, want)
	if err != nil {
		return nil, err
	}
	runs := make([]*exprRun, len(streams))
	for i := range runs {
		runs[i] = o.leftKeys.start(sc)
	}
	spill := build.spilled
	err = sc.drain(ctx, streams, func(i int, b *vector.Batch) error {
		keys, err := runs[i].eval(ctx, b)
		if err != nil {
			return err
		}
		build.mu.Lock()
		defer build.mu.Unlock()
		return spill.addProbe(b, keys)
	})
	for _, r := range runs {
		r.close()
	}
	if err != nil {
		return nil, err
	}
	out := make([]stream, max(1, min(want, spillParts)))
	build.users.Store(int64(len(out)))
	next := new(atomic.Int64)
	for i := range out {
		out[i] = &partsStream{spill: spill, counter: next, leave: build.leave}
	}
	return out, nil
}

// partsStream joins partitions of a joinSpill, taking the next from a counter that
// it shares with its like.
type partsStream struct {
	spill   *joinSpill
	counter *atomic.Int64
	inner   stream
	leave   func()
}

func (p *partsStream) next(ctx context.Context) (*vector.Batch, error) {
	for {
		if p.inner == nil {
			i := int(p.counter.Add(1)) - 1
			if i >= spillParts {
				return nil, nil
			}
			inner, err := p.spill.open(ctx, i)
			if err != nil {
				return nil, err
			}
			p.inner = inner
		}
		b, err := p.inner.next(ctx)
		if b != nil || err != nil {
			return b, err
		}
		p.inner.close()
		p.inner = nil
	}
}

func (p *partsStream) close() {
	if p.inner != nil {
		p.inner.close()
		p.inner = nil
	}
	if p.leave != nil {
		p.leave()
		p.leave = nil
	}
}

// open loads a partition's build side and probes it with the partition's left rows.
func (s *joinSpill) open(ctx context.Context, i int) (stream, error) {
	account := s.sc.query.account("a hash join", s.op.stats)
	table, err := s.load(ctx, s.build[i], account)
	if err != nil {
		account.close()
		return nil, err
	}
	if table == nil {
		return s.deeper(ctx, i)
	}
	reader, err := s.probe[i].reader()
	if err != nil {
		account.close()
		return nil, err
	}
	input := &fileStream{file: s.probe[i], reader: reader}
	return newProbe(s.op, s.sc, input, table, &unmatched{open: 1}, account.close), nil
}

// load makes the table of a partition; nil if it does not fit.
func (s *joinSpill) load(ctx context.Context, f *spillFile, account *account) (*joinTable, error) {
	reader, err := f.reader()
	if err != nil {
		return nil, err
	}
	table := newJoinTable(s.op)
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		b, err := reader.next()
		if err != nil {
			return nil, err
		}
		if b == nil {
			break
		}
		before := table.size()
		table.add(b.Cols, b.Sel, b.Rows)
		if !account.grow(table.size()-before) || table.kept.full() {
			account.close()
			return nil, nil
		}
	}
	table.index(s.op)
	table.part, table.nulls = true, table.nulls || s.nulls
	if !account.grow(table.indexSize()) {
		account.close()
		return nil, nil
	}
	return table, nil
}

// deeper cuts a partition that does not fit by further bits of the hash.
func (s *joinSpill) deeper(ctx context.Context, i int) (stream, error) {
	// A file of a few rows is read again sooner than it is cut.
	if s.depth+1 >= maxSpillDepth || s.build[i].bytes < storeTail {
		return s.chunks(ctx, i)
	}
	sub := newJoinSpill(s.sc, s.op, s.depth+1)
	sub.nulls = s.nulls
	err := s.resplit(ctx, sub, i)
	if err != nil {
		sub.close()
		return nil, err
	}
	return &partsStream{spill: sub, counter: new(atomic.Int64), leave: sub.close}, nil
}

// chunks joins a partition that can not be cut, as one key has too many rows: each left
// batch with all its build side, part by part.
func (s *joinSpill) chunks(ctx context.Context, i int) (stream, error) {
	account := s.sc.query.account("a hash join", s.op.stats)
	store := newRowStore(s.sc, s.op.buildColumns(), s.op.stats, account)
	leave := func() {
		store.close()
		account.close()
	}
	err := eachSpilled(ctx, s.build[i], func(b *vector.Batch) error { return store.add(b.Cols, b.Sel, b.Rows) })
	if err != nil {
		leave()
		return nil, err
	}
	s.build[i].close()
	reader, err := s.probe[i].reader()
	if err != nil {
		leave()
		return nil, err
	}
	input := &fileStream{file: s.probe[i], reader: reader}
	return newChunkProbe(s.op, s.sc, input, &joinChunks{store: store, nulls: s.nulls}, &unmatched{open: 1}, leave), nil
}

func (s *joinSpill) resplit(ctx context.Context, sub *joinSpill, i int) error {
	err := eachSpilled(ctx, s.build[i], func(b *vector.Batch) error {
		return sub.addBuild(b.Cols, b.Sel, b.Rows)
	})
	if err != nil {
		return err
	}
	s.build[i].close()
	keys := s.op.leftKeys.start(s.sc)
	defer keys.close()
	err = eachSpilled(ctx, s.probe[i], func(b *vector.Batch) error {
		vectors, err := keys.eval(ctx, b)
		if err != nil {
			return err
		}
		return sub.addProbe(b, vectors)
	})
	s.probe[i].close()
	return err
}

// eachSpilled reads a file to its end.
func eachSpilled(ctx context.Context, f *spillFile, use func(b *vector.Batch) error) error {
	reader, err := f.reader()
	if err != nil {
		return err
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		b, err := reader.next()
		if b == nil || err != nil {
			return err
		}
		if err := use(b); err != nil {
			return err
		}
	}
}

// fileStream streams a spilled file and then removes it.
type fileStream struct {
	file   *spillFile
	reader *spillReader
}

func (s *fileStream) next(context.Context) (*vector.Batch, error) { return s.reader.next() }
func (s *fileStream) close()                                      { s.file.close() }
