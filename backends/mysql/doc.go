// Package mysql is the MySQL and MariaDB kind: one server, whose databases are the
// schemas.
//
// Queries run as prepared statements, for only the binary protocol gives floats
// exactly. Every connection is made to speak as the rewrites of the dialect assume
// (modes, character set, collation, time zone), and is refused if it does not.
package mysql
