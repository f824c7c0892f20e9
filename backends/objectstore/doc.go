// Package objectstore is the object_store kind: tables that are files in an object
// store or a folder, in Parquet, CSV or JSON lines.
//
// A table is a file, a folder (every file of the format below it) or a glob; its
// remote name is that path below the configured URL, and a schema is a folder.
// There is no query language: a scan projects columns, skips row groups whose
// statistics rule the predicates out, and stops at a limit. Everything above is the
// gateway's. Rows are added as new files; nothing is changed in place.
//
// It is not a table format: a folder with a Delta log is refused, because reading
// its files alone gives deleted rows.
//
// # Values
//
// Parquet types map as parquetfile says. CSV and JSON types are inferred from the
// first records of the first file unless the configuration declares them: whole
// numbers become int8, other numbers numeric (exact; a float would round them),
// ISO dates and timestamps their types, JSON objects and arrays jsonb, and
// everything else text. Digits with a leading zero are text: they are codes.
package objectstore
