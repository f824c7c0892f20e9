package operator

import (
	"hash/maphash"
	"math/bits"
)

// noGroup is the group of a row that has none: a NULL key that matches nothing, or
// a key that is not in the table.
const noGroup = -1

// keyTable numbers distinct keys from 0 in the order in which they first appear.
// Joins, aggregates, DISTINCT and set operations all stand on it.
//
// It is a linear-probing table with the key inline when it fits one or two words,
// and a hash tag with a reference into an arena otherwise. Looking up is safe for
// concurrent use, each goroutine with a keyBatch of its own.
type keyTable struct {
	layout keyLayout
	// nullsEqual makes NULLs a value: grouping and IS NOT DISTINCT FROM. Else a row
	// with a NULL key has no group.
	nullsEqual []bool
	groups     int
	nullGroup  int32 // of a single column's NULL, noGroup if there is none yet

	slots1 []slot1
	slots2 []slot2
	slotsB []slotB
	arena  []byte
	refs   []byteRef // by group, in layouts of bytes
	mask   uint64
}

type slot1 struct {
	key   uint64
	group int32 // plus 1; 0 is empty
}

type slot2 struct {
	key0, key1 uint64
	group      int32
}

type slotB struct {
	tag   uint32
	group int32
}

type byteRef struct {
	off  uint64
	hash uint64
	len  uint32
}

const minSlots = 64

func newKeyTable(classes []keyClass, nullsEqual []bool) *keyTable {
	t := &keyTable{nullsEqual: nullsEqual, nullGroup: noGroup}
	t.use(layoutKeys(classes, false))
	return t
}

// newGroupTable is a table in which NULLs are equal.
func newGroupTable(classes []keyClass) *keyTable {
	equal := make([]bool, len(classes))
	for i := range equal {
		equal[i] = true
	}
	return newKeyTable(classes, equal)
}

func (t *keyTable) use(l keyLayout) {
	t.layout = l
	t.allocate(minSlots)
}

func (t *keyTable) allocate(n int) {
	t.slots1, t.slots2, t.slotsB = nil, nil, nil
	t.mask = uint64(n - 1)
	switch t.layout.words {
	case 1:
		t.slots1 = make([]slot1, n)
	case 2:
		t.slots2 = make([]slot2, n)
	default:
		t.slotsB = make([]slotB, n)
	}
}

// size is the table's memory in bytes.
func (t *keyTable) size() int64 {
	return int64(len(t.slots1))*16 + int64(len(t.slots2))*24 + int64(len(t.slotsB))*8 +
		int64(cap(t.arena)) + int64(cap(t.refs))*24
}

// reserve makes room for more groups.
func (t *keyTable) reserve(more int) {
	want := uint64(t.groups+more) * 2
	if want <= t.mask+1 {
		return
	}
	n := 1 << bits.Len64(want-1)
	switch t.layout.words {
	case 1:
		old := t.slots1
		t.allocate(n)
		for i := range old {
			if s := &old[i]; s.group != 0 {
				t.place1(s.key, s.group)
			}
		}
	case 2:
		old := t.slots2
		t.allocate(n)
		for i := range old {
			if s := &old[i]; s.group != 0 {
				t.place2(s.key0, s.key1, s.group)
			}
		}
	default:
		t.allocate(n)
		for g := range t.refs {
			if int32(g) != t.nullGroup {
				t.placeB(t.refs[g].hash, int32(g+1))
			}
		}
	}
}

func (t *keyTable) place1(key uint64, group int32) {
	i := hash1(key) & t.mask
	for t.slots1[i].group != 0 {
		i = (i + 1) & t.mask
	}
	t.slots1[i] = slot1{key, group}
}

func (t *keyTable) place2(key0, key1 uint64, group int32) {
	i := hash2(key0, key1) & t.mask
	for t.slots2[i].group != 0 {
		i = (i + 1) & t.mask
	}
	t.slots2[i] = slot2{key0, key1, group}
}

func (t *keyTable) placeB(hash uint64, group int32) {
	i := hash & t.mask
	for t.slotsB[i].group != 0 {
		i = (i + 1) & t.mask
	}
	t.slotsB[i] = slotB{uint32(hash >> 32), group}
}

// Multiplying into 128 bits and folding mixes all bits of the key into all bits of
// the hash: the low ones address slots, the high ones partitions.
func hash1(key uint64) uint64 {
	hi, lo := bits.Mul64(key^0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93)
	return hi ^ lo
}

func hash2(key0, key1 uint64) uint64 {
	hi, lo := bits.Mul64(key0^0x9E3779B97F4A7C15, key1^0xD6E8FEB86659FD93)
	hi, lo = bits.Mul64(hi^lo^key0, 0xA0761D6478BD642F)
	return hi ^ lo
}

// keySeed is one for the process, so that partitions of different workers agree.
var keySeed = maphash.MakeSeed()

func hashBytes(b []byte) uint64 { return maphash.Bytes(keySeed, b) }
