package rabbitmq

import (
	"context"
	"errors"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/rabbitmq/rabbitmq-stream-go-client/pkg/stream"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
)

// objectInUse is Postgres's object_in_use: a queue that belongs to one connection.
const objectInUse = "55006"

// codes are the reply codes of AMQP that have an SQLSTATE of their own.
var codes = map[int]string{
	amqp.NotFound:         pgerr.UndefinedTable,
	amqp.AccessRefused:    pgerr.InsufficientPrivilege,
	amqp.ResourceLocked:   objectInUse,
	amqp.NotImplemented:   pgerr.FeatureNotSupported,
	amqp.NotAllowed:       pgerr.InvalidAuthorization,
	amqp.ContentTooLarge:  pgerr.ProgramLimitExceeded,
	amqp.ResourceError:    pgerr.InsufficientResources,
	amqp.ConnectionForced: pgerr.AdminShutdown,
	amqp.FrameError:       pgerr.ConnectionFailure,
	amqp.ChannelError:     pgerr.ConnectionFailure,
}

// errorOf gives an error its SQLSTATE; act is what was being done.
func errorOf(act string, err error) error {
	var known *pgerr.Error
	var broker *amqp.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, amqp.ErrCredentials), errors.Is(err, stream.AuthenticationFailure):
		return pgerr.New(pgerr.InvalidPassword, "RabbitMQ: %s: user name or password is not accepted", act)
	case errors.Is(err, amqp.ErrVhost), errors.Is(err, stream.VirtualHostAccessFailure):
		return pgerr.New(pgerr.InvalidAuthorization, "RabbitMQ: %s: the user may not use this vhost, or there is none of its name", act)
	case errors.Is(err, stream.StreamDoesNotExist):
		return pgerr.New(pgerr.UndefinedTable, "RabbitMQ: %s: the stream does not exist", act)
	case errors.Is(err, stream.CodeAccessRefused):
		return pgerr.New(pgerr.InsufficientPrivilege, "RabbitMQ: %s: access refused", act)
	case errors.As(err, &broker):
		code, ok := codes[broker.Code]
		if !ok || !broker.Server && broker.Code != amqp.ChannelError && broker.Code != amqp.FrameError {
			code = pgerr.FdwError
		}
		return pgerr.New(code, "RabbitMQ: %s: %s", act, broker.Reason)
	default:
		return pgerr.New(pgerr.ConnectionFailure, "RabbitMQ: %s: %s", act, backends.ConnectReason(err))
	}
}

// connecting is errorOf for a connection that was never made.
func connecting(err error) error {
	err = errorOf("connecting", err)
	if code := pgerr.Code(err); code != pgerr.ConnectionFailure && code != pgerr.FdwError {
		return err
	}
	e := *pgerr.From(err)
	e.Code = pgerr.FdwUnableToEstablishConnection
	return &e
}

func isCode(err error, code int) bool {
	var broker *amqp.Error
	return errors.As(err, &broker) && broker.Code == code
}

func errNoQueue(name string) error {
	return pgerr.New(pgerr.UndefinedTable, "queue \"%s\" does not exist", name)
}

func errClosed() error {
	return pgerr.New(pgerr.ConnectionFailure, "the connection to RabbitMQ is closed")
}
