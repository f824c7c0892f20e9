package operator

import (
	"github.com/sqlgateway/gateway/exec/vector"
)

// keyBatch holds the keys of one batch in a table's layout, densely: entry j is
// the batch's j-th selected row. It is scratch memory of one goroutine.
type keyBatch struct {
	n     int
	word0 []uint64
	word1 []uint64
	// null marks rows that are NULL out of band: a single column's NULL, or a NULL in
	// a column whose NULLs match nothing. misfits are those that are NULL only because
	// their value can not be in a table of this layout.
	null    []bool
	hasNull bool
	misfits []bool

	heap     []byte // of byte keys
	ownsHeap bool   // heap is this batch's, not a column's
	offs     []uint32
	ends     []uint32
	rows     []int32 // 0..n when there is no selection
	hash     []uint64
	refs     []byteRef // of the candidates
}

func (k *keyBatch) key(j int) []byte { return k.heap[k.offs[j]:k.ends[j]] }

func (k *keyBatch) misfit(j int) bool { return k.misfits != nil && k.misfits[j] }

// resize makes the scratch fit n rows.
func (k *keyBatch) resize(n int) {
	k.n, k.hasNull, k.misfits = n, false, nil
	if cap(k.word0) < n {
		size := max(n, vector.Size)
		k.word0, k.word1 = make([]uint64, size), make([]uint64, size)
		k.null = make([]bool, size)
		k.offs, k.ends = make([]uint32, size), make([]uint32, size)
	}
	k.word0, k.word1, k.null = k.word0[:n], k.word1[:n], k.null[:n]
	k.offs, k.ends = k.offs[:n], k.ends[:n]
}

// selected gives the selection, or 0..n.
func (k *keyBatch) selected(sel []int32, n int) []int32 {
	if sel != nil {
		return sel
	}
	for i := len(k.rows); i < n; i++ {
		k.rows = append(k.rows, int32(i))
	}
	return k.rows[:n]
}

// load packs the key columns for t's layout. With fits false some value does not
// fit it: insert must relayout the table first, lookup marked the row as one that
// matches nothing.
func (k *keyBatch) load(t *keyTable, cols []*vector.Vector, sel []int32, rows int) (fits bool) {
	sel = k.selected(sel, rows)
	k.resize(len(sel))
	l := &t.layout
	if l.words == 0 {
		k.loadBytes(l, t.nullsEqual, cols, sel)
		return true
	}
	clear(k.word0)
	if l.words == 2 {
		clear(k.word1)
	}
	fits = true
	for i, col := range cols {
		words := k.word0
		if l.word[i] == 1 {
			words = k.word1
		}
		if !packColumn(words, l.classes[i], l.shift[i], col, sel) {
			fits = false
			k.markLong(col, sel)
		}
		if col.Null != nil && !k.packNulls(l, i, t.nullsEqual[i], words, col, sel) {
			fits = false
		}
	}
	return fits
}

// packNulls puts column i's NULLs where the layout wants them; false if it has no
// place for them.
func (k *keyBatch) packNulls(l *keyLayout, i int, equal bool, words []uint64, col *vector.Vector, sel []int32) bool {
	fits := true
	for j, r := range sel {
		if !col.IsNull(int(r)) {
			continue
		}
		switch {
		case l.single || !equal:
			k.markNull(j)
		case l.nulls:
			width := l.classes[i].bits()
			words[j] &^= (1<<width - 1) << l.shift[i]
			words[j] |= 1 << (l.shift[i] + width)
		default:
			fits = false
			k.markNull(j)
		}
	}
	return fits
}

func (k *keyBatch) markNull(j int) {
	if !k.hasNull {
		clear(k.null)
		k.hasNull = true
	}
	k.null[j] = true
}

// markLong makes texts that are too long for the layout match nothing.
func (k *keyBatch) markLong(col *vector.Vector, sel []int32) {
	if k.misfits == nil {
		k.misfits = make([]bool, len(sel))
	}
	for j, r := range sel {
		if !col.IsNull(int(r)) && len(col.Bytes(int(r))) > shortText {
			k.misfits[j] = true
			k.markNull(j)
		}
	}
}

// loadKeys packs for insertion, changing t's layout until the keys fit.
func (k *keyBatch) loadKeys(t *keyTable, cols []*vector.Vector, sel []int32, rows int) {
	for !k.load(t, cols, sel, rows) {
		t.relayout(k.needsNulls(t, cols))
	}
}

// needsNulls tells whether a NULL is what did not fit.
func (k *keyBatch) needsNulls(t *keyTable, cols []*vector.Vector) bool {
	if k.misfits != nil || t.layout.nulls {
		return false
	}
	for i, col := range cols {
		if col.Null != nil && t.nullsEqual[i] {
			return true
		}
	}
	return false
}
