// Package mem keeps tables in memory: the smallest backend, and the oracle of tests.
//
// It has no SQL. Scans apply every predicate exactly and row by row, with
// pgtypes.Compare; nothing here is fast, so that nothing needs a second proof.
// What it holds is gone when it is closed.
package mem
