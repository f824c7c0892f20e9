package wire

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/session"
)

// Request codes that take the place of a protocol version (manual 55.7).
const (
	cancelRequest = 80877102
	sslRequest    = 80877103
	gssEncRequest = 80877104
)

// maxStartupBytes is Postgres's own bound on a startup packet.
const maxStartupBytes = 10000

// serve runs a connection from its first byte to its last.
func (c *conn) serve(ctx context.Context) error {
	startup, err := c.negotiate(ctx)
	if err != nil || startup == nil {
		return err
	}
	if err := c.start(ctx, startup); err != nil {
		if !isGone(err) {
			c.fatal(err)
		}
		return err
	}
	c.started.Store(true)
	if !c.killed.Load() {
		_ = c.raw.SetDeadline(time.Time{})
	}
	c.openLane()
	return c.loop(ctx)
}

// negotiate answers requests for encryption until the startup message, or handles
// a cancel request, for which it returns nil.
func (c *conn) negotiate(ctx context.Context) (map[string]string, error) {
	encrypted := false
	for requests := 0; ; requests++ {
		packet, err := c.readStartup()
		if err != nil {
			if pgerr.Code(err) == pgerr.ProtocolViolation && !isGone(err) {
				c.fatal(err)
			}
			return nil, err
		}
		code := binary.BigEndian.Uint32(packet)
		switch {
		case code == cancelRequest:
			c.cancelOther(packet[4:])
			return nil, nil
		case code == gssEncRequest && requests < 2:
			if err := c.decline("GSSAPI encryption request"); err != nil {
				return nil, err
			}
		case code == sslRequest && requests < 2 && !encrypted:
			if encrypted, err = c.answerSSL(ctx); err != nil {
				return nil, err
			}
		case code>>16 == 3:
			return c.startupParameters(code, packet[4:])
		default:
			err := pgerr.New(pgerr.FeatureNotSupported, "unsupported frontend protocol %d.%d: server supports 3.0 to 3.0", code>>16, code&0xffff)
			c.fatal(err)
			return nil, err
		}
	}
}

// readStartup reads a packet without a type byte.
func (c *conn) readStartup() ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(c.in, head[:]); err != nil {
		return nil, err
	}
	n := int(int32(binary.BigEndian.Uint32(head[:]))) - 4
	if n < 4 || n > maxStartupBytes {
		return nil, pgerr.New(pgerr.ProtocolViolation, "invalid length of startup packet")
	}
	return c.readBody(n)
}

func (c *conn) answerSSL(ctx context.Context) (bool, error) {
	if c.server.config.TLS == nil {
		return false, c.decline("SSL request")
	}
	if err := c.nothingAfter("SSL request"); err != nil {
		return false, err
	}
	if _, err := c.net.Write([]byte{'S'}); err != nil {
		return false, err
	}
	encrypted := tls.Server(c.raw, c.server.config.TLS)
	if err := encrypted.HandshakeContext(ctx); err != nil {
		return false, fmt.Errorf("TLS handshake: %w", err)
	}
	c.upgrade(encrypted)
	return true, nil
}

// decline says that there is no such encryption here.
func (c *conn) decline(request string) error {
	if _, err := c.net.Write([]byte{'N'}); err != nil {
		return err
	}
	return c.nothingAfter(request)
}

// nothingAfter refuses bytes sent before the answer to a request for encryption:
// they would be read as if they had been encrypted (CVE-2021-23214).
func (c *conn) nothingAfter(request string) error {
	if c.in.Buffered() == 0 {
		return nil
	}
	err := pgerr.New(pgerr.ProtocolViolation, "received unencrypted data after %s", request).
		WithDetail("This could be either a client-software bug or evidence of an attempted man-in-the-middle attack.")
	c.fatal(err)
	return err
}

// startupParameters reads name and value pairs, and answers a newer minor version
// or unknown protocol options with NegotiateProtocolVersion.
func (c *conn) startupParameters(version uint32, packet []byte) (map[string]string, error) {
	parameters := map[string]string{}
	var unknown []string
	for len(packet) > 0 && packet[0] != 0 {
		name, rest, ok1 := bytes.Cut(packet, []byte{0})
		value, rest, ok2 := bytes.Cut(rest, []byte{0})
		if !ok1 || !ok2 {
			packet = nil
			break
		}
		packet = rest
		if strings.HasPrefix(string(name), "_pq_.") {
			unknown = append(unknown, string(name))
			continue
		}
		parameters[string(name)] = string(value)
	}
	if len(packet) != 1 {
		err := pgerr.New(pgerr.ProtocolViolation, "invalid startup packet layout: expected terminator as last byte")
		c.fatal(err)
		return nil, err
	}
	if version&0xffff > 0 || len(unknown) > 0 {
		if err := c.send(&pgproto3.NegotiateProtocolVersion{NewestMinorProtocol: pgproto3.ProtocolVersion30, UnrecognizedOptions: unknown}); err != nil {
			return nil, err
		}
	}
	return parameters, nil
}

// start authenticates, opens the session and tells the client of it.
func (c *conn) start(ctx context.Context, parameters map[string]string) error {
	user := parameters["user"]
	if user == "" {
		return pgerr.New(pgerr.InvalidAuthorization, "no PostgreSQL user name specified in startup packet")
	}
	if _, replication := parameters["replication"]; replication {
		switch parameters["replication"] {
		case "", "false", "off", "no", "0":
		default:
			return pgerr.Unsupported("replication connections are not supported")
		}
	}
	if parameters["database"] == "" {
		parameters["database"] = user
	}
	if _, encrypted := c.net.(*tls.Conn); c.server.config.RequireTLS && !encrypted {
		return pgerr.New(pgerr.InvalidAuthorization, "no encryption: this server accepts only TLS connections").
			WithHint("Connect with sslmode=require.")
	}
	if err := c.authenticate(ctx, user, parameters["database"]); err != nil {
		return err
	}
	if err := c.send(&pgproto3.AuthenticationOk{}); err != nil {
		return err
	}
	if err := c.server.register(c); err != nil {
		return err
	}
	var secret [4]byte
	_, _ = rand.Read(secret[:])
	c.secret = binary.BigEndian.Uint32(secret[:])
	opened, err := c.server.config.Handler.Open(ctx, session.Startup{
		User: user, Database: parameters["database"], Parameters: parameters,
		RemoteAddr: c.raw.RemoteAddr().String(), ProcessID: c.pid,
	})
	if err != nil {
		return err
	}
	c.setSession(opened)
	return c.greet()
}

// greet ends start-up: settings, the cancel key, ready.
func (c *conn) greet() error {
	for _, p := range c.session.Parameters() {
		if err := c.send(&pgproto3.ParameterStatus{Name: p[0], Value: p[1]}); err != nil {
			return err
		}
	}
	key := binary.BigEndian.AppendUint32(nil, c.secret)
	if err := c.send(&pgproto3.BackendKeyData{ProcessID: c.pid, SecretKey: key}); err != nil {
		return err
	}
	return c.ready()
}
