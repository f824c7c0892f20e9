package backends

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
)

// ConnectReason says in few words why a connection could not be made, without the
// driver's preface, which may repeat the connection string.
func ConnectReason(err error) string {
	var network *net.OpError
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return "no answer in time"
	case errors.As(err, &certificate):
		return "its certificate is not accepted: " + certificate.Err.Error()
	case errors.As(err, &record):
		return "it does not speak TLS"
	case errors.As(err, &network):
		return network.Err.Error()
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the connection was closed"
	default:
		return innermost(err).Error()
	}
}

// innermost is the error at the bottom of a chain, of the last one where it forks.
func innermost(err error) error {
	for {
		switch e := err.(type) { //nolint:errorlint // this walks the chain
		case interface{ Unwrap() error }:
			next := e.Unwrap()
			if next == nil {
				return err
			}
			err = next
		case interface{ Unwrap() []error }:
			all := e.Unwrap()
			if len(all) == 0 {
				return err
			}
			err = all[len(all)-1]
		default:
			return err
		}
	}
}
