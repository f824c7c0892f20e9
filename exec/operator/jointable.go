package operator

import (
	"github.com/sqlgateway/gateway/exec/vector"
)

// joinTable is the build side of a join in memory: its rows, and which of them
// have which key.
type joinTable struct {
	keys  *keyTable
	kept  *rows
	rows  int // of the build side
	nulls bool
	part  bool // of a build side that has rows, even if this has none
	// nullRows are the rows with a NULL in a key, for null-aware joins.
	nullRows []int32

	// How to get from a group to its rows. unique: one each, first[group], or the group
	// itself if first is nil. Else the rows start[group] to start[group+1] of list.
	unique bool
	first  []int32
	start  []int32
	list   []int32
}

func newJoinTable(o *hashJoinOp) *joinTable {
	return &joinTable{keys: newKeyTable(o.classes, o.nullsEqual), kept: newRows(o.buildColumns())}
}

func (t *joinTable) add(cols []*vector.Vector, sel []int32, n int) {
	t.kept.append(cols, sel, n)
	t.rows = t.kept.n
}

func (t *joinTable) size() int64 { return t.kept.size() }

func (t *joinTable) indexSize() int64 {
	return t.keys.size() + 4*int64(cap(t.first)+cap(t.start)+cap(t.list))
}

// index builds the hash table over the rows.
func (t *joinTable) index(o *hashJoinOp) {
	keys := o.keyVectors(t.kept.cols)
	groups := make([]int32, t.rows)
	first := make([]int32, 0, t.rows)
	t.keys.reserve(min(t.rows, 1<<28))
	var (
		batch keyBatch
		fresh []int32
		sel   = make([]int32, 0, vector.Size)
	)
	for from := 0; from < t.rows; from += vector.Size {
		sel = sel[:0]
		for r := from; r < min(from+vector.Size, t.rows); r++ {
			sel = append(sel, int32(r))
		}
		batch.loadKeys(t.keys, keys, sel, t.rows)
		fresh = t.keys.insert(&batch, groups[from:from+len(sel)], fresh)
		for _, j := range fresh {
			first = append(first, int32(from)+j)
		}
	}
	t.arrange(groups, first)
}

// arrange finds each group's rows.
func (t *joinTable) arrange(groups, first []int32) {
	n := t.keys.groups
	inGroup := len(groups)
	for r, g := range groups {
		if g == noGroup {
			inGroup--
			t.nulls = true
			t.nullRows = append(t.nullRows, int32(r))
		}
	}
	if n == inGroup {
		t.unique = true
		if n < len(groups) {
			t.first = first
		}
		return
	}
	t.start = make([]int32, n+1)
	for _, g := range groups {
		if g != noGroup {
			t.start[g+1]++
		}
	}
	for g := range n {
		t.start[g+1] += t.start[g]
	}
	t.list = make([]int32, inGroup)
	at := append([]int32(nil), t.start[:n]...)
	for r, g := range groups {
		if g != noGroup {
			t.list[at[g]] = int32(r)
			at[g]++
		}
	}
}

// rowOf is the row of a group when keys are unique.
func (t *joinTable) rowOf(group int32) int32 {
	if t.first != nil {
		return t.first[group]
	}
	return group
}
