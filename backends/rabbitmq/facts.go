package rabbitmq

import (
	"context"
	"errors"
	"regexp"
	"strconv"
	"strings"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// facts are what a read must know of a queue before it touches it.
type facts struct {
	kind string // classic, quorum or stream; "" when nobody tells
	// keeps says that the queue outlives its last consumer: those declared auto-delete do
	// not.
	keeps bool
	// limited says that messages which are given back too often are dropped or
	// dead-lettered; sure, that this is known.
	limited, sure bool
	limit         int64
}

// learn finds a queue's facts: from the management API when there is one, from the
// config where it must, and otherwise from the broker's words.
func (b *Backend) learn(ctx context.Context, c *conn, q *queue) (facts, error) {
	if !b.config.ManagementURL.IsZero() {
		return b.managed(ctx, c, q)
	}
	f, err := b.probe(ctx, c, q.queue)
	if err != nil {
		return f, err
	}
	if f.kind == "" {
		f.kind = q.options.Type
	}
	if q.options.NoDeliveryLimit && !f.limited {
		f.sure = true
	}
	return f, nil
}

// noSuchType is a type of queue that no broker has, so that declaring one never makes
// it.
const noSuchType = "gateway-asks-for-the-type"

// answers is how a broker says what a queue is when somebody declares it otherwise.
// Nothing else in the protocol tells a queue's type.
var answers = regexp.MustCompile(`inequivalent arg '([^']+)' for queue '.*' in vhost '.*': received .* but current is (?:none|'([^']*)'|the value '(.*)' of type '([a-z]+)')$`)

// probe asks the broker by declaring the queue in a way that it can not be: the refusal
// names the first property that differs. What it names is then given as it is, and the
// question asked again, until the type is named; that comes last but for a few.
func (b *Backend) probe(ctx context.Context, c *conn, name string) (facts, error) {
	f := facts{keeps: true}
	durable, exclusive := true, false
	arguments := amqp.Table{"x-queue-type": noSuchType}
	for range 20 {
		ch, err := c.Channel()
		if err != nil {
			return f, c.fault(ctx, "opening a channel", err)
		}
		_, err = ch.QueueDeclare(name, durable, !f.keeps, exclusive, false, arguments)
		var broker *amqp.Error
		if !errors.As(err, &broker) || broker.Code != amqp.PreconditionFailed {
			_ = ch.Close()
			if isCode(err, amqp.AccessRefused) { // it needs the permission to configure
				return facts{}, nil
			}
			return facts{}, c.fault(ctx, "asking for queue "+name, err)
		}
		m := answers.FindStringSubmatch(broker.Reason)
		if m == nil {
			return facts{}, nil // gone meanwhile, or words of another broker
		}
		property, value := m[1], m[2]+m[3]
		switch property {
		case "durable":
			durable = value == "true"
		case "auto_delete":
			f.keeps = value != "true"
		case "exclusive":
			exclusive = value == "true"
		case "x-queue-type":
			if f.kind = value; value == "" {
				f.kind = classic
			}
			f.sure = f.kind != quorum // a policy may set a limit, and AMQP does not show policies
			return f, nil
		default:
			if property == "x-delivery-limit" {
				f.limited, f.sure = true, true
				f.limit, _ = strconv.ParseInt(value, 10, 64)
			}
			if arguments[property] != nil {
				return facts{}, nil // said already, and not believed
			}
			arguments[property] = argument(value, m[4])
		}
	}
	return facts{}, nil
}

// argument is a value as its broker wrote it.
func argument(value, kind string) any {
	if kind == "bool" {
		return value == "true"
	}
	if n, err := strconv.ParseInt(value, 10, 64); err == nil && kind != "longstr" {
		return n
	}
	return value
}

// peekable refuses where a peek would harm.
func (f *facts) peekable(name string) error {
	switch {
	case f.kind == "":
		return pgerr.Unsupported("reading queue \"%s\": the broker does not tell what type of queue it is", name).
			WithHint("Give the server's management_url, or the table's type, or let the user configure the queue.")
	case f.kind == quorum && f.limited:
		return pgerr.Unsupported("reading queue \"%s\": its delivery limit is %d, and each SELECT counts as a delivery: messages would be dropped or dead-lettered", name, f.limit).
			WithHint("Remove the limit, or copy the messages into a stream and read that.")
	case f.kind == quorum && !f.sure:
		return pgerr.Unsupported("reading queue \"%s\": a quorum queue may have a delivery limit, and each SELECT counts as a delivery", name).
			WithHint("Give the server's management_url, which shows the limit once the broker has statistics of the queue; or set no_delivery_limit for the table.")
	}
	return nil
}

// version is the broker's, 0 when it does not tell.
func (c *conn) version() (major, minor int) {
	text, _ := c.Properties["version"].(string)
	first, rest, _ := strings.Cut(text, ".")
	second, _, _ := strings.Cut(rest, ".")
	major, _ = strconv.Atoi(first)
	minor, _ = strconv.Atoi(second)
	return major, minor
}
