package kinesis

import (
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// TestEmulator writes, splits a shard, reads, and goes on behind a sequence number, with
// a service that somebody else wrote.
func TestEmulator(t *testing.T) {
	endpoint := os.Getenv("GATEWAY_TEST_KINESIS")
	if endpoint == "" {
		t.Skip("GATEWAY_TEST_KINESIS is not set: no emulator of Kinesis to test with")
	}
	name := "gateway-" + strconv.FormatInt(time.Now().UnixNano(), 36)
	b := opened(t, configOf(endpoint, numbered("gateway-*")))
	client, err := b.connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.CreateStream(t.Context(), &kinesis.CreateStreamInput{StreamName: &name, ShardCount: aws.Int32(2)}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_, _ = client.DeleteStream(t.Context(), &kinesis.DeleteStreamInput{StreamName: &name})
	})
	active(t, client, name)
	write := func(from int) {
		_, err := insert(t, b, name, "s", 700, func(i int) string { return "row " + strconv.Itoa(from+i) })
		if err != nil {
			t.Fatal(err)
		}
	}
	write(0)
	shards, _, err := b.shards(t.Context(), &stream{name: name})
	if err != nil {
		t.Fatal(err)
	}
	middle := "42535295865117307932921825928971026432" // an eighth of all
	if _, err := client.SplitShard(t.Context(), &kinesis.SplitShardInput{StreamName: &name, ShardToSplit: shards[0].ShardId, NewStartingHashKey: &middle}); err != nil {
		t.Fatal(err)
	}
	active(t, client, name)
	write(700)
	f := tableOf(t, b, name, "s", "_shard", "_sequence", "_event_ts")
	rows, err := readAll(t, b, f)
	if err != nil || len(rows) != 1400 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	seen := map[string]bool{}
	count := map[string]int{}
	for _, row := range rows {
		seen[row[0]] = true
		count[row[1]]++
	}
	if len(seen) != 1400 || len(count) != 4 {
		t.Errorf("%d different rows of %d shards", len(seen), len(count))
	}
	resume(t, b, f, rows, count)
	names, err := b.Tables(t.Context(), "gateway-*")
	if err != nil || len(names) == 0 {
		t.Errorf("%v, %v", names, err)
	}
	if _, err := b.Describe(t.Context(), backends.TableName{Name: "gateway-none"}); pgerr.Code(err) != pgerr.UndefinedTable {
		t.Errorf("a stream that is not there: %v", err)
	}
}

// resume reads a shard from its fourth row on, by number and by time.
func resume(t *testing.T, b *Backend, f backends.Fragment, rows [][]string, count map[string]int) {
	shard := rows[0][1]
	var fourth []string
	for n, i := 0, 0; n < 4; i++ {
		if rows[i][1] == shard {
			n, fourth = n+1, rows[i]
		}
	}
	sequence, err := pgtypes.ParseNumeric(fourth[2])
	if err != nil {
		t.Fatal(err)
	}
	one := where(f, "_shard", backends.Equal, shard)
	got, err := readAll(t, b, where(one, "_sequence", backends.GreaterOrEqual, sequence))
	if err != nil || len(got) != count[shard]-3 {
		t.Errorf("%d rows of %d from the fourth on, %v", len(got), count[shard], err)
	}
	// Other shards have no such number; it is in none of their orders.
	if _, err = readAll(t, b, where(f, "_sequence", backends.GreaterOrEqual, sequence)); err != nil {
		t.Error(err)
	}
	got, err = readAll(t, b, where(one, "_event_ts", backends.Greater, time.Now().Add(-time.Hour).UnixMicro()))
	if err != nil || len(got) != count[shard] {
		t.Errorf("%d rows of %d of the last hour, %v", len(got), count[shard], err)
	}
}

func active(t *testing.T, client *kinesis.Client, name string) {
	t.Helper()
	for range 200 {
		found, err := client.DescribeStreamSummary(t.Context(), &kinesis.DescribeStreamSummaryInput{StreamName: &name})
		if err != nil {
			t.Fatal(err)
		}
		if found.StreamDescriptionSummary.StreamStatus == types.StreamStatusActive {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal(fmt.Errorf("stream %s does not become active", name))
}
