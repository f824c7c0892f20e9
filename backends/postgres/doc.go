// Package postgres is the PostgreSQL kind: one database of one server.
//
// Connections are made and authenticated by pgconn, then taken over: everything
// after that, reading, writing and relaying, is bytes of the protocol on a socket
// of our own. Rows are decoded from DataRow messages straight into Arrow buffers,
// or, for a relay, not at all.
package postgres
