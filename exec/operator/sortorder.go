package operator

import (
	"slices"

	"github.com/sqlgateway/gateway/exec/vector"
)

// sortSpec is the direction of one sort key.
type sortSpec struct{ descending, nullsFirst bool }

// sortEntry is a row with the first eight bytes of the key that is being sorted.
type sortEntry struct {
	prefix uint64
	row    int32
}

// sorter orders rows by key columns. It sorts by one key's prefix at a time, and
// goes on to what the prefix leaves out, and to the next key, only within ties.
type sorter struct {
	keys    []*vector.Vector // plain
	specs   []sortSpec
	scratch []sortEntry
}

// sortRows gives the order of n rows by keys.
func sortRows(keys []*vector.Vector, specs []sortSpec, n int) []int32 {
	entries := make([]sortEntry, n)
	for i := range entries {
		entries[i].row = int32(i)
	}
	s := &sorter{keys: keys, specs: specs}
	s.sort(entries, 0)
	order := make([]int32, n)
	for i, e := range entries {
		order[i] = e.row
	}
	return order
}

// sort orders entries by key k and those after it.
func (s *sorter) sort(entries []sortEntry, k int) {
	if k == len(s.keys) || len(entries) < 2 {
		return
	}
	key, spec := s.keys[k], s.specs[k]
	values, nulls := s.splitNulls(entries, key, spec.nullsFirst)
	s.sort(nulls, k+1)
	whole := sortPrefixes(values, key, spec.descending)
	s.byPrefix(values)
	s.ties(values, func(a, b *sortEntry) bool { return a.prefix == b.prefix }, func(run []sortEntry) {
		if whole {
			s.sort(run, k+1)
		} else {
			s.refine(run, k)
		}
	})
}

// refine orders entries whose prefixes are equal by the whole of key k.
func (s *sorter) refine(run []sortEntry, k int) {
	key, descending := s.keys[k], s.specs[k].descending
	compare := func(a, b sortEntry) int {
		c := vector.CompareValues(key, int(a.row), key, int(b.row))
		if descending {
			return -c
		}
		return c
	}
	slices.SortFunc(run, compare)
	if k+1 < len(s.keys) {
		s.ties(run, func(a, b *sortEntry) bool { return compare(*a, *b) == 0 }, func(run []sortEntry) {
			s.sort(run, k+1)
		})
	}
}

// ties calls f for each run of two or more equal neighbours.
func (s *sorter) ties(entries []sortEntry, equal func(a, b *sortEntry) bool, f func(run []sortEntry)) {
	for from := 0; from < len(entries); {
		to := from + 1
		for to < len(entries) && equal(&entries[from], &entries[to]) {
			to++
		}
		if to-from > 1 {
			f(entries[from:to])
		}
		from = to
	}
}

// splitNulls moves the NULLs of key to their end of entries.
func (s *sorter) splitNulls(entries []sortEntry, key *vector.Vector, first bool) (values, nulls []sortEntry) {
	if key.Null == nil {
		return entries, nil
	}
	at := 0
	for i := range entries {
		if key.Null[entries[i].row] == first {
			entries[i], entries[at] = entries[at], entries[i]
			at++
		}
	}
	if first {
		return entries[at:], entries[:at]
	}
	return entries[:at], entries[at:]
}

// radixRows is the number of rows from which a radix sort of 64-bit prefixes beats
// a comparison sort.
const radixRows = 4096

// byPrefix orders entries by prefix.
func (s *sorter) byPrefix(entries []sortEntry) {
	if len(entries) < radixRows {
		slices.SortFunc(entries, func(a, b sortEntry) int {
			switch {
			case a.prefix < b.prefix:
				return -1
			case a.prefix > b.prefix:
				return 1
			}
			return 0
		})
		return
	}
	if cap(s.scratch) < len(entries) {
		s.scratch = make([]sortEntry, len(entries))
	}
	radixSort(entries, s.scratch[:len(entries)])
}

// radixSort orders by bytes of the prefix from the lowest, leaving out those that
// all rows share.
func radixSort(entries, scratch []sortEntry) {
	var counts [8][256]uint32
	for i := range entries {
		p := entries[i].prefix
		for b := range 8 {
			counts[b][byte(p>>(8*b))]++
		}
	}
	from, to := entries, scratch
	for b := range 8 {
		count := &counts[b]
		if count[byte(entries[0].prefix>>(8*b))] == uint32(len(entries)) {
			continue
		}
		sum := uint32(0)
		for i, c := range count {
			count[i] = sum
			sum += c
		}
		for _, e := range from {
			d := byte(e.prefix >> (8 * b))
			to[count[d]] = e
			count[d]++
		}
		from, to = to, from
	}
	if &from[0] != &entries[0] {
		copy(entries, from)
	}
}
