// Package bind turns a raw tree into a typed one: names are looked up in a
// catalog, operators, functions and casts are chosen by PostgreSQL 15's rules
// (manual, chapter 10) over package pgbuiltin, and every static error is raised
// with Postgres's SQLSTATE, text and position.
//
// It folds no constants, reorders nothing and chooses no plan. What it hands
// over is relational algebra: WHERE already lies below GROUP BY, aggregates and
// window functions are columns of the node that computes them.
//
// Error texts and the order of checks follow src/backend/parser of PostgreSQL 15.
package bind
