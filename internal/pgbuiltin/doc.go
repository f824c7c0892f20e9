// Package pgbuiltin is what a fresh PostgreSQL 15 has in its catalogs: types,
// operators, functions, casts, aggregates, collations, operator classes, ranges
// and settings, as data generated from a real server (see generate).
//
// It holds rows and look-ups over them. It decides nothing: the rules by which
// an operator or a function is chosen are package bind's, and what a function
// computes is the executor's.
//
// Each relation is parsed once, when first asked for.
package pgbuiltin

//go:generate go run ./generate
