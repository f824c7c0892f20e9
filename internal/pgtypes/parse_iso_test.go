package pgtypes_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// TestISO compares the quick readers with the input functions: what they take they
// read alike, and what the output functions write in the years of four digits they
// take.
func TestISO(t *testing.T) {
	check := func(t *rapid.T, text string) {
		date, err := pgtypes.Parse(pgtypes.Of(pgtypes.OIDDate), text, pgtypes.DefaultStyle())
		if days, ok := pgtypes.ParseISODate([]byte(text)); ok && (err != nil || date != days) {
			t.Fatalf("date %q: %v, the input function says %v %v", text, days, date, err)
		}
		timestamp, err := pgtypes.Parse(pgtypes.Of(pgtypes.OIDTimestamp), text, pgtypes.DefaultStyle())
		if micros, ok := pgtypes.ParseISOTimestamp([]byte(text)); ok && (err != nil || timestamp != micros) {
			t.Fatalf("timestamp %q: %v, the input function says %v %v", text, micros, timestamp, err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		check(t, rapid.StringMatching(`[0-9]{4}-[0-3][0-9]-[0-4][0-9]`).Draw(t, "date"))
		check(t, rapid.StringMatching(`[0-9]{4}-[01][0-9]-[0-3][0-9][ T][0-2][0-9]:[0-6][0-9]:[0-6][0-9](\.[0-9]{0,7})?`).Draw(t, "timestamp"))
		micros := rapid.Int64Range(-62135596800000000, 253402300799999999).Draw(t, "micros")
		text := pgtypes.Text(pgtypes.Of(pgtypes.OIDTimestamp), micros, pgtypes.DefaultStyle())
		if got, ok := pgtypes.ParseISOTimestamp([]byte(text)); !ok || got != micros {
			t.Fatalf("%q: %v, %v", text, got, ok)
		}
		if _, ok := pgtypes.ParseISODate([]byte(text[:10])); !ok {
			t.Fatalf("%q is not taken", text[:10])
		}
	})
	for _, text := range []string{"", "2024-02-30", "0000-00-00", "2024-1-1", "2024-01-01 ", "2024-01-01 24:00:00", "2024-01-01 00:00:60", "2024-01-01 00:00:00."} {
		_, date := pgtypes.ParseISODate([]byte(text))
		if _, ok := pgtypes.ParseISOTimestamp([]byte(text)); ok || date {
			t.Errorf("%q is taken", text)
		}
	}
}
