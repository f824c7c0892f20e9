package kinesis

import (
	"crypto/md5" //nolint:gosec // the service's hash of keys
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// fake is the service's protocol over streams in memory, for what no emulator can be made
// to do: faults on demand, many records at once, arrival times of one's choice.
type fake struct {
	*httptest.Server
	mu      sync.Mutex
	streams map[string]*fakeStream
	calls   map[string]int // by operation, and GetShardIterator by its type too
	// fault answers a call instead of the service when it gives a name.
	fault func(operation string, call int) (status int, name string)
	// before is called with each GetRecords, without the lock.
	before func()
	// refuse makes PutRecords refuse a record.
	refuse  func(n int) bool
	written int
}

type fakeStream struct {
	shards []*fakeShard
	next   int64 // sequence number
}

type fakeShard struct {
	id, parent, adjacent string
	first, last          *big.Int // hash keys
	start, end           string   // sequence numbers; end when closed
	records              []fakeRecord
}

type fakeRecord struct {
	data, key string
	at        time.Time
	sequence  int64
}

func newFake(t testing.TB) *fake {
	f := &fake{streams: map[string]*fakeStream{}, calls: map[string]int{}}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

var wholeRange = new(big.Int).Lsh(big.NewInt(1), 128)

// create makes a stream of n shards, whatever was there before.
func (f *fake) create(name string, n int) *fakeStream {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := &fakeStream{}
	for i := range n {
		at := func(i int) *big.Int {
			x := new(big.Int).Mul(wholeRange, big.NewInt(int64(i)))
			return x.Div(x, big.NewInt(int64(n)))
		}
		s.open(at(i), new(big.Int).Sub(at(i+1), big.NewInt(1)))
	}
	f.streams[name] = s
	return s
}

func (s *fakeStream) open(first, last *big.Int) *fakeShard {
	s.next++
	shard := &fakeShard{id: fmt.Sprintf("shardId-%012d", len(s.shards)), first: first, last: last, start: sequence(s.next)}
	s.shards = append(s.shards, shard)
	return shard
}

// split closes a shard and opens two for its keys.
func (f *fake) split(s *fakeStream, i int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	old := s.shards[i]
	s.next++
	old.end = sequence(s.next)
	middle := new(big.Int).Add(old.first, old.last)
	middle.Rsh(middle, 1)
	s.open(old.first, new(big.Int).Sub(middle, big.NewInt(1))).parent = old.id
	s.open(middle, old.last).parent = old.id
}

// merge closes two shards and opens one for their keys.
func (f *fake) merge(s *fakeStream, i, j int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s.next++
	s.shards[i].end, s.shards[j].end = sequence(s.next), sequence(s.next)
	child := s.open(s.shards[i].first, s.shards[j].last)
	child.parent, child.adjacent = s.shards[i].id, s.shards[j].id
}

// sequence numbers have the service's 56 digits.
func sequence(n int64) string { return fmt.Sprintf("495903382714902560851%035d", n) }

func (f *fake) put(s *fakeStream, key, data string, at time.Time) *fakeShard {
	f.mu.Lock()
	defer f.mu.Unlock()
	return s.put(key, data, at)
}

func (s *fakeStream) put(key, data string, at time.Time) *fakeShard {
	sum := md5.Sum([]byte(key)) //nolint:gosec // see above
	place := new(big.Int).SetBytes(sum[:])
	for _, shard := range s.shards {
		if shard.end == "" && shard.first.Cmp(place) <= 0 && place.Cmp(shard.last) <= 0 {
			s.next++
			shard.records = append(shard.records, fakeRecord{data, key, at, s.next})
			return shard
		}
	}
	panic("no shard for a key")
}

func (f *fake) count(operation string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[operation]
}

type fakeRequest struct {
	StreamName, ShardID, ShardIterator, ShardIteratorType, StartingSequenceNumber string
	Timestamp                                                                     float64
	Limit                                                                         int
	Records                                                                       []struct{ Data, PartitionKey string }
}

// ServeHTTP implements http.Handler.
func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	var in fakeRequest
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if operation == "GetRecords" && f.before != nil {
		f.before()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls[operation]++
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	if f.fault != nil {
		if status, name := f.fault(operation, f.calls[operation]); name != "" {
			refuse(w, status, name, "the test says so")
			return
		}
	}
	f.answer(w, operation, &in)
}

func refuse(w http.ResponseWriter, status int, name, message string) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"__type": name, "message": message})
}

