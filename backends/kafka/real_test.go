package kafka

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/payload"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// realConfig is a cluster of Apache's own Kafka, with topics under a prefix of the test.
func realConfig(t testing.TB) (config *Config, prefix string) {
	address := os.Getenv("GATEWAY_TEST_KAFKA")
	if address == "" {
		t.Skip("GATEWAY_TEST_KAFKA is not set: no Kafka to test with")
	}
	config = NewConfig()
	config.BootstrapServers = address
	prefix = fmt.Sprintf("%s-%d.", strings.ReplaceAll(t.Name(), "/", "-"), time.Now().UnixNano())
	t.Cleanup(func() {
		admin := kadm.NewClient(client(t, config))
		found, err := admin.ListTopics(context.Background())
		if err != nil {
			t.Error(err)
			return
		}
		for _, name := range found.Names() {
			if strings.HasPrefix(name, prefix) {
				_, _ = admin.DeleteTopic(context.Background(), name) // best effort: names are not used again
			}
		}
	})
	return config, prefix
}

func text(s string) *string { return &s }

// fresh is a message of now: older ones go at once, by their age.
func fresh(topic string, partition int32, key, value string) *kgo.Record {
	m := message(topic, partition, key, value)
	m.Timestamp = time.Now()
	return m
}

// TestRealKafka reads what only a real log has: cleaned segments, markers, deletion.
func TestRealKafka(t *testing.T) {
	config, prefix := realConfig(t)
	t.Run("transactions", func(t *testing.T) {
		topic := prefix + "tx"
		create(t, config, topic, 2, nil)
		exact := *config
		exact.DeliverySemantics.ExactlyOnce = &ExactlyOnce{TransactionalID: prefix}
		exact.Tables = []TopicOptions{{Name: topic, MessageKeyColumn: "id", Options: payload.Options{Columns: []payload.Column{{Name: "id", Type: "bigint"}, {Name: "v", Type: "text"}}}}}
		b := opened(t, &exact)
		for i := range 3 {
			if _, err := write(t, b, topic, []string{"id", "v"}, []any{int64(i), "a"}, []any{int64(i + 10), nil}); err != nil {
				t.Fatal(err)
			}
			if _, err := write(t, b, topic, []string{"id", "v"}, []any{int64(i), "lost"}, errRows); err == nil {
				t.Fatal("a write whose rows fail goes well")
			}
		}
		want(t, mustScan(t, b, topic, []string{"id", "v", "_key"}), "0|a|0", "10|~|10", "11|~|11", "12|~|12", "1|a|1", "2|a|2")
		for i := range 20 { // what is written is seen at once
			if _, err := write(t, b, topic, []string{"id", "v", "_partition"}, []any{int64(i), "seen", int32(i % 2)}); err != nil {
				t.Fatal(err)
			}
			rows := mustScan(t, b, topic, []string{"v"})
			if n := len(rows) - 6; n != i+1 {
				t.Fatalf("%d of %d rows are seen", n, i+1)
			}
		}
		if n, err := write(t, b, topic, []string{"id"}, errRows); err == nil || n != 0 {
			t.Errorf("%d, %v", n, err)
		}
	})
	t.Run("compaction", func(t *testing.T) {
		topic := prefix + "compacted"
		create(t, config, topic, 1, map[string]*string{
			"cleanup.policy": text("compact"), "segment.ms": text("200"), "min.cleanable.dirty.ratio": text("0.01"), "delete.retention.ms": text("0"),
		})
		b := opened(t, config)
		deadline, rows, last := time.Now().Add(30*time.Second), []string(nil), ""
		for i := 0; ; i++ {
			last = fmt.Sprint(i)
			produce(t, config, fresh(topic, 0, fmt.Sprint(i%3), last))
			time.Sleep(250 * time.Millisecond)
			if rows = mustScan(t, b, topic, []string{"payload"}); !slices.Contains(rows, last) {
				t.Fatalf("%s is not among %v", last, rows)
			}
			if i > 10 && len(rows) < i-2 {
				break
			}
			if time.Now().After(deadline) {
				t.Skipf("the cleaner did not run in time: %d messages", len(rows))
			}
		}
		f := fragment(t, b, topic, []string{"_offset"})
		if parts, err := b.Partitions(t.Context(), f, 4); err != nil || len(parts.Parts) == 0 {
			t.Error(parts, err)
		}
	})
	t.Run("deletion", func(t *testing.T) {
		topic := prefix + "deleted"
		create(t, config, topic, 1, nil)
		produce(t, config, fresh(topic, 0, "", "1"), fresh(topic, 0, "", "2"))
		b := opened(t, config)
		admin := kadm.NewClient(client(t, config))
		f := fragment(t, b, topic, []string{"payload"})
		parts, err := b.Partitions(t.Context(), f, 1)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := admin.DeleteTopic(t.Context(), topic); err != nil {
			t.Fatal(err)
		}
		time.Sleep(300 * time.Millisecond)
		f.Partition = &parts.Parts[0]
		if _, _, err := scan(t.Context(), b, f); pgerr.Code(err) != pgerr.UndefinedTable {
			t.Errorf("a topic that is gone: %v", err)
		}
		create(t, config, topic, 1, nil)
		produce(t, config, fresh(topic, 0, "", `"new"`))
		if rows, _, err := scan(t.Context(), b, f); pgerr.Code(err) != pgerr.UndefinedTable {
			t.Errorf("the old topic's read goes on with the new one's %v: %v", rows, err)
		}
		want(t, mustScan(t, b, topic, []string{"payload"}), `"new"`)
	})
	t.Run("many", func(t *testing.T) {
		topic := prefix + "many"
		create(t, config, topic, 3, nil)
		const n = 60_000
		var list []*kgo.Record
		for i := range n {
			list = append(list, fresh(topic, int32(i%3), "", fmt.Sprint(i)))
		}
		produce(t, config, list...)
		b := opened(t, config)
		f := fragment(t, b, topic, []string{"_partition", "_offset"})
		if rows, _, err := scan(t.Context(), b, f); err != nil || len(rows) != n || len(slices.Compact(rows)) != n {
			t.Errorf("%d rows, %v", len(rows), err)
		}
		if _, err := kadm.NewClient(client(t, config)).CreatePartitions(t.Context(), 2, topic); err != nil {
			t.Fatal(err)
		}
		produce(t, config, fresh(topic, 4, "", `"late"`))
		want(t, mustScan(t, b, topic, []string{"payload"}, where{"_partition", backends.Equal, []pgtypes.Datum{int32(4)}}), `"late"`)
	})
}
