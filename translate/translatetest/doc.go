// Package translatetest runs what a dialect claims on the real source and compares
// it with PostgreSQL, cell by cell: the same tables of edge values are placed in
// both, an expression or a statement is bound once, rendered in the dialect, and
// both answers must be the same text, or both an error.
//
// A dialect's test is one call of Run. It also fails for a rule that no case uses.
// The package holds no dialect and starts no server.
package translatetest
