// Package wire speaks the PostgreSQL frontend/backend protocol, version 3, as a
// server: start-up, TLS, authentication, the simple and the extended query
// protocol, COPY, cancellation.
//
// It knows no SQL and no table. Whoever answers statements is a session.Handler;
// wire turns messages into its calls and what comes back into messages.
//
// Source: PostgreSQL 15 manual, chapter 55.
package wire
