package translate

import "math/bits"

// ColumnSet is a set of ColumnIDs. The zero value is empty. Copies share memory:
// use Clone before adding to a copy.
type ColumnSet struct{ words []uint64 }

// ColumnSetOf makes a set.
func ColumnSetOf(ids ...ColumnID) ColumnSet {
	var s ColumnSet
	for _, id := range ids {
		s.Add(id)
	}
	return s
}

// ColumnsOf is the set of the columns that rel puts out.
func ColumnsOf(rel Rel) ColumnSet {
	var s ColumnSet
	for _, c := range rel.Columns() {
		s.Add(c.ID)
	}
	return s
}

// Add adds id; ids below 1 are ignored.
func (s *ColumnSet) Add(id ColumnID) {
	if id < 1 {
		return
	}
	word := int(id) / 64
	for len(s.words) <= word {
		s.words = append(s.words, 0)
	}
	s.words[word] |= 1 << (uint(id) % 64)
}

// Remove takes id out.
func (s *ColumnSet) Remove(id ColumnID) {
	if word := int(id) / 64; id > 0 && word < len(s.words) {
		s.words[word] &^= 1 << (uint(id) % 64)
	}
}

// AddSet adds all of o.
func (s *ColumnSet) AddSet(o ColumnSet) {
	for len(s.words) < len(o.words) {
		s.words = append(s.words, 0)
	}
	for i, w := range o.words {
		s.words[i] |= w
	}
}

// Has says whether id is in s.
func (s ColumnSet) Has(id ColumnID) bool {
	word := int(id) / 64
	return id > 0 && word < len(s.words) && s.words[word]&(1<<(uint(id)%64)) != 0
}

// Empty says that s has no member.
func (s ColumnSet) Empty() bool {
	for _, w := range s.words {
		if w != 0 {
			return false
		}
	}
	return true
}

// Len is the number of members.
func (s ColumnSet) Len() int {
	n := 0
	for _, w := range s.words {
		n += bits.OnesCount64(w)
	}
	return n
}

// SubsetOf says that every member of s is in o.
func (s ColumnSet) SubsetOf(o ColumnSet) bool {
	for i, w := range s.words {
		if i < len(o.words) {
			w &^= o.words[i]
		}
		if w != 0 {
			return false
		}
	}
	return true
}

// Intersects says that s and o share a member.
func (s ColumnSet) Intersects(o ColumnSet) bool {
	for i := range min(len(s.words), len(o.words)) {
		if s.words[i]&o.words[i] != 0 {
			return true
		}
	}
	return false
}

// Minus is the members of s that are not in o.
func (s ColumnSet) Minus(o ColumnSet) ColumnSet {
	d := s.Clone()
	for i := range min(len(d.words), len(o.words)) {
		d.words[i] &^= o.words[i]
	}
	return d
}

// Clone copies s.
func (s ColumnSet) Clone() ColumnSet {
	return ColumnSet{words: append([]uint64(nil), s.words...)}
}

// Each calls f for the members in ascending order.
func (s ColumnSet) Each(f func(ColumnID)) {
	for i, w := range s.words {
		for ; w != 0; w &= w - 1 {
			f(ColumnID(i*64 + bits.TrailingZeros64(w)))
		}
	}
}

// Members lists the members in ascending order.
func (s ColumnSet) Members() []ColumnID {
	ids := make([]ColumnID, 0, s.Len())
	s.Each(func(id ColumnID) { ids = append(ids, id) })
	return ids
}
