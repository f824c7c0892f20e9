package parquetfile

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
)

// pack is the reference: bit by bit.
func pack(values []int32, width uint) []byte {
	out := make([]byte, (len(values)*int(width)+7)/8)
	for i, v := range values {
		for b := range int(width) {
			if v>>b&1 != 0 {
				bit := i*int(width) + b
				out[bit>>3] |= 1 << (bit & 7)
			}
		}
	}
	return out
}

func TestHybridReadsEveryWidth(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for width := uint(1); width <= 32; width++ {
		values := make([]int32, 203*8)
		for i := range values {
			values[i] = int32(random.Uint64() & (1<<width - 1))
		}
		data := binary.AppendUvarint(nil, 203<<1|1)
		data = append(data, pack(values, width)...)
		data = binary.AppendUvarint(data, 100<<1) // then a repeated run
		data = append(data, binary.LittleEndian.AppendUint32(nil, 1)[:(width+7)/8]...)
		for range 100 {
			values = append(values, 1)
		}
		var h hybrid
		if err := h.reset(data, width); err != nil {
			t.Fatal(err)
		}
		got := make([]int32, len(values))
		for at := 0; at < len(got); {
			n := min(1+random.IntN(300), len(got)-at)
			if err := h.read(got[at : at+n]); err != nil {
				t.Fatal(err)
			}
			at += n
		}
		for i := range got {
			if got[i] != values[i] {
				t.Fatalf("width %d, value %d: %d, want %d", width, i, got[i], values[i])
			}
		}
		if err := h.read(got[:1]); err == nil {
			t.Fatalf("width %d: read past the end", width)
		}
	}
}
