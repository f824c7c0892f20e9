package postgres

import (
	"errors"
	"net"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
)

// readError turns the body of an ErrorResponse or NoticeResponse into an error; the
// server's own words pass unchanged.
func readError(body []byte) *pgerr.Error {
	e := &pgerr.Error{}
	for len(body) > 1 && body[0] != 0 {
		field := body[0]
		var value string
		value, body = cutZero(body[1:])
		switch field {
		case 'V':
			e.Severity = value
		case 'S':
			if e.Severity == "" {
				e.Severity = value
			}
		case 'C':
			e.Code = value
		case 'M':
			e.Message = value
		case 'D':
			e.Detail = value
		case 'H':
			e.Hint = value
		case 'P':
			e.Position, _ = strconv.Atoi(value)
		case 'W':
			e.Where = value
		case 's':
			e.Schema = value
		case 't':
			e.Table = value
		case 'c':
			e.Column = value
		case 'd':
			e.DataType = value
		case 'n':
			e.Constraint = value
		}
	}
	return e
}

// fatal says that the server closes the connection after this error.
func fatal(e *pgerr.Error) bool { return e.Severity == "FATAL" || e.Severity == "PANIC" }

// connectError is the error of a connection that could not be made: the server's own
// reason where it gave one.
func connectError(address string, err error) error {
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		e := pgerr.New(refused.Code, "connecting to PostgreSQL at %s: %s", address, refused.Message)
		e.Detail, e.Hint = refused.Detail, refused.Hint
		return e
	}
	return pgerr.New(pgerr.FdwUnableToEstablishConnection, "connecting to PostgreSQL at %s: %s", address, backends.ConnectReason(err))
}

func asNetError(err error, target *net.Error) bool { return errors.As(err, target) }
