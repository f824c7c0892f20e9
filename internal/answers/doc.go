// Package answers holds the gateway to a real PostgreSQL: the same tables lie in a
// real server, the oracle, and behind the gateway in one placement after another
// (all in one kind of source, or each in another kind), the same statements run on
// both, and what comes back must be the same.
//
// Cases are data: testdata/tables has the tables and what each kind can hold of
// their types, testdata/sql the statements. The oracle of a placement has the column
// types that the placement shows (SQLite has one integer type, so there every
// integer of the oracle is a bigint): no answer needs an allowance for types.
//
// It is for tests alone; nothing else imports it.
package answers
