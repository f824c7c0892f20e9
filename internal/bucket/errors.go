package bucket

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"cloud.google.com/go/storage"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"gocloud.dev/gcerrors"
	"google.golang.org/api/googleapi"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
)

// NotFound says that there is no such object.
func NotFound(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || gcerrors.Code(err) == gcerrors.NotFound && !noBucket(err)
}

// noBucket says that the bucket itself is missing, which the codes do not tell apart.
func noBucket(err error) bool {
	code, _, _ := told(err)
	return errors.Is(err, storage.ErrBucketNotExist) || code == "NoSuchBucket" || code == "ContainerNotFound"
}

// told takes a service's answer out of an error: its code, HTTP status and message.
func told(err error) (code string, status int, message string) {
	var http *smithyhttp.ResponseError
	if errors.As(err, &http) {
		status = http.HTTPStatusCode()
	}
	var api smithy.APIError
	var google *googleapi.Error
	var azure *azcore.ResponseError
	switch {
	case errors.As(err, &api):
		return api.ErrorCode(), status, api.ErrorMessage()
	case errors.As(err, &google):
		if len(google.Errors) > 0 {
			code = google.Errors[0].Reason
		}
		return code, google.Code, google.Message
	case errors.As(err, &azure):
		return azure.ErrorCode, azure.StatusCode, ""
	}
	return "", status, ""
}

// expired are the codes of credentials that the service does not take any more.
var expired = map[string]bool{"ExpiredToken": true, "ExpiredTokenException": true, "RequestExpired": true, "TokenRefreshRequired": true}

// unknown are those of credentials that it never knew.
var unknown = map[string]bool{
	"InvalidAccessKeyId": true, "SignatureDoesNotMatch": true, "InvalidToken": true, "AuthenticationFailed": true,
	"InvalidAuthenticationInfo": true, "authError": true, "NoAuthenticationInformation": true,
}

// Error is what a client sees of an error of reading or writing an object, or, with an
// empty key, of the store itself. act is the deed: "reading". Errors that are Postgres's
// already, and those of a context, come back as they are.
func (s *Store) Error(act, key string, err error) error {
	var known *pgerr.Error
	if err == nil || errors.As(err, &known) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	of := "file \"" + key + "\""
	if key == "" {
		of = s.address
	}
	code, status, _ := told(err)
	switch {
	case noBucket(err):
		return pgerr.New(pgerr.FdwUnableToEstablishConnection, "the bucket of %s does not exist", s.address)
	case NotFound(err):
		return pgerr.New(pgerr.FdwError, "%s is gone", of).WithHint("Run the statement again.")
	case expired[code]:
		return pgerr.New(pgerr.InvalidAuthorization, "the credentials of %s have expired", s.address).WithDetail("%s %s: %s.", act, of, code)
	case unknown[code] || status == http.StatusUnauthorized || withoutCredentials(err):
		return pgerr.New(pgerr.InvalidAuthorization, "the credentials of %s are not accepted", s.address).WithDetail("%s %s: %s", act, of, s.cause(err))
	case errors.Is(err, fs.ErrPermission) || status == http.StatusForbidden || gcerrors.Code(err) == gcerrors.PermissionDenied:
		return pgerr.New(pgerr.InsufficientPrivilege, "permission denied for %s", of)
	case unreachable(err):
		return pgerr.New(pgerr.FdwUnableToEstablishConnection, "%s can not be reached: %s", s.address, s.cause(err))
	}
	return pgerr.New(pgerr.IOError, "%s %s: %s", act, of, s.cause(err))
}

// withoutCredentials says that the SDK's chain found none.
func withoutCredentials(err error) bool {
	text := err.Error()
	return strings.Contains(text, "get credentials") || strings.Contains(text, "failed to refresh cached credentials") ||
		strings.Contains(text, "DefaultAzureCredential: failed") || strings.Contains(text, "could not find default credentials")
}

func unreachable(err error) bool {
	var dial *net.OpError
	var name *net.DNSError
	return errors.As(err, &dial) && dial.Op == "dial" || errors.As(err, &name)
}

func (s *Store) openError(err error) error {
	var known *pgerr.Error
	if errors.As(err, &known) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if withoutCredentials(err) {
		return pgerr.New(pgerr.InvalidAuthorization, "no credentials for %s were found", s.address).
			WithHint("Give them in the server's location, or set anonymous.")
	}
	return pgerr.New(pgerr.FdwUnableToEstablishConnection, "opening %s: %s", s.address, s.cause(err))
}

// signature is the part of a URL that grants access.
var signature = regexp.MustCompile(`(?i)((?:sig|signature|x-amz-[a-z-]+|token|key)=)[^&\s"]+`)

// cause is what went wrong, in short and without a secret.
func (s *Store) cause(err error) string {
	text := err.Error()
	code, status, message := told(err)
	var request *url.Error
	switch {
	case message != "":
		text = strings.TrimSpace(code + " " + message)
	case code != "":
		text = code
	case errors.As(err, &request):
		text = request.Err.Error()
	}
	if status >= 500 && message == "" && code == "" {
		text = http.StatusText(status)
	}
	text, _, _ = strings.Cut(text, "\n")
	for _, secret := range s.secrets {
		text = strings.ReplaceAll(text, secret, backends.Redacted)
	}
	return signature.ReplaceAllString(text, "${1}"+backends.Redacted)
}
