package kinesis

import (
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"github.com/sqlgateway/gateway/backends"
)

const benchRows = 100_000

// BenchmarkRead reads a stream of small JSON records: with the library alone, which
// decodes answers and drops them, and as a table.
func BenchmarkRead(b *testing.B) {
	service := newFake(b)
	s := service.create("orders", 1)
	at := time.Now()
	for i := range benchRows {
		service.put(s, "k", fmt.Sprintf(`{"i":%d,"s":"row %d","more":"that nobody asks for, but that has to be read past"}`, i, i), at)
	}
	backend := opened(b, configOf(service.URL, numbered("orders")))
	b.Run("library", func(b *testing.B) {
		client, err := backend.connect(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if n := readLibrary(b, client); n != benchRows {
				b.Fatalf("%d records", n)
			}
		}
		b.ReportMetric(float64(benchRows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	})
	b.Run("table", func(b *testing.B) {
		f := fragmentOf("orders")
		for b.Loop() {
			if n := readTable(b, backend, f); n != benchRows {
				b.Fatalf("%d rows", n)
			}
		}
		b.ReportMetric(float64(benchRows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	})
}

func readLibrary(b *testing.B, client *kinesis.Client) (n int) {
	found, err := client.GetShardIterator(b.Context(), &kinesis.GetShardIteratorInput{
		StreamName: aws.String("orders"), ShardId: aws.String("shardId-000000000000"), ShardIteratorType: types.ShardIteratorTypeTrimHorizon,
	})
	if err != nil {
		b.Fatal(err)
	}
	for iterator := found.ShardIterator; ; {
		page, err := client.GetRecords(b.Context(), &kinesis.GetRecordsInput{ShardIterator: iterator, Limit: aws.Int32(mostRecords)})
		if err != nil {
			b.Fatal(err)
		}
		n += len(page.Records)
		if iterator = page.NextShardIterator; *page.MillisBehindLatest == 0 {
			return n
		}
	}
}

func readTable(b *testing.B, backend *Backend, f backends.Fragment) (n int64) {
	r, err := backend.Read(b.Context(), f)
	if err != nil {
		b.Fatal(err)
	}
	defer r.Release()
	for r.Next() {
		n += r.RecordBatch().NumRows()
	}
	if r.Err() != nil {
		b.Fatal(r.Err())
	}
	return n
}
