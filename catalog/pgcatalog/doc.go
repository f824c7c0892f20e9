// Package pgcatalog serves pg_catalog and information_schema: one relation a file,
// in the shape that PostgreSQL 15 gives it, so that whatever a client asks of them
// is answered by the executor like any other query. Nothing here looks at query
// texts.
//
// Every system relation exists. What the gateway has no rows for is empty, as it
// would be in a database that does not use the feature.
package pgcatalog
