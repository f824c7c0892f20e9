// Package batch fills Arrow record batches row by row, in memory that is used again
// for the next batch: what readers of row-oriented sources need. Appending costs a
// store and a counter; Arrow's own builders cost 9 to 23 times that.
//
// It knows the canonical Arrow forms of pgtypes.ArrowType and nothing of where rows
// come from. Column sources (Parquet) wrap their slices themselves.
package batch
