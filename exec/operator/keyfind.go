package operator

// insert puts the keys of k into the table and writes each row's group to
// groups, noGroup for a row that can match nothing. fresh gets, for each new
// group in order, the index of its first row in k.
//
// k must hold keys in the table's layout (see keyBatch.load).
func (t *keyTable) insert(k *keyBatch, groups []int32, fresh []int32) []int32 {
	fresh = fresh[:0]
	t.reserve(k.n)
	switch t.layout.words {
	case 1:
		if k.hasNull {
			return t.insert1Null(k, groups, fresh)
		}
		return t.insert1(k.word0[:k.n], groups, fresh)
	case 2:
		return t.insert2(k, groups, fresh)
	default:
		return t.insertB(k, groups, fresh)
	}
}

func (t *keyTable) insert1(keys []uint64, groups, fresh []int32) []int32 {
	slots, mask := t.slots1, t.mask
	groups = groups[:len(keys)]
	for j, key := range keys {
		i := hash1(key) & mask
		for {
			s := &slots[i&uint64(len(slots)-1)]
			if s.group == 0 {
				t.groups++
				*s = slot1{key, int32(t.groups)}
				fresh = append(fresh, int32(j))
				groups[j] = int32(t.groups - 1)
				break
			}
			if s.key == key {
				groups[j] = s.group - 1
				break
			}
			i = (i + 1) & mask
		}
	}
	return fresh
}

func (t *keyTable) insert1Null(k *keyBatch, groups, fresh []int32) []int32 {
	mask := t.mask
	for j, key := range k.word0[:k.n] {
		if k.null[j] {
			fresh = t.insertNull(j, groups, fresh)
			continue
		}
		i := hash1(key) & mask
		for {
			s := &t.slots1[i]
			if s.group == 0 {
				t.groups++
				*s = slot1{key, int32(t.groups)}
				fresh = append(fresh, int32(j))
				groups[j] = int32(t.groups - 1)
				break
			}
			if s.key == key {
				groups[j] = s.group - 1
				break
			}
			i = (i + 1) & mask
		}
	}
	return fresh
}

// insertNull gives row j the group of NULL, if the table has such a thing.
func (t *keyTable) insertNull(j int, groups, fresh []int32) []int32 {
	if !t.layout.single || !t.nullsEqual[0] {
		groups[j] = noGroup
		return fresh
	}
	if t.nullGroup == noGroup {
		t.nullGroup = int32(t.groups)
		t.groups++
		fresh = append(fresh, int32(j))
		if t.layout.words == 0 {
			t.refs = append(t.refs, byteRef{off: uint64(len(t.arena))})
		}
	}
	groups[j] = t.nullGroup
	return fresh
}

func (t *keyTable) insert2(k *keyBatch, groups, fresh []int32) []int32 {
	mask := t.mask
	word1 := k.word1[:k.n]
	for j, key0 := range k.word0[:k.n] {
		if k.hasNull && k.null[j] {
			groups[j] = noGroup
			continue
		}
		key1 := word1[j]
		i := hash2(key0, key1) & mask
		for {
			s := &t.slots2[i]
			if s.group == 0 {
				t.groups++
				*s = slot2{key0, key1, int32(t.groups)}
				fresh = append(fresh, int32(j))
				groups[j] = int32(t.groups - 1)
				break
			}
			if s.key0 == key0 && s.key1 == key1 {
				groups[j] = s.group - 1
				break
			}
			i = (i + 1) & mask
		}
	}
	return fresh
}

func (t *keyTable) keyOf(group int32) []byte {
	r := t.refs[group]
	return t.arena[r.off : r.off+uint64(r.len)]
}

// lookup writes each row's group, noGroup if its key is not there.
func (t *keyTable) lookup(k *keyBatch, groups []int32) {
	switch {
	case t.layout.words == 1 && !k.hasNull:
		t.lookup1(k.word0[:k.n], groups)
	case t.layout.words == 1:
		t.lookup1Null(k, groups)
	case t.layout.words == 2:
		t.lookup2(k, groups)
	default:
		t.lookupB(k, groups)
	}
}

func (t *keyTable) lookup1(keys []uint64, groups []int32) {
	slots, mask := t.slots1, t.mask
	groups = groups[:len(keys)]
	for j, key := range keys {
		i := hash1(key) & mask
		for {
			s := &slots[i&uint64(len(slots)-1)]
			if s.group == 0 || s.key == key {
				groups[j] = s.group - 1
				break
			}
			i = (i + 1) & mask
		}
	}
}

func (t *keyTable) lookup1Null(k *keyBatch, groups []int32) {
	for j, key := range k.word0[:k.n] {
		if k.null[j] {
			groups[j] = t.lookupNull(k, j)
			continue
		}
		i := hash1(key) & t.mask
		for {
			s := &t.slots1[i]
			if s.group == 0 || s.key == key {
				groups[j] = s.group - 1
				break
			}
			i = (i + 1) & t.mask
		}
	}
}

func (t *keyTable) lookupNull(k *keyBatch, j int) int32 {
	if t.layout.single && t.nullsEqual[0] && !k.misfit(j) {
		return t.nullGroup
	}
	return noGroup
}

func (t *keyTable) lookup2(k *keyBatch, groups []int32) {
	word1 := k.word1[:k.n]
	for j, key0 := range k.word0[:k.n] {
		if k.hasNull && k.null[j] {
			groups[j] = noGroup
			continue
		}
		key1 := word1[j]
		i := hash2(key0, key1) & t.mask
		for {
			s := &t.slots2[i]
			if s.group == 0 || s.key0 == key0 && s.key1 == key1 {
				groups[j] = s.group - 1
				break
			}
			i = (i + 1) & t.mask
		}
	}
}
