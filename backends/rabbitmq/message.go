package rabbitmq

import (
	"fmt"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	streamamqp "github.com/rabbitmq/rabbitmq-stream-go-client/pkg/amqp"
)

// message is a message of a queue or of a stream.
type message struct {
	body                           []byte
	headers                        map[string]any
	exchange, key, id, contentType string
	at                             time.Time // zero for none
	priority                       int16     // -1 for none
	offset                         int64     // -1 for a queue's
	redelivered                    bool
}

func ofQueue(d *amqp.Delivery) message {
	return message{
		body: d.Body, headers: d.Headers, exchange: d.Exchange, key: d.RoutingKey, id: d.MessageId, contentType: d.ContentType,
		at: d.Timestamp, priority: int16(d.Priority), offset: -1, redelivered: d.Redelivered,
	}
}

// ofStream reads a message of AMQP 1.0, as streams keep them. What came through an
// exchange has annotations of the broker's.
func ofStream(m *streamamqp.Message, offset int64) message {
	out := message{headers: m.ApplicationProperties, offset: offset, priority: -1, body: []byte{}}
	switch v := m.Value.(type) {
	case nil:
		if len(m.Data) == 1 {
			out.body = m.Data[0]
		} else {
			for _, part := range m.Data {
				out.body = append(out.body, part...)
			}
		}
	case []byte:
		out.body = v
	default:
		out.body = fmt.Append(nil, v)
	}
	out.exchange, _ = m.Annotations["x-exchange"].(string)
	out.key, _ = m.Annotations["x-routing-key"].(string)
	if p := m.Properties; p != nil {
		out.at, out.contentType = p.CreationTime, p.ContentType
		if p.MessageID != nil {
			out.id = fmt.Sprint(p.MessageID)
		}
	}
	if m.Header != nil {
		out.priority = int16(m.Header.Priority)
	}
	return out
}
