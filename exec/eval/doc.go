// Package eval compiles bound expressions into programs over vectors and runs
// them with Postgres's semantics: its NULLs, its errors, its order of evaluation
// where Postgres promises one.
//
// It knows functions, operators, casts and aggregates (by the C symbol that
// pg_proc.prosrc names), not plans, tables or sources: package operator calls it
// once for each batch.
//
// # Rows
//
// Vectors of a batch, of a result, and the group numbers of an aggregate are all
// indexed by the row of the batch. A selection lists the rows that exist, in
// ascending order; nil means all. Rows that are not selected raise no error.
package eval
