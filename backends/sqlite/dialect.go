package sqlite

import "github.com/sqlgateway/gateway/translate"

// dialect is SQLite's.
var dialect = &translate.Dialect{Name: "sqlite"}
