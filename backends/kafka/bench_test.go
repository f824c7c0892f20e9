package kafka

import (
	"context"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/avro"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/batch"
	"github.com/sqlgateway/gateway/internal/payload"
)

const benchAvro = `{"type":"record","name":"O","fields":[{"name":"id","type":"long"},{"name":"customer","type":"string"},{"name":"amount","type":"double"},
	{"name":"at","type":{"type":"long","logicalType":"timestamp-micros"}},{"name":"note","type":["null","string"]},{"name":"ok","type":"boolean"}]}`

// benchMessages is how many messages a topic of the benchmark has.
const benchMessages = 400_000

// BenchmarkRead reads a topic whole through the backend, and through franz-go's own
// consumer with the same decoder, from a real Kafka.
func BenchmarkRead(b *testing.B) {
	config, prefix := realConfig(b)
	columns := []payload.Column{
		{Name: "id", Type: "bigint"},
		{Name: "customer", Type: "text"},
		{Name: "amount", Type: "double precision"},
		{Name: "at", Type: "timestamptz"},
		{Name: "ok", Type: "boolean"},
	}
	schema := avro.MustParse(benchAvro)
	for _, format := range []payload.Format{payload.JSON, payload.Avro} {
		topic := prefix + string(format)
		options := payload.Options{PayloadFormat: format, Columns: columns}
		if format == payload.Avro {
			options.AvroSchema = benchAvro
		}
		config.Tables = append(config.Tables, TopicOptions{Name: topic, Options: options})
		create(b, config, topic, 4, nil)
		for from := 0; from < benchMessages; from += 50_000 {
			var list []*kgo.Record
			for i := from; i < from+50_000; i++ {
				m := fresh(topic, int32(i%4), fmt.Sprint(i), "")
				if format == payload.Avro {
					m.Value, _ = schema.AppendEncode(nil, map[string]any{
						"id": int64(i), "customer": fmt.Sprint("customer ", i%997), "amount": float64(i) + 0.25,
						"at": int64(1_700_000_000_000_000 + i), "note": "nothing", "ok": true,
					})
				} else {
					m.Value = fmt.Appendf(nil, `{"id":%d,"customer":"customer %d","amount":%d.25,"at":"2024-05-06T07:08:09.5Z","note":"nothing","ok":true}`, i, i%997, i)
				}
				list = append(list, m)
			}
			produce(b, config, list...)
		}
		b.Run(string(format)+"/gateway", func(b *testing.B) {
			source := opened(b, config)
			f := fragment(b, source, topic, []string{"id", "customer", "amount", "at", "ok"})
			measure(b, func() int64 { return drain(b, source, f) })
		})
		b.Run(string(format)+"/franz-go", func(b *testing.B) {
			source := opened(b, config)
			f := fragment(b, source, topic, []string{"id", "customer", "amount", "at", "ok"})
			measure(b, func() int64 { return consume(b, config, f, topic, options) })
		})
	}
}

// measure reports rows and the processor's time, which is what a busy machine shares.
func measure(b *testing.B, read func() int64) {
	var before, after syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &before)
	for b.Loop() {
		if n := read(); n != benchMessages {
			b.Fatalf("%d rows", n)
		}
	}
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &after)
	rows := float64(b.N) * benchMessages
	cpu := time.Duration(after.Utime.Nano() - before.Utime.Nano() + after.Stime.Nano() - before.Stime.Nano())
	b.ReportMetric(rows/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(rows/cpu.Seconds(), "rows/cpu-s")
}

func drain(b *testing.B, source *Backend, f backends.Fragment) (n int64) {
	r, err := source.Read(b.Context(), f)
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

// consumer is a batch.Source over franz-go's consumer.
type consumer struct {
	client  *kgo.Client
	decoder *payload.Decoder
	columns []*batch.Column
	records []*kgo.Record
	left    int
}

func (c *consumer) Fill(ctx context.Context, b *batch.Builder) (bool, error) {
	if c.columns == nil {
		for i := range b.Columns {
			c.columns = append(c.columns, &b.Columns[i])
		}
	}
	for c.left > 0 {
		if len(c.records) == 0 {
			fetches := c.client.PollFetches(ctx)
			if err := fetches.Err(); err != nil {
				return false, err
			}
			c.records = fetches.Records()
			continue
		}
		_, err := c.decoder.Decode(ctx, c.records[0].Value, c.columns)
		if err != nil {
			return false, err
		}
		c.records, c.left = c.records[1:], c.left-1
		if !b.EndRow() {
			return c.left > 0, nil
		}
	}
	return false, nil
}

func (c *consumer) Close() { c.client.Close() }

func consume(b *testing.B, config *Config, f backends.Fragment, topic string, options payload.Options) (n int64) {
	parts := map[int32]kgo.Offset{}
	for p := range int32(4) {
		parts[p] = kgo.NewOffset().AtStart()
	}
	decoder, err := payload.New(options, nil, "").Decoder(b.Context(), []string{"id", "customer", "amount", "at", "ok"})
	if err != nil {
		b.Fatal(err)
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(config.BootstrapServers), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: parts}))
	if err != nil {
		b.Fatal(err)
	}
	source := &consumer{client: client, decoder: decoder, left: benchMessages}
	r := batch.NewReader(b.Context(), f.Schema(), backends.Env{}.WithDefaults().Allocator, 0, source)
	defer r.Release()
	for r.Next() {
		n += r.RecordBatch().NumRows()
	}
	if r.Err() != nil {
		b.Fatal(r.Err())
	}
	return n
}

// BenchmarkWrite writes rows as JSON through the backend, and as ready messages through
// franz-go's own producer.
func BenchmarkWrite(b *testing.B) {
	config, prefix := realConfig(b)
	topic := prefix + "written"
	create(b, config, topic, 4, nil)
	config.Tables = []TopicOptions{{Name: topic, Options: payload.Options{Columns: []payload.Column{
		{Name: "id", Type: "bigint"},
		{Name: "customer", Type: "text"},
		{Name: "amount", Type: "double precision"},
		{Name: "at", Type: "timestamptz"},
	}}}}
	const n = 100_000
	var rows [][]any
	for i := range n {
		rows = append(rows, []any{int64(i), fmt.Sprint("customer ", i%997), float64(i) + 0.25, int64(1_700_000_000_000_000 + i)})
	}
	report := func(b *testing.B) { b.ReportMetric(float64(b.N)*n/b.Elapsed().Seconds(), "rows/s") }
	b.Run("gateway", func(b *testing.B) {
		source := opened(b, config)
		f := fragment(b, source, topic, []string{"id", "customer", "amount", "at"})
		record, _ := recordOf(b, f, rows)
		defer record.Release()
		for b.Loop() {
			if _, err := writeRecord(b, source, f, record, nil); err != nil {
				b.Fatal(err)
			}
		}
		report(b)
	})
	b.Run("franz-go", func(b *testing.B) {
		c := client(b, config, kgo.DefaultProduceTopic(topic))
		for b.Loop() {
			for _, row := range rows {
				c.Produce(b.Context(), &kgo.Record{Value: fmt.Appendf(nil, `{"id":%d,"customer":%q,"amount":%v,"at":"2023-11-14T22:13:20.000001+00:00"}`, row[0], row[1], row[2])}, nil)
			}
			if err := c.Flush(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
		report(b)
	})
}
