package objectstore

import (
	"testing"

	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

func TestDistinct(t *testing.T) {
	for _, c := range []struct {
		name       string
		oid        uint32
		low, high  pgtypes.Datum
		dictionary int64
		want       float64
	}{
		{"dense key", pgtypes.OIDInt8, int64(0), int64(24), 0, 25},
		{"sparse key", pgtypes.OIDInt8, int64(1), int64(6_000_000), 0, 1000},
		{"widest range", pgtypes.OIDInt8, int64(-1 << 63), int64(1<<63 - 1), 0, 1000},
		{"dates", pgtypes.OIDDate, int32(-100), int32(-1), 0, 100},
		{"timestamps say nothing", pgtypes.OIDTimestamp, int64(0), int64(10), 0, 0},
		{"few texts", pgtypes.OIDText, "AIR", "TRUCK", 56, 7},
		{"dictionary given up", pgtypes.OIDText, "a", "z", 1 << 20, 0},
		{"no bounds", pgtypes.OIDText, nil, nil, 56, 0},
	} {
		facts := &translate.ColumnFacts{Min: c.low, Max: c.high}
		if got := distinct(c.oid, facts, 1000, c.dictionary); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
