package rabbitmq

import (
	"fmt"
	"slices"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// TestStream reads a stream by its offsets and times.
func TestStream(t *testing.T) {
	create(t, "stream_read", amqp.Table{"x-queue-type": "stream"})
	at := time.Now().Truncate(time.Second).Add(-time.Hour)
	var list []amqp.Publishing
	for i := range 5000 {
		list = append(list, amqp.Publishing{Body: fmt.Append(nil, i), Timestamp: at.Add(time.Duration(i) * time.Second), MessageId: fmt.Sprint("m", i), Headers: amqp.Table{"k": int64(i)}})
	}
	publishAll(t, "stream_read", list)
	all := bodies(5000)
	read := func(options QueueOptions, predicates ...backends.Predicate) []string {
		t.Helper()
		b := opened(t, configOf(t, options))
		f := scan(t, b, "stream_read", "payload")
		f.Scan.Predicates = predicates
		return mustRows(t, b, f)
	}
	where := func(column string, op backends.PredicateOp, value int64) backends.Predicate {
		b := opened(t, configOf(t, text("stream_read")))
		return backends.Predicate{Column: scan(t, b, "stream_read", column).Scan.Columns[0], Op: op, Values: []pgtypes.Datum{value}}
	}
	check := func(what string, got, want []string) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Errorf("%s: %d rows from %q, want %d", what, len(got), got[:min(len(got), 3)], len(want))
		}
	}
	options := text("stream_read")
	check("all", read(options), all)
	check("_offset >=", read(options, where("_offset", backends.GreaterOrEqual, 4321)), all[4321:])
	check("_offset <", read(options, where("_offset", backends.Less, 17)), all[:17])
	check("_offset =", read(options, where("_offset", backends.Equal, 2500)), all[2500:2501])
	check("beyond", read(options, where("_offset", backends.Greater, 1_000_000)), nil)
	check("unordered times stop nothing", read(options, where("_event_ts", backends.Less, at.Add(10*time.Second).UnixMicro())), all)
	options.TimestampsOrdered = true
	check("_event_ts <", read(options, where("_event_ts", backends.Less, at.Add(10*time.Second).UnixMicro())), all[:10])
	check("_event_ts > all", read(options, where("_event_ts", backends.Greater, time.Now().Add(time.Hour).UnixMicro())), nil)
	options.Start = "4990"
	check("start", read(options), all[4990:])
	options.Start = "2100-01-01"
	check("a start to come", read(options), nil)

	b := opened(t, configOf(t, text("stream_read")))
	f := scan(t, b, "stream_read", "_offset", "_message_id", "_headers", "_event_ts", "_routing_key", "_redelivered")
	f.Scan.Limit = 1
	want := fmt.Sprintf(`0|m0|{"k": 0}|%s|stream_read|NULL`, at.UTC().Format("2006-01-02 15:04:05+00"))
	if got := mustRows(t, b, f); !slices.Equal(got, []string{want}) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestStreamEmptyOrGone(t *testing.T) {
	create(t, "stream_empty", amqp.Table{"x-queue-type": "stream"})
	config := configOf(t, text("stream_empty"))
	config.ManagementURL = backends.DSN{} // the broker itself tells that it is a stream
	b := opened(t, config)
	f := scan(t, b, "stream_empty", "payload")
	if got := mustRows(t, b, f); len(got) != 0 {
		t.Errorf("%q of nothing", got)
	}
	if _, err := channel(t).QueueDelete("stream_empty", false, false, false); err != nil {
		t.Fatal(err)
	}
	if _, err := rowsOf(t.Context(), b, f); pgerr.Code(err) != pgerr.UndefinedTable {
		t.Errorf("a stream that is gone: %v", err)
	}
	config.StreamURL = backends.NewDSN("rabbitmq-stream://127.0.0.1:1")
	create(t, "stream_empty", amqp.Table{"x-queue-type": "stream"})
	if _, err := rowsOf(t.Context(), opened(t, config), f); pgerr.Code(err) != pgerr.FdwUnableToEstablishConnection {
		t.Errorf("streams without a listener: %v", err)
	}
}
