// Package sqlite is the SQLite kind: one database file, or one in memory.
//
// It speaks to the translated C library itself rather than through database/sql:
// values go from SQLite's memory straight into Arrow buffers, and columns declared
// DATE come as the text they are, where the driver would parse them into times.
//
// A declared type is a hint to SQLite, not a promise; every value is verified as it
// is read, and one of the wrong storage class is an error that names its row.
package sqlite
