// Package registry asks a schema registry of Confluent's protocol what the schemas of
// messages are, and knows the frames around messages that name a schema: Confluent's,
// and that of AWS Glue.
//
// It parses no schema and decodes no message; internal/payload does.
package registry
