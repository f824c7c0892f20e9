// Package delta is the delta kind: Delta Lake tables, which are Parquet files under
// a transaction log, in a folder or an object store.
//
// A table is a folder with a _delta_log in it; its remote name is the folder's path
// below the configured URL, and a schema is the folder that holds it. A name may end in @v12 or
// @20240131235959000: the table as it was then. There is no query language: a scan
// projects columns, skips files by partition values and by the log's statistics, row groups by
// Parquet's, and stops at a limit. Everything above is the gateway's.
//
// What a table needs of its reader is checked first: a table with a reader feature
// that is not known here is refused by the feature's name, because guessing would
// give wrong rows. The same holds for writer features and for writing.
//
// A commit is one new object of the log, put only if it is not there yet; who loses
// the race reads what won and tries the next version. Nothing is ever renamed, and
// no catalog or lock service takes part. A transaction changes one table.
//
// It is no engine: it compacts nothing, vacuums nothing, and keeps no keys.
package delta
