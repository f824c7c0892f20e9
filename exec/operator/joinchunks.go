package operator

import (
	"context"

	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/translate"
)

// joinChunks reads a build side that did not fit, and that no key cuts into
// partitions, from its store: once for each left batch.
type joinChunks struct {
	store  *rowStore
	nulls  bool // some key of the whole build side is NULL
	reader *storeReader
	rest   *storeReader // for the build rows that come out on their own
}

// probeStore joins each left batch with the whole build side, part by part.
func (o *hashJoinOp) probeStore(ctx context.Context, sc *scope, want int, build *joinBuild) ([]stream, error) {
	streams, err := o.left.open(ctx, sc, want)
	if err != nil {
		return nil, err
	}
	build.users.Store(int64(len(streams)))
	shared := &unmatched{open: len(streams)}
	return wrapEach(streams, func(s stream) (stream, error) {
		return newChunkProbe(o, sc, s, &joinChunks{store: build.store}, shared, build.leave), nil
	})
}

func newChunkProbe(o *hashJoinOp, sc *scope, input stream, c *joinChunks, shared *unmatched, leave func()) *probeStream {
	// Each batch costs a reading of the store, so none should be small.
	input = &packStream{stream: input, columns: o.left.columns()}
	none := newJoinTable(o)
	none.index(o)
	p := newProbeOf(o, sc, input, none, c.store.len(), shared, leave)
	p.chunks, p.met = c, nil
	return p
}

// rewind begins with the build side's first part, if it is not in memory.
func (p *probeStream) rewind(b *vector.Batch, keys []*vector.Vector) error {
	if p.chunks == nil {
		return nil
	}
	p.chunks.reader = &storeReader{store: p.chunks.store}
	p.keyVectors = keys
	_, err := p.nextChunk(b, p.sel)
	return err
}

// advance goes to the next part of the build side; false if there is none that can
// tell anything new.
func (p *probeStream) advance(ctx context.Context) (bool, error) {
	if p.chunks == nil || leftOnly(p.op.kind) && p.allHit() {
		return false, nil
	}
	if err := ctx.Err(); err != nil {
		return false, err
	}
	more, err := p.nextChunk(p.batch, p.sel)
	p.at, p.pair = 0, 0
	return more, err
}

func (p *probeStream) allHit() bool {
	for _, r := range p.sel {
		if !p.hit[r] {
			return false
		}
	}
	return true
}

// nextChunk makes a part of the build side the table, and looks left rows up in it.
func (p *probeStream) nextChunk(left *vector.Batch, sel []int32) (bool, error) {
	base := p.chunks.reader.at
	b, err := p.chunks.reader.next()
	if b == nil || err != nil {
		return false, err
	}
	t := newJoinTable(p.op)
	t.add(b.Cols, b.Sel, b.Rows)
	t.index(p.op)
	t.nulls = t.nulls || p.chunks.nulls
	p.table, p.base = t, base
	p.lookup(p.keyVectors, sel, left.Rows)
	return true, nil
}

// unmatchedChunk are the next build rows that come out on their own.
func (p *probeStream) unmatchedChunk(ctx context.Context) (*vector.Batch, error) {
	for p.chunks.rest != nil {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		base := p.chunks.rest.at
		b, err := p.chunks.rest.next()
		if b == nil || err != nil {
			return nil, err
		}
		p.picked = p.picked[:0]
		for r := range b.Rows {
			if p.shared.matched[base+r] == (p.op.kind == builtSemiJoin) {
				p.picked = append(p.picked, int32(r))
			}
		}
		if len(p.picked) > 0 {
			b.Sel = p.picked
			return p.alone(b), nil
		}
	}
	return nil, nil
}

// nullAwareChunks is nullAware against each part of the build side.
func (p *probeStream) nullAwareChunks(ctx context.Context, b *vector.Batch, keys []*vector.Vector, sel []int32) (*vector.Batch, error) {
	sel = append([]int32(nil), sel...)
	p.chunks.reader, p.keyVectors = &storeReader{store: p.chunks.store}, keys
	for len(sel) > 0 {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		more, err := p.nextChunk(b, sel)
		if err != nil {
			return nil, err
		}
		if !more {
			break
		}
		left := 0
		for j, r := range sel {
			passes, err := p.differs(ctx, b, keys, r, p.groups[j])
			if err != nil {
				return nil, err
			}
			if passes {
				sel[left] = r
				left++
			}
		}
		sel = sel[:left]
	}
	if len(sel) == 0 {
		return nil, nil
	}
	return p.narrow(b, sel), nil
}

// packStream gives rows in batches that are not small.
type packStream struct {
	stream
	columns []translate.Column
	rows    *rows
	done    bool
}

func (s *packStream) next(ctx context.Context) (*vector.Batch, error) {
	if s.done {
		return nil, nil
	}
	s.rows = newRows(s.columns)
	for s.rows.n < vector.Size && s.rows.size() < storeTail {
		b, err := s.stream.next(ctx)
		if err != nil {
			return nil, err
		}
		if b == nil {
			s.done = true
			break
		}
		s.rows.append(b.Cols, b.Sel, b.Rows)
	}
	if s.rows.n == 0 {
		return nil, nil
	}
	return s.rows.batch(), nil
}
