package mysql

import (
	sqldriver "database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"

	driver "github.com/go-sql-driver/mysql"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
)

// codes are the SQLSTATEs of the server's error numbers.
var codes = map[uint16]string{
	1021: pgerr.DiskFull, 1037: pgerr.OutOfMemory, 1038: pgerr.OutOfMemory, 1040: pgerr.TooManyConnections, 1041: pgerr.OutOfMemory,
	1044: pgerr.InsufficientPrivilege, 1045: pgerr.InvalidPassword, 1049: pgerr.InvalidCatalogName, 1050: pgerr.DuplicateTable,
	1052: pgerr.AmbiguousColumn, 1053: pgerr.AdminShutdown, 1054: pgerr.UndefinedColumn, 1060: pgerr.DuplicateColumn, 1064: pgerr.SyntaxError,
	1114: pgerr.DiskFull, 1136: pgerr.SyntaxError, 1142: pgerr.InsufficientPrivilege, 1143: pgerr.InsufficientPrivilege, 1146: pgerr.UndefinedTable,
	1205: "55P03", 1213: pgerr.DeadlockDetected, 1242: pgerr.CardinalityViolation, 1264: pgerr.NumericValueOutOfRange,
	1265: pgerr.InvalidTextRepresentation, 1290: pgerr.ReadOnlySQLTransaction, 1292: pgerr.InvalidDatetimeFormat, 1305: pgerr.UndefinedFunction,
	1365: pgerr.DivisionByZero, 1366: pgerr.InvalidTextRepresentation, 1367: pgerr.NumericValueOutOfRange, 1406: pgerr.StringDataRightTruncation,
	1690: pgerr.NumericValueOutOfRange, 1792: pgerr.ReadOnlySQLTransaction, 1836: pgerr.ReadOnlySQLTransaction, 1927: pgerr.AdminShutdown,
}

// translateError gives a server's error its SQLSTATE, by its number.
func translateError(err error) error {
	var already *pgerr.Error
	var failed *driver.MySQLError
	var network net.Error
	switch {
	case errors.As(err, &already):
		return err
	case errors.As(err, &failed):
		return serverError(failed)
	case errors.Is(err, sqldriver.ErrBadConn), errors.Is(err, driver.ErrInvalidConn), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		errors.Is(err, net.ErrClosed), errors.As(err, &network), errors.Is(err, driver.ErrMalformPkt), errors.Is(err, driver.ErrPktSync):
		return pgerr.New(pgerr.ConnectionFailure, "the connection to the MySQL server was lost").WithDetail("%s", err)
	default:
		return pgerr.New(pgerr.FdwError, "MySQL: %s", err)
	}
}

func serverError(failed *driver.MySQLError) error {
	switch failed.Number {
	case 1062, 1586:
		key := quotedLast(failed.Message)
		e := pgerr.New(pgerr.UniqueViolation, "duplicate key value violates unique constraint \"%s\"", key)
		e.Constraint, e.Detail = key, failed.Message
		return e
	case 1048, 1364, 1263:
		e := pgerr.New(pgerr.NotNullViolation, "null value in column \"%s\" violates not-null constraint", quotedFirst(failed.Message))
		e.Column = quotedFirst(failed.Message)
		return e
	case 1216, 1217, 1451, 1452:
		return pgerr.New(pgerr.ForeignKeyViolation, "insert or update or delete violates a foreign key constraint").WithDetail("%s", failed.Message)
	case 3819, 4025:
		// CONSTRAINT `name` failed for `db`.`t`, or Check constraint 'name' is violated.
		name := quotedFirst(strings.ReplaceAll(failed.Message, "`", "'"))
		e := pgerr.New(pgerr.CheckViolation, "new row violates check constraint \"%s\"", name)
		e.Constraint, e.Detail = name, failed.Message
		return e
	case 1317, 1969, 3024:
		return pgerr.New(pgerr.QueryCanceled, "canceling statement due to user request")
	}
	code, ok := codes[failed.Number]
	if !ok {
		code = pgerr.FdwError
	}
	return pgerr.New(code, "%s", failed.Message).WithDetail("MySQL error %d.", failed.Number)
}

// quotedFirst and quotedLast are the first and last 'quoted' parts of a message. They
// name a column or a key, for people; nothing is decided by them.
func quotedFirst(message string) string {
	_, after, _ := strings.Cut(message, "'")
	name, _, _ := strings.Cut(after, "'")
	return name
}

func quotedLast(message string) string {
	message = strings.TrimSuffix(message, "'")
	return message[strings.LastIndexByte(message, '\'')+1:]
}

// connectError is the error of a connection that could not be made.
func connectError(address string, err error) error {
	var failed *driver.MySQLError
	if errors.As(err, &failed) {
		e := pgerr.From(serverError(failed))
		return pgerr.New(e.Code, "connecting to MySQL at %s: %s", address, e.Message)
	}
	return pgerr.New(pgerr.FdwUnableToEstablishConnection, "connecting to MySQL at %s: %s", address, backends.ConnectReason(err))
}
