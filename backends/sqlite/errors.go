package sqlite

import (
	"strings"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// failure is the error of a result code, with the SQLSTATE that Postgres would give.
func (c *conn) failure(rc int32) error {
	message := libc.GoString(sqlite3.Xsqlite3_errstr(c.tls, rc))
	if c.db != 0 {
		message = libc.GoString(sqlite3.Xsqlite3_errmsg(c.tls, c.db))
	}
	return translateError(rc, message)
}

// codes are the SQLSTATEs of primary result codes.
var codes = map[int32]string{
	sqlite3.SQLITE_ERROR:     pgerr.SyntaxError,
	sqlite3.SQLITE_PERM:      pgerr.InsufficientPrivilege,
	sqlite3.SQLITE_AUTH:      pgerr.InsufficientPrivilege,
	sqlite3.SQLITE_BUSY:      "55P03", // lock_not_available
	sqlite3.SQLITE_LOCKED:    "55P03",
	sqlite3.SQLITE_NOMEM:     pgerr.OutOfMemory,
	sqlite3.SQLITE_READONLY:  pgerr.ReadOnlySQLTransaction,
	sqlite3.SQLITE_INTERRUPT: pgerr.QueryCanceled,
	sqlite3.SQLITE_IOERR:     pgerr.IOError,
	sqlite3.SQLITE_CORRUPT:   pgerr.DataCorrupted,
	sqlite3.SQLITE_NOTADB:    pgerr.DataCorrupted,
	sqlite3.SQLITE_FULL:      pgerr.DiskFull,
	sqlite3.SQLITE_CANTOPEN:  pgerr.FdwUnableToEstablishConnection,
	sqlite3.SQLITE_TOOBIG:    pgerr.ProgramLimitExceeded,
	sqlite3.SQLITE_MISMATCH:  pgerr.DatatypeMismatch,
	sqlite3.SQLITE_RANGE:     pgerr.UndefinedParameter,
}

func translateError(rc int32, message string) error {
	switch rc {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE:
		return uniqueViolation(message, false)
	case sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_ROWID:
		return uniqueViolation(message, true)
	case sqlite3.SQLITE_CONSTRAINT_NOTNULL:
		return notNullViolation(message)
	case sqlite3.SQLITE_CONSTRAINT_CHECK:
		e := pgerr.New(pgerr.CheckViolation, "new row violates check constraint \"%s\"", afterColon(message))
		e.Constraint = afterColon(message)
		return e
	case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return pgerr.New(pgerr.ForeignKeyViolation, "insert or update or delete violates a foreign key constraint")
	case sqlite3.SQLITE_CONSTRAINT_DATATYPE:
		return pgerr.New(pgerr.DatatypeMismatch, "%s", message)
	case sqlite3.SQLITE_INTERRUPT:
		return pgerr.New(pgerr.QueryCanceled, "canceling statement due to user request")
	case sqlite3.SQLITE_BUSY_SNAPSHOT:
		return pgerr.New(pgerr.SerializationFailure, "could not serialize access due to concurrent update")
	case sqlite3.SQLITE_ERROR:
		return statementError(message)
	}
	code, ok := codes[rc&0xff]
	if !ok && rc&0xff == sqlite3.SQLITE_CONSTRAINT {
		code, ok = pgerr.IntegrityConstraintViolation, true
	}
	if !ok {
		code = pgerr.FdwError
	}
	return pgerr.New(code, "%s", message)
}

// afterColon is what follows "… constraint failed: ".
func afterColon(message string) string {
	_, after, _ := strings.Cut(message, ": ")
	return after
}

// uniqueViolation reads "UNIQUE constraint failed: t.a, t.b" or "… index 'name'".
// SQLite names the columns and not the constraint.
func uniqueViolation(message string, primary bool) error {
	what := afterColon(message)
	table, columns := splitColumns(what)
	name := table + "_" + strings.Join(columns, "_") + "_key"
	if primary {
		name = table + "_pkey"
	}
	if index, ok := strings.CutPrefix(what, "index '"); ok {
		name = strings.TrimSuffix(index, "'")
		table, columns = "", nil
	}
	e := pgerr.New(pgerr.UniqueViolation, "duplicate key value violates unique constraint \"%s\"", name)
	e.Table, e.Constraint = table, name
	if len(columns) > 0 {
		e.Detail = "Key (" + strings.Join(columns, ", ") + ") already exists."
	}
	return e
}

func notNullViolation(message string) error {
	table, columns := splitColumns(afterColon(message))
	column := strings.Join(columns, ", ")
	e := pgerr.New(pgerr.NotNullViolation, "null value in column \"%s\" of relation \"%s\" violates not-null constraint", column, table)
	e.Table, e.Column = table, column
	return e
}

// splitColumns reads "t.a, t.b".
func splitColumns(text string) (table string, columns []string) {
	for _, part := range strings.Split(text, ", ") {
		t, c, ok := strings.Cut(part, ".")
		if !ok {
			return table, columns
		}
		table = t
		columns = append(columns, c)
	}
	return table, columns
}

// statementError tells the static errors of SQLITE_ERROR apart; SQLite has one code
// for all of them, so the text is all there is to go by.
func statementError(message string) error {
	for _, known := range []struct{ prefix, code string }{
		{"no such table: ", pgerr.UndefinedTable},
		{"no such column: ", pgerr.UndefinedColumn},
		{"no such function: ", pgerr.UndefinedFunction},
		{"no such savepoint: ", pgerr.SavepointException},
		{"cannot rollback", pgerr.NoActiveSQLTransaction},
		{"cannot commit", pgerr.NoActiveSQLTransaction},
		{"cannot start a transaction", pgerr.ActiveSQLTransaction},
		{"integer overflow", pgerr.NumericValueOutOfRange},
		{"malformed JSON", pgerr.InvalidTextRepresentation},
	} {
		if strings.HasPrefix(message, known.prefix) {
			return pgerr.New(known.code, "%s", message)
		}
	}
	if strings.HasSuffix(message, " already exists") {
		return pgerr.New(pgerr.DuplicateTable, "%s", message)
	}
	return pgerr.New(pgerr.SyntaxError, "%s", message)
}
