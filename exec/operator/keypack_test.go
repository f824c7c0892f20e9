package operator

import (
	"testing"

	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// TestPackDictionary packs a dictionary of numbers, as a function over a dictionary
// of texts makes it, like the plain column.
func TestPackDictionary(t *testing.T) {
	dict := vector.New(pgtypes.Of(pgtypes.OIDInt4))
	for _, n := range []int32{5, 7, 9} {
		vector.AppendDatum(dict, n)
	}
	coded := &vector.Vector{Type: dict.Type, Form: dict.Form, Dict: dict, Codes: []int32{2, 0, 0, 1}, Null: []bool{false, false, true, false}}
	words := make([]uint64, 3)
	if !packColumn(words, keyInt32, 0, coded, []int32{0, 1, 3}) {
		t.Fatal("numbers fit a word")
	}
	for i, want := range []uint64{9, 5, 7} {
		if words[i] != want {
			t.Errorf("row %d is packed as %d, want %d", i, words[i], want)
		}
	}
}
