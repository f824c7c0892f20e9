package wire

import (
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// sendError sends an ErrorResponse.
func (c *conn) sendError(e *pgerr.Error) error {
	c.server.config.Observer.ErrorSent(e.Code)
	response := errorFields(e, "ERROR")
	return c.send(&response)
}

// report sends the error of a message. Its own error ends the connection.
func (c *conn) report(err error) error {
	if err := c.sendError(pgerr.From(err)); err != nil || !c.unsynced {
		return err
	}
	err = pgerr.New(pgerr.ProtocolViolation, "terminating connection because protocol synchronization was lost")
	c.fatal(err)
	return err
}

// sendNotice sends a NoticeResponse.
func (c *conn) sendNotice(e *pgerr.Error) error {
	response := pgproto3.NoticeResponse(errorFields(e, "NOTICE"))
	return c.send(&response)
}

func errorFields(e *pgerr.Error, severity string) pgproto3.ErrorResponse {
	if e.Severity != "" {
		severity = e.Severity
	}
	code := e.Code
	if len(code) != 5 {
		code = pgerr.InternalError
	}
	return pgproto3.ErrorResponse{
		Severity:            severity,
		SeverityUnlocalized: severity,
		Code:                code,
		Message:             e.Message,
		Detail:              e.Detail,
		Hint:                e.Hint,
		Position:            int32(e.Position),
		Where:               e.Where,
		SchemaName:          e.Schema,
		TableName:           e.Table,
		ColumnName:          e.Column,
		DataTypeName:        e.DataType,
		ConstraintName:      e.Constraint,
	}
}
