// Package kinesis reads streams of Amazon Kinesis Data Streams as tables, and adds
// records to them.
//
// A SELECT is a bounded snapshot: of each shard, closed ones too, the records from its
// beginning, or where the table's start says, up to what was there when the statement
// began. Children of a split or a merge are read after their parents. No position is
// kept and no consumer registered, so any number of statements may read at once.
//
// Records become rows by internal/payload; those that the Kinesis Producer Library has
// packed together are taken apart first. The hidden columns _shard, _sequence,
// _sub_sequence, _event_ts and _partition_key are the record's own, and predicates on
// _shard, _sequence and _event_ts become choices of shards and iterators. Enhanced
// fan-out, checkpoints and leases are not here.
package kinesis
