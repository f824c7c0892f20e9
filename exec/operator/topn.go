package operator

import (
	"context"

	"github.com/sqlgateway/gateway/exec/vector"
)

// topN keeps the first most rows of one stream in the sort's order: it collects a
// few times as many, sorts, drops the rest, and from then on takes only rows that
// are not behind the last by the first key.
type topN struct {
	op     *sortOp
	most   int
	kept   *rows
	room   int // rows at which to prune
	bound  bool
	limit  uint64 // the last kept row's prefix of the first key
	sorted bool

	entries []sortEntry
	sel     []int32
}

func newTopN(o *sortOp, most int) *topN {
	return &topN{op: o, most: most, kept: newRows(o.keptColumns()), room: 2*most + 4*vector.Size}
}

func (t *topN) add(b *vector.Batch, keys []*vector.Vector) {
	sel := b.Sel
	if t.bound {
		if sel = t.candidates(keys[0], b); len(sel) == 0 {
			return
		}
	}
	t.kept.append(t.op.vectors(b, keys), sel, b.Rows)
	t.sorted = false
	if t.kept.n >= t.room {
		t.prune()
	}
}

// candidates are the rows that may still be among the first, by the first key
// alone. NULLs always may: they are rare, or the key is useless anyway.
func (t *topN) candidates(key *vector.Vector, b *vector.Batch) []int32 {
	var flat vector.Vector
	if key.Const || key.Codes != nil {
		vector.Flatten(&flat, key, b.Rows)
		key = &flat
	}
	if cap(t.entries) < b.Rows {
		t.entries = make([]sortEntry, max(b.Rows, vector.Size))
	}
	entries := t.entries[:0]
	vector.Each(nil, b.Sel, b.Rows, func(row int) {
		entries = append(entries, sortEntry{row: int32(row)})
	})
	sortPrefixes(entries, key, t.op.specs[0].descending)
	t.sel = t.sel[:0]
	for _, e := range entries {
		if e.prefix <= t.limit || key.Null != nil && key.Null[e.row] {
			t.sel = append(t.sel, e.row)
		}
	}
	return t.sel
}

// prune sorts and keeps the first most rows.
func (t *topN) prune() {
	if t.sorted {
		return
	}
	first := len(t.op.cols)
	order := sortRows(t.kept.cols[first:], t.op.specs, t.kept.n)
	order = order[:min(t.most, len(order))]
	next := newRows(t.op.keptColumns())
	next.append(t.kept.cols, order, t.kept.n)
	t.kept, t.sorted = next, true
	t.setBound()
}

// setBound remembers the last row's prefix if the first key's values compare by
// prefix from one batch to the next.
func (t *topN) setBound() {
	key := t.kept.cols[len(t.op.cols)]
	last := t.kept.n - 1
	t.bound = false
	if t.kept.n < t.most || key.IsNull(last) {
		return
	}
	switch key.Form {
	case vector.FormBool, vector.FormInt32, vector.FormInt64, vector.FormFloat64, vector.FormString:
		one := []sortEntry{{row: int32(last)}}
		sortPrefixes(one, key, t.op.specs[0].descending)
		t.limit, t.bound = one[0].prefix, true
	}
}

// openTop keeps the top of each stream and merges them.
func (o *sortOp) openTop(ctx context.Context, sc *scope, streams []stream, most int) ([]stream, error) {
	tops := make([]*topN, len(streams))
	runs := make([]*exprRun, len(streams))
	for i := range streams {
		tops[i], runs[i] = newTopN(o, most), o.keys.start(sc)
	}
	err := sc.drain(ctx, streams, func(i int, b *vector.Batch) error {
		keys, err := runs[i].eval(ctx, b)
		if err != nil {
			return err
		}
		tops[i].add(b, keys)
		return nil
	})
	for _, r := range runs {
		r.close()
	}
	if err != nil {
		return nil, err
	}
	first := tops[0]
	for _, t := range tops[1:] {
		first.kept.append(t.kept.cols, nil, t.kept.n)
		first.sorted = false
	}
	first.prune()
	account := sc.query.account("a sort", o.stats)
	if err := account.need(first.kept.size()); err != nil {
		return nil, err
	}
	in := &sortInput{op: o, sc: sc, account: account}
	visible := &rows{cols: first.kept.cols[:len(o.cols)], n: first.kept.n}
	return []stream{&sortStream{in: in, order: allRows(first.kept.n), reader: rowsReader{rows: visible}}}, nil
}

func allRows(n int) []int32 {
	list := make([]int32, n)
	for i := range list {
		list[i] = int32(i)
	}
	return list
}
