package kinesis

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/smithy-go"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
)

// codes are the SQLSTATEs of the service's errors; all others are HV000.
var codes = map[string]string{
	"ResourceNotFoundException":              pgerr.UndefinedTable,
	"AccessDeniedException":                  pgerr.InsufficientPrivilege,
	"KMSAccessDeniedException":               pgerr.InsufficientPrivilege,
	"UnrecognizedClientException":            pgerr.InvalidAuthorization,
	"InvalidSignatureException":              pgerr.InvalidPassword,
	"SignatureDoesNotMatch":                  pgerr.InvalidPassword,
	"IncompleteSignatureException":           pgerr.InvalidAuthorization,
	"MissingAuthenticationTokenException":    pgerr.InvalidAuthorization,
	"InvalidClientTokenId":                   pgerr.InvalidAuthorization,
	"ProvisionedThroughputExceededException": pgerr.ConfigurationLimitExceeded,
	"LimitExceededException":                 pgerr.ConfigurationLimitExceeded,
	"KMSThrottlingException":                 pgerr.ConfigurationLimitExceeded,
	"ThrottlingException":                    pgerr.ConfigurationLimitExceeded,
	"RequestLimitExceeded":                   pgerr.ConfigurationLimitExceeded,
	"ResourceInUseException":                 pgerr.FdwError,
	"InternalFailure":                        pgerr.ConnectionFailure,
	"InternalFailureException":               pgerr.ConnectionFailure,
	"ServiceUnavailable":                     pgerr.ConnectionFailure,
	"ServiceUnavailableException":            pgerr.ConnectionFailure,
}

// isExpired says whether the credentials are too old.
func isExpired(err error) bool {
	switch codeOf(err) {
	case "ExpiredTokenException", "ExpiredToken", "RequestExpired":
		return true
	}
	return false
}

// isMissing says whether there is no such stream.
func isMissing(err error) bool { return codeOf(err) == "ResourceNotFoundException" }

// errorOf gives an error its SQLSTATE; act is what was being done.
func (b *Backend) errorOf(ctx context.Context, act string, err error) error {
	var known *pgerr.Error
	var api smithy.APIError
	var signing *smithy.SerializationError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return err
	case b.life.Err() != nil:
		return errClosed()
	case ctx.Err() != nil:
		return ctx.Err()
	case isExpired(err):
		b.forget()
		return pgerr.New(pgerr.InvalidAuthorization, "Kinesis: %s: the credentials have expired", act).
			WithHint("Renew them; the next statement takes the new ones.")
	case errors.As(err, &api):
		return b.apiError(act, api)
	case errors.As(err, &signing):
		return pgerr.New(pgerr.FdwError, "Kinesis: %s: %v", act, signing.Err)
	default:
		return pgerr.New(pgerr.ConnectionFailure, "Kinesis: %s: %s", act, backends.ConnectReason(err))
	}
}

func (b *Backend) apiError(act string, api smithy.APIError) error {
	code, ok := codes[api.ErrorCode()]
	if !ok {
		code = pgerr.FdwError
		if api.ErrorFault() == smithy.FaultServer {
			code = pgerr.ConnectionFailure
		}
	}
	switch code {
	case pgerr.InvalidAuthorization, pgerr.InvalidPassword:
		b.forget()
	}
	e := pgerr.New(code, "Kinesis: %s: %s", act, api.ErrorCode())
	if m := api.ErrorMessage(); m != "" {
		e = e.WithDetail("%s", m)
	}
	if code == pgerr.ConfigurationLimitExceeded {
		e = e.WithHint("A shard gives five answers and 2 MB a second to all who read it; others may be reading it.")
	}
	return e
}

func errClosed() error {
	return pgerr.New(pgerr.ConnectionFailure, "the connection to Kinesis is closed")
}

func errNoStream(stream string) error {
	return pgerr.New(pgerr.UndefinedTable, "stream \"%s\" does not exist", stream)
}

// atRecord names the record of a fault.
func atRecord(stream, shard, sequence string, err error) error {
	var known *pgerr.Error
	if !errors.As(err, &known) || known.Code == pgerr.QueryCanceled {
		return err
	}
	e := *known
	e.Message = fmt.Sprintf("stream \"%s\", shard %s, sequence number %s: %s", stream, shard, sequence, known.Message)
	if e.Hint == "" {
		e.Hint = "Set on_error to null or skip for the table to read past such records."
	}
	return &e
}
