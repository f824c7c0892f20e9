package wire

import (
	"context"
	"crypto/tls"
	"fmt"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// Authenticator decides who may connect.
type Authenticator interface {
	// Method says how user must prove who they are, from this address.
	Method(user, database, remoteAddr string) (AuthMethod, error)
	// Verifier gives the stored SCRAM verifier of user; ok is false if there is none.
	Verifier(user string) (v Verifier, ok bool)
}

// AuthMethod is an authentication method, by pg_hba.conf's names.
type AuthMethod string

// The methods that this server has.
const (
	AuthTrust AuthMethod = "trust"
	AuthSCRAM AuthMethod = "scram-sha-256"
)

// maxPasswordBytes bounds messages of a client that is not authenticated, as
// Postgres does.
const maxPasswordBytes = 64 << 10

// authenticate runs the method that applies. Its error is sent as FATAL.
func (c *conn) authenticate(ctx context.Context, user, database string) error {
	method, err := c.server.config.Authenticator.Method(user, database, c.raw.RemoteAddr().String())
	if err != nil {
		return err
	}
	switch method {
	case AuthTrust:
		return nil
	case AuthSCRAM:
		return c.authenticateSCRAM(ctx, user)
	default:
		return pgerr.Internal("unknown authentication method %q", method)
	}
}

// authenticateSCRAM runs SASL with SCRAM-SHA-256, and -PLUS over TLS.
func (c *conn) authenticateSCRAM(ctx context.Context, user string) error {
	binding := endpointBinding(c.net, c.server.config.TLS)
	mechanisms := []string{scramSHA256}
	if binding != nil {
		mechanisms = []string{scramSHA256Plus, scramSHA256}
	}
	if err := c.ask(&pgproto3.AuthenticationSASL{AuthMechanisms: mechanisms}); err != nil {
		return err
	}
	body, err := c.readPassword()
	if err != nil {
		return err
	}
	mechanism, data, err := decodeSASLInitial(body)
	if err != nil {
		return err
	}
	if mechanism != scramSHA256 && (mechanism != scramSHA256Plus || binding == nil) {
		return pgerr.New(pgerr.ProtocolViolation, "client selected an invalid SASL authentication mechanism")
	}
	exchange, err := newExchange(c.server.config.Authenticator, user, mechanism, binding)
	if err != nil {
		return err
	}
	challenge, err := exchange.step(data)
	if err != nil {
		return err
	}
	if err := c.ask(&pgproto3.AuthenticationSASLContinue{Data: []byte(challenge)}); err != nil {
		return err
	}
	if body, err = c.readPassword(); err != nil {
		return err
	}
	final, err := exchange.step(string(body))
	if err != nil {
		return err
	}
	if !exchange.valid() {
		c.server.config.Logger.InfoContext(ctx, "password authentication failed", "user", user, "remote_addr", c.raw.RemoteAddr().String())
		return pgerr.New(pgerr.InvalidPassword, "password authentication failed for user %q", user)
	}
	return c.send(&pgproto3.AuthenticationSASLFinal{Data: []byte(final)})
}

// ask sends an authentication request and waits until it is written.
func (c *conn) ask(message pgproto3.BackendMessage) error {
	if err := c.send(message); err != nil {
		return err
	}
	return c.flush()
}

func (c *conn) readPassword() ([]byte, error) {
	_, body, err := c.readMessage(func(kind byte, _ int) int {
		if kind != 'p' {
			return 0
		}
		return maxPasswordBytes
	})
	if c.head[0] != 'p' && pgerr.Code(err) == pgerr.ProtocolViolation {
		err = pgerr.New(pgerr.ProtocolViolation, "expected SASL response, got message type %d", c.head[0])
	}
	return body, err
}

// serverCertificate is the certificate that the client saw, for channel binding.
func serverCertificate(config *tls.Config, conn *tls.Conn) (*tls.Certificate, error) {
	if config.GetCertificate != nil {
		return config.GetCertificate(&tls.ClientHelloInfo{ServerName: conn.ConnectionState().ServerName})
	}
	if len(config.Certificates) == 0 {
		return nil, fmt.Errorf("no certificate is configured")
	}
	return &config.Certificates[0], nil
}
