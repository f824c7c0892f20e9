// Package declared reads the types that configurations declare columns with, for
// sources that have no types of their own: files and messages.
//
// It reads Postgres's spellings, as in numeric(12,2) and text[]; no expression, no
// domain, no type of a user.
package declared
