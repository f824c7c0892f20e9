package rabbitmq

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	streamamqp "github.com/rabbitmq/rabbitmq-stream-go-client/pkg/amqp"
	"github.com/rabbitmq/rabbitmq-stream-go-client/pkg/stream"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/payload"
)

func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func measured(b *testing.B, rows int, read func()) {
	before := cpu()
	for b.Loop() {
		read()
	}
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(cpu()-before)/float64(rows)/float64(b.N), "cpu-ns/row")
}

// BenchmarkRead compares reads of the gateway with those of the libraries alone.
func BenchmarkRead(b *testing.B) {
	const rows = 200_000
	const peeked = 20_000
	columns := payload.Options{Columns: []payload.Column{{Name: "i", Type: "bigint"}, {Name: "s", Type: "text"}}}
	loadStream(b, "bench_stream", rows)
	create(b, "bench_queue", nil)
	var list []string
	for i := range peeked {
		list = append(list, numbered(i+1))
	}
	publish(b, "bench_queue", list...)
	config := configOf(b, QueueOptions{Name: "bench_stream", Options: columns}, QueueOptions{Name: "bench_queue", Options: columns})
	config.BatchConfig.MaxMessages, config.ManagementURL = peeked, backends.DSN{}
	gateway := opened(b, config)
	drain := func(f backends.Fragment, want int) {
		r, err := gateway.Read(b.Context(), f)
		if err != nil {
			b.Fatal(err)
		}
		defer r.Release()
		n := 0
		for r.Next() {
			n += int(r.RecordBatch().NumRows())
		}
		if r.Err() != nil || n != want {
			b.Fatal(n, r.Err())
		}
	}
	b.Run("stream/gateway", func(b *testing.B) {
		measured(b, rows, func() { drain(scan(b, gateway, "bench_stream", "i", "s"), rows) })
	})
	b.Run("stream/library", func(b *testing.B) {
		options, err := gateway.streamOptions(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		measured(b, rows, func() { drainStream(b, options, rows) })
	})
	b.Run("queue/gateway", func(b *testing.B) {
		measured(b, peeked, func() { drain(scan(b, gateway, "bench_queue", "i", "s"), peeked) })
	})
	b.Run("queue/library", func(b *testing.B) {
		ch := channel(b)
		measured(b, peeked, func() { drainQueue(b, ch, peeked) })
	})
}

func drainStream(b *testing.B, options *stream.EnvironmentOptions, rows int) {
	env, err := stream.NewEnvironment(options)
	if err != nil {
		b.Fatal(err)
	}
	done, n := make(chan struct{}), 0
	c, err := env.NewConsumer("bench_stream", func(stream.ConsumerContext, *streamamqp.Message) {
		if n++; n == rows {
			close(done)
		}
	}, stream.NewConsumerOptions().SetOffset(stream.OffsetSpecification{}.First()))
	if err != nil {
		b.Fatal(err)
	}
	<-done
	_ = c.Close()
	_ = env.Close()
}

// drainQueue takes all messages and gives them back.
func drainQueue(b *testing.B, ch *amqp.Channel, rows int) {
	tag := fmt.Sprint(time.Now().UnixNano())
	if err := ch.Qos(rows, 0, false); err != nil {
		b.Fatal(err)
	}
	deliveries, err := ch.Consume("bench_queue", tag, false, false, false, false, nil)
	if err != nil {
		b.Fatal(err)
	}
	for range rows {
		<-deliveries
	}
	if err := ch.Cancel(tag, false); err != nil {
		b.Fatal(err)
	}
	if err := ch.Nack(0, true, true); err != nil {
		b.Fatal(err)
	}
}
