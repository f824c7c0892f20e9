// Package exec is the engine: sessions, transactions, settings and prepared
// statements, and the life of a statement from text to rows. It parses and binds
// with translate, plans with exec/plan and runs with exec/operator; a statement
// that one Postgres server can answer alone is relayed to it undecoded.
//
// It speaks no protocol (wire calls it through package session) and knows no
// source's SQL.
package exec