func (f *fake) answer(w http.ResponseWriter, operation string, in *fakeRequest) {
	if operation == "ListStreams" {
		names := slices.Sorted(maps.Keys(f.streams))
		_ = json.NewEncoder(w).Encode(map[string]any{"StreamNames": names, "HasMoreStreams": false})
		return
	}
	name := in.StreamName
	if operation == "GetRecords" {
		name, _, _ = strings.Cut(in.ShardIterator, "|")
	}
	s := f.streams[name]
	if s == nil {
		refuse(w, http.StatusBadRequest, "ResourceNotFoundException", "Stream "+name+" under account 000000000000 not found.")
		return
	}
	switch operation {
	case "DescribeStreamSummary":
		_ = json.NewEncoder(w).Encode(map[string]any{"StreamDescriptionSummary": map[string]any{"StreamName": name, "StreamStatus": "ACTIVE", "OpenShardCount": len(s.shards)}})
	case "ListShards":
		_ = json.NewEncoder(w).Encode(map[string]any{"Shards": s.list()})
	case "GetShardIterator":
		f.calls[in.ShardIteratorType]++
		s.iterator(w, name, in)
	case "GetRecords":
		s.get(w, name, in)
	case "PutRecords":
		f.putRecords(w, s, in)
	default:
		refuse(w, http.StatusBadRequest, "UnknownOperationException", operation)
	}
}

func (s *fakeStream) list() (list []map[string]any) {
	for _, shard := range s.shards {
		m := map[string]any{
			"ShardId":             shard.id,
			"HashKeyRange":        map[string]string{"StartingHashKey": shard.first.String(), "EndingHashKey": shard.last.String()},
			"SequenceNumberRange": map[string]string{"StartingSequenceNumber": shard.start},
		}
		if shard.end != "" {
			m["SequenceNumberRange"].(map[string]string)["EndingSequenceNumber"] = shard.end
		}
		if shard.parent != "" {
			m["ParentShardId"] = shard.parent
		}
		if shard.adjacent != "" {
			m["AdjacentParentShardId"] = shard.adjacent
		}
		list = append(list, m)
	}
	return list
}

func (s *fakeStream) shard(id string) *fakeShard {
	for _, shard := range s.shards {
		if shard.id == id {
			return shard
		}
	}
	return nil
}

func (s *fakeStream) iterator(w http.ResponseWriter, stream string, in *fakeRequest) {
	shard := s.shard(in.ShardID)
	at, records := 0, shard.records
	switch in.ShardIteratorType {
	case "AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER":
		if len(in.StartingSequenceNumber) != 56 {
			refuse(w, http.StatusBadRequest, "InvalidArgumentException", "the sequence number did not come from this stream")
			return
		}
		for at < len(records) && (sequence(records[at].sequence) < in.StartingSequenceNumber ||
			in.ShardIteratorType[1] == 'F' && sequence(records[at].sequence) == in.StartingSequenceNumber) {
			at++
		}
	case "AT_TIMESTAMP":
		for at < len(records) && records[at].at.UnixMilli() < int64(in.Timestamp*1000) {
			at++
		}
	}
	_ = json.NewEncoder(w).Encode(map[string]string{"ShardIterator": stream + "|" + shard.id + "|" + strconv.Itoa(at)})
}

func (s *fakeStream) get(w http.ResponseWriter, stream string, in *fakeRequest) {
	parts := strings.Split(in.ShardIterator, "|")
	shard := s.shard(parts[1])
	at, _ := strconv.Atoi(parts[2])
	out := []byte(`{"Records":[`)
	to := min(len(shard.records), at+in.Limit)
	for i := at; i < to; i++ {
		r := &shard.records[i]
		if i > at {
			out = append(out, ',')
		}
		out = append(out, `{"ApproximateArrivalTimestamp":`...)
		out = strconv.AppendFloat(out, float64(r.at.UnixMilli())/1000, 'f', 3, 64)
		out = append(out, `,"Data":"`...)
		out = base64.StdEncoding.AppendEncode(out, []byte(r.data))
		out = append(out, `","PartitionKey":`...)
		out = strconv.AppendQuote(out, r.key)
		out = append(out, `,"SequenceNumber":"`...)
		out = append(append(out, sequence(r.sequence)...), `"}`...)
	}
	behind := 0
	if to < len(shard.records) {
		behind = 1000
	}
	out = fmt.Appendf(out, `],"MillisBehindLatest":%d`, behind)
	if shard.end == "" || to < len(shard.records) {
		out = fmt.Appendf(out, `,"NextShardIterator":"%s|%s|%d"`, stream, shard.id, to)
	}
	_, _ = w.Write(append(out, '}'))
}

func (f *fake) putRecords(w http.ResponseWriter, s *fakeStream, in *fakeRequest) {
	results, failed := []map[string]string{}, 0
	for _, r := range in.Records {
		f.written++
		if f.refuse != nil && f.refuse(f.written) {
			results = append(results, map[string]string{"ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": "Rate exceeded"})
			failed++
			continue
		}
		data, _ := base64.StdEncoding.DecodeString(r.Data)
		shard := s.put(r.PartitionKey, string(data), time.Now())
		results = append(results, map[string]string{"ShardId": shard.id, "SequenceNumber": sequence(s.next)})
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"FailedRecordCount": failed, "Records": results})
}
