package kafka

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// FuzzHeaders holds that any headers become jsonb in its one form, and read back.
func FuzzHeaders(f *testing.F) {
	f.Add([]byte("k"), []byte("v"), []byte("k"), []byte{0xff})
	f.Add([]byte(""), []byte(nil), []byte("\x00"), []byte(`\xzz`))
	f.Add([]byte("long key"), []byte(`[1]`), []byte("b"), []byte("\u2028"))
	f.Fuzz(func(t *testing.T, key1, value1, key2, value2 []byte) {
		headers := []kgo.RecordHeader{{Key: string(key1), Value: value1}, {Key: string(key2), Value: value2}, {Key: string(key1), Value: value2}}
		for n := range len(headers) + 1 {
			text := string(appendHeaders(nil, headers[:n]))
			canonical, err := pgtypes.CanonicalJSONB(text)
			if err != nil || canonical != text {
				t.Fatalf("%q is %q as jsonb, %v", text, canonical, err)
			}
			if back, err := parseHeaders(text); err != nil || len(back) != n {
				t.Fatalf("%q reads as %v, %v", text, back, err)
			}
		}
	})
}
