package sqlite

import (
	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/sqlgateway/gateway/translate"
	sqlitedialect "github.com/sqlgateway/gateway/translate/sqlite"
)

// newDialect is the dialect of the library in this program: 3046001 is 3.46.1.
func newDialect() *translate.Dialect {
	return sqlitedialect.New(translate.Version{
		Major: sqlite3.SQLITE_VERSION_NUMBER / 1_000_000, Minor: sqlite3.SQLITE_VERSION_NUMBER / 1000 % 1000,
	})
}

// product names the library.
func product() string {
	tls := libc.NewTLS()
	defer tls.Close()
	return "SQLite " + libc.GoString(sqlite3.Xsqlite3_libversion(tls))
}
