package operator

// Byte keys are found in passes over the batch: hashes, then slots, then the
// references of the candidates, then their bytes. Each pass's cache misses do not
// depend on each other, so the processor overlaps them; one row at a time costs
// two to three times as much once the table is larger than the cache.

// unsure marks a row whose candidate turned out to be another key of the same tag.
const unsure = -2

func (t *keyTable) lookupB(k *keyBatch, groups []int32) {
	t.candidates(k, groups)
	for j, g := range groups[:k.n] {
		switch {
		case k.hasNull && k.null[j]:
			groups[j] = t.lookupNull(k, j)
		case g == unsure:
			groups[j] = t.findB(k.hash[j], k.key(j))
		}
	}
}

func (t *keyTable) insertB(k *keyBatch, groups, fresh []int32) []int32 {
	t.candidates(k, groups)
	for j, g := range groups[:k.n] {
		switch {
		case k.hasNull && k.null[j]:
			fresh = t.insertNull(j, groups, fresh)
		case g < 0:
			group := t.findB(k.hash[j], k.key(j))
			if group == noGroup {
				group = t.newB(k.hash[j], k.key(j))
				fresh = append(fresh, int32(j))
			}
			groups[j] = group
		}
	}
	return fresh
}

// candidates writes each row's group, noGroup if its key is not there, or unsure.
func (t *keyTable) candidates(k *keyBatch, groups []int32) {
	if cap(k.hash) < k.n {
		k.hash, k.refs = make([]uint64, cap(k.word0)), make([]byteRef, cap(k.word0))
	}
	hashes, refs := k.hash[:k.n], k.refs[:k.n]
	k.hash = hashes
	for j := range hashes {
		hashes[j] = hashBytes(k.key(j))
	}
	slots, mask := t.slotsB, t.mask
	groups = groups[:k.n]
	for j, hash := range hashes {
		tag := uint32(hash >> 32)
		i := hash & mask
		for {
			s := &slots[i&uint64(len(slots)-1)]
			if s.group == 0 || s.tag == tag {
				groups[j] = s.group - 1
				break
			}
			i = (i + 1) & mask
		}
	}
	for j, g := range groups {
		if g >= 0 {
			refs[j] = t.refs[g]
		}
	}
	for j, g := range groups {
		if g < 0 {
			continue
		}
		r := &refs[j]
		if r.hash != hashes[j] || string(t.arena[r.off:r.off+uint64(r.len)]) != string(k.key(j)) {
			groups[j] = unsure
		}
	}
}

// findB looks one key up, noGroup if it is not there.
func (t *keyTable) findB(hash uint64, key []byte) int32 {
	tag := uint32(hash >> 32)
	for i := hash & t.mask; ; i = (i + 1) & t.mask {
		s := &t.slotsB[i]
		if s.group == 0 {
			return noGroup
		}
		if s.tag == tag && string(t.keyOf(s.group-1)) == string(key) {
			return s.group - 1
		}
	}
}

// newB adds a key that is not there.
func (t *keyTable) newB(hash uint64, key []byte) int32 {
	group := int32(t.groups)
	t.groups++
	t.refs = append(t.refs, byteRef{uint64(len(t.arena)), hash, uint32(len(key))})
	t.arena = append(t.arena, key...)
	t.placeB(hash, group+1)
	return group
}
