// Package catalog is the one namespace that clients see: schemas and tables that
// live at many servers, described when they are first asked for.
//
// A Snapshot is immutable in what it says of servers, schemas and mappings; the
// metadata of remote tables loads lazily into it, with a deadline for each source,
// so a dead source breaks only itself. It binds nothing, plans nothing and reads no
// rows. pg_catalog and information_schema are relations given to it by package
// pgcatalog.
package catalog
