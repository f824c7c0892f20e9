// Package payload makes rows of messages and messages of rows: JSON, Avro, Protobuf,
// text and raw bytes, with or without a frame that names a schema in a registry. The
// kinds of backends that read messages share it.
//
// It knows no broker. Who reads puts the message's own facts (its offset, its key)
// beside the columns that come from here.
//
// # Reading
//
//	codec, err := payload.New(options, registry, "orders-value")
//	fields, err := codec.Fields(ctx)                  // for Describe
//	decoder, err := codec.Decoder(ctx, []string{"id"}) // for Read, one a goroutine
//	row, err := decoder.Decode(ctx, message, columns)  // for each message, in Fill
//
// columns are those of a batch.Builder, parallel to the names. Decode appends one value
// to each, or nothing when row is false: the message did not decode and the table says
// to skip such ones. What was left out is in Decoder.Skipped and Decoder.Nulled. An
// error names the column; the caller adds where the message is.
//
// # Writing
//
//	encoder, err := codec.Encoder(ctx, columns)
//	message, err = encoder.Append(message[:0], record, row)
//
// # Configuration
//
// Options is embedded into the options of a kind's table, and Validate reports its
// faults with paths.
package payload
