package delta

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"testing"
	"time"

	"github.com/RoaringBitmap/roaring/v2/roaring64"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
)

// FuzzDeletionVector decodes inline vectors and stored ones.
func FuzzDeletionVector(f *testing.F) {
	bitmap := roaring64.BitmapOf(0, 3, 4, 7, 11, 18, 29, 1<<33)
	body, err := bitmap.ToBytes()
	if err != nil {
		f.Fatal(err)
	}
	whole := append(binary.LittleEndian.AppendUint32(nil, portableMagic), body...)
	f.Add(whole, "wi5b=000010000siXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L", 44)
	f.Add(append(binary.LittleEndian.AppendUint32(nil, nativeMagic), 0, 0, 0, 0), "", 0)
	f.Fuzz(func(t *testing.T, raw []byte, text string, size int) {
		if b, err := decodeBitmap(raw); err == nil {
			b.GetCardinality()
			for it := b.Iterator(); it.HasNext() && it.Next() < 1000; {
			}
		}
		if decoded, err := decodeZ85(text, size); err == nil {
			_, _ = decodeBitmap(decoded)
		}
		_, _ = checkedVector(raw, size)
	})
}

// FuzzLog replays commits of any bytes, and prunes and describes what comes out.
func FuzzLog(f *testing.F) {
	f.Add([]byte(`{"protocol":{"minReaderVersion":1,"minWriterVersion":2}}
{"metaData":{"id":"x","format":{"provider":"parquet"},"schemaString":"{\"type\":\"struct\",\"fields\":[{\"name\":\"a\",\"type\":\"decimal(20,2)\",\"nullable\":true,\"metadata\":{}},{\"name\":\"p\",\"type\":\"timestamp\"}]}","partitionColumns":["p"],"configuration":{}}}
{"add":{"path":"p=1/x.parquet","partitionValues":{"p":"2020-01-01 00:00:00"},"size":1,"stats":"{\"numRecords\":1,\"minValues\":{\"a\":1e3},\"maxValues\":{\"a\":2e30},\"nullCount\":{\"a\":0}}"}}
{"remove":{"path":"y.parquet","deletionVector":{"storageType":"u","pathOrInlineDv":"ab^-aqEH.-t@S}K{vb[*k^","offset":4,"sizeInBytes":40,"cardinality":6}}}`), []byte(`{}`))
	f.Fuzz(func(t *testing.T, commit, next []byte) {
		state := newReplay(true)
		for _, data := range [][]byte{commit, next} {
			actions, err := parseActions("commit", data)
			if err != nil {
				return
			}
			state.apply(actions)
		}
		s, err := newSnapshot(&place{path: "t", folder: "t/"}, 1, state, object{})
		if err != nil {
			if pgerr.Code(err) == pgerr.InternalError {
				t.Error(err)
			}
			return
		}
		_ = s.writable()
		s.describe(backends.TableName{Name: "t"})
		for i := range s.columns {
			s.units([]backends.Predicate{{Column: i, Op: backends.IsNull}, {Column: i, Op: backends.IsNotNull}})
		}
		_, _ = checkpointFile(state.clone().checkpointActions(time.Now()))
	})
}

// FuzzReshape gives values of any JSON the form of any type.
func FuzzReshape(f *testing.F) {
	f.Add(`{"type":"struct","fields":[{"name":"a","type":{"type":"array","elementType":{"type":"struct","fields":[{"name":"b","type":"long"}]}}}]}`, `{"a":[{"b":1},null]}`)
	f.Fuzz(func(_ *testing.T, schema, value string) {
		var typ dataType
		if json.Unmarshal([]byte(schema), &typ) == nil && json.Valid([]byte(value)) {
			_, _ = reshaped(&typ, value, true)
			typ.native()
		}
	})
}

// TestVectorFile reads a vector out of a file that holds two, and notices damage.
func TestVectorFile(t *testing.T) {
	b := checkedBackend(t, Config{URL: "mem://"})
	file := []byte{1}
	var vectors []deletionVector
	for _, positions := range [][]uint64{{1, 2}, {0, 5, 1 << 20}} {
		bitmap := roaring64.BitmapOf(positions...)
		body, err := bitmap.ToBytes()
		if err != nil {
			t.Fatal(err)
		}
		body = append(binary.LittleEndian.AppendUint32(nil, portableMagic), body...)
		at := int32(len(file))
		vectors = append(vectors, deletionVector{Storage: "p", Inline: "v.bin", Offset: &at, Size: int32(len(body)), Cardinality: int64(len(positions))})
		file = binary.BigEndian.AppendUint32(file, uint32(len(body)))
		file = append(file, body...)
		file = binary.BigEndian.AppendUint32(file, crc32.ChecksumIEEE(body))
	}
	if err := b.store.put(context.Background(), "t/v.bin", file); err != nil {
		t.Fatal(err)
	}
	for i := range vectors {
		bitmap, err := b.deleted(t.Context(), "t/", &vectors[i])
		if err != nil || bitmap.GetCardinality() != uint64(vectors[i].Cardinality) {
			t.Errorf("vector %d: %v", i, err)
		}
	}
	file[len(file)-20] ^= 1
	if err := b.store.put(context.Background(), "t/v.bin", file); err != nil {
		t.Fatal(err)
	}
	b.known.InvalidateAll()
	if _, err := b.deleted(t.Context(), "t/", &vectors[1]); pgerr.Code(err) != pgerr.FdwError {
		t.Errorf("a damaged vector: %v", err)
	}
	short := vectors[1]
	short.Size += 100
	if _, err := b.deleted(t.Context(), "t/", &short); pgerr.Code(err) != pgerr.FdwError {
		t.Errorf("a vector that is cut short: %v", err)
	}
	short = vectors[0]
	short.Cardinality++
	b.known.InvalidateAll()
	if _, err := b.deleted(t.Context(), "t/", &short); pgerr.Code(err) != pgerr.FdwError {
		t.Errorf("a vector of another cardinality: %v", err)
	}
}
