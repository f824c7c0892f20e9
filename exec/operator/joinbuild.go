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
	// One of these is set when the build side did not fit: partitions by its keys, or
	// what has none to part it by in a file to be read again for each left batch.
	spilled *joinSpill
	store   *rowStore

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
	if jb.store != nil {
		jb.store.close()
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
	if jb.store != nil {
		return jb.store.add(cols, sel, n)
	}
	before := jb.table.size()
	jb.table.add(cols, sel, n)
	if full := jb.account.tryGrow(jb.table.size() - before); full == nil && !jb.table.kept.full() {
		return nil
	}
	return jb.spill(sc)
}

// index makes the hash table; if that does not fit, the rows go to disk.
func (jb *joinBuild) index(sc *scope) error {
	jb.table.index(jb.op)
	if jb.account.grow(jb.table.indexSize()) {
		return nil
	}
	return jb.spill(sc)
}

// partable tells whether the join can be cut into partitions by its keys. One that
// answers NOT IN has rows that concern every partition: those with a NULL, and all
// where a condition decides which are compared.
func (o *hashJoinOp) partable() bool {
	if o.kind == translate.AntiNullAwareJoin && (len(o.classes) > 1 || o.residual != nil) {
		return false
	}
	return len(o.classes) > 0
}

// spill moves what is in memory to disk.
func (jb *joinBuild) spill(sc *scope) error {
	kept := jb.table.kept
	jb.table = nil
	jb.account.close()
	if !jb.op.partable() {
		jb.store = newRowStore(sc, jb.op.buildColumns(), jb.op.stats, jb.account)
		return jb.store.fill(kept)
	}
	jb.spilled = newJoinSpill(sc, jb.op, 0)
	return jb.spilled.addBuild(kept.cols, nil, kept.n)
}
