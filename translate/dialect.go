package translate

// Dialect is how a source's SQL differs from Postgres's: flags for the shape of
// statements and rules, keyed by resolved signature, for expressions.
type Dialect struct {
	Name string // "postgres", "mysql", "sqlite"
}
