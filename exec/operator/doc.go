// Package operator runs plans: one operator of exec/plan a file, over vectors of
// exec/vector, with memory counted and spilled to disk.
//
// It does not plan, knows no SQL text and opens no backend: the engine gives it
// the sources' readers by Env. Kernels and expressions are exec/vector's and
// exec/eval's.
//
// # How a plan runs
//
// An operator is opened into one or more streams, which together give all its
// rows. Each stream is pulled by one goroutine at a time, so a pipeline of source,
// filter, project and join probe runs on as many workers as there are streams,
// without locks. Operators that need all their input (build, aggregate, sort)
// drain the streams below with a group of workers and then give streams of their
// own. A stream's batch is valid until its next call of next.
//
// # What goes to disk
//
// Sorts write runs; hash joins, aggregates, DISTINCT, UNION, INTERSECT and EXCEPT
// write partitions by their keys; common table expressions, and the build side of a
// join that no key cuts, write a file that is read as often as is needed. What can
// not be written and fails with 53200 past the limit: the rows of window functions,
// the values that DISTINCT ON and a recursive UNION without ALL have seen.
package operator
