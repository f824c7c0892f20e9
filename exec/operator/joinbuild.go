package operator

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/translate"
)

// joinBuild is the build side of one run of a hash join.
type joinBuild struct {
	op      *hashJoinOp
	account *account
	table   *joinTable
	spilled *joinSpill // set when the build side did not fit

	mu    sync.Mutex
	users atomic.Int64 // probe streams that still need the table
}

// leave is called once by each probe stream; the last one frees the table.
func (jb *joinBuild) leave() {
	if jb.users.Add(-1) == 0 {
		jb.close()
	}
}

func (jb *joinBuild) close() {
	jb.account.close()
	if jb.spilled != nil {
		jb.spilled.close()
	}
}

// build drains the right side.
func (o *hashJoinOp) build(ctx context.Context, sc *scope, want int) (*joinBuild, error) {
	jb := &joinBuild{op: o, account: sc.query.account("a hash join", o.stats), table: newJoinTable(o)}
	streams, err := o.right.open(ctx, sc, want)
	if err != nil {
		return nil, err
	}
	runs := make([]*exprRun, len(streams))
	for i := range runs {
		runs[i] = o.rightKeys.start(sc)
	}
	err = sc.drain(ctx, streams, func(i int, b *vector.Batch) error {
		keys, err := runs[i].eval(ctx, b)
		if err != nil {
			return err
		}
		return jb.add(sc, o.buildVectors(b, keys), b.Sel, b.Rows)
	})
	for _, r := range runs {
		r.close()
	}
	if err != nil {
		jb.close()
		return nil, err
	}
	return jb, nil
}

// add keeps rows of the build side, on disk once they do not fit.
func (jb *joinBuild) add(sc *scope, cols []*vector.Vector, sel []int32, n int) error {
	jb.mu.Lock()
	defer jb.mu.Unlock()
	if jb.spilled != nil {
		return jb.spilled.addBuild(cols, sel, n)
	}
	before := jb.table.size()
	jb.table.add(cols, sel, n)
	if full := jb.account.tryGrow(jb.table.size() - before); full == nil && !jb.table.kept.full() {
		return nil
	}
	if !jb.op.spillable() {
		return jb.account.need(jb.table.size() - before)
	}
	return jb.spill(sc)
}

// index makes the hash table; if that does not fit, the rows go to disk.
func (jb *joinBuild) index(sc *scope) error {
	jb.table.index(jb.op)
	size := jb.table.indexSize()
	if jb.account.grow(size) {
		return nil
	}
	if !jb.op.spillable() {
		return jb.account.need(size)
	}
	return jb.spill(sc)
}

// spillable tells whether the join can be cut into partitions by its keys.
func (o *hashJoinOp) spillable() bool {
	return o.kind != translate.AntiNullAwareJoin && len(o.classes) > 0
}

// spill moves what is in memory to disk.
func (jb *joinBuild) spill(sc *scope) error {
	jb.spilled = newJoinSpill(sc, jb.op, 0)
	err := jb.spilled.addBuild(jb.table.kept.cols, nil, jb.table.kept.n)
	jb.table = nil
	jb.account.close()
	return err
}
