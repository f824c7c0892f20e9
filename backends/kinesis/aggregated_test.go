package kinesis

import (
	"crypto/md5" //nolint:gosec // the format's checksum
	"fmt"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// packed makes an aggregated record as the Kinesis Producer Library does.
func packed(records ...userRecord) string {
	var body []byte
	for i, r := range records {
		body = protowire.AppendString(protowire.AppendTag(body, 1, protowire.BytesType), r.key)
		var one []byte
		one = protowire.AppendVarint(protowire.AppendTag(one, 1, protowire.VarintType), uint64(i))
		one = protowire.AppendBytes(protowire.AppendTag(one, 3, protowire.BytesType), r.data)
		one = protowire.AppendBytes(protowire.AppendTag(one, 4, protowire.BytesType), nil) // tags, which nobody reads
		body = protowire.AppendBytes(protowire.AppendTag(body, 3, protowire.BytesType), one)
	}
	sum := md5.Sum(body) //nolint:gosec // see above
	return string(aggregatedMagic) + string(body) + string(sum[:])
}

// TestAggregated takes records of the producer library apart, and nothing else.
func TestAggregated(t *testing.T) {
	service := newFake(t)
	s := service.create("orders", 2)
	row := func(i int) []byte { return fmt.Appendf(nil, `{"i":%d}`, i) }
	// By their hashes "a" and "c" are the first shard's, "b" the second's.
	home := service.put(s, "a", packed(userRecord{key: "a", data: row(1)}, userRecord{key: "b", data: row(2)}, userRecord{key: "c", data: row(3)}), time.Now())
	service.put(s, "a", string(row(4)), time.Now())
	if other := service.put(s, "b", packed(userRecord{key: "b", data: row(2)}), time.Now()); other == home {
		t.Fatal("the test wants keys of two shards")
	}
	b := opened(t, configOf(service.URL, numbered("orders")))
	wantRows(t, b, tableOf(t, b, "orders", "i", "_sub_sequence", "_partition_key"),
		[]string{"1", "0", "a"}, []string{"2", "0", "b"}, []string{"3", "2", "c"}, []string{"4", "NULL", "a"})

	damaged := []byte(packed(userRecord{key: "a", data: row(1)}))
	damaged[len(damaged)-1] ^= 1
	for _, data := range []string{string(damaged), string(aggregatedMagic), packed()[:10], ""} {
		if list, ok := unpack(nil, []byte(data), nil); ok || len(list) > 0 {
			t.Errorf("%q is aggregated", data)
		}
	}
	options := numbered("orders")
	options.KeepAggregated, options.PayloadFormat, options.Columns = true, "raw", nil
	b = opened(t, configOf(service.URL, options))
	if rows, err := readAll(t, b, tableOf(t, b, "orders", "payload")); err != nil || len(rows) != 3 {
		t.Errorf("%d records, %v", len(rows), err)
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add([]byte(packed(userRecord{key: "k", data: []byte("x")})), false)
	f.Add([]byte{1, 3, 'a', 'b', 'c'}, true)
	f.Fuzz(func(t *testing.T, data []byte, framed bool) {
		if framed { // fuzzing finds no MD5
			sum := md5.Sum(data) //nolint:gosec // see above
			data = append(append(append([]byte{}, aggregatedMagic...), data...), sum[:]...)
		}
		keys := &hashRange{last: hashKey{0x7f}}
		for _, u := range func() []userRecord { list, _ := unpack(nil, data, keys); return list }() {
			if u.data == nil || len(u.data) > len(data) {
				t.Fatalf("a record of %d bytes in one of %d", len(u.data), len(data))
			}
		}
	})
}
