// Package translate turns SQL text into a tree and trees back into SQL text.
//
// It holds the raw tree that Parse makes (tree.go), the typed tree that package
// bind makes from it (expr.go, rel.go, statement.go, table.go), walks over both,
// and the rendering of typed trees in the dialect of a source (render.go,
// dialect.go, rules.go). It is pure: it opens nothing, knows no catalog and runs
// nothing.
package translate
