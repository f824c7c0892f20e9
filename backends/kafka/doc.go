// Package kafka reads topics of Apache Kafka as tables, and adds messages to them.
//
// A SELECT is a bounded snapshot: of each partition the messages from its start, or
// where the table's start says, up to the last stable offset as it was when the
// statement began. Only committed messages are seen. It commits no offset of a group
// and joins none, so any number of statements may read at once.
//
// Messages become rows by internal/payload; the hidden columns _partition, _offset,
// _event_ts, _key and _headers are the message's own, and predicates on the first three
// become seeks. Nothing of a stream's windows, state or commits is here.
package kafka
