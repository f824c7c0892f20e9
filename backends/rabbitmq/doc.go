// Package rabbitmq reads queues and streams of RabbitMQ as tables, and publishes
// messages to them.
//
// A queue gives each message once, to one consumer; a SELECT must not be one. So it
// peeks: it takes what is ready without acknowledging it, gives all of it back in its
// order, and only then makes rows. Nothing is consumed, also when the gateway dies amid
// it: a broker gives unacknowledged messages back by itself. Where giving back would
// destroy a message, which is what the delivery limits of quorum queues do, a SELECT is
// refused. Streams keep their messages; they are read by offset, up to the last one at
// the statement's start.
//
// Messages become rows by internal/payload. The package declares no queue, no exchange
// and no binding.
package rabbitmq
