package wire

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"hash"
	"net"
	"strconv"
	"strings"

	"github.com/xdg-go/scram"
	"github.com/xdg-go/stringprep"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// SASL mechanism names (RFC 7677).
const (
	scramSHA256     = "SCRAM-SHA-256"
	scramSHA256Plus = "SCRAM-SHA-256-PLUS"
)

// scramIterations is Postgres's default.
const scramIterations = 4096

// Verifier is a stored SCRAM-SHA-256 secret, as pg_authid.rolpassword holds it:
// SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>, in base64. It proves a
// password without containing it.
type Verifier struct {
	Iterations           int
	Salt                 []byte
	StoredKey, ServerKey []byte
}

// ParseVerifier reads the text form of a Verifier.
func ParseVerifier(s string) (Verifier, error) {
	malformed := fmt.Errorf("a password must be a SCRAM-SHA-256 verifier; make one with: gateway hash-password")
	rest, ok := strings.CutPrefix(s, scramSHA256+"$")
	if !ok {
		return Verifier{}, malformed
	}
	head, keys, ok1 := strings.Cut(rest, "$")
	iterations, salt, ok2 := strings.Cut(head, ":")
	stored, server, ok3 := strings.Cut(keys, ":")
	n, err := strconv.Atoi(iterations)
	if !ok1 || !ok2 || !ok3 || err != nil || n < 1 {
		return Verifier{}, malformed
	}
	v := Verifier{Iterations: n}
	for _, part := range []struct {
		text string
		into *[]byte
	}{{salt, &v.Salt}, {stored, &v.StoredKey}, {server, &v.ServerKey}} {
		if *part.into, err = base64.StdEncoding.DecodeString(part.text); err != nil {
			return Verifier{}, malformed
		}
	}
	if len(v.Salt) == 0 || len(v.StoredKey) != sha256.Size || len(v.ServerKey) != sha256.Size {
		return Verifier{}, malformed
	}
	return v, nil
}

// String is the form that ParseVerifier reads.
func (v Verifier) String() string {
	encode := base64.StdEncoding.EncodeToString
	return fmt.Sprintf("%s$%d:%s$%s:%s", scramSHA256, v.Iterations, encode(v.Salt), encode(v.StoredKey), encode(v.ServerKey))
}

// HashPassword makes the verifier of a password with a fresh salt.
func HashPassword(password string) (Verifier, error) {
	salt := make([]byte, 16)
	_, _ = rand.Read(salt)
	return hashPassword(password, salt, scramIterations)
}

func hashPassword(password string, salt []byte, iterations int) (Verifier, error) {
	// Like Postgres: a password that SASLprep refuses is used as it is.
	if prepared, err := stringprep.SASLprep.Prepare(password); err == nil {
		password = prepared
	}
	salted, err := pbkdf2.Key(sha256.New, password, salt, iterations, sha256.Size)
	if err != nil {
		return Verifier{}, fmt.Errorf("deriving a key from the password: %w", err)
	}
	sum := func(key []byte, text string) []byte {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(text))
		return mac.Sum(nil)
	}
	stored := sha256.Sum256(sum(salted, "Client Key"))
	return Verifier{Iterations: iterations, Salt: salt, StoredKey: stored[:], ServerKey: sum(salted, "Server Key")}, nil
}

// exchange is one run of the SCRAM protocol.
type exchange struct {
	user         string
	conversation *scram.ServerConversation
	known        bool // false: the user does not exist, and the run is a pretence
}

// newExchange prepares a run. For a user that does not exist it pretends, with a
// salt that is always the same for that name, so that nobody learns who exists.
func newExchange(users Authenticator, user, mechanism string, binding *scram.ChannelBinding) (*exchange, error) {
	verifier, known := users.Verifier(user)
	if !known {
		salt := sha256.Sum256(append([]byte("unknown user "+user), mockKey[:]...))
		verifier = Verifier{Iterations: scramIterations, Salt: salt[:16], StoredKey: mockKey[:], ServerKey: mockKey[:]}
	}
	// The SCRAM user name is ignored: libpq sends none, the startup packet's counts.
	server, err := scram.SHA256.NewServer(func(string) (scram.StoredCredentials, error) {
		return scram.StoredCredentials{
			KeyFactors: scram.KeyFactors{Salt: string(verifier.Salt), Iters: verifier.Iterations},
			StoredKey:  verifier.StoredKey,
			ServerKey:  verifier.ServerKey,
		}, nil
	})
	if err != nil {
		return nil, fmt.Errorf("preparing SCRAM: %w", err)
	}
	e := &exchange{user: user, known: known}
	switch {
	case mechanism == scramSHA256Plus:
		e.conversation = server.NewConversationWithChannelBindingRequired(*binding)
	case binding != nil:
		// Detects a client that supports binding but was told that we do not.
		e.conversation = server.NewConversationWithChannelBinding(*binding)
	default:
		e.conversation = server.NewConversation()
	}
	return e, nil
}

// mockKey is this process's secret behind pretended exchanges.
var mockKey = func() (key [sha256.Size]byte) {
	_, _ = rand.Read(key[:])
	return key
}()

func (e *exchange) step(message string) (string, error) {
	response, err := e.conversation.Step(message)
	if err == nil {
		return response, nil
	}
	if e.conversation.Done() && strings.HasPrefix(response, "e=invalid-proof") {
		return "", pgerr.New(pgerr.InvalidPassword, "password authentication failed for user %q", e.user)
	}
	if strings.Contains(response, "channel-bind") {
		return "", pgerr.New(pgerr.InvalidAuthorization, "SCRAM channel binding check failed")
	}
	return "", pgerr.New(pgerr.ProtocolViolation, "malformed SCRAM message").WithDetail("%s", err)
}

func (e *exchange) valid() bool { return e.known && e.conversation.Valid() }

// endpointBinding is the tls-server-end-point binding (RFC 5929, section 4.1) of
// this connection, nil without TLS. scram.NewTLSServerEndpointBinding can not be
// used: on the server's side it would hash the client's certificate.
func endpointBinding(conn net.Conn, config *tls.Config) *scram.ChannelBinding {
	encrypted, ok := conn.(*tls.Conn)
	if !ok {
		return nil
	}
	certificate, err := serverCertificate(config, encrypted)
	if err != nil || len(certificate.Certificate) == 0 {
		return nil
	}
	parsed, err := x509.ParseCertificate(certificate.Certificate[0])
	if err != nil {
		return nil
	}
	h := endpointHash(parsed.SignatureAlgorithm)
	if h == nil {
		return nil
	}
	h.Write(certificate.Certificate[0])
	return &scram.ChannelBinding{Type: scram.ChannelBindingTLSServerEndpoint, Data: h.Sum(nil)}
}

// endpointHash is the certificate's own hash, SHA-256 where that is weaker; nil
// where RFC 5929 defines none (Ed25519).
func endpointHash(algorithm x509.SignatureAlgorithm) hash.Hash {
	switch algorithm {
	case x509.MD5WithRSA, x509.SHA1WithRSA, x509.ECDSAWithSHA1,
		x509.SHA256WithRSA, x509.SHA256WithRSAPSS, x509.ECDSAWithSHA256:
		return sha256.New()
	case x509.SHA384WithRSA, x509.SHA384WithRSAPSS, x509.ECDSAWithSHA384:
		return sha512.New384()
	case x509.SHA512WithRSA, x509.SHA512WithRSAPSS, x509.ECDSAWithSHA512:
		return sha512.New()
	default:
		return nil
	}
}
