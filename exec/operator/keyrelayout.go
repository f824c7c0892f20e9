package operator

import "encoding/binary"

// relayout moves all keys to a wider layout: one with NULL bits when a NULL came
// and they still fit, else byte strings. Groups keep their numbers.
func (t *keyTable) relayout(nulls bool) {
	old := *t
	next := t.layout.bytes()
	if nulls {
		next = layoutKeys(t.layout.classes, true)
	}
	t.layout = next
	n := len(old.slots1) + len(old.slots2)
	t.allocate(max(n, minSlots))
	if next.words == 0 {
		t.refs = make([]byteRef, t.groups)
	}
	for i := range old.slots1 {
		if s := &old.slots1[i]; s.group != 0 {
			t.replace(&old.layout, [2]uint64{s.key}, s.group)
		}
	}
	for i := range old.slots2 {
		if s := &old.slots2[i]; s.group != 0 {
			t.replace(&old.layout, [2]uint64{s.key0, s.key1}, s.group)
		}
	}
}

// replace puts a key of an old layout into t's.
func (t *keyTable) replace(old *keyLayout, key [2]uint64, group int32) {
	if t.layout.words == 0 {
		off := len(t.arena)
		for i := range old.classes {
			t.arena = old.unpack(t.arena, i, key)
		}
		b := t.arena[off:]
		hash := hashBytes(b)
		t.refs[group-1] = byteRef{uint64(off), hash, uint32(len(b))}
		t.placeB(hash, group)
		return
	}
	var packed [2]uint64
	for i, c := range old.classes {
		value := key[old.word[i]] >> old.shift[i] & (1<<c.bits() - 1)
		packed[t.layout.word[i]] |= value << t.layout.shift[i]
		if old.isNull(i, key) {
			packed[t.layout.word[i]] |= 1 << (t.layout.shift[i] + c.bits())
		}
	}
	if t.layout.words == 1 {
		t.place1(packed[0], group)
	} else {
		t.place2(packed[0], packed[1], group)
	}
}

func (l *keyLayout) isNull(i int, key [2]uint64) bool {
	return l.nulls && !l.single && key[l.word[i]]>>(l.shift[i]+l.classes[i].bits())&1 != 0
}

// unpack adds column i of a packed key in the form of appendKey.
func (l *keyLayout) unpack(dst []byte, i int, key [2]uint64) []byte {
	if l.isNull(i, key) {
		return append(dst, 1)
	}
	class := l.classes[i]
	value := key[l.word[i]] >> l.shift[i] & (1<<class.bits() - 1)
	if class == keyText || class == keyBpchar {
		return l.unpackText(dst, class, value)
	}
	dst = append(dst, 0)
	switch class {
	case keyBool:
		return append(dst, byte(value))
	case keyInt32:
		value = uint64(int64(int32(value)))
	}
	return binary.LittleEndian.AppendUint64(dst, value)
}

func (l *keyLayout) unpackText(dst []byte, class keyClass, value uint64) []byte {
	var buf [8]byte
	binary.LittleEndian.PutUint64(buf[:], value)
	text := buf[:buf[7]]
	if l.single && class == keyText {
		return append(dst, text...)
	}
	dst = binary.LittleEndian.AppendUint32(append(dst, 0), uint32(len(text)))
	return append(dst, text...)
}
