// Package clients runs real client programs against a gateway over Postgres, MySQL,
// SQLite and files: what they ask about tables, and everyday use. Each client is a
// script beside this file that exits with 0 when all it checked held.
package clients
