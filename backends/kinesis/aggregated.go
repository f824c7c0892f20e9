package kinesis

import (
	"bytes"
	"crypto/md5" //nolint:gosec // the format's checksum, and the service's hash of keys
	"math/big"

	"google.golang.org/protobuf/encoding/protowire"
)

// The Kinesis Producer Library packs records together: a magic number, a Protobuf
// message and its MD5.
//
//	message AggregatedRecord {
//	  repeated string partition_key_table = 1;
//	  repeated string explicit_hash_key_table = 2;
//	  repeated Record records = 3;
//	}
//	message Record {
//	  required uint64 partition_key_index = 1;
//	  optional uint64 explicit_hash_key_index = 2;
//	  required bytes data = 3;
//	}
var aggregatedMagic = []byte{0xF3, 0x89, 0x9A, 0xC2}

// userRecord is one of an aggregated record's.
type userRecord struct {
	key  string
	data []byte
	sub  int64 // its index
}

// hashKey is a number of 128 bits, as the service places partition keys.
type hashKey [md5.Size]byte

// hashRange is the keys of a shard.
type hashRange struct{ first, last hashKey }

func parseHashKey(decimal string) (k hashKey, ok bool) {
	n, ok := new(big.Int).SetString(decimal, 10)
	if !ok || n.Sign() < 0 || n.BitLen() > 8*md5.Size {
		return k, false
	}
	n.FillBytes(k[:])
	return k, true
}

func (r *hashRange) holds(k hashKey) bool {
	return bytes.Compare(r.first[:], k[:]) <= 0 && bytes.Compare(k[:], r.last[:]) <= 0
}

// unpack appends the records of an aggregated one to list. ok is false when data is a
// record like any other. Records whose key is none of the shard's are left out: the
// producer predicted another shard, saw that it was wrong, and has sent them again.
func unpack(list []userRecord, data []byte, shard *hashRange) (all []userRecord, ok bool) {
	if len(data) < len(aggregatedMagic)+md5.Size || !bytes.HasPrefix(data, aggregatedMagic) {
		return list, false
	}
	body := data[len(aggregatedMagic) : len(data)-md5.Size]
	if sum := md5.Sum(body); !bytes.Equal(sum[:], data[len(data)-md5.Size:]) { //nolint:gosec // see above
		return list, false
	}
	var m aggregated
	if !m.parse(body) {
		return list, false
	}
	before := len(list)
	for i, record := range m.records {
		u, place, ok := m.record(record)
		if !ok {
			return list[:before], false
		}
		if shard == nil || shard.holds(place) {
			u.sub = int64(i)
			list = append(list, u)
		}
	}
	return list, true
}

// aggregated is an AggregatedRecord whose records are not yet parsed.
type aggregated struct {
	keys, hashes [][]byte
	records      [][]byte
	places       []*hashKey // of keys, as far as they were asked for
}

func (m *aggregated) parse(body []byte) bool {
	return fields(body, func(number protowire.Number, value []byte, _ uint64) bool {
		switch number {
		case 1:
			m.keys = append(m.keys, value)
		case 2:
			m.hashes = append(m.hashes, value)
		case 3:
			m.records = append(m.records, value)
		}
		return number > 3 || value != nil
	})
}

// record parses a Record and finds where the service would place it.
func (m *aggregated) record(body []byte) (u userRecord, place hashKey, ok bool) {
	key, hash := -1, -1
	whole := fields(body, func(number protowire.Number, value []byte, n uint64) bool {
		switch {
		case number == 1 && value == nil && n < uint64(len(m.keys)):
			key = int(n)
		case number == 2 && value == nil && n < uint64(len(m.hashes)):
			hash = int(n)
		case number == 3 && value != nil:
			u.data = value
		default:
			return number > 3
		}
		return true
	})
	if !whole || key < 0 || u.data == nil {
		return u, place, false
	}
	u.key = string(m.keys[key])
	if hash >= 0 {
		place, ok = parseHashKey(string(m.hashes[hash]))
		return u, place, ok
	}
	return u, m.place(key), true
}

func (m *aggregated) place(key int) hashKey {
	if m.places == nil {
		m.places = make([]*hashKey, len(m.keys))
	}
	if m.places[key] == nil {
		sum := hashKey(md5.Sum(m.keys[key])) //nolint:gosec // see above
		m.places[key] = &sum
	}
	return *m.places[key]
}

// fields visits the fields of a message: value of those that are bytes, never nil, and n
// of those that are numbers.
func fields(body []byte, visit func(number protowire.Number, value []byte, n uint64) bool) bool {
	for len(body) > 0 {
		number, kind, size := protowire.ConsumeTag(body)
		if size < 0 {
			return false
		}
		body = body[size:]
		var value []byte
		var n uint64
		switch kind {
		case protowire.BytesType:
			if value, size = protowire.ConsumeBytes(body); value == nil {
				value = []byte{}
			}
		case protowire.VarintType:
			n, size = protowire.ConsumeVarint(body)
		default:
			size = protowire.ConsumeFieldValue(number, kind, body)
		}
		if size < 0 || !visit(number, value, n) {
			return false
		}
		body = body[size:]
	}
	return true
}
