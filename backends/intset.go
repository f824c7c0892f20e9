package backends

// IntSet is a set of integers between two bounds, for predicates with more values
// than a list should have. It may take a stranger for a member, never a member for a
// stranger. Reading it is safe for concurrent use.
type IntSet struct {
	low, high int64
	words     []uint64
	shift     uint // of the hash, for a set whose range is too wide for a bit a value
}

const (
	// exactBits is the range up to which a set keeps a bit a value: 2 MB of them, which
	// the caches near a core hold.
	exactBits = 1 << 24
	// hashedBits is how many bits a member gets otherwise: with two of them set, one
	// stranger in sixty passes.
	hashedBits = 16
)

// NewIntSet is an empty set for about n members between low and high.
func NewIntSet(n int, low, high int64) *IntSet {
	s := &IntSet{low: low, high: high}
	if span := uint64(high) - uint64(low); span < exactBits {
		s.words = make([]uint64, span/64+1)
		return s
	}
	bits := uint(10)
	for 1<<bits < n*hashedBits {
		bits++
	}
	s.words, s.shift = make([]uint64, 1<<(bits-6)), 64-bits
	return s
}

// Low is the smallest value that can be a member.
func (s *IntSet) Low() int64 { return s.low }

// High is the largest value that can be a member.
func (s *IntSet) High() int64 { return s.high }

// Add adds x, which is between the bounds.
func (s *IntSet) Add(x int64) {
	if s.shift == 0 {
		at := uint64(x - s.low)
		s.words[at>>6] |= 1 << (at & 63)
		return
	}
	word, mask := s.place(x)
	s.words[word] |= mask
}

// Has tells whether x may be a member.
func (s *IntSet) Has(x int64) bool {
	if x < s.low || x > s.high {
		return false
	}
	if s.shift == 0 {
		at := uint64(x - s.low)
		return s.words[at>>6]>>(at&63)&1 != 0
	}
	word, mask := s.place(x)
	return s.words[word]&mask == mask
}

// place is where a hashed member leaves its two bits: one word, so that asking costs
// one cache miss.
func (s *IntSet) place(x int64) (word, mask uint64) {
	h := uint64(x) * 0x9E3779B97F4A7C15
	h ^= h >> 32
	h *= 0xD6E8FEB86659FD93
	return h >> (s.shift + 6), 1<<(h&63) | 1<<(h>>6&63)
}
